#include "broker/server/temporary_storage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "broker/server/system_clock.h"
#include "broker/server/test_storage.h"

namespace understudy::server {
namespace {

using broker::File;

class Temporary : public testing::Test {
 protected:
  TestDirectory directory_;
  TestLoop loop_;
  SystemClock clock_;
  TemporaryStorage storage_{loop_.post(), clock_, {.directory = directory_.path()}};
};

TEST_F(Temporary, OpensAFileOnlyWhenThereIsMoreThanATail) {
  const std::size_t before = open_files();
  const auto log = storage_.create("t-0/0.log");
  ASSERT_TRUE(append(*log, "few bytes"));
  EXPECT_EQ(open_files(), before);
  ASSERT_TRUE(append(*log, pattern(TemporaryFiles::kTailSize)));
  EXPECT_EQ(open_files(), before + 1);
}

TEST_F(Temporary, SmallFilesOfOtherKindsNeverOpenOne) {
  const std::size_t before = open_files();
  for (std::size_t i = 0; i < TemporaryFiles::kTailsMax + 50; ++i) {
    const auto index = storage_.create("t-" + std::to_string(i) + "/0.index");
    for (int round = 0; round < 10; ++round) ASSERT_TRUE(append(*index, pattern(100)));
    ASSERT_TRUE(storage_.replace("t-" + std::to_string(i) + "/checkpoint", "0\n0\n"));
  }
  EXPECT_EQ(open_files(), before);
}

TEST_F(Temporary, MoreLogsThanTailsKeepTheirBytes) {
  std::vector<std::unique_ptr<File>> logs;
  for (std::size_t i = 0; i < TemporaryFiles::kTailsMax + 50; ++i) {
    logs.push_back(storage_.create("t-" + std::to_string(i) + "/0.log"));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      ASSERT_TRUE(append(*logs[i], std::to_string(i) + ";"));
    }
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::string once = std::to_string(i) + ";";
    ASSERT_EQ(content_of(*logs[i]), three_times(once));
  }
}

TEST_F(Temporary, LeavesNoNameInItsDirectory) {
  const auto log = storage_.create("t-0/0.log");
  ASSERT_TRUE(append(*log, pattern(100'000)));
  ASSERT_TRUE(storage_.replace("t-0/checkpoint", pattern(100'000)));
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(Temporary, TruncatesFileAndTail) {
  const auto log = storage_.create("t-0/0.log");
  const std::string text = pattern(50'000);
  ASSERT_TRUE(append(*log, text));
  ASSERT_TRUE(append(*log, "in the tail"));
  ASSERT_TRUE(log->truncate(50'006));
  EXPECT_EQ(log->read(50'000, 6).value().view(), "in the");
  ASSERT_TRUE(log->truncate(40'000));
  ASSERT_TRUE(append(*log, "end"));
  EXPECT_EQ(log->size_bytes(), 40'003u);
  EXPECT_TRUE(content_of(*log) == text.substr(0, 40'000) + "end");
}

TEST_F(Temporary, ATailThatCannotBeWrittenIsNotLost) {
  const auto log = storage_.create("t-0/0.log");
  const std::string text = pattern(TemporaryFiles::kTailSize);
  const std::string half = text.substr(0, text.size() / 2);
  ASSERT_TRUE(append(*log, half));
  ASSERT_TRUE(append(*log, text.substr(half.size())));
  bool appended = true;
  {
    const FullDisk full(1000);
    appended = append(*log, "more");
  }
  EXPECT_FALSE(appended);
  EXPECT_TRUE(content_of(*log) == text);
  ASSERT_TRUE(append(*log, "more"));
  EXPECT_TRUE(content_of(*log) == text + "more");
}

TEST_F(Temporary, IsNotSyncedByDefault) {
  EXPECT_FALSE(storage_.is_synced());
  const TemporaryStorage synced(loop_.post(), clock_, {.durability = Durability::kFsync});
  EXPECT_TRUE(synced.is_synced());
}

TEST_F(Temporary, AFileIsAsOldAsTheBrokersClockSays) {
  const auto log = storage_.create("t-0/0.log");
  clock_.shift_wall(-3'600'000);
  const std::int64_t now_ms = clock_.wall_ms();
  ASSERT_TRUE(append(*log, "a"));
  EXPECT_GE(log->modified_ms(), now_ms);
  EXPECT_LT(log->modified_ms(), now_ms + 1'800'000);
}

TEST(TemporaryStorage, WorksWithoutADirectoryToWriteTo) {
  TestLoop loop;
  const SystemClock clock;
  TemporaryStorage storage(loop.post(), clock, {.directory = "/nonexistent/directory"});
  const auto log = storage.create("t-0/0.log");
  const std::string text = pattern(100'000);
  ASSERT_TRUE(append(*log, text));
  EXPECT_TRUE(content_of(*log) == text);
}

TEST(TemporaryStorage, NamesADirectoryOfTheMachine) {
  TestLoop loop;
  const SystemClock clock;
  EXPECT_FALSE(TemporaryStorage(loop.post(), clock).directory().empty());
}

}  // namespace
}  // namespace understudy::server
