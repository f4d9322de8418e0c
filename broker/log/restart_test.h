// A partition on files in memory, which tests close, kill and read again.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker/log/files.h"
#include "broker/log/partition.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker::restart_test {

using wire::ErrorCode;
using Kind = AppendResult::Kind;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kPid = 7000;

class RestartTest : public ::testing::Test {
 protected:
  RestartTest() { open(); }

  void open(const LoadHints& hints = {}) {
    partition.reset();
    partition = std::make_unique<Partition>(
        wire::Uuid{{1}}, "t", 0,
        Leadership{.replicas = {1}, .isr = {1}, .leader = 1, .leader_epoch = ++leader_epoch},
        std::make_shared<TopicConfig>(config), ProducerStateOptions{}, environment);
    failure = partition->load(hints);
  }

  void stop_and_start() {
    ASSERT_TRUE(partition->close());
    const LoadHints hints{.was_clean = true,
                          .recovery_point = partition->recovery_point(),
                          .start_offset = partition->log_start_offset()};
    open(hints);
    ASSERT_EQ(failure, std::nullopt);
  }
  void kill_and_start(std::int64_t recovery_point = 0) {
    open({.recovery_point = recovery_point});
    ASSERT_EQ(failure, std::nullopt);
  }

  AppendResult send(std::int16_t epoch, std::int32_t first, std::int32_t last,
                    std::int64_t pid = kPid) {
    return partition->append(make_batch({.producer_id = pid,
                                         .epoch = epoch,
                                         .first_sequence = first,
                                         .records = last - first + 1,
                                         .timestamp_ms = clock.wall_ms()}),
                             {});
  }
  void expect_appended(const AppendResult& result, std::int64_t offset) {
    EXPECT_EQ(result.kind, Kind::kAppended) << result.reason;
    EXPECT_EQ(result.base_offset, offset);
  }
  void expect_duplicate(const AppendResult& result, std::int64_t offset) {
    EXPECT_EQ(result.kind, Kind::kDuplicate) << result.reason;
    EXPECT_EQ(result.base_offset, offset);
  }
  void expect_refused(const AppendResult& result, ErrorCode error) {
    EXPECT_EQ(result.kind, Kind::kRefused);
    EXPECT_EQ(result.error, error);
  }

  std::string file(std::int64_t offset, const char* suffix) {
    return "t-0/" + offset_file_name(offset, suffix);
  }
  void flip(const std::string& path, std::size_t at) {
    std::string bytes = storage.load(path).value();
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    ASSERT_TRUE(storage.replace(path, bytes));
  }
  void cut(const std::string& path, std::size_t from_end) {
    std::string bytes = storage.load(path).value();
    ASSERT_TRUE(storage.replace(path, bytes.substr(0, bytes.size() - from_end)));
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& entry : storage.list("t-0")) names.push_back(entry.name);
    return names;
  }

  ManualClock clock{kNow};
  MemoryStorage storage;
  Timers timers;
  std::vector<std::string> told;
  LogEnvironment environment{.storage = storage,
                             .clock = clock,
                             .timers = timers,
                             .tell = [this](const std::string& line) { told.push_back(line); }};
  TopicConfig config;
  std::int32_t leader_epoch = -1;
  std::unique_ptr<Partition> partition;
  std::optional<std::string> failure;
};

}  // namespace understudy::broker::restart_test
