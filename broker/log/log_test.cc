#include "broker/log/log.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/log/files.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;

class LogTest : public ::testing::Test {
 protected:
  // Appends a batch as Partition would: stamped with its offset. Returns the offset.
  std::int64_t append(const TestBatch& test) { return append(make_batch(test)); }
  std::int64_t append(const wire::Slice& batch) {
    codec::MutableBatchView view({batch.mutable_data(), batch.size()});
    const std::int64_t base_offset = log.end_offset();
    view.set_base_offset(base_offset);
    view.set_partition_leader_epoch(3);
    log.maybe_roll(config, {batch.size(), view.last_offset(), view.max_timestamp()});
    EXPECT_TRUE(log.append(batch, view.last_offset(), view.max_timestamp(), config));
    return base_offset;
  }

  std::size_t batch_size(const TestBatch& test) { return make_batch(test).size(); }

  wire::Slice read(std::int64_t offset, std::int64_t max_bytes, bool at_least_one = false) {
    const auto bytes = log.read({.fetch_offset = offset,
                                 .max_bytes = max_bytes,
                                 .upper_offset = log.end_offset(),
                                 .at_least_one_batch = at_least_one});
    EXPECT_TRUE(bytes.has_value());
    return *bytes;
  }

  static std::int64_t base_offset_of(const wire::Slice& bytes) {
    return codec::BatchView(codec::view_of(bytes)).base_offset();
  }

  ManualClock clock{kNow};
  MemoryStorage storage;
  TopicConfig config;
  Timers timers;
  LogEnvironment environment{storage, clock, timers};
  Log log{environment, "t-0"};
};

TEST_F(LogTest, ReadsFromTheBatchThatHoldsTheOffset) {
  append({.records = 10});
  append({.records = 5});
  EXPECT_EQ(log.end_offset(), 15);
  EXPECT_EQ(base_offset_of(read(7, 1 << 20)), 0);
  EXPECT_EQ(base_offset_of(read(10, 1 << 20)), 10);
  EXPECT_TRUE(read(15, 1 << 20).empty());
}

TEST_F(LogTest, CutsAtTheByteLimitEvenInsideABatch) {
  const std::size_t size = batch_size({.value_bytes = 700});
  append({.value_bytes = 700});
  append({.value_bytes = 700});
  EXPECT_EQ(read(0, 1000).size(), 1000u);
  EXPECT_EQ(read(0, 1 << 20).size(), 2 * size);
}

TEST_F(LogTest, AFirstBatchThatDoesNotFitComesWholeOrNotAtAll) {
  const std::size_t size = batch_size({.value_bytes = 5000});
  append({.value_bytes = 5000});
  EXPECT_TRUE(read(0, 100).empty());
  EXPECT_EQ(read(0, 100, true).size(), size);
}

TEST_F(LogTest, ReadsNothingAboveTheUpperOffset) {
  append({.records = 2});
  append({.records = 2});
  const auto bytes = log.read({.fetch_offset = 0, .max_bytes = 1 << 20, .upper_offset = 2});
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->size(), batch_size({.records = 2}));
}

TEST_F(LogTest, FindsOffsetsInALongLog) {
  for (int i = 0; i < 1000; ++i) append({.records = 3, .value_bytes = 100});
  EXPECT_FALSE(log.segments().front().offset_index().empty());
  for (std::int64_t offset = 0; offset < 3000; offset += 7) {
    EXPECT_EQ(base_offset_of(read(offset, 1 << 20)), offset / 3 * 3) << offset;
  }
}

TEST_F(LogTest, RollsWhenTheSegmentIsFull) {
  config.segment_bytes = 200;
  append({.records = 5});
  append({.records = 5});
  ASSERT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(log.segments()[1].base_offset(), 5);
  EXPECT_EQ(base_offset_of(read(5, 1 << 20)), 5);
  EXPECT_EQ(read(0, 1 << 20).size(), batch_size({.records = 5})) << "a read ends with its segment";
}

TEST_F(LogTest, RollsByTheTimeOfTheRecords) {
  config.segment_ms = 1000;
  append({.timestamp_ms = kNow});
  append({.timestamp_ms = kNow + 1000});
  EXPECT_EQ(log.segments().size(), 1u);
  append({.timestamp_ms = kNow + 1001});
  EXPECT_EQ(log.segments().size(), 2u);
}

TEST_F(LogTest, JitterIsTakenOffTheAgeOfASegment) {
  config.segment_ms = 1'000'000'000;
  config.segment_jitter_ms = 1'000'000'000;
  append({.timestamp_ms = kNow});
  append({.timestamp_ms = kNow + 999'999'999});
  EXPECT_EQ(log.segments().size(), 2u) << "nothing was taken off";
  append({.timestamp_ms = kNow + 999'999'999});
  EXPECT_EQ(log.segments().size(), 2u) << "it is not the whole age";
}

TEST_F(LogTest, JitterIsAtMostTheAgeItself) {
  config.segment_ms = 1;
  config.segment_jitter_ms = std::numeric_limits<std::int64_t>::max();
  append({.timestamp_ms = kNow});
  append({.timestamp_ms = kNow});
  EXPECT_EQ(log.segments().size(), 1u);
}

// What is split off when the last segment has to be read again may have to go as well, or stay.
TEST_F(LogTest, TruncatesASegmentThatHasToBeSplit) {
  constexpr std::int64_t kFar = 8589934592;
  constexpr std::int64_t kNext = kFar + 8;
  const auto at = [](std::int64_t offset) {
    const auto bytes =
        codec::RecordBatchBuilder({.base_offset = offset}).add({.value = "v"}).build();
    return std::string(bytes.begin(), bytes.end());
  };
  const auto path = [](std::int64_t base) { return "t-0/" + offset_file_name(base, kLogSuffix); };
  for (const auto& [target, end_of_rest] :
       std::map<std::int64_t, std::int64_t>{{1, 0}, {kFar, kFar}, {kFar + 1, kFar + 1}}) {
    SCOPED_TRACE(target);
    ASSERT_TRUE(storage.remove("t-0"));
    ASSERT_TRUE(storage.replace(path(0), at(0) + at(kFar)));
    ASSERT_TRUE(storage.replace(path(kNext), at(kNext) + at(kNext + 1)));
    std::vector<Segment> segments;
    for (const std::int64_t base : {std::int64_t{0}, kNext}) {
      segments.push_back(*Segment::open(environment, "t-0", base));
    }
    log.adopt(std::move(segments), 0, kNext + 2);
    ASSERT_TRUE(log.truncate_to(target, config));
    EXPECT_EQ(log.end_offset(), target);
    EXPECT_EQ(storage.load(path(0)), at(0));
    EXPECT_EQ(storage.load(path(kFar)).has_value(), end_of_rest > 0);
    if (end_of_rest > 0) {
      EXPECT_EQ(storage.load(path(kFar)), end_of_rest > kFar ? at(kFar) : "");
    }
    append({.records = 1});
    EXPECT_EQ(base_offset_of(read(target, 1, true)), target);
  }
}

TEST_F(LogTest, ABatchWithoutTimestampBehindOneThatHasSomeDoesNotRoll) {
  config.segment_ms = 1;
  append({.timestamp_ms = 0});
  clock.advance(1000);
  append({.timestamp_ms = -1});
  EXPECT_EQ(log.segments().size(), 1u);
}

TEST_F(LogTest, ACompactedLogRollsAfterItsLargestCompactionLag) {
  config.max_compaction_lag_ms = 5;
  append({.timestamp_ms = kNow});
  append({.timestamp_ms = kNow + 6});
  EXPECT_EQ(log.segments().size(), 1u) << "nothing is compacted here";
  config.cleanup_compact = true;
  append({.timestamp_ms = kNow + 5});
  EXPECT_EQ(log.segments().size(), 1u);
  append({.timestamp_ms = kNow + 6});
  EXPECT_EQ(log.segments().size(), 2u);
}

TEST_F(LogTest, RollsByTheClockWithoutTimestamps) {
  config.segment_ms = 1000;
  append({.timestamp_ms = -1});
  clock.advance(1001);
  append({.timestamp_ms = -1});
  EXPECT_EQ(log.segments().size(), 2u);
}

TEST_F(LogTest, AClockThatGoesBackRollsNothing) {
  config.segment_ms = 1000;
  append({.timestamp_ms = -1});
  clock.set_wall(kNow - 5000);
  append({.timestamp_ms = -1});
  EXPECT_EQ(log.segments().size(), 1u);
  clock.set_wall(kNow + 1001);
  append({.timestamp_ms = -1});
  EXPECT_EQ(log.segments().size(), 2u);
}

TEST_F(LogTest, FindsByTimestamp) {
  append({.records = 3, .timestamp_ms = kNow, .timestamp_step_ms = 1});
  append({.records = 3, .timestamp_ms = kNow - 500, .timestamp_step_ms = 1});
  append({.timestamp_ms = kNow + 2});
  const auto at = [&](std::int64_t timestamp) {
    const auto found = log.find_by_timestamp(timestamp);
    EXPECT_TRUE(found.has_value());
    return found && *found ? (*found)->offset : -1;
  };
  EXPECT_EQ(at(kNow - 500), 0);  // the first that is late enough, in the order of the log
  EXPECT_EQ(at(kNow + 1), 1);
  EXPECT_EQ(at(kNow + 2), 2);
  EXPECT_EQ(at(kNow + 3), -1);
  const auto newest = log.find_max_timestamp();
  ASSERT_TRUE(newest && *newest);
  EXPECT_EQ((*newest)->timestamp, kNow + 2);
  EXPECT_EQ((*newest)->offset, 2);
  EXPECT_EQ((*newest)->leader_epoch, 3);
}

TEST_F(LogTest, TheLogStartHidesOlderRecordsFromTimeSearch) {
  append({.records = 4, .timestamp_ms = kNow});
  log.raise_start_offset(2);
  const auto found = log.find_by_timestamp(kNow);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->offset, 2);
}

// As Kafka: a segment whose records have no timestamps counts by the time of its last write.
TEST_F(LogTest, SearchByTimeLooksIntoOneSegmentAlone) {
  config.segment_ms = 1000;
  append({.timestamp_ms = -1});
  clock.advance(1000);
  append({.timestamp_ms = -1});
  clock.advance(1);
  append({.timestamp_ms = kNow + 5000});
  ASSERT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(log.find_by_timestamp(kNow + 1000).value(), std::nullopt);
  const auto later = log.find_by_timestamp(kNow + 1001);
  ASSERT_TRUE(later && *later);
  EXPECT_EQ((*later)->offset, 2);
}

TEST_F(LogTest, CuttingASegmentWithoutTimestampsIsALastWriteToo) {
  config.segment_ms = 1000;
  append({.timestamp_ms = -1});
  append({.timestamp_ms = -1});
  clock.advance(2000);
  ASSERT_TRUE(log.truncate_to(2, config));
  append({.timestamp_ms = kNow + 5000});
  ASSERT_EQ(log.segments().size(), 2u);
  EXPECT_NE(log.find_by_timestamp(kNow + 1).value(), std::nullopt) << "nothing was cut";
  ASSERT_TRUE(log.truncate_to(1, config));
  append({.timestamp_ms = kNow + 5000});
  ASSERT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(log.find_by_timestamp(kNow + 1).value(), std::nullopt);
}

TEST_F(LogTest, AnEmptyLogHasNoTimestamps) {
  EXPECT_EQ(log.find_by_timestamp(0).value(), std::nullopt);
  EXPECT_EQ(log.find_max_timestamp().value(), std::nullopt);
}

TEST_F(LogTest, TheNewestOfRecordsWithoutATimestampIsTheFirst) {
  append({.records = 2, .timestamp_ms = -3, .timestamp_step_ms = 1});
  EXPECT_EQ(log.find_max_timestamp().value(), std::nullopt) << "nothing is as new as -1";
  append({.records = 2, .timestamp_ms = -2, .timestamp_step_ms = 1});
  const auto newest = log.find_max_timestamp();
  ASSERT_TRUE(newest && *newest);
  EXPECT_EQ((*newest)->offset, 3);
  EXPECT_EQ((*newest)->timestamp, -1);
}

// A sound record, and one whose length is not that of its fields: what clients compress, a broker
// takes like this.
wire::Slice half_readable_batch(codec::CompressionType compression, std::int64_t max_timestamp) {
  constexpr std::uint8_t kLongerThanItsFields[] = {16, 0, 0, 2, 1, 1, 0, 0, 0};
  codec::RecordBatchBuilder builder({.compression = compression, .max_timestamp = max_timestamp});
  builder.add({.timestamp = kNow, .value = "v"}).add_raw(kLongerThanItsFields);
  return builder.build_slice();
}

TEST_F(LogTest, SearchByTimeReadsACompressedBatchToItsEnd) {
  append(half_readable_batch(codec::CompressionType::kGzip, kNow));
  EXPECT_EQ(log.find_by_timestamp(kNow).error(), wire::ErrorCode::kInvalidRecord);
  EXPECT_EQ(log.find_max_timestamp().value()->offset, 0) << "the first record is the newest";
}

TEST_F(LogTest, SearchByTimeReadsAnUncompressedBatchAsFarAsNeeded) {
  append(half_readable_batch(codec::CompressionType::kNone, kNow + 1));
  EXPECT_EQ(log.find_by_timestamp(kNow).value()->offset, 0);
  EXPECT_EQ(log.find_by_timestamp(kNow + 1).error(), wire::ErrorCode::kInvalidRecord);
  EXPECT_EQ(log.find_max_timestamp().error(), wire::ErrorCode::kInvalidRecord);
}

// A limit that was set after the batch had come (Kafka 4.4).
TEST_F(LogTest, SearchByTimeKeepsToTheLimitOnCompressedRecords) {
  for (const auto compression : {codec::CompressionType::kGzip, codec::CompressionType::kNone}) {
    const std::int64_t time = kNow + log.end_offset();
    append(codec::RecordBatchBuilder({.base_offset = log.end_offset(), .compression = compression})
               .add({.timestamp = time, .value = std::string(100, 'v')})
               .build_slice());
    const auto found = log.find_by_timestamp(time, {.max_decompressed_message_bytes = 100});
    if (compression == codec::CompressionType::kNone) {
      EXPECT_EQ(found.value()->timestamp, time);
    } else {
      EXPECT_EQ(found.error(), wire::ErrorCode::kInvalidRecord);
    }
    EXPECT_EQ(log.find_by_timestamp(time).value()->timestamp, time);
  }
}

TEST_F(LogTest, SearchByTimeReturnsTheDecompressorsError) {
  const wire::Slice batch =
      codec::RecordBatchBuilder({.compression = codec::CompressionType::kGzip})
          .add({.timestamp = kNow, .value = "v"})
          .build_slice();
  batch.mutable_data()[codec::kBatchHeaderSize] ^= 0xff;  // gzip's magic
  append(batch);
  EXPECT_EQ(log.find_by_timestamp(kNow).error(), wire::ErrorCode::kUnknownServerError);
  EXPECT_EQ(log.find_max_timestamp().error(), wire::ErrorCode::kUnknownServerError);
}

TEST_F(LogTest, TruncatesInsideASegmentAndAcross) {
  config.segment_bytes = 200;
  for (int i = 0; i < 4; ++i) append({.records = 5});
  ASSERT_EQ(log.segments().size(), 4u);
  EXPECT_TRUE(log.truncate_to(10, config));
  EXPECT_EQ(log.end_offset(), 10);
  EXPECT_EQ(log.segments().size(), 3u) << "the one that begins there is empty now";
  EXPECT_EQ(append({.records = 1}), 10);
  EXPECT_EQ(base_offset_of(read(10, 1 << 20)), 10);
}

TEST_F(LogTest, TruncationToTheBeginningOfASegmentLeavesThatSegment) {
  config.segment_bytes = 200;
  for (int i = 0; i < 3; ++i) append({.records = 5});
  EXPECT_TRUE(log.truncate_to(10, config));
  ASSERT_EQ(log.segments().size(), 3u);
  EXPECT_EQ(log.segments().back().base_offset(), 10);
  EXPECT_TRUE(log.segments().back().empty());
  EXPECT_EQ(append({.records = 5}), 10);
  EXPECT_EQ(base_offset_of(read(10, 1 << 20)), 10);
}

// As a compaction leaves it, or a power cut.
TEST_F(LogTest, TruncationToTheEndOfAGapBeginsASegment) {
  config.segment_bytes = 200;
  for (int i = 0; i < 3; ++i) append({.records = 5});
  log.discard_segments(1, 1, 0);
  log.replace_segments(1, 1, std::nullopt);
  ASSERT_EQ(log.segments().back().base_offset(), 10);
  EXPECT_TRUE(log.truncate_to(8, config));
  EXPECT_EQ(log.end_offset(), 8);
  ASSERT_EQ(log.segments().size(), 2u);
  EXPECT_EQ(log.segments().back().base_offset(), 8) << "the one from 0 to 4 is closed";
  EXPECT_EQ(append({.records = 5}), 8);
  EXPECT_EQ(base_offset_of(read(6, 1 << 20)), 8);
}

TEST_F(LogTest, TruncationToTheStartLeavesAnEmptyLog) {
  append({.records = 5});
  EXPECT_TRUE(log.truncate_to(0, config));
  EXPECT_EQ(log.end_offset(), 0);
  EXPECT_EQ(log.size_bytes(), 0u);
  EXPECT_EQ(log.find_max_timestamp().value(), std::nullopt);
  EXPECT_EQ(append({.records = 5}), 0);
}

TEST_F(LogTest, KnowsHowManyBytesAreAvailable) {
  const std::size_t size = batch_size({.records = 2});
  append({.records = 2});
  append({.records = 2});
  EXPECT_EQ(log.available(0, 4).bytes, 2 * size);
  EXPECT_EQ(log.available(2, 4).bytes, size);
  EXPECT_EQ(log.available(0, 2).bytes, size);
  EXPECT_EQ(log.available(4, 4).bytes, 0u);
  config.segment_bytes = 100;
  append({.records = 2});
  EXPECT_TRUE(log.available(0, 6).other_segment);
}

TEST_F(LogTest, AFailingStorageChangesNothing) {
  append({.records = 2});
  storage.fail(true);
  const wire::Slice batch = make_batch({.records = 2});
  EXPECT_FALSE(log.append(batch, 3, kNow, config));
  storage.fail(false);
  EXPECT_EQ(log.end_offset(), 2);
  EXPECT_EQ(append({.records = 1}), 2);
}

TEST_F(LogTest, VisitsEveryBatch) {
  config.segment_bytes = 150;
  for (int i = 0; i < 5; ++i) append({.records = 2});
  std::vector<std::int64_t> offsets;
  log.for_each_batch(3, [&](const codec::BatchView& batch) {
    offsets.push_back(batch.base_offset());
    return true;
  });
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{2, 4, 6, 8}));
}

}  // namespace
}  // namespace understudy::broker
