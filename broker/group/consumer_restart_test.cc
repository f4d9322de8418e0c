// What another coordinator, or the same one after a restart, makes of a consumer group's records.
#include <gtest/gtest.h>

#include "broker/group/consumer_records.h"
#include "broker/group/testing/consumer_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Names = std::vector<std::string>;

class ConsumerRestartTest : public ConsumerTest {
 protected:
  ConsumerRestartTest() { add_topic("t", 4); }

  // A took t0 and t1 at epoch 2, B t2 and t3 at epoch 3.
  void make_two() {
    join("A", {"t"});
    join("B", {"t"});
    beat("A", 2);
    beat("A", 2, {"t0", "t1"});
    beat("B", 3);
  }
};

TEST_F(ConsumerRestartTest, Groups_S90_AStableGroupGoesOnAsIfNothingHadHappened) {
  make_two();
  const auto before = shard().consumer().describe("g");
  reload();
  EXPECT_TRUE(wire::equal(shard().consumer().describe("g"), before));
  EXPECT_EQ(beat("A", 3), "3 null");
  EXPECT_EQ(group_text(), "3/3 Stable") << "the same topics: no other epoch";
}

TEST_F(ConsumerRestartTest, Groups_S91_ARetryAndOlderCommitsAreKnownAfterwards) {
  make_two();
  reload();
  EXPECT_EQ(beat("A", 2, {"t0"}), "3 null");
  EXPECT_EQ(commit("A", 2, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("B", 2, {{"t", 2}}), ErrorCode::kStaleMemberEpoch);
}

TEST_F(ConsumerRestartTest, Groups_S91_WhoHasToGiveUpHasTheWholeTimeAgain) {
  Beat first = joining("A", Names{"t"});
  first.rebalance_ms = 10'000;
  ConsumerTest::beat(first);
  join("B", {"t"});
  beat("A", 2);
  advance(9'000);
  reload();
  EXPECT_EQ(member_text("A"), "2 [t0 t1 t2 t3], target [t0 t1]");
  advance(9'999);
  EXPECT_EQ(beat("A", 2), "2 null");
  advance(1);
  EXPECT_EQ(beat("A", 2), "UNKNOWN_MEMBER_ID");
}

TEST_F(ConsumerRestartTest, Groups_S90_TheOutageItselfExpiresNobody) {
  make_two();
  advance(40'000);
  reload();
  advance(44'999);
  EXPECT_EQ(beat("A", 3), "3 null");
  advance(1);
  EXPECT_EQ(beat("B", 3), "UNKNOWN_MEMBER_ID");
}

TEST_F(ConsumerRestartTest, Groups_S90_AMemberThatIsAwayIsStillReserved) {
  ConsumerTest::beat(static_joining("s1", "i", Names{"t"}));
  ConsumerTest::beat({.id = "s1", .epoch = -2, .instance = "i"});
  reload();
  EXPECT_EQ(ConsumerTest::beat({.id = "s1", .epoch = 2, .instance = "i"}), "FENCED_MEMBER_EPOCH");
  EXPECT_EQ(ConsumerTest::beat(static_joining("s2", "i", Names{"t"})), "2 [t0 t1 t2 t3]");
}

TEST_F(ConsumerRestartTest, TopicsThatChangedMeanwhileAreSeenAtTheFirstHeartbeat) {
  make_two();
  grow_topic("t", 1);
  reload();
  EXPECT_EQ(beat("A", 3).substr(0, 1), "4");
}

TEST_F(ConsumerRestartTest, ResolvedPatternsAndTheirTimeAreBack) {
  Beat beat = joining("A", Names{});
  beat.regex = "t.*";
  ConsumerTest::beat(beat);
  tick();
  EXPECT_EQ(ConsumerTest::beat("A", 1), "2 [t0 t1 t2 t3]");
  reload();
  tick();  // it is loaded
  add_topic("tt", 1);
  EXPECT_EQ(ConsumerTest::beat("A", 2), "2 null") << "ten seconds since the last look";
  advance(10'001);
  ConsumerTest::beat("A", 2);
  tick();
  EXPECT_EQ(ConsumerTest::beat("A", 2), "3 [t0 t1 t2 t3 tt0]");
}

TEST_F(ConsumerRestartTest, AGroupThatWasDeletedStaysSo) {
  make_two();
  std::vector<CoordinatorRecord> deletion;
  shard().find("g")->add_tombstones(deletion);
  shard().shard().write(deletion, [](ErrorCode) {});
  reload();
  EXPECT_EQ(group_text(), "none");
}

TEST_F(ConsumerRestartTest, RecordsBefore42HaveTheMembersEpoch) {
  shard().shard().write(
      {member_record("g", {.id = "A", .topic_names = {"t"}}),
       record_of(wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = "g", .member_id = "A"},
                 wire::ConsumerGroupCurrentMemberAssignmentValue{
                     .member_epoch = 7,
                     .previous_member_epoch = 6,
                     .assigned_partitions = {{.topic_id = id_of("t"), .partitions = {0}}}},
                 0)},
      [](ErrorCode) {});
  EXPECT_EQ(commit("A", 7, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("A", 6, {{"t", 0}}), ErrorCode::kStaleMemberEpoch);
}

TEST_F(ConsumerRestartTest, TombstonesOutOfOrderAndStrayOnesAreNoHarm) {
  make_two();
  shard().shard().write({member_tombstone("g", "A"), target_tombstone("g", "nobody"),
                         assignment_tombstone("nothing", "A"), regex_tombstone("g", "x"),
                         epoch_tombstone("nothing"), target_epoch_tombstone("nothing")},
                        [](ErrorCode) {});
  EXPECT_EQ(beat("A", 3), "UNKNOWN_MEMBER_ID");
  reload();
  EXPECT_EQ(beat("B", 3), "3 null");
}

TEST_F(ConsumerRestartTest, WhatTheDiskRefusesHasNotHappened) {
  join("A", {"t"});
  storage.fail(true);
  EXPECT_NE(join("B", {"t"}).find("NOT_COORDINATOR"), std::string::npos);
  storage.fail(false);
  EXPECT_EQ(beat("B", 3), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(beat("A", 2), "2 null");
}

}  // namespace
}  // namespace understudy::broker
