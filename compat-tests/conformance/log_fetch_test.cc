// Section 16 of the log and fetch specification, scenarios 14 to 21: what Fetch returns, how much
// of it, and when it waits. 22 and 23 need transactions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::Slice;

constexpr Version kFirstFetch = 4;
constexpr Version kFirstFetchWithTopicIds = 13;
// Long enough that no scenario lives to see it pass.
constexpr std::int32_t kLongWaitMs = 25'000;

// Empty and fine: the marks of the log, an aborted list only where transactions were asked for.
MATCHER_P(NothingNew, high_watermark,
          "nothing to read, high watermark " + testing::PrintToString(high_watermark)) {
  return arg.error_code == ErrorCode::kNone && arg.high_watermark == high_watermark &&
         arg.last_stable_offset == high_watermark && !arg.aborted_transactions &&
         arg.records.has_value() && arg.records.value().empty() &&
         arg.preferred_read_replica == -1 && arg.diverging_epoch.epoch == -1;
}

// Refused while reading: no marks, no records, no list.
MATCHER_P(ReadRefused, error_code, testing::PrintToString(error_code)) {
  return arg.error_code == error_code && arg.high_watermark == -1 && arg.last_stable_offset == -1 &&
         arg.log_start_offset == -1 && !arg.aborted_transactions && arg.records.has_value() &&
         arg.records.value().empty() && arg.preferred_read_replica == -1 &&
         arg.diverging_epoch.epoch == -1;
}

// Refused before reading: the aborted list is empty and not null.
MATCHER_P(NotReadable, error_code, testing::PrintToString(error_code) + " before reading") {
  return arg.error_code == error_code && arg.high_watermark == -1 && arg.last_stable_offset == -1 &&
         arg.log_start_offset == -1 && arg.aborted_transactions.has_value() &&
         arg.aborted_transactions->empty() && arg.records.has_value() &&
         arg.records.value().empty();
}

// A batch of exactly `size` bytes, appended to the partition.
void append_bytes(TestTopic& topic, std::size_t size, std::int32_t partition = 0) {
  const auto answers = topic.produce(std::vector<PartitionBatch>{{partition, batch_of_size(size)}});
  ASSERT_EQ(answers.at(0).error_code, ErrorCode::kNone);
}

TEST(LogAndFetch, S14_FetchAtTheEndWaitsAndComesBackEmpty) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(topic.fetch(10, {.max_wait_ms = 200}), NothingNew(10));
  // Not before its time; how much later is the scheduler's affair.
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(190));
}

TEST(LogAndFetch, S14_FetchOutsideTheLogIsRefusedAtOnce) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  for (Version version = kFirstFetch; version <= newest(ApiKey::kFetch); ++version) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    EXPECT_THAT(topic.fetch(11, {.version = version, .max_wait_ms = kLongWaitMs}),
                ReadRefused(ErrorCode::kOffsetOutOfRange));
    EXPECT_THAT(topic.fetch(-1, {.version = version, .max_wait_ms = kLongWaitMs}),
                ReadRefused(ErrorCode::kOffsetOutOfRange));
  }
  EXPECT_EQ(topic.delete_records(4).low_watermark, 4);
  EXPECT_THAT(topic.fetch(3), ReadRefused(ErrorCode::kOffsetOutOfRange));
  const FetchedPartition fetched = topic.fetch(4);
  EXPECT_EQ(fetched.error_code, ErrorCode::kNone);
  EXPECT_EQ(fetched.log_start_offset, 4);
  // The batch that holds offset 4 begins below it.
  EXPECT_EQ(split(fetched.records.value()).batches.at(0).base_offset(), 0);
}

TEST(LogAndFetch, S14_EveryVersionReturnsTheBatch) {
  TestTopic topic;
  const Slice batch = plain(10);
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  for (Version version = kFirstFetch; version <= newest(ApiKey::kFetch); ++version) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    const auto response = topic.client().ask(topic.fetch_request(0, {.version = version}), version);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(response.session_id, 0);
    EXPECT_EQ(response.throttle_time_ms, 0);
    EXPECT_TRUE(response.node_endpoints.empty());
    ASSERT_EQ(response.responses.size(), 1u);
    if (version >= kFirstFetchWithTopicIds) {
      EXPECT_EQ(response.responses[0].topic_id, topic.id());
    } else {
      EXPECT_EQ(response.responses[0].topic, topic.name());
    }
    const FetchedPartition& fetched = response.responses[0].partitions.at(0);
    EXPECT_EQ(fetched.high_watermark, 10);
    EXPECT_EQ(fetched.last_stable_offset, 10);
    EXPECT_EQ(fetched.log_start_offset, version >= 5 ? 0 : -1);
    EXPECT_EQ(fetched.aborted_transactions, std::nullopt);
    const auto batches = split(fetched.records.value()).batches;
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0].client_part(), batch.view().substr(16));
    EXPECT_EQ(batches[0].base_offset(), 0);
    EXPECT_EQ(batches[0].partition_leader_epoch(), 0);
  }
}

TEST(LogAndFetch, S14_UnknownTopicOrPartition) {
  TestTopic topic;
  for (Version version = kFirstFetch; version <= newest(ApiKey::kFetch); ++version) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    EXPECT_THAT(topic.fetch(0, {.version = version, .partition = 5}),
                NotReadable(ErrorCode::kUnknownTopicOrPartition));
    wire::FetchRequest request = topic.fetch_request(0, {.version = version});
    ErrorCode expected = ErrorCode::kUnknownTopicOrPartition;
    if (version >= kFirstFetchWithTopicIds) {
      request.topics[0].topic_id.bytes[15] ^= 1;
      expected = ErrorCode::kUnknownTopicId;
    } else {
      request.topics[0].topic = unique_name("missing");
    }
    EXPECT_THAT(partition_of(topic.client().ask(request, version), 0), NotReadable(expected));
  }
}

TEST(LogAndFetch, S14_ReadCommittedHasAnAbortedList) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const FetchedPartition fetched = topic.fetch(0, {.isolation_level = 1});
  ASSERT_TRUE(fetched.aborted_transactions.has_value());
  EXPECT_TRUE(fetched.aborted_transactions->empty());
  EXPECT_EQ(fetched.last_stable_offset, 10);
}

TEST(LogAndFetch, S15_FirstBatchIsReturnedHoweverLarge) {
  TestTopic topic({.partitions = 2});
  append_bytes(topic, 5000, 0);
  append_bytes(topic, 5000, 1);
  EXPECT_EQ(topic.fetch(0, {.max_bytes = 100, .partition_max_bytes = 100}).records.value().size(),
            5000u);

  wire::FetchRequest both = topic.fetch_request(0, {.max_bytes = 100, .partition_max_bytes = 100});
  both.topics[0].partitions.push_back(both.topics[0].partitions[0]);
  both.topics[0].partitions[1].partition = 1;
  const auto response = topic.client().ask(both, newest(ApiKey::kFetch));
  EXPECT_EQ(partition_of(response, 0).records.value().size(), 5000u);
  EXPECT_EQ(partition_of(response, 1).error_code, ErrorCode::kNone);
  EXPECT_EQ(partition_of(response, 1).high_watermark, 1);
  EXPECT_EQ(partition_of(response, 1).records.value().size(), 0u);
}

TEST(LogAndFetch, S15_BudgetOfTheRequestGoesToThePartitionsInOrder) {
  TestTopic topic({.partitions = 2});
  append_bytes(topic, 700, 0);
  append_bytes(topic, 700, 1);
  wire::FetchRequest both = topic.fetch_request(0, {.max_bytes = 1500});
  both.topics[0].partitions[0].partition = 1;
  both.topics[0].partitions.push_back(both.topics[0].partitions[0]);
  both.topics[0].partitions[1].partition = 0;
  auto response = topic.client().ask(both, newest(ApiKey::kFetch));
  EXPECT_EQ(partition_of(response, 1).records.value().size(), 700u);
  EXPECT_EQ(partition_of(response, 0).records.value().size(), 700u);
  both.max_bytes = 1000;  // 300 bytes are left for the second one, too few for its batch
  response = topic.client().ask(both, newest(ApiKey::kFetch));
  EXPECT_EQ(partition_of(response, 1).records.value().size(), 700u);
  EXPECT_EQ(partition_of(response, 0).records.value().size(), 0u);
}

TEST(LogAndFetch, S16_LastBatchMayBeTorn) {
  TestTopic topic;
  append_bytes(topic, 700);
  append_bytes(topic, 700);
  const FetchedPartition fetched = topic.fetch(0, {.partition_max_bytes = 1000});
  EXPECT_EQ(fetched.records.value().size(), 1000u);
  const ReadBatches read = split(fetched.records.value());
  EXPECT_EQ(read.batches.size(), 1u);
  EXPECT_EQ(read.torn_bytes, 300u);
}

TEST(LogAndFetch, S17_FetchBeginsWithTheBatchThatHoldsTheOffset) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(10));
  EXPECT_EQ(topic.read(7).at(0).base_offset(), 0);
  EXPECT_EQ(topic.read(7).size(), 2u);
  EXPECT_EQ(topic.read(10).at(0).base_offset(), 10);
}

TEST(LogAndFetch, S18_FetchWaitsUntilMinBytesAreThere) {
  TestTopic topic;
  RawClient reader = connect();
  reader.send(topic.fetch_request(0, {.max_wait_ms = kLongWaitMs, .min_bytes = 1000}),
              newest(ApiKey::kFetch));
  append_bytes(topic, 300);
  EXPECT_EQ(topic.end_offset(), 1);
  EXPECT_FALSE(reader.has_answer());
  append_bytes(topic, 700);
  const auto fetched = partition_of(reader.receive<wire::FetchResponse>(), 0);
  EXPECT_EQ(fetched.records.value().size(), 1000u);
  EXPECT_EQ(fetched.high_watermark, 2);
}

TEST(LogAndFetch, S19_WithoutMinBytesNothingWaits) {
  TestTopic topic;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(topic.fetch(0, {.max_wait_ms = kLongWaitMs, .min_bytes = 0}), NothingNew(0));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(kLongWaitMs));
}

TEST(LogAndFetch, S19_UnknownPartitionDoesNotEndTheWaitOfAKnownOne) {
  TestTopic topic;
  constexpr Version kVersion = 12;
  wire::FetchRequest request =
      topic.fetch_request(0, {.version = kVersion, .max_wait_ms = kLongWaitMs});
  request.topics.push_back(request.topics[0]);
  request.topics[1].topic = unique_name("missing");
  request.topics[1].partitions[0].partition = 7;
  RawClient reader = connect();
  reader.send(request, kVersion);
  EXPECT_EQ(topic.end_offset(), 0);
  EXPECT_FALSE(reader.has_answer());
  append_bytes(topic, 300);
  const auto response = reader.receive<wire::FetchResponse>();
  EXPECT_EQ(partition_of(response, 0).records.value().size(), 300u);
  EXPECT_THAT(partition_of(response, 7), NotReadable(ErrorCode::kUnknownTopicOrPartition));
}

TEST(LogAndFetch, S19_NothingKnownMeansNoWait) {
  TestTopic topic;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(topic.fetch(0, {.partition = 5, .max_wait_ms = kLongWaitMs}),
              NotReadable(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(kLongWaitMs));
}

// A leader epoch rises with a restart only, so here it is still the first one, 0, and no client can
// be behind: FENCED_LEADER_EPOCH is for the tests that move leaders. Every negative epoch means
// "unknown" (RequestUtils.getLeaderEpoch).
TEST(LogAndFetch, S20_LeaderEpochOfTheClientIsChecked) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(0));
  for (Version version = 9; version <= newest(ApiKey::kFetch); ++version) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    const FetchedPartition unknown =
        topic.fetch(0, {.version = version, .current_leader_epoch = 1});
    EXPECT_THAT(unknown, ReadRefused(ErrorCode::kUnknownLeaderEpoch));
    EXPECT_EQ(unknown.current_leader.leader_id, -1);
    for (const std::int32_t epoch : {0, -1, -2}) {
      const FetchedPartition fetched =
          topic.fetch(0, {.version = version, .current_leader_epoch = epoch});
      EXPECT_EQ(fetched.error_code, ErrorCode::kNone) << "epoch " << epoch;
      EXPECT_FALSE(fetched.records.value().empty()) << "epoch " << epoch;
    }
  }
}

TEST(LogAndFetch, S21_DivergingLogsAreTold) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(10));
  for (Version version = 12; version <= newest(ApiKey::kFetch); ++version) {
    SCOPED_TRACE("Fetch version " + std::to_string(version));
    const FetchedPartition same = topic.fetch(15, {.version = version, .last_fetched_epoch = 0});
    EXPECT_EQ(same.error_code, ErrorCode::kNone);
    EXPECT_EQ(same.diverging_epoch.epoch, -1);
    EXPECT_FALSE(same.records.value().empty());

    const FetchedPartition behind = topic.fetch(25, {.version = version, .last_fetched_epoch = 0});
    EXPECT_EQ(behind.error_code, ErrorCode::kNone);
    EXPECT_EQ(behind.diverging_epoch.epoch, 0);
    EXPECT_EQ(behind.diverging_epoch.end_offset, 20);
    EXPECT_TRUE(behind.records.value().empty());
    EXPECT_EQ(behind.high_watermark, 20);

    EXPECT_THAT(topic.fetch(15, {.version = version, .last_fetched_epoch = 3}),
                ReadRefused(ErrorCode::kOffsetOutOfRange));
  }
}

TEST(LogAndFetch, S21_LogStartComesBeforeDivergence) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(5).low_watermark, 5);
  EXPECT_THAT(topic.fetch(3, {.last_fetched_epoch = 0}), ReadRefused(ErrorCode::kOffsetOutOfRange));
}

}  // namespace
}  // namespace understudy::conformance
