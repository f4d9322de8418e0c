// Section 16 of the log and fetch specification, scenarios 1 to 13: what the broker checks of a
// batch, and what it rewrites before it lies in the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using codec::CompressionType;
using codec::TimestampType;
using wire::Slice;

std::vector<TestRecord> records_at(const std::vector<std::int64_t>& timestamps) {
  std::vector<TestRecord> records;
  records.reserve(timestamps.size());
  for (const std::int64_t timestamp : timestamps) records.push_back({.timestamp = timestamp});
  return records;
}

StoredBatch only_batch(TestTopic& topic) {
  const std::vector<StoredBatch> log = topic.read();
  if (log.size() != 1) throw std::runtime_error("the log does not hold exactly one batch");
  EXPECT_TRUE(log.front().has_valid_crc());
  return log.front();
}

std::vector<std::int64_t> offsets_of(const StoredBatch& batch) {
  std::vector<std::int64_t> offsets;
  for (const auto& record : batch.read()) offsets.push_back(record.offset);
  return offsets;
}

TEST(LogAndFetch, S01_LogAppendTimeBitIsClearedOnACreateTimeTopic) {
  TestTopic topic;
  const std::int64_t now = now_ms();
  EXPECT_THAT(topic.produce(batch_of({.timestamp_type = TimestampType::kLogAppendTime},
                                     records_at({now - 2, now - 1, now}))),
              AppendedAt(0));
  const StoredBatch stored = only_batch(topic);
  EXPECT_EQ(stored.timestamp_type(), TimestampType::kCreateTime);
  EXPECT_EQ(stored.max_timestamp(), now);
}

TEST(LogAndFetch, S02_LogAppendTimeBitIsRefusedOnALogAppendTimeTopic) {
  TestTopic topic({.configs = {{"message.timestamp.type", "LogAppendTime"}}});
  EXPECT_THAT(
      topic.produce(batch_of({.timestamp_type = TimestampType::kLogAppendTime}, records(3))),
      RefusedRecords(ErrorCode::kInvalidTimestamp, 0, (std::vector{0, 1, 2})));
}

TEST(LogAndFetch, S03_HighByteOfTheAttributesIsKept) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(altered(plain(1), [](auto& view) { view.set_attributes(0x0100); })),
              AppendedAt(0));
  EXPECT_EQ(only_batch(topic).attributes(), 0x0100);
}

TEST(LogAndFetch, S03_UnknownCodecIsRefused) {
  TestTopic topic;
  for (const std::uint16_t codec : {5, 6, 7}) {
    EXPECT_THAT(topic.produce(altered(plain(1), [&](auto& view) { view.set_attributes(codec); })),
                Refused(ErrorCode::kUnknownServerError, 0));
  }
}

TEST(LogAndFetch, S03_UnknownMagicRefusesEveryPartitionOfTheRequest) {
  TestTopic topic({.partitions = 2});
  for (const std::int8_t magic : {3, -1}) {
    const auto answers = topic.produce(
        {{0, plain(1)}, {1, altered(plain(1), [&](auto& view) { view.set_magic(magic); })}});
    for (const Produced& answer : answers) {
      EXPECT_EQ(answer.error_code, ErrorCode::kCorruptMessage);
      EXPECT_EQ(answer.base_offset, -1);
      EXPECT_EQ(answer.log_start_offset, -1);
      EXPECT_TRUE(answer.error_message.has_value());
    }
  }
  EXPECT_EQ(topic.end_offset(0), 0);
}

TEST(LogAndFetch, S04_OffsetDeltasOfAPlainBatchAreNotLookedAt) {
  TestTopic topic;
  const Slice batch = batch_of({.last_offset_delta = 2}, records(3), {0, 5, 7});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  EXPECT_EQ(topic.end_offset(), 3);
  EXPECT_EQ(only_batch(topic).client_part(), batch.view().substr(16));
}

TEST(LogAndFetch, S05_OffsetDeltasOfACompressedBatchMustBeConsecutive) {
  TestTopic topic;
  const Slice batch = batch_of({.compression = CompressionType::kGzip, .last_offset_delta = 2},
                               records(3), {0, 5, 7});
  EXPECT_THAT(topic.produce(batch), Refused(ErrorCode::kUnknownServerError, 0));
  EXPECT_EQ(topic.end_offset(), 0);
}

TEST(LogAndFetch, S05_RebuiltBatchHasConsecutiveOffsetDeltas) {
  for (const bool compressed_by_topic : {false, true}) {
    TestTopic topic(
        {.configs = {{"compression.type", compressed_by_topic ? "gzip" : "uncompressed"}}});
    const auto source = compressed_by_topic ? CompressionType::kNone : CompressionType::kGzip;
    const auto target = compressed_by_topic ? CompressionType::kGzip : CompressionType::kNone;
    EXPECT_THAT(topic.produce(batch_of({.compression = source, .last_offset_delta = 2}, records(3),
                                       {0, 5, 7})),
                AppendedAt(0));
    const StoredBatch stored = only_batch(topic);
    EXPECT_EQ(stored.compression(), target);
    EXPECT_EQ(offsets_of(stored), (std::vector<std::int64_t>{0, 1, 2}));
  }
}

TEST(LogAndFetch, S05_RebuiltBatchKeepsTheProducer) {
  TestTopic topic({.configs = {{"compression.type", "gzip"}}});
  EXPECT_THAT(topic.send(4, 0, 9), AppendedAt(0));
  EXPECT_THAT(topic.send(4, 0, 9), DuplicateOf(0));
  const StoredBatch stored = only_batch(topic);
  EXPECT_EQ(stored.compression(), CompressionType::kGzip);
  EXPECT_EQ(stored.producer_id(), kProducerId);
  EXPECT_EQ(stored.producer_epoch(), 4);
  EXPECT_EQ(stored.base_sequence(), 0);
}

TEST(LogAndFetch, S06_BatchIsRecompressedAsTheTopicWants) {
  const Slice batch = batch_of({.compression = CompressionType::kLz4}, records(20));
  const std::vector<std::pair<std::string, CompressionType>> targets = {
      {"zstd", CompressionType::kZstd},     {"uncompressed", CompressionType::kNone},
      {"snappy", CompressionType::kSnappy}, {"gzip", CompressionType::kGzip},
      {"lz4", CompressionType::kLz4},       {"producer", CompressionType::kLz4}};
  for (const auto& [name, type] : targets) {
    SCOPED_TRACE("compression.type=" + name);
    TestTopic topic({.configs = {{"compression.type", name}}});
    EXPECT_THAT(topic.produce(batch), AppendedAt(0));
    const StoredBatch stored = only_batch(topic);
    EXPECT_EQ(stored.compression(), type);
    EXPECT_EQ(stored.read().size(), 20u);
    if (type == CompressionType::kLz4) {
      EXPECT_EQ(stored.client_part(), batch.view().substr(16));
    }
  }
}

TEST(LogAndFetch, S06_EveryCodecIsKeptByDefault) {
  TestTopic topic;
  std::int64_t offset = 0;
  for (const CompressionType type : {CompressionType::kGzip, CompressionType::kSnappy,
                                     CompressionType::kLz4, CompressionType::kZstd}) {
    const Slice batch = batch_of({.compression = type}, records(20));
    EXPECT_THAT(topic.produce(batch), AppendedAt(offset));
    EXPECT_EQ(topic.read(offset).at(0).client_part(), batch.view().substr(16));
    offset += 20;
  }
  const Slice raw_snappy =
      batch_of({.compression = CompressionType::kSnappy, .snappy_form = codec::SnappyForm::kRaw},
               records(20));
  EXPECT_THAT(topic.produce(raw_snappy), AppendedAt(offset));
}

TEST(LogAndFetch, S06_BrokenStreamIsRefused) {
  TestTopic topic;
  for (const CompressionType type : {CompressionType::kGzip, CompressionType::kSnappy,
                                     CompressionType::kLz4, CompressionType::kZstd}) {
    SCOPED_TRACE(codec::name_of(type));
    const Slice garbage =
        altered(plain(1), [&](auto& view) { view.set_attributes(std::uint16_t(type)); });
    EXPECT_THAT(topic.produce(garbage), Refused(ErrorCode::kUnknownServerError, 0));
  }
}

TEST(LogAndFetch, S07_RecordsMustBeAsManyAsTheHeaderSays) {
  TestTopic topic;
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kGzip}) {
    for (const int claimed : {2, 4}) {
      SCOPED_TRACE(std::string(codec::name_of(type)) + ", 3 records that claim to be " +
                   std::to_string(claimed));
      EXPECT_THAT(
          topic.produce(batch_of(
              {.compression = type, .last_offset_delta = claimed - 1, .record_count = claimed},
              records(3))),
          Refused(ErrorCode::kInvalidRecord, 0));
    }
  }
}

TEST(LogAndFetch, S08_MaxTimestampThatLiesIsCorrected) {
  TestTopic topic;
  const std::int64_t now = now_ms();
  EXPECT_THAT(topic.produce(batch_of({.max_timestamp = now + 1'000'000},
                                     records_at({now - 5, now, now - 7}))),
              AppendedAt(0));
  EXPECT_EQ(only_batch(topic).max_timestamp(), now);
}

TEST(LogAndFetch, S09_LogAppendTimeIsTheTimeOfEveryRecord) {
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kZstd}) {
    TestTopic topic({.configs = {{"message.timestamp.type", "LogAppendTime"}}});
    const std::int64_t sent = now_ms() - 100'000;
    const Produced answer =
        topic.produce(batch_of({.compression = type}, records_at({sent, sent + 1, sent + 2})));
    EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    const StoredBatch stored = only_batch(topic);
    EXPECT_EQ(stored.timestamp_type(), TimestampType::kLogAppendTime);
    EXPECT_EQ(stored.max_timestamp(), answer.log_append_time_ms);
    EXPECT_EQ(stored.base_timestamp(), sent);
    for (const auto& record : stored.read()) {
      EXPECT_EQ(record.timestamp, answer.log_append_time_ms);
    }
  }
}

TEST(LogAndFetch, S10_MaxMessageBytesCountsTheWholeBatch) {
  TestTopic topic({.configs = {{"max.message.bytes", "100"}}});
  EXPECT_THAT(topic.produce(batch_of_size(106)), Refused(ErrorCode::kMessageTooLarge, -1));
  EXPECT_THAT(topic.produce(batch_of_size(101)), Refused(ErrorCode::kMessageTooLarge, -1));
  EXPECT_THAT(topic.produce(batch_of_size(100)), AppendedAt(0));
  EXPECT_THAT(topic.produce(batch_of_size(97)), AppendedAt(1));
}

TEST(LogAndFetch, S11_AcksZeroToAMissingTopicClosesTheConnection) {
  TestTopic topic;
  RawClient client = connect();
  wire::ProduceRequest request = topic.produce_request({{0, plain(1)}}, {.version = 12, .acks = 0});
  request.topic_data[0].name = unique_name("missing");
  client.send_unanswered(request, 12);
  EXPECT_TRUE(client.is_closed_by_broker());
}

// Since Kafka 4.0 the effective minimum is never above the number of replicas.
TEST(LogAndFetch, S12_MinInsyncReplicasAboveTheReplicasIsNoObstacle) {
  TestTopic topic({.configs = {{"min.insync.replicas", "2"}}});
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(0));
}

// Creates the topic of the group coordinator if no group did it before.
void ensure_offsets_topic(RawClient& client) {
  const auto created = client.ask(
      wire::CreateTopicsRequest{
          .topics = {{.name = "__consumer_offsets",
                      .num_partitions =
                          std::stoi(broker_config("offsets.topic.num.partitions").value_or("50")),
                      .replication_factor = 1,
                      .configs = {{.name = "cleanup.policy", .value = "compact"}}}}},
      7);
  const ErrorCode error = created.topics.at(0).error_code;
  if (error != ErrorCode::kNone && error != ErrorCode::kTopicAlreadyExists) {
    throw std::runtime_error("CreateTopics: " + std::string(wire::name_of(error)));
  }
}

TEST(LogAndFetch, S13_InternalTopicsBelongToTheBrokerAndToAdmins) {
  RawClient client = connect();
  ensure_offsets_topic(client);
  // A key of a type that no coordinator knows, which it passes over when it loads.
  TestRecord record{.timestamp = now_ms(), .key = std::string("\x7f\xff", 2)};
  const wire::ProduceRequest request{
      .acks = -1,
      .timeout_ms = 30'000,
      .topic_data = {{.name = "__consumer_offsets",
                      .partition_data = {{.index = 0, .records = batch_of({}, {record})}}}}};
  Produced answer;
  ASSERT_TRUE(eventually([&] {
    answer = partition_of(client.ask(request, 12), 0);
    return answer.error_code != ErrorCode::kUnknownTopicOrPartition;
  }));
  EXPECT_THAT(answer, Refused(ErrorCode::kInvalidTopicException, -1));

  RawClient admin = connect("__admin_client");
  ASSERT_TRUE(eventually([&] {
    answer = partition_of(admin.ask(request, 12), 0);
    return answer.error_code != ErrorCode::kNotLeaderOrFollower;
  }));
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_GE(answer.base_offset, 0);
}

}  // namespace
}  // namespace understudy::conformance
