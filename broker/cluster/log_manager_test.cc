// What is done to all logs: compaction in steps, and what may happen between two of them.
#include "broker/cluster/log_manager.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "broker/cluster/cluster_test_support.h"
#include "broker/log/files.h"
#include "codec/record.h"

namespace understudy::broker {
namespace {

class LogManagerTest : public StoredClusterTest {
 protected:
  Partition& partition() { return *cluster->find_partition("t", 0); }

  // Five keys in turn; the first batches of a producer go, its last one stays.
  void write_keys(int count) {
    for (int i = 0; i < count; ++i) {
      write("t", 0, written, 7, "k" + std::to_string(written % 5));
      ++written;
    }
  }
  // Each batch has one record, whose offset was the number of its write.
  std::map<std::string, std::int64_t> newest_of_keys() {
    std::map<std::string, std::int64_t> newest;
    std::int64_t offset_min = 0;
    partition().log().for_each_batch(0, [&](const codec::BatchView& batch) {
      EXPECT_GE(batch.base_offset(), offset_min);
      offset_min = batch.next_offset();
      codec::RecordReader reader(batch);
      while (const codec::RecordView* record = reader.next()) {
        newest[std::string(record->key.value_or(""))] = record->offset;
      }
      return true;
    });
    return newest;
  }
  std::map<std::string, std::string> files() {
    std::map<std::string, std::string> found;
    for (const Storage::Entry& entry : storage.list("t-0")) {
      if (!entry.name.ends_with(kDeletedSuffix)) {
        found[entry.name] = storage.load("t-0/" + entry.name).value_or("");
      }
    }
    return found;
  }
  bool has_unfinished_files() {
    for (const auto& [name, content] : files()) {
      if (name.ends_with(kCleanedSuffix) || name.ends_with(kSwapSuffix)) return true;
    }
    return false;
  }

  // Restarts everything, once for each number of steps after which a round can be interrupted, and
  // interrupts one there.
  void interrupt_everywhere(const std::function<void()>& prepare,
                            const std::function<void()>& interrupt_and_check) {
    int interrupted = 0;
    for (int steps = 1;; ++steps) {
      SCOPED_TRACE("after step " + std::to_string(steps));
      cluster.reset();
      timers = {};
      storage = {};
      written = 0;
      properties = {{"log.cleaner.io.buffer.size", "100"}};
      start(2);
      ASSERT_EQ(failure, std::nullopt);
      prepare();
      cluster->logs().compact();
      for (int i = 1; i < steps && cluster->logs().is_compacting(); ++i) run_next_step();
      if (!partition().is_compacting()) break;
      interrupt_and_check();
      if (HasFatalFailure()) return;
      ++interrupted;
    }
    EXPECT_GT(interrupted, 10);
  }
  void run_next_step() {
    clock.advance(1);
    timers.run_due(clock.monotonic_ms());
  }

  int written = 0;
};

// The cleaner's rounds go through files: records stay, superseded ones go, and a restart after it
// finds the same.
TEST_F(LogManagerTest, CompactionKeepsTheNewestOfEveryKey) {
  add_compacted_topic();
  // The same key, from two producers; the second one's are the newer.
  for (int i = 0; i < 20; ++i) write("t", 0, i, 7);
  for (int i = 0; i < 20; ++i) write("t", 0, i, 8);
  const Partition* partition = cluster->find_topic("t")->partition(0);
  const std::uint64_t before = partition->size_bytes();
  compact();
  EXPECT_LT(partition->size_bytes(), before / 2);
  const auto offsets = [&] {
    std::vector<std::int64_t> found;
    cluster->find_topic("t")->partition(0)->log().for_each_batch(
        0, [&](const codec::BatchView& batch) {
          found.push_back(batch.base_offset());
          return true;
        });
    return found;
  };
  const std::vector<std::int64_t> compacted = offsets();
  ASSERT_GE(compacted.size(), 2u);
  EXPECT_EQ(compacted.front(), 19) << "the last batch of producer 7 stays, without records";
  EXPECT_EQ(compacted.back(), 39);
  EXPECT_EQ(partition->log_end_offset(), 40);
  EXPECT_EQ(partition->log_start_offset(), 0);
  EXPECT_TRUE(storage.load(kCleanerFile).has_value());
  kill_and_start();
  EXPECT_EQ(offsets(), compacted);
  partition = cluster->find_topic("t")->partition(0);
  EXPECT_EQ(partition->log_end_offset(), 40);
  EXPECT_EQ(partition->log_start_offset(), 0);
  EXPECT_EQ(partition->producers().find(7)->last_sequence(), 19);
  write("t", 0, 20, 7);
  EXPECT_TRUE(told.empty()) << told.front();
}

// A segment that compaction has emptied is as old as what it was made of, or searches by time would
// end in it.
TEST_F(LogManagerTest, AnEmptiedSegmentIsAsOldAsTheOneBefore) {
  add_compacted_topic();
  for (int i = 0; i < 20; ++i) {
    clock.advance(1000);
    cluster->find_topic("t")->partition(0)->append(make_batch({.timestamp_ms = clock.wall_ms()}),
                                                   {});
  }
  const std::int64_t last = clock.wall_ms();
  clock.advance(1000);
  storage.set_modified_ms(clock.wall_ms());
  compact();
  EXPECT_TRUE(cluster->find_topic("t")->partition(0)->log().segments().front().empty());
  const auto expect_last_found = [&] {
    const auto found = cluster->find_topic("t")->partition(0)->log().find_by_timestamp(last);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->offset, 19);
  };
  expect_last_found();
  kill_and_start();
  expect_last_found();
}

// A crash between any two steps of a round leaves the old segments or the new one.
TEST_F(LogManagerTest, AnInterruptedCompactionIsFinishedOrForgotten) {
  add_compacted_topic();
  for (int i = 0; i < 10; ++i) write("t", 0, i, 7);
  for (int i = 0; i < 10; ++i) write("t", 0, i, 8);
  compact();
  cluster->close();
  // Producer 7's last batch stays in the second segment.
  const std::string name = "t-0/" + offset_file_name(5, kLogSuffix);
  const std::string cleaned = storage.load(name).value();
  ASSERT_FALSE(cleaned.empty());
  // As it is after the rename to .swap, with an old segment still there.
  ASSERT_TRUE(storage.rename(name, name + kSwapSuffix));
  ASSERT_TRUE(storage.replace(name, "what was there before"));
  ASSERT_TRUE(storage.replace("t-0/" + offset_file_name(7, kLogSuffix), "and here"));
  start();
  ASSERT_EQ(failure, std::nullopt);
  EXPECT_EQ(storage.load(name), cleaned);
  EXPECT_EQ(storage.load(name + kSwapSuffix), std::nullopt);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 20);
  cluster->close();
  ASSERT_TRUE(storage.replace(name + kCleanedSuffix, "half a round"));
  start();
  EXPECT_EQ(storage.load(name + kCleanedSuffix), std::nullopt);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 20);
}

TEST_F(LogManagerTest, CompactionInStepsLeavesWhatOneStepLeaves) {
  std::map<std::string, std::string> expected;
  int steps_before = 0;
  for (const char* step_bytes : {"1000000", "300", "100", "0"}) {
    SCOPED_TRACE(step_bytes);
    cluster.reset();
    timers = {};
    storage = {};
    written = 0;
    clock = ManualClock();
    random = Random(1);
    properties = {{"log.cleaner.io.buffer.size", step_bytes}};
    start();
    add_compacted_topic();
    write_keys(40);
    const int steps = compact();
    EXPECT_GT(steps, steps_before) << "shorter steps are more";
    steps_before = steps;
    EXPECT_FALSE(has_unfinished_files());
    if (expected.empty()) expected = files();
    EXPECT_EQ(files(), expected);
  }
}

TEST_F(LogManagerTest, AppendsAndReadsGoOnBetweenTheStepsOfACompaction) {
  properties = {{"log.cleaner.io.buffer.size", "100"}};
  start();
  add_compacted_topic();
  write_keys(40);
  const std::uint64_t before = partition().size_bytes();
  const int steps = compact([&] {
    if (written < 60) write_keys(1);
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(newest_of_keys()["k" + std::to_string((written - 1 - i) % 5)], written - 1 - i);
    }
  });
  EXPECT_GT(steps, 20);
  EXPECT_EQ(written, 60);
  EXPECT_LT(partition().size_bytes(), before);
  EXPECT_EQ(partition().log_end_offset(), written);
  const auto newest = newest_of_keys();
  kill_and_start();
  EXPECT_EQ(newest_of_keys(), newest);
  EXPECT_EQ(partition().log_end_offset(), written);
}

TEST_F(LogManagerTest, TopicCanBeDeletedBetweenTheStepsOfACompaction) {
  const auto prepare = [&] {
    add_compacted_topic();
    write_keys(20);
  };
  interrupt_everywhere(prepare, [&] {
    ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
    add_compacted_topic();
    written = 0;
    write_keys(3);
    while (cluster->logs().is_compacting()) run_next_step();
    EXPECT_EQ(partition().log_end_offset(), 3);
    EXPECT_FALSE(has_unfinished_files());
    clock.advance(60'000);
    timers.run_due(clock.monotonic_ms());
    EXPECT_EQ(newest_of_keys().size(), 3u);
    for (const Storage::Entry& entry : storage.list("")) {
      EXPECT_FALSE(entry.name.ends_with(kDeleteDirectorySuffix)) << entry.name;
    }
  });
}

TEST_F(LogManagerTest, LogCanBeTruncatedBetweenTheStepsOfACompaction) {
  const auto prepare = [&] {
    add_compacted_topic({1, 2});
    write_keys(20);
    partition().hold_replication();
    write_keys(8);
  };
  interrupt_everywhere(prepare, [&] {
    cluster->elect(partition(), 2, Partition::Tail::kLose);
    EXPECT_FALSE(partition().is_compacting());
    EXPECT_FALSE(has_unfinished_files());
    ASSERT_EQ(partition().log_end_offset(), 20);
    written = 20;
    const auto newest = newest_of_keys();
    EXPECT_EQ(newest, (std::map<std::string, std::int64_t>{
                          {"k0", 15}, {"k1", 16}, {"k2", 17}, {"k3", 18}, {"k4", 19}}));
    partition().release_replication();
    while (cluster->logs().is_compacting()) run_next_step();
    EXPECT_EQ(newest_of_keys(), newest);
    write_keys(5);
    start(2);
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_EQ(partition().log_end_offset(), 25);
    EXPECT_EQ(newest_of_keys().at("k4"), 24);
  });
}

TEST_F(LogManagerTest, RetentionCanDropSegmentsBetweenTheStepsOfACompaction) {
  const auto prepare = [&] {
    add_compacted_topic();
    write_keys(40);
  };
  interrupt_everywhere(prepare, [&] {
    Topic& topic = *cluster->find_topic("t");
    ConfigMap configs = topic.configs;
    configs["cleanup.policy"] = "compact,delete";
    configs["retention.bytes"] = "600";
    configs["file.delete.delay.ms"] = "0";
    ASSERT_TRUE(cluster->set_topic_configs(topic, configs));
    ASSERT_TRUE(partition().is_compacting()) << "it is compacted as before";
    const std::size_t segments = partition().log().segments().size();
    cluster->logs().apply_retention();
    const bool has_dropped = partition().log().segments().size() < segments;
    EXPECT_EQ(partition().is_compacting(), !has_dropped);
    EXPECT_FALSE(has_dropped && has_unfinished_files());
    const std::int64_t start_offset = partition().log_start_offset();
    while (cluster->logs().is_compacting()) run_next_step();
    EXPECT_EQ(partition().log_start_offset(), start_offset);
    EXPECT_FALSE(has_unfinished_files());
    // What lies above the start is there.
    for (std::int64_t offset = std::max<std::int64_t>(start_offset, 35); offset < 40; ++offset) {
      EXPECT_EQ(newest_of_keys()["k" + std::to_string(offset % 5)], offset);
    }
    const auto newest = newest_of_keys();
    start(2);
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_EQ(newest_of_keys(), newest);
    EXPECT_EQ(partition().log_start_offset(), start_offset);
  });
}

TEST_F(LogManagerTest, PowerCutBetweenTheStepsOfACompactionLosesNothing) {
  const auto prepare = [&] {
    storage.set_synced(true);
    add_compacted_topic();
    write_keys(20);
    while (storage.finish_syncs() > 0) {
    }
    ASSERT_EQ(partition().high_watermark(), 20);
  };
  interrupt_everywhere(prepare, [&] {
    const auto newest = newest_of_keys();
    cluster.reset();
    storage.lose_unsynced();
    storage.set_synced(true);
    start(2);
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_FALSE(has_unfinished_files());
    EXPECT_EQ(partition().log_end_offset(), 20);
    EXPECT_EQ(newest_of_keys(), newest);
    compact();
    EXPECT_EQ(newest_of_keys(), newest);
    EXPECT_TRUE(storage.load(kCleanerFile).has_value()) << "the next round comes to its end";
  });
}

TEST_F(LogManagerTest, PartitionCanBeRestartedBetweenTheStepsOfACompaction) {
  const auto prepare = [&] {
    add_compacted_topic();
    write_keys(20);
  };
  interrupt_everywhere(prepare, [&] {
    const auto newest = newest_of_keys();
    for (const auto& crash : {std::optional<Crash>(), std::optional(Crash{})}) {
      ASSERT_EQ(cluster->restart_partition(*cluster->find_topic("t"), 0, crash), std::nullopt);
      EXPECT_FALSE(has_unfinished_files());
      EXPECT_EQ(newest_of_keys(), newest);
      run_next_step();
    }
    while (cluster->logs().is_compacting()) run_next_step();
    EXPECT_EQ(newest_of_keys(), newest);
  });
}

TEST_F(LogManagerTest, CleanStopGivesUpACompactionThatIsUnderWay) {
  const auto prepare = [&] {
    add_compacted_topic();
    write_keys(20);
  };
  interrupt_everywhere(prepare, [&] {
    const auto newest = newest_of_keys();
    bool is_done = false;
    cluster->logs().flush_later([&] { is_done = true; });
    while (storage.finish_syncs() > 0) {
    }
    EXPECT_TRUE(is_done);
    EXPECT_FALSE(has_unfinished_files());
    cluster->logs().compact();
    EXPECT_FALSE(cluster->logs().is_compacting()) << "it begins none any more";
    cluster->close();
    start(2);
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_EQ(newest_of_keys(), newest);
  });
}

TEST_F(LogManagerTest, ChangedCleanupPolicyEndsACompactionRound) {
  properties = {{"log.cleaner.io.buffer.size", "100"}};
  start();
  add_compacted_topic();
  write_keys(20);
  cluster->logs().compact();
  ASSERT_TRUE(partition().is_compacting());
  ASSERT_TRUE(cluster->set_topic_configs(*cluster->find_topic("t"), {}));
  EXPECT_FALSE(partition().is_compacting());
  run_next_step();
  EXPECT_FALSE(cluster->logs().is_compacting());
}

}  // namespace
}  // namespace understudy::broker
