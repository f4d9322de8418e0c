#include "broker/group/topic_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {
namespace {

// groups.md 8.1: orders, AAAAAAAAAAEAAAAAAAAAAg, three partitions.
HashedTopic hashed_orders() {
  HashedTopic orders{.name = "orders", .id = {}, .racks = {{}, {}, {}}};
  orders.id.bytes[7] = 1;
  orders.id.bytes[15] = 2;
  return orders;
}

TEST(TopicHash, IsKafkas) {
  EXPECT_EQ(wire::to_string(hashed_orders().id), "AAAAAAAAAAEAAAAAAAAAAg");
  EXPECT_EQ(topic_hash(hashed_orders()), 2779785129666336701);
}

TEST(TopicHash, CountsTheRacksInOrder) {
  HashedTopic orders = hashed_orders();
  orders.racks = {{"a"}, {"a", "b"}, {}};
  EXPECT_EQ(topic_hash(orders), 8688614760773221863);
  orders.racks = {{"a"}, {"b", "a"}, {}};
  EXPECT_EQ(topic_hash(orders), 8688614760773221863);
}

TEST(TopicHash, ChangesWithNameIdAndPartitions) {
  const std::int64_t before = topic_hash(hashed_orders());
  HashedTopic other = hashed_orders();
  other.name = "order";
  EXPECT_NE(topic_hash(other), before);
  other = hashed_orders();
  other.id.bytes[0] = 1;
  EXPECT_NE(topic_hash(other), before);
  other = hashed_orders();
  other.racks.emplace_back();
  EXPECT_NE(topic_hash(other), before);
}

TEST(TopicHash, IsOfTheRacksThatReplicasHave) {
  const Profile profile = Profile::newest();
  const ManualClock clock;
  Random random{1};
  MemoryStorage storage;
  Timers timers;
  ClusterOptions options{.cluster_id = "test",
                         .nodes = {{.id = 1, .host = "::1", .port = 9092, .rack = "a"},
                                   {.id = 2, .host = "::1", .port = 9093, .rack = {}},
                                   {.id = 3, .host = "::1", .port = 9094, .rack = "b"}},
                         .static_configs = {}};
  Cluster cluster(std::move(options), profile, random, LogEnvironment{storage, clock, timers});
  const Topic& topic = *cluster.add_topic("orders", {{1}, {2}, {3, 2, 1}}, {});
  const HashedTopic orders = hashed(topic, cluster);
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.id, topic.id);
  EXPECT_THAT(orders.racks, testing::ElementsAre(testing::ElementsAre("a"), testing::IsEmpty(),
                                                 testing::ElementsAre("b", "a")));
}

TEST(GroupHash, IsKafkas) {
  EXPECT_EQ(group_hash({{"orders", 2779785129666336701}}), -4373262523051953005);
}

TEST(GroupHash, IsZeroWithoutTopics) { EXPECT_EQ(group_hash({}), 0); }

TEST(GroupHash, DoesNotDependOnTheOrderInWhichTopicsAreGiven) {
  EXPECT_EQ(group_hash({{"a", 1}, {"b", 2}}), group_hash({{"b", 2}, {"a", 1}}));
  EXPECT_NE(group_hash({{"a", 1}, {"b", 2}}), group_hash({{"a", 2}, {"b", 1}}));
}

}  // namespace
}  // namespace understudy::broker
