#include "broker/group/classic_group.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using enum ClassicState;

ClassicMemberDetails member_of(const std::string& id,
                               const std::vector<std::string>& protocols = {"range"},
                               const std::string& metadata = "m") {
  ClassicMemberDetails details;
  details.id = id;
  details.session_timeout_ms = 10'000;
  for (const std::string& name : protocols) {
    details.protocols.push_back({.name = name, .metadata = wire::Slice::copy_of(metadata)});
  }
  return details;
}

// A Stable group of the members, at generation 1.
void stabilize(ClassicGroup& group) {
  group.move_to(kPreparingRebalance, 1);
  group.begin_generation(2);
  group.move_to(kStable, 3);
}

TEST(ClassicGroup, MovesOnlyAsItsStatesAllow) {
  const std::vector<ClassicState> states = {kEmpty, kPreparingRebalance, kCompletingRebalance,
                                            kStable, kDead};
  std::string allowed;
  for (const ClassicState to : states) {
    for (const ClassicState from : states) {
      if (may_move(from, to))
        allowed += std::string(name_of(to)) + "<-" + std::string(name_of(from)) + " ";
    }
  }
  EXPECT_EQ(allowed,
            "Empty<-PreparingRebalance "
            "PreparingRebalance<-Empty PreparingRebalance<-CompletingRebalance "
            "PreparingRebalance<-Stable "
            "CompletingRebalance<-PreparingRebalance "
            "Stable<-CompletingRebalance "
            "Dead<-Empty Dead<-PreparingRebalance Dead<-CompletingRebalance Dead<-Stable "
            "Dead<-Dead ");
}

TEST(ClassicGroup, ASimpleGroupIsEmptyAndHasNoProtocol) {
  const auto group = make_simple_group("g");
  EXPECT_EQ(group->id(), "g");
  EXPECT_EQ(group->type(), GroupType::kClassic);
  EXPECT_EQ(group->state(), "Empty");
  EXPECT_EQ(group->protocol_type(), "");
  EXPECT_TRUE(group->is_simple());
  EXPECT_FALSE(group->has_members());
  EXPECT_EQ(group->check_delete(), ErrorCode::kNone);
  EXPECT_EQ(group->check_offset_delete(), ErrorCode::kNone);
  EXPECT_FALSE(group->is_subscribed_to("t"));
  EXPECT_EQ(group->check_commit({}, {}), ErrorCode::kNone);
  EXPECT_EQ(group->expiration().base, OffsetExpiration::Base::kCommit);
}

TEST(ClassicGroup, AGroupThatHasGivenAnIdAwayIsNotSimple) {
  ClassicGroup group("g");
  group.add_pending_join("x");
  EXPECT_FALSE(group.is_simple());
  EXPECT_FALSE(group.has_all_joined());
  group.remove("x");
  EXPECT_TRUE(group.is_simple());
}

TEST(ClassicGroup, TheFirstMemberLeadsAndSaysTheProtocolType) {
  ClassicGroup group("g");
  group.add(member_of("b"), "connect");
  group.add(member_of("a"), "connect");
  EXPECT_EQ(group.leader_id(), "b");
  EXPECT_EQ(group.protocol_type(), "connect");
}

// Hash order of these ids: "a" (97), "b" (98), then "q" (113, the slot after "a"'s table of 16).
TEST(ClassicGroup, TheFirstInHashOrderLeadsAfterTheLeaderHasLeft) {
  ClassicGroup group("g");
  for (const char* const id : {"c", "q", "b"}) group.add(member_of(id), "consumer");
  EXPECT_EQ(group.leader_id(), "c");
  group.remove("c");
  EXPECT_EQ(group.leader_id(), "q");  // 113 % 16 = 1, 98 % 16 = 2
  group.remove("b");
  group.remove("q");
  EXPECT_EQ(group.leader_id(), "");
}

TEST(ClassicGroup, ChecksMembersByInstanceFirst) {
  ClassicGroup group("g");
  ClassicMemberDetails one = member_of("m1");
  one.instance_id = "i1";
  group.add(std::move(one), "consumer");
  group.add(member_of("m2"), "consumer");
  EXPECT_EQ(group.check_member("m1", "i1"), ErrorCode::kNone);
  EXPECT_EQ(group.check_member("m1", std::nullopt), ErrorCode::kNone);
  EXPECT_EQ(group.check_member("m2", std::nullopt), ErrorCode::kNone);
  EXPECT_EQ(group.check_member("m1", "i2"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.check_member("m2", "i1"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.check_member("m3", "i1"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.check_member("m3", std::nullopt), ErrorCode::kUnknownMemberId);
}

TEST(ClassicGroup, AnEmptyGroupTakesAnyProtocolButNone) {
  const ClassicGroup group("g");
  EXPECT_TRUE(group.supports("connect", {"x"}));
  EXPECT_FALSE(group.supports("", {"x"}));
  EXPECT_FALSE(group.supports("connect", {}));
}

TEST(ClassicGroup, OtherwiseAProtocolHasToBeKnownToAll) {
  ClassicGroup group("g");
  group.add(member_of("a", {"range", "sticky"}), "consumer");
  group.add(member_of("b", {"sticky"}), "consumer");
  group.move_to(kPreparingRebalance, 1);
  EXPECT_TRUE(group.supports("consumer", {"range", "sticky"}));
  EXPECT_FALSE(group.supports("consumer", {"range"}));
  EXPECT_FALSE(group.supports("connect", {"sticky"}));
  EXPECT_FALSE(group.supports("consumer", {}));
  group.remove("b");
  EXPECT_TRUE(group.supports("consumer", {"range"}));
}

TEST(ClassicGroup, AProtocolThatIsNamedTwiceCountsOnce) {
  ClassicGroup group("g");
  ClassicMember& member = group.add(member_of("a", {"range", "range"}), "consumer");
  EXPECT_EQ(group.select_protocol(), "range");
  group.update(member, {{.name = "sticky"}}, 1, 1);
  group.add(member_of("b", {"sticky"}), "consumer");
  EXPECT_EQ(group.select_protocol(), "sticky");
}

TEST(ClassicGroup, EachMemberVotesForItsFirstProtocolThatAllHave) {
  ClassicGroup group("g");
  group.add(member_of("a", {"range", "sticky"}), "consumer");
  group.add(member_of("b", {"sticky"}), "consumer");
  EXPECT_EQ(group.select_protocol(), "sticky");
  group.remove("b");
  EXPECT_EQ(group.select_protocol(), "range");
  group.add(member_of("c", {"roundrobin", "range", "sticky"}), "consumer");
  group.add(member_of("d", {"sticky", "range", "roundrobin"}), "consumer");
  EXPECT_EQ(group.select_protocol(), "range");  // two votes; sticky has one
}

TEST(ClassicGroup, Groups_S89_ATieGoesToTheNameFirstInHashOrder) {
  const auto chosen = [](const std::string& one, const std::string& other) {
    ClassicGroup group("g");
    group.add(member_of("a", {one, other}), "consumer");
    group.add(member_of("b", {other, one}), "consumer");
    return group.select_protocol();
  };
  for (const auto& [winner, loser] :
       std::vector<std::pair<std::string, std::string>>{{"range", "roundrobin"},
                                                        {"sticky", "range"},
                                                        {"range", "cooperative-sticky"},
                                                        {"sticky", "roundrobin"},
                                                        {"roundrobin", "cooperative-sticky"}}) {
    EXPECT_EQ(chosen(winner, loser), winner);
    EXPECT_EQ(chosen(loser, winner), winner);
  }
}

TEST(ClassicGroup, TheNextGenerationIsEmptyWithoutMembers) {
  ClassicGroup group("g");
  group.add(member_of("a"), "consumer");
  stabilize(group);
  EXPECT_EQ(group.generation(), 1);
  EXPECT_EQ(group.protocol_name(), "range");
  group.move_to(kPreparingRebalance, 4);
  group.remove("a");
  group.begin_generation(5);
  EXPECT_EQ(group.state(), "Empty");
  EXPECT_EQ(group.generation(), 2);
  EXPECT_EQ(group.protocol_name(), std::nullopt);
  EXPECT_EQ(group.protocol_type(), "consumer");
  EXPECT_EQ(group.details().state_since_ms, 5);
}

TEST(ClassicGroup, KnowsTheTopicsOfConsumers) {
  ClassicGroup group("g");
  group.add(member_of("a", {"range"}, subscription({"t1", "t2"})), "consumer");
  group.add(member_of("b", {"range"}, subscription({"t3"}) + "more"), "consumer");
  EXPECT_TRUE(group.is_subscribed_to("other")) << "nobody knows yet";
  stabilize(group);
  EXPECT_EQ(group.subscribed_topics(), (ClassicGroup::Topics{"t1", "t2", "t3"}));
  EXPECT_TRUE(group.is_subscribed_to("t3"));
  EXPECT_FALSE(group.is_subscribed_to("other"));
}

// The last one announces a thousand topics: Kafka never answers it.
TEST(ClassicGroup, MetadataThatIsNoSubscriptionMayBeAnyTopic) {
  const std::string whole = subscription({"t1"});
  const std::string oversized("\x00\x00\x00\x00\x03\xe8", 6);
  for (const std::string& metadata : {std::string(), whole.substr(0, 1), whole.substr(0, 6),
                                      whole.substr(0, whole.size() - 1), oversized}) {
    ClassicGroup group("g");
    group.add(member_of("a", {"range"}, whole), "consumer");
    group.add(member_of("b", {"range"}, metadata), "consumer");
    stabilize(group);
    EXPECT_EQ(group.subscribed_topics(), std::nullopt);
    EXPECT_TRUE(group.is_subscribed_to("other"));
    EXPECT_EQ(group.expiration().base, OffsetExpiration::Base::kNever);
  }
}

TEST(ClassicGroup, OnlyConsumersSubscribe) {
  ClassicGroup group("g");
  group.add(member_of("a", {"range"}, subscription({"t1"})), "connect");
  stabilize(group);
  EXPECT_FALSE(group.is_subscribed_to("t1"));
  EXPECT_EQ(group.check_offset_delete(), ErrorCode::kNonEmptyGroup);
  EXPECT_EQ(group.expiration().base, OffsetExpiration::Base::kNever);
}

// groups.md 7.1.
TEST(ClassicGroup, SaysSinceWhenOffsetsMayExpire) {
  using Base = OffsetExpiration::Base;
  ClassicGroup group("g");
  group.add(member_of("a", {"range"}, subscription({"t"})), "consumer");
  group.move_to(kPreparingRebalance, 1);
  EXPECT_EQ(group.expiration().base, Base::kNever);
  group.begin_generation(2);
  EXPECT_EQ(group.expiration().base, Base::kNever);
  group.move_to(kStable, 3);
  EXPECT_EQ(group.expiration().base, Base::kCommit);
  group.move_to(kPreparingRebalance, 4);
  group.remove("a");
  group.begin_generation(77);
  EXPECT_EQ(group.expiration().base, Base::kEmptySince);
  EXPECT_EQ(group.expiration().empty_since_ms, 77);
}

// groups.md 6.7, in the order of its conditions.
TEST(ClassicGroup, ChecksWhoCommits) {
  ClassicGroup group("g");
  ClassicMemberDetails static_member = member_of("m");
  static_member.instance_id = "i";
  const OffsetClient anonymous;
  const OffsetClient member = {.member_id = "m", .generation = 1};
  EXPECT_EQ(group.check_commit(anonymous, {}), ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "x"}, {}), ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "x", .generation = 0}, {}),
            ErrorCode::kUnknownMemberId);

  group.add(std::move(static_member), "consumer");
  group.move_to(kPreparingRebalance, 1);
  EXPECT_EQ(group.check_commit(anonymous, {}), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.check_commit({.member_id = "m", .generation = 0}, {}), ErrorCode::kNone);
  group.begin_generation(2);
  EXPECT_EQ(group.check_commit(member, {}), ErrorCode::kRebalanceInProgress);
  group.move_to(kStable, 3);
  EXPECT_EQ(group.check_commit(member, {}), ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "m", .instance_id = "i", .generation = 1}, {}),
            ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "x", .instance_id = "i", .generation = 1}, {}),
            ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.check_commit({.member_id = "m", .instance_id = "j", .generation = 1}, {}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.check_commit({.member_id = "x", .generation = 1}, {}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.check_commit({.member_id = "m", .generation = 2}, {}),
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group.check_commit({.member_id = "m", .generation = -1}, {}),
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(group.check_commit({.instance_id = "i"}, {}), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(group.check_commit(anonymous, {}), ErrorCode::kUnknownMemberId);
  group.move_to(kDead, 4);
  EXPECT_EQ(group.check_commit(anonymous, {}), ErrorCode::kCoordinatorNotAvailable);
}

TEST(ClassicGroup, TransactionsNeedNoMember) {
  ClassicGroup group("g");
  group.add(member_of("m"), "consumer");
  group.move_to(kPreparingRebalance, 1);
  group.begin_generation(2);
  EXPECT_EQ(group.check_commit({.is_transactional = true}, {}), ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "m", .generation = 1, .is_transactional = true}, {}),
            ErrorCode::kNone);
  EXPECT_EQ(group.check_commit({.member_id = "m", .generation = 2, .is_transactional = true}, {}),
            ErrorCode::kIllegalGeneration);
}

TEST(ClassicGroup, OnlyAnEmptyGroupIsDeleted) {
  ClassicGroup group("g");
  group.add(member_of("m"), "consumer");
  for (const ClassicState state : {kPreparingRebalance, kCompletingRebalance, kStable}) {
    group.move_to(state, 1);
    EXPECT_EQ(group.check_delete(), ErrorCode::kNonEmptyGroup);
    EXPECT_EQ(group.check_offset_delete(), ErrorCode::kNone);
  }
  EXPECT_EQ(group.check_fetch({}), ErrorCode::kNone);
  group.move_to(kDead, 1);
  EXPECT_EQ(group.check_delete(), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group.check_offset_delete(), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group.check_fetch({}), ErrorCode::kGroupIdNotFound);
}

}  // namespace
}  // namespace understudy::broker
