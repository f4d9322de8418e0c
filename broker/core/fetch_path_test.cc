// Fetch, its sessions, ListOffsets and OffsetForLeaderEpoch through the whole core.
#include <gtest/gtest.h>

#include "broker/core/test_broker.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/offset_for_leader_epoch.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class FetchPath : public BrokerTest {
 protected:
  explicit FetchPath(int nodes = 1, ConfigMap configs = {})
      : BrokerTest(nodes, "4.4", std::move(configs)) {}

  void append(int records, std::int32_t partition = 0) {
    EXPECT_EQ(produce("t", partition, {.records = records}).error_code, ErrorCode::kNone);
  }

  wire::fetch_response::PartitionData fetch_with(
      const std::function<void(wire::fetch_request::FetchPartition&)>& change,
      wire::Version version = 12, std::int64_t offset = 0) {
    auto request = fetch_request("t", 0, offset);
    change(request.topics[0].partitions[0]);
    request.topics[0].topic_id = cluster().find_topic("t")->id;
    return ask<wire::FetchResponse>(request, version).responses.at(0).partitions.at(0);
  }

  // A request of a session over partitions of "t", which may be none.
  wire::FetchResponse session_fetch(
      std::int32_t id, std::int32_t epoch,
      const std::vector<std::pair<std::int32_t, std::int64_t>>& wanted, wire::Version version = 12,
      const std::vector<std::int32_t>& forgotten = {}) {
    auto request = fetch_request("t", 0, 0);
    request.session_id = id;
    request.session_epoch = epoch;
    request.topics.clear();
    const wire::Uuid topic_id = cluster().find_topic("t")->id;
    for (const auto& [partition, offset] : wanted) {
      request.topics.push_back(
          {.topic = "t",
           .topic_id = topic_id,
           .partitions = {
               {.partition = partition, .fetch_offset = offset, .partition_max_bytes = 1 << 20}}});
    }
    if (!forgotten.empty()) {
      request.forgotten_topics_data.push_back(
          {.topic = "t", .topic_id = topic_id, .partitions = forgotten});
    }
    return ask<wire::FetchResponse>(request, version);
  }

  static std::vector<std::int32_t> partitions_of(const wire::FetchResponse& response) {
    std::vector<std::int32_t> indexes;
    for (const auto& topic : response.responses) {
      for (const auto& partition : topic.partitions) indexes.push_back(partition.partition_index);
    }
    return indexes;
  }

  wire::list_offsets_response::ListOffsetsPartitionResponse list(std::int64_t timestamp,
                                                                 wire::Version version = 9,
                                                                 std::int32_t epoch = -1) {
    wire::ListOffsetsRequest request;
    request.replica_id = -1;
    request.topics.push_back(
        {.name = "t",
         .partitions = {
             {.partition_index = 0, .current_leader_epoch = epoch, .timestamp = timestamp}}});
    return ask<wire::ListOffsetsResponse>(request, version).topics.at(0).partitions.at(0);
  }
};

class FetchPathThreeNodes : public FetchPath {
 protected:
  FetchPathThreeNodes() : FetchPath(3) {}
};

TEST_F(FetchPath, FencesByLeaderEpoch) {
  Partition& partition = *create_topic("t").partition(0);
  append(10);
  partition.elect(1, Partition::Tail::kKeep);
  const auto error_at = [&](std::int32_t epoch) {
    return fetch_with([&](auto& wanted) { wanted.current_leader_epoch = epoch; }).error_code;
  };
  EXPECT_EQ(error_at(0), ErrorCode::kFencedLeaderEpoch);
  EXPECT_EQ(error_at(1), ErrorCode::kNone);
  EXPECT_EQ(error_at(2), ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(error_at(-1), ErrorCode::kNone);
  EXPECT_EQ(error_at(-2), ErrorCode::kNone);
  const auto fenced = fetch_with([](auto& wanted) { wanted.current_leader_epoch = 0; }, 16);
  EXPECT_EQ(fenced.current_leader.leader_id, 1);
  EXPECT_EQ(fenced.current_leader.leader_epoch, 1);
  EXPECT_EQ(fenced.high_watermark, -1);
  EXPECT_EQ(fenced.aborted_transactions, std::nullopt);
}

TEST_F(FetchPath, AnswersWhereLogsDiverge) {  // log-and-fetch 21
  Partition& partition = *create_topic("t").partition(0);
  append(10);
  partition.elect(1, Partition::Tail::kKeep);
  partition.elect(1, Partition::Tail::kKeep);
  append(10);
  const auto at = [&](std::int32_t epoch, std::int64_t offset) {
    return fetch_with([&](auto& wanted) { wanted.last_fetched_epoch = epoch; }, 12, offset);
  };
  for (const auto& [epoch, offset] :
       std::vector<std::pair<std::int32_t, std::int64_t>>{{0, 15}, {1, 5}}) {
    const auto data = at(epoch, offset);
    EXPECT_EQ(data.error_code, ErrorCode::kNone);
    EXPECT_EQ(data.diverging_epoch.epoch, 0);
    EXPECT_EQ(data.diverging_epoch.end_offset, 10);
    ASSERT_TRUE(data.records);
    EXPECT_TRUE(data.records->empty());
    EXPECT_EQ(data.high_watermark, 20);
  }
  EXPECT_EQ(at(3, 5).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_FALSE(at(2, 15).records->empty());
}

TEST_F(FetchPath, OffsetsOutsideOfTheLogAreOutOfRange) {  // log-and-fetch 14
  create_topic("t");
  append(10);
  EXPECT_EQ(fetch("t", 0, 10).error_code, ErrorCode::kNone);
  EXPECT_EQ(fetch("t", 0, 11).error_code, ErrorCode::kOffsetOutOfRange);
  cluster().find_topic("t")->partition(0)->raise_log_start_offset(4);
  EXPECT_EQ(fetch("t", 0, 3).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_FALSE(fetch("t", 0, 4).records->empty());
}

TEST_F(FetchPath, TheFirstNonEmptyPartitionGivesAWholeBatch) {  // log-and-fetch 15
  create_topic("t", 2);
  for (const std::int32_t partition : {0, 1}) produce("t", partition, {.value_bytes = 5000});
  auto request = fetch_request("t", 0, 0);
  request.max_bytes = 100;
  request.topics[0].partitions[0].partition_max_bytes = 100;
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  request.topics[0].partitions[1].partition = 1;
  const auto response = ask<wire::FetchResponse>(request, 12);
  EXPECT_GT(response.responses.at(0).partitions.at(0).records->size(), 5000u);
  EXPECT_TRUE(response.responses.at(0).partitions.at(1).records->empty());
}

TEST_F(FetchPath, AnUnknownPartitionDoesNotEndTheWait) {  // log-and-fetch 19
  create_topic("t");
  auto request = fetch_request("t", 0, 0, 500);
  request.topics.push_back(
      {.topic = "nosuch",
       .partitions = {{.partition = 0, .fetch_offset = 0, .partition_max_bytes = 1}}});
  deliver(request, 12);
  EXPECT_FALSE(has_answer());
  const std::int32_t waiting_for = correlation_id;
  broker->connected(2, {.node = 1});
  produce("t", 0, {}, 2);
  ASSERT_TRUE(has_answer());
  correlation_id = waiting_for;
  const auto response = take<wire::FetchResponse>(12);
  ASSERT_EQ(response.responses.size(), 2u);
  EXPECT_FALSE(response.responses[0].partitions.at(0).records->empty());
  const auto& unknown = response.responses[1].partitions.at(0);
  EXPECT_EQ(unknown.error_code, ErrorCode::kUnknownTopicOrPartition);
  ASSERT_TRUE(unknown.aborted_transactions);
  EXPECT_TRUE(unknown.aborted_transactions->empty());
}

TEST_F(FetchPath, ADeletedTopicWakesItsReaders) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, 60'000), 12);
  ASSERT_TRUE(cluster().remove_topic(*cluster().find_topic("t")));
  ASSERT_TRUE(has_answer());
  EXPECT_EQ(take<wire::FetchResponse>(12).responses.at(0).partitions.at(0).error_code,
            ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(FetchPathThreeNodes, ConsumersMayReadFromFollowersSinceVersion11) {
  const Partition& partition = *create_topic("t", 1, 3).partition(0);
  const NodeId leader = partition.leadership().leader;
  produce("t", 0, {.records = 3}, static_cast<ConnectionId>(leader));
  const auto follower = static_cast<ConnectionId>(leader % 3 + 1);
  EXPECT_FALSE(fetch("t", 0, 0, follower).records->empty());
  const auto old = ask<wire::FetchResponse>(fetch_request("t", 0, 0), 10, follower);
  EXPECT_EQ(old.responses.at(0).partitions.at(0).error_code, ErrorCode::kNotLeaderOrFollower);
}

TEST_F(FetchPathThreeNodes, ANodeWithoutAReplicaNamesTheLeader) {
  const NodeId leader = create_topic("t", 1, 1).partition(0)->leadership().leader;
  const auto other = static_cast<ConnectionId>(leader % 3 + 1);
  auto request = fetch_request("", 0, 0);
  request.topics[0].topic_id = cluster().find_topic("t")->id;
  const auto response = ask<wire::FetchResponse>(request, 16, other);
  const auto& data = response.responses.at(0).partitions.at(0);
  EXPECT_EQ(data.error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(data.current_leader.leader_id, leader);
  ASSERT_EQ(response.node_endpoints.size(), 1u);
  EXPECT_EQ(response.node_endpoints[0].node_id, leader);
}

// Sessions ----------------------------------------------------------------------------------------

TEST_F(FetchPath, SessionAnswersOnlyWhatIsNew) {  // log-and-fetch 24
  create_topic("t", 3);
  const auto first = session_fetch(0, 0, {{0, 0}, {1, 0}, {2, 0}});
  EXPECT_GT(first.session_id, 0);
  EXPECT_EQ(partitions_of(first), (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_TRUE(partitions_of(session_fetch(first.session_id, 1, {})).empty());
  EXPECT_EQ(session_fetch(first.session_id, 1, {}).error_code,
            ErrorCode::kInvalidFetchSessionEpoch);
  append(1, 1);
  EXPECT_EQ(partitions_of(session_fetch(first.session_id, 2, {})), (std::vector<std::int32_t>{1}));
}

TEST_F(FetchPath, UnknownOrEndedSessionIsAnError) {  // log-and-fetch 25
  create_topic("t");
  const auto first = session_fetch(0, 0, {{0, 0}});
  const auto unknown = session_fetch(first.session_id + 1, 1, {});
  EXPECT_EQ(unknown.error_code, ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(unknown.session_id, 0);
  EXPECT_EQ(session_fetch(first.session_id, -1, {{0, 0}}).session_id, 0);
  EXPECT_EQ(session_fetch(first.session_id, 1, {}).error_code, ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchPath, ASessionKeepsToNamesOrIds) {  // log-and-fetch 26
  create_topic("t");
  const auto first = session_fetch(0, 0, {{0, 0}}, 12);
  EXPECT_EQ(session_fetch(first.session_id, 1, {}, 13).error_code,
            ErrorCode::kFetchSessionTopicIdError);
}

TEST_F(FetchPath, RecoveredPartitionIsAnsweredOnceMore) {  // log-and-fetch 27
  create_topic("t");
  const auto first = session_fetch(0, 0, {{0, 0}, {2, 0}});
  EXPECT_EQ(partitions_of(session_fetch(first.session_id, 1, {})), (std::vector<std::int32_t>{2}));
  Topic& topic = *cluster().find_topic("t");
  ASSERT_TRUE(cluster().add_partitions(topic, {{1}, {1}}));
  const auto recovered = session_fetch(first.session_id, 2, {});
  EXPECT_EQ(partitions_of(recovered), (std::vector<std::int32_t>{2}));
  EXPECT_EQ(recovered.responses.at(0).partitions.at(0).error_code, ErrorCode::kNone);
  EXPECT_TRUE(partitions_of(session_fetch(first.session_id, 3, {})).empty());
}

TEST_F(FetchPath, ForgettingTheLastPartitionEndsTheSession) {  // log-and-fetch 28
  create_topic("t");
  const auto first = session_fetch(0, 0, {{0, 0}});
  EXPECT_EQ(session_fetch(first.session_id, 1, {}, 12, {0}).session_id, 0);
  EXPECT_EQ(session_fetch(first.session_id, 2, {}).error_code, ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchPath, OffsetsStayUntilTheClientMovesThem) {  // log-and-fetch 30
  create_topic("t", 2);
  append(1, 0);
  append(1, 1);
  const auto first = session_fetch(0, 0, {{0, 0}, {1, 0}});
  const auto second = session_fetch(first.session_id, 1, {{0, 1}});
  EXPECT_EQ(partitions_of(second), (std::vector<std::int32_t>{1}))
      << "offset 0 of partition 1, again";
}

TEST_F(FetchPath, APartitionWithRecordsGoesToTheEnd) {
  create_topic("t", 2);
  const auto first = session_fetch(0, 0, {{0, 0}, {1, 0}});
  append(1, 0);
  session_fetch(first.session_id, 1, {});
  append(1, 1);
  EXPECT_EQ(partitions_of(session_fetch(first.session_id, 2, {})),
            (std::vector<std::int32_t>{1, 0}));
}

class FetchPathTwoSlots : public FetchPath {
 protected:
  FetchPathTwoSlots() : FetchPath(1, {{"max.incremental.fetch.session.cache.slots", "2"}}) {}
};

TEST_F(FetchPathTwoSlots, YoungSessionsAreNotEvicted) {  // log-and-fetch 29
  create_topic("t");
  EXPECT_NE(session_fetch(0, 0, {{0, 0}}).session_id, 0);
  clock.advance(1);
  EXPECT_NE(session_fetch(0, 0, {{0, 0}}).session_id, 0);
  EXPECT_EQ(session_fetch(0, 0, {{0, 0}}).session_id, 0);
  clock.advance(120'000);
  EXPECT_NE(session_fetch(0, 0, {{0, 0}}).session_id, 0) << "the oldest was idle for too long";
}

TEST_F(FetchPath, ALateAnswerOfASessionIsRefused) {
  create_topic("t");
  const auto first = session_fetch(0, 0, {{0, 0}});
  auto request = fetch_request("t", 0, 0, 500);
  request.session_id = first.session_id;
  request.session_epoch = 1;
  deliver(request, 12);
  const std::int32_t waiting_for = correlation_id;
  broker->connected(2, {.node = 1});
  auto quick = fetch_request("t", 0, 0);
  quick.session_id = first.session_id;
  quick.session_epoch = 2;
  ask<wire::FetchResponse>(quick, 12, 2);
  clock.advance(500);
  broker->advance();
  correlation_id = waiting_for;
  const auto late = take<wire::FetchResponse>(12);
  EXPECT_EQ(late.error_code, ErrorCode::kInvalidFetchSessionEpoch);
  EXPECT_EQ(late.session_id, first.session_id);
}

// Offsets -----------------------------------------------------------------------------------------

TEST_F(FetchPath, ListsTheEndsAndTimes) {  // log-and-fetch 31, 32, 34
  create_topic("t");
  for (const std::int64_t timestamp : {-1, -2}) EXPECT_EQ(list(timestamp).offset, 0);
  for (const std::int64_t timestamp : {-3, 0}) EXPECT_EQ(list(timestamp).offset, -1);
  const std::int64_t now = clock.wall_ms();
  produce("t", 0, {.records = 3, .timestamp_ms = now, .timestamp_step_ms = 1});
  EXPECT_EQ(list(-1).offset, 3);
  EXPECT_EQ(list(-1).timestamp, -1);
  EXPECT_EQ(list(now + 1).offset, 1);
  EXPECT_EQ(list(now + 1).timestamp, now + 1);
  EXPECT_EQ(list(now + 3).offset, -1);
  EXPECT_EQ(list(-3).offset, 2);
  EXPECT_EQ(list(-3, 6).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(list(-4, 7).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(list(-4, 8).offset, 0);
  EXPECT_EQ(list(-5, 9).offset, -1);
  EXPECT_EQ(list(-7, 11).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(list(-1, 9, 4).error_code, ErrorCode::kUnknownLeaderEpoch);
}

TEST_F(FetchPath, APartitionAskedTwiceIsRefusedOnce) {
  create_topic("t");
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  request.topics.push_back({.name = "t",
                            .partitions = {{.partition_index = 0, .timestamp = -1},
                                           {.partition_index = 0, .timestamp = -2}}});
  const auto response = ask<wire::ListOffsetsResponse>(request, 9);
  ASSERT_EQ(response.topics.at(0).partitions.size(), 1u);
  EXPECT_EQ(response.topics[0].partitions[0].error_code, ErrorCode::kInvalidRequest);
}

TEST_F(FetchPath, KnowsWhereAnEpochEnded) {  // log-and-fetch 35
  Partition& partition = *create_topic("t").partition(0);
  append(10);
  partition.elect(1, Partition::Tail::kKeep);
  partition.elect(1, Partition::Tail::kKeep);
  append(10);
  const auto end_of = [&](std::int32_t epoch) {
    wire::OffsetForLeaderEpochRequest request;
    request.topics.push_back(
        {.topic = "t", .partitions = {{.partition = 0, .leader_epoch = epoch}}});
    const auto answer =
        ask<wire::OffsetForLeaderEpochResponse>(request, 4).topics.at(0).partitions.at(0);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    return std::pair{answer.leader_epoch, answer.end_offset};
  };
  using Pair = std::pair<std::int32_t, std::int64_t>;
  EXPECT_EQ(end_of(0), (Pair{0, 10}));
  EXPECT_EQ(end_of(1), (Pair{0, 10}));
  EXPECT_EQ(end_of(2), (Pair{2, 20}));
  EXPECT_EQ(end_of(3), (Pair{-1, -1}));
}

}  // namespace
}  // namespace understudy::broker
