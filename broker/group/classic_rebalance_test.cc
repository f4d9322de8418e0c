#include <gtest/gtest.h>

#include <string>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ClassicRebalance : public ClassicTest {};

TEST_F(ClassicRebalance, Groups_S07_AMemberThatJoinsMakesTheOthersJoinAgain) {
  const TwoMembers two = two_members();
  const auto& c = join_new({});
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kRebalanceInProgress);
  const auto& b = join({.id = two.follower});
  EXPECT_FALSE(b.is_answered());
  const auto& a = join({.id = two.leader});
  EXPECT_EQ(a.answer().generation_id, 2) << "the last one completes it at once";
  EXPECT_EQ(b.answer().generation_id, 2);
  EXPECT_EQ(c.answer().generation_id, 2);
  EXPECT_EQ(a.answer().leader, two.leader);
  EXPECT_EQ(a.answer().members.size(), 3u);
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(ClassicRebalance, Groups_S07_AMemberThatDoesNotJoinAgainIsRemoved) {
  const TwoMembers two = two_members({.session_ms = 30'000, .rebalance_ms = 6'000},
                                     {.session_ms = 30'000, .rebalance_ms = 20'000});
  const auto& a = join({.id = two.leader, .session_ms = 30'000, .rebalance_ms = 6'000});
  advance(19'999);
  EXPECT_FALSE(a.is_answered()) << "the longest timeout of all counts";
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kRebalanceInProgress);
  advance(1);
  EXPECT_EQ(a.answer().generation_id, 2);
  EXPECT_EQ(a.answer().members.size(), 1u);
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kUnknownMemberId);
  EXPECT_TRUE(told().back().ends_with("member " + two.follower +
                                      " left, generation 1: it did not join again within 20000 ms"))
      << told().back();
}

// Static members alone, none of which has come back: their round is looked at again and again.
TEST_F(ClassicRebalance, ATimeoutOfZeroOrLessLetsTheTimeGoOn) {
  for (const std::int32_t rebalance_ms : {0, -1}) {
    group_id = "g" + std::to_string(rebalance_ms);
    const Join of_one = {.instance = "i1", .session_ms = 30'000, .rebalance_ms = rebalance_ms};
    const TwoMembers two =
        two_members(of_one, {.instance = "i2", .session_ms = 30'000, .rebalance_ms = 60'000});
    leave({{two.follower}});
    advance(10);
    EXPECT_EQ(state(), "PreparingRebalance");
    const auto& back = join({.id = two.leader, .instance = "i1", .rebalance_ms = 1'000});
    tick();
    EXPECT_EQ(back.answer().generation_id, 2);
  }
}

TEST_F(ClassicRebalance, TheFirstWhoHasJoinedLeadsIfTheLeaderHasNot) {
  const TwoMembers two = two_members();
  const auto& c = join_new({});
  const auto& b = join({.id = two.follower});
  for (int i = 0; i < 60; ++i) {
    heartbeat(two.leader, 1);
    advance(1'000);
  }
  const std::string first = group().members().begin()->first;
  EXPECT_NE(first, two.leader);
  EXPECT_EQ(b.answer().leader, first);
  EXPECT_EQ(c.answer().leader, first);
  const auto& leading = first == two.follower ? b : c;
  EXPECT_EQ(leading.answer().members.size(), 2u);
}

// They may be restarting; that they are not there is for their sessions to say.
TEST_F(ClassicRebalance, StaticMembersStayWithoutJoiningAgain) {
  const TwoMembers two =
      two_members({.session_ms = 100'000}, {.instance = "i", .session_ms = 100'000});
  const auto& a = join({.id = two.leader, .session_ms = 100'000});
  advance(60'000);
  EXPECT_EQ(a.answer().generation_id, 2);
  EXPECT_EQ(a.answer().members.size(), 2u);
  EXPECT_EQ(heartbeat(two.follower, 2), ErrorCode::kNone);
}

TEST_F(ClassicRebalance, IfNobodyOfStaticMembersJoinsItTriesAgainUntilTheirSessionsAreOver) {
  const TwoMembers two = two_members({.instance = "i", .session_ms = 130'000},
                                     {.instance = "j", .session_ms = 10'000});
  advance(10'000);
  EXPECT_EQ(group().members().size(), 1u);
  EXPECT_EQ(state(), "PreparingRebalance");
  advance(119'999);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(group().generation(), 1);
  advance(1);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 2);
}

TEST_F(ClassicRebalance, Groups_S10_MembersThatDoNotSyncAreRemoved) {
  const auto& a = join_new({});
  const auto& b = join_new({});
  tick();
  const std::string leader = a.answer().member_id;
  const std::string follower = b.answer().member_id;
  const auto& synced = sync({.id = follower});
  for (int i = 0; i < 59; ++i) {
    advance(1'000);
    ASSERT_EQ(heartbeat(leader, 1), ErrorCode::kNone);
  }
  EXPECT_FALSE(synced.is_answered());
  advance(1'000);
  EXPECT_EQ(synced.error(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(leader, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(join({.id = follower}).answer().leader, follower);
}

TEST_F(ClassicRebalance, Groups_S10_AlsoWhenTheGroupIsStable) {
  const auto& a = join_new({});
  const auto& b = join_new({});
  tick();
  const std::string leader = a.answer().member_id;
  const std::string follower = b.answer().member_id;
  EXPECT_EQ(sync({.id = leader, .assignments = {{leader, "all"}}}).error(), ErrorCode::kNone);
  EXPECT_EQ(state(), "Stable");
  for (int i = 0; i < 60; ++i) {
    advance(1'000);
    heartbeat(leader, 1);
    heartbeat(follower, 1);
  }
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(group().members().size(), 1u);
  EXPECT_EQ(heartbeat(follower, 1), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicRebalance, Groups_S10_WithoutAnyMemberLeftTheGroupIsEmpty) {
  join_new({.session_ms = 100'000});
  tick();
  advance(60'000);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 2);
}

TEST_F(ClassicRebalance, WhoHasSyncedInTimeIsLeftAlone) {
  const TwoMembers two = two_members({.session_ms = 100'000}, {.session_ms = 100'000});
  advance(60'000);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(group().members().size(), 2u);
}

TEST_F(ClassicRebalance, Groups_S16_ASilentMemberIsRemovedAfterItsSession) {
  const TwoMembers two = two_members({.session_ms = 30'000}, {.session_ms = 6'000});
  advance(5'999);
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kNone);
  advance(5'999);
  EXPECT_EQ(state(), "Stable");
  advance(1);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(two.follower, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kRebalanceInProgress);
  const std::string reason = "member " + two.follower + "'s session expired after 6000 ms";
  EXPECT_EQ(told().back(), "group g: rebalance, generation 1: " + reason);
  EXPECT_EQ(told()[told().size() - 2],
            "group g: member " + two.follower + " left, generation 1: " + reason);
  EXPECT_EQ(join({.id = two.leader}).answer().generation_id, 2);
}

TEST_F(ClassicRebalance, Groups_S16_AMemberThatWaitsForItsSyncDoesNotExpire) {
  join_new({});
  const auto& b = join_new({.session_ms = 6'000});
  tick();
  const std::string follower = b.answer().member_id;
  sync({.id = follower});
  for (int i = 0; i < 9; ++i) {
    advance(1'000);
    ASSERT_EQ(heartbeat(group().leader_id(), 1), ErrorCode::kNone);
  }
  EXPECT_NE(group().find_member(follower), nullptr);
  const std::string leader = group().leader_id();
  sync({.id = leader, .assignments = {{follower, "x"}}});
  advance(5'999);
  EXPECT_NE(group().find_member(follower), nullptr) << "its session began anew with the answer";
  advance(1);
  EXPECT_EQ(group().find_member(follower), nullptr);
}

TEST_F(ClassicRebalance, AMemberThatWaitsForItsJoinDoesNotExpire) {
  const TwoMembers two = two_members({.session_ms = 6'000}, {.session_ms = 100'000});
  const auto& a = join({.id = two.leader, .session_ms = 6'000});
  advance(30'000);
  EXPECT_FALSE(a.is_answered());
  EXPECT_EQ(join({.id = two.follower}).answer().generation_id, 2);
  EXPECT_EQ(a.answer().generation_id, 2);
}

TEST_F(ClassicRebalance, AnExpiredMemberDoesNotHoldTheOthersUp) {
  const TwoMembers two = two_members({.session_ms = 100'000}, {.session_ms = 6'000});
  const auto& a = join({.id = two.leader});
  advance(6'000);
  EXPECT_EQ(a.answer().generation_id, 2);
}

TEST_F(ClassicRebalance, ACommitShowsThatAMemberIsAlive) {
  const std::string id = one_member();
  advance(9'000);
  shard().find("g")->committed({.member_id = id, .generation = 1});
  advance(9'999);
  EXPECT_EQ(state(), "Stable");
  shard().find("g")->committed({.member_id = "nobody", .generation = 1});
  advance(1);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(ClassicRebalance, ParkedSyncsAreToldToJoinAgain) {
  const auto& a = join_new({});
  const auto& b = join_new({});
  tick();
  const auto& synced = sync({.id = b.answer().member_id});
  join_new({});
  EXPECT_EQ(synced.error(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(synced.answer().protocol_type, std::nullopt);
  EXPECT_EQ(synced.answer().protocol_name, std::nullopt);
  EXPECT_TRUE(synced.answer().assignment.empty());
  EXPECT_EQ(sync({.id = a.answer().member_id}).error(), ErrorCode::kRebalanceInProgress);
}

// groups.md 8.10: what happens to topics is the members' business.
TEST_F(ClassicRebalance, Groups_S68_TopicsThatComeAndGoAreNoMatter) {
  const std::string id = one_member({.protocols = {{"range", subscription({"t"})}}});
  Topic& topic = *cluster.add_topic("t", {{1}}, {});
  news.during([&] { EXPECT_TRUE(cluster.add_partitions(topic, {{1}})); });
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  news.during([&] { EXPECT_TRUE(cluster.remove_topic(topic)); });
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
}

class PatientClassicRebalance : public ClassicTest {
 protected:
  PatientClassicRebalance()
      : ClassicTest({.properties = {{"group.initial.rebalance.delay.ms", "3000"}}}) {}
};

TEST_F(PatientClassicRebalance, Groups_S17_TheFirstRebalanceWaitsForMore) {
  const auto& a = join_new({});
  advance(2'999);
  EXPECT_FALSE(a.is_answered());
  advance(1);
  EXPECT_EQ(a.answer().generation_id, 1);
}

TEST_F(PatientClassicRebalance, Groups_S17_AMemberThatComesMeanwhileExtendsTheWait) {
  const auto& a = join_new({});
  advance(2'000);
  const auto& b = join_new({});
  advance(3'999);
  EXPECT_FALSE(a.is_answered());
  advance(1);
  EXPECT_EQ(a.answer().generation_id, 1);
  EXPECT_EQ(a.answer().members.size(), 2u);
  EXPECT_EQ(b.answer().generation_id, 1);
}

TEST_F(PatientClassicRebalance, Groups_S17_NoLongerThanTheRebalanceTimeout) {
  const auto& a = join_new({.rebalance_ms = 7'000});
  for (int second = 1; second <= 6; ++second) {
    advance(1'000);
    join_new({.rebalance_ms = 7'000});
  }
  advance(999);
  EXPECT_FALSE(a.is_answered());
  advance(1);
  EXPECT_EQ(a.answer().members.size(), 7u);
}

TEST_F(PatientClassicRebalance, Groups_S17_ATimeoutShorterThanTheDelayIsNoMatter) {
  const auto& a = join_new({.rebalance_ms = 1'000});
  advance(500);
  join_new({.rebalance_ms = 1'000});
  advance(2'499);
  EXPECT_FALSE(a.is_answered());
  advance(1);
  EXPECT_EQ(a.answer().members.size(), 2u);
}

TEST_F(PatientClassicRebalance, LeavingDoesNotEndTheWait) {
  const auto& a = join_new({});
  const auto& b = join_new({});
  const std::string leaving = group().leader_id();
  leave({{.id = leaving}});
  EXPECT_EQ(a.error(), ErrorCode::kUnknownMemberId);
  advance(5'999);
  EXPECT_FALSE(b.is_answered());
  advance(1);
  EXPECT_EQ(b.answer().generation_id, 1);
}

// As in Kafka (removePendingMemberAndUpdateClassicGroup): then nobody is missing.
TEST_F(PatientClassicRebalance, AGivenIdThatExpiresEndsTheWait) {
  EXPECT_EQ(join({.session_ms = 1'000}).error(), ErrorCode::kMemberIdRequired);
  const auto& a = join_new({});
  advance(999);
  EXPECT_FALSE(a.is_answered());
  advance(1);
  EXPECT_EQ(a.answer().generation_id, 1);
}

// A member of the first rebalance came after the last look: Kafka still waits for it at the next.
TEST_F(PatientClassicRebalance, AMemberThatCameTooLateToExtendTheWaitExtendsTheNext) {
  const auto& a = join_new({.rebalance_ms = 3'000});
  advance(1'000);
  const auto& b = join_new({.rebalance_ms = 3'000});
  advance(2'000);
  ASSERT_EQ(a.answer().generation_id, 1);
  leave({{.id = a.answer().member_id}, {.id = b.answer().member_id}});
  EXPECT_EQ(state(), "Empty");
  const auto& c = join_new({.rebalance_ms = 60'000});
  advance(5'999);
  EXPECT_FALSE(c.is_answered());
  advance(1);
  EXPECT_EQ(c.answer().generation_id, 3);
}

TEST_F(PatientClassicRebalance, IfAllLeaveMeanwhileTheGroupIsEmptyAfterIt) {
  join_new({});
  leave({{.id = group().leader_id()}});
  EXPECT_EQ(state(), "PreparingRebalance");
  advance(3'000);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 1);
}

}  // namespace
}  // namespace understudy::broker
