#include "broker/log/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "broker/log/compaction_test_support.h"

namespace understudy::broker {
namespace {

using codec::BatchView;
using codec::ControlType;
using compaction_test::batch_of;
using compaction_test::batches_in;
using compaction_test::Bytes;
using compaction_test::clean;
using compaction_test::Cleaned;
using compaction_test::marker_of;
using compaction_test::offsets_in;
using compaction_test::ReadRecord;
using compaction_test::records_in;
using compaction_test::slice_of;
using testing::ElementsAre;
using testing::IsEmpty;
using wire::ErrorCode;

constexpr std::int64_t kNow = 50'000;
constexpr std::int64_t kDeleteRetention = 100;

CleaningOptions at(std::int64_t now_ms) {
  return {.now_ms = now_ms, .delete_retention_ms = kDeleteRetention};
}

// One producer is active.
CleaningOptions active(std::int64_t producer_id, const LastRecord& last) {
  CleaningOptions options = at(kNow);
  options.last_record_of = [=](std::int64_t asked) {
    return asked == producer_id ? std::optional(last) : std::nullopt;
  };
  return options;
}

// ---- Which records stay

TEST(Compaction, KeepsTheNewestRecordOfEachKey) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "1"}}),
                                  batch_of({.base_offset = 1}, {{"b", "2"}}),
                                  batch_of({.base_offset = 2}, {{"a", "3"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 3, .options = at(kNow)});
  ASSERT_TRUE(cleaned.verdict.ok()) << cleaned.verdict.text;
  EXPECT_THAT(cleaned.batches, ElementsAre(log[1], log[2]));
  EXPECT_EQ(cleaned.map_end_offset, 3);
  EXPECT_EQ(cleaned.totals.messages_read, 3u);
  EXPECT_EQ(cleaned.totals.messages_written, 2u);
  EXPECT_EQ(cleaned.totals.bytes_read, 3 * log[0].size());
  EXPECT_EQ(cleaned.totals.bytes_written, 2 * log[0].size());
  EXPECT_EQ(cleaned.totals.last_offset, 2);
}

TEST(Compaction, LaterRecordStaysWhenABatchHasAKeyTwice) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 5}, {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"b", "4"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 9, .options = at(kNow)});
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(7, 8));
}

TEST(Compaction, WhatNeedNotChangeIsTheSameMemory) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "1"}}),
                                  batch_of({.base_offset = 1}, {{"b", "2"}})};
  const wire::Slice source = slice_of(log);
  OffsetMap map(10);
  OffsetMapBuilder builder(map, {{}, 0}, 0);
  ASSERT_TRUE(builder.add(source).verdict.ok());
  CleanedTransactions transactions({}, 0);
  SegmentCleaner cleaner(map, transactions, at(kNow));
  const CleanedChunk chunk = cleaner.clean(source);
  EXPECT_EQ(chunk.bytes.data(), source.data());
  EXPECT_EQ(chunk.bytes.size(), source.size());
  ASSERT_EQ(chunk.batches.size(), 2u);
  EXPECT_EQ(chunk.batches[1].position, log[0].size());
  EXPECT_EQ(chunk.batches[1].size_bytes, log[1].size());
  EXPECT_EQ(chunk.batches[1].base_offset, 1);
}

TEST(Compaction, OnlyTheRecordsFromTheFirstDirtyOffsetOnSupersede) {
  // The dirty range starts inside the batch: its first record does not count for the map, so that
  // the older value of that key stays.
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "0"}, {"b", "0"}}),
                                  batch_of({.base_offset = 2}, {{"a", "1"}, {"b", "1"}})};
  const Cleaned cleaned =
      clean(log, {.first_dirty_offset = 3, .end_offset = 4, .options = at(kNow)});
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(0, 2, 3));
}

TEST(Compaction, DropsRecordsWithoutAKey) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0}, {{"a", "1"}, {std::nullopt, "2"}, {"", "3"}}),
      batch_of({.base_offset = 3}, {{std::nullopt, "4"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 4, .options = at(kNow)});
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(0, 2)) << "an empty key is a key";
  EXPECT_EQ(cleaned.totals.messages_without_key, 2u);
}

TEST(Compaction, AFullMapEndsTheRangeAndKeepsWhatLiesAbove) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0}, {{"a", "0"}, {"b", "0"}}),
      batch_of({.base_offset = 2}, {{"a", "1"}, {"c", "1"}, {"b", "1"}}),
      batch_of({.base_offset = 5}, {{std::nullopt, "2"}, {"a", "2"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 7, .map_entries = 3, .options = at(kNow)});
  // The third key fills the map at offset 3; b at 4 and all that follows is as yet unknown.
  EXPECT_EQ(cleaned.map_end_offset, 4);
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(cleaned.batches[1], log[1]);
  EXPECT_EQ(cleaned.batches[2], log[2]);
  // The next round goes on from there.
  const Cleaned next =
      clean(cleaned.batches, {.first_dirty_offset = 4, .end_offset = 7, .options = at(kNow)});
  EXPECT_THAT(offsets_in(next.batches), ElementsAre(3, 4, 6));
}

// Either part of a round reads them: the dirty part for the map, all of it for the new segment.
TEST(Compaction, KeepsToTheLimitOnCompressedRecords) {
  const std::vector<Bytes> log = {batch_of(
      {.base_offset = 0, .compression = codec::CompressionType::kGzip}, {{"a", "long enough"}})};
  const codec::RecordReaderOptions limit{.max_decompressed_message_bytes = 10};
  OffsetMap map(10);
  EXPECT_EQ(OffsetMapBuilder(map, {{}, 0}, 0, limit).add(slice_of(log)).verdict.error,
            wire::ErrorCode::kInvalidRecord);
  const Cleaned cleaned = clean(log, {.end_offset = 1, .options = {.reading = limit}});
  EXPECT_EQ(cleaned.verdict.error, wire::ErrorCode::kInvalidRecord);
  EXPECT_TRUE(clean(log, {.end_offset = 1}).verdict.ok());
}

TEST(Compaction, TheMapEndsWhereTheSegmentDoes) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "0"}})};
  EXPECT_EQ(clean(log, {.end_offset = 40}).map_end_offset, 40) << "a gap in the offsets";
  OffsetMap map(1);
  OffsetMapBuilder builder(map, {{}, 0}, 0);
  ASSERT_TRUE(builder.add(slice_of(log)).verdict.ok());
  EXPECT_FALSE(builder.is_full()) << "it took all there was";
}

// ---- How batches are rebuilt

TEST(Compaction, ARebuiltBatchKeepsItsOffsetsAndItsProducer) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 10,
                                            .partition_leader_epoch = 3,
                                            .transactional = true,
                                            .producer_id = 7000,
                                            .producer_epoch = 2,
                                            .base_sequence = 2147483646},
                                           {{"a", "0", 1000},
                                            {"b", "0", 1009},
                                            {"c", "0", 1005},
                                            {"a", "1", 1007},
                                            {"b", "1", 1003}}),
                                  marker_of(15, ControlType::kCommit, 7000, 2),
                                  batch_of({.base_offset = 16}, {{"b", "2"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 17, .options = at(kNow)});
  ASSERT_EQ(cleaned.batches.size(), 3u);
  const BatchView batch(cleaned.batches[0]);
  EXPECT_EQ(batch.base_offset(), 10);
  EXPECT_EQ(batch.last_offset_delta(), 4) << "though the last record went";
  EXPECT_EQ(batch.partition_leader_epoch(), 3);
  EXPECT_EQ(batch.producer_id(), 7000);
  EXPECT_EQ(batch.producer_epoch(), 2);
  EXPECT_EQ(batch.base_sequence(), 2147483646);
  EXPECT_EQ(batch.last_sequence(), 2);
  EXPECT_EQ(batch.attributes(), codec::kTransactionalBit);
  EXPECT_EQ(batch.base_timestamp(), 1005) << "of the first record that is left";
  EXPECT_EQ(batch.max_timestamp(), 1007) << "of the records that are left";
  EXPECT_EQ(batch.record_count(), 2);
  EXPECT_TRUE(batch.has_valid_crc());
  EXPECT_THAT(records_in(cleaned.batches[0]),
              ElementsAre(ReadRecord{12, 1005, "c", "0"}, ReadRecord{13, 1007, "a", "1"}));
  EXPECT_EQ(cleaned.totals.max_timestamp, 1007);
  EXPECT_EQ(cleaned.totals.max_timestamp_offset, 14);
}

TEST(Compaction, HeadersStay) {
  codec::RecordBatchBuilder builder({.base_offset = 0});
  builder.add({.timestamp = 1, .key = "a", .value = "1"});
  builder.add({.timestamp = 2, .key = "b", .value = "2", .headers = {{"x", "y"}, {"z"}}});
  const Cleaned cleaned = clean({builder.build(), batch_of({.base_offset = 2}, {{"a", "2"}})},
                                {.end_offset = 3, .options = at(kNow)});
  codec::RecordReader reader{BatchView(cleaned.batches[0])};
  const codec::RecordView* record = reader.next();
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->key, "b");
  const std::vector<codec::RecordHeader> headers = record->headers.to_vector();
  ASSERT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers[0].key, "x");
  EXPECT_EQ(headers[0].value, "y");
  EXPECT_EQ(headers[1].value, std::nullopt);
}

TEST(Compaction, ARebuiltBatchKeepsItsLogAppendTime) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0,
                                            .timestamp_type = codec::TimestampType::kLogAppendTime,
                                            .max_timestamp = 9000},
                                           {{"a", "0", 1}, {"b", "0", 2}, {"a", "1", 3}})};
  const Cleaned cleaned = clean(log, {.end_offset = 3, .options = at(kNow)});
  const BatchView batch(cleaned.batches[0]);
  EXPECT_EQ(batch.timestamp_type(), codec::TimestampType::kLogAppendTime);
  EXPECT_EQ(batch.max_timestamp(), 9000);
  EXPECT_EQ(batch.base_timestamp(), 9000);
  EXPECT_THAT(records_in(cleaned.batches[0]),
              ElementsAre(ReadRecord{1, 9000, "b", "0"}, ReadRecord{2, 9000, "a", "1"}));
}

class CompactionOfCodec : public testing::TestWithParam<codec::CompressionType> {};

TEST_P(CompactionOfCodec, StaysCompressed) {
  const std::string large(3000, 'v');
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0, .compression = GetParam()}, {{"a", large}, {"b", "2"}}),
      batch_of({.base_offset = 2, .compression = GetParam()},
               {{"b", large}, {"c", large}, {"d", std::nullopt}}),
      batch_of({.base_offset = 5, .compression = GetParam()}, {{"c", "5"}, {"c", "6"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 7, .options = at(kNow)});
  ASSERT_TRUE(cleaned.verdict.ok()) << cleaned.verdict.text;
  ASSERT_EQ(cleaned.batches.size(), 3u);
  for (const Bytes& batch : cleaned.batches) {
    EXPECT_EQ(BatchView(batch).compression(), GetParam());
    EXPECT_TRUE(BatchView(batch).has_valid_crc());
  }
  EXPECT_THAT(records_in(cleaned.batches[0]), ElementsAre(ReadRecord{0, 1000, "a", large}));
  EXPECT_THAT(records_in(cleaned.batches[1]),
              ElementsAre(ReadRecord{2, 1000, "b", large}, ReadRecord{4, 1000, "d", std::nullopt}));
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(0, 2, 4, 6));
  EXPECT_EQ(BatchView(cleaned.batches[1]).base_timestamp(), kNow + kDeleteRetention);
}

INSTANTIATE_TEST_SUITE_P(Codecs, CompactionOfCodec,
                         testing::Values(codec::CompressionType::kGzip,
                                         codec::CompressionType::kSnappy,
                                         codec::CompressionType::kLz4,
                                         codec::CompressionType::kZstd),
                         [](const auto& info) { return std::string(name_of(info.param)); });

// ---- Tombstones

TEST(Compaction, ATombstoneGetsAHorizonFirstAndGoesWhenItIsOver) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0}, {{"a", "1", 1000}, {"b", "1", 1001}}),
      batch_of({.base_offset = 2}, {{"a", std::nullopt, 1002}, {"c", "1", 1003}})};
  const Cleaned first = clean(log, {.end_offset = 4, .options = at(kNow)});
  ASSERT_EQ(first.batches.size(), 2u);
  const BatchView batch(first.batches[1]);
  EXPECT_TRUE(batch.has_delete_horizon());
  EXPECT_EQ(batch.base_timestamp(), kNow + kDeleteRetention);
  EXPECT_EQ(batch.max_timestamp(), 1003);
  EXPECT_THAT(records_in(first.batches[1]),
              ElementsAre(ReadRecord{2, 1002, "a", std::nullopt}, ReadRecord{3, 1003, "c", "1"}));

  // While the horizon lies ahead nothing changes, not even the horizon.
  const Cleaned early =
      clean(first.batches,
            {.first_dirty_offset = 4, .end_offset = 4, .options = at(kNow + kDeleteRetention - 1)});
  EXPECT_EQ(early.batches, first.batches);

  const Cleaned late =
      clean(first.batches,
            {.first_dirty_offset = 4, .end_offset = 4, .options = at(kNow + kDeleteRetention)});
  ASSERT_EQ(late.batches.size(), 2u);
  EXPECT_THAT(records_in(late.batches[1]), ElementsAre(ReadRecord{3, 1003, "c", "1"}));
  EXPECT_EQ(BatchView(late.batches[1]).base_timestamp(), kNow + kDeleteRetention)
      << "the horizon stays with the batch";
  EXPECT_TRUE(BatchView(late.batches[1]).has_delete_horizon());
}

TEST(Compaction, ASupersededTombstoneGoesAtOnce) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", std::nullopt}}),
                                  batch_of({.base_offset = 1}, {{"a", "1"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 2, .options = at(kNow)});
  EXPECT_THAT(cleaned.batches, ElementsAre(log[1]));
}

TEST(Compaction, ATombstoneAboveTheMapGetsAHorizonToo) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "1"}}),
                                  batch_of({.base_offset = 1}, {{"b", std::nullopt}})};
  const Cleaned cleaned = clean(log, {.end_offset = 2, .map_entries = 1, .options = at(kNow)});
  EXPECT_EQ(cleaned.map_end_offset, 1);
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(0, 1));
  EXPECT_TRUE(BatchView(cleaned.batches[1]).has_delete_horizon());
  // Nor does it go while it lies there, however late it is.
  const Cleaned later =
      clean(cleaned.batches, {.end_offset = 2, .map_entries = 1, .options = at(kNow * 2)});
  EXPECT_EQ(later.batches, cleaned.batches);
}

TEST(Compaction, ARetentionThatOverflowsSetsNoHorizon) {
  CleaningOptions options = at(kNow);
  options.delete_retention_ms = std::numeric_limits<std::int64_t>::max();
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", std::nullopt}})};
  const Cleaned cleaned = clean(log, {.end_offset = 1, .options = options});
  ASSERT_EQ(cleaned.batches.size(), 1u);
  EXPECT_FALSE(BatchView(cleaned.batches[0]).has_delete_horizon());
  EXPECT_EQ(BatchView(cleaned.batches[0]).base_timestamp(), 1000);
}

// ---- Transactions

constexpr std::int64_t kProducer = 7000;

codec::BatchFields transactional(std::int64_t base_offset) {
  return {.base_offset = base_offset,
          .partition_leader_epoch = 3,
          .transactional = true,
          .producer_id = kProducer,
          .producer_epoch = 0,
          .base_sequence = 0};
}

TEST(Compaction, DropsDataOfAbortedTransactions) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0}, {{"a", "old"}}),
      batch_of(transactional(1), {{"a", "aborted"}}),
      batch_of(
          {.base_offset = 2, .producer_id = kProducer, .producer_epoch = 0, .base_sequence = 5},
          {{"b", "not transactional"}}),
      marker_of(3, ControlType::kAbort, kProducer),
      batch_of(transactional(4), {{"c", "committed"}}),
      marker_of(5, ControlType::kCommit, kProducer)};
  const AbortedTransaction aborted{kProducer, 1, 3, 4};
  const Cleaned first = clean(log, {.end_offset = 6, .options = at(kNow), .aborted = {aborted}});
  ASSERT_TRUE(first.verdict.ok());
  // The aborted value superseded nothing. Both markers still had data.
  EXPECT_THAT(first.batches, ElementsAre(log[0], log[2], log[3], log[4], log[5]));
  EXPECT_THAT(first.kept_aborted, ElementsAre(aborted));
}

TEST(Compaction, AnAbortMarkerGetsAHorizonOnceItsDataIsGoneAndGoesWhenItIsOver) {
  const std::vector<Bytes> log = {batch_of(transactional(0), {{"a", "aborted"}}),
                                  marker_of(1, ControlType::kAbort, kProducer),
                                  batch_of({.base_offset = 2}, {{"b", "1"}})};
  const Cleaned first =
      clean(log, {.end_offset = 3, .options = at(kNow), .aborted = {{kProducer, 0, 1, 2}}});
  EXPECT_THAT(first.batches, ElementsAre(log[1], log[2]));
  EXPECT_EQ(first.kept_aborted.size(), 1u);

  const Cleaned second = clean(first.batches, {.first_dirty_offset = 3,
                                               .end_offset = 3,
                                               .options = at(kNow),
                                               .aborted = first.kept_aborted});
  ASSERT_EQ(second.batches.size(), 2u);
  const BatchView marker(second.batches[0]);
  EXPECT_TRUE(marker.is_control());
  EXPECT_TRUE(marker.is_transactional());
  EXPECT_EQ(marker.base_offset(), 1);
  EXPECT_EQ(marker.base_timestamp(), kNow + kDeleteRetention);
  EXPECT_EQ(marker.max_timestamp(), 1000);
  EXPECT_EQ(records_in(second.batches[0])[0].timestamp, 1000);
  EXPECT_THAT(second.kept_aborted, IsEmpty());

  const Cleaned early =
      clean(second.batches,
            {.first_dirty_offset = 3, .end_offset = 3, .options = at(kNow + kDeleteRetention - 1)});
  EXPECT_EQ(early.batches, second.batches);
  const Cleaned late =
      clean(second.batches,
            {.first_dirty_offset = 3, .end_offset = 3, .options = at(kNow + kDeleteRetention)});
  EXPECT_THAT(late.batches, ElementsAre(log[2]));
}

TEST(Compaction, ACommitMarkerStaysWhileItsTransactionHasData) {
  const std::vector<Bytes> log = {batch_of(transactional(0), {{"a", "1"}}),
                                  marker_of(1, ControlType::kCommit, kProducer),
                                  batch_of({.base_offset = 2}, {{"b", "1"}})};
  const Cleaned again = clean(log, {.end_offset = 3, .options = at(kNow)});
  EXPECT_EQ(again.batches, log);

  std::vector<Bytes> superseded = log;
  superseded.push_back(batch_of({.base_offset = 3}, {{"a", "2"}}));
  const Cleaned first = clean(superseded, {.end_offset = 4, .options = at(kNow)});
  EXPECT_THAT(first.batches, ElementsAre(log[1], log[2], superseded[3]))
      << "this round still saw the data";
  const Cleaned second =
      clean(first.batches, {.first_dirty_offset = 4, .end_offset = 4, .options = at(kNow)});
  EXPECT_TRUE(BatchView(second.batches[0]).has_delete_horizon());
  const Cleaned third =
      clean(second.batches,
            {.first_dirty_offset = 4, .end_offset = 4, .options = at(kNow + kDeleteRetention)});
  EXPECT_THAT(third.batches, ElementsAre(log[2], superseded[3]));
}

TEST(Compaction, TheDataOfATransactionHoldsOnlyItsOwnMarker) {
  const std::vector<Bytes> log = {batch_of(transactional(0), {{"a", "1"}}),
                                  marker_of(1, ControlType::kCommit, kProducer),
                                  marker_of(2, ControlType::kCommit, kProducer)};
  const Cleaned cleaned = clean(log, {.end_offset = 3, .options = at(kNow)});
  ASSERT_EQ(cleaned.batches.size(), 3u);
  EXPECT_EQ(cleaned.batches[1], log[1]);
  EXPECT_TRUE(BatchView(cleaned.batches[2]).has_delete_horizon());
}

TEST(Compaction, ATransactionThatEndedBeforeTheDirtyRangeAbortsNothingInIt) {
  const std::vector<Bytes> log = {
      marker_of(1, ControlType::kAbort, kProducer), batch_of({.base_offset = 2}, {{"a", "old"}}),
      batch_of(transactional(3), {{"a", "new"}}), marker_of(4, ControlType::kCommit, kProducer)};
  OffsetMap map(10);
  OffsetMapBuilder builder(map, {{{kProducer, 0, 1, 2}}, 2}, 2);
  ASSERT_TRUE(builder.add(slice_of({log[1], log[2], log[3]})).verdict.ok());
  EXPECT_EQ(map.find("a"), 3);
}

TEST(Compaction, OtherControlRecordsStay) {
  Bytes leader_change = marker_of(0, ControlType::kCommit, -1, -1);
  codec::RecordBatchBuilder builder({.base_offset = 0, .control = true});
  builder.add({.timestamp = 1, .key = std::string_view("\0\0\0\2", 4), .value = "x"});
  leader_change = builder.build();
  const Cleaned cleaned = clean({leader_change}, {.end_offset = 1, .options = at(kNow)});
  EXPECT_THAT(cleaned.batches, ElementsAre(leader_change));
}

// ---- Batches of active producers

TEST(Compaction, TheLastBatchOfAnActiveProducerStaysEmpty) {
  // The golden bytes of the specification, made from the batch that they were made from.
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 10,
                .partition_leader_epoch = 3,
                .compression = codec::CompressionType::kGzip,
                .producer_id = 7000,
                .producer_epoch = 0,
                .base_sequence = 10},
               {{"a", "0", 1700000000000},
                {"b", "0", 1700000000123},
                {"c", "0", 1700000000002},
                {"d", "0", 1700000000003},
                {"e", "0", 1700000000004}}),
      batch_of({.base_offset = 15}, {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}})};
  const Bytes golden = {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x00,
                        0x31, 0x00, 0x00, 0x00, 0x03, 0x02, 0xe3, 0x2f, 0x09, 0x61, 0x00,
                        0x00, 0x00, 0x00, 0x00, 0x04, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                        0xff, 0xff, 0x00, 0x00, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x7b, 0x00,
                        0x00, 0x00, 0x00, 0x00, 0x00, 0x1b, 0x58, 0x00, 0x00, 0x00, 0x00,
                        0x00, 0x0a, 0x00, 0x00, 0x00, 0x00};
  const Cleaned kept = clean(
      log,
      {.end_offset = 20, .options = active(7000, {.last_data_offset = 14, .producer_epoch = 0})});
  EXPECT_THAT(kept.batches, ElementsAre(golden, log[1]));
  EXPECT_EQ(kept.totals.max_timestamp, 1700000000123);
  EXPECT_EQ(kept.totals.max_timestamp_offset, 14);
  EXPECT_EQ(kept.totals.messages_written, 5u);

  // Empty it stays as long as the producer is active and has written nothing newer.
  const Cleaned again =
      clean(kept.batches, {.first_dirty_offset = 20,
                           .end_offset = 20,
                           .options = active(7000, {.last_data_offset = 14, .producer_epoch = 0})});
  EXPECT_EQ(again.batches, kept.batches);
  for (const CleaningOptions& options :
       {at(kNow), active(7001, {.last_data_offset = 14, .producer_epoch = 0}),
        active(7000, {.last_data_offset = 30, .producer_epoch = 0}),
        active(7000, {.producer_epoch = 0})}) {
    EXPECT_THAT(clean(log, {.end_offset = 20, .options = options}).batches, ElementsAre(log[1]));
    EXPECT_THAT(
        clean(kept.batches, {.first_dirty_offset = 20, .end_offset = 20, .options = options})
            .batches,
        ElementsAre(log[1]));
  }
}

TEST(Compaction, ABatchWithRecordsLeftIsNotEmptiedForItsProducer) {
  const std::vector<Bytes> log = {
      batch_of({.base_offset = 0, .producer_id = 7000, .producer_epoch = 0, .base_sequence = 0},
               {{"a", "0"}, {"b", "0"}}),
      batch_of({.base_offset = 2}, {{"a", "1"}})};
  const Cleaned cleaned = clean(
      log,
      {.end_offset = 3, .options = active(7000, {.last_data_offset = 1, .producer_epoch = 0})});
  EXPECT_THAT(offsets_in(cleaned.batches), ElementsAre(1, 2));
}

TEST(Compaction, AnAbortedBatchOfAnActiveProducerStaysEmptyAndHoldsItsMarker) {
  const std::vector<Bytes> log = {batch_of(transactional(0), {{"a", "aborted"}}),
                                  marker_of(1, ControlType::kAbort, kProducer)};
  const CleaningOptions options = active(kProducer, {.last_data_offset = 0, .producer_epoch = 0});
  const std::vector<AbortedTransaction> aborted = {{kProducer, 0, 1, 2}};
  const Cleaned first = clean(log, {.end_offset = 2, .options = options, .aborted = aborted});
  ASSERT_EQ(first.batches.size(), 2u);
  EXPECT_EQ(BatchView(first.batches[0]).record_count(), 0);
  EXPECT_EQ(BatchView(first.batches[0]).attributes(), codec::kTransactionalBit);
  EXPECT_EQ(first.batches[1], log[1]);
  const Cleaned second = clean(first.batches, {.first_dirty_offset = 2,
                                               .end_offset = 2,
                                               .options = options,
                                               .aborted = first.kept_aborted});
  EXPECT_EQ(second.batches, first.batches);
  EXPECT_EQ(second.kept_aborted, aborted);
}

TEST(Compaction, AMarkerStaysForTheEpochOfAProducerWithoutData) {
  CleaningOptions options = active(kProducer, {.producer_epoch = 1});
  const std::vector<Bytes> log = {marker_of(0, ControlType::kAbort, kProducer, 0),
                                  marker_of(1, ControlType::kAbort, kProducer, 1),
                                  batch_of({.base_offset = 2}, {{"a", "1"}})};
  const Cleaned first = clean(log, {.end_offset = 3, .options = options});
  EXPECT_THAT(offsets_in(first.batches), ElementsAre(0, 1, 2));
  options.now_ms = kNow + kDeleteRetention;
  const Cleaned second =
      clean(first.batches, {.first_dirty_offset = 3, .end_offset = 3, .options = options});
  ASSERT_EQ(second.batches.size(), 2u);
  const BatchView marker(second.batches[0]);
  EXPECT_EQ(marker.base_offset(), 1);
  EXPECT_EQ(marker.record_count(), 0) << "only its header says something";
  EXPECT_EQ(marker.attributes(), codec::kTransactionalBit | codec::kControlBit);
  EXPECT_EQ(marker.producer_epoch(), 1);
  // Empty it stays, and goes with the producer.
  const Cleaned third =
      clean(second.batches, {.first_dirty_offset = 3, .end_offset = 3, .options = options});
  EXPECT_EQ(third.batches, second.batches);
  EXPECT_THAT(clean(second.batches, {.first_dirty_offset = 3, .end_offset = 3, .options = at(kNow)})
                  .batches,
              ElementsAre(log[2]));
}

TEST(Compaction, TheBatchBeforeTheRoundsEndStaysEmpty) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "0"}, {"b", "0"}}),
                                  batch_of({.base_offset = 2}, {{std::nullopt, "0"}})};
  CleaningOptions options = at(kNow);
  options.kept_end_offset = 3;
  const Cleaned cleaned = clean(log, {.end_offset = 3, .options = options});
  ASSERT_EQ(cleaned.batches.size(), 2u);
  const BatchView last(cleaned.batches[1]);
  EXPECT_EQ(last.base_offset(), 2);
  EXPECT_EQ(last.record_count(), 0);
  EXPECT_EQ(last.size_bytes(), codec::kBatchHeaderSize);
  EXPECT_EQ(last.max_timestamp(), 1000);
  EXPECT_EQ(last.base_timestamp(), -1);
  EXPECT_EQ(cleaned.totals.last_offset, 2);
  options.kept_end_offset = 4;
  EXPECT_THAT(clean(log, {.end_offset = 3, .options = options}).batches, ElementsAre(log[0]));
}

TEST(Compaction, TheLastRecordOfAnEntryIsItsNewestBatch) {
  ProducerEntry entry{.epoch = 4};
  EXPECT_EQ(last_record_of(entry).last_data_offset, std::nullopt);
  EXPECT_EQ(last_record_of(entry).producer_epoch, 4);
  entry.batches.push({.last_offset = 8});
  entry.batches.push({.last_offset = 12});
  EXPECT_EQ(last_record_of(entry).last_data_offset, 12);
}

// ---- Pieces and damage

TEST(Compaction, TakesWholeBatchesAndLeavesTheRest) {
  const std::vector<Bytes> log = {batch_of({.base_offset = 0}, {{"a", "0"}}),
                                  batch_of({.base_offset = 1}, {{"b", "0"}}),
                                  batch_of({.base_offset = 2}, {{"a", "1"}})};
  const wire::Slice whole = slice_of(log);
  OffsetMap map(10);
  OffsetMapBuilder builder(map, {{}, 0}, 0);
  CleanedTransactions transactions({}, 0);
  SegmentCleaner cleaner(map, transactions, at(kNow));
  const std::size_t two = log[0].size() + log[1].size();
  EXPECT_EQ(builder.add(whole.sub(0, 5)).bytes_used, 0u);
  EXPECT_EQ(builder.add(whole.sub(0, two + 30)).bytes_used, two);
  EXPECT_EQ(map.latest_offset(), 1);
  EXPECT_EQ(builder.add(whole.sub(two, log[2].size())).bytes_used, log[2].size());

  const CleanedChunk nothing = cleaner.clean(whole.sub(0, 5));
  EXPECT_TRUE(nothing.verdict.ok());
  EXPECT_EQ(nothing.bytes_used, 0u);
  EXPECT_TRUE(nothing.bytes.empty());
  const CleanedChunk first = cleaner.clean(whole.sub(0, two + 30));
  EXPECT_EQ(first.bytes_used, two);
  EXPECT_THAT(batches_in(first.bytes), ElementsAre(log[1]));
  EXPECT_EQ(first.batches[0].position, 0u);
  const CleanedChunk second = cleaner.clean(whole.sub(two, log[2].size()));
  EXPECT_THAT(batches_in(second.bytes), ElementsAre(log[2]));
  EXPECT_EQ(cleaner.totals().messages_read, 3u);
}

// ---- The formats before magic 2: what Apache Kafka 4.4 makes of them

Bytes old_message(codec::OldMessageFields fields, std::string_view key,
                  std::optional<std::string_view> value = "v") {
  fields.key = key;
  fields.value = value;
  return codec::build_old_message(fields);
}

TEST(Compaction, OldMessagesBecomeBatchesOfMagic2) {
  const std::vector<Bytes> log = {old_message({.magic = 0, .offset = 0}, "a"),
                                  old_message({.offset = 1, .timestamp = 1500}, "a"),
                                  old_message({.offset = 2, .timestamp = 1600}, "b"),
                                  batch_of({.base_offset = 3}, {{"c", "4"}})};
  const Cleaned cleaned = clean(log, {.end_offset = 4, .options = at(kNow)});
  ASSERT_TRUE(cleaned.verdict.ok()) << cleaned.verdict.text;
  EXPECT_THAT(cleaned.batches,
              ElementsAre(batch_of({.base_offset = 1}, {{"a", "v", 1500}}),
                          batch_of({.base_offset = 2}, {{"b", "v", 1600}}), log[3]));
  EXPECT_EQ(cleaned.totals.messages_read, 4u);
  EXPECT_EQ(cleaned.totals.messages_written, 3u);
}

TEST(Compaction, CompressedOldMessagesKeepTheirCodecAndTheirOffsets) {
  Bytes inner;
  for (const auto& [offset, key] : {std::pair{0, "a"}, {3, "a"}, {9, "b"}}) {
    const Bytes one = old_message({.offset = offset, .timestamp = 1000 + offset}, key);
    inner.insert(inner.end(), one.begin(), one.end());
  }
  const auto compressed = codec::compress(codec::CompressionType::kLz4, inner);
  const std::vector<Bytes> log = {
      codec::build_old_message({.offset = 20,
                                .timestamp = 1009,
                                .compression = codec::CompressionType::kLz4,
                                .value = codec::text_of(compressed)})};
  const Cleaned cleaned = clean(log, {.end_offset = 21, .options = at(kNow)});
  ASSERT_EQ(cleaned.batches.size(), 1u);
  const BatchView batch(cleaned.batches[0]);
  EXPECT_EQ(batch.compression(), codec::CompressionType::kLz4);
  EXPECT_EQ(batch.base_offset(), 14) << "the first that is kept";
  EXPECT_EQ(batch.last_offset(), 20);
  EXPECT_EQ(batch.partition_leader_epoch(), -1);
  EXPECT_THAT(records_in(cleaned.batches[0]),
              ElementsAre(ReadRecord{14, 1003, "a", "v"}, ReadRecord{20, 1009, "b", "v"}));
}

TEST(Compaction, AnOldTombstoneGetsAHorizonToo) {
  const std::vector<Bytes> log = {old_message({.offset = 0, .timestamp = 1500}, "a", std::nullopt)};
  const Cleaned cleaned = clean(log, {.end_offset = 1, .options = at(kNow)});
  ASSERT_EQ(cleaned.batches.size(), 1u);
  EXPECT_TRUE(BatchView(cleaned.batches[0]).has_delete_horizon());
  EXPECT_EQ(BatchView(cleaned.batches[0]).base_timestamp(), kNow + kDeleteRetention);
}

TEST(Compaction, OldMessagesWithTheBrokersTimeKeepIt) {
  const std::vector<Bytes> log = {old_message(
      {.offset = 0, .timestamp = 1700, .timestamp_type = codec::TimestampType::kLogAppendTime},
      "a")};
  const Cleaned cleaned = clean(log, {.end_offset = 1, .options = at(kNow)});
  ASSERT_EQ(cleaned.batches.size(), 1u);
  EXPECT_EQ(BatchView(cleaned.batches[0]).timestamp_type(), codec::TimestampType::kLogAppendTime);
  EXPECT_EQ(BatchView(cleaned.batches[0]).max_timestamp(), 1700);
}

TEST(Compaction, RefusesDamagedOldMessages) {
  const Bytes sound = old_message({.offset = 0}, "a");
  Bytes wrong = old_message({.offset = 1}, "b");
  wrong.back() ^= 1;
  EXPECT_EQ(clean({sound, wrong}, {.end_offset = 2}).verdict.error, ErrorCode::kCorruptMessage);
  EXPECT_EQ(clean({sound, sound}, {.end_offset = 2}).verdict.error, ErrorCode::kCorruptMessage);
  const Bytes empty = codec::build_old_message(
      {.offset = 1, .compression = codec::CompressionType::kGzip, .value = ""});
  EXPECT_FALSE(clean({sound, empty}, {.end_offset = 2}).verdict.ok());
}

TEST(Compaction, RefusesAnOldMessageThatBeginsBeforeTheOneBeforeItEnds) {
  Bytes inner = old_message({.offset = 0}, "a");
  const Bytes last = old_message({.offset = 2}, "b");
  inner.insert(inner.end(), last.begin(), last.end());
  inner = codec::compress(codec::CompressionType::kGzip, inner);
  const codec::OldMessageFields fields = {.offset = 6,
                                          .compression = codec::CompressionType::kGzip};
  const Bytes message = old_message(fields, {}, codec::text_of(inner));  // 4 to 6
  const Bytes before = batch_of({.base_offset = 3}, {{"c", "0"}});
  const Bytes overlapping = batch_of({.base_offset = 4}, {{"c", "0"}});
  EXPECT_TRUE(clean({before, message}, {.end_offset = 7}).verdict.ok());
  EXPECT_FALSE(clean({overlapping, message}, {.end_offset = 7}).verdict.ok());
}

TEST(Compaction, RefusesDamagedBatches) {
  const std::vector<Bytes> sound = {batch_of({.base_offset = 0}, {{"a", "0"}, {"b", "0"}}),
                                    batch_of({.base_offset = 2}, {{"a", "1"}})};
  std::vector<std::vector<Bytes>> damaged(6, sound);
  damaged[0][0].back() ^= 1;                                  // a value
  damaged[1][0][16] = 3;                                      // the magic
  damaged[2][0][16] = 1;                                      // an older one
  codec::MutableBatchView(damaged[3][1]).set_base_offset(1);  // overlaps the one before
  codec::MutableBatchView(damaged[4][0]).set_base_offset(-5);
  codec::MutableBatchView(damaged[5][0]).set_batch_length(3);
  for (std::size_t i = 0; i < damaged.size(); ++i) {
    const Cleaned cleaned = clean(damaged[i], {.end_offset = 3, .options = at(kNow)});
    EXPECT_EQ(cleaned.verdict.error, ErrorCode::kCorruptMessage) << i;
    // Nor does the second step take what the first did not see.
    OffsetMap map(10);
    CleanedTransactions transactions({}, 0);
    SegmentCleaner cleaner(map, transactions, at(kNow));
    EXPECT_EQ(cleaner.clean(slice_of(damaged[i])).verdict.error, ErrorCode::kCorruptMessage) << i;
  }
}

TEST(Compaction, RefusesRecordsThatDoNotFitTheirBatch) {
  codec::RecordBatchBuilder outside({.base_offset = 0, .last_offset_delta = 1});
  outside.add({.timestamp = 1, .key = "a", .value = "1"}, 2);
  EXPECT_EQ(clean({outside.build()}, {.end_offset = 3}).verdict.error, ErrorCode::kCorruptMessage);
  const Bytes too_few = batch_of({.base_offset = 0, .record_count = 3}, {{"a", "1"}, {"b", "1"}});
  EXPECT_EQ(clean({too_few}, {.end_offset = 3}).verdict.error, ErrorCode::kInvalidRecord);
  codec::RecordBatchBuilder short_key({.base_offset = 0, .control = true});
  short_key.add({.timestamp = 1, .key = "ab", .value = "1"});
  EXPECT_EQ(clean({short_key.build()}, {.end_offset = 1}).verdict.error, ErrorCode::kInvalidRecord);
}

}  // namespace
}  // namespace understudy::broker
