// Section 4 of the idempotence specification: what stands in the fields of a Produce response, per
// outcome and in every version of the API.
//
// The log of these topics begins at offset 3, so that "where the log begins" differs from every
// default.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::Slice;

constexpr Version kFirstProduce = 3;
constexpr Version kFirstWithLogStartOffset = 5;
constexpr Version kFirstWithRecordErrors = 8;
constexpr Version kFirstWithTopicIds = 13;
constexpr std::int64_t kLogStart = 3;

enum class Message { kNull, kText };

struct Fields {
  ErrorCode error_code = ErrorCode::kNone;
  std::int64_t base_offset = -1;
  std::int64_t log_append_time_ms = -1;
  std::int64_t log_start_offset = -1;
  std::vector<std::int32_t> bad_records = {};
  Message message = Message::kNull;
};

void expect_fields(const Produced& answer, const Fields& expected, Version version) {
  SCOPED_TRACE("Produce version " + std::to_string(version));
  EXPECT_EQ(answer.error_code, expected.error_code);
  EXPECT_EQ(answer.base_offset, expected.base_offset);
  EXPECT_EQ(answer.log_append_time_ms, expected.log_append_time_ms);
  EXPECT_EQ(answer.log_start_offset,
            version >= kFirstWithLogStartOffset ? expected.log_start_offset : -1);
  const bool tells_records = version >= kFirstWithRecordErrors;
  std::vector<std::int32_t> named;
  for (const auto& error : answer.record_errors) named.push_back(error.batch_index);
  EXPECT_EQ(named, tells_records ? expected.bad_records : std::vector<std::int32_t>{});
  EXPECT_EQ(answer.error_message.has_value(), tells_records && expected.message == Message::kText);
  EXPECT_EQ(answer.current_leader.leader_id, -1);
  EXPECT_EQ(answer.current_leader.leader_epoch, -1);
}

// Five records of another producer, of which two are left.
TestTopic topic_beginning_at_3(Configs configs = {}) {
  TestTopic topic({.configs = std::move(configs)});
  EXPECT_EQ(topic.produce(plain(5)).error_code, ErrorCode::kNone);
  EXPECT_EQ(topic.delete_records(kLogStart).error_code, ErrorCode::kNone);
  return topic;
}

// The same bytes are refused the same way again and again, in each version.
void expect_refused(TestTopic& topic, const Slice& batch, const Fields& expected,
                    const ProduceOptions& options = {}) {
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    ProduceOptions with_version = options;
    with_version.version = version;
    expect_fields(topic.produce(batch, with_version), expected, version);
  }
  EXPECT_EQ(topic.end_offset(), 5);
}

codec::BatchFields first_batch() {
  return {.producer_id = kProducerId, .producer_epoch = 0, .base_sequence = 0};
}

TEST(ProduceFields, AppendedOnACreateTimeTopic) {
  TestTopic topic = topic_beginning_at_3();
  std::int64_t offset = 5;
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    expect_fields(topic.produce(plain(2), {.version = version}),
                  {.base_offset = offset, .log_start_offset = kLogStart}, version);
    offset += 2;
  }
}

TEST(ProduceFields, AppendedOnALogAppendTimeTopic) {
  TestTopic topic = topic_beginning_at_3({{"message.timestamp.type", "LogAppendTime"}});
  std::int64_t offset = 5;
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    const Produced answer = topic.produce(plain(1), {.version = version});
    EXPECT_GT(answer.log_append_time_ms, 0);
    expect_fields(answer,
                  {.base_offset = offset,
                   .log_append_time_ms = topic.read(offset).at(0).max_timestamp(),
                   .log_start_offset = kLogStart},
                  version);
    offset += 1;
  }
}

TEST(ProduceFields, Duplicate) {
  TestTopic topic = topic_beginning_at_3();
  const std::int64_t stamp = now_ms();
  const Slice batch = idempotent(0, 0, 4, {.timestamp = stamp});
  EXPECT_THAT(topic.produce(batch), AppendedAt(5));
  EXPECT_EQ(topic.delete_records(7).error_code, ErrorCode::kNone);
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    expect_fields(topic.produce(batch, {.version = version}),
                  {.base_offset = 5, .log_append_time_ms = stamp, .log_start_offset = 7}, version);
  }
  EXPECT_EQ(topic.end_offset(), 10);
}

TEST(ProduceFields, RefusedBeforeAnyAppend) {
  TestTopic topic = topic_beginning_at_3();
  expect_refused(topic, Slice{}, {.error_code = ErrorCode::kInvalidRecord});
  expect_refused(topic, joined({plain(1), plain(1)}), {.error_code = ErrorCode::kInvalidRecord});
  expect_refused(topic, plain(1), {.error_code = ErrorCode::kInvalidRequiredAcks}, {.acks = 2});
}

TEST(ProduceFields, RefusedForSizeOrChecksum) {
  TestTopic topic = topic_beginning_at_3({{"max.message.bytes", "1000"}});
  expect_refused(topic, batch_of_size(1001), {.error_code = ErrorCode::kMessageTooLarge});
  const Slice broken = Slice::copy_of(plain(1).view());
  broken.mutable_data()[broken.size() - 1] ^= 1;
  expect_refused(topic, broken, {.error_code = ErrorCode::kCorruptMessage});
}

TEST(ProduceFields, RefusedForSingleRecords) {
  TestTopic topic = topic_beginning_at_3({{"cleanup.policy", "compact,delete"}});
  std::vector<TestRecord> records(3, TestRecord{.timestamp = now_ms()});
  records[1].key.reset();
  expect_refused(topic, batch_of(first_batch(), records),
                 {.error_code = ErrorCode::kInvalidRecord,
                  .log_start_offset = kLogStart,
                  .bad_records = {1},
                  .message = Message::kText});
  records[2].timestamp += 7'200'000;
  expect_refused(topic, batch_of(first_batch(), records),
                 {.error_code = ErrorCode::kInvalidTimestamp,
                  .log_start_offset = kLogStart,
                  .bad_records = {1, 2},
                  .message = Message::kText});
}

TEST(ProduceFields, RefusedForTheBatchHeader) {
  TestTopic topic = topic_beginning_at_3();
  codec::BatchFields fields = first_batch();
  fields.base_sequence = -1;
  const std::vector<TestRecord> one(1, TestRecord{.timestamp = now_ms()});
  expect_refused(topic, batch_of(fields, one),
                 {.error_code = ErrorCode::kInvalidRecord, .log_start_offset = kLogStart});
}

// Below version 7 the codec is looked at before anything is appended, to find zstd.
TEST(ProduceFields, RefusedForAnUnknownCodec) {
  TestTopic topic = topic_beginning_at_3();
  const Slice batch = altered(plain(1), [](auto& view) { view.set_attributes(5); });
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    expect_fields(topic.produce(batch, {.version = version}),
                  {.error_code = ErrorCode::kUnknownServerError,
                   .log_start_offset = version < 7 ? -1 : kLogStart},
                  version);
  }
  EXPECT_EQ(topic.end_offset(), 5);
}

TEST(ProduceFields, RefusedForTheSequence) {
  TestTopic topic;
  EXPECT_THAT(topic.send(3, 0, 4), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(kLogStart).error_code, ErrorCode::kNone);
  expect_refused(
      topic, idempotent(3, 6, 6),
      {.error_code = ErrorCode::kOutOfOrderSequenceNumber, .log_start_offset = kLogStart});
  expect_refused(topic, idempotent(2, 5, 5),
                 {.error_code = ErrorCode::kInvalidProducerEpoch, .log_start_offset = kLogStart});
}

TEST(ProduceFields, WholeRequestRefused) {
  TestTopic topic = topic_beginning_at_3();
  codec::BatchFields fields = first_batch();
  fields.transactional = true;
  const std::vector<TestRecord> one(1, TestRecord{.timestamp = now_ms()});
  expect_refused(topic, batch_of(fields, one),
                 {.error_code = ErrorCode::kTransactionalIdAuthorizationFailed});
  const Slice magic_3 = altered(plain(1), [](auto& view) { view.set_magic(3); });
  expect_refused(topic, magic_3,
                 {.error_code = ErrorCode::kCorruptMessage, .message = Message::kText});
}

TEST(ProduceFields, UnknownTopicAndPartition) {
  TestTopic topic;
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    const auto missing_partition =
        topic.produce(std::vector<PartitionBatch>{{5, plain(1)}}, {.version = version});
    expect_fields(missing_partition.at(0), {.error_code = ErrorCode::kUnknownTopicOrPartition},
                  version);
    wire::ProduceRequest request = topic.produce_request({{0, plain(1)}}, {.version = version});
    ErrorCode expected = ErrorCode::kUnknownTopicOrPartition;
    if (version >= kFirstWithTopicIds) {
      request.topic_data[0].topic_id.bytes[15] ^= 1;
      expected = ErrorCode::kUnknownTopicId;
    } else {
      request.topic_data[0].name = unique_name("missing");
    }
    const auto response = topic.client().ask(request, version);
    expect_fields(partition_of(response, 0), {.error_code = expected}, version);
  }
}

TEST(ProduceFields, TopicsAreNamedAsTheyWereAskedFor) {
  TestTopic topic;
  for (Version version = kFirstProduce; version <= newest(ApiKey::kProduce); ++version) {
    const auto response =
        topic.client().ask(topic.produce_request({{0, plain(1)}}, {.version = version}), version);
    ASSERT_EQ(response.responses.size(), 1u);
    if (version >= kFirstWithTopicIds) {
      EXPECT_EQ(response.responses[0].topic_id, topic.id());
    } else {
      EXPECT_EQ(response.responses[0].name, topic.name());
    }
    EXPECT_EQ(response.throttle_time_ms, 0);
    EXPECT_TRUE(response.node_endpoints.empty());
  }
}

TEST(ProduceFields, LastOfTwoEntriesForOnePartitionWins) {
  TestTopic topic;
  const auto response = topic.client().ask(
      topic.produce_request({{0, idempotent(0, 0, 0)}, {0, idempotent(0, 5, 7)}}),
      newest(ApiKey::kProduce));
  ASSERT_EQ(response.responses.size(), 1u);
  ASSERT_EQ(response.responses[0].partition_responses.size(), 1u);
  EXPECT_THAT(response.responses[0].partition_responses[0], AppendedAt(0));
  EXPECT_EQ(topic.end_offset(), 3);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 7));
}

}  // namespace
}  // namespace understudy::conformance
