// What a broker makes of files that are torn, spoilt or gone when it starts: section 12 of the
// idempotence specification with its scenarios 51, 52 and 55, and scenario 38 of the log and fetch
// specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

namespace fs = std::filesystem;

constexpr ErrorCode kGap = ErrorCode::kOutOfOrderSequenceNumber;

void remove_all_of(const PartitionDirectory& partition, std::string_view extension) {
  const std::vector<fs::path> files = partition.all(extension);
  EXPECT_FALSE(files.empty()) << "there is no ." << extension << " to remove";
  for (const fs::path& file : files) fs::remove(file);
}

// Producer snapshots -----------------------------------------------------------------------------

void send_one_by_one(TestTopic& topic, std::int32_t first, std::int32_t last) {
  for (std::int32_t sequence = first; sequence <= last; ++sequence) {
    EXPECT_THAT(topic.send(0, sequence, sequence), AppendedAt(sequence));
  }
}

// Of six batches the last five, as if the broker had never stopped.
void expect_five_known(TestTopic& topic) {
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 5));
  for (std::int32_t sequence = 5; sequence >= 1; --sequence) {
    EXPECT_THAT(topic.send(0, sequence, sequence), DuplicateOf(sequence));
  }
  EXPECT_THAT(topic.send(0, 0, 0), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 6, 6), AppendedAt(6));
}

// A snapshot that cannot be read is as good as none, but then the log is read from its beginning.
RESTART_SCENARIO(Idempotence_S51_FlippedSnapshotIsReplacedByTheLog, clean_stop) {
  TestTopic topic;
  send_one_by_one(topic, 0, 5);
  restart([&](const fs::path& data_dir) {
    flip_bit_of_byte(PartitionDirectory(data_dir, topic.name()).file(6, "snapshot"), 20);
  });
  expect_five_known(topic);
}

RESTART_SCENARIO(Idempotence_S51_SnapshotOfAnotherVersionIsReplacedByTheLog, clean_stop) {
  TestTopic topic;
  send_one_by_one(topic, 0, 5);
  restart([&](const fs::path& data_dir) {
    flip_bit_of_byte(PartitionDirectory(data_dir, topic.name()).file(6, "snapshot"), 1);
  });
  expect_five_known(topic);
}

RESTART_SCENARIO(Idempotence_S51_ShortSnapshotIsReplacedByTheLog, clean_stop) {
  TestTopic topic;
  send_one_by_one(topic, 0, 5);
  restart([&](const fs::path& data_dir) {
    cut_off(PartitionDirectory(data_dir, topic.name()).file(6, "snapshot"), 1);
  });
  expect_five_known(topic);
}

RESTART_SCENARIO(Idempotence_S51_EmptySnapshotIsReplacedByTheLog, clean_stop) {
  TestTopic topic;
  send_one_by_one(topic, 0, 5);
  restart([&](const fs::path& data_dir) {
    write_content(PartitionDirectory(data_dir, topic.name()).file(6, "snapshot"), "");
  });
  expect_five_known(topic);
}

// Batches 0 and 1 lie in the first segment: the snapshot at 2 knows batch 1 alone.
RESTART_SCENARIO(Idempotence_S51_OlderSnapshotIsTakenAndTheRestReplayed, clean_stop) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "300"}}});
  send_one_by_one(topic, 0, 0);
  EXPECT_THAT(topic.produce(idempotent(0, 1, 1, {.value = std::string(150, 'v')})), AppendedAt(1));
  send_one_by_one(topic, 2, 4);
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, topic.name());
    EXPECT_EQ(read_snapshot(partition.file(2, "snapshot")).at(kProducerId).last_sequence, 1);
    flip_bit_of_byte(partition.file(5, "snapshot"), 20);
  });
  EXPECT_THAT(topic.send(0, 4, 4), DuplicateOf(4));
  EXPECT_THAT(topic.send(0, 1, 1), DuplicateOf(1));
  EXPECT_THAT(topic.send(0, 0, 0), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(5));
}

// A clean stop without any snapshot looks like a log from before there were snapshots.
RESTART_SCENARIO(Idempotence_R3_WithoutSnapshotsNothingIsKnown, clean_stop) {
  TestTopic topic;
  send_one_by_one(topic, 0, 5);
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, topic.name()), "snapshot");
  });
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(6));
}

RESTART_SCENARIO(Idempotence_R3_WithoutSnapshotsTheLogIsRead, killed, adopted_after_kill) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  EXPECT_THAT(topic.produce(idempotent(2, 0, 0, {.producer_id = 7001})), AppendedAt(0));
  for (std::int32_t i = 0; i < 6; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i + 1));
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, topic.name()), "snapshot");
  });
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 5));
  EXPECT_THAT(topic.producer_state(7001), ProducerAt(2, 0));
  EXPECT_THAT(topic.send(0, 5, 5), DuplicateOf(6));
  EXPECT_THAT(topic.send(0, 6, 6), AppendedAt(7));
}

RESTART_SCENARIO(Idempotence_S51_SpoiltSnapshotsAreReplacedByTheLog, killed) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  EXPECT_THAT(topic.produce(idempotent(2, 0, 0, {.producer_id = 7001})), AppendedAt(0));
  for (std::int32_t i = 0; i < 6; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i + 1));
  restart([&](const fs::path& data_dir) {
    const auto snapshots = PartitionDirectory(data_dir, topic.name()).all("snapshot");
    EXPECT_FALSE(snapshots.empty());
    for (const fs::path& file : snapshots) flip_bit_of_byte(file, -1);
  });
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 5));
  EXPECT_THAT(topic.producer_state(7001), ProducerAt(2, 0));
  EXPECT_THAT(topic.send(0, 5, 5), DuplicateOf(6));
  EXPECT_THAT(topic.send(0, 6, 6), AppendedAt(7));
}

// Torn and spoilt logs ---------------------------------------------------------------------------

// Two batches, 0..4 and 5..9. `spoil` gets the log's file once the broker is dead; the second batch
// must be gone then, and welcome again.
template <class Spoil>
WhileDown spoiling(const TestTopic& topic, Spoil spoil) {
  return [name = topic.name(), spoil](const fs::path& data_dir) {
    spoil(PartitionDirectory(data_dir, name).log());
  };
}

void send_two(TestTopic& topic) {
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 5, 9), AppendedAt(5));
}

void expect_second_is_gone(TestTopic& topic) {
  EXPECT_EQ(topic.end_offset(), 5);
  EXPECT_EQ(topic.read().size(), 1u);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 4));
  EXPECT_THAT(topic.send(0, 10, 10), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 0, 4), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 5, 9), AppendedAt(5));
  EXPECT_EQ(topic.end_offset(), 10);
}

void expect_both_are_there(TestTopic& topic) {
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_EQ(topic.read().size(), 2u);
  EXPECT_THAT(topic.send(0, 5, 9), DuplicateOf(5));
  EXPECT_THAT(topic.send(0, 0, 4), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(10));
}

RESTART_SCENARIO(Idempotence_S52_TornBatchIsCutOff, killed, adopted_after_kill) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { cut_off(log, 20); }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_BatchWithoutItsLastByteIsCutOff, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { cut_off(log, 1); }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_PieceOfAHeaderIsCutOff, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) {
    const auto second = fs::file_size(log) / 2;  // both have the same size
    cut_off(log, second - 10);
  }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_MissingBatchIsMissing, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { cut_off(log, fs::file_size(log) / 2); }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_FlippedRecordCutsItsBatchOff, killed, adopted_after_kill) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { flip_bit_of_byte(log, -3); }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_FlippedSizeCutsItsBatchOff, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) {
    constexpr std::int64_t kSizeField = 8;
    flip_bit_of_byte(log, std::int64_t(fs::file_size(log) / 2) + kSizeField + 2);
  }));
  expect_second_is_gone(topic);
}

RESTART_SCENARIO(Idempotence_S52_ZerosBehindTheLogAreCutOff, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { append_to(log, std::string(4096, '\0')); }));
  expect_both_are_there(topic);
}

RESTART_SCENARIO(Idempotence_S52_GarbageBehindTheLogIsCutOff, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { append_to(log, std::string(200, '\x7e')); }));
  expect_both_are_there(topic);
}

RESTART_SCENARIO(Idempotence_S52_EmptiedLogStartsAnew, killed) {
  TestTopic topic;
  send_two(topic);
  restart(spoiling(topic, [](const fs::path& log) { write_content(log, ""); }));
  EXPECT_EQ(topic.end_offset(), 0);
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 5, 9), AppendedAt(0));
}

// What lies behind the first bad batch goes, whole segments too: offsets have no holes.
RESTART_SCENARIO(Idempotence_S52_SegmentsBehindABadBatchGo, killed, adopted_after_kill) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  for (std::int32_t i = 0; i < 10; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0, {.producer_id = 7001})), AppendedAt(10));
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, topic.name());
    EXPECT_GE(partition.all("log").size(), 5u);
    flip_bit_of_byte(partition.all("log").at(2), -3);  // offset 5: two batches to a segment
  });
  EXPECT_EQ(topic.end_offset(), 5);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 4));
  EXPECT_EQ(topic.producer_state(7001), std::nullopt);
  EXPECT_THAT(topic.send(0, 4, 4), DuplicateOf(4));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(5));
}

// A clean stop says that nothing has to be looked at, whatever the size of the data.
RESTART_SCENARIO(Idempotence_RecoveryBeginsAtTheRecoveryPoint, checkpointed) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  for (std::int32_t i = 0; i < 10; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i));
  const fs::path checkpoint = data_dir() / "recovery-point-offset-checkpoint";
  ASSERT_TRUE(eventually([&] {
    const OffsetCheckpoint known = read_checkpoint(checkpoint);
    const auto found = known.find({topic.name(), 0});
    return found != known.end() && found->second >= 8;
  }));
  restart();
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 9));
  EXPECT_THAT(topic.send(0, 9, 9), DuplicateOf(9));
  EXPECT_THAT(topic.send(0, 8, 8), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(10));
}

// Indexes ----------------------------------------------------------------------------------------

constexpr int kIndexedBatches = 40;
const std::string kOneSegment = "1000000";

// Forty batches of two records, 1000 ms apart, in several segments with an index entry for nearly
// each batch.
struct Indexed {
  TestTopic topic;
  std::int64_t first_stamp = now_ms() - 3'600'000;

  explicit Indexed(const std::string& segment_bytes = "900")
      : topic({.configs = {{"internal.segment.bytes", segment_bytes},
                           {"index.interval.bytes", "1"}}}) {
    for (int i = 0; i < kIndexedBatches; ++i) {
      EXPECT_THAT(topic.produce(plain(2, first_stamp + 1000 * i)), AppendedAt(2 * i));
    }
  }

  void expect_offsets_and_times_are_found() {
    EXPECT_EQ(topic.end_offset(), 2 * kIndexedBatches);
    for (int i = 0; i < kIndexedBatches; ++i) {
      EXPECT_EQ(topic.read(2 * i).at(0).base_offset(), 2 * i);
      EXPECT_EQ(topic.read(2 * i + 1).at(0).base_offset(), 2 * i);
      EXPECT_EQ(topic.find_offset(first_stamp + 1000 * i).offset, 2 * i);
      EXPECT_EQ(topic.find_offset(first_stamp + 1000 * i - 1).offset, 2 * i);
    }
    EXPECT_EQ(topic.find_offset(first_stamp + 1000 * kIndexedBatches).offset, -1);
  }

  void expect_everything_is_found() {
    expect_offsets_and_times_are_found();
    EXPECT_EQ(topic.find_offset(-3).offset, 2 * kIndexedBatches - 2);
    EXPECT_THAT(topic.produce(plain(1)), AppendedAt(2 * kIndexedBatches));
  }
};

RESTART_SCENARIO(LogAndFetch_S38_OffsetIndexesAreRebuilt, clean_stop, killed) {
  Indexed indexed;
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, indexed.topic.name()), "index");
  });
  indexed.expect_everything_is_found();
}

RESTART_SCENARIO(LogAndFetch_S38_BothIndexesAreRebuilt, clean_stop, killed) {
  Indexed indexed;
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, indexed.topic.name()), "index");
    remove_all_of(PartitionDirectory(data_dir, indexed.topic.name()), "timeindex");
  });
  indexed.expect_everything_is_found();
}

// After a clean stop a real broker makes empty time indexes of missing ones, and then knows no
// largest timestamp, and finds nothing behind the first segment any more. No expectation can hold
// for it and for us, so this is about one segment, and about single times.
RESTART_SCENARIO(LogAndFetch_S38_WithoutTheTimeIndexTimesAreStillFound, clean_stop) {
  Indexed indexed(kOneSegment);
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, indexed.topic.name()), "timeindex");
  });
  indexed.expect_offsets_and_times_are_found();
}

RESTART_SCENARIO(LogAndFetch_S38_TimeIndexesAreRebuilt, killed) {
  Indexed indexed;
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, indexed.topic.name()), "timeindex");
  });
  indexed.expect_everything_is_found();
}

// Sizes that no index can have; the sanity check at start-up sees that.
RESTART_SCENARIO(LogAndFetch_S38_IndexesOfImpossibleSizesAreRebuilt, clean_stop, killed) {
  Indexed indexed;
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, indexed.topic.name());
    for (const fs::path& file : partition.all("index")) append_to(file, "odd");
    for (const fs::path& file : partition.all("timeindex")) append_to(file, "odd");
  });
  indexed.expect_everything_is_found();
}

RESTART_SCENARIO(LogAndFetch_S38_SpoiltIndexesAreRebuilt, killed, adopted_after_kill) {
  Indexed indexed;
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, indexed.topic.name());
    for (const fs::path& file : partition.all("index"))
      write_content(file, std::string(80, '\x5a'));
    for (const fs::path& file : partition.all("timeindex")) {
      write_content(file, std::string(120, '\x5a'));
    }
  });
  indexed.expect_everything_is_found();
}

// Compaction -------------------------------------------------------------------------------------

// Producer 7000's batches, whose key another producer overwrites, and the empty batch that is left
// of the last of them.
struct Compacted {
  TestTopic topic{{.configs = {{"cleanup.policy", "compact"},
                               {"internal.segment.bytes", "200"},
                               {"min.cleanable.dirty.ratio", "0.01"}}}};

  Compacted() {
    EXPECT_THAT(topic.send(0, 0, 2), AppendedAt(0));
    EXPECT_THAT(topic.send(0, 3, 5), AppendedAt(3));
    for (std::int32_t i = 0; i < 6; ++i) {
      EXPECT_THAT(topic.produce(idempotent(0, i, i, {.producer_id = 7001})), AppendedAt(6 + i));
    }
    EXPECT_TRUE(eventually([this] { return topic.read().at(0).record_count() == 0; }));
    const StoredBatch left = topic.read().at(0);
    EXPECT_EQ(left.producer_id(), kProducerId);
    EXPECT_EQ(left.base_sequence(), 3);
    EXPECT_EQ(left.last_offset(), 5);
  }

  void expect_producer_is_known() {
    EXPECT_THAT(topic.producer_state(), ProducerAt(0, 5));
    EXPECT_THAT(topic.send(0, 7, 7), Refused(kGap, 0));
    EXPECT_THAT(topic.send(0, 3, 5), DuplicateOf(3));
    EXPECT_THAT(topic.send(0, 6, 6), AppendedAt(12));
  }
};

RESTART_SCENARIO(Idempotence_S55_EmptyBatchKeepsItsProducer, clean_stop, killed, adopted,
                 adopted_after_kill) {
  Compacted compacted;
  restart();
  compacted.expect_producer_is_known();
}

// Without snapshots only the empty batch can tell.
RESTART_SCENARIO(Idempotence_S55_EmptyBatchAloneKeepsItsProducer, killed, adopted_after_kill) {
  Compacted compacted;
  restart([&](const fs::path& data_dir) {
    remove_all_of(PartitionDirectory(data_dir, compacted.topic.name()), "snapshot");
  });
  compacted.expect_producer_is_known();
}

}  // namespace
}  // namespace understudy::conformance
