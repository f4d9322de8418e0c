#include "broker/core/controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker/core/test_broker.h"
#include "wire/messages/api_versions.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using wire::ErrorCode;

class ControlsTest : public BrokerTest {
 protected:
  ControlsTest() : BrokerTest(3) {}

  Controls& controls() { return broker->controls(); }
  PartitionView view(const std::string& topic = "t") {
    return std::get<PartitionView>(controls().partition({topic, 0}));
  }
};

TEST_F(ControlsTest, CreatesTopicsWithTheChecksOfARequest) {
  EXPECT_FALSE(controls()
                   .create_topic({.name = "t", .partitions = 2, .configs = {{"retention.ms", "7"}}})
                   .failed());
  EXPECT_EQ(controls().create_topic({.name = "t"}).code, ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(controls().create_topic({.name = "?"}).code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(controls().create_topic({.name = "u", .partitions = 100'000'000}).code,
            ErrorCode::kPolicyViolation);
  EXPECT_EQ(controls().create_topic({.name = "u", .replication_factor = 4}).code,
            ErrorCode::kInvalidReplicationFactor);
  const auto topic = controls().find_topic("t");
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->partition_count, 2);
  EXPECT_EQ(topic->configs.at("retention.ms"), "7");
  EXPECT_EQ(controls().topics().size(), 1u);
}

TEST_F(ControlsTest, ErrorNamesTheMissingTopicOrPartition) {
  create_topic("t");
  const auto error = [&](const PartitionName& name) {
    return std::get<ApiError>(controls().partition(name));
  };
  EXPECT_EQ(error({"u", 0}).code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_THAT(*error({"u", 0}).message, HasSubstr("no topic 'u'"));
  EXPECT_THAT(*error({"t", 1}).message, HasSubstr("topic 't' has no partition 1"));
  EXPECT_EQ(controls().delete_topic("u").code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(controls().hold_replication({"u", 0}).code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_THAT(*controls().move_leader({"t", 0}, 9, Partition::Tail::kKeep).message,
              HasSubstr("no node 9"));
  EXPECT_TRUE(controls().set_next_sequence({"t", 0}, 7, -1).failed());
  EXPECT_TRUE(controls().set_producer_epoch({"t", 0}, 7, -1).failed());
}

// Each kind of change wakes a request that waits for the partition, before it returns.
TEST_F(ControlsTest, ChangeWakesWaitingRequests) {
  const auto topic = create_topic("t", 1, 3).id;
  const auto leader = static_cast<ConnectionId>(view().leader);
  const auto is_waiting = [&] { return !has_answer(leader); };
  // Up to version 10 only a leader may be read from.
  deliver(fetch_request("t", 0, 0, 10'000), 10, leader);
  ASSERT_TRUE(is_waiting());
  EXPECT_FALSE(controls()
                   .move_leader({"t", 0}, static_cast<NodeId>(leader), Partition::Tail::kKeep)
                   .failed());
  EXPECT_TRUE(is_waiting()) << "nothing has come that it waits for";
  controls().move_leader({"t", 0}, static_cast<NodeId>(leader) % 3 + 1, Partition::Tail::kKeep);
  ASSERT_FALSE(is_waiting());
  take<wire::FetchResponse>(10, leader);

  controls().move_leader({"t", 0}, static_cast<NodeId>(leader), Partition::Tail::kKeep);
  controls().hold_replication({"t", 0});
  EXPECT_TRUE(view().is_replication_held);
  deliver(produce_request("t", 0, {}), 9, leader);
  ASSERT_TRUE(is_waiting());
  controls().release_replication({"t", 0});
  ASSERT_FALSE(is_waiting());
  take<wire::ProduceResponse>(9, leader);

  deliver(fetch_request("t", 0, 1, 10'000), 12, leader);
  ASSERT_TRUE(is_waiting());
  EXPECT_FALSE(controls().delete_topic("t").failed());
  EXPECT_FALSE(is_waiting());
  EXPECT_EQ(cluster().find_topic(topic), nullptr);
}

TEST_F(ControlsTest, ShowsAPartitionAndItsProducers) {
  create_topic("t", 1, 3);
  const auto leader = static_cast<ConnectionId>(view().leader);
  for (int i = 0; i < 2; ++i) {
    produce("t", 0, {.producer_id = 7, .epoch = 1, .first_sequence = 2 * i, .records = 2}, leader);
  }
  EXPECT_EQ(view().log_end_offset, 4);
  EXPECT_EQ(view().high_watermark, 4);
  EXPECT_EQ(view().replicas.size(), 3u);
  const auto producers = std::get<std::vector<ProducerView>>(controls().producers({"t", 0}));
  ASSERT_EQ(producers.size(), 1u);
  EXPECT_EQ(producers[0].producer_id, 7);
  EXPECT_EQ(producers[0].last_sequence, 3);
  ASSERT_EQ(producers[0].batches.size(), 2u);
  EXPECT_EQ(producers[0].batches[1].first_offset, 2);
  controls().set_next_sequence({"t", 0}, 7, 10);
  EXPECT_EQ(produce("t", 0, {.producer_id = 7, .epoch = 1, .first_sequence = 4}, leader).error_code,
            ErrorCode::kOutOfOrderSequenceNumber);
  controls().forget_producer({"t", 0}, 7);
  EXPECT_TRUE(std::get<std::vector<ProducerView>>(controls().producers({"t", 0})).empty());
}

TEST_F(ControlsTest, RefusesARuleForAnApiThatNeverArrives) {
  const auto add = [&](wire::ApiKey api) {
    return controls().add_rule(
        {.match = {.api = api}, .trigger = Trigger::once(), .action = Action::hold()});
  };
  EXPECT_THAT(*std::get<ApiError>(add(wire::ApiKey::kLeaderAndIsr)).message,
              HasSubstr("LeaderAndIsr is not served"));
  EXPECT_TRUE(std::holds_alternative<Faults::RuleId>(add(wire::ApiKey::kProduce)));
  EXPECT_TRUE(std::holds_alternative<ApiError>(
      controls().add_rule({.seam = Seam::kResponse, .action = Action::delay(-1)})));
}

TEST_F(ControlsTest, RemovingARuleReleasesWhatItHolds) {
  create_topic("t");
  const auto leader = static_cast<ConnectionId>(view().leader);
  for (const bool all_at_once : {false, true}) {
    const auto rule = inject({.match = {.api = wire::ApiKey::kProduce}, .action = Action::hold()});
    deliver(produce_request("t", 0, {}), 9, leader);
    EXPECT_FALSE(has_answer(leader));
    EXPECT_EQ(controls().hits(rule), 1u);
    if (all_at_once) {
      controls().remove_all_rules();
    } else {
      controls().remove_rule(rule);
    }
    ASSERT_TRUE(has_answer(leader));
    take<wire::ProduceResponse>(9, leader);
  }
}

TEST_F(ControlsTest, ShowsConnectionsWithTheirClients) {
  broker->connected(7, {.node = 2, .host = "10.0.0.9", .port = 5555});
  ask<wire::ApiVersionsResponse>(wire::ApiVersionsRequest{.client_software_name = "librdkafka",
                                                          .client_software_version = "2.0.2"},
                                 3, 7);
  ask<wire::ApiVersionsResponse>(wire::ApiVersionsRequest{}, 0, 7);  // says nothing of itself
  const auto connections = controls().connections();
  ASSERT_EQ(connections.size(), 4u);
  EXPECT_EQ(connections[3].id, 7u);
  EXPECT_EQ(connections[3].session.peer.host, "10.0.0.9");
  EXPECT_EQ(connections[3].session.peer.listener, "PLAINTEXT");
  EXPECT_EQ(connections[3].session.principal.to_string(), "User:ANONYMOUS");
  EXPECT_EQ(connections[3].session.software_name, "librdkafka");
  EXPECT_EQ(connections[3].session.software_version, "2.0.2");
  broker->disconnected(7);
  EXPECT_EQ(controls().connections().size(), 3u);
}

TEST_F(ControlsTest, EveryChangeLeavesAnEvent) {
  std::vector<std::string> heard;
  const auto subscription =
      controls().on_event([&](const Event& event) { heard.push_back(event.describe()); });
  controls().create_topic({.name = "t", .partitions = 1, .replication_factor = 3});
  const NodeId leader = view().leader;
  const NodeId next = leader % 3 + 1;
  controls().move_leader({"t", 0}, next, Partition::Tail::kKeep);
  controls().delete_topic("t");
  EXPECT_THAT(heard, ElementsAre("created topic t with 1 partitions",
                                 "t-0: node " + std::to_string(next) + " leads after node " +
                                     std::to_string(leader) + ", leader epoch 1",
                                 "deleted topic t"));
}

}  // namespace
}  // namespace understudy::broker
