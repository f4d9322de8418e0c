// Fetch where requests make little sense: what Kafka does then has been seen, not specified.
#include "wire/messages/fetch.h"

#include "broker/api/handlers.h"
#include "broker/api/isolation_level.h"
#include "broker/api/preferred_replica.h"
#include "broker/api/test_handler.h"
#include "broker/log/test_batches.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using WantedPartitions = std::vector<wire::fetch_request::FetchPartition>;

class FetchTest : public HandlerTest {
 protected:
  static wire::FetchRequest by_name(const std::string& topic, WantedPartitions partitions) {
    wire::FetchRequest request;
    request.session_epoch = kFinalSessionEpoch;
    request.topics.push_back({.topic = topic, .partitions = std::move(partitions)});
    for (auto& partition : request.topics[0].partitions) partition.partition_max_bytes = 1 << 20;
    return request;
  }
  static wire::FetchRequest by_id(const wire::Uuid& topic_id, WantedPartitions partitions) {
    wire::FetchRequest request = by_name("", std::move(partitions));
    request.topics[0].topic_id = topic_id;
    return request;
  }
  static wire::FetchRequest in_session(wire::FetchRequest request, std::int32_t id,
                                       std::int32_t epoch) {
    request.session_id = id;
    request.session_epoch = epoch;
    return request;
  }
  auto ask(const wire::FetchRequest& request, wire::Version version) {
    return call(fetch, version, request);
  }
  auto first_partition_of(const wire::FetchRequest& request, wire::Version version) {
    return ask(request, version).responses.at(0).partitions.at(0);
  }
  void append(const std::string& topic, int records) {
    ASSERT_EQ(
        cluster.find_topic(topic)->partition(0)->append(make_batch({.records = records}), {}).error,
        ErrorCode::kNone);
  }
};

TEST_F(FetchTest, LastRequestCountsInTheFirstPlaceWhenAPartitionIsNamedTwice) {
  add_topic("t", 2);
  append("t", 1);
  append("t", 1);
  const auto response = ask(by_name("t", {{.partition = 0, .fetch_offset = 0},
                                          {.partition = 1, .fetch_offset = 0},
                                          {.partition = 0, .fetch_offset = 1}}),
                            12);
  ASSERT_EQ(response.responses.size(), 1u);
  const auto& partitions = response.responses[0].partitions;
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].partition_index, 0);
  EXPECT_EQ(codec::BatchView(codec::view_of(*partitions[0].records)).base_offset(), 1);
  EXPECT_EQ(partitions[1].partition_index, 1);
}

TEST_F(FetchTest, AnUnknownIsolationLevelFailsTheRequestIfAnythingCouldBeRead) {
  const Topic& topic = add_topic("t");
  auto request = by_name("t", {{.partition = 0}, {.partition = 7}});
  request.isolation_level = 2;
  const auto named = ask(request, 12);
  EXPECT_EQ(named.error_code, ErrorCode::kUnknownServerError);
  ASSERT_EQ(named.responses.size(), 1u);
  ASSERT_EQ(named.responses[0].partitions.size(), 2u);
  for (const auto& partition : named.responses[0].partitions) {
    EXPECT_EQ(partition.error_code, ErrorCode::kUnknownServerError);
    EXPECT_EQ(partition.high_watermark, -1);
  }
  auto with_id = by_id(topic.id, {{.partition = 0}});
  with_id.isolation_level = -1;
  const auto identified = ask(with_id, 13);
  EXPECT_EQ(identified.error_code, ErrorCode::kUnknownServerError);
  EXPECT_TRUE(identified.responses.empty());

  auto nothing_to_read = by_name("t", {{.partition = 7}});
  nothing_to_read.isolation_level = 2;
  EXPECT_EQ(first_partition_of(nothing_to_read, 12).error_code,
            ErrorCode::kUnknownTopicOrPartition);
}

TEST(IsolationLevel, ThereAreTwo) {
  EXPECT_TRUE(is_known_isolation_level(kReadUncommitted));
  EXPECT_TRUE(is_known_isolation_level(kReadCommitted));
  EXPECT_FALSE(is_known_isolation_level(2));
  EXPECT_FALSE(is_known_isolation_level(-1));
}

TEST_F(FetchTest, ASessionIdOutsideOfKafkasEightPartsIsAnException) {
  const wire::FetchRequest nothing;
  const auto error_for = [&](std::int32_t id) {
    return ask(in_session(nothing, id, 1), 12).error_code;
  };
  constexpr std::int32_t kPart = INT32_MAX / 8;
  EXPECT_EQ(error_for(INT32_MAX), ErrorCode::kUnknownServerError);
  EXPECT_EQ(error_for(INT32_MIN), ErrorCode::kUnknownServerError);
  EXPECT_EQ(error_for(-kPart), ErrorCode::kUnknownServerError);
  EXPECT_EQ(error_for(-kPart + 1), ErrorCode::kFetchSessionIdNotFound);
  EXPECT_EQ(error_for(8 * kPart - 1), ErrorCode::kFetchSessionIdNotFound);
}

TEST_F(FetchTest, PartitionAskedForAndForgottenInOneRequestIsReadOnceMore) {
  const wire::Uuid unknown = random.uuid();
  const auto first = ask(in_session(by_id(unknown, {{.partition = 0}}), 0, 0), 13);
  EXPECT_EQ(first.responses.at(0).partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
  auto last = in_session(by_id(unknown, {{.partition = 0}}), first.session_id, 1);
  last.forgotten_topics_data.push_back({.topic_id = unknown, .partitions = {0}});
  const auto second = ask(last, 13);
  EXPECT_EQ(second.session_id, kNoSession);
  EXPECT_EQ(second.responses.at(0).partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(ask(in_session({}, first.session_id, 2), 13).error_code,
            ErrorCode::kFetchSessionIdNotFound);
}

// A partition that a session has from version 12 may diverge in an answer that cannot say it.
TEST_F(FetchTest, ADivergingEpochFailsAnAnswerOfAnOlderVersion) {
  add_topic("t", 2);
  append("t", 1);
  const auto asked = by_name("t", {{.partition = 0, .fetch_offset = 9, .last_fetched_epoch = 0}});
  const auto first = ask(in_session(asked, 0, 0), 12);
  ASSERT_EQ(first.responses.at(0).partitions.at(0).diverging_epoch.epoch, 0);
  const auto second = ask(in_session({}, first.session_id, 1), 11);
  EXPECT_EQ(second.error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(second.session_id, first.session_id);
  EXPECT_TRUE(second.responses.empty());
  // The session goes on, and has noted what was not answered: partition 1 is no news any more.
  const auto third = ask(in_session(by_name("t", {{.partition = 1}}), first.session_id, 2), 11);
  EXPECT_EQ(third.error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(third.responses.at(0).partitions.at(0).error_code, ErrorCode::kUnsupportedVersion);
  const auto fourth = ask(in_session({}, first.session_id, 3), 12);
  EXPECT_EQ(fourth.error_code, ErrorCode::kNone);
  ASSERT_EQ(fourth.responses.at(0).partitions.size(), 1u);
  EXPECT_EQ(fourth.responses.at(0).partitions.at(0).diverging_epoch.epoch, 0);
}

TEST_F(FetchTest, ASessionRemembersTheNameOfADeletedTopic) {
  Topic& topic = add_topic("t");
  const auto first = ask(in_session(by_id(topic.id, {{.partition = 0}}), 0, 0), 13);
  ASSERT_EQ(first.responses.at(0).partitions.at(0).error_code, ErrorCode::kNone);
  ASSERT_TRUE(cluster.remove_topic(topic));
  const auto error_at = [&](std::int32_t epoch) {
    return first_partition_of(in_session({}, first.session_id, epoch), 13).error_code;
  };
  EXPECT_EQ(error_at(1), ErrorCode::kUnknownTopicOrPartition) << "not UNKNOWN_TOPIC_ID";
  EXPECT_EQ(error_at(2), ErrorCode::kUnknownTopicOrPartition) << "an error is answered every time";
  add_topic("t");
  EXPECT_EQ(error_at(3), ErrorCode::kInconsistentTopicId);
}

TEST_F(FetchTest, AbortedTransactionsAreNullUnlessCommittedRecordsAreReadWithSuccess) {
  add_topic("t");
  append("t", 1);
  auto request = by_name("t", {{.partition = 0}});
  const auto aborted = [&] { return first_partition_of(request, 12).aborted_transactions; };
  EXPECT_EQ(aborted(), std::nullopt);
  request.isolation_level = kReadCommitted;
  ASSERT_TRUE(aborted().has_value());
  EXPECT_TRUE(aborted()->empty());
  request.replica_id = -3;  // reads to the end of the log
  EXPECT_EQ(aborted(), std::nullopt);
  request.replica_id = -1;
  request.topics[0].partitions[0].fetch_offset = 99;
  EXPECT_EQ(aborted(), std::nullopt);
  request.topics[0].partitions[0].partition = 9;  // refused before any log was asked
  EXPECT_TRUE(aborted().has_value());
}

TEST_F(FetchTest, AbortedTransactionsAreNullWhereABatchDoesNotFitIn) {
  add_topic("t", 2);
  append("t", 1);
  ASSERT_EQ(cluster.find_topic("t")->partition(1)->append(make_batch({}), {}).error,
            ErrorCode::kNone);
  auto request = by_name("t", {{.partition = 0}, {.partition = 1}});
  request.isolation_level = kReadCommitted;
  const auto second = [&](std::int32_t max_bytes) {
    request.topics[0].partitions[1].partition_max_bytes = max_bytes;
    return ask(request, 12).responses.at(0).partitions.at(1);
  };
  EXPECT_TRUE(second(20).records->empty());
  EXPECT_EQ(second(20).aborted_transactions, std::nullopt);
  EXPECT_TRUE(second(0).aborted_transactions.has_value());
  EXPECT_FALSE(second(1 << 20).records->empty());
  EXPECT_TRUE(second(1 << 20).aborted_transactions.has_value());
}

TEST_F(FetchTest, NegativeLimitsFailOnlyWhereThereIsSomethingToRead) {
  add_topic("t");
  append("t", 1);
  auto request = by_name("t", {{.partition = 0, .fetch_offset = 1}});
  request.topics[0].partitions[0].partition_max_bytes = -1;
  EXPECT_EQ(first_partition_of(request, 12).error_code, ErrorCode::kNone);
  request.topics[0].partitions[0].fetch_offset = 0;
  EXPECT_EQ(first_partition_of(request, 12).error_code, ErrorCode::kUnknownServerError);
}

class RackAwareFetchTest : public HandlerTest {
 protected:
  static constexpr const char* kSelector = "replica.selector.class";
  static constexpr const char* kRackAware =
      "org.apache.kafka.common.replica.RackAwareReplicaSelector";

  explicit RackAwareFetchTest(const char* selector = kRackAware)
      : HandlerTest({.node_count = 4,
                     .properties = {{kSelector, selector}},
                     .racks = {"a", "b", "b", "c"}}) {
    partition = cluster.add_topic("t", {{1, 2, 3, 4}}, {})->partition(0);
    EXPECT_EQ(partition->append(make_batch({.records = 3}), {}).error, ErrorCode::kNone);
  }

  auto ask(const std::string& rack, std::int64_t offset = 0, NodeId node = 1,
           std::int32_t replica = -1, wire::Version version = 12) {
    wire::FetchRequest request;
    request.replica_id = replica;
    request.max_wait_ms = 10'000;
    request.min_bytes = 1;
    request.rack_id = version >= 11 ? rack : "";
    request.session_epoch = kFinalSessionEpoch;
    auto& topic = request.topics.emplace_back();
    topic.topic = "t";
    topic.partitions = {{.partition = 0, .fetch_offset = offset, .partition_max_bytes = 1 << 20}};
    return call(fetch, version, request, node).responses.at(0).partitions.at(0);
  }

  Partition* partition = nullptr;
};

TEST_F(RackAwareFetchTest, AConsumerIsSentToTheReplicaInItsRack) {
  const auto answer = ask("c");
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.preferred_read_replica, 4);
  EXPECT_TRUE(answer.records->empty());
  EXPECT_EQ(answer.high_watermark, 3);
  EXPECT_EQ(ask("b").preferred_read_replica, 3) << "of two that are as near";
  EXPECT_EQ(ask("c", 3).preferred_read_replica, 4) << "at the end it does not wait here";
}

TEST_F(RackAwareFetchTest, AConsumerReadsWhereNobodyIsNearer) {
  for (const char* rack : {"", "a", "elsewhere"}) {
    EXPECT_EQ(ask(rack).preferred_read_replica, -1) << rack;
    EXPECT_FALSE(ask(rack).records->empty()) << rack;
  }
  EXPECT_FALSE(ask("c", 0, 2).records->empty()) << "a follower sends nobody on";
  EXPECT_FALSE(ask("c", 0, 1, -1, 10).records->empty()) << "an old client is not sent";
}

TEST_F(RackAwareFetchTest, AConsumerReadsWhereTheRecordsAre) {
  EXPECT_EQ(ask("c", 4).error_code, ErrorCode::kOffsetOutOfRange);
  partition->hold_replication();
  ASSERT_EQ(partition->append(make_batch({.records = 1}), {}).error, ErrorCode::kNone);
  EXPECT_EQ(ask("c", 3).preferred_read_replica, 4) << "it has what was replicated";
  EXPECT_EQ(preferred_replica(cluster, *partition, 1, "c", 4), std::nullopt);
}

class LeaderFetchTest : public RackAwareFetchTest {
 protected:
  LeaderFetchTest() : RackAwareFetchTest("org.apache.kafka.common.replica.LeaderSelector") {}
};

TEST_F(LeaderFetchTest, NobodyIsSentElsewhere) {
  EXPECT_EQ(ask("c").preferred_read_replica, -1);
  EXPECT_FALSE(ask("c").records->empty());
}

}  // namespace
}  // namespace understudy::broker
