// A partition that is closed, or killed, and read again from its files.
#include <functional>
#include <map>
#include <set>

#include "broker/log/crash.h"
#include "broker/log/restart_test.h"
#include "codec/control_record.h"

namespace understudy::broker {
namespace {

using namespace restart_test;

TEST_F(RestartTest, S47_ACleanStopKeepsOneBatchPerProducer) {
  for (int i = 0; i < 5; ++i) expect_appended(send(0, i, i), i);
  stop_and_start();
  expect_duplicate(send(0, 4, 4), 4);
  expect_refused(send(0, 3, 3), ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(send(0, 5, 5), 5);
  EXPECT_TRUE(told.empty());
}

TEST_F(RestartTest, S48_AKillKeepsOneBatchPerProducer) {
  for (int i = 0; i < 5; ++i) expect_appended(send(0, i, i), i);
  kill_and_start();
  expect_duplicate(send(0, 4, 4), 4);
  expect_refused(send(0, 3, 3), ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(send(0, 5, 5), 5);
}

TEST_F(RestartTest, S49_EpochsAreRemembered) {
  expect_appended(send(3, 0, 9), 0);
  stop_and_start();
  expect_refused(send(2, 10, 10), ErrorCode::kInvalidProducerEpoch);
  expect_appended(send(3, 10, 10), 10);
}

TEST_F(RestartTest, S50_AnEmptiedLogForgetsItsProducersByACleanRestart) {
  expect_appended(send(0, 0, 9), 0);
  partition->raise_log_start_offset(10);
  stop_and_start();
  EXPECT_EQ(partition->log_start_offset(), 10);
  expect_appended(send(0, 0, 9), 10);
}

TEST_F(RestartTest, S50_OneRecordIsEnoughToRemember) {
  expect_appended(send(0, 0, 9), 0);
  partition->raise_log_start_offset(9);
  stop_and_start();
  expect_duplicate(send(0, 0, 9), 0);
}

TEST_F(RestartTest, S50_AKillBeforeTheCheckpointBringsTheRecordsBack) {
  expect_appended(send(0, 0, 9), 0);
  partition->raise_log_start_offset(10);
  kill_and_start();
  EXPECT_EQ(partition->log_start_offset(), 0);
  expect_duplicate(send(0, 0, 9), 0);
  partition->raise_log_start_offset(10);
  open({.recovery_point = 0, .start_offset = 10});  // and after it
  expect_appended(send(0, 0, 9), 10);
}

TEST_F(RestartTest, S51_ADamagedSnapshotIsReplacedByTheLog) {
  for (int i = 0; i < 5; ++i) expect_appended(send(0, i, i), i);
  ASSERT_TRUE(partition->close());
  flip(file(5, kSnapshotSuffix), 20);
  open({.was_clean = true, .recovery_point = 5});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("00000000000000000005.snapshot"), std::string::npos);
  expect_duplicate(send(0, 0, 0), 0);  // the whole log was read: five batches are known
}

TEST_F(RestartTest, S52_ATornTailIsCutAndItsBatchIsNew) {
  expect_appended(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
  cut(file(0, kLogSuffix), 20);
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("ends inside a batch"), std::string::npos) << told[0];
  expect_refused(send(0, 10, 10), ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(send(0, 5, 9), 5);
}

// A killed process leaves the room that it had made for what comes next: see File::trim().
TEST_F(RestartTest, ZerosAfterTheLastBatchAreCutSilently) {
  expect_appended(send(0, 0, 4), 0);
  const std::string sound = *storage.load(file(0, kLogSuffix));
  for (const std::size_t zeros : {1u, 12u, 60u, 61u, 200'000u}) {
    ASSERT_TRUE(storage.replace(file(0, kLogSuffix), sound + std::string(zeros, '\0')));
    kill_and_start(5);
    EXPECT_EQ(partition->log_end_offset(), 5);
    EXPECT_EQ(*storage.load(file(0, kLogSuffix)), sound);
    EXPECT_TRUE(told.empty()) << told.front();
  }
  expect_duplicate(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
}

TEST_F(RestartTest, ZerosInThePlaceOfRecordsAreReported) {
  expect_appended(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
  const std::string path = file(0, kLogSuffix);
  const std::string sound = *storage.load(path);
  ASSERT_TRUE(storage.replace(
      path, sound.substr(0, sound.size() / 2) + std::string(sound.size() / 2, '\0')));
  kill_and_start(10);
  EXPECT_EQ(partition->log_end_offset(), 5);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("bytes are cut off"), std::string::npos) << told[0];
}

// Compaction has taken the batch between them away.
TEST_F(RestartTest, ZerosAfterAGapAreNoDamageToTheLastBatch) {
  config.cleanup_delete = false;
  config.cleanup_compact = true;
  config.segment_bytes = 400;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  const std::string path = file(0, kLogSuffix);
  const std::string all = *storage.load(path);
  const std::size_t batch = all.size() / 3;
  ASSERT_TRUE(storage.load(file(15, kLogSuffix)))
      << "three batches in one segment, one in the next";
  const std::string gapped = all.substr(0, batch) + all.substr(2 * batch);
  ASSERT_TRUE(storage.replace(path, gapped + std::string(100'000, '\0')));
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 20);
  EXPECT_EQ(*storage.load(path), gapped);
  EXPECT_TRUE(told.empty()) << told.front();
}

TEST_F(RestartTest, CutThatIsNotOnlyZerosIsReported) {
  expect_appended(send(0, 0, 4), 0);
  const std::string sound = *storage.load(file(0, kLogSuffix));
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), sound + std::string(100'000, '\0') + "x"));
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
  EXPECT_EQ(told.size(), 1u);
}

// The room of a segment goes with the roll. Where the machine refused that, the next segment stays.
TEST_F(RestartTest, ZerosAfterAnOldSegmentLeaveTheNextOneAlone) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  const std::string sound = *storage.load(file(0, kLogSuffix));
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), sound + std::string(1000, '\0')));
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 20);
  EXPECT_EQ(*storage.load(file(0, kLogSuffix)), sound);
  EXPECT_TRUE(told.empty()) << told.front();
}

TEST_F(RestartTest, R3_WithoutSnapshotsACleanStopForgetsAndAKillReads) {
  for (int i = 0; i < 3; ++i) expect_appended(send(0, i, i), i);
  ASSERT_TRUE(partition->close());
  ASSERT_TRUE(storage.remove(file(3, kSnapshotSuffix)));
  open({.was_clean = true, .recovery_point = 3});
  EXPECT_EQ(partition->producers().size(), 0u);
  ASSERT_TRUE(storage.remove(file(3, kSnapshotSuffix)));
  kill_and_start();
  expect_duplicate(send(0, 2, 2), 2);
}

TEST_F(RestartTest, AFlippedByteInTheLastBatchCutsItAfterAKill) {
  expect_appended(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
  const std::size_t size = storage.load(file(0, kLogSuffix))->size();
  flip(file(0, kLogSuffix), size - 3);
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
  EXPECT_NE(told.at(0).find("checksum"), std::string::npos);
}

TEST_F(RestartTest, DamageInAnOldSegmentIsNotServed) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  ASSERT_TRUE(partition->close());
  flip(file(0, kLogSuffix), 80);
  open({.was_clean = true, .recovery_point = 20});
  ASSERT_EQ(failure, std::nullopt);
  EXPECT_EQ(partition->log_end_offset(), 20);
  const ReadOptions all{.fetch_offset = 0, .max_bytes = 1 << 20, .upper_offset = 20};
  const auto damaged = partition->read(all);
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error(), ErrorCode::kCorruptMessage);
  ReadOptions next = all;
  next.fetch_offset = 5;
  EXPECT_TRUE(partition->read(next).has_value());
}

// Too few bytes for a batch behind the last one of a segment that nobody recovers.
TEST_F(RestartTest, LeftoversAfterAnOldSegmentAreNotServed) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  ASSERT_TRUE(partition->close());
  const std::string sound = *storage.load(file(0, kLogSuffix));
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), sound + std::string(10, 'x')));
  open({.was_clean = true, .recovery_point = 20});
  ASSERT_EQ(failure, std::nullopt);
  const auto read = partition->read({.fetch_offset = 0, .max_bytes = 1 << 20, .upper_offset = 20});
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), ErrorCode::kCorruptMessage);
}

// The first bytes of a batch lie outside of its checksum. Whatever becomes of them, nobody is
// served a batch under other offsets.
TEST_F(RestartTest, ADamagedBaseOffsetIsNotServed) {
  config.segment_bytes = 400;
  open();
  for (int i = 0; i < 12; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  ASSERT_TRUE(partition->close());
  const std::int64_t end = partition->log_end_offset();
  std::map<std::int64_t, std::string> batches;  // by base offset
  partition->log().for_each_batch(0, [&](const codec::BatchView& batch) {
    batches[batch.base_offset()] =
        std::string(reinterpret_cast<const char*>(batch.bytes().data()), batch.size_bytes());
    return true;
  });
  const std::size_t batch_size = batches[0].size();
  std::map<std::int64_t, std::string> files;  // as they are; a start may change them
  for (const Segment& segment : partition->log().segments()) {
    files[segment.base_offset()] = *storage.load(file(segment.base_offset(), kLogSuffix));
  }
  ASSERT_GT(files.size(), 2u);
  for (const auto& [base, sound] : files) {
    for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
      if (bit / 8 % batch_size >= 8) continue;  // of the base offsets
      for (const auto& [other, bytes] : files) {
        ASSERT_TRUE(storage.replace(file(other, kLogSuffix), bytes));
      }
      std::string damaged = sound;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      ASSERT_TRUE(storage.replace(file(base, kLogSuffix), damaged));
      const bool is_clean = bit % 2 == 0;
      open({.was_clean = is_clean,
            .recovery_point = is_clean ? end : 0,
            .start_offset = {},
            .high_watermark = end});
      ASSERT_EQ(failure, std::nullopt);
      for (std::int64_t offset = 0; offset < partition->log_end_offset(); ++offset) {
        const auto served = partition->read({.fetch_offset = offset,
                                             .max_bytes = 1,
                                             .upper_offset = partition->log_end_offset(),
                                             .at_least_one_batch = true});
        if (!served || served->empty()) continue;
        const std::int64_t served_base = codec::BatchView(codec::view_of(*served)).base_offset();
        ASSERT_TRUE(batches.contains(served_base)) << base << " bit " << bit << " @" << offset;
        ASSERT_EQ(served->view(), batches[served_base]) << base << " bit " << bit << " @" << offset;
      }
    }
  }
}

TEST_F(RestartTest, LostOrShortenedSegmentIsReported) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  ASSERT_TRUE(partition->close());
  const std::string whole = storage.load(file(5, kLogSuffix)).value();
  for (const std::size_t size : {std::size_t{0}, std::size_t{30}, whole.size() - 1}) {
    told.clear();
    ASSERT_TRUE(storage.replace(file(5, kLogSuffix), whole.substr(0, size)));
    open({.was_clean = true, .recovery_point = 20});
    ASSERT_EQ(told.size(), 1u) << size;
    EXPECT_NE(told[0].find("5.log: its sound records end at offset 5, and the next segment begins "
                           "at 10"),
              std::string::npos)
        << told[0];
  }
  told.clear();
  ASSERT_TRUE(storage.remove(file(5, kLogSuffix)));
  open({.was_clean = true, .recovery_point = 20});
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("0.log: its sound records end at offset 5, and the next segment begins "
                         "at 10"),
            std::string::npos)
      << told[0];
}

TEST_F(RestartTest, SegmentsAfterADamagedOneAreDroppedByARecovery) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  flip(file(5, kLogSuffix), 80);
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
  EXPECT_EQ(told.size(), 3u);  // the damage, and two segments
  expect_duplicate(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
}

TEST_F(RestartTest, WhatLiesBeforeTheRecoveryPointIsNotReadAgain) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  flip(file(0, kLogSuffix), 80);
  kill_and_start(15);
  EXPECT_EQ(partition->log_end_offset(), 20);
  EXPECT_TRUE(told.empty());
  expect_duplicate(send(0, 15, 19), 15);
}

TEST_F(RestartTest, MissingIndexesAreRebuilt) {
  config.segment_bytes = 20'000;
  config.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 400; ++i) send(0, i, i);
  ASSERT_TRUE(partition->close());
  ASSERT_GT(partition->log().segments().size(), 1u);
  const auto index = storage.load(file(0, kOffsetIndexSuffix));
  const auto times = storage.load(file(0, kTimeIndexSuffix));
  ASSERT_TRUE(index && !index->empty());
  ASSERT_TRUE(storage.remove(file(0, kOffsetIndexSuffix)));
  ASSERT_TRUE(storage.remove(file(0, kTimeIndexSuffix)));
  open({.was_clean = true, .recovery_point = 400});
  EXPECT_EQ(storage.load(file(0, kOffsetIndexSuffix)), index);
  EXPECT_EQ(storage.load(file(0, kTimeIndexSuffix)), times);
  expect_duplicate(send(0, 399, 399), 399);
}

// What a stop left is gone on with: the same appends give the same indexes, with a restart or
// without.
TEST_F(RestartTest, IndexesGoOnAfterACleanStart) {
  const auto write_files = [&](bool restarts) {
    partition.reset();
    EXPECT_TRUE(storage.remove("t-0"));
    config.index_interval_bytes = 100;
    open();
    for (int i = 0; i < 50; ++i) {
      clock.advance(i % 3 == 0 ? 7 : 0);
      send(0, i, i);
      if (restarts && i % 10 == 4) stop_and_start();
    }
    EXPECT_TRUE(partition->close());
    return std::pair(storage.load(file(0, kOffsetIndexSuffix)),
                     storage.load(file(0, kTimeIndexSuffix)));
  };
  const auto [offsets, times] = write_files(false);
  const auto [offsets_again, times_again] = write_files(true);
  EXPECT_EQ(offsets_again, offsets);
  ASSERT_GE(times_again->size(), times->size());
  std::int64_t last = -1;
  for (std::size_t at = 0; at < times_again->size(); at += TimeIndexEntry::kSize) {
    const auto entry =
        TimeIndexEntry::decode(reinterpret_cast<const std::uint8_t*>(times_again->data()) + at, 0);
    EXPECT_GT(entry.timestamp, last);
    last = entry.timestamp;
  }
  EXPECT_EQ(last, clock.wall_ms());
}

TEST_F(RestartTest, ALostTimeIndexStillFindsTimes) {
  config.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 100; ++i) {
    clock.advance(10);
    send(0, i, i);
  }
  ASSERT_TRUE(partition->close());
  ASSERT_TRUE(storage.remove(file(0, kTimeIndexSuffix)));
  open({.was_clean = true, .recovery_point = 100});
  const auto found = partition->log().find_by_timestamp(kNow + 10 * 51);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->offset, 50);
  EXPECT_EQ(partition->log().find_max_timestamp().value()->offset, 99);
}

// The file knows when it was last written, whoever did so.
TEST_F(RestartTest, FileTimeIsTheAgeOfASegmentWithoutTimestamps) {
  config.segment_ms = 1000;
  open();
  storage.set_modified_ms(kNow + 100);
  partition->append(make_batch({.timestamp_ms = -1}), {});
  clock.advance(1001);
  partition->append(make_batch({.timestamp_ms = kNow + 5000}), {});
  ASSERT_EQ(partition->log().segments().size(), 2u);
  ASSERT_TRUE(partition->close());
  open({.was_clean = true, .recovery_point = 2});
  EXPECT_EQ(partition->log().find_by_timestamp(kNow + 100).value(), std::nullopt);
  const auto found = partition->log().find_by_timestamp(kNow + 101);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->offset, 1);
}

// Cut, or with any bit turned over.
TEST_F(RestartTest, ADamagedTimeIndexFindsTheSameTimes) {
  config.index_interval_bytes = 100;
  open();
  for (int i = 0; i < 20; ++i) {
    clock.advance(10);
    send(0, i, i);
  }
  ASSERT_TRUE(partition->close());
  const std::string sound = storage.load(file(0, kTimeIndexSuffix)).value();
  ASSERT_GT(sound.size(), 5 * TimeIndexEntry::kSize);
  const auto expect_all_found = [&](const std::string& damaged) {
    ASSERT_TRUE(storage.replace(file(0, kTimeIndexSuffix), damaged));
    open({.was_clean = true, .recovery_point = 20});
    for (int i = 0; i < 20; ++i) {
      const auto found = partition->log().find_by_timestamp(kNow + 10 * (i + 1));
      ASSERT_TRUE(found && *found) << i;
      ASSERT_EQ((*found)->offset, i);
    }
    ASSERT_EQ(partition->log().find_max_timestamp().value()->offset, 19);
  };
  for (std::size_t size = 0; size < sound.size(); ++size) expect_all_found(sound.substr(0, size));
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string damaged = sound;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    expect_all_found(damaged);
  }
}

TEST_F(RestartTest, WrongIndexIsNotTrusted) {
  config.index_interval_bytes = 100;
  config.segment_bytes = 20'000;
  open();
  for (int i = 0; i < 400; ++i) send(0, i, i);
  ASSERT_TRUE(partition->close());
  for (const std::size_t at : {3u, 7u, 11u, 100u}) flip(file(0, kOffsetIndexSuffix), at);
  open({.was_clean = true, .recovery_point = 400});
  for (std::int64_t offset = 0; offset < 400; offset += 3) {
    const auto bytes = partition->read({.fetch_offset = offset,
                                        .max_bytes = 200,
                                        .upper_offset = 400,
                                        .at_least_one_batch = true});
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(codec::BatchView(codec::view_of(*bytes)).base_offset(), offset);
  }
}

TEST_F(RestartTest, FilesAreKafkas) {
  config.segment_bytes = 200;
  open();
  send(0, 0, 4);
  send(0, 5, 9);
  ASSERT_TRUE(partition->close());
  EXPECT_EQ(names(), (std::vector<std::string>{
                         "00000000000000000000.index", "00000000000000000000.log",
                         "00000000000000000000.timeindex", "00000000000000000005.index",
                         "00000000000000000005.log", "00000000000000000005.snapshot",
                         "00000000000000000005.timeindex", "00000000000000000010.snapshot",
                         "leader-epoch-checkpoint", "partition.metadata"}));
  EXPECT_EQ(storage.load("t-0/leader-epoch-checkpoint"), "0\n1\n1 0\n");
  EXPECT_EQ(storage.load("t-0/partition.metadata"), "version: 0\ntopic_id: AQAAAAAAAAAAAAAAAAAAAA");
}

TEST_F(RestartTest, S46_ADuplicateThatRollsLeavesASnapshot) {
  config.segment_bytes = 200;
  open();
  send(0, 0, 4);
  send(0, 5, 9);
  expect_duplicate(send(0, 5, 9), 5);
  EXPECT_TRUE(storage.load(file(10, kSnapshotSuffix)).has_value());
}

TEST_F(RestartTest, LeaderEpochsSurvive) {
  send(0, 0, 4);
  stop_and_start();
  send(0, 5, 9);
  kill_and_start();
  EXPECT_EQ(partition->leader_epochs().entries(),
            (std::vector<LeaderEpochs::Entry>{{0, 0}, {1, 5}, {2, 10}}));
  EXPECT_EQ(partition->leader_epochs().end_offset_for(0, 10), (LeaderEpochs::EndOffset{0, 5}));
  ASSERT_TRUE(storage.remove("t-0/leader-epoch-checkpoint"));
  stop_and_start();
  EXPECT_EQ(partition->leader_epochs().entries().size(), 3u) << "the epochs of the batches";
}

TEST_F(RestartTest, SegmentsThatAreDroppedTakeTheirSnapshotsAlong) {
  config.segment_bytes = 200;
  config.retention_bytes = 0;
  open();
  for (int i = 0; i < 4; ++i) send(0, i * 5, i * 5 + 4);
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(storage.load(file(5, kSnapshotSuffix)), std::nullopt);
  EXPECT_TRUE(storage.load(file(0, kLogSuffix) + kDeletedSuffix).has_value());
  clock.advance(config.file_delete_delay_ms);
  timers.run_due(clock.monotonic_ms());
  EXPECT_EQ(storage.load(file(0, kLogSuffix) + kDeletedSuffix), std::nullopt);
  const std::int64_t start = partition->log_start_offset();
  stop_and_start();
  EXPECT_EQ(partition->log_start_offset(), start);
}

// The last records go, and then the process: what their producers wrote is known still.
TEST_F(RestartTest, RetentionOfTheLastRecordsLeavesASnapshot) {
  config.retention_bytes = 0;
  open();
  send(0, 0, 4);
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log_start_offset(), 5);
  EXPECT_TRUE(storage.load(file(5, kSnapshotSuffix)).has_value());
  storage.fail(true);
  send(0, 5, 9);
  EXPECT_FALSE(partition->apply_retention()) << "there is nothing to drop";
}

// DeleteRecords has removed the snapshots; one is needed all the same.
TEST_F(RestartTest, RetentionDropsSegmentsThatDeleteRecordsHasLeft) {
  config.retention_ms = 1000;
  open();
  expect_appended(send(0, 0, 4), 0);
  partition->raise_log_start_offset(5);
  clock.advance(2000);
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log().size_bytes(), 0u);
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
}

// No offset is given twice, though no record is left to say where the log was.
TEST_F(RestartTest, AnEmptiedLogGoesOnWhereItEnded) {
  config.retention_bytes = 0;
  open();
  send(0, 0, 4);
  EXPECT_TRUE(partition->apply_retention());
  for (int kills = 0; kills < 3; ++kills) {
    kill_and_start();
    EXPECT_EQ(partition->log_start_offset(), 5);
    EXPECT_EQ(partition->log_end_offset(), 5);
  }
  expect_appended(send(0, 5, 9), 5);
}

TEST_F(RestartTest, WithoutASnapshotRetentionLeavesTheLastRecords) {
  config.retention_bytes = 0;
  open();
  send(0, 0, 4);
  storage.fail(true);
  EXPECT_FALSE(partition->apply_retention());
  EXPECT_EQ(partition->log_start_offset(), 0);
}

// Whole segments may be among what a crash takes; no empty one is left behind a gap.
TEST_F(RestartTest, ALostTailReachesOverSegments) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 4; ++i) send(0, i * 5, i * 5 + 4);
  const std::size_t segments = partition->log().segments().size();
  ASSERT_GE(segments, 3u);
  partition.reset();
  ASSERT_TRUE(damage_partition(environment, "t-0", {.kind = Crash::Kind::kLoseTail, .batches = 3}));
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
  expect_appended(send(0, 5, 9), 5);
}

// Open and ended transactions are read back from the log and from snapshots.
TEST_F(RestartTest, TransactionsAreReadFromTheLog) {
  const auto transactional = [&](std::int64_t pid) {
    partition->producers().verification_started(pid, 0, 0);
    return partition->append(make_batch({.producer_id = pid,
                                         .epoch = 0,
                                         .first_sequence = 0,
                                         .timestamp_ms = kNow,
                                         .is_transactional = true}),
                             {});
  };
  expect_appended(transactional(1), 0);
  expect_appended(transactional(2), 1);
  ASSERT_TRUE(partition->close());
  std::string log = storage.load(file(0, kLogSuffix)).value();
  const auto marker = codec::build_marker_batch({.marker = {codec::ControlType::kAbort, 3},
                                                 .producer_id = 1,
                                                 .producer_epoch = 0,
                                                 .timestamp_ms = kNow,
                                                 .base_offset = 2,
                                                 .partition_leader_epoch = 1});
  log.append(marker.begin(), marker.end());
  ASSERT_TRUE(storage.replace(file(0, kLogSuffix), log));
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 3);
  EXPECT_EQ(partition->last_stable_offset(), 1) << "producer 2 is not done";
  const AbortedTransaction aborted{1, 0, 2, 1};
  EXPECT_EQ(partition->aborted_transactions(0, 3), (std::vector<AbortedTransaction>{aborted}));
  EXPECT_EQ(storage.load(file(0, kTransactionIndexSuffix))->size(), TransactionIndex::kEntrySize);
  stop_and_start();
  EXPECT_EQ(partition->last_stable_offset(), 1);
  EXPECT_EQ(partition->aborted_transactions(0, 3), (std::vector<AbortedTransaction>{aborted}));
}

// Wherever a write is torn, what comes back is a beginning of what was acknowledged, whole, and the
// last batch of it is recognised.
TEST_F(RestartTest, EveryTornLengthOfALog) {
  for (int i = 0; i < 4; ++i) send(0, i * 2, i * 2 + 1);
  partition.reset();
  const std::string whole = storage.load(file(0, kLogSuffix)).value();
  const std::size_t batch = whole.size() / 4;
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    ASSERT_TRUE(storage.remove("t-0"));
    ASSERT_TRUE(storage.replace(file(0, kLogSuffix), whole.substr(0, size)));
    kill_and_start();
    const auto batches = static_cast<std::int64_t>(size / batch);
    ASSERT_EQ(partition->log_end_offset(), batches * 2) << size;
    const auto last = static_cast<std::int32_t>(batches * 2);
    if (batches > 0) expect_duplicate(send(0, last - 2, last - 1), last - 2);
    if (batches > 0) expect_appended(send(0, last, last), last);
  }
}

TEST_F(RestartTest, CrashesDoWhatTheySay) {
  const auto crash = [&](const Crash& what) {
    const bool is_clean = what.follows_clean_stop();
    if (is_clean) {
      ASSERT_TRUE(partition->close());
    }
    const std::int64_t end = partition->log_end_offset();
    partition.reset();
    ASSERT_TRUE(damage_storage(environment, what));
    open({.was_clean = is_clean, .recovery_point = is_clean ? end : 0});
    ASSERT_EQ(failure, std::nullopt);
  };
  for (int i = 0; i < 3; ++i) send(0, i, i);
  crash({.kind = Crash::Kind::kKeepEverything});
  expect_duplicate(send(0, 2, 2), 2);
  crash({.kind = Crash::Kind::kLoseTail, .batches = 2});
  EXPECT_EQ(partition->log_end_offset(), 1);
  expect_appended(send(0, 1, 1), 1);
  stop_and_start();  // a snapshot that knows sequence 1
  expect_appended(send(0, 2, 2), 2);
  crash({.kind = Crash::Kind::kStaleSnapshot});
  EXPECT_EQ(partition->log_end_offset(), 3);
  expect_appended(send(0, 2, 2), 3);
  crash({.kind = Crash::Kind::kLoseProducerState});
  EXPECT_EQ(partition->producers().size(), 0u);
  expect_appended(send(0, 2, 2), 4);
}

}  // namespace
}  // namespace understudy::broker
