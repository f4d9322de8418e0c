#include "codec/validate.h"

#include <gtest/gtest.h>

#include <limits>

#include "codec/testing/support.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::from_hex;
using test::idempotent;
using test::joined;
using test::kCodecs;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kHour = 3'600'000;

Bytes three_records(BatchFields fields = idempotent()) {
  return RecordBatchBuilder(std::move(fields))
      .add({.timestamp = kNow - 10, .key = "a", .value = "first"})
      .add({.timestamp = kNow + 5, .key = "b", .value = "second"})
      .add({.timestamp = kNow, .key = "c", .value = "third"})
      .build();
}

// With offset deltas 0, 5, 7 that the header does not know of.
Bytes uneven_deltas(CompressionType compression) {
  BatchFields fields = idempotent();
  fields.compression = compression;
  fields.last_offset_delta = 2;
  return RecordBatchBuilder(fields)
      .add({.timestamp = kNow, .key = "a"}, 0)
      .add({.timestamp = kNow, .key = "b"}, 5)
      .add({.timestamp = kNow, .key = "c"}, 7)
      .build();
}

ValidationResult validate(const Bytes& batch, const ValidationConfig& config = {},
                          std::int64_t now_ms = kNow) {
  return validate_batch(config, batch, now_ms);
}

// The batch as it comes to stand in the log, at offset 100 under leader epoch 5.
Bytes appended(Bytes batch, const ValidationConfig& config = {}, std::int64_t now_ms = kNow) {
  const ValidationResult result = validate(batch, config, now_ms);
  EXPECT_TRUE(result.ok()) << result.reason;
  if (result.rewrite == Rewrite::kRebuilt) batch = result.rebuilt;
  assign(batch, result, {.base_offset = 100, .partition_leader_epoch = 5});
  const BatchView view(batch);
  EXPECT_TRUE(view.has_valid_crc());
  EXPECT_EQ(view.base_offset(), 100);
  EXPECT_EQ(view.partition_leader_epoch(), 5);
  EXPECT_EQ(view.max_timestamp(), result.max_timestamp);
  EXPECT_EQ(view.record_count(), result.record_count);
  return batch;
}

void expect_refused(const ValidationResult& result, ErrorCode error, ValidationStage stage) {
  EXPECT_EQ(result.error, error) << result.reason;
  EXPECT_EQ(result.stage, stage) << result.reason;
  EXPECT_FALSE(result.reason.empty());
  EXPECT_EQ(result.error_message.has_value(), stage == ValidationStage::kRecords);
  EXPECT_EQ(result.record_errors.empty(), stage != ValidationStage::kRecords);
}

std::vector<std::int32_t> indices(const ValidationResult& result) {
  std::vector<std::int32_t> out;
  for (const RecordError& error : result.record_errors) out.push_back(error.batch_index);
  return out;
}

// Stage E.

TEST(ValidateBatch, WantsTheBaseOffsetOfAProducer) {
  BatchFields fields = idempotent();
  fields.base_offset = 17;
  const ValidationResult result = validate(three_records(fields));
  expect_refused(result, ErrorCode::kInvalidRecord, ValidationStage::kBatch);
  EXPECT_TRUE(result.answers_log_start_offset());
}

TEST(ValidateBatch, RefusesMoreThanMaxMessageBytes) {
  const Bytes batch = three_records();
  ValidationConfig config;
  config.max_message_bytes = static_cast<std::int32_t>(batch.size());
  EXPECT_TRUE(validate(batch, config).ok());
  --config.max_message_bytes;
  const ValidationResult result = validate(batch, config);
  expect_refused(result, ErrorCode::kMessageTooLarge, ValidationStage::kBatch);
  EXPECT_FALSE(result.answers_log_start_offset());
}

TEST(ValidateBatch, RefusesAWrongChecksum) {
  Bytes batch = three_records();
  batch.back() ^= 1;
  const ValidationResult result = validate(batch);
  expect_refused(result, ErrorCode::kCorruptMessage, ValidationStage::kBatch);
  EXPECT_FALSE(result.answers_log_start_offset());
}

TEST(ValidateBatch, RefusesTheThreeUnusedCompressionTypes) {
  for (const std::uint16_t type : {5, 6, 7}) {
    BatchFields fields = idempotent();
    fields.attributes = type;
    const ValidationResult result = validate(three_records(fields));
    expect_refused(result, ErrorCode::kUnknownServerError, ValidationStage::kBatch);
    EXPECT_TRUE(result.answers_log_start_offset());
  }
}

TEST(ValidateBatch, ChecksInKafkasOrder) {
  // Everything is wrong; what is put right moves on to the next verdict.
  BatchFields fields = idempotent();
  fields.base_offset = 17;
  fields.crc = 1;
  fields.attributes = 0x25;
  ValidationConfig config;
  config.max_message_bytes = 10;
  EXPECT_EQ(validate(three_records(fields), config).error, ErrorCode::kInvalidRecord);
  fields.base_offset = 0;
  EXPECT_EQ(validate(three_records(fields), config).error, ErrorCode::kMessageTooLarge);
  config.max_message_bytes = 1000;
  EXPECT_EQ(validate(three_records(fields), config).error, ErrorCode::kCorruptMessage);
  fields.crc.reset();
  EXPECT_EQ(validate(three_records(fields), config).error, ErrorCode::kUnknownServerError);
  fields.attributes = 0x20;
  EXPECT_EQ(validate(three_records(fields), config).stage, ValidationStage::kHeader);
  fields.attributes = 0;
  EXPECT_TRUE(validate(three_records(fields), config).ok());
}

// Stage F, the header.

TEST(ValidateBatch, WantsCountAndLastOffsetDeltaToAgree) {
  const struct {
    std::int32_t last_offset_delta;
    std::int32_t count;
  } rows[] = {{-1, 0},  {-1, 3},
              {2, 0},   {2, -1},
              {2, 4},   {4, 3},
              {0, 3},   {std::numeric_limits<std::int32_t>::max(), 3},
              {-5, -4}, {2, std::numeric_limits<std::int32_t>::max()}};
  for (const auto& row : rows) {
    for (const CompressionType type : {CompressionType::kNone, CompressionType::kLz4}) {
      BatchFields fields = idempotent();
      fields.compression = type;
      fields.last_offset_delta = row.last_offset_delta;
      fields.record_count = row.count;
      expect_refused(validate(three_records(fields)), ErrorCode::kInvalidRecord,
                     ValidationStage::kHeader);
    }
  }
}

TEST(ValidateBatch, RefusesAControlBatchFromAClient) {
  BatchFields fields = idempotent();
  fields.control = true;
  expect_refused(validate(three_records(fields)), ErrorCode::kInvalidRecord,
                 ValidationStage::kHeader);
}

TEST(ValidateBatch, T5_WantsASequenceWithAProducerId) {
  BatchFields fields = idempotent();
  fields.base_sequence = -1;
  expect_refused(validate(three_records(fields)), ErrorCode::kInvalidRecord,
                 ValidationStage::kHeader);
  fields.producer_id = -1;
  EXPECT_TRUE(validate(three_records(fields)).ok());
  fields.producer_id = -2;  // no producer id either
  EXPECT_TRUE(validate(three_records(fields)).ok());
  fields.producer_id = 0;
  fields.base_sequence = 0;
  fields.producer_epoch = -1;  // its sign is not looked at
  EXPECT_TRUE(validate(three_records(fields)).ok());
}

// Stage F, the records.

TEST(ValidateBatch, RefusesRecordsThatCannotBeRead) {
  for (const CompressionType type :
       {CompressionType::kNone, CompressionType::kGzip, CompressionType::kSnappy,
        CompressionType::kLz4, CompressionType::kZstd}) {
    for (const std::int32_t count : {2, 4}) {  // of three
      BatchFields fields = idempotent();
      fields.compression = type;
      fields.record_count = count;
      fields.last_offset_delta = count - 1;
      const ValidationResult result = validate(three_records(fields));
      expect_refused(result, ErrorCode::kInvalidRecord, ValidationStage::kStructure);
      EXPECT_TRUE(result.answers_log_start_offset());
    }
  }
}

TEST(ValidateBatch, AnswersADamagedStreamWithAnUnknownError) {
  for (const CompressionType type : kCodecs) {
    BatchFields fields = idempotent();
    fields.compression = type;
    Bytes batch = three_records(fields);
    std::fill(batch.begin() + 61, batch.end(), std::uint8_t{0xee});
    MutableBatchView(std::span(batch)).update_crc();
    const ValidationResult result = validate(batch);
    expect_refused(result, ErrorCode::kUnknownServerError, ValidationStage::kStructure);
    EXPECT_TRUE(result.answers_log_start_offset());
  }
}

TEST(ValidateBatch, WantsKeysInACompactedTopic) {
  ValidationConfig config;
  config.compacted = true;
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kGzip}) {
    BatchFields fields = idempotent();
    fields.compression = type;
    const Bytes batch = RecordBatchBuilder(fields)
                            .add({.timestamp = kNow, .key = "a"})
                            .add({.timestamp = kNow})
                            .add({.timestamp = kNow, .key = ""})
                            .build();
    EXPECT_TRUE(validate(batch).ok());
    const ValidationResult result = validate(batch, config);
    expect_refused(result, ErrorCode::kInvalidRecord, ValidationStage::kRecords);
    EXPECT_EQ(indices(result), std::vector<std::int32_t>{1});
    EXPECT_TRUE(result.answers_log_start_offset());
  }
}

TEST(ValidateBatch, NamesEveryTimestampOutOfRange) {
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kZstd}) {
    BatchFields fields = idempotent();
    fields.compression = type;
    const Bytes batch = RecordBatchBuilder(fields)
                            .add({.timestamp = kNow})
                            .add({.timestamp = kNow + kHour})
                            .add({.timestamp = kNow + kHour + 1})
                            .add({.timestamp = -1})
                            .add({.timestamp = kNow + 2 * kHour})
                            .build();
    const ValidationResult result = validate(batch);
    expect_refused(result, ErrorCode::kInvalidTimestamp, ValidationStage::kRecords);
    EXPECT_EQ(indices(result), (std::vector<std::int32_t>{2, 4}));
  }
}

TEST(ValidateBatch, HasInclusiveBoundsOnTimestamps) {
  ValidationConfig config;
  config.timestamp_before_max_ms = 1000;
  config.timestamp_after_max_ms = 500;
  const auto error = [&](std::int64_t timestamp) {
    return validate(RecordBatchBuilder().add({.timestamp = timestamp}).build(), config).error;
  };
  EXPECT_EQ(error(kNow - 1000), ErrorCode::kNone);
  EXPECT_EQ(error(kNow - 1001), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(error(kNow + 500), ErrorCode::kNone);
  EXPECT_EQ(error(kNow + 501), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(error(-1), ErrorCode::kNone);  // none at all
  EXPECT_EQ(error(-2), ErrorCode::kInvalidTimestamp);
}

TEST(ValidateBatch, LetsATimestampErrorWinOverAMissingKey) {
  ValidationConfig config;
  config.compacted = true;
  const Bytes batch = RecordBatchBuilder()
                          .add({.timestamp = kNow})
                          .add({.timestamp = kNow, .key = "b"})
                          .add({.timestamp = kNow + 2 * kHour, .key = "c"})
                          .add({.timestamp = kNow, .key = "d"})
                          .build();
  const ValidationResult result = validate(batch, config);
  expect_refused(result, ErrorCode::kInvalidTimestamp, ValidationStage::kRecords);
  EXPECT_EQ(indices(result), (std::vector<std::int32_t>{0, 2}));
}

TEST(ValidateBatch, LetsAStructuralFaultWinOverRecordErrors) {
  BatchFields fields;
  fields.record_count = 2;
  fields.last_offset_delta = 1;
  const Bytes batch = RecordBatchBuilder(fields).add({.timestamp = kNow + 2 * kHour}).build();
  expect_refused(validate(batch), ErrorCode::kInvalidRecord, ValidationStage::kStructure);
}

// Texts that clients are given, in Kafka's words.

TEST(ValidateBatch, SaysWhichPartitionWantsKeysAndShowsThreeRecordsAtMost) {
  ValidationConfig config;
  config.compacted = true;
  config.partition = "orders-0";
  RecordBatchBuilder builder;
  for (int i = 0; i < 4; ++i) builder.add({.timestamp = kNow});
  const ValidationResult result = validate(builder.build(), config);
  const std::string text =
      "Compacted topic cannot accept message without key in topic partition orders-0";
  EXPECT_EQ(result.record_errors.at(3).message, text);
  EXPECT_EQ(result.error_message,
            "One or more records have been rejected due to 4 record errors in total, and only "
            "showing the first three errors at most: [RecordError(batchIndex=0, message='" +
                text + "'), RecordError(batchIndex=1, message='" + text +
                "'), RecordError(batchIndex=2, message='" + text + "')]");
}

TEST(ValidateBatch, SaysBetweenWhichTimesATimestampMayLie) {
  ValidationConfig config;
  config.timestamp_before_max_ms = 1000;
  const ValidationResult result =
      validate(RecordBatchBuilder().add({.timestamp = 5}).build(), config, 2000);
  EXPECT_EQ(result.record_errors.at(0).message,
            "Timestamp 5 of message with offset 0 is out of range. The timestamp should be within "
            "[1000, 3602000]");
  EXPECT_EQ(result.error_message,
            "One or more records have been rejected due to invalid timestamp");
}

TEST(ValidateBatch, ShowsTheRecordOfAWrongTimestampType) {
  ValidationConfig config;
  config.timestamp_type = TimestampType::kLogAppendTime;
  const auto text = [&](CompressionType compression) {
    BatchFields fields;
    fields.compression = compression;
    fields.timestamp_type = TimestampType::kLogAppendTime;
    fields.max_timestamp = 77;
    const Bytes batch = RecordBatchBuilder(fields).add({.timestamp = 5, .value = "abc"}).build();
    return validate(batch, config).record_errors.at(0).message;
  };
  const std::string end = ". Producer should not set timestamp type to LogAppendTime.";
  EXPECT_EQ(text(CompressionType::kNone),
            "Invalid timestamp type in message DefaultRecord(offset=0, timestamp=77, key=0 bytes, "
            "value=3 bytes)" +
                end);
  EXPECT_EQ(text(CompressionType::kGzip),
            "Invalid timestamp type in message PartialDefaultRecord(offset=0, timestamp=77, key=-1 "
            "bytes, value=3 bytes)" +
                end);
}

// Timestamp types.

TEST(ValidateBatch, ClearsTheLogAppendTimeBitOnACreateTimeTopic) {
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kGzip}) {
    BatchFields fields = idempotent();
    fields.compression = type;
    fields.timestamp_type = TimestampType::kLogAppendTime;
    fields.max_timestamp = kNow + 7;
    const Bytes batch = three_records(fields);
    EXPECT_EQ(validate(batch).rewrite, Rewrite::kHeaderAndCrc);
    const Bytes stored = appended(batch);
    EXPECT_EQ(BatchView(stored).timestamp_type(), TimestampType::kCreateTime);
    EXPECT_EQ(BatchView(stored).max_timestamp(), kNow + 7);
    EXPECT_EQ(validate(batch).offset_delta_of_max_timestamp, std::nullopt);
    EXPECT_EQ(BatchView(stored).compression(), type);
  }
}

TEST(ValidateBatch, RefusesTheLogAppendTimeBitOnALogAppendTimeTopicAndWithoutATimestamp) {
  BatchFields fields = idempotent();
  fields.timestamp_type = TimestampType::kLogAppendTime;
  fields.max_timestamp = kNow;
  ValidationConfig config;
  config.timestamp_type = TimestampType::kLogAppendTime;
  ValidationResult result = validate(three_records(fields), config);
  expect_refused(result, ErrorCode::kInvalidTimestamp, ValidationStage::kRecords);
  EXPECT_EQ(indices(result), (std::vector<std::int32_t>{0, 1, 2}));
  fields.max_timestamp = -1;
  result = validate(three_records(fields));
  expect_refused(result, ErrorCode::kInvalidTimestamp, ValidationStage::kRecords);
}

TEST(ValidateBatch, StampsTheTimeOfTheAppend) {
  ValidationConfig config;
  config.timestamp_type = TimestampType::kLogAppendTime;
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kSnappy}) {
    BatchFields fields = idempotent();
    fields.compression = type;
    const Bytes sent = three_records(fields);
    const ValidationResult result = validate(sent, config, kNow + 10 * kHour);  // no bounds here
    EXPECT_EQ(result.max_timestamp, kNow + 10 * kHour);
    EXPECT_EQ(result.offset_delta_of_max_timestamp, 0);
    const Bytes stored = appended(sent, config, kNow + 10 * kHour);
    const BatchView batch(stored);
    EXPECT_EQ(batch.timestamp_type(), TimestampType::kLogAppendTime);
    EXPECT_EQ(batch.max_timestamp(), kNow + 10 * kHour);
    EXPECT_EQ(batch.base_timestamp(), BatchView(sent).base_timestamp());
    EXPECT_TRUE(std::equal(sent.begin() + 61, sent.end(), stored.begin() + 61, stored.end()));
  }
}

// In place.

TEST(ValidateBatch, ChangesNothingUnderTheChecksumOfASoundBatch) {
  const ValidationResult result = validate(test::golden_produced());
  EXPECT_EQ(result.rewrite, Rewrite::kOffsetAndEpoch);
  Bytes batch = test::golden_produced();
  assign(batch, result, {.base_offset = 5, .partition_leader_epoch = 3});
  EXPECT_EQ(batch, test::golden_appended());
}

TEST(ValidateBatch, KnowsTheLargestTimestampAndWhereItIs) {
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kLz4}) {
    BatchFields fields = idempotent();
    fields.compression = type;
    const ValidationResult result = validate(three_records(fields));
    EXPECT_EQ(result.rewrite, Rewrite::kOffsetAndEpoch);
    EXPECT_EQ(result.max_timestamp, kNow + 5);
    EXPECT_EQ(result.offset_delta_of_max_timestamp, 1);
    EXPECT_EQ(result.record_count, 3);
  }
}

TEST(ValidateBatch, CorrectsAMaxTimestampThatLies) {
  for (const std::int64_t lie : {kNow + 1000, kNow - 1000, std::int64_t{5}}) {
    for (const CompressionType type : {CompressionType::kNone, CompressionType::kZstd}) {
      BatchFields fields = idempotent();
      fields.compression = type;
      fields.max_timestamp = lie;
      EXPECT_EQ(BatchView(appended(three_records(fields))).max_timestamp(), kNow + 5);
    }
  }
}

TEST(ValidateBatch, LeavesUnusedAttributesUntilItWritesThem) {
  BatchFields fields = idempotent();
  fields.attributes = 0x7fc0;
  EXPECT_EQ(BatchView(appended(three_records(fields))).attributes(), 0x7fc0);
  fields.max_timestamp = 1;
  EXPECT_EQ(BatchView(appended(three_records(fields))).attributes(), 0x0040);
}

TEST(ValidateBatch, DoesNotLookAtTheOffsetDeltasOfAPlainBatch) {
  const Bytes sent = uneven_deltas(CompressionType::kNone);
  const Bytes stored = appended(sent);
  EXPECT_TRUE(std::equal(sent.begin() + 21, sent.end(), stored.begin() + 21, stored.end()));
  EXPECT_EQ(BatchView(stored).last_offset(), 102);
}

TEST(ValidateBatch, DoesNotCompareTheLengthOfACompressedRecordWithItsFields) {
  const Bytes record = joined(test::varint(5), from_hex("00 00 00 01 01 00"));  // it is six
  for (const CompressionType type : {CompressionType::kNone, CompressionType::kGzip}) {
    BatchFields fields;
    fields.compression = type;
    fields.base_timestamp = kNow;
    fields.max_timestamp = kNow;
    const Bytes batch = RecordBatchBuilder(fields).add_raw(record).build();
    EXPECT_EQ(validate(batch).ok(), type == CompressionType::kGzip);
    EXPECT_EQ(check_records(batch).error, ErrorCode::kInvalidRecord);
  }
}

TEST(ValidateBatch, IgnoresTheLengthsOfCompressedRecordsBeforeRelease44) {
  const Bytes record = joined(test::varint(-37), from_hex("00 00 00 01 01 00"));
  BatchFields fields;
  fields.compression = CompressionType::kSnappy;
  fields.base_timestamp = kNow;
  fields.max_timestamp = kNow;
  const Bytes batch = RecordBatchBuilder(fields).add_raw(record).build();
  expect_refused(validate(batch), ErrorCode::kInvalidRecord, ValidationStage::kStructure);
  ValidationConfig config;
  config.max_decompressed_message_bytes.reset();
  EXPECT_TRUE(validate(batch, config).ok());
  config.compression = CompressionType::kNone;  // which rebuilds it
  EXPECT_EQ(validate(batch, config).error, ErrorCode::kInvalidRecord);
}

// Deltas that are short in the batch are long against the base timestamp of the new one.
TEST(ValidateBatch, RefusesABatchThatGrowsOverTheLimitWhenItIsMadeAnew) {
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kZstd;
  fields.base_timestamp = kNow;
  RecordBatchBuilder builder(fields);
  builder.add({.timestamp = kNoTimestamp});
  for (int i = 0; i < 100; ++i) builder.add({.timestamp = kNow});
  const std::size_t size = builder.records_size_bytes();
  ValidationConfig config;
  config.compression = CompressionType::kGzip;
  config.max_rebuilt_bytes = size + 1000;
  EXPECT_TRUE(validate(builder.build(), config).ok());
  config.max_rebuilt_bytes = size;
  expect_refused(validate(builder.build(), config), ErrorCode::kInvalidRecord,
                 ValidationStage::kStructure);
}

TEST(ValidateBatch, KeepsToTheLimitsOnWhatIsDecompressed) {
  const std::string value(5000, 'x');
  for (const CompressionType type : kCodecs) {
    BatchFields fields = idempotent();
    fields.compression = type;
    const Bytes batch = RecordBatchBuilder(fields).add({.timestamp = kNow, .value = value}).build();
    ValidationConfig config;
    config.max_decompressed_message_bytes = 5007;
    EXPECT_TRUE(validate(batch, config).ok());
    config.max_decompressed_message_bytes = 5006;
    expect_refused(validate(batch, config), ErrorCode::kInvalidRecord, ValidationStage::kStructure);
    config = {};
    config.max_decompressed_batch_bytes = 5009;
    EXPECT_TRUE(validate(batch, config).ok());
    config.max_decompressed_batch_bytes = 5008;
    expect_refused(validate(batch, config), ErrorCode::kInvalidRecord, ValidationStage::kStructure);
  }
}

TEST(ValidateBatch, WalksOverABatchHoweverFarItExpands) {
  constexpr std::size_t kOldLimit = std::size_t{256} << 20;
  const std::string value(std::size_t{1} << 20, '\0');
  BatchFields fields;
  fields.compression = CompressionType::kZstd;
  RecordBatchBuilder builder(fields);
  for (std::size_t size = 0; size <= kOldLimit; size += value.size()) {
    builder.add({.timestamp = kNow, .value = value});
  }
  EXPECT_TRUE(validate(builder.build()).ok());
}

// Rebuilt.

TEST(ValidateBatch, StumblesOverUnevenDeltasOfACompressedBatchLikeKafka) {
  for (const CompressionType type : kCodecs) {
    for (const std::optional<CompressionType> target :
         {std::optional<CompressionType>{}, std::optional(type)}) {
      ValidationConfig config;
      config.compression = target;
      const ValidationResult result = validate(uneven_deltas(type), config);
      expect_refused(result, ErrorCode::kUnknownServerError, ValidationStage::kRebuild);
      EXPECT_TRUE(result.answers_log_start_offset());
    }
  }
}

TEST(ValidateBatch, RebuildsInTheTopicsCodec) {
  for (const CompressionType from :
       {CompressionType::kNone, CompressionType::kGzip, CompressionType::kLz4}) {
    for (const CompressionType to :
         {CompressionType::kNone, CompressionType::kSnappy, CompressionType::kZstd}) {
      if (from == to) continue;
      ValidationConfig config;
      config.compression = to;
      EXPECT_EQ(validate(uneven_deltas(from), config).rewrite, Rewrite::kRebuilt);
      const Bytes stored = appended(uneven_deltas(from), config);
      const BatchView batch(stored);
      EXPECT_EQ(batch.compression(), to);
      EXPECT_EQ(batch.producer_id(), 7000);
      EXPECT_EQ(batch.base_sequence(), 0);
      RecordReader reader(batch);
      std::string keys;
      for (std::int64_t offset = 100; const RecordView* record = reader.next(); ++offset) {
        EXPECT_EQ(record->offset, offset);
        EXPECT_EQ(record->timestamp, kNow);
        keys += *record->key;
      }
      EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().text;
      EXPECT_EQ(keys, "abc");
    }
  }
}

TEST(ValidateBatch, KeepsTheBytesIfTheCodecIsTheTopics) {
  ValidationConfig config;
  config.compression = CompressionType::kLz4;
  config.levels.lz4 = 1;  // another level is no reason
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kLz4;
  EXPECT_EQ(validate(three_records(fields), config).rewrite, Rewrite::kOffsetAndEpoch);
}

TEST(ValidateBatch, RebuildsFromTheFirstTimestampOn) {
  ValidationConfig config;
  config.compression = CompressionType::kNone;
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kGzip;
  fields.base_timestamp = 12345;
  fields.max_timestamp = 1;
  fields.attributes = 0x7f51;  // unused bits, the delete horizon, transactional
  const ValidationResult result = validate(three_records(fields), config);
  ASSERT_TRUE(result.ok()) << result.reason;
  const BatchView batch(result.rebuilt);
  EXPECT_EQ(batch.base_timestamp(), kNow - 10);
  EXPECT_EQ(batch.max_timestamp(), kNow + 5);
  EXPECT_EQ(batch.attributes(), kTransactionalBit);
  EXPECT_EQ(result.offset_delta_of_max_timestamp, 1);
  EXPECT_EQ(result.max_timestamp, kNow + 5);
}

TEST(ValidateBatch, RebuildsWithTheTimeOfTheAppend) {
  ValidationConfig config;
  config.compression = CompressionType::kNone;
  config.timestamp_type = TimestampType::kLogAppendTime;
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kGzip;
  const Bytes stored = appended(three_records(fields), config, kNow + 77);
  const BatchView batch(stored);
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_EQ(batch.max_timestamp(), kNow + 77);
  EXPECT_EQ(batch.base_timestamp(), kNow - 10);
}

TEST(ValidateBatch, MeasuresARebuiltBatchAgain) {
  const std::string value(2000, 'x');
  BatchFields fields = idempotent();
  fields.compression = CompressionType::kZstd;
  const Bytes batch = RecordBatchBuilder(fields).add({.timestamp = kNow, .value = value}).build();
  ValidationConfig config;
  config.compression = CompressionType::kNone;
  config.max_message_bytes = 61 + 2 + 2007;
  EXPECT_TRUE(validate(batch, config).ok());
  --config.max_message_bytes;
  const ValidationResult result = validate(batch, config);
  expect_refused(result, ErrorCode::kMessageTooLarge, ValidationStage::kRebuiltSize);
  EXPECT_FALSE(result.answers_log_start_offset());
}

TEST(ValidateBatch, CannotRebuildWhatKafkasBuilderDoesNotTake) {
  ValidationConfig config;
  config.compression = CompressionType::kGzip;
  const auto refused = [&](const BatchFields& fields, std::int64_t timestamp) {
    const Bytes batch = RecordBatchBuilder(fields).add({.timestamp = timestamp}).build();
    EXPECT_TRUE(validate(batch).ok());
    expect_refused(validate(batch, config), ErrorCode::kUnknownServerError,
                   ValidationStage::kRebuild);
  };
  refused({}, -2);
  refused({.transactional = true}, kNow);
  refused({.producer_id = 1, .producer_epoch = -1, .base_sequence = 0}, kNow);
  refused({.producer_id = -2, .producer_epoch = 0, .base_sequence = -1}, kNow);
}

TEST(ValidateBatch, AppliesTheRulesOfRecordsWhileItRebuilds) {
  ValidationConfig config;
  config.compression = CompressionType::kGzip;
  config.compacted = true;
  const Bytes batch = RecordBatchBuilder()
                          .add({.timestamp = kNow, .key = "a"})
                          .add({.timestamp = kNow})
                          .add({.timestamp = kNow + 2 * kHour, .key = "c"})
                          .build();
  const ValidationResult result = validate(batch, config);
  expect_refused(result, ErrorCode::kInvalidTimestamp, ValidationStage::kRecords);
  EXPECT_EQ(indices(result), (std::vector<std::int32_t>{1, 2}));
}

}  // namespace
}  // namespace understudy::codec
