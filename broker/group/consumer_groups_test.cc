// Members of consumer groups join, keep up, leave and are missed (KIP-848).
#include <gtest/gtest.h>

#include <limits>

#include "broker/group/consumer_records.h"
#include "broker/group/testing/consumer_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Names = std::vector<std::string>;

class ConsumerGroupsTest : public ConsumerTest {
 protected:
  explicit ConsumerGroupsTest(ConfigMap properties = {}) : ConsumerTest(std::move(properties)) {
    add_topic("t", 4);
    add_topic("u", 2);
  }
};

TEST_F(ConsumerGroupsTest, Groups_S29_WhatIsWrongWithARequestByItself) {
  const auto error = [&](Beat beat) { return ConsumerTest::beat(beat); };
  Beat good = joining("A", Names{"t"});
  const auto with = [&](const auto& change) {
    Beat beat = good;
    change(beat);
    return error(beat);
  };
  EXPECT_EQ(with([](Beat& b) { b.id = ""; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.id = "  "; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.group = ""; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.instance = " "; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.rack = ""; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.rebalance_ms = -1; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.owned.reset(); }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.owned = {"t0"}; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.names.reset(); }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.epoch = -3; }), "INVALID_REQUEST");
  EXPECT_EQ(with([](Beat& b) { b.epoch = -2; }), "INVALID_REQUEST") << "without an instance";
  EXPECT_EQ(with([](Beat& b) { b.assignor = "foo"; }), "UNSUPPORTED_ASSIGNOR");
  EXPECT_EQ(with([](Beat& b) { b.assignor = ""; }), "UNSUPPORTED_ASSIGNOR");
  EXPECT_EQ(group_text(), "none") << "nothing of it has made a group";
}

TEST_F(ConsumerGroupsTest, Groups_S29_ClientsOfVersion0GetAnId) {
  Beat beat = joining("", Names{"t"});
  beat.version = 0;
  const auto answer = ask(beat);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.member_id.value_or("").size(), 22u);
  EXPECT_EQ(ask({.id = *answer.member_id, .epoch = 2, .version = 0}).member_epoch, 2);
}

TEST_F(ConsumerGroupsTest, WhatIsOddButFine) {
  Beat beat = joining("A", Names{"t", "t", "", "missing"});
  beat.rebalance_ms = 0;
  EXPECT_EQ(ConsumerTest::beat(beat), "2 [t0 t1 t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S30_TheFirstMemberGetsEverythingAtOnce) {
  const auto answer = ask(joining("A", Names{"t"}));
  EXPECT_EQ(answer.member_id, "A");
  EXPECT_EQ(answer.member_epoch, 2);
  EXPECT_EQ(answer.heartbeat_interval_ms, 5'000);
  ASSERT_TRUE(answer.assignment.has_value());
  EXPECT_EQ(beat("A", 2), "2 null");
}

TEST_F(ConsumerGroupsTest, Groups_S31_TheSecondMemberGetsWhatTheFirstGivesUp) {
  join("A", {"t"});
  EXPECT_EQ(join("B", {"t"}), "3 []");
  EXPECT_EQ(beat("A", 2), "2 [t0 t1]");
  EXPECT_EQ(beat("B", 3), "3 null");
  EXPECT_EQ(beat("A", 2, {"t0", "t1"}), "3 null");
  EXPECT_EQ(beat("B", 3), "3 [t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S32_EpochsAheadAndBehind) {
  EXPECT_EQ(beat("A", 1), "GROUP_ID_NOT_FOUND");
  join("A", {"t"});
  EXPECT_EQ(beat("B", 3), "UNKNOWN_MEMBER_ID");
  join("B", {"t"});
  beat("A", 2);
  beat("A", 2, {"t0", "t1"});
  EXPECT_EQ(beat("A", 5), "FENCED_MEMBER_EPOCH");
  EXPECT_EQ(beat("A", 2, {"t0"}), "3 null") << "the answer before may be lost";
  EXPECT_EQ(beat("A", 2), "FENCED_MEMBER_EPOCH");
  EXPECT_EQ(beat("A", 2, {"t2"}), "FENCED_MEMBER_EPOCH");
  EXPECT_EQ(beat("A", 1, {"t0"}), "FENCED_MEMBER_EPOCH");
}

TEST_F(ConsumerGroupsTest, Groups_S33_WhoNeverGivesUpIsRemovedAndTheOtherGetsAll) {
  Beat first = joining("A", Names{"t"});
  first.rebalance_ms = 10'000;
  ConsumerTest::beat(first);
  join("B", {"t"});
  EXPECT_EQ(beat("A", 2), "2 [t0 t1]");
  advance(9'999);
  EXPECT_EQ(beat("A", 2, {"t0", "t1", "t2", "t3"}), "2 null");
  advance(1);
  EXPECT_EQ(beat("A", 2), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(beat("B", 3), "4 [t0 t1 t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S45_AFullHeartbeatIsToldEverything) {
  join("A", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "A",
                                .epoch = 2,
                                .names = Names{"t"},
                                .owned = Names{"t0"},
                                .rebalance_ms = 60'000}),
            "2 [t0 t1 t2 t3]");
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .names = Names{"t"}, .owned = Names{"t0"}}),
            "2 null");
  EXPECT_EQ(ConsumerTest::beat(
                {.id = "A", .epoch = 2, .owned = Names{"t0"}, .regex = "", .rebalance_ms = 60'000}),
            "2 [t0 t1 t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S46_NamesAreASetAndWhatIsDroppedGoesFirst) {
  EXPECT_EQ(join("A", {"t", "u"}), "2 [t0 t1 t2 t3 u0 u1]");
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .names = Names{"u", "t", "t"}}), "2 null");
  EXPECT_EQ(group_text(), "2/2 Stable");
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .names = Names{"u"}}), "2 [u0 u1]");
  EXPECT_EQ(beat("A", 2, {"t0", "t1", "t2", "t3", "u0", "u1"}), "2 null");
  EXPECT_EQ(beat("A", 2, {"u0", "u1"}), "3 null");
}

TEST_F(ConsumerGroupsTest, Groups_S47_NoNamesAnyMore) {
  join("A", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .names = Names{}}), "2 []");
  EXPECT_EQ(beat("A", 2, {}), "3 null");
  EXPECT_EQ(group_text(), "3/3 Stable");
}

TEST_F(ConsumerGroupsTest, Groups_S48_AnotherAssignorRaisesTheEpochFrom44On) {
  join("A", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .assignor = "range"}), "3 null");
  EXPECT_EQ(shard().consumer().describe("g").assignor_name, "range");
  Beat second = joining("B", Names{"t"});
  second.assignor = "uniform";
  ConsumerTest::beat(second);
  EXPECT_EQ(shard().consumer().describe("g").assignor_name, "uniform") << "a tie";
}

TEST_F(ConsumerGroupsTest, Groups_S48_AnotherAssignorChangesNoEpochIn43) {
  profile = *Profile::named("4.3");
  join("A", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .assignor = "range"}), "2 null");
  EXPECT_EQ(group_text(), "2/2 Stable");
  EXPECT_EQ(shard().consumer().describe("g").assignor_name, "range");
}

TEST_F(ConsumerGroupsTest, Groups_S49_RackAndClientAreShownAndChangeNoEpoch) {
  join("A", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 2, .rack = "r1", .client = "other"}), "2 null");
  EXPECT_EQ(group_text(), "2/2 Stable");
  const auto member = shard().consumer().describe("g").members.front();
  EXPECT_EQ(member.rack_id, "r1");
  EXPECT_EQ(member.client_id, "other");
  EXPECT_EQ(member.client_host, "/10.1.2.3");
}

TEST_F(ConsumerGroupsTest, Groups_S50_JoiningAgainRepeatsEverything) {
  join("A", {"t"});
  EXPECT_EQ(join("A", {"t"}), "2 [t0 t1 t2 t3]");
  Beat again = joining("A", std::nullopt);
  again.regex = "";
  EXPECT_EQ(ConsumerTest::beat(again), "2 [t0 t1 t2 t3]");
  join("B", {"t"});
  EXPECT_EQ(beat("A", 2), "2 [t0 t1]");
  EXPECT_EQ(join("A", {"t"}), "3 [t0 t1]") << "owning nothing confirms what has to go";
}

TEST_F(ConsumerGroupsTest, Groups_S51_ANewMemberGoesOnCountingWhereAllHaveLeft) {
  join("A", {"t"});
  EXPECT_EQ(beat("A", -1), "-1 null");
  EXPECT_EQ(group_text(), "3/3 Empty");
  EXPECT_EQ(beat("A", 2), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(join("B", {"t"}), "4 [t0 t1 t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S51_In43TheAssignmentOfAnEmptyGroupStaysBehind) {
  profile = *Profile::named("4.3");
  join("A", {"t"});
  beat("A", -1);
  EXPECT_EQ(group_text(), "3/2 Empty");
}

TEST_F(ConsumerGroupsTest, Groups_S52_AFirstMemberWithoutTopicsRaisesNothing) {
  EXPECT_EQ(join("A", {}), "1 []");
  EXPECT_EQ(group_text(), "1/1 Stable");
  EXPECT_EQ(join("B", {}), "1 []");
  EXPECT_EQ(join("C", {"t"}), "2 [t0 t1 t2 t3]");
}

TEST_F(ConsumerGroupsTest, Groups_S57_AnInstanceIsOneMembersAtATime) {
  EXPECT_EQ(ConsumerTest::beat(static_joining("s1", "i", Names{"u"})), "2 [u0 u1]");
  EXPECT_EQ(ConsumerTest::beat(static_joining("s2", "i", Names{"u"})), "UNRELEASED_INSTANCE_ID");
  EXPECT_EQ(ConsumerTest::beat(static_joining("s1", "i", Names{"u"})), "UNRELEASED_INSTANCE_ID");
  EXPECT_EQ(ConsumerTest::beat({.id = "x", .epoch = 2, .instance = "i"}), "FENCED_INSTANCE_ID");
  EXPECT_EQ(ConsumerTest::beat({.id = "s1", .epoch = 2, .instance = "j"}), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(beat("s1", 2), "2 null");
}

TEST_F(ConsumerGroupsTest, Groups_S34_S58_AnInstanceThatIsAwayIsTakenOver) {
  ConsumerTest::beat(static_joining("s1", "i", Names{"t"}));
  join("x", {"t"});
  beat("s1", 2);
  ASSERT_EQ(beat("s1", 2, {"t0", "t1"}), "3 null");
  const auto away = ask({.id = "s1", .epoch = -2, .instance = "i"});
  EXPECT_EQ(away.member_epoch, -2);
  EXPECT_EQ(away.heartbeat_interval_ms, 0);
  EXPECT_EQ(group_text(), "3/3 Reconciling");
  EXPECT_EQ(member_text("s1"), "-2 [t0 t1], target [t0 t1]");
  EXPECT_EQ(ConsumerTest::beat({.id = "s1", .epoch = 3, .instance = "i"}), "FENCED_MEMBER_EPOCH");
  EXPECT_EQ(commit("s1", -2, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("s1", 3, {{"t", 0}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(ConsumerTest::beat(static_joining("s2", "i", Names{"t"})), "3 [t0 t1]");
  EXPECT_EQ(commit("s2", 1, {{"t", 0}}), ErrorCode::kNone) << "assigned since 0";
  EXPECT_EQ(commit("s2", 1, {{"t", 0}, {"t", 3}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(ConsumerTest::beat({.id = "s1", .epoch = 3, .instance = "i"}), "FENCED_INSTANCE_ID");
  EXPECT_EQ(beat("s1", 3), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(group_text(), "3/3 Reconciling") << "x has not taken t2 and t3 yet";
}

TEST_F(ConsumerGroupsTest, Groups_S59_TheSameMemberMayComeBackAndOtherNamesRaiseTheEpoch) {
  ConsumerTest::beat(static_joining("s1", "i", Names{"t"}));
  ConsumerTest::beat({.id = "s1", .epoch = -2, .instance = "i"});
  EXPECT_EQ(ConsumerTest::beat(static_joining("s1", "i", Names{"t"})), "2 [t0 t1 t2 t3]");
  ConsumerTest::beat({.id = "s1", .epoch = -2, .instance = "i"});
  EXPECT_EQ(ConsumerTest::beat(static_joining("s3", "i", Names{"t", "u"})),
            "3 [t0 t1 t2 t3 u0 u1]");
  EXPECT_EQ(ConsumerTest::beat({.id = "s3", .epoch = -2, .instance = "j"}), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(ConsumerTest::beat({.id = "x", .epoch = -2, .instance = "i"}), "FENCED_INSTANCE_ID");
}

TEST_F(ConsumerGroupsTest, Groups_S60_WhoGoesAwayHasGivenUpWhatItWasTold) {
  ConsumerTest::beat(static_joining("x1", "i", Names{"t"}));
  join("y1", {"t"});
  EXPECT_EQ(ConsumerTest::beat({.id = "x1", .epoch = 2, .instance = "i"}).substr(0, 3), "2 [");
  ConsumerTest::beat({.id = "x1", .epoch = -2, .instance = "i"});
  const std::string now = beat("y1", 3);
  EXPECT_EQ(now.size(), std::string("3 [t2 t3]").size()) << now;
}

TEST_F(ConsumerGroupsTest, LeavingIsRefusedToStrangers) {
  EXPECT_EQ(beat("A", -1), "GROUP_ID_NOT_FOUND");
  ConsumerTest::beat(static_joining("A", "i", Names{"t"}));
  EXPECT_EQ(beat("B", -1), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(ConsumerTest::beat({.id = "B", .epoch = -1, .instance = "i"}), "FENCED_INSTANCE_ID");
  const auto answer = ask({.id = "A", .epoch = -1, .instance = "i"});
  EXPECT_EQ(answer.member_epoch, -1);
  EXPECT_EQ(answer.heartbeat_interval_ms, 0);
}

TEST_F(ConsumerGroupsTest, Groups_S61_LeaveGroupRemovesMembersByIdAndByInstance) {
  ConsumerTest::beat(static_joining("Y1", "Y", Names{"t"}));
  join("x2", {"t"});
  const auto leave = [&](const std::string& group, wire::LeaveGroupRequest request) {
    Asked<wire::LeaveGroupResponse> asked;
    auto envelope = std::make_unique<Request>();
    envelope->version = 5;
    request.group_id = group;
    news.during([&] {
      shard().consumer().leave(request,
                               Reply<wire::LeaveGroupResponse>(asked, std::move(envelope)));
    });
    std::string errors;
    for (const auto& member : asked.answer().members) {
      errors += name_of_error(member.error_code) + " ";
    }
    return errors;
  };
  EXPECT_EQ(leave("g", {.members = {{.member_id = "other", .group_instance_id = "Y"}}}),
            "FENCED_INSTANCE_ID ");
  EXPECT_EQ(leave("g", {.members = {{.member_id = "", .group_instance_id = "Y"},
                                    {.member_id = "x2"},
                                    {.member_id = "unknown"},
                                    {.member_id = "", .group_instance_id = "Z"}}}),
            "NONE NONE UNKNOWN_MEMBER_ID UNKNOWN_MEMBER_ID ");
  EXPECT_EQ(group_text(), "4/4 Empty") << "both at once: one epoch";
  EXPECT_EQ(leave("missing", {.members = {{.member_id = "a"}}}), "UNKNOWN_MEMBER_ID ");
}

TEST_F(ConsumerGroupsTest, Groups_S35_CommitsByMemberEpoch) {
  join("A", {"t"});
  join("B", {"t"});
  beat("A", 2);
  beat("A", 2, {"t0", "t1"});
  beat("B", 3);
  EXPECT_EQ(commit("A", 4, {{"t", 0}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit("A", 3, {{"t", 3}}), ErrorCode::kNone) << "not assigned, with the known epoch";
  EXPECT_EQ(commit("A", 2, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("A", 1, {{"t", 0}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit("B", 2, {{"t", 2}}), ErrorCode::kStaleMemberEpoch) << "assigned at 3";
  EXPECT_EQ(commit("A", 2, {{"t", 0}, {"t", 3}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit("A", 2, {{"missing", 0}}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit("A", 3, {{"t", 0}}, 8), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(commit("C", 3, {{"t", 0}}), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit("", -1, {{"t", 0}}), ErrorCode::kUnknownMemberId);
  const auto& group = *shard().find("g");
  EXPECT_EQ(group.check_commit({.is_transactional = true}, {}), ErrorCode::kNone);
  EXPECT_EQ(group.check_fetch({.member_id = "A", .generation = 3}), ErrorCode::kNone);
  EXPECT_EQ(group.check_fetch({.member_id = "A", .generation = 2}), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(group.check_fetch({.member_id = ""}), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.check_fetch({.has_member_id = false}), ErrorCode::kNone);
  EXPECT_EQ(group.check_fetch({.has_member_id = false, .generation = 5}),
            ErrorCode::kUnknownServerError);
}

TEST_F(ConsumerGroupsTest, WhatHasToGoMayStillBeCommitted) {
  join("A", {"t"});
  join("B", {"t"});
  beat("A", 2);
  EXPECT_EQ(commit("A", 2, {{"t", 3}}), ErrorCode::kNone);
}

TEST_F(ConsumerGroupsTest, AnEmptyGroupTakesCommitsOfAnybody) {
  join("A", {"t"});
  beat("A", -1);
  EXPECT_EQ(commit("", -1, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("whoever", -1, {{"t", 0}}), ErrorCode::kNone);
  EXPECT_EQ(commit("whoever", 3, {{"t", 0}}), ErrorCode::kUnknownMemberId);
}

TEST_F(ConsumerGroupsTest, SaysWhatItIsToThoseWhoAsk) {
  join("A", {"t"});
  const Group& group = *shard().find("g");
  EXPECT_EQ(group.type(), GroupType::kConsumer);
  EXPECT_EQ(group.protocol_type(), "consumer");
  EXPECT_TRUE(group.is_subscribed_to("t"));
  EXPECT_FALSE(group.is_subscribed_to("u"));
  EXPECT_EQ(group.check_delete(), ErrorCode::kNonEmptyGroup);
  EXPECT_EQ(group.check_offset_delete(), ErrorCode::kNone);
  const GroupView view = group.view();
  EXPECT_EQ(view.generation, 2);
  ASSERT_EQ(view.members.size(), 1u);
  EXPECT_EQ(view.members[0].partitions.at("t"), (std::vector<std::int32_t>{0, 1, 2, 3}));
  beat("A", -1);
  EXPECT_EQ(shard().find("g")->check_delete(), ErrorCode::kNone);
}

TEST_F(ConsumerGroupsTest, TheLastEpochThatALogCanHoldStays) {
  join("A", {"t"});
  constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  shard().shard().write({epoch_record("g", kLast, 1)}, [](ErrorCode) {});
  EXPECT_EQ(ask(joining("B", Names{"t"})).member_epoch, kLast);
  EXPECT_EQ(beat("A", -1), "-1 null");
  EXPECT_EQ(group_text().substr(0, 10), std::to_string(kLast));
}

TEST_F(ConsumerGroupsTest, TellsWhatHappened) {
  join("A", {"t"});
  ConsumerTest::beat({.id = "A", .epoch = 2, .names = Names{"u"}});
  beat("A", -1);
  std::vector<std::string> reasons;
  for (const Event& event : events.stored()) {
    const auto* group = std::get_if<GroupEvent>(&event.what);
    if (group != nullptr) reasons.push_back(group->member + ":" + group->reason);
  }
  EXPECT_EQ(reasons, (std::vector<std::string>{"A:", ":member A joined",
                                               ":member A subscribes to other topics",
                                               "A:left by itself", ":member A left by itself"}));
}

class SessionTest : public ConsumerGroupsTest {
 protected:
  SessionTest()
      : ConsumerGroupsTest({{"group.consumer.min.session.timeout.ms", "1000"},
                            {"group.consumer.session.timeout.ms", "2000"},
                            {"group.consumer.min.heartbeat.interval.ms", "100"},
                            {"group.consumer.heartbeat.interval.ms", "500"}}) {}
};

TEST_F(SessionTest, Groups_S55_WhoIsSilentIsGoneAndWhatWasToldIsTakenBack) {
  join("A", {"t"});
  join("B", {"t"});
  beat("A", 2);
  beat("A", 2, {"t0", "t1", "t2", "t3"});
  advance(1'000);
  beat("A", 2);
  advance(1'000);
  EXPECT_EQ(beat("B", 3), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(beat("A", 2, {"t0", "t1", "t2", "t3"}), "2 null");
  EXPECT_EQ(beat("A", 2), "2 null");
  EXPECT_EQ(beat("A", 2, {"t0", "t1"}), "4 [t0 t1 t2 t3]");
}

TEST_F(SessionTest, Groups_S56_AMemberThatIsAwayAndDoesNotComeBackIsGone) {
  ConsumerTest::beat(static_joining("s1", "i", Names{"t"}));
  advance(1'500);
  ConsumerTest::beat({.id = "s1", .epoch = -2, .instance = "i"});
  advance(500);
  EXPECT_EQ(group_text(), "3/3 Empty") << "its session went on";
  EXPECT_EQ(ConsumerTest::beat(static_joining("s2", "i", Names{"t"})), "4 [t0 t1 t2 t3]");
}

TEST_F(SessionTest, Groups_S54_TheRebalanceTimerStartsWhenTheMemberIsTold) {
  Beat first = joining("A", Names{"t"});
  first.rebalance_ms = 500;
  ConsumerTest::beat(first);
  join("B", {"t"});
  advance(1'000);
  EXPECT_EQ(beat("A", 2), "2 [t0 t1]") << "it was told nothing for a second";
  advance(499);
  EXPECT_EQ(beat("A", 2), "2 null");
  advance(1);
  EXPECT_EQ(beat("A", 2), "UNKNOWN_MEMBER_ID");
}

TEST_F(SessionTest, AnExpiryThatTheDiskRefusesIsTriedAgain) {
  join("A", {"t"});
  storage.fail(true);
  advance(2'000);
  storage.fail(false);
  advance(499);
  EXPECT_EQ(group_text(), "2/2 Stable");
  advance(1);
  EXPECT_EQ(group_text(), "3/3 Empty");
}

TEST_F(SessionTest, AMemberThatIsHeardOfBeforeTheNextTryStays) {
  join("A", {"t"});
  storage.fail(true);
  advance(2'000);
  storage.fail(false);
  EXPECT_EQ(beat("A", 2), "2 null");
  advance(500);
  EXPECT_EQ(group_text(), "2/2 Stable");
}

TEST_F(SessionTest, WhoGivesUpBeforeTheNextTryStaysAndWhoDoesNotGoes) {
  for (const bool gives_up : {true, false}) {
    Beat first = joining("A", Names{"t"});
    first.rebalance_ms = 500;
    const std::int32_t epoch = ask(first).member_epoch;
    join("B", {"t"});
    ASSERT_EQ(beat("A", epoch).substr(2), "[t0 t1]");
    storage.fail(true);
    advance(500);
    storage.fail(false);
    const std::vector<std::string> owned = {"t0", "t1"};
    if (gives_up) {
      EXPECT_EQ(beat("A", epoch, owned), std::to_string(epoch + 1) + " null");
    }
    advance(500);
    EXPECT_EQ(member_text("A") == "none", !gives_up);
    beat("A", -1);
    beat("B", -1);
  }
}

TEST_F(SessionTest, ASettingOfTheGroupCountsFromItsNextHeartbeatOn) {
  ASSERT_TRUE(cluster.set_group_configs(
      "g", {{"consumer.session.timeout.ms", "45000"}, {"consumer.heartbeat.interval.ms", "700"}}));
  EXPECT_EQ(ask(joining("A", Names{"t"})).heartbeat_interval_ms, 700);
  advance(44'999);
  EXPECT_EQ(beat("A", 2), "2 null");
}

class IntervalTest : public ConsumerGroupsTest {
 protected:
  IntervalTest() : ConsumerGroupsTest({{"group.consumer.assignment.interval.ms", "1000"}}) {}
};

TEST_F(IntervalTest, Groups_S53_AssignmentsAreComputedOnceASecond) {
  EXPECT_EQ(join("A", {"t"}), "2 [t0 t1 t2 t3]");
  EXPECT_EQ(join("B", {"t"}), "2 []");
  EXPECT_EQ(group_text(), "3/2 Assigning");
  EXPECT_EQ(beat("A", 2), "2 null");
  EXPECT_EQ(beat("B", 2), "2 null");
  advance(1'000);
  EXPECT_EQ(beat("B", 2), "3 null");
  EXPECT_EQ(group_text(), "3/3 Reconciling");
  EXPECT_EQ(beat("A", 2), "2 [t0 t1]");
}

TEST_F(IntervalTest, TheGroupsOwnIntervalCounts) {
  ASSERT_TRUE(cluster.set_group_configs("g", {{"consumer.assignment.interval.ms", "0"}}));
  join("A", {"t"});
  EXPECT_EQ(join("B", {"t"}), "3 []");
}

class FullGroupTest : public ConsumerGroupsTest {
 protected:
  FullGroupTest() : ConsumerGroupsTest({{"group.consumer.max.size", "2"}}) {}
};

TEST_F(FullGroupTest, Groups_S70_AFullGroupTakesOnlyWhomItKnows) {
  ConsumerTest::beat(static_joining("A", "i", Names{"t"}));
  join("B", {"t"});
  EXPECT_EQ(join("C", {"t"}), "GROUP_MAX_SIZE_REACHED");
  EXPECT_EQ(join("B", {"t"}).substr(0, 1), "3");
  ConsumerTest::beat({.id = "A", .epoch = -2, .instance = "i"});
  profile = *Profile::named("4.3");
  EXPECT_EQ(ConsumerTest::beat(static_joining("A2", "i", Names{"t"})), "GROUP_MAX_SIZE_REACHED");
  profile = Profile::newest();
  EXPECT_EQ(ConsumerTest::beat(static_joining("A2", "i", Names{"t"})).substr(0, 2), "3 ");
}

class RangeOnlyTest : public ConsumerGroupsTest {
 protected:
  RangeOnlyTest() : ConsumerGroupsTest({{"group.consumer.assignors", "range"}}) {}
};

TEST_F(RangeOnlyTest, Groups_S71_OnlyConfiguredAssignorsAreOffered) {
  Beat beat = joining("A", Names{"t"});
  beat.assignor = "uniform";
  const auto answer = ask(beat);
  EXPECT_EQ(answer.error_code, ErrorCode::kUnsupportedAssignor);
  EXPECT_EQ(answer.error_message,
            "ServerAssignor uniform is not supported. Supported assignors: range.");
  join("A", {"t"});
  EXPECT_EQ(shard().consumer().describe("g").assignor_name, "range");
}

}  // namespace
}  // namespace understudy::broker
