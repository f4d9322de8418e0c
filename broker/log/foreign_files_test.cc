// Files that another broker wrote: what Apache Kafka serves of them is served, and nothing sound is
// cut off. What it serves is played in compat-tests/conformance/restart_foreign_test.cc.
#include <gtest/gtest.h>

#include "broker/log/restart_test.h"
#include "codec/stored_batch.h"

namespace understudy::broker::restart_test {

using Offsets = std::vector<std::int64_t>;

namespace {

struct Made {
  std::int32_t leader_epoch = 0;
  std::int64_t timestamp = 1000;
  int records = 1;
};

std::string batch(std::int64_t offset, const Made& made = {}) {
  codec::RecordBatchBuilder builder(
      {.base_offset = offset, .partition_leader_epoch = made.leader_epoch});
  for (int i = 0; i < made.records; ++i) {
    builder.add({.timestamp = made.timestamp, .key = "k", .value = "v"});
  }
  const auto bytes = builder.build();
  return {bytes.begin(), bytes.end()};
}

std::string batches(const Offsets& offsets) {
  std::string bytes;
  for (const std::int64_t offset : offsets) bytes += batch(offset);
  return bytes;
}

std::string old_message(codec::OldMessageFields fields) {
  fields.key = "k";
  if (!fields.value) fields.value = "v";
  const auto bytes = codec::build_old_message(fields);
  return {bytes.begin(), bytes.end()};
}

std::string compressed_message(const std::string& inner, codec::OldMessageFields fields) {
  fields.compression = codec::CompressionType::kGzip;
  const auto compressed = codec::compress(fields.compression, codec::view_of(inner));
  fields.value = codec::text_of(compressed);
  return old_message(fields);
}

}  // namespace

class ForeignFiles : public RestartTest {
 protected:
  // Another broker's directory: these segments, by base offset, and nothing else.
  void take_up(const std::map<std::int64_t, std::string>& segments, const LoadHints& hints = {}) {
    for (const auto& [base, bytes] : segments) {
      ASSERT_TRUE(storage.replace(file(base, kLogSuffix), bytes));
    }
    open(hints);
    ASSERT_EQ(failure, std::nullopt);
  }
  void expect_kept(const std::map<std::int64_t, std::string>& segments) {
    for (const auto& [base, bytes] : segments) {
      EXPECT_EQ(storage.load(file(base, kLogSuffix)), bytes) << "segment " << base;
    }
  }
  // As a consumer reads it.
  std::string served() {
    std::string bytes;
    for (std::int64_t offset = partition->log_start_offset();;) {
      const auto read = partition->read({.fetch_offset = offset,
                                         .max_bytes = 100,
                                         .upper_offset = partition->high_watermark(),
                                         .at_least_one_batch = true});
      if (!read || read->empty()) return bytes;
      codec::BatchCursor cursor(codec::view_of(*read));
      while (cursor.next() == codec::BatchCursor::Step::kBatch) {
        const auto one = codec::StoredBatch::read(cursor.batch());
        if (!one) return bytes;
        bytes += codec::text_of(cursor.batch());
        offset = one->next_offset();
      }
    }
  }
  std::int64_t append_one() {
    return partition->append(make_batch({.timestamp_ms = clock.wall_ms()}), {}).base_offset;
  }
};

struct GapCase {
  const char* name;
  std::map<std::int64_t, Offsets> segments;
  std::int64_t end;
  std::uint64_t gaps;
};

TEST_F(ForeignFiles, GapsAreKeptInEverySegment) {
  const GapCase cases[] = {
      {"in the only segment", {{0, {0, 5, 9}}}, 10, 2},
      {"in the last of two", {{0, {0, 1}}, {2, {2, 9, 10}}}, 11, 1},
      {"before the first batch of the last", {{0, {0, 1}}, {7, {9}}}, 10, 1},
      {"before the first batch of the only one", {{0, {567, 573, 582}}}, 583, 3},
      {"around an empty segment", {{0, {0, 1}}, {2, {}}, {7, {9}}}, 10, 1},
      {"before an empty segment at the end", {{0, {0, 1}}, {7, {}}}, 7, 0},
      {"as large as a segment can have", {{0, {0, 2147483647}}}, 2147483648, 1},
      {"near the largest offset",
       {{9223372036854775700, {9223372036854775700, 9223372036854775806}}},
       9223372036854775807,
       1}};
  for (const GapCase& one : cases) {
    SCOPED_TRACE(one.name);
    partition.reset();
    ASSERT_TRUE(storage.remove("t-0"));
    std::map<std::int64_t, std::string> files;
    std::string all;
    for (const auto& [base, offsets] : one.segments) {
      files[base] = batches(offsets);
      all += files[base];
    }
    take_up(files);
    expect_kept(files);
    EXPECT_EQ(served(), all);
    EXPECT_EQ(partition->log_end_offset(), one.end);
    EXPECT_EQ(partition->findings().gaps, one.gaps);
  }
}

TEST_F(ForeignFiles, AFetchInAGapIsAnsweredWithTheNextBatch) {
  take_up({{0, batches({0, 5})}, {7, batches({9})}});
  for (const auto& [offset, expected] :
       std::map<std::int64_t, std::int64_t>{{1, 5}, {6, 9}, {8, 9}}) {
    const auto read = partition->read(
        {.fetch_offset = offset, .max_bytes = 1, .upper_offset = 10, .at_least_one_batch = true});
    ASSERT_TRUE(read);
    EXPECT_EQ(codec::BatchView(codec::view_of(*read)).base_offset(), expected);
  }
}

TEST_F(ForeignFiles, WhatIsWrittenBehindAGapOutlivesTheNextKill) {
  take_up({{0, batches({0, 5})}});
  EXPECT_EQ(append_one(), 6);
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 7);
  stop_and_start();
  EXPECT_EQ(partition->log_end_offset(), 7);
}

TEST_F(ForeignFiles, RecordsAreDeletedUpToAnOffsetInAGap) {
  take_up({{0, batches({0, 5, 9})}});
  partition->raise_log_start_offset(7);
  EXPECT_EQ(served(), batch(9));
  open({.start_offset = 7});
  EXPECT_EQ(served(), batch(9));
}

// What this broker wrote has no gap above what was replicated: the last batch has a damaged offset.
TEST_F(ForeignFiles, ALastBatchFarAboveAKnownHighWatermarkIsDamaged) {
  take_up({{0, batches({0, 9})}}, {.high_watermark = 1});
  EXPECT_EQ(partition->log_end_offset(), 1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("base offset is wrong at byte"), std::string::npos) << told[0];
}

// Files that were put in the place of this broker's: its high watermark knows nothing of them.
TEST_F(ForeignFiles, GapsAboveAKnownHighWatermarkAreKeptIfTheLogGoesOn) {
  take_up({{0, batches({0, 5, 9, 10})}}, {.high_watermark = 1});
  EXPECT_EQ(served(), batches({0, 5, 9, 10}));
}

TEST_F(ForeignFiles, ABatchThatDoesNotFitBeforeTheNextOneEndsTheLog) {
  take_up({{0, batches({0, 500, 2})}});
  EXPECT_EQ(served(), batch(0));
  EXPECT_NE(told.at(0).find("base offset is wrong"), std::string::npos) << told[0];
}

TEST_F(ForeignFiles, DamageBehindAGapTakesNothingSoundAlong) {
  std::string damaged = batch(6);
  damaged.back() ^= 1;
  damaged[7] = 1;  // and its offset is lower
  take_up({{0, batches({0, 5}) + damaged}});
  EXPECT_EQ(served(), batches({0, 5}));
}

TEST_F(ForeignFiles, OffsetsThatDoNotRiseEndTheLog) {
  take_up({{0, batches({0, 1, 1, 2})}});
  EXPECT_EQ(served(), batches({0, 1}));
}

// Kafka makes a segment without an index whole before it recovers the log.
TEST_F(ForeignFiles, DamageInASegmentWithoutIndexDoesNotDropTheNextSegment) {
  take_up({{0, batches({0, 1}) + batch(2).substr(0, 40)}, {3, batches({3})}});
  EXPECT_EQ(served(), batches({0, 1, 3}));
  EXPECT_EQ(append_one(), 4);
}

// KAFKA-6264: the indexes hold offsets as 31 bits from the segment's.
TEST_F(ForeignFiles, OffsetsTooFarApartAreSplitIntoSegments) {
  take_up({{0, batches({0, 2147483647, 2147483648, 2147483653, 8589934592})}});
  expect_kept({{0, batches({0, 2147483647})},
               {2147483648, batches({2147483648, 2147483653})},
               {8589934592, batches({8589934592})}});
  EXPECT_EQ(served(), batches({0, 2147483647, 2147483648, 2147483653, 8589934592}));
  EXPECT_EQ(append_one(), 8589934593);
  stop_and_start();
  EXPECT_EQ(partition->log_end_offset(), 8589934594);
}

struct SplitCase {
  const char* name;
  Offsets rest;
  bool has_index;
  bool was_clean;
};

// The segment that was split off has its name, and the other one was not cut yet.
TEST_F(ForeignFiles, ASplitThatWasInterruptedIsFinished) {
  constexpr std::int64_t kRest = 8589934592;
  const SplitCase cases[] = {{"one batch", {kRest}, false, false},
                             {"one batch, with indexes", {kRest}, true, false},
                             {"two batches", {kRest, kRest + 1}, false, false},
                             {"two batches, with indexes", {kRest, kRest + 1}, true, false},
                             {"a gap between them", {kRest, kRest + 7}, true, false},
                             {"one batch, after a clean stop", {kRest}, true, true},
                             {"two batches, after a clean stop", {kRest, kRest + 1}, true, true}};
  for (const SplitCase& one : cases) {
    SCOPED_TRACE(one.name);
    partition.reset();
    told.clear();
    ASSERT_TRUE(storage.remove("t-0"));
    if (one.has_index) {
      ASSERT_TRUE(storage.replace(file(0, kOffsetIndexSuffix), ""));
      ASSERT_TRUE(storage.replace(file(kRest, kOffsetIndexSuffix), ""));
    }
    const std::int64_t end = one.rest.back() + 1;
    const std::string rest = batches(one.rest);
    const LoadHints hints = {.was_clean = one.was_clean, .recovery_point = one.was_clean ? end : 0};
    take_up({{0, batches({0, 1}) + rest}, {kRest, rest}}, hints);
    expect_kept({{0, batches({0, 1})}, {kRest, rest}});
    EXPECT_EQ(told, std::vector<std::string>{});
    EXPECT_EQ(partition->log().segments().size(), 2u);
    EXPECT_EQ(served(), batches({0, 1}) + rest);
    EXPECT_EQ(append_one(), end);
    stop_and_start();
    EXPECT_EQ(partition->log_end_offset(), end + 1);
    EXPECT_EQ(served().substr(0, batches({0, 1}).size() + rest.size()), batches({0, 1}) + rest);
  }
}

TEST_F(ForeignFiles, ASegmentThatHasLessThanTheSplitOneIsMadeAgain) {
  const std::string whole = batches({0, 8589934592, 8589934593});
  take_up({{0, whole}, {8589934592, batches({8589934592})}});
  EXPECT_EQ(partition->log().segments().size(), 2u);
  EXPECT_EQ(append_one(), 8589934594);
  stop_and_start();
  EXPECT_EQ(served().substr(0, whole.size()), whole);
}

// A start after a clean stop would read nothing behind the end of the first.
TEST_F(ForeignFiles, OffsetsTooFarApartAreSplitAfterACleanStopToo) {
  const std::string whole = batches({0, 2147483648});
  ASSERT_TRUE(storage.replace(file(0, kOffsetIndexSuffix), ""));
  ASSERT_TRUE(storage.replace(file(2147483700, kOffsetIndexSuffix), ""));
  take_up({{0, whole}, {2147483700, batches({2147483700})}},
          {.was_clean = true, .recovery_point = 2147483701});
  expect_kept({{0, batches({0})}, {2147483648, batches({2147483648})}});
  EXPECT_EQ(served(), whole + batches({2147483700}));
}

TEST_F(ForeignFiles, ASplitThatTheDiskRefusesCutsNothing) {
  const std::string whole = batches({0, 8589934592});
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), whole));
  storage.fail(true);
  open({});
  ASSERT_NE(failure, std::nullopt);
  EXPECT_NE(failure->find("make room"), std::string::npos) << *failure;
  partition.reset();
  storage.fail(false);
  EXPECT_EQ(storage.load(file(0, kLogSuffix)), whole);
}

// Kafka answers UNKNOWN_SERVER_ERROR when there are no more offsets.
TEST_F(ForeignFiles, NothingIsAppendedAboveTheLargestOffset) {
  take_up({{9223372036854775700, batches({9223372036854775700, 9223372036854775803})}});
  const auto two = [&] { return partition->append(make_batch({.records = 2}), {}); };
  EXPECT_EQ(two().base_offset, 9223372036854775804);
  EXPECT_EQ(two().error, ErrorCode::kUnknownServerError);
  EXPECT_EQ(append_one(), 9223372036854775806);
  expect_refused(two(), ErrorCode::kUnknownServerError);
}

// The indexes must be able to name the last offset of every batch.
TEST_F(ForeignFiles, ABatchThatGoesOverTheRangeOfASegmentBeginsANewOne) {
  take_up({{0, batches({0, 2147483645})}});
  EXPECT_EQ(partition->append(make_batch({.records = 3}), {}).base_offset, 2147483646);
  EXPECT_EQ(partition->log().segments().back().base_offset(), 2147483646);
}

TEST_F(ForeignFiles, TheNextBatchNeverHasALowerEpoch) {
  take_up({{0, batch(0, {.leader_epoch = 3}) + batch(1, {.leader_epoch = 7}) +
                   batch(2, {.leader_epoch = 5}) + batch(3, {.leader_epoch = -1})}});
  EXPECT_EQ(partition->leadership().leader_epoch, 8);
  EXPECT_EQ(append_one(), 4);
  EXPECT_EQ(partition->leader_epochs().end_offset_for(7, 5).end_offset, 4);
}

TEST_F(ForeignFiles, TheLargestEpochStays) {
  constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
  take_up({{0, batch(0, {.leader_epoch = kLargest})}});
  EXPECT_EQ(partition->leadership().leader_epoch, kLargest);
  partition->elect(1, Partition::Tail::kKeep);
  EXPECT_EQ(partition->leadership().leader_epoch, kLargest);
  EXPECT_EQ(append_one(), 1);
}

// ---- The formats before magic 2

TEST_F(ForeignFiles, OldMessagesAreServedAsTheyAre) {
  const std::string inner =
      old_message({.offset = 0, .timestamp = 1000}) + old_message({.offset = 2, .timestamp = 1002});
  const std::string all = old_message({.magic = 0, .offset = 0}) + old_message({.offset = 1}) +
                          compressed_message(inner, {.offset = 4, .timestamp = 1002}) + batch(5);
  take_up({{0, all}});
  expect_kept({{0, all}});
  EXPECT_EQ(served(), all);
  EXPECT_EQ(partition->findings().old_messages, 3u);
  EXPECT_EQ(append_one(), 6);
  stop_and_start();
  EXPECT_EQ(partition->log_end_offset(), 7);
  EXPECT_EQ(served().substr(0, all.size()), all);
  kill_and_start();
  EXPECT_EQ(served().substr(0, all.size()), all);
}

TEST_F(ForeignFiles, OldRecordsAreFoundByTime) {
  const std::string inner =
      old_message({.offset = 0, .timestamp = 1000}) + old_message({.offset = 3, .timestamp = 1003});
  take_up({{0, old_message({.magic = 0, .offset = 0}) +
                   compressed_message(inner, {.offset = 9, .timestamp = 1003}) +
                   batch(10, {.timestamp = 2000})}});
  const auto found = [&](std::int64_t timestamp) {
    const auto place = partition->log().find_by_timestamp(timestamp);
    return place && *place ? (*place)->offset : -1;
  };
  EXPECT_EQ(found(0), 6);
  EXPECT_EQ(found(1001), 9);
  EXPECT_EQ(found(1004), 10);
  EXPECT_EQ((*partition->log().find_by_timestamp(0))->leader_epoch, -1);
  EXPECT_EQ((*partition->log().find_max_timestamp())->offset, 10);
}

TEST_F(ForeignFiles, AnOldMessageWithAWrongChecksumEndsTheLog) {
  std::string bad = old_message({.offset = 1});
  bad.back() ^= 1;
  take_up({{0, old_message({.offset = 0}) + bad + old_message({.offset = 2})}});
  EXPECT_EQ(served(), old_message({.offset = 0}));
  EXPECT_NE(told.at(0).find("checksum is wrong at byte 36"), std::string::npos) << told[0];
}

TEST_F(ForeignFiles, ATornOldMessageAndZerosAreCutOff) {
  take_up({{0, old_message({.offset = 0}) + old_message({.offset = 1}).substr(0, 20)}});
  EXPECT_EQ(served(), old_message({.offset = 0}));
  partition.reset();
  ASSERT_TRUE(storage.remove("t-0"));
  take_up({{0, old_message({.offset = 0}) + std::string(500, '\0')}});
  expect_kept({{0, old_message({.offset = 0})}});
}

TEST_F(ForeignFiles, OldMessagesAgeByTheirTimestamps) {
  config.retention_ms = 1000;
  take_up({{0, old_message({.offset = 0, .timestamp = kNow - 5000})},
           {1, old_message({.offset = 1, .timestamp = kNow})},
           {2, batch(2, {.timestamp = kNow})}});
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log_start_offset(), 1);
}

// ---- What else lies there

TEST_F(ForeignFiles, UnknownFilesAreLeftAloneAndTold) {
  ASSERT_TRUE(storage.replace("t-0/notes.txt", "mine"));
  ASSERT_TRUE(storage.replace("t-0/5.log", "x"));
  take_up({{0, batches({0})}});
  EXPECT_EQ(partition->findings().unknown_names, (std::vector<std::string>{"5.log", "notes.txt"}));
  EXPECT_EQ(storage.load("t-0/notes.txt"), "mine");
  EXPECT_EQ(partition->findings().describe(),
            "files that are not known, left alone: 5.log notes.txt");
}

TEST_F(ForeignFiles, WhatCompactionHadFinishedTakesItsPlace) {
  ASSERT_TRUE(
      storage.replace(file(0, kLogSuffix) + kSwapSuffix, old_message({.offset = 1}) + batch(5)));
  take_up({{0, batches({0, 1})}, {2, batches({2, 5})}, {6, batches({6})}});
  EXPECT_EQ(served(), old_message({.offset = 1}) + batches({5, 6}));
}

TEST_F(ForeignFiles, ADirectoryThatCannotBeListedAgainIsRefused) {
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), batches({0, 1})));
  ASSERT_TRUE(storage.replace(file(2, kLogSuffix) + kDeletedSuffix, batches({2})));
  storage.fail_listings_after(1);
  open({});
  ASSERT_NE(failure, std::nullopt);
  EXPECT_NE(failure->find("can be read"), std::string::npos) << *failure;
}

// KAFKA-6264: a split that had begun with the later part.
TEST_F(ForeignFiles, AResultAboveOneThatIsNotFinishedIsNoResult) {
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix) + kCleanedSuffix, batches({0})));
  ASSERT_TRUE(storage.replace(file(2, kLogSuffix) + kSwapSuffix, batches({2})));
  take_up({{0, batches({0, 1, 2, 3})}});
  EXPECT_EQ(served(), batches({0, 1, 2, 3}));
}

TEST(LogFindings, AreTold) {
  EXPECT_EQ(LogFindings{}.describe(), "");
  EXPECT_EQ((LogFindings{.old_messages = 1, .gaps = 2}.describe()),
            "1 message of a format before magic 2, served unchanged; offsets are missing in 2 "
            "places, as compaction leaves them");
}

TEST(LogFindings, ManyUnknownFilesAreCounted) {
  LogFindings findings;
  for (int i = 0; i < 12; ++i) findings.note_file("f" + std::to_string(i));
  EXPECT_EQ(findings.unknown_files, 12u);
  EXPECT_EQ(findings.describe(),
            "files that are not known, left alone: f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 ... and 2 more");
}

}  // namespace understudy::broker::restart_test
