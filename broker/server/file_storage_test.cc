#include "broker/server/file_storage.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

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

TEST(FileStorage, OpensNoFileBeforeTheFirstAppend) {
  const std::size_t before = open_files();
  const auto segment = new_segment();
  EXPECT_EQ(open_files(), before);
  ASSERT_TRUE(segment->append(Slice::copy_of("x")));
  EXPECT_EQ(open_files(), before + 1);
}

TEST(FileStorage, LeavesNoNameInItsDirectory) {
  const std::string directory = testing::TempDir() + "understudy_file_storage_test";
  std::filesystem::create_directory(directory);
  const auto segment = new_segment(directory);
  ASSERT_TRUE(segment->append(Slice::copy_of("x")));
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
}

TEST(FileStorage, WorksWithoutADirectoryToWriteTo) {
  const auto segment = new_segment("/nonexistent/directory");
  ASSERT_TRUE(segment->append(Slice::copy_of("anonymous")));
  EXPECT_EQ(segment->read(0, 9).value().view(), "anonymous");
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
TEST(FileStorage, AFailedAppendLeavesTheSegmentAsItWas) {
  const auto segment = new_segment();
  ASSERT_TRUE(segment->append(Slice::copy_of("kept")));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const bool appended = segment->append(Slice::copy_of(std::string(2000, 'x')));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_FALSE(appended);
  EXPECT_EQ(segment->size_bytes(), 4u);
  ASSERT_TRUE(segment->append(Slice::copy_of(" and more")));
  EXPECT_EQ(segment->read(0, 13).value().view(), "kept and more");
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
