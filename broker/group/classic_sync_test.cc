// SyncGroup, Heartbeat and LeaveGroup of classic groups.
#include <gtest/gtest.h>

#include <string>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ClassicSync : public ClassicTest {
 protected:
  // Two members that have joined, and not synced.
  TwoMembers two_joined() {
    const auto& a = join_new({});
    const auto& b = join_new({});
    tick();
    return {.leader = a.answer().member_id, .follower = b.answer().member_id};
  }
};

TEST_F(ClassicSync, Groups_S06_AFollowerWaitsForTheLeader) {
  const TwoMembers two = two_joined();
  const auto& b = sync({.id = two.follower});
  EXPECT_FALSE(b.is_answered());
  const auto& a = sync({.id = two.leader, .assignments = {{two.leader, "l"}, {two.follower, "f"}}});
  EXPECT_EQ(a.error(), ErrorCode::kNone);
  EXPECT_EQ(a.answer().assignment.view(), "l");
  EXPECT_EQ(a.answer().protocol_type, "consumer");
  EXPECT_EQ(a.answer().protocol_name, "range");
  EXPECT_EQ(b.error(), ErrorCode::kNone);
  EXPECT_EQ(b.answer().assignment.view(), "f");
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(sync({.id = two.follower}).answer().assignment.view(), "f") << "at once from now on";
}

TEST_F(ClassicSync, Groups_S06_WhoIsLeftOutGetsNoBytes) {
  const TwoMembers two = two_joined();
  const auto& b = sync({.id = two.follower});
  sync({.id = two.leader, .assignments = {{two.leader, "l"}, {"nobody", "n"}}});
  EXPECT_EQ(b.error(), ErrorCode::kNone);
  EXPECT_TRUE(b.answer().assignment.empty());
  EXPECT_EQ(last_group_record().members.size(), 2u);
}

TEST_F(ClassicSync, RefusesWhoIsNoMember) {
  EXPECT_EQ(sync({.id = "x"}).error(), ErrorCode::kUnknownMemberId) << "no group";
  given_id();
  EXPECT_EQ(sync({.id = "x"}).error(), ErrorCode::kUnknownMemberId) << "an empty one";
  const TwoMembers two = two_joined();
  EXPECT_EQ(sync({.id = "x"}).error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(sync({.id = two.leader, .instance = "i"}).error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(sync({.id = two.leader, .generation = 0}).error(), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(sync({.id = two.leader, .generation = 2}).error(), ErrorCode::kIllegalGeneration);
}

TEST_F(ClassicSync, Groups_S09_RefusesAnotherProtocolAndWhileMembersJoin) {
  const TwoMembers two = two_members();
  EXPECT_EQ(sync({.id = two.follower, .name = "sticky"}).error(),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(sync({.id = two.follower, .type = "connect"}).error(),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(sync({.id = two.follower, .type = {}, .name = {}, .version = 4}).error(),
            ErrorCode::kNone);
  join_new({});
  const auto& refused = sync({.id = two.follower});
  EXPECT_EQ(refused.error(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(refused.answer().protocol_name, std::nullopt);
  EXPECT_EQ(sync({.id = two.follower, .generation = 7}).error(), ErrorCode::kIllegalGeneration);
}

TEST_F(ClassicSync, ASecondSyncTakesThePlaceOfTheFirst) {
  const TwoMembers two = two_joined();
  const auto& first = sync({.id = two.follower});
  const auto& second = sync({.id = two.follower});
  EXPECT_TRUE(first.got_nothing());
  sync({.id = two.leader, .assignments = {{two.follower, "f"}}});
  EXPECT_EQ(second.answer().assignment.view(), "f");
}

// groups.md 4.6.
TEST_F(ClassicSync, IfTheLogRefusesTheAssignmentsAllJoinAgain) {
  const TwoMembers two = two_joined();
  const auto& b = sync({.id = two.follower});
  storage.fail(true);
  const auto& a = sync({.id = two.leader, .assignments = {{two.leader, "l"}}});
  EXPECT_EQ(a.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(b.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(told().back(),
            "group g: rebalance, generation 1: the assignments could not be stored: "
            "NOT_COORDINATOR");
  storage.fail(false);
  const auto& joined = join({.id = two.leader});
  join({.id = two.follower});
  EXPECT_EQ(joined.answer().generation_id, 2);
}

TEST_F(ClassicSync, AssignmentsThatAreNotReplicatedInTimeAreVoid) {
  const TwoMembers two = two_joined();
  offsets_partition().hold_replication();
  const auto& a = sync({.id = two.leader, .assignments = {{two.leader, "l"}}});
  EXPECT_FALSE(a.is_answered());
  EXPECT_EQ(state(), "CompletingRebalance");
  advance(5'000);
  EXPECT_EQ(a.error(), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_TRUE(group().find_member(two.leader)->assignment.empty());
}

TEST_F(ClassicSync, AssignmentsOfAnOlderRoundAreVoid) {
  const TwoMembers two = two_joined();
  offsets_partition().hold_replication();
  const auto& a = sync({.id = two.leader, .assignments = {{two.leader, "l"}}});
  const auto& late = join({.id = two.follower, .protocols = {{"range", "new"}}});
  EXPECT_EQ(a.error(), ErrorCode::kRebalanceInProgress);
  join({.id = two.leader});
  EXPECT_EQ(late.answer().generation_id, 2);
  news.during([&] { offsets_partition().release_replication(); });
  EXPECT_EQ(state(), "CompletingRebalance");
  EXPECT_TRUE(group().find_member(two.leader)->assignment.empty());
}

TEST_F(ClassicSync, Groups_S08_HeartbeatsAreChecked) {
  EXPECT_EQ(heartbeat("x", 1), ErrorCode::kUnknownMemberId) << "no group";
  const TwoMembers two = two_joined();
  EXPECT_EQ(heartbeat(two.leader, 0), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(heartbeat(two.leader, 2), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(heartbeat("x", 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(heartbeat("x", 2), ErrorCode::kUnknownMemberId) << "before the generation";
  EXPECT_EQ(heartbeat(two.leader, 1, "i"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(state(), "CompletingRebalance");
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kNone);
  sync({.id = two.leader});
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kNone);
}

TEST_F(ClassicSync, AHeartbeatInAnEmptyGroupIsOfNoMember) {
  const std::string id = one_member();
  leave({{.id = id}});
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(heartbeat(id, 2), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicSync, AHeartbeatWhileMembersJoinKeepsTheSession) {
  const TwoMembers two = two_members();
  join_new({});
  for (int i = 0; i < 5; ++i) {
    advance(9'000);
    ASSERT_EQ(heartbeat(two.leader, 1), ErrorCode::kRebalanceInProgress);
  }
  EXPECT_EQ(group().find_member(two.follower), nullptr);
  EXPECT_NE(group().find_member(two.leader), nullptr);
}

// What a heartbeat may be about (an assignment) could still be lost.
TEST_F(ClassicSync, AHeartbeatIsAnsweredAfterWhatWasWrittenBefore) {
  const std::string id = one_member({.session_ms = 60'000});
  offsets_partition().hold_replication();
  group_id = "other";
  join({});
  group_id = "g";
  const auto& waiting = send_heartbeat(id, 1);
  EXPECT_FALSE(waiting.is_answered());
  news.during([&] { offsets_partition().release_replication(); });
  EXPECT_EQ(waiting.error(), ErrorCode::kNone);

  offsets_partition().hold_replication();
  group_id = "third";
  join({});
  group_id = "g";
  const auto& overdue = send_heartbeat(id, 1);
  EXPECT_EQ(heartbeat(id, 7), ErrorCode::kIllegalGeneration) << "errors are answered at once";
  advance(5'000);
  EXPECT_EQ(overdue.error(), ErrorCode::kCoordinatorNotAvailable);
}

TEST_F(ClassicSync, Groups_S14_EveryMemberThatLeavesHasItsOwnError) {
  const TwoMembers two = two_members({}, {.instance = "i1"});
  const auto& answer =
      leave({{.id = two.follower}, {.id = "unknown"}, {.id = "", .instance = "i9"}, {.id = ""}})
          .answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  ASSERT_EQ(answer.members.size(), 4u);
  EXPECT_EQ(answer.members[0].error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.members[1].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(answer.members[1].member_id, "unknown");
  EXPECT_EQ(answer.members[2].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(answer.members[2].group_instance_id, "i9");
  EXPECT_EQ(answer.members[3].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(ClassicSync, LeavingWithTheIdOfAnotherInstanceIsFenced) {
  const TwoMembers two = two_members({}, {.instance = "i1"});
  const auto& answer = leave({{.id = two.leader, .instance = "i1"}}).answer();
  EXPECT_EQ(answer.members.at(0).error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(state(), "Stable");
}

TEST_F(ClassicSync, Groups_S15_BeforeVersion3TheErrorIsThatOfTheOneMember) {
  EXPECT_EQ(leave({{.id = "x"}}, 1).error(), ErrorCode::kUnknownMemberId) << "no group";
  const TwoMembers two = two_members();
  EXPECT_EQ(leave({{.id = "unknown"}}, 1).error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(leave({{.id = ""}}, 2).error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(leave({{.id = two.follower}}, 0).error(), ErrorCode::kNone);
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicSync, LeavingAGroupThatIsNotThereIsAnErrorOfEachMember) {
  const auto& answer = leave({{.id = "a", .instance = "i"}, {.id = "b"}}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  ASSERT_EQ(answer.members.size(), 2u);
  EXPECT_EQ(answer.members[0].error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(answer.members[0].group_instance_id, "i");
  EXPECT_EQ(answer.members[1].error_code, ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicSync, AGivenIdMayBeGivenBack) {
  const TwoMembers two = two_members();
  const std::string pending = given_id();
  const auto& a = join({.id = two.leader});
  join({.id = two.follower});
  EXPECT_FALSE(a.is_answered());
  EXPECT_EQ(leave({{.id = pending}}).answer().members.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(a.answer().generation_id, 2);
}

TEST_F(ClassicSync, AParkedJoinOfAMemberThatLeavesIsAnswered) {
  const TwoMembers two = two_members();
  const auto& a = join({.id = two.leader});
  leave({{.id = two.leader}});
  EXPECT_EQ(a.error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(a.answer().member_id, "");
  EXPECT_EQ(group().leader_id(), two.follower);
}

// Kafka forgets it, and its client waits until it gives up.
TEST_F(ClassicSync, AParkedSyncOfAMemberThatLeavesIsAnswered) {
  const TwoMembers two = two_joined();
  const auto& b = sync({.id = two.follower});
  leave({{.id = two.follower}});
  EXPECT_EQ(b.error(), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicSync, TheLastMemberThatLeavesLeavesAnEmptyGroup) {
  const std::string id = one_member();
  leave({{.id = id}});
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 2);
  EXPECT_EQ(group().protocol_type(), "consumer");
  EXPECT_EQ(timers.next_deadline_ms(), kNextLookAtOffsetsMs) << "nothing else is left to happen";
}

TEST_F(ClassicSync, IfTheLogRefusesThatTheClientIsTold) {
  const std::string id = one_member();
  storage.fail(true);
  const auto& answer = leave({{.id = id}}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(answer.members.empty());
  EXPECT_EQ(state(), "Empty");
}

TEST_F(ClassicSync, TellsWhoLeftAndWhy) {
  const TwoMembers two = two_members({}, {.instance = "i1"});
  leave({{.id = "", .instance = "i1", .reason = "tidying up"}});
  EXPECT_EQ(told()[told().size() - 2],
            "group g: member " + two.follower +
                " left, generation 1: removed by an administrator (tidying up)");
  EXPECT_EQ(told().back(), "group g: rebalance, generation 1: member " + two.follower + " left");
  leave({{.id = two.leader}});
  const auto lines = told();
  EXPECT_EQ(lines.back(), "group g: member " + two.leader + " left, generation 1: by itself");
}

}  // namespace
}  // namespace understudy::broker
