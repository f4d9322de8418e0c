// Offsets that go by themselves: by their age (groups.md 7.1), and with their topic (12.1).
#include "broker/api/groups_test.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Base = OffsetExpiration::Base;

constexpr std::int64_t kMinute = 60'000;

// Retention 1 minute, looked at every 10 seconds.
class OffsetExpiryTest : public GroupsTest {
 protected:
  explicit OffsetExpiryTest(const std::string& interval_ms = "10000")
      : GroupsTest("4.4", 1, "1",
                   {{"offsets.retention.minutes", "1"},
                    {"offsets.retention.check.interval.ms", interval_ms}}) {
    create("t");
    create("u");
  }
  Written expired() {
    Written lines = written();
    std::erase_if(lines, [](const std::string& line) { return line[1] != 'T'; });
    return lines;
  }
};

TEST_F(OffsetExpiryTest, AnOffsetOfASimpleGroupExpiresByItsCommitAndTheGroupWithTheLast) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  advance(30'000);
  commit(8, commit_of("g", {{"t", 1, 8}}));
  advance(29'999);
  EXPECT_THAT(expired(), IsEmpty());
  advance(10'000);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0"));
  EXPECT_EQ(fetched("g", "t", 1), 8);
  advance(30'000);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0", "1T g t-1", "2T g"));
}

TEST_F(OffsetExpiryTest, S28_AnEmptyGroupCountsFromWhenItBecameEmpty) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  ScriptedGroup& group = put_group();
  group.its_expiration = {.base = Base::kNever};
  group.delete_error = wire::ErrorCode::kNonEmptyGroup;
  advance(2 * kMinute);
  EXPECT_THAT(expired(), IsEmpty());
  group.delete_error = wire::ErrorCode::kNone;
  group.its_expiration = {.base = Base::kEmptySince, .empty_since_ms = clock.wall_ms()};
  commit(8, commit_of("g", {{"u", 0, 7}}));
  advance(kMinute - 1);
  EXPECT_THAT(expired(), IsEmpty());
  advance(10'000);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0", "1T g u-0", "2T g"));
}

TEST_F(OffsetExpiryTest, AnEmptyGroupOfWhichThatIsUnknownCountsFromItsCommits) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  put_group().its_expiration = {.base = Base::kEmptySince, .empty_since_ms = -1};
  advance(kMinute);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0", "2T g"));
}

TEST_F(OffsetExpiryTest, OfAGroupThatReadsOnlyTopicsThatItDoesNotReadExpire) {
  commit(8, commit_of("g", {{"t", 0, 7}, {"u", 0, 8}}));
  ScriptedGroup& group = put_group();
  group.its_expiration = {.base = Base::kCommit};
  group.delete_error = wire::ErrorCode::kNonEmptyGroup;
  group.subscribed = "t";
  advance(kMinute + 10'000);
  EXPECT_THAT(expired(), ElementsAre("1T g u-0"));
  EXPECT_EQ(fetched("g", "t", 0), 7);
}

TEST_F(OffsetExpiryTest, AnExplicitTimeCountsAlone) {
  auto soon = commit_of("g", {{"t", 0, 7}});
  soon.retention_time_ms = 5000;
  commit(2, soon);
  auto late = commit_of("g", {{"t", 1, 7}});
  late.retention_time_ms = 10 * kMinute;
  commit(2, late);
  advance(10'000);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0"));
  advance(2 * kMinute);
  EXPECT_EQ(fetched("g", "t", 1), 7);
}

TEST_F(OffsetExpiryTest, TheMachinesClockDecides) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  clock.set_wall(clock.wall_ms() + kMinute);
  EXPECT_THAT(expired(), IsEmpty());  // nobody has looked
  advance(10'000);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0", "2T g"));
}

class NoOffsetExpiryTest : public OffsetExpiryTest {
 protected:
  NoOffsetExpiryTest() : OffsetExpiryTest("9223372036854775807") {}
};

TEST_F(NoOffsetExpiryTest, AnIntervalAsLongAsANumberCanBeMeansNever) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  advance(std::int64_t{365} * 24 * 3'600'000);
  EXPECT_EQ(fetched("g", "t", 0), 7);
}

TEST_F(OffsetExpiryTest, AClockThatWasSetBackExpiresNothing) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  clock.set_wall(clock.wall_ms() - 10 * kMinute);
  advance(2 * kMinute);
  EXPECT_THAT(expired(), IsEmpty());
}

TEST_F(OffsetExpiryTest, WhatATransactionHasPendingKeepsOffsetAndGroup) {
  commit(8, commit_of("g", {{"t", 0, 7}, {"t", 1, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  replay_in_transaction(1000, "only-pending", "t", 0, 9);
  advance(kMinute);
  EXPECT_THAT(expired(), ElementsAre("1T g t-1"));
  shard().transaction_ended(1000, codec::ControlType::kAbort);
  advance(10'000);
  EXPECT_THAT(written(), SizeIs(4 + 4));
}

TEST_F(OffsetExpiryTest, AGroupWithoutOffsetsGoesAtTheNextLook) {
  put_group();
  advance(10'000);
  EXPECT_THAT(expired(), ElementsAre("2T g"));
}

TEST_F(OffsetExpiryTest, ALookAlsoHappensAfterTheLogIsReadAgain) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  clock.advance(kMinute);
  reload();
  EXPECT_EQ(fetched("g", "t", 0), 7);
  advance(9'999);
  EXPECT_THAT(expired(), IsEmpty());
  advance(1);
  EXPECT_THAT(expired(), ElementsAre("1T g t-0", "2T g"));
}

TEST_F(OffsetExpiryTest, WhatExpiresAtOnceMayBeMoreThanABatch) {
  constexpr int kGroups = 2500;
  for (int i = 0; i < kGroups; ++i) {
    commit(8, commit_of("group-" + std::to_string(i), {{"t", 0, 7}}));
  }
  advance(kMinute);
  EXPECT_THAT(expired(), SizeIs(2 * kGroups));
  EXPECT_EQ(fetched("group-1", "t", 0), -1);
}

// Topics that go.

TEST_F(OffsetExpiryTest, ATopicTakesItsOffsetsInAllGroupsWithIt) {
  commit(8, commit_of("g", {{"t", 1, 7}, {"t", 0, 7}, {"u", 0, 7}}));
  commit(8, commit_of("h", {{"t", 0, 7}}));
  replay_in_transaction(1000, "h", "t", 3, 9);
  remove("t");
  EXPECT_THAT(expired(),
              testing::UnorderedElementsAre("1T g t-0", "1T g t-1", "1T h t-0", "1T h t-3"));
  EXPECT_EQ(fetched("g", "u", 0), 7);
  EXPECT_TRUE(shard().offsets().pending().empty());
}

TEST_F(OffsetExpiryTest, ATopicWithoutOffsetsWritesNothing) {
  commit(8, commit_of("g", {{"t", 1, 7}}));
  remove("u");
  EXPECT_THAT(expired(), IsEmpty());
}

TEST_F(OffsetExpiryTest, ATopicThatGrowsKeepsItsOffsets) {
  commit(8, commit_of("g", {{"t", 1, 7}}));
  shard().topics_changed();
  EXPECT_THAT(expired(), IsEmpty());
}

}  // namespace
}  // namespace understudy::broker
