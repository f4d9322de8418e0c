// Requests in, answers out: the dispatcher's own decisions, and the data path as a whole.
#include <gtest/gtest.h>

#include "broker/core/test_broker.h"
#include "wire/header.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/metadata.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::int64_t kPid = 7000;

TestBatch batch(std::int32_t first_sequence, int records = 1) {
  return {.producer_id = kPid, .epoch = 0, .first_sequence = first_sequence, .records = records};
}

wire::Slice raw_header(std::int16_t key, std::int16_t version, std::string_view rest = "") {
  wire::Output out;
  out.put_int16(key);
  out.put_int16(version);
  out.put_int32(77);
  out.put_int16(-1);
  out.put(rest.data(), rest.size());
  return out.joined();
}

TEST_F(BrokerTest, ApiVersionsListsWhatIsServedInKeyOrder) {
  const auto response = ask<wire::ApiVersionsResponse>(
      wire::ApiVersionsRequest{.client_software_name = "x", .client_software_version = "1.0"}, 4);
  ASSERT_FALSE(response.api_keys.empty());
  EXPECT_EQ(response.api_keys.front().api_key, 0);
  EXPECT_EQ(response.api_keys.front().min_version, 0) << "listed for librdkafka, not served";
  EXPECT_EQ(response.api_keys.front().max_version, 13);
  for (std::size_t i = 1; i < response.api_keys.size(); ++i) {
    EXPECT_LT(response.api_keys[i - 1].api_key, response.api_keys[i].api_key);
  }
}

TEST_F(BrokerTest, NewerApiVersionsRequestIsAnsweredInTheOldestLayout) {
  broker->receive(kConnection, raw_header(18, 99, std::string_view("\0junk", 5)));
  correlation_id = 77;
  const auto response = take<wire::ApiVersionsResponse>(0);
  EXPECT_EQ(response.error_code, ErrorCode::kUnsupportedVersion);
  ASSERT_EQ(response.api_keys.size(), 1u);
  EXPECT_EQ(response.api_keys[0].api_key, 18);
  EXPECT_EQ(response.api_keys[0].max_version, 5);
  EXPECT_FALSE(outbox.connections[kConnection].closed);
}

TEST_F(BrokerTest, ApiVersionsChecksTheSoftwareName) {
  for (const std::string name : {"", "-x", "x-", "a b"}) {
    const auto response = ask<wire::ApiVersionsResponse>(
        wire::ApiVersionsRequest{.client_software_name = name, .client_software_version = "1"}, 3);
    EXPECT_EQ(response.error_code, ErrorCode::kInvalidRequest) << name;
    EXPECT_TRUE(response.api_keys.empty());
  }
}

TEST_F(BrokerTest, ApiVersions5NoticesAnotherCluster) {
  wire::ApiVersionsRequest request{.client_software_name = "x", .client_software_version = "1"};
  request.cluster_id = "another";
  request.node_id = 1;
  EXPECT_EQ(ask<wire::ApiVersionsResponse>(request, 5).error_code, ErrorCode::kRebootstrapRequired);
  request.cluster_id = "test-cluster-id-000000";
  EXPECT_EQ(ask<wire::ApiVersionsResponse>(request, 5).error_code, ErrorCode::kNone);
  request.node_id = 2;
  EXPECT_EQ(ask<wire::ApiVersionsResponse>(request, 5).error_code, ErrorCode::kRebootstrapRequired);
}

TEST_F(BrokerTest, ApiVersions5WantsClusterAndNodeOrNeither) {
  wire::ApiVersionsRequest request{.client_software_name = "x", .client_software_version = "1"};
  request.cluster_id = "test-cluster-id-000000";
  EXPECT_EQ(ask<wire::ApiVersionsResponse>(request, 5).error_code, ErrorCode::kInvalidRequest);
  request.cluster_id.reset();
  request.node_id = 1;
  EXPECT_EQ(ask<wire::ApiVersionsResponse>(request, 5).error_code, ErrorCode::kInvalidRequest);
}

TEST_F(BrokerTest, UnservedRequestClosesTheConnectionWithAReason) {
  for (const auto& [key, version] : std::vector<std::pair<std::int16_t, std::int16_t>>{
           {0, 2}, {3, 99}, {4, 0}, {11, 5}, {999, 0}}) {
    outbox.connections.clear();
    broker->receive(kConnection, raw_header(key, version, std::string_view("\0", 1)));
    ASSERT_TRUE(outbox.connections[kConnection].closed) << key;
    EXPECT_FALSE(has_answer());
  }
}

TEST_F(BrokerTest, ABodyThatDoesNotParseNamesClientApiVersionAndPlace) {
  wire::Output out;
  wire::RequestHeader header;
  header.request_api_key = 0;
  header.request_api_version = 9;
  header.client_id = "orders";
  wire::write_request_header(header, out);
  out.put("\0\xff\xff\0\0\0\1\2", 8);
  broker->receive(kConnection, out.joined());
  ASSERT_TRUE(outbox.connections[kConnection].closed);
  const std::string& reason = *outbox.connections[kConnection].closed;
  EXPECT_NE(reason.find("Produce v9 from client \"orders\""), std::string::npos) << reason;
  EXPECT_NE(reason.find("topic_data"), std::string::npos) << reason;
}

TEST_F(BrokerTest, BytesAfterABodyAreIgnored) {
  broker->receive(kConnection, raw_header(18, 0, "trailing"));
  correlation_id = 77;
  EXPECT_EQ(take<wire::ApiVersionsResponse>(0).error_code, ErrorCode::kNone);
}

TEST_F(BrokerTest, ProducesAndReadsBack) {
  create_topic("t");
  const auto id =
      ask<wire::InitProducerIdResponse>(wire::InitProducerIdRequest{.transactional_id = {}}, 4);
  EXPECT_EQ(id.producer_id, 0);
  EXPECT_EQ(produce("t", 0, batch(0, 3)).base_offset, 0);
  EXPECT_EQ(produce("t", 0, batch(3)).base_offset, 3);
  const auto data = fetch("t", 0, 0);
  EXPECT_EQ(data.high_watermark, 4);
  EXPECT_EQ(data.aborted_transactions, std::nullopt);
  ASSERT_TRUE(data.records);
  EXPECT_EQ(codec::BatchView(codec::view_of(*data.records).first(make_batch(batch(0, 3)).size()))
                .record_count(),
            3);
}

TEST_F(BrokerTest, EveryBatchLeavesAnEvent) {
  create_topic("t");
  produce("t", 0, batch(0));
  produce("t", 0, batch(0));
  produce("t", 0, batch(5));
  produce("nosuch", 0, batch(0));
  const auto& events = broker->controls().events().stored();
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].describe(), "created topic t with 1 partitions");
  EXPECT_EQ(events[1].describe(),
            "t-0: appended 1 records at offset 0 (producer 7000, epoch 0, sequence 0)");
  EXPECT_EQ(events[2].kind(), Event::Kind::kDuplicate);
  EXPECT_EQ(events[3].batch()->reason, "expected 1, got 5");
  EXPECT_EQ(events[4].batch()->error, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(events[4].number, 5u);
}

TEST_F(BrokerTest, OnePartitionMayFailWhileAnotherIsAppended) {
  create_topic("t", 2);
  produce("t", 0, batch(0));
  auto request = produce_request("t", 0, batch(7));
  request.topic_data[0].partition_data.push_back({.index = 1, .records = make_batch(batch(0))});
  const auto response = ask<wire::ProduceResponse>(request, 9);
  const auto& partitions = response.responses.at(0).partition_responses;
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].error_code, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(partitions[1].error_code, ErrorCode::kNone);
}

TEST_F(BrokerTest, LastDataCountsWhenAPartitionIsNamedTwice) {
  create_topic("t");
  auto request = produce_request("t", 0, batch(5, 2));
  request.topic_data.push_back(
      {.name = "t", .partition_data = {{.index = 0, .records = make_batch(batch(0, 4))}}});
  const auto response = ask<wire::ProduceResponse>(request, 9);
  ASSERT_EQ(response.responses.size(), 1u);
  ASSERT_EQ(response.responses[0].partition_responses.size(), 1u);
  EXPECT_EQ(cluster().find_topic("t")->partition(0)->log_end_offset(), 4);
}

TEST_F(BrokerTest, ProduceByTopicId) {
  const Topic& topic = create_topic("t");
  auto request = produce_request("", 0, batch(0));
  request.topic_data[0].topic_id = topic.id;
  auto response = ask<wire::ProduceResponse>(request, 13);
  EXPECT_EQ(response.responses.at(0).topic_id, topic.id);
  EXPECT_EQ(response.responses.at(0).partition_responses.at(0).error_code, ErrorCode::kNone);
  request.topic_data[0].topic_id.bytes[0] ^= 1;
  response = ask<wire::ProduceResponse>(request, 13);
  EXPECT_EQ(response.responses.at(0).partition_responses.at(0).error_code,
            ErrorCode::kUnknownTopicId);
}

TEST_F(BrokerTest, TransactionalBatchesAreRefusedWithoutACoordinator) {
  create_topic("t");
  TestBatch transactional = batch(0);
  transactional.is_transactional = true;
  auto request = produce_request("t", 0, transactional);
  const auto error = [&] {
    return ask<wire::ProduceResponse>(request, 11)
        .responses.at(0)
        .partition_responses.at(0)
        .error_code;
  };
  EXPECT_EQ(error(), ErrorCode::kTransactionalIdAuthorizationFailed);
  request.transactional_id = "";
  EXPECT_EQ(error(), ErrorCode::kInvalidRequest);
  request.transactional_id = "tx";
  EXPECT_EQ(error(), ErrorCode::kInvalidProducerIdMapping);
}

TEST_F(BrokerTest, AcksZeroIsSilentAndClosesOnAnError) {
  create_topic("t");
  deliver(produce_request("t", 0, batch(0), 0), 9);
  EXPECT_EQ(outbox.connections[kConnection].unanswered, 1);
  EXPECT_FALSE(outbox.connections[kConnection].closed);
  deliver(produce_request("t", 0, batch(9), 0), 9);
  EXPECT_TRUE(outbox.connections[kConnection].closed);
  EXPECT_FALSE(has_answer());
}

TEST_F(BrokerTest, AFetchWaitsForData) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, 500), 12);
  EXPECT_FALSE(has_answer());
  const std::int32_t waiting_for = correlation_id;
  broker->connected(2, {.node = 1});
  EXPECT_EQ(produce("t", 0, batch(0), 2).base_offset, 0);
  ASSERT_TRUE(has_answer());
  correlation_id = waiting_for;
  const auto response = take<wire::FetchResponse>(12);
  EXPECT_FALSE(response.responses.at(0).partitions.at(0).records->empty());
}

TEST_F(BrokerTest, AFetchGivesUpAtItsDeadline) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, 500), 12);
  clock.advance(499);
  broker->advance();
  EXPECT_FALSE(has_answer());
  clock.advance(1);
  broker->advance();
  ASSERT_TRUE(has_answer());
  const auto response = take<wire::FetchResponse>(12);
  EXPECT_TRUE(response.responses.at(0).partitions.at(0).records->empty());
}

TEST_F(BrokerTest, AFetchWaitsForItsMinimumOfBytes) {
  create_topic("t");
  auto request = fetch_request("t", 0, 0, 500);
  request.min_bytes = 1000;
  deliver(request, 12);
  const std::int32_t waiting_for = correlation_id;
  broker->connected(2, {.node = 1});
  TestBatch small = batch(0);
  small.value_bytes = 300;
  produce("t", 0, small, 2);
  EXPECT_FALSE(has_answer());
  TestBatch more = batch(1);
  more.value_bytes = 700;
  produce("t", 0, more, 2);
  ASSERT_TRUE(has_answer());
  correlation_id = waiting_for;
  EXPECT_GT(take<wire::FetchResponse>(12).responses.at(0).partitions.at(0).records->size(), 1000u);
}

// Nobody may be there any more; who only reads gets what there is now.
TEST_F(BrokerTest, AFetchOfAClientThatSendsNothingMoreIsAnsweredAtOnce) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, INT32_MAX), 12);
  ASSERT_FALSE(has_answer());
  broker->peer_finished(kConnection);
  const auto partition = take<wire::FetchResponse>(12).responses.at(0).partitions.at(0);
  EXPECT_EQ(partition.error_code, wire::ErrorCode::kNone);
  EXPECT_EQ(partition.high_watermark, 0);
}

TEST_F(BrokerTest, ADisconnectedFetchIsForgotten) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, 500), 12);
  broker->disconnected(kConnection);
  clock.advance(1000);
  broker->advance();
  EXPECT_FALSE(has_answer());
}

TEST_F(BrokerTest, ProducersExpireByTheClock) {
  create_topic("t");
  TestBatch old = batch(0, 5);
  old.timestamp_ms = clock.wall_ms() - 2 * 86'400'000;
  produce("t", 0, old);
  clock.advance(600'000);
  broker->advance();
  EXPECT_EQ(produce("t", 0, batch(9)).error_code, ErrorCode::kNone)
      << "the producer is unknown again";
}

class ThreeNodes : public BrokerTest {
 protected:
  ThreeNodes() : BrokerTest(3) {}
};

TEST_F(ThreeNodes, OnlyTheLeaderTakesRecordsAndTheRefusalNamesIt) {
  const Topic& topic = create_topic("t", 3, 3);
  const Partition& partition = *topic.partition(0);
  const NodeId leader = partition.leadership().leader;
  const ConnectionId follower = static_cast<ConnectionId>(leader % 3 + 1);
  EXPECT_EQ(produce("t", 0, batch(0), static_cast<ConnectionId>(leader)).error_code,
            ErrorCode::kNone);
  const auto response = ask<wire::ProduceResponse>(produce_request("t", 0, batch(1)), 10, follower);
  const auto& refused = response.responses.at(0).partition_responses.at(0);
  EXPECT_EQ(refused.error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(refused.log_start_offset, -1);
  EXPECT_EQ(refused.current_leader.leader_id, leader);
  ASSERT_EQ(response.node_endpoints.size(), 1u);
  EXPECT_EQ(response.node_endpoints[0].port, 9000 + leader);
}

TEST_F(ThreeNodes, AcksAllWaitsForReplicationAndTimesOut) {
  Partition& partition = *create_topic("t", 1, 3).partition(0);
  const auto leader = static_cast<ConnectionId>(partition.leadership().leader);
  partition.hold_replication();
  deliver(produce_request("t", 0, batch(0)), 9, leader);
  EXPECT_FALSE(has_answer(leader));
  clock.advance(1000);
  broker->advance();
  ASSERT_TRUE(has_answer(leader));
  EXPECT_EQ(
      take<wire::ProduceResponse>(9, leader).responses.at(0).partition_responses.at(0).error_code,
      ErrorCode::kRequestTimedOut);
  EXPECT_EQ(partition.log_end_offset(), 1) << "the data stays";
  EXPECT_TRUE(fetch("t", 0, 0, leader).records->empty()) << "not replicated, not readable";
}

// The node leads again, but not the log that the request was appended to: what comes to its offset
// is not its batch.
TEST_F(ThreeNodes, AcksAllDoesNotSucceedWithAnotherRecordAtItsOffset) {
  Partition& partition = *create_topic("t", 1, 3).partition(0);
  const NodeId leader = partition.leadership().leader;
  const auto connection = static_cast<ConnectionId>(leader);
  partition.hold_replication();
  deliver(produce_request("t", 0, batch(0)), 9, connection);
  ASSERT_FALSE(has_answer(connection));
  cluster().elect(partition, leader, Partition::Tail::kLose);
  EXPECT_EQ(partition.log_end_offset(), 0);
  partition.release_replication();
  TestBatch other = batch(0);
  other.producer_id = 7001;
  ASSERT_EQ(partition.append(make_batch(other), {}).base_offset, 0);
  ASSERT_EQ(partition.high_watermark(), 1);
  const auto answer =
      take<wire::ProduceResponse>(9, connection).responses.at(0).partition_responses.at(0);
  EXPECT_EQ(answer.error_code, ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(answer.base_offset, -1);
}

TEST_F(ThreeNodes, AcksAllContinuesToWaitWhenItsLeaderIsElectedAgainWithItsTail) {
  Partition& partition = *create_topic("t", 1, 3).partition(0);
  const NodeId leader = partition.leadership().leader;
  const auto connection = static_cast<ConnectionId>(leader);
  partition.hold_replication();
  deliver(produce_request("t", 0, batch(0)), 9, connection);
  cluster().elect(partition, leader, Partition::Tail::kKeep);
  EXPECT_FALSE(has_answer(connection));
  partition.release_replication();
  EXPECT_EQ(take<wire::ProduceResponse>(9, connection)
                .responses.at(0)
                .partition_responses.at(0)
                .error_code,
            ErrorCode::kNone);
}

// As in DelayedProduce: what was replicated while the other partition was waited for stays so.
TEST_F(ThreeNodes, AReplicatedPartitionSucceedsThoughItsLeaderMovesBeforeTheAnswer) {
  const Topic& topic = create_topic("t", 2, 3);
  Partition& first = *topic.partition(0);
  Partition& second = *topic.partition(1);
  const NodeId leader = first.leadership().leader;
  const auto connection = static_cast<ConnectionId>(leader);
  cluster().elect(second, leader, Partition::Tail::kKeep);
  second.hold_replication();
  wire::ProduceRequest request = produce_request("t", 0, batch(0));
  request.topic_data[0].partition_data.push_back({.index = 1, .records = make_batch(batch(0))});
  deliver(request, 9, connection);
  ASSERT_FALSE(has_answer(connection));
  cluster().elect(first, leader % 3 + 1, Partition::Tail::kKeep);
  EXPECT_FALSE(has_answer(connection));
  second.release_replication();
  const auto response = take<wire::ProduceResponse>(9, connection);
  for (const auto& answer : response.responses.at(0).partition_responses) {
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.base_offset, 0);
  }
}

class Profile24 : public BrokerTest {
 protected:
  Profile24() : BrokerTest(1, "2.4") {}
};

TEST_F(Profile24, AnUnknownProducerMustStartAtZero) {
  create_topic("t");
  EXPECT_EQ(ask<wire::ProduceResponse>(produce_request("t", 0, batch(3)), 8)
                .responses.at(0)
                .partition_responses.at(0)
                .error_code,
            ErrorCode::kUnknownProducerId);
  outbox.connections.clear();
  deliver(produce_request("t", 0, batch(0)), 9);
  EXPECT_TRUE(outbox.connections[kConnection].closed) << "Produce 9 came later";
}

class Profile45 : public BrokerTest {
 protected:
  Profile45() : BrokerTest(1, "4.5") {}
};

TEST_F(Profile45, NewLogNeedsSequenceZero) {
  create_topic("t");
  EXPECT_EQ(produce("t", 0, batch(1)).error_code, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(produce("t", 0, batch(0)).error_code, ErrorCode::kNone);
  TestBatch other = batch(4);
  other.producer_id = 7001;
  EXPECT_EQ(produce("t", 0, other).error_code, ErrorCode::kNone);
}

// Faults ------------------------------------------------------------------------------------------

TEST_F(BrokerTest, ALostAckLeavesADuplicateToAcknowledge) {  // F01
  create_topic("t");
  inject({.seam = Seam::kAfterAppend,
          .match = {.topic = "t", .partition = 0},
          .action = Action::drop_connection()});
  deliver(produce_request("t", 0, batch(0)), 9);
  EXPECT_TRUE(outbox.connections[kConnection].closed);
  EXPECT_FALSE(has_answer());
  EXPECT_EQ(produce("t", 0, batch(0)).base_offset, 0);
  EXPECT_EQ(cluster().find_topic("t")->partition(0)->log_end_offset(), 1);
}

TEST_F(BrokerTest, AnErrorAfterTheAppendKeepsTheData) {  // F02
  create_topic("t");
  inject({.seam = Seam::kAfterAppend,
          .action = Action::error_code(ErrorCode::kNotEnoughReplicasAfterAppend)});
  const auto refused = produce("t", 0, batch(0));
  EXPECT_EQ(refused.error_code, ErrorCode::kNotEnoughReplicasAfterAppend);
  EXPECT_EQ(refused.base_offset, -1);
  EXPECT_EQ(produce("t", 0, batch(0)).base_offset, 0);
}

TEST_F(BrokerTest, Idempotence_S15_AnErrorBeforeTheAppendKeepsTheDataOut) {
  create_topic("t");
  inject({.seam = Seam::kBeforeAppend,
          .match = {.base_sequence = 0},
          .action = Action::error_code(ErrorCode::kNotEnoughReplicas)});
  EXPECT_EQ(produce("t", 0, batch(0)).error_code, ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(produce("t", 0, batch(1)).base_offset, 0) << "accepted as first seen";
  EXPECT_EQ(produce("t", 0, batch(0)).error_code, ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(BrokerTest, AHeldRequestGoesOnWhenReleased) {
  create_topic("t");
  const auto rule = inject({.seam = Seam::kBeforeAppend, .action = Action::hold()});
  deliver(produce_request("t", 0, batch(0)), 9);
  EXPECT_FALSE(has_answer());
  EXPECT_EQ(cluster().find_topic("t")->partition(0)->log_end_offset(), 0);
  broker->controls().release_rule(rule);
  EXPECT_EQ(take<wire::ProduceResponse>(9).responses.at(0).partition_responses.at(0).base_offset,
            0);
}

TEST_F(BrokerTest, AResponseMayBeDelayedDroppedOrCut) {
  create_topic("t");
  const Match produce_only{.api = wire::ApiKey::kProduce};
  inject({.match = produce_only, .action = Action::delay(100)});
  deliver(produce_request("t", 0, batch(0)), 9);
  EXPECT_FALSE(has_answer());
  clock.advance(100);
  broker->advance();
  EXPECT_TRUE(has_answer());
  take<wire::ProduceResponse>(9);

  inject({.match = produce_only, .action = Action::drop_response()});
  deliver(produce_request("t", 0, batch(1)), 9);
  EXPECT_FALSE(has_answer());
  EXPECT_EQ(outbox.connections[kConnection].unanswered, 1);

  inject({.match = produce_only, .action = Action::cut_response(10)});
  deliver(produce_request("t", 0, batch(2)), 9);
  ASSERT_TRUE(has_answer());
  EXPECT_EQ(outbox.connections[kConnection].frames.front().size(), 6u);  // 10 less the size prefix
  EXPECT_TRUE(outbox.connections[kConnection].closed);
}

TEST_F(BrokerTest, ARequestMayBeRefusedBeforeItIsParsed) {
  inject({.seam = Seam::kRequest,
          .match = {.api = wire::ApiKey::kInitProducerId},
          .action = Action::error_code(ErrorCode::kCoordinatorLoadInProgress)});
  const wire::InitProducerIdRequest request{.transactional_id = {}};
  EXPECT_EQ(ask<wire::InitProducerIdResponse>(request, 4).error_code,
            ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(ask<wire::InitProducerIdResponse>(request, 4).producer_id, 0);
}

TEST_F(BrokerTest, OlderOfTwoRulesEndsTheRequest) {
  const Match match{.api = wire::ApiKey::kInitProducerId};
  inject({.seam = Seam::kRequest, .match = match, .action = Action::drop_connection()});
  inject({.seam = Seam::kRequest,
          .match = match,
          .action = Action::error_code(ErrorCode::kCoordinatorLoadInProgress)});
  deliver(wire::InitProducerIdRequest{.transactional_id = {}}, 4);
  EXPECT_TRUE(outbox.connections[kConnection].closed);
  EXPECT_FALSE(has_answer());
}

TEST_F(BrokerTest, AResponseMayBeEdited) {  // F12
  create_topic("t", 3);
  inject(
      {.match = {.api = wire::ApiKey::kMetadata},
       .action = Action::edit_response<wire::MetadataResponse>(
           [](wire::MetadataResponse& response) { response.topics.at(0).partitions.resize(1); })});
  wire::MetadataRequest request;
  request.topics.emplace();
  request.topics->push_back({.name = "t"});
  EXPECT_EQ(ask<wire::MetadataResponse>(request, 9).topics.at(0).partitions.size(), 1u);
  EXPECT_EQ(ask<wire::MetadataResponse>(request, 9).topics.at(0).partitions.size(), 3u);
}

// acks = all is what the disk has; acks = 1 does not ask it. Readers see what is replicated.
// What asks for memory that is not there fails alone, also when another connection's request has
// woken it.
TEST_F(BrokerTest, AnAnswerWithoutMemoryClosesItsOwnConnection) {
  constexpr ConnectionId kReader = 7;
  broker->connected(kReader, {.node = 1, .host = "127.0.0.1"});
  create_topic("t");
  inject({.seam = Seam::kResponse,
          .match = {.api = wire::ApiKey::kFetch},
          .trigger = Trigger::times(2),
          .action = Action::edit_response<wire::FetchResponse>(
              [](wire::FetchResponse&) { throw std::bad_alloc(); })});
  deliver(fetch_request("t", 0, 0, 10'000), 12, kReader);
  EXPECT_EQ(produce("t", 0, {}).error_code, wire::ErrorCode::kNone);
  EXPECT_EQ(outbox.connections[kReader].closed, "there is no memory for its answer");
  EXPECT_FALSE(outbox.connections[kConnection].closed);
  deliver(fetch_request("t", 0, 0), 12);
  EXPECT_TRUE(outbox.connections[kConnection].closed);
}

TEST_F(BrokerTest, WithFsyncAcksAllWaitsForTheDisk) {
  storage.set_synced(true);
  create_topic("t");
  deliver(produce_request("t", 0, {}), 9);
  EXPECT_FALSE(has_answer());
  EXPECT_EQ(cluster().find_topic("t")->partition(0)->high_watermark(), 0);
  EXPECT_EQ(storage.finish_syncs(), 1u);
  const auto synced = take<wire::ProduceResponse>(9).responses.at(0).partition_responses.at(0);
  EXPECT_EQ(synced.error_code, wire::ErrorCode::kNone);
  EXPECT_EQ(synced.base_offset, 0);
  EXPECT_FALSE(fetch("t", 0, 0).records->empty());
  deliver(produce_request("t", 0, {}, 1), 9);
  EXPECT_TRUE(has_answer());
}

TEST_F(BrokerTest, AFailedSyncIsAStorageError) {
  storage.set_synced(true);
  create_topic("t");
  storage.fail_syncs(true);
  deliver(produce_request("t", 0, {}), 9);
  storage.finish_syncs();
  EXPECT_EQ(take<wire::ProduceResponse>(9).responses.at(0).partition_responses.at(0).error_code,
            wire::ErrorCode::kKafkaStorageError);
  EXPECT_EQ(produce("t", 0, {}).error_code, wire::ErrorCode::kKafkaStorageError);
  EXPECT_EQ(fetch("t", 0, 0).error_code, wire::ErrorCode::kKafkaStorageError);
}

// What waits when the broker crashes is never answered, and what was parked never happens.
TEST_F(BrokerTest, CrashDropsWaitingRequests) {
  create_topic("t");
  produce("t", 0, {.producer_id = 7, .epoch = 0, .first_sequence = 0});
  deliver(fetch_request("t", 0, 1, 10'000), 12);
  const auto rule = inject({.seam = Seam::kBeforeAppend, .action = Action::hold()});
  deliver(produce_request("t", 0, {.producer_id = 7, .epoch = 0, .first_sequence = 1}), 9);
  EXPECT_FALSE(has_answer());
  EXPECT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}), std::nullopt);
  broker->controls().release_rule(rule);
  clock.advance(20'000);
  broker->advance();
  EXPECT_FALSE(has_answer());
  const Partition& partition = *cluster().find_topic("t")->partition(0);
  EXPECT_EQ(partition.log_end_offset(), 1);
  EXPECT_EQ(partition.producers().find(7)->last_sequence(), 0);
  EXPECT_EQ(broker->controls().events().stored().back().kind(), Event::Kind::kRestarted);
}

TEST_F(BrokerTest, TheSameCallsGiveTheSameBytes) {
  const auto run = [](std::uint64_t seed) {
    ManualClock clock;
    Random random(seed);
    MemoryStorage storage;
    RecordingOutbox outbox;
    BrokerOptions options;
    options.cluster = {.cluster_id = "c",
                       .nodes = {{.id = 1, .host = "h", .port = 1, .rack = {}}},
                       .static_configs = {}};
    Broker broker(std::move(options), clock, random, storage, outbox);
    broker.connected(1, {.node = 1});
    wire::CreateTopicsRequest request;
    request.topics.push_back({.name = "t", .num_partitions = 2, .replication_factor = 1});
    broker.receive(1, wire::request_frame({}, request, 7));
    return outbox.connections[1].frames.at(0);
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));  // the topic id is drawn
}

}  // namespace
}  // namespace understudy::broker
