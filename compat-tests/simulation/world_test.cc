// The simulated disk, and whole runs: the same seed gives the same bytes.
#include <gtest/gtest.h>

#include "simulation/disk.h"
#include "simulation/shrink.h"

namespace understudy::simulation {
namespace {

class DiskTest : public ::testing::Test {
 protected:
  static constexpr const char* kPath = "t-0/0.log";

  void append(broker::File& file, const std::string& text) {
    ASSERT_TRUE(file.append(wire::Slice::copy_of(text)));
  }

  broker::ManualClock clock;
};

TEST_F(DiskTest, APowerCutTakesNothingThatWasSynced) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk(clock, Durability::kPageCache, seed);
    {
      const auto file = disk.create(kPath);
      append(*file, "durable");
      ASSERT_TRUE(file->sync());
      append(*file, "more");
    }
    disk.lose_unsynced();
    EXPECT_EQ(disk.bytes_of(kPath).substr(0, 7), "durable");
  }
}

TEST_F(DiskTest, APowerCutTearsWhatWasNot) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Disk disk(clock, Durability::kPageCache, seed);
    append(*disk.create(kPath), "abc");
    disk.lose_unsynced();
    outcomes.insert(disk.load(kPath).value_or("gone"));
  }
  using namespace std::string_literals;
  for (const std::string& outcome : {"gone"s, ""s, "a"s, "ab"s, "abc"s, "a\0\0"s, "ab\0"s}) {
    EXPECT_TRUE(outcomes.contains(outcome)) << outcome;
  }
}

TEST_F(DiskTest, AReplacedFileIsTheOldOneOrTheNewOneUnlessItWasSynced) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Disk disk(clock, Durability::kFsync, seed);
    ASSERT_TRUE(disk.replace("a", "1"));
    disk.lose_unsynced();
    EXPECT_EQ(disk.load("a"), "1");
    Disk page_cache(clock, Durability::kPageCache, seed);
    ASSERT_TRUE(page_cache.replace("a", "1"));
    ASSERT_TRUE(page_cache.open("a")->sync());
    ASSERT_TRUE(page_cache.replace("a", "2"));
    page_cache.lose_unsynced();
    outcomes.insert(page_cache.load("a").value_or("gone"));
  }
  EXPECT_TRUE(outcomes.contains("1"));
  EXPECT_TRUE(outcomes.contains("2"));
}

// Linux takes the pages of a failed sync for written.
TEST_F(DiskTest, ASyncAfterAFailedOneCoversOnlyWhatIsWrittenAgain) {
  for (const bool is_written_again : {false, true}) {
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
      Disk disk(clock, Durability::kFsync, seed);
      {
        const auto file = disk.create(kPath);
        append(*file, "a");
        ASSERT_TRUE(file->sync());
        append(*file, "b");
        disk.fail_syncs(true);
        ASSERT_FALSE(file->sync());
        disk.fail_syncs(false);
        if (is_written_again) {
          ASSERT_TRUE(file->write_again(1));
        }
        append(*file, "c");
        ASSERT_TRUE(file->sync());
      }
      disk.lose_unsynced();
      outcomes.insert(disk.bytes_of(kPath));
    }
    EXPECT_EQ(outcomes.contains("a"), !is_written_again);
    EXPECT_EQ(outcomes == std::set<std::string>{"abc"}, is_written_again);
  }
}

TEST_F(DiskTest, AProcessDiesInTheMiddleOfAnAppend) {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk(clock, Durability::kPageCache, seed);
    const auto file = disk.create(kPath);
    disk.die_in(2);
    append(*file, "a");
    EXPECT_THROW(static_cast<void>(file->append(wire::Slice::copy_of("bc"))), Died);
    EXPECT_FALSE(disk.replace("b", "of a dead process"));
    disk.revive();
    EXPECT_EQ(disk.load("b"), std::nullopt);
    outcomes.insert(disk.bytes_of(kPath));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"a", "ab", "abc"}));
}

TEST_F(DiskTest, AFullDiskCanStillBeTidied) {
  Disk disk(clock, Durability::kPageCache, 1);
  ASSERT_TRUE(disk.replace("a", "1"));
  disk.set_full(true);
  EXPECT_FALSE(disk.replace("b", "2"));
  EXPECT_EQ(disk.create("c"), nullptr);
  EXPECT_TRUE(disk.rename("a", "d"));
  EXPECT_TRUE(disk.remove("d"));
}

TEST(SimulatedWorld, TheSameSeedGivesTheSameBytes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RunResult one = run_twice(draw_schedule(seed));
    for (const Finding& finding : one.findings) {
      ADD_FAILURE() << "seed " << seed << ": " << name_of(finding.check) << ": " << finding.text;
    }
    EXPECT_NE(one.hash, run_schedule(draw_schedule(seed + 1)).hash);
  }
}

TEST(SimulatedWorld, ARestrictionLeavesTheRestAsItIs) {
  const Schedule schedule = draw_schedule(7);
  const Schedule some = restricted(schedule, {.troubles = std::set<int>{0}, .records_max = 3});
  ASSERT_EQ(some.troubles.size(), 1u);
  EXPECT_EQ(some.troubles[0].draw, schedule.troubles[0].draw);
  EXPECT_EQ(some.clients[0].records, 3);
  EXPECT_EQ(some.clients[0].seed, schedule.clients[0].seed);
}

}  // namespace
}  // namespace understudy::simulation
