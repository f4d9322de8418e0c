// What holds for every storage of the edge.
#include "broker/server/file_storage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "broker/server/kept_storage.h"
#include "broker/server/storage_errors.h"
#include "broker/server/storage_paths.h"
#include "broker/server/system_clock.h"
#include "broker/server/temporary_storage.h"
#include "broker/server/test_storage.h"

namespace understudy::server {
namespace {

using broker::File;
using broker::Storage;
using testing::ElementsAre;
using wire::Slice;

enum class Which { kTemporary, kKept, kKeptWithOneDescriptor };

class EveryStorage : public testing::TestWithParam<Which> {
 protected:
  EveryStorage() {
    if (GetParam() == Which::kTemporary) {
      storage_ = std::make_unique<TemporaryStorage>(
          loop_.post(), clock_, TemporaryStorage::Options{.directory = directory_.path()});
      return;
    }
    KeptStorage::Options options;
    if (GetParam() == Which::kKeptWithOneDescriptor) options.open_files_max = 1;
    auto opened = KeptStorage::open(directory_.path(), loop_.post(), options);
    EXPECT_EQ(opened.failure, "");
    storage_ = std::move(opened.storage);
  }

  std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> names;
    for (const Storage::Entry& entry : storage_->list(directory)) {
      names.push_back(entry.name + (entry.is_directory ? "/" : ""));
    }
    return names;
  }

  std::unique_ptr<File> file_of(const std::string& path, std::string_view text) {
    auto file = storage_->create(path);
    EXPECT_TRUE(append(*file, text));
    return file;
  }

  TestDirectory directory_;
  SystemClock clock_;
  TestLoop loop_;
  std::unique_ptr<Storage> storage_;
};

INSTANTIATE_TEST_SUITE_P(Storages, EveryStorage,
                         testing::Values(Which::kTemporary, Which::kKept,
                                         Which::kKeptWithOneDescriptor),
                         [](const auto& which) -> std::string {
                           if (which.param == Which::kTemporary) return "Temporary";
                           return which.param == Which::kKept ? "Kept" : "KeptWithOneDescriptor";
                         });

TEST_P(EveryStorage, ReadsBackWhatWasAppended) {
  const auto file = storage_->create("t-0/0.log");
  ASSERT_TRUE(append(*file, "hello "));
  ASSERT_TRUE(append(*file, ""));
  ASSERT_TRUE(append(*file, "world"));
  EXPECT_EQ(file->size_bytes(), 11u);
  EXPECT_EQ(file->read(0, 11).value().view(), "hello world");
  EXPECT_EQ(file->read(6, 5).value().view(), "world");
  EXPECT_EQ(file->read(11, 0).value().view(), "");
}

// Large reads are mappings; they start anywhere in a page.
TEST_P(EveryStorage, ReadsLargeRangesAtAnyPosition) {
  const std::string text = pattern(1'000'000);
  for (const char* path : {"t-0/0.log", "t-0/0.index"}) {
    const auto file = file_of(path, text);
    for (const std::size_t position : {0u, 1u, 4095u, 4096u, 4097u, 123'456u}) {
      for (const std::size_t size : {65'535u, 65'536u, 700'000u}) {
        const std::string part = text.substr(position, size);
        ASSERT_TRUE(file->read(position, size).value().view() == part)
            << path << " " << position << " " << size;
        ASSERT_TRUE(file->read_to_send(position, size).value().view() == part)
            << path << " " << position << " " << size;
      }
    }
  }
}

// Of many sizes, so that tails are full, exceeded and left half full.
TEST_P(EveryStorage, KeepsSmallAppendsInOrder) {
  const std::string text = pattern(300'000);
  for (const char* path : {"t-0/0.log", "t-0/0.index"}) {
    const auto file = storage_->create(path);
    std::size_t size = 1;
    for (std::size_t at = 0; at < text.size(); at += size, size = (size * 7 + 3) % 9000 + 1) {
      ASSERT_TRUE(append(*file, text.substr(at, size)));
      const std::size_t end = std::min(at + size, text.size());
      ASSERT_EQ(file->size_bytes(), end);
      const std::size_t from = end - std::min<std::size_t>(end, 100);
      ASSERT_TRUE(file->read(from, end - from).value().view() == text.substr(from, end - from));
      if (size % 5 == 0) {
        ASSERT_TRUE(content_of(*file) == text.substr(0, end));
      }
    }
  }
}

TEST_P(EveryStorage, ContentOutlivesTheFileObject) {
  const std::string text = pattern(100'000);
  file_of("t-0/0.log", text).reset();
  const auto file = storage_->open("t-0/0.log");
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(content_of(*file) == text);
  ASSERT_TRUE(append(*file, "more"));
  EXPECT_TRUE(*storage_->load("t-0/0.log") == text + "more");
}

TEST_P(EveryStorage, HasNoFileThatWasNotMade) {
  EXPECT_EQ(storage_->open("t-0/0.log"), nullptr);
  EXPECT_EQ(storage_->load("t-0/0.log"), std::nullopt);
  EXPECT_TRUE(storage_->list("").empty());
  EXPECT_TRUE(storage_->list("t-0").empty());
  EXPECT_TRUE(storage_->remove("t-0"));
}

TEST_P(EveryStorage, ANewFileTakesThePlaceOfAnOldOne) {
  const auto old = file_of("t-0/0.log", "old");
  const auto file = storage_->create("t-0/0.log");
  EXPECT_EQ(file->size_bytes(), 0u);
  ASSERT_TRUE(append(*file, "new one"));
  const auto other = file_of("t-1/0.log", "other");
  static_cast<void>(append(*old, "!"));  // whether it can is the storage's affair
  EXPECT_EQ(*storage_->load("t-0/0.log"), "new one");
}

TEST_P(EveryStorage, ReplacesAWholeFile) {
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "0\n"));
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "0\n1\n"));
  EXPECT_EQ(*storage_->load("t-0/checkpoint"), "0\n1\n");
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", ""));
  EXPECT_EQ(*storage_->load("t-0/checkpoint"), "");
  const std::string large = pattern(500'000);
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", large));
  EXPECT_TRUE(*storage_->load("t-0/checkpoint") == large);
  EXPECT_THAT(names("t-0"), ElementsAre("checkpoint"));
}

TEST_P(EveryStorage, AReplacedFileCanBeOpenedAndAppendedTo) {
  ASSERT_TRUE(storage_->replace("t-0/0.index", "abc"));
  const auto file = storage_->open("t-0/0.index");
  ASSERT_TRUE(append(*file, "def"));
  EXPECT_EQ(*storage_->load("t-0/0.index"), "abcdef");
}

TEST_P(EveryStorage, ListsInTheOrderOfNames) {
  file_of("orders-1/0.log", "abc");
  file_of("orders-1/0.index", "ab");
  file_of("orders-1.x", "a");
  file_of("orders-0/0.log", "a");
  ASSERT_TRUE(storage_->replace("meta.properties", "version=1\n"));
  EXPECT_THAT(names(""), ElementsAre("meta.properties", "orders-0/", "orders-1/", "orders-1.x"));
  const auto entries = storage_->list("orders-1");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].name, "0.index");
  EXPECT_EQ(entries[0].size_bytes, 2u);
  EXPECT_EQ(entries[1].name, "0.log");
  EXPECT_EQ(entries[1].size_bytes, 3u);
}

TEST_P(EveryStorage, RenamesAFileOverAnother) {
  auto file = file_of("t-0/0.log.swap", "cleaned");
  file_of("t-0/0.log", "as it was");
  ASSERT_TRUE(storage_->rename("t-0/0.log.swap", "t-0/0.log"));
  EXPECT_EQ(*storage_->load("t-0/0.log"), "cleaned");
  EXPECT_THAT(names("t-0"), ElementsAre("0.log"));
  ASSERT_TRUE(append(*file, " and more"));
  EXPECT_EQ(*storage_->load("t-0/0.log"), "cleaned and more");
}

TEST_P(EveryStorage, RenamesADirectoryUnderOpenFiles) {
  const auto file = file_of("t-0/0.log", "abc");
  const auto other = file_of("t-1/0.log", "other");  // takes the descriptor if there is only one
  ASSERT_TRUE(storage_->rename("t-0", "t-0.1234-delete"));
  EXPECT_THAT(names(""), ElementsAre("t-0.1234-delete/", "t-1/"));
  ASSERT_TRUE(append(*file, "def"));
  EXPECT_EQ(content_of(*file), "abcdef");
  EXPECT_EQ(*storage_->load("t-0.1234-delete/0.log"), "abcdef");
  EXPECT_EQ(storage_->open("t-0/0.log"), nullptr);
}

TEST_P(EveryStorage, ADirectoryTakesThePlaceOfAFileButNotOfADirectory) {
  file_of("a/0.log", "a");
  file_of("b", "b");
  file_of("c/0.log", "c");
  ASSERT_TRUE(storage_->rename("a", "b"));
  EXPECT_EQ(*storage_->load("b/0.log"), "a");
  EXPECT_FALSE(storage_->rename("b", "c"));
  EXPECT_EQ(*storage_->load("b/0.log"), "a");
  EXPECT_EQ(*storage_->load("c/0.log"), "c");
}

TEST_P(EveryStorage, RenamingNothingFailsAndChangesNothing) {
  file_of("t-0/0.log", "kept");
  EXPECT_FALSE(storage_->rename("t-0/1.log", "t-0/0.log"));
  EXPECT_EQ(*storage_->load("t-0/0.log"), "kept");
}

TEST_P(EveryStorage, AFileThatWasNeverAppendedToIsRenamedToo) {
  const auto file = storage_->create("t-0/0.log");
  file_of("t-0/1.log", "makes room");
  ASSERT_TRUE(storage_->rename("t-0/0.log", "t-0/1.log"));
  ASSERT_TRUE(append(*file, "abc"));
  EXPECT_EQ(*storage_->load("t-0/1.log"), "abc");
  EXPECT_EQ(storage_->load("t-0/0.log"), std::nullopt);
}

TEST_P(EveryStorage, RemovesFilesAndDirectories) {
  file_of("t-0/0.log", "a");
  file_of("t-0/0.index", "b");
  file_of("t-00", "c");
  ASSERT_TRUE(storage_->remove("t-0/0.log"));
  EXPECT_THAT(names("t-0"), ElementsAre("0.index"));
  ASSERT_TRUE(storage_->remove("t-0"));
  EXPECT_THAT(names(""), ElementsAre("t-00"));
  EXPECT_EQ(storage_->open("t-0/0.index"), nullptr);
}

TEST_P(EveryStorage, RemovingGivesDescriptorsBackAndSlicesStay) {
  const std::string text = pattern(200'000);
  const std::size_t before = open_files();
  auto file = file_of("t-0/0.log", text);
  EXPECT_EQ(open_files(), before + 1);
  const Slice mapped = file->read(0, 200'000).value();
  const Slice copied = file->read(100'000, 5000).value();
  file.reset();
  ASSERT_TRUE(storage_->remove("t-0"));
  EXPECT_EQ(open_files(), before);
  EXPECT_TRUE(mapped.view() == text);
  EXPECT_TRUE(copied.view() == text.substr(100'000, 5000));
}

TEST_P(EveryStorage, ANewFileIsNotDisturbedByTheOneThatWasRemovedBeforeIt) {
  const auto old = file_of("t-0/0.log", "old");
  ASSERT_TRUE(storage_->remove("t-0"));
  const auto other = file_of("t-1/0.log", "other");
  const auto file = file_of("t-0/0.log", "new");
  static_cast<void>(append(*old, "!"));  // whether it can is the storage's affair
  EXPECT_EQ(content_of(*file), "new");
  EXPECT_EQ(*storage_->load("t-0/0.log"), "new");
}

TEST_P(EveryStorage, TruncatesAndGoesOn) {
  const auto file = file_of("t-0/0.log", "hello world");
  ASSERT_TRUE(file->truncate(100));
  EXPECT_EQ(file->size_bytes(), 11u);
  ASSERT_TRUE(file->truncate(6));
  EXPECT_EQ(file->size_bytes(), 6u);
  ASSERT_TRUE(append(*file, "moon"));
  EXPECT_EQ(content_of(*file), "hello moon");
  ASSERT_TRUE(file->truncate(0));
  EXPECT_EQ(file->size_bytes(), 0u);
  ASSERT_TRUE(append(*file, "again"));
  EXPECT_EQ(content_of(*file), "again");
  EXPECT_EQ(*storage_->load("t-0/0.log"), "again");
}

TEST_P(EveryStorage, SlicesOutliveTruncationAndTheFile) {
  const std::string text = pattern(3'000'000);
  auto file = file_of("t-0/0.log", text);
  const Slice mapped = file->read(1'000'000, 2'000'000).value();
  const Slice copied = file->read(2'999'000, 1000).value();
  ASSERT_TRUE(file->truncate(1'500'000));
  ASSERT_TRUE(append(*file, std::string(1'500'000, '!')));
  EXPECT_TRUE(content_of(*file) == text.substr(0, 1'500'000) + std::string(1'500'000, '!'));
  EXPECT_TRUE(mapped.view() == text.substr(1'000'000));
  ASSERT_TRUE(file->truncate(0));
  file.reset();
  ASSERT_TRUE(storage_->remove("t-0"));
  EXPECT_TRUE(mapped.view() == text.substr(1'000'000));
  EXPECT_TRUE(copied.view() == text.substr(2'999'000));
}

TEST_P(EveryStorage, SlicesOfAnEarlierFileObjectSurviveTheTruncationOfALaterOne) {
  const std::string text = pattern(300'000);
  auto file = file_of("t-0/0.log", text);
  const Slice mapped = file->read(0, 300'000).value();
  file.reset();
  file = storage_->open("t-0/0.log");
  ASSERT_TRUE(file->truncate(10));
  EXPECT_EQ(content_of(*file), text.substr(0, 10));
  EXPECT_TRUE(mapped.view() == text);
}

TEST_P(EveryStorage, TruncatesInPlaceOnceNoSliceIsMapped) {
  const std::string text = pattern(300'000);
  const auto file = file_of("t-0/0.log", text);
  ASSERT_TRUE(file->read(0, 300'000).value().view() == text);
  // Room for what is written, but not for a copy of what is kept.
  const FullDisk full(1000);
  ASSERT_TRUE(file->truncate(200'000));
  EXPECT_TRUE(content_of(*file) == text.substr(0, 200'000));
}

TEST_P(EveryStorage, AFailedAppendLeavesTheFileAsItWas) {
  const auto file = file_of("t-0/0.log", "kept");
  bool appended = true;
  {
    const FullDisk full(50'000);
    appended = append(*file, pattern(100'000));
  }
  EXPECT_FALSE(appended);
  EXPECT_EQ(file->size_bytes(), 4u);
  ASSERT_TRUE(append(*file, " and more"));
  EXPECT_EQ(content_of(*file), "kept and more");
  EXPECT_EQ(*storage_->load("t-0/0.log"), "kept and more");
}

TEST_P(EveryStorage, AFailedReplacementLeavesTheOldBytes) {
  ASSERT_TRUE(storage_->replace("checkpoint", "old"));
  bool replaced = true;
  {
    const FullDisk full(50'000);
    replaced = storage_->replace("checkpoint", pattern(100'000));
  }
  EXPECT_FALSE(replaced);
  EXPECT_EQ(*storage_->load("checkpoint"), "old");
  EXPECT_THAT(names(""), ElementsAre("checkpoint"));
}

TEST_P(EveryStorage, AFailedTruncationLeavesTheFileAsItWas) {
  const std::string text = pattern(300'000);
  const auto file = file_of("t-0/0.log", text);
  const Slice mapped = file->read(0, 300'000).value();
  bool truncated = true;
  {
    const FullDisk full(50'000);
    truncated = file->truncate(200'000);
  }
  EXPECT_FALSE(truncated);
  EXPECT_TRUE(content_of(*file) == text);
  EXPECT_THAT(names("t-0"), ElementsAre("0.log"));
}

TEST_P(EveryStorage, KnowsWhenAFileWasModified) {
  using std::chrono::milliseconds;
  const auto clock = [] {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  // The kernel's stamp may lie a tick behind the clock.
  const std::int64_t before_ms = clock() - 100;
  const auto file = storage_->create("t-0/0.log");
  EXPECT_GE(file->modified_ms(), before_ms);
  ASSERT_TRUE(append(*file, "a"));
  EXPECT_GE(file->modified_ms(), before_ms);
  EXPECT_LE(file->modified_ms(), clock());
  file->set_modified_ms(1'700'000'000'123);
  EXPECT_EQ(file->modified_ms(), 1'700'000'000'123);
  ASSERT_TRUE(append(*file, "b"));
  EXPECT_GE(file->modified_ms(), before_ms);
}

TEST_P(EveryStorage, SyncsLaterOnTheLoop) {
  const auto file = file_of("t-0/0.log", "abc");
  std::vector<bool> outcomes;
  for (int i = 0; i < 3; ++i) file->sync_later([&](bool ok) { outcomes.push_back(ok); });
  EXPECT_TRUE(outcomes.empty());
  loop_.run_until([&] { return outcomes.size() == 3; });
  EXPECT_THAT(outcomes, ElementsAre(true, true, true));
  EXPECT_TRUE(file->sync());
}

TEST_P(EveryStorage, SyncsAFileThatWasNeverAppendedTo) {
  const auto file = storage_->create("t-0/0.log");
  std::vector<bool> outcomes;
  file->sync_later([&](bool ok) { outcomes.push_back(ok); });
  loop_.run_until([&] { return outcomes.size() == 1; });
  EXPECT_THAT(outcomes, ElementsAre(true));
  EXPECT_TRUE(file->sync());
}

TEST_P(EveryStorage, ACallbackMayAskForTheNextSync) {
  const auto file = file_of("t-0/0.log", "abc");
  int count = 0;
  std::function<void(bool)> again = [&](bool ok) {
    EXPECT_TRUE(ok);
    if (++count < 5) file->sync_later(again);
  };
  file->sync_later(again);
  loop_.run_until([&] { return count == 5; });
}

TEST_P(EveryStorage, CallbackMayDestroyTheFile) {
  auto file = file_of("t-0/0.log", "abc");
  int count = 0;
  for (int i = 0; i < 3; ++i) {
    file->sync_later([&](bool) {
      ++count;
      file.reset();
    });
  }
  loop_.run_until([&] { return count > 0; });
  storage_.reset();
  loop_.run_ready();
  EXPECT_EQ(count, 1);
}

TEST_P(EveryStorage, NoCallbackForAFileThatIsGone) {
  auto file = file_of("t-0/0.log", "abc");
  bool is_told = false;
  file->sync_later([&](bool) { is_told = true; });
  file.reset();
  loop_.run_ready();
  storage_.reset();
  loop_.run_ready();
  EXPECT_FALSE(is_told);
}

TEST_P(EveryStorage, LosesWhatNoSyncCovered) {
  auto log = file_of("t-0/0.log", "synced");
  ASSERT_TRUE(log->sync());
  ASSERT_TRUE(append(*log, " and lost"));
  auto lost = file_of("t-0/1.log", "lost");
  ASSERT_TRUE(storage_->replace("t-0/checkpoint", "kept"));
  log.reset();
  lost.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "synced");
  EXPECT_EQ(storage_->load("t-0/1.log"), std::nullopt);
  EXPECT_EQ(*storage_->load("t-0/checkpoint"), "kept");
  // Whatever is left counts as synced.
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "synced");
}

TEST_P(EveryStorage, LosesWhatASyncLaterDidNotCover) {
  auto log = file_of("t-0/0.log", pattern(100'000));
  bool is_synced = false;
  log->sync_later([&](bool) { is_synced = true; });
  loop_.run_until([&] { return is_synced; });
  ASSERT_TRUE(append(*log, pattern(100'000)));
  const Slice mapped = log->read(50'000, 150'000).value();
  log.reset();
  storage_->lose_unsynced();
  EXPECT_TRUE(*storage_->load("t-0/0.log") == pattern(100'000));
  EXPECT_TRUE(mapped.view() == (pattern(100'000) + pattern(100'000)).substr(50'000));
  log = storage_->open("t-0/0.log");
  ASSERT_TRUE(append(*log, "on"));
  EXPECT_EQ(log->size_bytes(), 100'002u);
}

TEST_P(EveryStorage, LosesWhatTookThePlaceOfTruncatedBytes) {
  auto log = file_of("t-0/0.log", "abcdef");
  ASSERT_TRUE(log->sync());
  ASSERT_TRUE(log->truncate(3));
  ASSERT_TRUE(append(*log, "XYZ!"));
  log.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-0/0.log"), "abc");
}

TEST_P(EveryStorage, RemembersWhatIsSyncedUnderANewName) {
  auto log = file_of("t-0/0.log", "synced");
  ASSERT_TRUE(log->sync());
  ASSERT_TRUE(append(*log, " and lost"));
  ASSERT_TRUE(storage_->rename("t-0", "t-1"));
  log.reset();
  storage_->lose_unsynced();
  EXPECT_EQ(*storage_->load("t-1/0.log"), "synced");
}

TEST_P(EveryStorage, NamesItsDirectory) { EXPECT_EQ(storage_->directory(), directory_.path()); }

TEST(StoragePaths, KnowsLogsByTheirName) {
  EXPECT_TRUE(is_log_path("t-0/00000000000000000000.log"));
  EXPECT_TRUE(is_log_path("t-0/00000000000000000000.log.cleaned"));
  EXPECT_FALSE(is_log_path("t-0/00000000000000000000.index"));
  EXPECT_FALSE(is_log_path("my.log.topic-0/00000000000000000000.index.deleted"));
}

TEST(StorageErrors, SayWhatToDo) {
  EXPECT_EQ(to_sentence(FileOperation::kWrite, "/d/t-0/0.log", ENOSPC),
            "cannot write /d/t-0/0.log: No space left on device; its partition refuses writes "
            "until there is room");
  EXPECT_EQ(to_sentence(FileOperation::kWrite, "/d/t-0/0.log", EIO),
            "cannot write /d/t-0/0.log: Input/output error; its partition refuses writes");
  EXPECT_EQ(to_sentence(FileOperation::kWrite, "/d/meta.properties", ENOSPC),
            "cannot write /d/meta.properties: No space left on device");
  EXPECT_EQ(to_sentence(FileOperation::kOpen, "/d/t-0/0.log", EMFILE),
            "cannot open /d/t-0/0.log: Too many open files; raise the limit of open files "
            "(ulimit -n)");
  EXPECT_EQ(to_sentence(FileOperation::kWriteTemporary, "/tmp", ENOSPC),
            "cannot write temporary files in /tmp: No space left on device; partitions refuse "
            "writes until there is room");
}

TEST(StorageErrors, AreLoggedOnceForEachFile) {
  StorageErrors errors;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) errors.log_once(FileOperation::kWrite, "/d/a.log", ENOSPC);
  errors.log_once(FileOperation::kRead, "/d/a.log", EIO);
  errors.log_once(FileOperation::kWrite, "/d/b.log", ENOSPC);
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(told, '\n'), 3) << told;
}

TEST(StorageErrors, EndWhenTheyAreTooMany) {
  StorageErrors errors;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 3000; ++i) errors.log_once(FileOperation::kWrite, std::to_string(i), ENOSPC);
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(told, '\n'), StorageErrors::kLoggedMax + 1);
}

TEST(OpenFilesLimit, IsRaisedToTheHardLimit) {
  const std::uint64_t raised = raise_open_files_limit();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  EXPECT_EQ(raised, limit.rlim_max);
}

TEST(SystemClock, FrozenClockMovesOnlyWhenItIsMoved) {
  SystemClock clock(SystemClock::Motion::kFrozen);
  const std::int64_t wall_ms = clock.wall_ms();
  const std::int64_t monotonic_ms = clock.monotonic_ms();
  clock.advance(5);
  EXPECT_EQ(clock.wall_ms(), wall_ms + 5);
  EXPECT_EQ(clock.monotonic_ms(), monotonic_ms + 5);
  clock.shift_wall(-3'600'000);
  EXPECT_EQ(clock.wall_ms(), wall_ms + 5 - 3'600'000);
  EXPECT_EQ(clock.monotonic_ms(), monotonic_ms + 5) << "no time has gone by";
}

TEST(SystemClock, ARealClockCanBeAdvancedToo) {
  SystemClock clock;
  const std::int64_t wall_ms = clock.wall_ms();
  const std::int64_t monotonic_ms = clock.monotonic_ms();
  clock.advance(1'000'000'000);
  EXPECT_GE(clock.wall_ms(), wall_ms + 1'000'000'000);
  EXPECT_GE(clock.monotonic_ms(), monotonic_ms + 1'000'000'000);
  clock.shift_wall(-2'000'000'000);
  EXPECT_LT(clock.wall_ms(), wall_ms);
}

}  // namespace
}  // namespace understudy::server
