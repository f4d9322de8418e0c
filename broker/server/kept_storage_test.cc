#include "broker/server/kept_storage.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "broker/server/append_room.h"
#include "broker/server/test_storage.h"

namespace understudy::server {
namespace {

namespace fs = std::filesystem;
using broker::File;
using testing::HasSubstr;

std::string bytes_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return (std::ostringstream() << stream.rdbuf()).str();
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

class Kept : public testing::Test {
 protected:
  KeptStorage& open(KeptStorage::Options options = {}) {
    storage_.reset();
    auto opened = KeptStorage::open(directory_.path(), loop_.post(), std::move(options));
    EXPECT_EQ(opened.failure, "");
    storage_ = std::move(opened.storage);
    return *storage_;
  }

  std::string path(const std::string& relative) const { return directory_.path() + "/" + relative; }

  TestDirectory directory_;
  TestLoop loop_;
  TestDisk disk_;
  std::unique_ptr<KeptStorage> storage_;
};

TEST_F(Kept, WritesWhatIsAppendedAtOnce) {
  const auto log = open().create("t-0/0.log");
  ASSERT_TRUE(append(*log, "abc"));
  EXPECT_EQ(bytes_of(path("t-0/0.log")), "abc");
}

TEST_F(Kept, KeepsEverythingOverARestart) {
  ASSERT_TRUE(append(*open().create("t-0/0.log"), "abc"));
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "0\n"));
  KeptStorage& storage = open();
  const auto log = storage.open("t-0/0.log");
  ASSERT_NE(log, nullptr);
  EXPECT_EQ(content_of(*log), "abc");
  EXPECT_EQ(*storage.load("t-0/checkpoint"), "0\n");
}

TEST_F(Kept, KeepsEverythingWhenTheProcessIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto opened = KeptStorage::open(directory_.path(), loop_.post());
    const auto log = opened.storage->create("t-0/0.log");
    const bool appended = append(*log, "acknowledged");
    ::kill(::getpid(), appended ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
  // The lock went with the process.
  EXPECT_EQ(*open().load("t-0/0.log"), "acknowledged");
}

TEST_F(Kept, MakesNothingBeforeTheFirstAppend) {
  KeptStorage& storage = open();
  auto log = storage.create("t-0/0.log");
  EXPECT_TRUE(storage.list("").empty());
  EXPECT_FALSE(fs::exists(path("t-0")));
  log.reset();
  EXPECT_EQ(storage.open("t-0/0.log"), nullptr);
}

TEST_F(Kept, MakesTheDirectoryAndThoseAboveIt) {
  const std::string deep = path("a/b/c");
  const auto opened = KeptStorage::open(deep, loop_.post(), {.durability = Durability::kFsync});
  EXPECT_EQ(opened.failure, "");
  EXPECT_TRUE(fs::is_directory(deep));
  EXPECT_EQ(opened.storage->directory(), deep);
  EXPECT_TRUE(opened.storage->is_synced());
}

TEST_F(Kept, DoesNotListItsLock) {
  EXPECT_TRUE(open().list("").empty());
  EXPECT_TRUE(fs::exists(path(".lock")));
}

// Nobody is to take it for a partition without records.
TEST_F(Kept, AListingThatFailsIsNotTakenForAnEmptyDirectory) {
  KeptStorage& storage = open();
  write_file(path("file-0"), "in the place of a directory");
  EXPECT_FALSE(storage.list("file-0").is_whole);
  EXPECT_TRUE(storage.list("nothing-0").is_whole);
  EXPECT_TRUE(storage.list("nothing-0").empty());
  EXPECT_TRUE(storage.list("").is_whole);
}

TEST_F(Kept, RefusesADirectoryThatIsInUse) {
  open();
  const auto second = KeptStorage::open(directory_.path() + "/", loop_.post());
  EXPECT_EQ(second.storage, nullptr);
  EXPECT_EQ(second.failure, directory_.path() +
                                " is used by another process; stop that one, or name another "
                                "directory");
  storage_.reset();
  EXPECT_EQ(KeptStorage::open(directory_.path(), loop_.post()).failure, "");
}

// Java's FileChannel.tryLock() takes a lock of the process (F_SETLK).
TEST_F(Kept, RefusesADirectoryThatApacheKafkaUses) {
  std::array<int, 2> locked{};
  std::array<int, 2> finished{};
  ASSERT_EQ(::pipe(locked.data()), 0);
  ASSERT_EQ(::pipe(finished.data()), 0);
  const std::string lock = path(".lock");
  const pid_t child = ::fork();
  if (child == 0) {
    const int fd = ::open(lock.c_str(), O_RDWR | O_CREAT, 0644);
    struct flock whole{};
    whole.l_type = F_WRLCK;
    char byte = ::fcntl(fd, F_SETLK, &whole) == 0 ? 'y' : 'n';
    const bool told = ::write(locked[1], &byte, 1) == 1;
    ::close(finished[1]);
    ::_exit(told && ::read(finished[0], &byte, 1) == 0 ? 0 : 1);  // ends with the parent's end
  }
  char byte = 0;
  ASSERT_EQ(::read(locked[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_THAT(KeptStorage::open(directory_.path(), loop_.post()).failure,
              HasSubstr("is used by another process"));
  ::close(finished[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  for (const int fd : {locked[0], locked[1], finished[0]}) ::close(fd);
  EXPECT_EQ(KeptStorage::open(directory_.path(), loop_.post()).failure, "");
}

TEST_F(Kept, RefusesAFileInThePlaceOfTheDirectory) {
  write_file(path("file"), "");
  EXPECT_EQ(KeptStorage::open(path("file"), loop_.post()).failure,
            path("file") +
                " is not a directory; name a directory that this user may write to, or one that "
                "can be made");
  EXPECT_EQ(KeptStorage::open(path("file/below"), loop_.post()).failure,
            "cannot make the directory " + path("file/below") +
                ": Not a directory; name a directory that this user may write to, or one that can "
                "be made");
}

// The superuser may write anywhere: for the time of the test it is nobody.
class ReadOnlyDirectory {
 public:
  explicit ReadOnlyDirectory(const std::string& path) : path_(path), user_(::geteuid()) {
    fs::permissions(path_, fs::perms(0555));
    if (user_ == 0) {
      EXPECT_EQ(::seteuid(65534), 0);
    }
  }
  ReadOnlyDirectory(const ReadOnlyDirectory&) = delete;
  ReadOnlyDirectory& operator=(const ReadOnlyDirectory&) = delete;
  ~ReadOnlyDirectory() {
    if (user_ == 0) {
      EXPECT_EQ(::seteuid(user_), 0);
    }
    fs::permissions(path_, fs::perms(0755));
  }

 private:
  const std::string path_;
  const uid_t user_;
};

TEST_F(Kept, RefusesADirectoryThatCannotBeWrittenTo) {
  const ReadOnlyDirectory read_only(directory_.path());
  EXPECT_EQ(KeptStorage::open(directory_.path(), loop_.post()).failure,
            "cannot write to " + directory_.path() +
                ": Permission denied; name a directory that this user may write to, or one that "
                "can be made");
}

TEST_F(Kept, RefusesAppendsToADirectoryThatCannotBeWrittenToAnyMore) {
  KeptStorage& storage = open();
  const auto log = storage.create("t-0/0.log");
  testing::internal::CaptureStderr();
  {
    const ReadOnlyDirectory read_only(directory_.path());
    for (int i = 0; i < 10; ++i) EXPECT_FALSE(append(*log, "abc"));
    EXPECT_FALSE(storage.replace("checkpoint", "0\n"));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("cannot write " + path("t-0/0.log") +
                              ": Permission denied; its partition refuses writes\n"));
  EXPECT_THAT(told, HasSubstr("cannot write " + path("checkpoint") + ": Permission denied\n"));
  EXPECT_EQ(std::ranges::count(told, '\n'), 2) << told;
  EXPECT_EQ(log->size_bytes(), 0u);
  EXPECT_TRUE(append(*log, "abc"));
}

TEST_F(Kept, AFileBelowAFileCannotBeMade) {
  KeptStorage& storage = open();
  write_file(path("t-0"), "not a directory");
  testing::internal::CaptureStderr();
  EXPECT_EQ(storage.create("t-0/0.log"), nullptr);
  EXPECT_FALSE(storage.replace("t-0/checkpoint", "0\n"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Not a directory"));
}

TEST_F(Kept, SaysOnceThatTheDiskIsFullAndCutsWhatWasTorn) {
  const auto log = open().create("t-0/0.log");
  ASSERT_TRUE(append(*log, "kept"));
  testing::internal::CaptureStderr();
  {
    const FullDisk full(50'000);
    for (int i = 0; i < 1000; ++i) ASSERT_FALSE(append(*log, pattern(100'000)));
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("cannot write " + path("t-0/0.log") +
                              ": File too large; its partition refuses writes until there is "
                              "room\n"));
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
  EXPECT_EQ(bytes_of(path("t-0/0.log")), "kept");
}

TEST_F(Kept, RemovesWhatAKilledProcessHadHalfWritten) {
  fs::create_directory(path("t-0"));
  write_file(path("checkpoint.understudy-tmp"), "half");
  write_file(path("t-0/0.log.understudy-tmp"), "half");
  write_file(path("t-0/0.log"), "whole");
  write_file(path("t-0/notes.tmp"), "someone else's");
  KeptStorage& storage = open();
  EXPECT_FALSE(fs::exists(path("checkpoint.understudy-tmp")));
  const auto entries = storage.list("t-0");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "0.log");
  EXPECT_EQ(entries[1].name, "notes.tmp");
  EXPECT_FALSE(fs::exists(path("t-0/0.log.understudy-tmp")));
}

TEST_F(Kept, ReadsAFileThatSomeoneElseHasCutAsAnError) {
  const auto log = open().create("t-0/0.log");
  ASSERT_TRUE(append(*log, pattern(300'000)));
  fs::resize_file(path("t-0/0.log"), 1000);
  testing::internal::CaptureStderr();
  EXPECT_EQ(log->read(200'000, 100).error(), wire::ErrorCode::kKafkaStorageError);
  EXPECT_EQ(log->read(100'000, 200'000).error(), wire::ErrorCode::kKafkaStorageError);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(path("t-0/0.log")));
}

TEST_F(Kept, KeepsNoMoreFilesOpenThanItMay) {
  KeptStorage& storage = open({.open_files_max = 4});
  const std::size_t before = open_files();
  std::vector<std::unique_ptr<File>> logs;
  for (int i = 0; i < 100; ++i) logs.push_back(storage.create("t-" + std::to_string(i) + "/0.log"));
  EXPECT_EQ(open_files(), before);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      ASSERT_TRUE(append(*logs[i], std::to_string(i) + ";"));
      ASSERT_LE(open_files(), before + 4);
    }
  }
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const std::string once = std::to_string(i) + ";";
    ASSERT_EQ(content_of(*logs[i]), three_times(once));
  }
  logs.clear();
  EXPECT_EQ(open_files(), before);
}

class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const rlimit tight{count, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;
  ~FewDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_{};
};

constexpr auto kBig = static_cast<std::size_t>(AppendRoom::kFileSizeMin);

TEST_F(Kept, PreallocatesABigFileAndTrimsIt) {
  const auto log = open().create("t-0/0.log");
  log->keep_room();
  const std::string start(kBig, 'a');
  ASSERT_TRUE(append(*log, start));
  ASSERT_TRUE(append(*log, "b"));
  EXPECT_EQ(log->size_bytes(), kBig + 1);
  EXPECT_GT(bytes_of(path("t-0/0.log")).size(), kBig + 1);
  EXPECT_EQ(content_of(*log), start + "b");
  ASSERT_TRUE(log->trim());
  EXPECT_EQ(bytes_of(path("t-0/0.log")), start + "b");
  ASSERT_TRUE(append(*log, "c"));
  EXPECT_EQ(content_of(*log), start + "bc");
}

TEST_F(Kept, TrimsWhatIsClosed) {
  {
    const auto log = open().create("t-0/0.log");
    log->keep_room();
    ASSERT_TRUE(append(*log, std::string(kBig, 'a')));
    EXPECT_GT(bytes_of(path("t-0/0.log")).size(), kBig);
  }
  EXPECT_EQ(bytes_of(path("t-0/0.log")).size(), kBig);
}

TEST_F(Kept, TruncationRemovesPreallocatedZerosToo) {
  const auto log = open().create("t-0/0.log");
  log->keep_room();
  ASSERT_TRUE(append(*log, std::string(kBig, 'a')));
  ASSERT_TRUE(log->truncate(3));
  EXPECT_EQ(bytes_of(path("t-0/0.log")), "aaa");
  // Behind a cut to less than before there is no old room to be written into.
  ASSERT_TRUE(append(*log, "b"));
  EXPECT_EQ(bytes_of(path("t-0/0.log")), "aaab");
}

// Pages of the content are mapped; the room behind them may go all the same.
TEST_F(Kept, TrimsWhileSlicesAreInUse) {
  const auto log = open().create("t-0/0.log");
  log->keep_room();
  ASSERT_TRUE(append(*log, std::string(kBig + 5, 'a')));
  const auto slice = log->read(0, kBig + 5);
  ASSERT_TRUE(slice.has_value());
  ASSERT_TRUE(log->trim());
  EXPECT_EQ(slice->view(), std::string(kBig + 5, 'a'));
}

// On a disk with room for the bytes alone they are written, and for less they are refused whole.
TEST_F(Kept, NearlyFullDiskIsNotPreallocated) {
  const auto log = open().create("t-0/0.log");
  log->keep_room();
  const std::string start(kBig, 'a');
  {
    const FullDisk full(kBig);
    ASSERT_TRUE(append(*log, start));
    EXPECT_FALSE(append(*log, "b"));
  }
  EXPECT_EQ(bytes_of(path("t-0/0.log")), start);
  {
    const FullDisk full(kBig + 10);
    ASSERT_TRUE(append(*log, "b"));
    EXPECT_FALSE(append(*log, std::string(10, 'c')));
  }
  EXPECT_EQ(bytes_of(path("t-0/0.log")), start + "b");
}

TEST_F(Kept, PreallocatesOnlyWhereItIsAskedFor) {
  const auto log = open().create("t-0/0.log");
  ASSERT_TRUE(append(*log, std::string(kBig, 'a')));
  ASSERT_TRUE(append(*log, "b"));
  EXPECT_EQ(bytes_of(path("t-0/0.log")).size(), kBig + 1);
}

// Nothing is written then: the time of the last write is what retention goes by.
TEST_F(Kept, TrimmingLeavesTheTimeOfTheLastWrite) {
  const auto log = open().create("t-0/0.log");
  log->keep_room();
  ASSERT_TRUE(append(*log, std::string(kBig, 'a')));
  const fs::file_time_type long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
  fs::last_write_time(path("t-0/0.log"), long_ago);
  ASSERT_TRUE(log->trim());
  EXPECT_EQ(bytes_of(path("t-0/0.log")).size(), kBig);
  EXPECT_EQ(fs::last_write_time(path("t-0/0.log")), long_ago);
}

TEST_F(Kept, TakesHalfOfTheDescriptorsThatTheProcessHas) {
  const FewDescriptors few(64);
  KeptStorage& storage = open();
  const std::size_t before = open_files();
  std::vector<std::unique_ptr<File>> logs;
  for (int i = 0; i < 200; ++i) {
    logs.push_back(storage.create("t-" + std::to_string(i) + "/0.log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
  }
  EXPECT_EQ(open_files(), before + 32);
  for (const auto& log : logs) ASSERT_EQ(content_of(*log), "abc");
}

TEST_F(Kept, ClosesFilesWhenTheProcessHasNoDescriptorLeft) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer looks at memory through a pipe of its own, and takes "
                  "it for broken when there is no descriptor left";
#endif
  KeptStorage& storage = open({.open_files_max = 1000});
  const FewDescriptors few(static_cast<rlim_t>(open_files() + 10));
  std::vector<std::unique_ptr<File>> logs;
  for (int i = 0; i < 100; ++i) {
    logs.push_back(storage.create("t-" + std::to_string(i) + "/0.log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
  }
  EXPECT_EQ(storage.list("").size(), 100u);
  EXPECT_TRUE(storage.replace("checkpoint", "0\n"));
  EXPECT_EQ(*storage.load("checkpoint"), "0\n");
  for (const auto& log : logs) ASSERT_EQ(content_of(*log), "abc");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(*logs[static_cast<std::size_t>(i)], "def"));
  EXPECT_TRUE(storage.remove("t-0"));
}

TEST_F(Kept, WhatWasThereWhenItWasOpenedCountsAsSynced) {
  fs::create_directory(path("t-0"));
  write_file(path("t-0/0.log"), "old");
  write_file(path("t-0/1.log"), "untouched");
  KeptStorage& storage = open();
  auto log = storage.open("t-0/0.log");
  ASSERT_TRUE(append(*log, " and new"));
  log.reset();
  storage.lose_unsynced();
  EXPECT_EQ(bytes_of(path("t-0/0.log")), "old");
  EXPECT_EQ(bytes_of(path("t-0/1.log")), "untouched");
}

TEST_F(Kept, ANewFileInThePlaceOfASyncedOneIsNotSynced) {
  auto log = open().create("t-0/0.log");
  ASSERT_TRUE(append(*log, "old"));
  ASSERT_TRUE(log->sync());
  log = storage_->create("t-0/0.log");
  ASSERT_TRUE(append(*log, "new"));
  log.reset();
  storage_->lose_unsynced();
  EXPECT_FALSE(fs::exists(path("t-0/0.log")));
}

}  // namespace
}  // namespace understudy::server
