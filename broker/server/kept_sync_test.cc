// When a data directory's files are synced, how often, and what is believed of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker/server/kept_storage.h"
#include "broker/server/sync_pool.h"
#include "broker/server/test_storage.h"

namespace understudy::server {
namespace {

using broker::File;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Slice;

class KeptSync : public testing::Test {
 public:
  ~KeptSync() override { disk_.release(); }

 protected:
  explicit KeptSync(Durability durability = Durability::kFsync, std::size_t open_files_max = 0) {
    auto opened = KeptStorage::open(
        directory_.path(), loop_.post(),
        {.durability = durability, .open_files_max = open_files_max, .sync_call = disk_.call()});
    EXPECT_EQ(opened.failure, "");
    storage_ = std::move(opened.storage);
    log_ = storage_->create("t-0/0.log");
  }

  void sync_later() {
    log_->sync_later([this](bool succeeded) { outcomes_.push_back(succeeded); });
  }
  // A sync of "first" is under way and stays so until the disk is released.
  void begin_held_sync() {
    ASSERT_TRUE(append(*log_, "first"));
    disk_.hold();
    sync_later();
    loop_.run_ready();
    disk_.wait_for_sync();
  }
  void run_until_told(std::size_t count) {
    loop_.run_until([&] { return outcomes_.size() >= count; });
  }

  TestDirectory directory_;
  TestLoop loop_;
  TestDisk disk_;  // outlives the storage
  std::unique_ptr<KeptStorage> storage_;
  std::unique_ptr<File> log_;
  std::vector<bool> outcomes_;
};

class KeptUnsynced : public KeptSync {
 protected:
  KeptUnsynced() : KeptSync(Durability::kPageCache) {}
};

class KeptSyncWithFewFiles : public KeptSync {
 protected:
  KeptSyncWithFewFiles() : KeptSync(Durability::kFsync, 4) {}
};

TEST_F(KeptSync, AllOfOneTurnShareOneSync) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(append(*log_, "abc"));
    sync_later();
  }
  run_until_told(20);
  EXPECT_EQ(disk_.file_count(), 1u);
  EXPECT_EQ(outcomes_.size(), 20u);
  EXPECT_THAT(outcomes_, Each(true));
}

TEST_F(KeptSync, AllThatWaitForOneShareTheNext) {
  begin_held_sync();
  for (int turn = 0; turn < 10; ++turn) {
    ASSERT_TRUE(append(*log_, "abc"));
    sync_later();
    sync_later();
    loop_.run_ready();
  }
  EXPECT_TRUE(outcomes_.empty());
  disk_.release();
  run_until_told(21);
  EXPECT_EQ(disk_.file_count(), 2u);
  EXPECT_THAT(outcomes_, Each(true));
}

TEST_F(KeptSync, ASyncCoversOnlyWhatWasAppendedBefore) {
  begin_held_sync();
  ASSERT_TRUE(append(*log_, " second"));
  disk_.release();
  run_until_told(1);
  log_.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "first");
}

TEST_F(KeptSync, ASyncDoesNotCoverWhatTookThePlaceOfTruncatedBytes) {
  begin_held_sync();
  ASSERT_TRUE(log_->truncate(2));
  ASSERT_TRUE(append(*log_, "XXXXXX"));
  disk_.release();
  run_until_told(1);
  log_.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "fi");
}

TEST_F(KeptSync, DestroyedFileIsStillSyncedWithoutACallback) {
  begin_held_sync();
  sync_later();
  log_.reset();
  disk_.release();
  loop_.run_until([&] { return disk_.directory_count() == 2; });
  loop_.run_ready();
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(KeptSync, TheStorageCanGoWithSyncsUnderWay) {
  std::vector<std::unique_ptr<File>> logs;
  disk_.hold();
  for (int i = 0; i < 100; ++i) {
    logs.push_back(storage_->create("u-" + std::to_string(i) + "/0.log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
    logs.back()->sync_later([&](bool succeeded) { outcomes_.push_back(succeeded); });
  }
  loop_.run_ready();
  disk_.wait_for_sync();
  logs.clear();
  log_.reset();
  disk_.release();
  storage_.reset();
  loop_.run_ready();
  EXPECT_TRUE(outcomes_.empty());
}

TEST_F(KeptSync, TheFileCanBeRemovedWithASyncUnderWay) {
  begin_held_sync();
  ASSERT_TRUE(storage_->remove("t-0"));
  disk_.release();
  run_until_told(1);
  EXPECT_THAT(outcomes_, ElementsAre(true));
}

TEST_F(KeptSync, FilesAreSyncedSideBySide) {
  std::vector<std::unique_ptr<File>> logs;
  disk_.hold();
  for (int i = 0; i < 100; ++i) {
    logs.push_back(storage_->create("u-0/" + std::to_string(i) + ".log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
    logs.back()->sync_later([&](bool succeeded) { outcomes_.push_back(succeeded); });
  }
  loop_.run_ready();
  disk_.wait_for_sync();
  disk_.release();
  run_until_told(100);
  EXPECT_THAT(outcomes_, Each(true));
  EXPECT_LE(disk_.at_a_time(), SyncPool::kThreadsMax);
  EXPECT_EQ(disk_.file_count(), 100u);
}

TEST_F(KeptSyncWithFewFiles, WaitingSyncsHoldNoDescriptors) {
  const std::size_t before = open_files();
  std::vector<std::unique_ptr<File>> logs;
  disk_.hold();
  for (int i = 0; i < 500; ++i) {
    logs.push_back(storage_->create("u-0/" + std::to_string(i) + ".log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
    logs.back()->sync_later([&](bool succeeded) { outcomes_.push_back(succeeded); });
  }
  loop_.run_ready();
  disk_.wait_for_sync();
  // Those under way: the file, its directory and the one above; and the files in the cache.
  EXPECT_LE(open_files(), before + 32 * 3 + 4);
  disk_.release();
  run_until_told(500);
  EXPECT_THAT(outcomes_, Each(true));
  EXPECT_EQ(disk_.file_count(), 500u);
  EXPECT_LE(open_files(), before + 4);
}

TEST_F(KeptSync, TheFirstSyncOfANewFileMakesItsNameSafe) {
  ASSERT_TRUE(append(*log_, "abc"));
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.file_count(), 1u);
  EXPECT_EQ(disk_.directory_count(), 2u);  // t-0, and where t-0 is
  ASSERT_TRUE(append(*log_, "abc"));
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.file_count(), 2u);
  EXPECT_EQ(disk_.directory_count(), 2u);
  const auto next = storage_->create("t-0/1.log");
  ASSERT_TRUE(append(*next, "abc"));
  bool is_synced = false;
  next->sync_later([&](bool) { is_synced = true; });
  loop_.run_until([&] { return is_synced; });
  EXPECT_EQ(disk_.directory_count(), 3u);  // t-0 is safe already
  next->sync_later([&](bool) { is_synced = false; });
  loop_.run_until([&] { return !is_synced; });
  EXPECT_EQ(disk_.directory_count(), 3u);
}

TEST_F(KeptSync, ARenamedFileIsSyncedWithItsNewDirectory) {
  ASSERT_TRUE(append(*log_, "abc"));
  ASSERT_TRUE(log_->sync());
  ASSERT_TRUE(storage_->rename("t-0/0.log", "t-0/1.log"));
  EXPECT_EQ(disk_.directory_count(), 3u);
  ASSERT_TRUE(storage_->rename("t-0/1.log", "u-0/0.log"));
  EXPECT_EQ(disk_.directory_count(), 6u);  // u-0, where u-0 is, and t-0
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.directory_count(), 6u);
}

TEST_F(KeptSync, ReplacesWithSyncs) {
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "0\n"));
  EXPECT_EQ(disk_.file_count(), 1u);
  EXPECT_EQ(disk_.directory_count(), 2u);
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "1\n"));
  EXPECT_EQ(disk_.file_count(), 2u);
  EXPECT_EQ(disk_.directory_count(), 3u);
}

TEST_F(KeptSync, AReplacementThatCannotBeSyncedDoesNotTakePlace) {
  ASSERT_TRUE(storage_->replace("checkpoint", "old"));
  disk_.fail(EIO);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(storage_->replace("checkpoint", "new"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Input/output error"));
  EXPECT_EQ(*storage_->load("checkpoint"), "old");
  EXPECT_EQ(storage_->list("").size(), 1u);
}

TEST_F(KeptUnsynced, ReplacesAndRenamesWithoutSyncs) {
  EXPECT_FALSE(storage_->is_synced());
  ASSERT_TRUE(append(*log_, "abc"));
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "0\n"));
  ASSERT_TRUE(storage_->rename("t-0", "t-1"));
  EXPECT_EQ(disk_.file_count() + disk_.directory_count(), 0u);
  // flush.messages asks for syncs without --durability fsync: they are whole ones.
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.file_count(), 1u);
  EXPECT_EQ(disk_.directory_count(), 2u);
}

TEST_F(KeptSync, WhatWasSyncedStaysSoWhenItMovesToANewFile) {
  const std::string text = pattern(300'000);
  ASSERT_TRUE(append(*log_, text));
  ASSERT_TRUE(log_->sync());
  const Slice mapped = log_->read(0, 300'000).value();
  ASSERT_TRUE(log_->truncate(200'000));
  EXPECT_EQ(disk_.file_count(), 2u);  // the new file, before it takes the old one's name
  EXPECT_TRUE(mapped.view() == text);
  log_.reset();
  storage_->lose_unsynced();
  EXPECT_TRUE(*storage_->load("t-0/0.log") == text.substr(0, 200'000));
}

TEST_F(KeptUnsynced, WhatWasNeverSyncedMovesToANewFileWithoutASync) {
  const std::string text = pattern(300'000);
  ASSERT_TRUE(append(*log_, text));
  const Slice mapped = log_->read(0, 300'000).value();
  ASSERT_TRUE(log_->truncate(200'000));
  EXPECT_EQ(disk_.file_count(), 0u);
  log_.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(storage_->load("t-0/0.log"), std::nullopt);
}

TEST_F(KeptSync, AfterAFailureNoSyncIsTrustedUntilTheFileIsOpenedAgain) {
  ASSERT_TRUE(append(*log_, "abc"));
  disk_.fail(EIO);
  testing::internal::CaptureStderr();
  sync_later();
  sync_later();
  run_until_told(2);
  EXPECT_FALSE(log_->sync());
  disk_.fail(0);
  EXPECT_FALSE(log_->sync());
  sync_later();
  run_until_told(3);
  EXPECT_THAT(outcomes_, ElementsAre(false, false, false));
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_THAT(told, HasSubstr("cannot sync " + directory_.path() +
                              "/t-0/0.log: Input/output error; its last writes may not be on the "
                              "disk, restart the broker once the disk is well\n"));
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
  log_.reset();
  log_ = storage_->open("t-0/0.log");
  EXPECT_TRUE(log_->sync());
}

// Also of a file that was there before: who wrote it may have been killed before its first sync.
TEST_F(KeptSync, WhatIsWrittenAgainStaysAsItIsAndHasItsNameSyncedOnceMore) {
  const std::string text = pattern(3'000'000);
  ASSERT_TRUE(append(*log_, text));
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.directory_count(), 2u);
  for (const std::uint64_t position : {0u, 1'500'000u, 3'000'000u, 4'000'000u}) {
    ASSERT_TRUE(log_->write_again(position));
    EXPECT_TRUE(*storage_->load("t-0/0.log") == text) << position;
  }
  ASSERT_TRUE(log_->sync());
  EXPECT_EQ(disk_.directory_count(), 3u);
}

TEST_F(KeptSync, AFailedSyncCoversNothing) {
  ASSERT_TRUE(append(*log_, "abc"));
  ASSERT_TRUE(log_->sync());
  ASSERT_TRUE(append(*log_, "def"));
  disk_.fail(EIO);
  testing::internal::CaptureStderr();
  EXPECT_FALSE(log_->sync());
  testing::internal::GetCapturedStderr();
  disk_.fail(0);
  log_.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "abc");
}

// The kernel reports a failure once, to the first sync that asks: the sync that began before the
// other failed, and ends well, says nothing.
TEST(KeptSyncOnTwoThreads, SuccessfulSyncAfterAFailedOneIsNotTrusted) {
  const TestDirectory directory;
  TestLoop loop;
  TestDisk disk;
  const SyncCall call = [&, loop_thread = std::this_thread::get_id()](int fd) {
    if (std::this_thread::get_id() != loop_thread) return disk.call()(fd);
    errno = EIO;
    return -1;
  };
  auto opened = KeptStorage::open(directory.path(), loop.post(), {.sync_call = call});
  const auto log = opened.storage->create("t-0/0.log");
  ASSERT_TRUE(append(*log, "abc"));
  disk.hold();
  std::vector<bool> outcomes;
  log->sync_later([&](bool succeeded) { outcomes.push_back(succeeded); });
  loop.run_ready();
  disk.wait_for_sync();
  testing::internal::CaptureStderr();
  EXPECT_FALSE(log->sync());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("Input/output error"));
  disk.release();
  loop.run_until([&] { return !outcomes.empty(); });
  EXPECT_THAT(outcomes, ElementsAre(false));
}

TEST_F(KeptSync, AnInterruptedSyncIsTriedAgain) {
  SyncTarget target{std::make_shared<Descriptor>()};
  int calls = 0;
  const SyncCall call = [&](int) {
    errno = EINTR;
    return ++calls < 3 ? -1 : 0;
  };
  EXPECT_EQ(sync_targets({target}, call), 0);
  EXPECT_EQ(calls, 3);
}

// Each sync holds three of them: the file's, and those of two new directories.
TEST_F(KeptSync, ThatFindsNoDescriptorWaitsForAnotherToEnd) {
  std::vector<std::unique_ptr<File>> logs;
  for (int i = 0; i < 30; ++i) {
    logs.push_back(storage_->create("t-" + std::to_string(i) + "/0.log"));
    ASSERT_TRUE(append(*logs.back(), "abc"));
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = open_files() + 4;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  for (const auto& log : logs) {
    log->sync_later([this](bool succeeded) { outcomes_.push_back(succeeded); });
  }
  testing::internal::CaptureStderr();
  run_until_told(30);
  EXPECT_THAT(outcomes_, Each(true));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// With the machine's own fdatasync().
TEST(KeptSyncOfTheMachine, Works) {
  const TestDirectory directory;
  TestLoop loop;
  auto opened =
      KeptStorage::open(directory.path(), loop.post(), {.durability = Durability::kFsync});
  std::vector<std::unique_ptr<File>> logs;
  std::size_t count = 0;
  for (int i = 0; i < 20; ++i) {
    logs.push_back(opened.storage->create("t-" + std::to_string(i) + "/0.log"));
    for (int round = 0; round < 3; ++round) {
      ASSERT_TRUE(append(*logs.back(), pattern(16'384)));
      logs.back()->sync_later([&](bool succeeded) {
        EXPECT_TRUE(succeeded);
        ++count;
      });
      loop.run_ready();
    }
  }
  loop.run_until([&] { return count == 60; });
  EXPECT_TRUE(logs.front()->sync());
}

}  // namespace
}  // namespace understudy::server
