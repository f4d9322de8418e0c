// Static members of classic groups (KIP-345).
#include <gtest/gtest.h>

#include <string>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ClassicStatic : public ClassicTest {
 protected:
  // A Stable group in which the member with the instance id "i1" leads, or follows.
  TwoMembers with_static_leader(const Join& with = {.instance = "i1"}) {
    return two_members(with, {});
  }
  TwoMembers with_static_follower() { return two_members({}, {.instance = "i1"}); }
};

TEST_F(ClassicStatic, AMemberWithAnInstanceIdJoinsAtOnce) {
  const auto& a = join({.instance = "i1"});
  tick();
  EXPECT_EQ(a.error(), ErrorCode::kNone);
  EXPECT_TRUE(a.answer().member_id.starts_with("i1-"));
}

TEST_F(ClassicStatic, Groups_S12_AStaticMemberThatRestartsGetsItsAssignmentBack) {
  const TwoMembers two = with_static_follower();
  const std::string m1 = two.follower;
  const auto& again = join({.instance = "i1"});
  EXPECT_EQ(again.error(), ErrorCode::kNone);
  EXPECT_EQ(again.answer().generation_id, 1);
  EXPECT_EQ(again.answer().leader, two.leader);
  EXPECT_EQ(again.answer().protocol_name, "range");
  EXPECT_EQ(again.answer().protocol_type, "consumer");
  EXPECT_TRUE(again.answer().members.empty());
  EXPECT_FALSE(again.answer().skip_assignment);
  const std::string m2 = again.answer().member_id;
  EXPECT_NE(m2, m1);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(m1, 1, "i1"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(heartbeat(m1, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(sync({.id = m1, .instance = "i1"}).error(), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(join({.id = m1, .instance = "i1"}).error(), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(heartbeat(m2, 1, "i1"), ErrorCode::kNone);
  EXPECT_EQ(heartbeat(m2, 1), ErrorCode::kNone);
  const auto& synced = sync({.id = m2, .instance = "i1"});
  EXPECT_EQ(synced.error(), ErrorCode::kNone);
  EXPECT_EQ(synced.answer().assignment.view(), "of " + m1);
}

TEST_F(ClassicStatic, Groups_S12_TheNewIdIsInTheLog) {
  with_static_follower();
  join({.instance = "i1"});
  EXPECT_EQ(group_records(),
            (std::vector<std::string>{"2 gen 0 [0]", "2 gen 1 [2]", "2 gen 1 [2]"}));
  const std::string before = described();
  reload();
  EXPECT_EQ(described(), before);
}

TEST_F(ClassicStatic, Groups_S12_TheFencedMemberIsTold) {
  const TwoMembers two = with_static_follower();
  const std::string m2 = join({.instance = "i1"}).answer().member_id;
  const auto lines = told();
  ASSERT_GE(lines.size(), 2u);
  EXPECT_EQ(lines[lines.size() - 2],
            "group g: member " + two.follower +
                " left, generation 1: its instance i1 joined again as member " + m2);
  EXPECT_EQ(lines.back(), "group g: member " + m2 + " joined, generation 1");
}

TEST_F(ClassicStatic, Groups_S13_ALeaderThatRestartsSkipsTheAssignment) {
  const TwoMembers two = with_static_leader();
  const auto& again = join({.instance = "i1", .version = 9});
  const std::string m2 = again.answer().member_id;
  EXPECT_EQ(again.answer().generation_id, 1);
  EXPECT_EQ(again.answer().leader, m2);
  EXPECT_TRUE(again.answer().skip_assignment);
  EXPECT_EQ(again.answer().members.size(), 2u);
  EXPECT_EQ(sync({.id = m2}).answer().assignment.view(), "of " + two.leader);
}

TEST_F(ClassicStatic, Groups_S13_BeforeVersion9ALeaderThatRestartsIsToldThatAnotherOneLeads) {
  const TwoMembers two = with_static_leader();
  const auto& again = join({.instance = "i1", .version = 8});
  EXPECT_EQ(again.answer().generation_id, 1);
  EXPECT_EQ(again.answer().leader, two.leader);
  EXPECT_NE(again.answer().member_id, two.leader);
  EXPECT_TRUE(again.answer().members.empty());
  EXPECT_EQ(group().leader_id(), again.answer().member_id);
}

TEST_F(ClassicStatic, AnotherChoiceOfProtocolRebalancesTheGroup) {
  const Join both = {.protocols = {{"range", "m"}, {"sticky", "m"}}};
  Join instance = both;
  instance.instance = "i1";
  const TwoMembers two = two_members(both, instance);
  const std::string chosen = *group().protocol_name();
  ASSERT_EQ(chosen, "range");
  const auto& again = join({.instance = "i1", .protocols = {{"sticky", "m"}, {"range", "m"}}});
  EXPECT_FALSE(again.is_answered()) << "a vote each: sticky";
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kRebalanceInProgress);
  const auto& leader = join({.id = two.leader, .protocols = both.protocols});
  EXPECT_EQ(leader.answer().protocol_name, "sticky");
  EXPECT_EQ(again.answer().generation_id, 2);
}

TEST_F(ClassicStatic, ARestartWhileTheGroupCompletesRebalancesIt) {
  const auto& a = join({.instance = "i1"});
  const auto& b = join_new({});
  tick();
  const std::string m1 = a.answer().member_id;
  const std::string follower = b.answer().member_id;
  const auto& parked = sync({.id = m1 == group().leader_id() ? follower : m1});
  const auto& again = join({.instance = "i1"});
  EXPECT_FALSE(again.is_answered());
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(parked.error(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(join({.id = follower}).answer().generation_id, 2);
  EXPECT_EQ(again.answer().generation_id, 2);
}

TEST_F(ClassicStatic, AParkedSyncOfTheOldIdIsFenced) {
  join_new({});
  const auto& b = join({.instance = "i1"});
  tick();
  const auto& parked = sync({.id = b.answer().member_id, .instance = "i1"});
  EXPECT_FALSE(parked.is_answered());
  join({.instance = "i1"});
  EXPECT_EQ(parked.error(), ErrorCode::kFencedInstanceId);
}

TEST_F(ClassicStatic, AParkedJoinOfTheOldIdIsFenced) {
  const TwoMembers two = with_static_follower();
  const auto& parked = join({.id = two.follower, .instance = "i1", .protocols = {{"range", "x"}}});
  EXPECT_FALSE(parked.is_answered());
  const auto& again = join({.instance = "i1"});
  EXPECT_EQ(parked.error(), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(parked.answer().member_id, two.follower);
  EXPECT_FALSE(again.is_answered());
  EXPECT_EQ(join({.id = two.leader}).answer().generation_id, 2);
  EXPECT_EQ(again.answer().generation_id, 2);
}

TEST_F(ClassicStatic, TheSessionOfTheNewIdBeginsAnew) {
  with_static_follower();
  advance(9'000);
  const std::string m2 = join({.instance = "i1"}).answer().member_id;
  advance(9'999);
  EXPECT_NE(group().find_member(m2), nullptr);
  advance(1);
  EXPECT_EQ(group().find_member(m2), nullptr);
}

// groups.md 3.3 and 4.6.
TEST_F(ClassicStatic, IfTheLogRefusesTheNewIdTheOldOneStays) {
  const TwoMembers two = with_static_leader();
  const std::string before = described();
  storage.fail(true);
  const auto& again = join({.instance = "i1",
                            .protocols = {{"range", "other"}},
                            .session_ms = 20'000,
                            .rebalance_ms = 7'000});
  EXPECT_EQ(again.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(again.answer().member_id, "");
  EXPECT_EQ(again.answer().generation_id, 1);
  EXPECT_EQ(again.answer().leader, two.leader);
  EXPECT_EQ(described(), before);
  storage.fail(false);
  EXPECT_EQ(heartbeat(two.leader, 1, "i1"), ErrorCode::kNone);
  EXPECT_EQ(group().awaiting_join_count(), 0u);
}

TEST_F(ClassicStatic, TheAnswerWaitsForTheReplicas) {
  with_static_follower();
  offsets_partition().hold_replication();
  const auto& again = join({.instance = "i1"});
  EXPECT_FALSE(again.is_answered());
  news.during([&] { offsets_partition().release_replication(); });
  EXPECT_EQ(again.error(), ErrorCode::kNone);
}

TEST_F(ClassicStatic, IfARebalanceBeginsMeanwhileItWaitsForThat) {
  const TwoMembers two = with_static_follower();
  offsets_partition().hold_replication();
  const auto& again = join({.instance = "i1"});
  join({.id = two.leader, .protocols = {{"range", "x"}}});
  news.during([&] { offsets_partition().release_replication(); });
  EXPECT_EQ(again.answer().generation_id, 2);
}

TEST_F(ClassicStatic, Groups_S14_AnAdministratorRemovesAnInstance) {
  const TwoMembers two = with_static_follower();
  const auto answer = leave({{.id = "", .instance = "i1"}}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  ASSERT_EQ(answer.members.size(), 1u);
  EXPECT_EQ(answer.members[0].error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.members[0].member_id, "");
  EXPECT_EQ(answer.members[0].group_instance_id, "i1");
  EXPECT_EQ(group().find_member(two.follower), nullptr);
  EXPECT_EQ(group().find_static("i1"), nullptr);
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kRebalanceInProgress);
}

}  // namespace
}  // namespace understudy::broker
