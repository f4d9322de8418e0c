#include "codec/stored_batch.h"

#include <gtest/gtest.h>

#include "codec/testing/support.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::bytes_of;
using test::from_hex;
using test::joined;

// What Apache Kafka's LegacyRecord writes: offset 0, timestamp 1500, key "k", value "v".
Bytes golden_magic_1() {
  return from_hex(
      "0000000000000000 00000018 936dbcc2 01 00 00000000000005dc 00000001 6b 00000001 76");
}
Bytes golden_magic_0() {
  return from_hex("0000000000000000 00000010 1fecd70a 00 00 00000001 6b 00000001 76");
}

Bytes message(std::int64_t offset, std::string_view value, std::int8_t magic = 1) {
  const std::int64_t timestamp = 1000 + offset % 1000;  // offsets go up to their largest
  return build_old_message(
      {.magic = magic, .offset = offset, .timestamp = timestamp, .key = "k", .value = value});
}

Bytes wrapper(const Bytes& inner, OldMessageFields fields) {
  const Bytes compressed = compress(fields.compression, inner);
  fields.value = text_of(compressed);
  return build_old_message(fields);
}

OldMessages records_of(const Bytes& bytes) {
  return read_old_messages(StoredBatch::read(bytes).value());
}

std::vector<std::int64_t> offsets_of(const OldMessages& messages) {
  std::vector<std::int64_t> offsets;
  for (const OldRecord& record : messages.records) offsets.push_back(record.offset);
  return offsets;
}

TEST(StoredBatch, ReadsWhatOldBrokersWrote) {
  const Bytes bytes = golden_magic_1();
  const auto batch = StoredBatch::read(bytes);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->is_old());
  EXPECT_TRUE(batch->has_valid_crc());
  EXPECT_EQ(batch->total_size(), bytes.size());
  EXPECT_EQ(batch->last_offset(), 0);
  EXPECT_EQ(batch->max_timestamp(), 1500);
  EXPECT_EQ(batch->partition_leader_epoch(), -1);
  EXPECT_EQ(build_old_message({.timestamp = 1500, .key = "k", .value = "v"}), bytes);

  const Bytes oldest = golden_magic_0();
  EXPECT_TRUE(StoredBatch::read(oldest)->has_valid_crc());
  EXPECT_EQ(StoredBatch::read(oldest)->max_timestamp(), -1);
  EXPECT_EQ(build_old_message({.magic = 0, .key = "k", .value = "v"}), oldest);
}

TEST(StoredBatch, ReadsBatchesOfMagic2Alike) {
  const Bytes bytes = test::golden_appended();
  const auto batch = StoredBatch::read(bytes);
  ASSERT_TRUE(batch);
  EXPECT_FALSE(batch->is_old());
  EXPECT_TRUE(batch->has_valid_crc());
  EXPECT_EQ(batch->base_offset(), 5);
  EXPECT_EQ(batch->next_offset(), 6);
  EXPECT_EQ(batch->partition_leader_epoch(), 3);
}

TEST(StoredBatch, IsNoneWithoutAWholeHeader) {
  for (const Bytes& bytes : {golden_magic_0(), golden_magic_1(), test::golden_appended()}) {
    const auto magic = static_cast<std::int8_t>(bytes[16]);
    const std::size_t header = magic == 0 ? 26 : magic == 1 ? 34 : 61;
    EXPECT_TRUE(StoredBatch::read(ByteView(bytes).first(header)));
    EXPECT_FALSE(StoredBatch::read(ByteView(bytes).first(header - 1)));
  }
  Bytes small = golden_magic_1();
  small[11] = 21;  // a message of magic 1 has 22 bytes at least
  EXPECT_FALSE(StoredBatch::read(small));
  Bytes unknown = test::golden_appended();
  unknown[16] = 3;
  EXPECT_FALSE(StoredBatch::read(unknown));
}

TEST(StoredBatch, NoticesAChangedBit) {
  const Bytes sound = golden_magic_1();
  for (std::size_t i = 12; i < sound.size(); ++i) {
    Bytes bytes = sound;
    bytes[i] ^= 0x10;
    const auto batch = StoredBatch::read(bytes);
    EXPECT_FALSE(batch && batch->has_valid_crc()) << i;
  }
}

TEST(StoredBatch, HasNoOffsetsBelow0OrAtTheEndOfTheirRange) {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  const auto is_possible = [](std::int64_t offset) {
    return StoredBatch::read(message(offset, "v"))->has_possible_offsets();
  };
  EXPECT_TRUE(is_possible(0));
  EXPECT_TRUE(is_possible(kEnd - 1));
  EXPECT_FALSE(is_possible(kEnd));
  EXPECT_FALSE(is_possible(-1));
}

TEST(OldMessages, AreRefusedIfTheyDecompressToMoreThanTheLimit) {
  const Bytes inner = message(0, std::string(1000, 'x'));
  const Bytes bytes = wrapper(inner, {.compression = CompressionType::kGzip});
  const StoredBatch batch = StoredBatch::read(bytes).value();
  EXPECT_TRUE(read_old_messages(batch, inner.size()).verdict.ok());
  const OldMessages refused = read_old_messages(batch, inner.size() - 1);
  EXPECT_EQ(refused.verdict.error, ErrorCode::kInvalidRecord);
  EXPECT_TRUE(refused.records.empty());
}

TEST(OldMessages, AreOneRecordIfNotCompressed) {
  const Bytes bytes = message(7, "value");
  const OldMessages messages = records_of(bytes);
  ASSERT_TRUE(messages.verdict.ok()) << messages.verdict.text;
  ASSERT_EQ(messages.records.size(), 1u);
  EXPECT_EQ(messages.records[0].offset, 7);
  EXPECT_EQ(messages.records[0].timestamp, 1007);
  EXPECT_EQ(messages.records[0].key, "k");
  EXPECT_EQ(messages.records[0].value, "value");
}

TEST(OldMessages, OfMagic1AreNumberedFromTheirWrapper) {
  const Bytes inner = joined(joined(message(0, "a"), message(3, "b")), message(9, "c"));
  for (const auto codec :
       {CompressionType::kGzip, CompressionType::kSnappy, CompressionType::kLz4}) {
    const Bytes bytes = wrapper(inner, {.offset = 20, .timestamp = 1009, .compression = codec});
    const OldMessages messages = records_of(bytes);
    ASSERT_TRUE(messages.verdict.ok()) << messages.verdict.text;
    EXPECT_EQ(offsets_of(messages), (std::vector<std::int64_t>{11, 14, 20}));
    EXPECT_EQ(messages.records[1].timestamp, 1003);
    EXPECT_EQ(messages.records[2].value, "c");
  }
}

// Some versions of librdkafka wrote wrappers with offset 0.
TEST(OldMessages, KeepTheirOffsetsInAWrapperWithoutOne) {
  const Bytes inner = joined(message(0, "a"), message(1, "b"));
  const Bytes bytes = wrapper(inner, {.offset = 0, .compression = CompressionType::kGzip});
  EXPECT_EQ(offsets_of(records_of(bytes)), (std::vector<std::int64_t>{0, 1}));
}

TEST(OldMessages, OfMagic0HaveOffsetsOfTheirOwn) {
  const Bytes inner = joined(message(4, "a", 0), message(5, "b", 0));
  const OldMessages messages =
      records_of(wrapper(inner, {.magic = 0, .offset = 5, .compression = CompressionType::kGzip}));
  EXPECT_EQ(offsets_of(messages), (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(messages.records[0].timestamp, kNoTimestamp);
}

TEST(OldMessages, TakeTheBrokersTimeFromTheirWrapper) {
  const OldMessages messages = records_of(wrapper(
      joined(message(0, "a"), message(1, "b")), {.offset = 1,
                                                 .timestamp = 1700,
                                                 .compression = CompressionType::kGzip,
                                                 .timestamp_type = TimestampType::kLogAppendTime}));
  ASSERT_EQ(messages.records.size(), 2u);
  EXPECT_EQ(messages.timestamp_type, TimestampType::kLogAppendTime);
  EXPECT_EQ(messages.records[0].timestamp, 1700);
}

// The producers of that time took the checksum of an lz4 frame over too much (KAFKA-3160).
TEST(OldMessages, OfMagic0AreReadThoughTheirLz4HeaderIsWrong) {
  Bytes compressed = compress(CompressionType::kLz4, message(0, "a", 0));
  compressed[6] ^= 1;  // the header's checksum
  OldMessageFields fields{
      .magic = 0, .compression = CompressionType::kLz4, .value = text_of(ByteView(compressed))};
  EXPECT_EQ(records_of(build_old_message(fields)).records.size(), 1u);
  fields.magic = 1;
  EXPECT_EQ(records_of(build_old_message(fields)).verdict.error, ErrorCode::kUnknownServerError);
}

TEST(OldMessages, AreRefusedWhereKafkasIteratorThrows) {
  const auto error_of = [](const Bytes& inner, std::int64_t offset) {
    return records_of(wrapper(inner, {.offset = offset, .compression = CompressionType::kGzip}))
        .verdict.error;
  };
  EXPECT_EQ(error_of({}, 1), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error_of(message(5, "a"), 3), ErrorCode::kInvalidRecord);
  EXPECT_EQ(error_of(wrapper(message(0, "a"), {.compression = CompressionType::kGzip}), 1),
            ErrorCode::kInvalidRecord);
  Bytes too_small = message(0, "a");
  too_small[11] = 13;
  EXPECT_EQ(error_of(too_small, 1), ErrorCode::kCorruptMessage);
  EXPECT_EQ(records_of(build_old_message({.compression = CompressionType::kGzip})).verdict.error,
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(records_of(build_old_message({.compression = CompressionType::kZstd, .value = "x"}))
                .verdict.error,
            ErrorCode::kInvalidRecord);
  Bytes key_too_long = golden_magic_1();
  key_too_long[29] = 200;
  EXPECT_EQ(records_of(key_too_long).verdict.error, ErrorCode::kInvalidRecord);
}

// As in Kafka: what was cut off at the end of the compressed messages is left out.
TEST(OldMessages, EndWhereTheLastWholeOneEnds) {
  Bytes inner = joined(message(0, "a"), message(1, "b"));
  inner.resize(inner.size() - 3);
  const OldMessages messages =
      records_of(wrapper(inner, {.offset = 9, .compression = CompressionType::kGzip}));
  EXPECT_TRUE(messages.verdict.ok());
  EXPECT_EQ(offsets_of(messages), (std::vector<std::int64_t>{9}));
}

}  // namespace
}  // namespace understudy::codec
