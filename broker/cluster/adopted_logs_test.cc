// Logs that another broker wrote, in a cluster that takes them up.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "broker/cluster/cluster_test_support.h"
#include "broker/log/files.h"
#include "codec/stored_batch.h"

namespace understudy::broker {
namespace {

using AdoptedLogsTest = StoredClusterTest;

std::string text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// A log with a gap in its only segment, whose last batch has leader epoch 7.
std::string log_with_a_gap() {
  return text(codec::build_old_message({.offset = 0, .timestamp = 1, .key = "k", .value = "v"})) +
         text(codec::RecordBatchBuilder({.base_offset = 9, .partition_leader_epoch = 7})
                  .add({.timestamp = 1, .key = "k", .value = "v"})
                  .build());
}

TEST_F(AdoptedLogsTest, CheckpointsOfAnotherBrokerCutNothing) {
  cluster->close();
  for (const auto& entry : storage.list("")) ASSERT_TRUE(storage.remove(entry.name));
  ASSERT_TRUE(storage.replace("o-0/" + offset_file_name(0, kLogSuffix), log_with_a_gap()));
  // A replica that was not yet told how far the records are replicated.
  ASSERT_TRUE(storage.replace(kHighWatermarkFile, write_offset_checkpoint({{{"o", 0}, 1}})));
  for (int life = 0; life < 3; ++life) {
    start();
    ASSERT_EQ(failure, std::nullopt);
    const Partition* partition = cluster->find_topic("o")->partition(0);
    EXPECT_EQ(partition->log_end_offset(), 10) << "life " << life;
    EXPECT_EQ(partition->high_watermark(), 10);
    EXPECT_EQ(partition->leadership().leader_epoch, 8 + life);
  }
  EXPECT_EQ(storage.load("o-0/" + offset_file_name(0, kLogSuffix)), log_with_a_gap());
}

TEST_F(AdoptedLogsTest, WhatIsFoundInThemIsTold) {
  cluster->close();
  for (const auto& entry : storage.list("")) ASSERT_TRUE(storage.remove(entry.name));
  ASSERT_TRUE(storage.replace("o-0/" + offset_file_name(0, kLogSuffix), log_with_a_gap()));
  ASSERT_TRUE(storage.replace("o-0/notes.txt", "mine"));
  start();
  const auto is_the_line = [](const std::string& line) {
    return line.ends_with(
        "o-0: 1 message of a format before magic 2, served unchanged; offsets are missing in 1 "
        "place, as compaction leaves them; files that are not known, left alone: notes.txt");
  };
  EXPECT_EQ(std::ranges::count_if(told, is_the_line), 1);
  const std::size_t lines = told.size();
  start();
  EXPECT_EQ(told.size(), lines) << "only the first start takes them up";
}

}  // namespace
}  // namespace understudy::broker
