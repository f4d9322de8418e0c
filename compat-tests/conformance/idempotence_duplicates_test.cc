// Section 15 of the idempotence specification: what the answer to a retry shows, producers and
// other writers side by side, producer ids, and the expiry of producers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::Slice;

constexpr std::int64_t kDayMs = 86'400'000;

TEST(Idempotence, S42_RetryOnALogAppendTimeTopicShowsTheFirstAppend) {
  TestTopic topic({.configs = {{"message.timestamp.type", "LogAppendTime"}}});
  const Produced first = topic.send(0, 0, 0);
  EXPECT_EQ(first.error_code, ErrorCode::kNone);
  EXPECT_EQ(first.base_offset, 0);
  EXPECT_EQ(first.log_append_time_ms, topic.read().at(0).max_timestamp());
  // The broker's clock has to move on, or the retry's own time could not be told from the first.
  ASSERT_TRUE(eventually(
      [&] { return topic.produce(plain(1)).log_append_time_ms > first.log_append_time_ms; }));
  const Produced retry = topic.send(0, 0, 0);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_append_time_ms, first.log_append_time_ms);
}

// Old timestamps, but within the limits of the topic.
TEST(Idempotence, S43_RetryOnACreateTimeTopicShowsTheLargestTimestamp) {
  TestTopic topic({.configs = {{"retention.ms", "-1"}}});
  const Slice batch = batch_of(
      {.producer_id = kProducerId, .producer_epoch = 0, .base_sequence = 0},
      {TestRecord{.timestamp = 1'700'000'000'100}, TestRecord{.timestamp = 1'700'000'000'123}});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  const Produced retry = topic.produce(batch);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_append_time_ms, 1'700'000'000'123);
}

// A retry is validated like a new batch before anybody asks whether it is a duplicate.
TEST(Idempotence, S44_T27_RetryThatIsTooOldByNowIsNoDuplicate) {
  TestTopic topic({.configs = {{"message.timestamp.before.max.ms", "1000"}}});
  const Slice batch = idempotent(0, 0, 0);
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  Produced answer;
  ASSERT_TRUE(eventually([&] {
    answer = topic.produce(batch);
    return answer.error_code != ErrorCode::kNone;
  }));
  EXPECT_THAT(answer, RefusedRecords(ErrorCode::kInvalidTimestamp, 0, std::vector{0}));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 0));
  EXPECT_EQ(topic.end_offset(), 1);
}

TEST(Idempotence, S45_DuplicateMayLieBelowTheLogStart) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  const auto deleted = topic.delete_records(10);
  EXPECT_EQ(deleted.error_code, ErrorCode::kNone);
  EXPECT_EQ(deleted.low_watermark, 10);
  const Produced retry = topic.send(0, 0, 9);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_start_offset, 10);
  const Produced next = topic.send(0, 10, 10);
  EXPECT_THAT(next, AppendedAt(10));
  EXPECT_EQ(next.log_start_offset, 10);
}

// The segment rolls before anybody sees that the batch is a duplicate. That leaves an empty segment
// and a snapshot, which shows in the files alone: they are looked at where this machine has them.
TEST(Idempotence, S46_DuplicateMayRollTheSegment) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 5, 9), AppendedAt(5));
  EXPECT_THAT(topic.send(0, 5, 9), DuplicateOf(5));
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(10));

  const auto dirs = topic.client().ask(
      wire::DescribeLogDirsRequest{.topics = {{{.topic = topic.name(), .partitions = {0}}}}}, 1);
  ASSERT_EQ(dirs.results.size(), 1u);
  const std::filesystem::path folder =
      std::filesystem::path(dirs.results[0].log_dir) / (topic.name() + "-0");
  if (!std::filesystem::exists(folder)) {
    std::cout << "no log directory on this machine: segment files not looked at\n";
    return;
  }
  EXPECT_TRUE(std::filesystem::exists(folder / "00000000000000000005.log"));
  EXPECT_TRUE(std::filesystem::exists(folder / "00000000000000000010.log"));
  EXPECT_TRUE(std::filesystem::exists(folder / "00000000000000000010.snapshot"));
}

TEST(Idempotence, S64_PlainProducersDoNotDisturb) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(1));
  EXPECT_THAT(topic.send(0, 1, 1), AppendedAt(4));
  EXPECT_THAT(topic.send(0, 0, 0), DuplicateOf(0));
}

TEST(Idempotence, S65_PartitionsOfOneRequestAreJudgedAlone) {
  TestTopic topic({.partitions = 2});
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  const auto answers = topic.produce({{0, idempotent(0, 2, 2)}, {1, idempotent(0, 0, 0)}});
  EXPECT_THAT(answers.at(0), Refused(ErrorCode::kOutOfOrderSequenceNumber, 0));
  EXPECT_THAT(answers.at(1), AppendedAt(0));
  EXPECT_EQ(topic.end_offset(0), 1);
  EXPECT_EQ(topic.end_offset(1), 1);
}

// InitProducerId ---------------------------------------------------------------------------------

const wire::InitProducerIdRequest kNewProducer{.transactional_id = std::nullopt,
                                               .transaction_timeout_ms = 60'000};

TEST(Idempotence, S56_FirstProducerIdsOfAClusterAreZeroOneTwo) {
  REQUIRE_FRESH_BROKER();
  RawClient client = connect();
  for (std::int64_t id = 0; id < 3; ++id) {
    const auto answer = init_producer_id(client, kNewProducer, 4);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.producer_id, id);
    EXPECT_EQ(answer.producer_epoch, 0);
  }
}

TEST(Idempotence, S56_ProducerIdsRiseByOne) {
  RawClient client = connect();
  const std::int64_t first = init_producer_id(client, kNewProducer, 4).producer_id;
  EXPECT_GE(first, 0);
  std::int64_t id = first;
  for (Version version = 0; version <= newest(wire::ApiKey::kInitProducerId); ++version) {
    const auto answer = init_producer_id(client, kNewProducer, version);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone) << "version " << version;
    EXPECT_EQ(answer.producer_id, ++id) << "version " << version;
    EXPECT_EQ(answer.producer_epoch, 0) << "version " << version;
  }
}

TEST(Idempotence, S57_GivenIdWithoutTransactionalIdIsIgnored) {
  RawClient client = connect();
  const std::int64_t before = init_producer_id(client, kNewProducer, 4).producer_id;
  wire::InitProducerIdRequest request = kNewProducer;
  request.producer_id = 5;
  request.producer_epoch = 3;
  for (Version version = 3; version <= newest(wire::ApiKey::kInitProducerId); ++version) {
    const auto answer = init_producer_id(client, request, version);
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(answer.producer_id, before + version - 2);
    EXPECT_EQ(answer.producer_epoch, 0);
  }
}

TEST(Idempotence, S58_IdAndEpochComeTogether) {
  RawClient client = connect();
  for (const auto& [id, epoch] : {std::pair<std::int64_t, std::int16_t>{5, -1}, {-1, 3}}) {
    wire::InitProducerIdRequest request = kNewProducer;
    request.producer_id = id;
    request.producer_epoch = epoch;
    const auto answer = init_producer_id(client, request, 4);
    EXPECT_EQ(answer.error_code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(answer.producer_id, -1);
    EXPECT_EQ(answer.producer_epoch, -1);
  }
}

TEST(Idempotence, S58_EmptyTransactionalIdIsRefused) {
  RawClient client = connect();
  wire::InitProducerIdRequest request = kNewProducer;
  request.transactional_id = "";
  const auto answer = init_producer_id(client, request, 4);
  EXPECT_EQ(answer.error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(answer.producer_id, -1);
  EXPECT_EQ(answer.producer_epoch, -1);
}

// A block has 1000 ids; on a single node the next block goes on where the last one ended.
TEST(Idempotence, S60_ProducerIdsGoOnAcrossBlocks) {
  RawClient client = connect();
  const std::int64_t first = init_producer_id(client, kNewProducer, 4).producer_id;
  for (std::int64_t i = 1; i <= 1000; ++i) {
    ASSERT_EQ(init_producer_id(client, kNewProducer, 4).producer_id, first + i);
  }
}

// Expiry -----------------------------------------------------------------------------------------

TEST(Idempotence, S53_SilentProducerIsForgotten) {
  REQUIRE_BROKER_SETTINGS({{"producer.id.expiration.ms", "5000"},
                           {"producer.id.expiration.check.interval.ms", "1000"}});
  TestTopic topic;
  const std::int64_t stamp = now_ms();
  EXPECT_THAT(topic.produce(idempotent(0, 0, 4, {.timestamp = stamp})), AppendedAt(0));
  ASSERT_TRUE(eventually([&] { return !topic.producer_state(); }));
  EXPECT_GE(now_ms() - stamp, 5000);  // never before its time, by the clock of this machine
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(5));
  EXPECT_THAT(topic.send(0, 9, 9), Refused(ErrorCode::kOutOfOrderSequenceNumber, 0));
}

// The age of a producer is that of its last batch, and clients stamp their batches themselves.
TEST(Idempotence, S54_ProducerIsAsOldAsItsRecords) {
  REQUIRE_BROKER_SETTINGS({{"producer.id.expiration.ms", "86400000"},
                           {"producer.id.expiration.check.interval.ms", "1000"}});
  TestTopic topic;
  EXPECT_THAT(topic.produce(idempotent(0, 0, 4, {.timestamp = now_ms() - 2 * kDayMs})),
              AppendedAt(0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0, {.producer_id = 7001})), AppendedAt(5));
  ASSERT_TRUE(eventually([&] { return !topic.producer_state(); }));
  EXPECT_THAT(topic.producer_state(7001), ProducerAt(0, 0));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(6));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 5));
}

}  // namespace
}  // namespace understudy::conformance
