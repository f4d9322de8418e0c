// Who answers for a partition: its leader, a follower, or a stranger without a replica; and whom
// they answer: consumers, replicas, and who only says to be one. Checked against Apache Kafka with
// three brokers (compat-tests/differential --nodes 3).
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "broker/log/test_batches.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/fetch.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/offset_for_leader_epoch.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr NodeId kLeader = 1;
constexpr NodeId kFollower = 2;
constexpr NodeId kStranger = 3;
constexpr std::int32_t kNoEpoch = -1;
constexpr std::int32_t kEpoch = 0;  // of the leader

class RolesTest : public ThreeNodesTest {
 protected:
  RolesTest() {
    topic = cluster.add_topic("t", {{kLeader, kFollower}}, {});
    EXPECT_EQ(
        partition()
            .append(make_batch({.producer_id = 7, .epoch = 0, .first_sequence = 0, .records = 2}),
                    {})
            .error,
        ErrorCode::kNone);
  }
  Partition& partition() { return *topic->partition(0); }

  struct Asker {
    std::int32_t replica_id = -1;
    std::int32_t epoch = kNoEpoch;
    std::int64_t broker_epoch = -1;
    wire::Version version = 12;
  };

  wire::FetchResponse fetch_whole(NodeId node, const Asker& asker) {
    wire::FetchRequest request;
    request.replica_id = asker.replica_id;
    request.replica_state = {.replica_id = asker.replica_id, .replica_epoch = asker.broker_epoch};
    request.max_bytes = 1 << 20;
    request.topics.push_back({.topic = "t",
                              .topic_id = topic->id,
                              .partitions = {{.partition = 0,
                                              .current_leader_epoch = asker.epoch,
                                              .fetch_offset = 0,
                                              .partition_max_bytes = 1 << 20}}});
    return call(fetch, asker.version, request, node);
  }
  auto fetch_from(NodeId node, const Asker& asker) {
    return fetch_whole(node, asker).responses.at(0).partitions.at(0);
  }
  ErrorCode fetch_error(NodeId node, const Asker& asker) {
    return fetch_from(node, asker).error_code;
  }

  struct Question {
    std::int32_t epoch = kNoEpoch;
    std::int64_t timestamp = -1;  // the latest
    wire::Version version = 7;
  };
  auto offset_at(NodeId node, std::int32_t replica_id, const Question& question) {
    wire::ListOffsetsRequest request;
    request.replica_id = replica_id;
    request.topics.push_back({.name = "t",
                              .partitions = {{.partition_index = 0,
                                              .current_leader_epoch = question.epoch,
                                              .timestamp = question.timestamp}}});
    return call(list_offsets, question.version, request, node).topics.at(0).partitions.at(0);
  }
  auto latest_at(NodeId node, std::int32_t replica_id, std::int32_t epoch = kNoEpoch) {
    return offset_at(node, replica_id, {.epoch = epoch});
  }

  ErrorCode epoch_end_error(NodeId node, std::int32_t epoch) {
    wire::OffsetForLeaderEpochRequest request;
    request.topics.push_back(
        {.topic = "t",
         .partitions = {{.partition = 0, .current_leader_epoch = epoch, .leader_epoch = 0}}});
    return call(offset_for_leader_epoch, 4, request, node).topics.at(0).partitions.at(0).error_code;
  }

  const Topic* topic = nullptr;
};

TEST_F(RolesTest, ALeaderReadsToConsumersWhateverNegativeIdTheyHave) {
  for (const std::int32_t id : {-1, -2, -3, INT32_MIN}) {
    EXPECT_EQ(fetch_error(kLeader, {.replica_id = id}), ErrorCode::kNone) << id;
  }
}

TEST_F(RolesTest, AnIdThatIsNoFollowersIsRefusedByTheLeaderWithNothingRead) {
  for (const std::int32_t id : {0, kLeader, kStranger, 99, INT32_MAX}) {
    const auto refused = fetch_from(kLeader, {.replica_id = id});
    EXPECT_EQ(refused.error_code, ErrorCode::kNotLeaderOrFollower) << id;
    EXPECT_EQ(refused.high_watermark, -1) << id;
    EXPECT_TRUE(refused.records->empty()) << id;
    EXPECT_EQ(fetch_error(kLeader, {.replica_id = id, .epoch = kEpoch}),
              ErrorCode::kUnknownLeaderEpoch)
        << id << ": the leader may not have heard of the replica yet";
  }
}

TEST_F(RolesTest, AFollowersIdReadsToTheEndOfTheLogAndMovesNothing) {
  partition().hold_replication();
  ASSERT_EQ(partition().append(make_batch({.records = 1}), {.required_acks = 1}).error,
            ErrorCode::kNone);
  const auto consumer = fetch_from(kLeader, {});
  const auto replica = fetch_from(kLeader, {.replica_id = kFollower});
  EXPECT_EQ(replica.error_code, ErrorCode::kNone);
  EXPECT_GT(replica.records->size(), consumer.records->size());
  EXPECT_EQ(partition().high_watermark(), 2);
}

TEST_F(RolesTest, AReplicasBrokerMustNotHaveBeenStartedAgain) {
  const auto asks = [&](std::int64_t broker_epoch) {
    return fetch_error(kLeader,
                       {.replica_id = kFollower, .broker_epoch = broker_epoch, .version = 17});
  };
  EXPECT_EQ(asks(-1), ErrorCode::kNone);
  EXPECT_EQ(asks(1000), ErrorCode::kNone);
  EXPECT_EQ(asks(0), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(asks(-2), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(fetch_error(kLeader, {.broker_epoch = 0, .version = 17}), ErrorCode::kNone)
      << "a consumer has no broker epoch";
}

TEST_F(RolesTest, FollowersReadToConsumersAndNotToReplicas) {
  EXPECT_EQ(fetch_error(kFollower, {}), ErrorCode::kNone);
  EXPECT_EQ(fetch_error(kFollower, {.version = 10}), ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(fetch_error(kFollower, {.replica_id = -3, .version = 10}), ErrorCode::kNone)
      << "a replica that moves between directories";
  EXPECT_EQ(fetch_error(kFollower, {.replica_id = kFollower}), ErrorCode::kNotLeaderOrFollower);
}

TEST_F(RolesTest, OnlyConsumersAreToldWhereTheLeaderIs) {
  EXPECT_EQ(fetch_whole(kStranger, {.version = 17}).node_endpoints.size(), 1u);
  const auto replica = fetch_whole(kStranger, {.replica_id = kFollower, .version = 17});
  EXPECT_TRUE(replica.node_endpoints.empty());
  EXPECT_EQ(replica.responses.at(0).partitions.at(0).current_leader.leader_id, kLeader);
}

// A stranger does not even know which epoch is the current one.
TEST_F(RolesTest, AStrangerLeadsNothingWhateverEpochIsAskedFor) {
  for (const std::int32_t epoch : {kNoEpoch, kEpoch, kEpoch + 1}) {
    EXPECT_EQ(fetch_error(kStranger, {.epoch = epoch}), ErrorCode::kNotLeaderOrFollower);
    EXPECT_EQ(latest_at(kStranger, -1, epoch).error_code, ErrorCode::kNotLeaderOrFollower);
    EXPECT_EQ(latest_at(kStranger, -2, epoch).error_code, ErrorCode::kNotLeaderOrFollower);
    EXPECT_EQ(epoch_end_error(kStranger, epoch), ErrorCode::kNotLeaderOrFollower);
  }
}

TEST_F(RolesTest, AFollowerChecksTheEpochFirst) {
  EXPECT_EQ(fetch_error(kFollower, {.epoch = kEpoch + 1}), ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(latest_at(kFollower, -1, kEpoch + 1).error_code, ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(epoch_end_error(kFollower, kEpoch + 1), ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(epoch_end_error(kFollower, kEpoch), ErrorCode::kNotLeaderOrFollower);
}

TEST_F(RolesTest, OffsetsAreTheLeadersToTellButForADebuggingConsumer) {
  EXPECT_EQ(latest_at(kFollower, -1).error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(latest_at(kFollower, kFollower).error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(latest_at(kFollower, -2).offset, 2);
  EXPECT_EQ(latest_at(kLeader, 99).offset, 2) << "ListOffsets knows no replicas";
}

TEST_F(RolesTest, ANewLeaderWhoseHighWatermarkLagsDoesNotTellConsumersTheEnd) {
  constexpr std::int64_t kEarliest = -2;
  constexpr std::int64_t kFarInTheFuture = 9'000'000'000'000;
  partition().hold_replication();
  ASSERT_EQ(partition().append(make_batch({.records = 1}), {.required_acks = 1}).error,
            ErrorCode::kNone);
  EXPECT_EQ(latest_at(kLeader, -1).offset, 2) << "no election, no lag";
  partition().elect(kFollower, Partition::Tail::kKeep);
  const auto asks = [&](std::int64_t timestamp, wire::Version version) {
    return offset_at(kFollower, -1, {.timestamp = timestamp, .version = version}).error_code;
  };
  EXPECT_EQ(asks(-1, 5), ErrorCode::kOffsetNotAvailable);
  EXPECT_EQ(asks(-1, 4), ErrorCode::kLeaderNotAvailable);
  EXPECT_EQ(asks(kFarInTheFuture, 5), ErrorCode::kOffsetNotAvailable);
  EXPECT_EQ(asks(0, 5), ErrorCode::kNone) << "what lies below the high watermark is told";
  EXPECT_EQ(asks(kEarliest, 5), ErrorCode::kNone);
  EXPECT_EQ(latest_at(kFollower, -2).offset, 3) << "a debugging consumer sees the log's end";
  partition().release_replication();
  EXPECT_EQ(latest_at(kFollower, -1).offset, 3);
}

TEST_F(RolesTest, EveryReplicaKnowsTheProducers) {
  wire::DescribeProducersRequest request;
  request.topics.push_back({.name = "t", .partition_indexes = {0}});
  const auto at = [&](NodeId node) {
    return call(describe_producers, 0, request, node).topics.at(0).partitions.at(0);
  };
  EXPECT_EQ(at(kLeader).active_producers.size(), 1u);
  EXPECT_EQ(at(kFollower).active_producers.size(), 1u);
  EXPECT_EQ(at(kFollower).error_code, ErrorCode::kNone);
  EXPECT_EQ(at(kStranger).error_code, ErrorCode::kNotLeaderOrFollower);
}

}  // namespace
}  // namespace understudy::broker
