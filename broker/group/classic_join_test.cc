#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::JoinGroupResponse;

constexpr const char* kUuid =
    "-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

class ClassicJoin : public ClassicTest {};

TEST_F(ClassicJoin, Groups_S01_ADynamicMemberLearnsItsIdFirst) {
  const auto& first = join({.version = 5, .client = "app"});
  EXPECT_EQ(first.error(), ErrorCode::kMemberIdRequired);
  const std::string id = first.answer().member_id;
  EXPECT_TRUE(std::regex_match(id, std::regex(std::string("app") + kUuid))) << id;
  EXPECT_EQ(first.answer().generation_id, -1);
  EXPECT_EQ(state(), "Empty");

  const auto& second = join({.id = id, .version = 5});
  EXPECT_FALSE(second.is_answered()) << "not before the next turn, as in Kafka";
  EXPECT_EQ(state(), "PreparingRebalance");
  tick();
  EXPECT_EQ(second.error(), ErrorCode::kNone);
  const JoinGroupResponse& answer = second.answer();
  EXPECT_EQ(answer.generation_id, 1);
  EXPECT_EQ(answer.leader, id);
  EXPECT_EQ(answer.member_id, id);
  EXPECT_EQ(answer.protocol_name, "range");
  ASSERT_EQ(answer.members.size(), 1u);
  EXPECT_EQ(answer.members[0].member_id, id);
  EXPECT_EQ(answer.members[0].metadata.view(), "m");
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(ClassicJoin, Groups_S02_BeforeVersion4AMemberJoinsAtOnce) {
  const auto& joined = join({.version = 3});
  tick();
  EXPECT_EQ(joined.error(), ErrorCode::kNone);
  EXPECT_EQ(joined.answer().generation_id, 1);
  EXPECT_EQ(joined.answer().leader, joined.answer().member_id);
}

TEST_F(ClassicJoin, Groups_S03_AMemberIdThatNobodyGaveIsUnknown) {
  EXPECT_EQ(join({.id = "x"}).error(), ErrorCode::kUnknownMemberId);
  EXPECT_FALSE(has_group());
  one_member();
  const JoinGroupResponse& answer = join({.id = "x"}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(answer.member_id, "x");
  EXPECT_EQ(answer.generation_id, -1);
  EXPECT_EQ(answer.leader, "");
  EXPECT_TRUE(answer.members.empty());
  EXPECT_EQ(answer.protocol_type, std::nullopt);
  EXPECT_EQ(answer.protocol_name, std::nullopt);
}

TEST_F(ClassicJoin, NoProtocolNameIsAnEmptyOneBeforeVersion7) {
  EXPECT_EQ(join({.id = "x", .version = 6}).answer().protocol_name, "");
  EXPECT_EQ(join({.id = "x", .version = 7}).answer().protocol_name, std::nullopt);
}

TEST_F(ClassicJoin, Groups_S04_ProtocolsHaveToFitTheGroup) {
  EXPECT_EQ(join({.protocols = {}}).error(), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.type = ""}).error(), ErrorCode::kInconsistentGroupProtocol);
  const std::string id = one_member();
  EXPECT_EQ(join({.type = "connect"}).error(), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.protocols = {{"sticky", ""}}}).error(), ErrorCode::kInconsistentGroupProtocol);
  const auto& known = join({.id = id, .protocols = {{"sticky", ""}}});
  EXPECT_EQ(known.error(), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(known.answer().member_id, id);
}

// Also if nothing came of the request: the group is there, and in the log.
TEST_F(ClassicJoin, Groups_S85_AnyRequestWithoutAnIdMakesTheGroup) {
  EXPECT_EQ(join({.protocols = {}}).error(), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().protocol_type(), "");
  EXPECT_EQ(group_records(), (std::vector<std::string>{"2 gen 0 [0]"}));
  group_id = "h";
  EXPECT_EQ(join({}).error(), ErrorCode::kMemberIdRequired);
  EXPECT_EQ(group().protocol_type(), "");
  EXPECT_EQ(group().check_delete(), ErrorCode::kNone) << "a pending id is no member";
  const wire::GroupMetadataValue record = last_group_record();
  EXPECT_EQ(record.generation, 0);
  EXPECT_EQ(record.protocol_type, "");
  EXPECT_EQ(record.protocol, std::nullopt);
  EXPECT_EQ(record.leader, std::nullopt);
  EXPECT_EQ(record.current_state_timestamp, clock.wall_ms());
}

TEST_F(ClassicJoin, Groups_S05_TheLeaderIsToldOfAllAndTheOthersOfNobody) {
  const auto& a = join_new({.protocols = {{"range", "ar"}, {"sticky", "as"}}, .client = "a"});
  const auto& b = join_new({.protocols = {{"sticky", "bs"}}, .client = "b"});
  tick();
  EXPECT_EQ(a.answer().leader, a.answer().member_id);
  EXPECT_EQ(b.answer().leader, a.answer().member_id);
  EXPECT_EQ(a.answer().protocol_name, "sticky");
  EXPECT_EQ(a.answer().protocol_type, "consumer");
  EXPECT_EQ(b.answer().protocol_name, "sticky");
  EXPECT_EQ(a.answer().generation_id, 1);
  EXPECT_EQ(b.answer().generation_id, 1);
  EXPECT_TRUE(b.answer().members.empty());
  ASSERT_EQ(a.answer().members.size(), 2u);
  for (const auto& member : a.answer().members) {
    const bool is_a = member.member_id == a.answer().member_id;
    EXPECT_EQ(member.metadata.view(), is_a ? "as" : "bs");
    EXPECT_EQ(member.group_instance_id, std::nullopt);
  }
}

TEST_F(ClassicJoin, TheLeaderSeesInstanceIds) {
  const auto& a = join({.instance = "i1"});
  tick();
  EXPECT_TRUE(std::regex_match(a.answer().member_id, std::regex(std::string("i1") + kUuid)));
  ASSERT_EQ(a.answer().members.size(), 1u);
  EXPECT_EQ(a.answer().members[0].group_instance_id, "i1");
}

TEST_F(ClassicJoin, RemembersWhoTheClientIs) {
  const std::string id = one_member({.client = "app", .host = "192.168.0.9"});
  const ClassicMember& member = *group().find_member(id);
  EXPECT_EQ(member.client_id, "app");
  EXPECT_EQ(member.client_host, "/192.168.0.9");
  EXPECT_EQ(member.session_timeout_ms, 10'000);
  EXPECT_EQ(member.rebalance_timeout_ms, 60'000);
}

TEST_F(ClassicJoin, AGivenIdIsNotForStaticMembers) {
  const std::string id = given_id();
  const JoinGroupResponse& answer = join({.id = id, .instance = "i1"}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(answer.member_id, "");
  EXPECT_EQ(group().pending_join_count(), 1u);
}

TEST_F(ClassicJoin, ASecondJoinTakesThePlaceOfTheFirst) {
  const std::string id = given_id();
  const auto& first = join({.id = id});
  const auto& second = join({.id = id});
  EXPECT_TRUE(first.got_nothing());
  EXPECT_EQ(group().awaiting_join_count(), 1u);
  tick();
  EXPECT_FALSE(first.is_answered());
  EXPECT_EQ(second.error(), ErrorCode::kNone);
}

TEST_F(ClassicJoin, WhileTheGroupCompletesTheSameJoinGetsTheSameAnswer) {
  const auto& a = join_new({});
  const auto& b = join_new({});
  tick();
  const std::string leader = a.answer().member_id;
  const std::string follower = b.answer().member_id;
  const auto& leader_again = join({.id = leader});
  EXPECT_EQ(leader_again.answer().generation_id, 1);
  EXPECT_EQ(leader_again.answer().members.size(), 2u);
  const auto& follower_again = join({.id = follower});
  EXPECT_EQ(follower_again.answer().generation_id, 1);
  EXPECT_EQ(follower_again.answer().leader, leader);
  EXPECT_TRUE(follower_again.answer().members.empty());
  EXPECT_EQ(state(), "CompletingRebalance");

  EXPECT_FALSE(join({.id = follower, .protocols = {{"range", "new"}}}).is_answered());
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(ClassicJoin, WhileTheGroupIsStableOnlyChangesAndTheLeaderRebalanceIt) {
  const TwoMembers two = two_members();
  const auto& follower = join({.id = two.follower});
  EXPECT_EQ(follower.answer().generation_id, 1);
  EXPECT_EQ(follower.answer().leader, two.leader);
  EXPECT_EQ(follower.answer().protocol_name, "range");
  EXPECT_TRUE(follower.answer().members.empty());
  EXPECT_EQ(state(), "Stable");
  EXPECT_FALSE(join({.id = two.leader}).is_answered());
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(ClassicJoin, AFollowerThatChangesItsProtocolsRebalancesTheGroup) {
  const TwoMembers two = two_members({.protocols = {{"range", "m"}, {"sticky", "m"}}},
                                     {.protocols = {{"range", "m"}, {"sticky", "m"}}});
  // The same in another order is a change, too.
  const auto& follower = join({.id = two.follower, .protocols = {{"sticky", "m"}, {"range", "m"}}});
  EXPECT_FALSE(follower.is_answered());
  EXPECT_EQ(state(), "PreparingRebalance");
  join({.id = two.leader, .protocols = {{"range", "m"}, {"sticky", "m"}}});
  EXPECT_EQ(follower.answer().generation_id, 2);
}

TEST_F(ClassicJoin, Groups_S11_AnIdThatNeverComesBackHoldsTheRebalanceUpUntilItsSessionIsOver) {
  const std::string a = one_member();
  EXPECT_EQ(join({.session_ms = 6'000}).error(), ErrorCode::kMemberIdRequired);
  const auto& again = join({.id = a});
  advance(5'999);
  EXPECT_FALSE(again.is_answered());
  EXPECT_EQ(group().pending_join_count(), 1u);
  advance(1);
  EXPECT_EQ(again.answer().generation_id, 2);
  EXPECT_EQ(group().pending_join_count(), 0u);
}

TEST_F(ClassicJoin, AnIdThatWasForgottenIsUnknown) {
  const std::string id = given_id();
  advance(10'000);
  EXPECT_EQ(join({.id = id}).error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(ClassicJoin, ANewMemberThatIsNotAnsweredIsGivenUpAfterFiveMinutes) {
  const std::string a = one_member({.rebalance_ms = 1'000'000});
  const auto& b = join_new({.session_ms = 6'000, .rebalance_ms = 1'000'000});
  for (int i = 0; i < 299; ++i) {
    advance(1'000);
    ASSERT_EQ(heartbeat(a, 1), ErrorCode::kRebalanceInProgress);
  }
  EXPECT_FALSE(b.is_answered()) << "its session is no matter while it waits";
  advance(1'000);
  EXPECT_EQ(b.error(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(b.answer().member_id, "");
  EXPECT_EQ(group().members().size(), 1u);
}

class SmallClassicJoin : public ClassicTest {
 protected:
  SmallClassicJoin() : ClassicTest({.properties = {{"group.max.size", "2"}}}) {}
};

TEST_F(SmallClassicJoin, Groups_S18_AFullGroupTakesNobody) {
  const TwoMembers two = two_members();
  const JoinGroupResponse& answer = join({}).answer();
  EXPECT_EQ(answer.error_code, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(answer.member_id, "");
  EXPECT_EQ(join({.version = 3}).error(), ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(join({.instance = "i"}).error(), ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(join({.id = two.follower}).error(), ErrorCode::kNone) << "a member";
}

// By those who wait: so the last of a group that was larger has to go.
TEST_F(SmallClassicJoin, WhileMembersJoinThoseWhoWaitCount) {
  const TwoMembers two = two_members();
  const std::string late = [&] {
    leave({{.id = two.follower}});
    return given_id();
  }();
  const auto& leader = join({.id = two.leader});
  EXPECT_EQ(state(), "PreparingRebalance");
  const auto& second = join({.id = late});
  EXPECT_EQ(second.answer().generation_id, 2);
  EXPECT_EQ(leader.answer().generation_id, 2);
  EXPECT_EQ(group().members().size(), 2u);
  EXPECT_EQ(join({}).error(), ErrorCode::kGroupMaxSizeReached);
}

TEST_F(SmallClassicJoin, APendingIdThatComesTooLateIsForgotten) {
  const std::string a = given_id();
  const std::string b = given_id();
  const std::string c = given_id();
  const auto& first = join({.id = a});
  const auto& again = join({.id = a});
  join({.id = b});
  EXPECT_TRUE(first.got_nothing());
  EXPECT_FALSE(again.is_answered()) << "who waits already may ask again";
  EXPECT_EQ(join({.id = c}).error(), ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(group().pending_join_count(), 0u);
}

TEST_F(ClassicJoin, TellsWhoJoinedAndWhy) {
  join({.version = 3, .reason = {}});
  ASSERT_EQ(told().size(), 2u);
  const std::string id = group().leader_id();
  EXPECT_EQ(told()[0], "group g: member " + id + " joined, generation 0");
  EXPECT_EQ(told()[1], "group g: rebalance, generation 0: member " + id + " joined");
  join({.id = given_id(), .reason = "rebalance enforced by user"});
  EXPECT_TRUE(told()[2].ends_with("joined, generation 0: rebalance enforced by user"));
}

// groups.md 12.1: the group is written before the answer is, and what the log refuses has not been.
TEST_F(ClassicJoin, AGroupThatTheLogRefusesIsNoGroup) {
  storage.fail(true);
  EXPECT_EQ(join({}).error(), ErrorCode::kMemberIdRequired) << "Kafka answers before it writes";
  EXPECT_FALSE(has_group());
  const auto& waiting = join({.version = 3});
  EXPECT_EQ(waiting.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(waiting.answer().member_id, "");
  EXPECT_FALSE(has_group());
}

class SlowClassicJoin : public ClassicTest {
 protected:
  SlowClassicJoin() : ClassicTest({.properties = {{"group.initial.rebalance.delay.ms", "6000"}}}) {}
};

// It may be in the log: so it stays, but its first member is told to try again.
TEST_F(SlowClassicJoin, AGroupThatIsNotReplicatedInTimeStays) {
  offsets_partition().hold_replication();
  const auto& waiting = join({.version = 3});
  advance(4'999);
  EXPECT_FALSE(waiting.is_answered());
  advance(1);
  EXPECT_EQ(waiting.error(), ErrorCode::kCoordinatorNotAvailable);
  EXPECT_TRUE(has_group());
}

TEST_F(ClassicJoin, AnIdThatWouldBeTooLongIsCut) {
  const auto& given = join({.client = std::string(32'767, 'c')});
  EXPECT_EQ(given.error(), ErrorCode::kMemberIdRequired);
  EXPECT_EQ(given.answer().member_id.size(), 32'767u);
  const auto& joined = join({.instance = std::string(32'767, 'i')});
  tick();
  EXPECT_EQ(joined.answer().member_id.size(), 32'767u);
  EXPECT_EQ(joined.error(), ErrorCode::kNone);
}

}  // namespace
}  // namespace understudy::broker
