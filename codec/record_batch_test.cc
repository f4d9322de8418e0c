#include "codec/record_batch.h"

#include <gtest/gtest.h>

#include "codec/control_record.h"
#include "codec/record.h"
#include "codec/testing/support.h"

namespace understudy::codec {
namespace {

using test::Bytes;
using test::joined;
constexpr std::int32_t kMax = 2147483647;

TEST(Sequence, WrapsFromTheGreatestToZero) {
  EXPECT_EQ(increment_sequence(0, 0), 0);
  EXPECT_EQ(increment_sequence(5, 10), 15);
  EXPECT_EQ(increment_sequence(kMax, 1), 0);
  EXPECT_EQ(increment_sequence(kMax, 0), kMax);
  EXPECT_EQ(increment_sequence(kMax - 2, 4), 1);
  EXPECT_EQ(increment_sequence(kMax, kMax), kMax - 1);
  EXPECT_EQ(decrement_sequence(15, 10), 5);
  EXPECT_EQ(decrement_sequence(0, 1), kMax);
  EXPECT_EQ(decrement_sequence(1, 4), kMax - 2);
  EXPECT_EQ(decrement_sequence(kMax, kMax), 0);
}

TEST(BatchView, ReadsTheBatchOfAProducer) {
  const Bytes bytes = test::golden_produced();
  const BatchView batch(bytes);
  EXPECT_EQ(batch.size_bytes(), 70u);
  EXPECT_EQ(batch.base_offset(), 0);
  EXPECT_EQ(batch.batch_length(), 58);
  EXPECT_EQ(batch.partition_leader_epoch(), -1);
  EXPECT_EQ(batch.magic(), 2);
  EXPECT_EQ(batch.crc(), 0xb74aaf9cu);
  EXPECT_TRUE(batch.has_valid_crc());
  EXPECT_EQ(batch.attributes(), 0);
  EXPECT_EQ(batch.compression(), CompressionType::kNone);
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kCreateTime);
  EXPECT_FALSE(batch.is_transactional());
  EXPECT_FALSE(batch.is_control());
  EXPECT_FALSE(batch.has_delete_horizon());
  EXPECT_EQ(batch.last_offset_delta(), 0);
  EXPECT_EQ(batch.base_timestamp(), 1700000000000);
  EXPECT_EQ(batch.max_timestamp(), 1700000000000);
  EXPECT_EQ(batch.producer_id(), 7000);
  EXPECT_TRUE(batch.has_producer_id());
  EXPECT_EQ(batch.producer_epoch(), 0);
  EXPECT_EQ(batch.base_sequence(), 0);
  EXPECT_EQ(batch.last_sequence(), 0);
  EXPECT_EQ(batch.record_count(), 1);
  EXPECT_EQ(batch.last_offset(), 0);
  EXPECT_EQ(batch.next_offset(), 1);
  EXPECT_EQ(batch.records().size(), 9u);
}

TEST(BatchView, ReadsTheBitsOfTheAttributes) {
  Bytes bytes = test::golden_produced();
  MutableBatchView batch{std::span(bytes)};
  batch.set_attributes(0x4c);
  EXPECT_EQ(batch.compression(), CompressionType::kZstd);
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kLogAppendTime);
  EXPECT_TRUE(batch.has_delete_horizon());
  batch.set_attributes(0xff37);
  EXPECT_FALSE(is_known(batch.compression()));
  EXPECT_EQ(name_of(batch.compression()), "unknown");
  EXPECT_TRUE(batch.is_transactional());
  EXPECT_TRUE(batch.is_control());
  EXPECT_EQ(batch.timestamp_type(), TimestampType::kCreateTime);
}

TEST(BatchView, TakesEveryNegativeProducerIdForNone) {
  Bytes bytes = test::golden_produced();
  MutableBatchView batch{std::span(bytes)};
  batch.set_producer_id(0);
  EXPECT_TRUE(batch.has_producer_id());
  for (const std::int64_t id :
       {std::int64_t{-1}, std::int64_t{-2}, std::numeric_limits<std::int64_t>::min()}) {
    batch.set_producer_id(id);
    EXPECT_FALSE(batch.has_producer_id()) << id;
  }
}

TEST(BatchView, LetsALastSequenceWrap) {
  Bytes bytes = test::golden_produced();
  MutableBatchView batch{std::span(bytes)};
  batch.set_base_sequence(kMax - 2);
  batch.set_last_offset_delta(4);
  EXPECT_EQ(batch.last_sequence(), 1);
  batch.set_base_sequence(-1);
  EXPECT_EQ(batch.last_sequence(), -1);
}

TEST(BatchView, ReadsTheEmptyBatchThatCompactionLeaves) {
  const Bytes bytes = test::golden_empty();
  const BatchView batch(bytes);
  EXPECT_TRUE(check_batch(bytes).ok());
  EXPECT_EQ(batch.base_offset(), 10);
  EXPECT_EQ(batch.last_offset(), 14);
  EXPECT_EQ(batch.base_sequence(), 10);
  EXPECT_EQ(batch.last_sequence(), 14);
  EXPECT_EQ(batch.base_timestamp(), -1);
  EXPECT_EQ(batch.max_timestamp(), 1700000000123);
  EXPECT_EQ(batch.record_count(), 0);
  EXPECT_TRUE(check_records(bytes).ok());
}

TEST(MutableBatchView, AssignsWithoutAChecksumWhatLiesBeforeIt) {
  Bytes bytes = test::golden_produced();
  MutableBatchView batch{std::span(bytes)};
  batch.set_base_offset(5);
  batch.set_partition_leader_epoch(3);
  EXPECT_EQ(bytes, test::golden_appended());
  EXPECT_TRUE(batch.has_valid_crc());
}

TEST(MutableBatchView, NeedsANewChecksumForTheRest) {
  const auto changed = [](auto set) {
    Bytes bytes = test::golden_produced();
    MutableBatchView batch{std::span(bytes)};
    set(batch);
    const bool noticed = !batch.has_valid_crc();
    batch.update_crc();
    return noticed && check_batch(bytes).ok();
  };
  EXPECT_TRUE(changed([](auto& batch) { batch.set_attributes(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_last_offset_delta(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_base_timestamp(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_max_timestamp(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_producer_id(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_producer_epoch(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_base_sequence(8); }));
  EXPECT_TRUE(changed([](auto& batch) { batch.set_record_count(8); }));
}

TEST(CheckBatch, FindsEveryChangedBitFromTheChecksumOn) {
  const Bytes good = test::golden_produced();
  for (std::size_t bit = 17 * 8; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ 1 << bit % 8);
    EXPECT_EQ(check_batch(bad).error, ErrorCode::kCorruptMessage) << bit;
  }
}

TEST(CheckBatch, RefusesLessThanAHeader) {
  const Bytes good = test::golden_produced();
  EXPECT_EQ(check_batch(ByteView(good).first(60)).error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(check_records(ByteView(good).first(60)).error, ErrorCode::kUnknownServerError);
}

TEST(BatchCursor, WalksFromBatchToBatch) {
  const Bytes a = test::golden_appended();
  const Bytes b = test::golden_marker();
  const Bytes all = joined(a, b);
  BatchCursor cursor(all);
  ASSERT_EQ(cursor.next(), BatchCursor::Step::kBatch);
  EXPECT_EQ(cursor.batch().size(), a.size());
  EXPECT_EQ(cursor.magic(), 2);
  EXPECT_EQ(cursor.bytes_used(), a.size());
  ASSERT_EQ(cursor.next(), BatchCursor::Step::kBatch);
  EXPECT_EQ(BatchView(cursor.batch()).base_offset(), 6);
  EXPECT_EQ(cursor.bytes_left(), 0u);
  EXPECT_EQ(cursor.next(), BatchCursor::Step::kEnd);
  EXPECT_EQ(cursor.next(), BatchCursor::Step::kEnd);
  EXPECT_TRUE(cursor.verdict().ok());
}

TEST(BatchCursor, EndsBeforeAnIncompleteBatch) {
  const Bytes whole = test::golden_produced();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes bytes =
        joined(whole, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    BatchCursor cursor(bytes);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kBatch);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kEnd) << size;
    EXPECT_EQ(cursor.bytes_used(), whole.size());
    EXPECT_EQ(cursor.bytes_left(), size);
  }
}

TEST(BatchCursor, RefusesASizeBelowFourteen) {
  for (const std::int32_t length : {-1, 0, 13, std::numeric_limits<std::int32_t>::min()}) {
    Bytes bytes = test::golden_produced();
    MutableBatchView(std::span(bytes)).set_batch_length(length);
    BatchCursor cursor(bytes);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kError) << length;
    EXPECT_EQ(cursor.verdict().error, ErrorCode::kCorruptMessage);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kError);
    // Twelve bytes are enough to see it.
    BatchCursor twelve(ByteView(bytes).first(12));
    EXPECT_EQ(twelve.next(), BatchCursor::Step::kError);
  }
}

TEST(BatchCursor, RefusesAnUnknownMagic) {
  for (const int magic : {-128, -1, 3, 127}) {
    Bytes bytes = test::golden_produced();
    MutableBatchView(std::span(bytes)).set_magic(static_cast<std::int8_t>(magic));
    BatchCursor cursor(ByteView(bytes).first(17));
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kError) << magic;
    EXPECT_EQ(cursor.verdict().error, ErrorCode::kCorruptMessage);
    BatchCursor without_magic(ByteView(bytes).first(16));
    EXPECT_EQ(without_magic.next(), BatchCursor::Step::kEnd);
  }
  for (const int magic : {0, 1}) {
    Bytes bytes = test::golden_produced();
    MutableBatchView(std::span(bytes)).set_magic(static_cast<std::int8_t>(magic));
    BatchCursor cursor(bytes);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kBatch);
    EXPECT_EQ(cursor.magic(), magic);
  }
}

TEST(BatchCursor, StumblesOverTheLargestSizesLikeKafka) {
  Bytes bytes = test::golden_produced();
  MutableBatchView batch{std::span(bytes)};
  for (const std::int32_t length : {kMax, kMax - 11}) {
    batch.set_batch_length(length);
    BatchCursor cursor(bytes);
    EXPECT_EQ(cursor.next(), BatchCursor::Step::kError);
    EXPECT_EQ(cursor.verdict().error, ErrorCode::kUnknownServerError);
  }
  batch.set_batch_length(kMax - 12);
  BatchCursor cursor(bytes);
  EXPECT_EQ(cursor.next(), BatchCursor::Step::kEnd);
}

TEST(BatchCursor, HandsOutBatchesThatAreShorterThanAHeader) {
  Bytes bytes = test::golden_produced();
  MutableBatchView(std::span(bytes)).set_batch_length(14);
  bytes.resize(26);
  BatchCursor cursor(bytes);
  ASSERT_EQ(cursor.next(), BatchCursor::Step::kBatch);
  EXPECT_EQ(cursor.batch().size(), 26u);
  EXPECT_EQ(check_batch(cursor.batch()).error, ErrorCode::kCorruptMessage);
}

TEST(ControlRecord, IsBuiltAsByKafka) {
  const Bytes bytes = build_marker_batch({.marker = {ControlType::kCommit, 2},
                                          .producer_id = 7000,
                                          .producer_epoch = 1,
                                          .timestamp_ms = 1700000000500,
                                          .base_offset = 6,
                                          .partition_leader_epoch = 3});
  EXPECT_EQ(bytes, test::golden_marker());
}

TEST(ControlRecord, IsRead) {
  const Bytes bytes = test::golden_marker();
  const BatchView batch(bytes);
  EXPECT_TRUE(batch.is_control());
  EXPECT_TRUE(batch.is_transactional());
  RecordReader reader(batch);
  const RecordView* record = reader.next();
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->offset, 6);
  EXPECT_EQ(record->sequence, -1);
  EXPECT_EQ(control_type_of(*record), ControlType::kCommit);
  const auto marker = end_transaction_marker_of(*record);
  ASSERT_TRUE(marker.has_value());
  EXPECT_EQ(marker->type, ControlType::kCommit);
  EXPECT_EQ(marker->coordinator_epoch, 2);
  EXPECT_EQ(reader.next(), nullptr);
}

TEST(ControlRecord, NeedsAWholeKeyAndValue) {
  RecordView record;
  EXPECT_EQ(control_type_of(record), std::nullopt);
  record.key = std::string_view("\0\0\0", 3);
  EXPECT_EQ(control_type_of(record), std::nullopt);
  record.key = std::string_view("\0\7\0\1", 4);  // a later version of the key
  EXPECT_EQ(control_type_of(record), ControlType::kCommit);
  EXPECT_EQ(end_transaction_marker_of(record), std::nullopt);
  record.value = std::string_view("\0\0\0\0\0", 5);
  EXPECT_EQ(end_transaction_marker_of(record), std::nullopt);
  record.value = std::string_view("\0\1\0\0\0\5 more", 11);
  EXPECT_EQ(end_transaction_marker_of(record)->coordinator_epoch, 5);
  record.key = std::string_view("\0\0\0\2", 4);
  EXPECT_EQ(control_type_of(record), ControlType::kLeaderChange);
  EXPECT_EQ(end_transaction_marker_of(record), std::nullopt);
}

}  // namespace
}  // namespace understudy::codec
