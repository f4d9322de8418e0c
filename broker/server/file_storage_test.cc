#include "broker/server/file_storage.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "broker/server/system_clock.h"

namespace understudy::server {
namespace {

using broker::SegmentFile;
using wire::Slice;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 257);
  return text;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

std::unique_ptr<SegmentFile> new_segment(const std::string& directory = {}) {
  return FileStorage(directory).create_segment("topic", 0, 0);
}

TEST(FileStorage, ReadsBackWhatWasAppended) {
  const auto segment = new_segment();
  ASSERT_TRUE(segment->append(Slice::copy_of("hello ")));
  ASSERT_TRUE(segment->append(Slice::copy_of("world")));
  EXPECT_EQ(segment->size_bytes(), 11u);
  EXPECT_EQ(segment->read(0, 11).value().view(), "hello world");
  EXPECT_EQ(segment->read(6, 5).value().view(), "world");
  EXPECT_EQ(segment->read(11, 0).value().view(), "");
}

// Large reads are mappings; they start anywhere in a page.
TEST(FileStorage, ReadsLargeRangesAtAnyPosition) {
  const auto segment = new_segment();
  const std::string text = pattern(1'000'000);
  ASSERT_TRUE(segment->append(Slice::copy_of(text)));
  for (const std::size_t position : {0u, 1u, 4095u, 4096u, 4097u, 123'456u}) {
    for (const std::size_t size : {65'535u, 65'536u, 700'000u}) {
      ASSERT_TRUE(segment->read(position, size).value().view() == text.substr(position, size))
          << position << " " << size;
    }
  }
}

TEST(FileStorage, OpensAFileOnlyWhenThereIsMoreThanATail) {
  const std::size_t before = open_files();
  const auto segment = new_segment();
  ASSERT_TRUE(segment->append(Slice::copy_of("few bytes")));
  EXPECT_EQ(open_files(), before);
  ASSERT_TRUE(segment->append(Slice::copy_of(pattern(FileStorage::kTailSize))));
  EXPECT_EQ(open_files(), before + 1);
}

// Of many sizes, so that tails are full, exceeded and left half full.
TEST(FileStorage, GathersSmallAppendsInOrder) {
  const auto segment = new_segment();
  const std::string text = pattern(300'000);
  std::size_t size = 1;
  for (std::size_t at = 0; at < text.size(); at += size, size = (size * 7 + 3) % 9000 + 1) {
    ASSERT_TRUE(segment->append(Slice::copy_of(text.substr(at, size))));
    const std::size_t end = std::min(at + size, text.size());
    ASSERT_EQ(segment->size_bytes(), end);
    // The newest bytes, and some that lie both in the file and in the tail.
    const std::size_t from = end - std::min<std::size_t>(end, 100);
    ASSERT_TRUE(segment->read(from, end - from).value().view() == text.substr(from, end - from));
    if (size % 5 == 0) {
      ASSERT_TRUE(segment->read(0, end).value().view() == text.substr(0, end));
    }
  }
}

TEST(FileStorage, MoreSegmentsThanTailsKeepTheirBytes) {
  FileStorage storage;
  std::vector<std::unique_ptr<SegmentFile>> segments;
  for (std::size_t i = 0; i < FileStorage::kTailsMax + 50; ++i) {
    segments.push_back(storage.create_segment("topic", static_cast<std::int32_t>(i), 0));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < segments.size(); ++i) {
      ASSERT_TRUE(segments[i]->append(Slice::copy_of(std::to_string(i) + ";")));
    }
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string once = std::to_string(i) + ";";
    std::string thrice;
    for (int turn = 0; turn < 3; ++turn) thrice += once;
    ASSERT_EQ(segments[i]->read(0, thrice.size()).value().view(), thrice);
  }
}

TEST(FileStorage, LeavesNoNameInItsDirectory) {
  const std::string directory = testing::TempDir() + "understudy_file_storage_test";
  std::filesystem::create_directory(directory);
  const auto segment = new_segment(directory);
  ASSERT_TRUE(segment->append(Slice::copy_of(pattern(100'000))));
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
}

TEST(FileStorage, WorksWithoutADirectoryToWriteTo) {
  const auto segment = new_segment("/nonexistent/directory");
  const std::string text = pattern(100'000);
  ASSERT_TRUE(segment->append(Slice::copy_of(text)));
  EXPECT_TRUE(segment->read(0, text.size()).value().view() == text);
}

TEST(FileStorage, TruncatesAndGoesOn) {
  const auto segment = new_segment();
  ASSERT_TRUE(segment->append(Slice::copy_of("hello world")));
  ASSERT_TRUE(segment->truncate(6));
  EXPECT_EQ(segment->size_bytes(), 6u);
  ASSERT_TRUE(segment->append(Slice::copy_of("moon")));
  EXPECT_EQ(segment->read(0, 10).value().view(), "hello moon");
  ASSERT_TRUE(segment->truncate(0));
  EXPECT_EQ(segment->size_bytes(), 0u);
  ASSERT_TRUE(segment->append(Slice::copy_of("again")));
  EXPECT_EQ(segment->read(0, 5).value().view(), "again");
}

TEST(FileStorage, TruncatesFileAndTail) {
  const auto segment = new_segment();
  const std::string text = pattern(50'000);
  ASSERT_TRUE(segment->append(Slice::copy_of(text)));
  ASSERT_TRUE(segment->append(Slice::copy_of("in the tail")));
  ASSERT_TRUE(segment->truncate(50'006));
  EXPECT_EQ(segment->read(50'000, 6).value().view(), "in the");
  ASSERT_TRUE(segment->truncate(40'000));
  ASSERT_TRUE(segment->append(Slice::copy_of("end")));
  EXPECT_EQ(segment->size_bytes(), 40'003u);
  EXPECT_TRUE(segment->read(0, 40'003).value().view() == text.substr(0, 40'000) + "end");
}

TEST(FileStorage, SlicesOutliveTruncationAndTheFile) {
  auto segment = new_segment();
  const std::string text = pattern(3'000'000);
  ASSERT_TRUE(segment->append(Slice::copy_of(text)));
  const Slice mapped = segment->read(1'000'000, 2'000'000).value();
  const Slice copied = segment->read(2'999'000, 1000).value();
  ASSERT_TRUE(segment->truncate(1'500'000));
  ASSERT_TRUE(segment->append(Slice::copy_of(std::string(1'500'000, '!'))));
  EXPECT_TRUE(segment->read(0, 1'500'000).value().view() == text.substr(0, 1'500'000));
  EXPECT_EQ(segment->read(1'500'000, 3).value().view(), "!!!");
  segment.reset();
  EXPECT_TRUE(mapped.view() == text.substr(1'000'000));
  EXPECT_TRUE(copied.view() == text.substr(2'999'000));
}

// A limit on the size of files stands for a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t size) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit tight{size, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST(FileStorage, AFailedAppendLeavesTheSegmentAsItWas) {
  const auto segment = new_segment();
  ASSERT_TRUE(segment->append(Slice::copy_of("kept")));
  bool appended = true;
  {
    const FullDisk full(1000);
    appended = segment->append(Slice::copy_of(pattern(100'000)));
  }
  EXPECT_FALSE(appended);
  EXPECT_EQ(segment->size_bytes(), 4u);
  ASSERT_TRUE(segment->append(Slice::copy_of(" and more")));
  EXPECT_EQ(segment->read(0, 13).value().view(), "kept and more");
}

TEST(FileStorage, ATailThatCannotBeWrittenIsNotLost) {
  const auto segment = new_segment();
  const std::string text = pattern(FileStorage::kTailSize);
  const std::string half = text.substr(0, text.size() / 2);
  ASSERT_TRUE(segment->append(Slice::copy_of(half)));
  ASSERT_TRUE(segment->append(Slice::copy_of(text.substr(half.size()))));
  bool appended = true;
  {
    const FullDisk full(1000);
    appended = segment->append(Slice::copy_of("more"));
  }
  EXPECT_FALSE(appended);
  EXPECT_TRUE(segment->read(0, text.size()).value().view() == text);
  ASSERT_TRUE(segment->append(Slice::copy_of("more")));
  EXPECT_TRUE(segment->read(0, text.size() + 4).value().view() == text + "more");
}

TEST(FileStorage, NamesItsDirectory) {
  EXPECT_EQ(FileStorage("/somewhere").directory(), "/somewhere");
  EXPECT_FALSE(FileStorage().directory().empty());
}

TEST(OpenFilesLimit, IsRaisedToTheHardLimit) {
  const std::uint64_t raised = raise_open_files_limit();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  EXPECT_EQ(raised, limit.rlim_max);
}

TEST(SystemClock, AFrozenClockMovesOnlyWhenTold) {
  SystemClock clock(SystemClock::Motion::kFrozen);
  const std::int64_t before_ms = clock.now_ms();
  clock.advance(5);
  EXPECT_EQ(clock.now_ms(), before_ms + 5);
}

TEST(SystemClock, ARealClockCanBeAdvancedToo) {
  SystemClock clock;
  const std::int64_t before_ms = clock.now_ms();
  clock.advance(1'000'000'000);
  EXPECT_GE(clock.now_ms(), before_ms + 1'000'000'000);
}

}  // namespace
}  // namespace understudy::server
