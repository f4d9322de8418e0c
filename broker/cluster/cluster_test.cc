#include "broker/cluster/cluster.h"

#include <gtest/gtest.h>

#include <set>

#include "broker/cluster/changes.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {
namespace {

class ClusterTest : public ::testing::Test {
 protected:
  Cluster& make(std::vector<std::optional<std::string>> racks, ConfigMap properties = {}) {
    ClusterOptions options;
    options.cluster_id = "test";
    for (const auto& rack : racks) {
      const auto id = static_cast<NodeId>(options.nodes.size() + 1);
      options.nodes.push_back({.id = id, .host = "::1", .port = 9092, .rack = rack});
    }
    options.static_configs = std::move(properties);
    cluster = std::make_unique<Cluster>(std::move(options), profile, random,
                                        LogEnvironment{storage, clock, timers});
    return *cluster;
  }
  Cluster& make_one(ConfigMap properties = {}) { return make({std::nullopt}, properties); }

  Profile profile = Profile::newest();
  ManualClock clock;
  Random random{1};
  MemoryStorage storage;
  Timers timers;
  std::unique_ptr<Cluster> cluster;
};

TEST_F(ClusterTest, FindsATopicByNameAndId) {
  make_one();
  Topic& topic = *cluster->add_topic("t", {{1}, {1}}, {});
  EXPECT_EQ(cluster->find_topic("t"), &topic);
  EXPECT_EQ(cluster->find_topic(topic.id), &topic);
  EXPECT_EQ(topic.partition(1)->index(), 1);
  EXPECT_EQ(topic.partition(2), nullptr);
  EXPECT_EQ(topic.partition(-1), nullptr);
  const wire::Uuid id = topic.id;
  ASSERT_TRUE(cluster->remove_topic(topic));
  EXPECT_EQ(cluster->find_topic("t"), nullptr);
  EXPECT_EQ(cluster->find_topic(id), nullptr);
}

TEST_F(ClusterTest, TheFirstReplicaLeads) {
  make({std::nullopt, std::nullopt});
  const Topic& topic = *cluster->add_topic("t", {{2, 1}}, {});
  const Leadership& leadership = topic.partition(0)->leadership();
  EXPECT_EQ(leadership.leader, 2);
  EXPECT_EQ(leadership.isr, (std::vector<NodeId>{2, 1}));
  EXPECT_EQ(leadership.leader_epoch, 0);
}

TEST_F(ClusterTest, PlacesReplicasEvenly) {
  make({std::nullopt, std::nullopt, std::nullopt});
  std::map<NodeId, int> leaders;
  for (const auto& replicas : cluster->place_replicas(9, 2)) {
    ASSERT_EQ(replicas.size(), 2u);
    EXPECT_NE(replicas[0], replicas[1]);
    ++leaders[replicas[0]];
  }
  EXPECT_EQ(leaders, (std::map<NodeId, int>{{1, 3}, {2, 3}, {3, 3}}));
}

TEST_F(ClusterTest, SpreadsReplicasOverRacks) {
  make({"a", "a", "b", "b"});
  for (const auto& replicas : cluster->place_replicas(8, 2)) {
    EXPECT_NE(cluster->find_node(replicas[0])->rack, cluster->find_node(replicas[1])->rack);
  }
}

TEST_F(ClusterTest, StartsPlacementAnywhere) {
  make({std::nullopt, std::nullopt, std::nullopt});
  std::set<NodeId> first;
  for (int i = 0; i < 50; ++i) first.insert(cluster->place_replicas(1, 1)[0][0]);
  EXPECT_EQ(first.size(), 3u);
}

TEST_F(ClusterTest, InternalTopicsFitTheNumberOfNodes) {
  const auto config_of = [&](InternalTopic topic) {
    return cluster->configs().of(1).internal_topic(topic);
  };
  make_one();
  EXPECT_EQ(config_of(InternalTopic::kOffsets).replication_factor, 1);
  EXPECT_EQ(config_of(InternalTopic::kTransactions).min_insync_replicas, 1);
  make({std::nullopt, std::nullopt, std::nullopt});
  EXPECT_EQ(config_of(InternalTopic::kOffsets).replication_factor, 3);
  EXPECT_FALSE(cluster->configs().properties().contains("offsets.topic.replication.factor"));
  make_one({{"offsets.topic.replication.factor", "3"}});
  EXPECT_EQ(config_of(InternalTopic::kOffsets).replication_factor, 3);
}

TEST_F(ClusterTest, CreatesInternalTopicsAsTheirCoordinatorsWantThem) {
  make_one();
  for (const char* name : {"__consumer_offsets", "__transaction_state", "__share_group_state"}) {
    auto_create_topic(*cluster, 1, name);
    const Topic* topic = cluster->find_topic(name);
    ASSERT_NE(topic, nullptr) << name;
    EXPECT_TRUE(topic->is_internal);
    EXPECT_EQ(topic->partitions.size(), 50u);
    EXPECT_EQ(topic->effective->segment_bytes, 104'857'600);
  }
  EXPECT_TRUE(cluster->find_topic("__transaction_state")->effective->cleanup_compact);
  EXPECT_EQ(cluster->find_topic("__transaction_state")->effective->compression_type,
            codec::CompressionType::kNone);
  EXPECT_EQ(cluster->find_topic("__share_group_state")->effective->retention_ms, -1);
}

TEST_F(ClusterTest, CannotCreateInternalTopicsWithTooFewNodes) {
  make_one({{"offsets.topic.replication.factor", "3"}});
  auto_create_topic(*cluster, 1, "__consumer_offsets");
  EXPECT_EQ(cluster->find_topic("__consumer_offsets"), nullptr);
}

TEST_F(ClusterTest, MinInsyncReplicasIsSetForTheClusterFrom41On) {
  make_one({{"min.insync.replicas", "2"}});
  EXPECT_EQ(cluster->configs().dynamic(std::nullopt), (ConfigMap{{"min.insync.replicas", "2"}}));
  profile = *Profile::named("3.6");
  make_one();
  EXPECT_TRUE(cluster->configs().dynamic(std::nullopt).empty());
}

TEST_F(ClusterTest, TopicsWithoutConfigsShareOneEffectiveConfig) {
  make_one();
  const Topic& a = *cluster->add_topic("a", {{1}}, {});
  const Topic& b = *cluster->add_topic("b", {{1}}, {});
  const Topic& own = *cluster->add_topic("own", {{1}, {1}}, {{"retention.ms", "5"}});
  EXPECT_EQ(&a.partition(0)->config(), &b.partition(0)->config());
  EXPECT_NE(&own.partition(0)->config(), &a.partition(0)->config());
  EXPECT_EQ(&own.partition(0)->config(), &own.partition(1)->config());
}

TEST_F(ClusterTest, AChangeOfTheBrokerReachesPartitions) {
  make_one();
  const Topic& inherits = *cluster->add_topic("inherits", {{1}}, {});
  const Topic& own = *cluster->add_topic("own", {{1}}, {{"retention.ms", "5"}});
  ASSERT_TRUE(cluster->set_broker_configs(std::nullopt,
                                          {{"log.retention.ms", "7"}, {"message.max.bytes", "9"}}));
  EXPECT_EQ(inherits.partition(0)->config().retention_ms, 7);
  EXPECT_EQ(own.partition(0)->config().retention_ms, 5);
  EXPECT_EQ(own.partition(0)->config().max_message_bytes, 9);
  EXPECT_EQ(own.effective->max_message_bytes, 9);
}

TEST_F(ClusterTest, ANodeSaysWhatItIs) {
  make({"r"}, {{"log.dirs", "/own"}});
  const ConfigMap properties = cluster->properties_of(*cluster->find_node(1));
  EXPECT_EQ(properties.at("node.id"), "1");
  EXPECT_EQ(properties.at("advertised.listeners"), "PLAINTEXT://[::1]:9092");
  EXPECT_EQ(properties.at("broker.rack"), "r");
  EXPECT_EQ(properties.at("log.dirs"), "/own");
}

TEST_F(ClusterTest, ARackThatIsConfiguredIsThatOfNodesWithoutOneOfTheirOwn) {
  make({std::nullopt, "own"}, {{"broker.rack", "r"}});
  EXPECT_EQ(cluster->find_node(1)->rack, "r");
  EXPECT_EQ(cluster->find_node(2)->rack, "own");
}

TEST_F(ClusterTest, NodesHaveBrokerConfigsByType) {
  make({std::nullopt, std::nullopt},
       {{"auto.create.topics.enable", "FALSE"}, {"offsets.topic.num.partitions", "7"}});
  EXPECT_FALSE(cluster->configs().of(1).auto_create_topics_enable);
  EXPECT_EQ(cluster->configs().of(1).internal_topic(InternalTopic::kOffsets).num_partitions, 7);
  ASSERT_TRUE(cluster->set_broker_configs(2, {{"log.cleaner.backoff.ms", "3"}}));
  EXPECT_EQ(cluster->configs().of(1).log_cleaner_backoff_ms, 15'000);
  EXPECT_EQ(cluster->configs().of(2).log_cleaner_backoff_ms, 3);
}

// The defaults stand in the struct and in the table of configurations.
TEST_F(ClusterTest, BrokerConfigDefaultsAreThoseOfTheTable) {
  for (const char* release : {"2.4", "3.6", "4.4"}) {
    const ConfigDefs defs(*Profile::named(release));
    const ConfigMap nothing;
    EXPECT_EQ(make_broker_config({defs, nothing, nothing, nothing}), BrokerConfig{}) << release;
  }
}

TEST_F(ClusterTest, FindsAPartitionByItsTopicsNameAndByItsKey) {
  make_one();
  const Topic& topic = *cluster->add_topic("t", {{1}, {1}}, {});
  EXPECT_EQ(cluster->find_partition("t", 1), topic.partition(1));
  EXPECT_EQ(cluster->find_partition({topic.id, 1}), topic.partition(1));
  EXPECT_EQ(cluster->find_partition("t", 2), nullptr);
  EXPECT_EQ(cluster->find_partition("other", 0), nullptr);
}

TEST_F(ClusterTest, CoordinatorOfAKeyLeadsTheKeysPartition) {
  make_one({{"offsets.topic.num.partitions", "3"}});
  EXPECT_EQ(find_coordinator(*cluster, 1, InternalTopic::kOffsets, "g"), nullptr)
      << "the topic is only made now";
  const Node* found = find_coordinator(*cluster, 1, InternalTopic::kOffsets, "g");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->id, 1);
}

TEST_F(ClusterTest, TopicWithoutARequestGetsTheBrokersDefaults) {
  make_one({{"num.partitions", "4"}});
  const CreatedTopic created =
      create_topic(*cluster, 1, {.name = "t", .configs = {{"segment.ms", "9"}}});
  EXPECT_FALSE(created.error.failed());
  EXPECT_EQ(created.num_partitions, 4);
  EXPECT_EQ(cluster->find_partition("t", 3)->config().segment_ms, 9);
  EXPECT_EQ(create_topic(*cluster, 1, {.name = "t"}).error.code,
            wire::ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(
      create_topic(*cluster, 1, {.name = "u", .replication_factor = std::int16_t{2}}).error.code,
      wire::ErrorCode::kInvalidReplicationFactor);
}

}  // namespace
}  // namespace understudy::broker
