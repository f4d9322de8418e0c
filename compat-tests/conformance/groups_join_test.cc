// Groups by the classic protocol: JoinGroup, SyncGroup, Heartbeat. Scenarios 1 to 11, 15, 16 and 89
// of section 15 of the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "conformance/groups.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using wire::ApiKey;
using wire::JoinGroupResponse;
using wire::Slice;

// What a refused JoinGroup carries besides its error.
void expect_refused(const JoinGroupResponse& answer, ErrorCode error,
                    const std::string& member_id) {
  EXPECT_EQ(answer.error_code, error);
  EXPECT_EQ(answer.member_id, member_id);
  EXPECT_EQ(answer.generation_id, -1);
  EXPECT_EQ(answer.leader, "");
  EXPECT_THAT(answer.members, IsEmpty());
  EXPECT_EQ(answer.protocol_type, std::nullopt);
  EXPECT_EQ(answer.protocol_name, std::nullopt);
  EXPECT_FALSE(answer.skip_assignment);
}

std::vector<std::string> ids_of(const JoinGroupResponse& answer) {
  std::vector<std::string> ids;
  for (const auto& member : answer.members) ids.push_back(member.member_id);
  return ids;
}

Protocols named(const std::vector<std::string>& names) {
  Protocols protocols;
  for (const std::string& name : names) {
    protocols.push_back({.name = name, .metadata = subscription_of({})});
  }
  return protocols;
}

bool is_dynamic_id(const std::string& id, const std::string& client_id) {
  static const std::string uuid = "-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  return std::regex_match(id, std::regex(client_id + uuid));
}

std::string limit(const std::string& name, int change) {
  return std::to_string(std::stoi(broker_config(name).value_or("0")) + change);
}

TEST(Groups, S01_ANewMemberGetsAnIdFirst) {
  TestGroup group;
  ClassicMember member(group, "somebody");
  member.version = 5;
  const JoinGroupResponse refused = member.join();
  EXPECT_EQ(refused.error_code, ErrorCode::kMemberIdRequired);
  EXPECT_TRUE(is_dynamic_id(refused.member_id, "somebody")) << refused.member_id;
  EXPECT_EQ(refused.generation_id, -1);
  EXPECT_EQ(refused.leader, "");
  EXPECT_THAT(refused.members, IsEmpty());
  const JoinGroupResponse joined = member.join();
  EXPECT_EQ(joined.error_code, ErrorCode::kNone);
  EXPECT_EQ(joined.member_id, refused.member_id);
  EXPECT_EQ(joined.generation_id, 1);
  EXPECT_EQ(joined.leader, refused.member_id);
  EXPECT_EQ(joined.protocol_name, "range");
  ASSERT_THAT(joined.members, SizeIs(1));
  EXPECT_EQ(joined.members[0].member_id, refused.member_id);
  EXPECT_EQ(joined.members[0].group_instance_id, std::nullopt);
  EXPECT_EQ(joined.members[0].metadata, member.protocols[0].metadata);
}

TEST(Groups, S02_AnOldClientJoinsAtOnce) {
  for (Version version = 0; version < kFirstJoinWithMemberIdRequired; ++version) {
    SCOPED_TRACE("JoinGroup version " + std::to_string(version));
    TestGroup group;
    ClassicMember member(group, "old");
    member.version = version;
    const JoinGroupResponse joined = member.join();
    EXPECT_EQ(joined.error_code, ErrorCode::kNone);
    EXPECT_EQ(joined.generation_id, 1);
    EXPECT_TRUE(is_dynamic_id(joined.member_id, "old")) << joined.member_id;
    EXPECT_EQ(joined.leader, joined.member_id);
    EXPECT_THAT(ids_of(joined), testing::ElementsAre(joined.member_id));
  }
}

TEST(Groups, S01_AMemberLivesInEveryVersion) {
  for (Version version = 0; version <= newest(ApiKey::kJoinGroup); ++version) {
    SCOPED_TRACE("JoinGroup version " + std::to_string(version));
    TestGroup group;
    ClassicMember member(group);
    member.version = version;
    const JoinGroupResponse joined = member.enter();
    EXPECT_EQ(joined.error_code, ErrorCode::kNone);
    EXPECT_EQ(joined.protocol_name, "range");
    const std::string type = joined.protocol_type.value_or("unknown");
    EXPECT_EQ(type, version >= 7 ? "consumer" : "unknown");
    EXPECT_FALSE(joined.skip_assignment);
    RawClient& client = member.client();
    const auto sync_version = std::min(version, newest(ApiKey::kSyncGroup));
    const auto synced = client.ask(
        member.sync_request({{.member_id = member.id, .assignment = Slice::copy_of("all")}}),
        sync_version);
    EXPECT_EQ(synced.error_code, ErrorCode::kNone);
    EXPECT_EQ(synced.assignment, Slice::copy_of("all"));
    if (sync_version >= 5) {
      EXPECT_EQ(synced.protocol_type, "consumer");
      EXPECT_EQ(synced.protocol_name, "range");
    }
    const wire::HeartbeatRequest beat{
        .group_id = group.id(), .generation_id = 1, .member_id = member.id};
    EXPECT_EQ(client.ask(beat, std::min(version, newest(ApiKey::kHeartbeat))).error_code,
              ErrorCode::kNone);
    const auto leave_version = std::min(version, newest(ApiKey::kLeaveGroup));
    wire::LeaveGroupRequest leave{.group_id = group.id()};
    if (leave_version >= 3) {
      leave.members = {{.member_id = member.id}};
    } else {
      leave.member_id = member.id;
    }
    const auto left = client.ask(leave, leave_version);
    EXPECT_EQ(left.error_code, ErrorCode::kNone);
    for (const auto& answer : left.members) EXPECT_EQ(answer.error_code, ErrorCode::kNone);
    EXPECT_EQ(group.state(), "Empty");
  }
}

TEST(Groups, S03_WhatAJoinMayAskFor) {
  TestGroup group;
  ClassicMember member(group);
  member.session_timeout_ms = std::stoi(limit("group.min.session.timeout.ms", -1));
  expect_refused(member.join(), ErrorCode::kInvalidSessionTimeout, "");
  member.session_timeout_ms = std::stoi(limit("group.max.session.timeout.ms", 1));
  expect_refused(member.join(), ErrorCode::kInvalidSessionTimeout, "");
  member.session_timeout_ms = 30'000;

  TestGroup nameless("");
  ClassicMember homeless(nameless);
  expect_refused(homeless.join(), ErrorCode::kInvalidGroupId, "");

  // An id that nobody was given: in a missing group, and in one that exists.
  member.id = "x";
  expect_refused(member.join(), ErrorCode::kUnknownMemberId, "x");
  EXPECT_EQ(group.listed(), std::nullopt);
  ClassicMember other(group);
  form({&other});
  member.id = "x";
  expect_refused(member.join(), ErrorCode::kUnknownMemberId, "x");
}

TEST(Groups, S04_ProtocolsMustFitTheGroup) {
  TestGroup group;
  ClassicMember first(group);
  first.protocols = {};
  expect_refused(first.join(), ErrorCode::kInconsistentGroupProtocol, "");
  first.protocols = named({"range"});
  first.protocol_type = "";
  expect_refused(first.join(), ErrorCode::kInconsistentGroupProtocol, "");
  first.protocol_type = "consumer";
  form({&first});

  ClassicMember other(group);
  other.protocol_type = "connect";
  expect_refused(other.join(), ErrorCode::kInconsistentGroupProtocol, "");
  other.protocol_type = "consumer";
  other.protocols = named({"sticky", "roundrobin"});
  expect_refused(other.join(), ErrorCode::kInconsistentGroupProtocol, "");
  EXPECT_EQ(first.heartbeat(), ErrorCode::kNone);
}

// A count of topics beyond the bytes that follow. A real 4.3 never answers such a JoinGroup, and
// the group hangs.
TEST(Groups, S04_ASubscriptionThatMakesNoSenseIsAsGoodAsNone) {
  if (!is_kafka_4_4()) GTEST_SKIP() << "a real broker before 4.4 does not answer";
  TestGroup group;
  ClassicMember member(group);
  const std::vector<std::string> senseless = {"", "x", std::string(2, '\0'),
                                              std::string("\0\0\x7f\0\0\0", 6)};
  for (const std::string& bytes : senseless) {
    member.protocols[0].metadata = Slice::copy_of(bytes);
    EXPECT_EQ(member.enter().error_code, ErrorCode::kNone) << bytes.size() << " bytes";
    settle({&member});
  }
}

TEST(Groups, S05_TheLeaderLearnsOfAllMembers) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  // Of another type than "consumer", so that nobody looks into what they say of themselves.
  a.protocol_type = b.protocol_type = "test";
  a.protocols = {{.name = "range", .metadata = Slice::copy_of("a-range")},
                 {.name = "sticky", .metadata = Slice::copy_of("a-sticky")}};
  b.protocols = {{.name = "sticky", .metadata = Slice::copy_of("b-sticky")}};
  rebalance({&a, &b});
  EXPECT_EQ(a.generation_id, 2);
  EXPECT_EQ(b.generation_id, 2);
  EXPECT_EQ(a.joined.leader, a.id);
  EXPECT_EQ(b.joined.leader, a.id);
  EXPECT_EQ(a.joined.protocol_name, "sticky");
  EXPECT_EQ(b.joined.protocol_name, "sticky");
  EXPECT_THAT(b.joined.members, IsEmpty());
  EXPECT_THAT(ids_of(a.joined), testing::UnorderedElementsAre(a.id, b.id));
  for (const auto& member : a.joined.members) {
    EXPECT_EQ(member.metadata, Slice::copy_of(member.member_id == a.id ? "a-sticky" : "b-sticky"));
  }
}

TEST(Groups, S06_TheLeadersSyncAnswersAll) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  rebalance({&a, &b});
  EXPECT_EQ(group.state(), "CompletingRebalance");
  b.send_sync();
  EXPECT_TRUE(b.waits());
  const auto led = a.sync({{.member_id = a.id, .assignment = Slice::copy_of("all")},
                           {.member_id = "nobody", .assignment = Slice::copy_of("some")}});
  EXPECT_EQ(led.error_code, ErrorCode::kNone);
  EXPECT_EQ(led.assignment, Slice::copy_of("all"));
  const auto followed = b.await_synced();
  EXPECT_EQ(followed.error_code, ErrorCode::kNone);
  EXPECT_TRUE(followed.assignment.empty());
  EXPECT_EQ(followed.protocol_type, "consumer");
  EXPECT_EQ(followed.protocol_name, "range");
  EXPECT_EQ(group.state(), "Stable");
  // In a Stable group everybody may ask again; what a follower sends counts for nothing.
  EXPECT_EQ(b.sync({{.member_id = b.id, .assignment = Slice::copy_of("mine")}}).assignment.size(),
            0u);
  EXPECT_EQ(a.sync().assignment, Slice::copy_of("all"));
}

TEST(Groups, S07_ANewMemberMakesTheOthersJoinAgain) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  ClassicMember c(group);
  form({&a, &b});
  c.send_enter();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(a.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kRebalanceInProgress);
  a.send_join();
  b.send_join();
  EXPECT_EQ(a.await_joined().generation_id, 3);
  EXPECT_EQ(b.await_joined().generation_id, 3);
  EXPECT_EQ(c.await_joined().generation_id, 3);
  EXPECT_EQ(c.joined.leader, a.id);
  EXPECT_THAT(ids_of(a.joined), testing::UnorderedElementsAre(a.id, b.id, c.id));
}

TEST(Groups, S07_WhoDoesNotJoinAgainInTimeIsRemoved) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  ClassicMember c(group);
  for (ClassicMember* const member : {&a, &b, &c}) member->rebalance_timeout_ms = 700;
  form({&a, &b});
  c.send_enter();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  a.send_join();
  EXPECT_EQ(a.await_joined().generation_id, 3);
  EXPECT_EQ(c.await_joined().generation_id, 3);
  EXPECT_THAT(ids_of(a.joined), testing::UnorderedElementsAre(a.id, c.id));
  EXPECT_EQ(b.heartbeat(), ErrorCode::kUnknownMemberId);
}

TEST(Groups, S08_HeartbeatsAreChecked) {
  TestGroup group;
  ClassicMember a(group);
  EXPECT_EQ(a.heartbeat(), ErrorCode::kUnknownMemberId) << "of a group that is not there";
  ClassicMember b(group);
  rebalance({&a, &b});
  EXPECT_EQ(group.state(), "CompletingRebalance");
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone);
  settle({&a, &b});
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone);
  ClassicMember wrong(group);
  wrong.id = a.id;
  for (const std::int32_t generation_id : {1, 3}) {
    wrong.generation_id = generation_id;
    EXPECT_EQ(wrong.heartbeat(), ErrorCode::kIllegalGeneration);
  }
  wrong.generation_id = 2;
  wrong.id = "x";
  EXPECT_EQ(wrong.heartbeat(), ErrorCode::kUnknownMemberId);
  wrong.id = a.id;
  wrong.instance_id = "nobody";
  EXPECT_EQ(wrong.heartbeat(), ErrorCode::kUnknownMemberId);
  TestGroup nameless("");
  ClassicMember homeless(nameless);
  EXPECT_EQ(homeless.heartbeat(), ErrorCode::kInvalidGroupId);
}

TEST(Groups, S09_SyncsAreChecked) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  form({&a, &b});
  const auto error_of = [&](const auto& change) {
    wire::SyncGroupRequest request = a.sync_request();
    change(request);
    const auto answer = a.client().ask(request, newest(ApiKey::kSyncGroup));
    if (answer.error_code != ErrorCode::kNone) {
      EXPECT_EQ(answer.protocol_type, std::nullopt);
      EXPECT_EQ(answer.protocol_name, std::nullopt);
      EXPECT_TRUE(answer.assignment.empty());
    }
    return answer.error_code;
  };
  EXPECT_EQ(error_of([](auto& request) { request.protocol_name = std::nullopt; }),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(error_of([](auto& request) { request.protocol_type = std::nullopt; }),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(error_of([](auto& request) { request.protocol_name = "sticky"; }),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(error_of([](auto& request) { request.protocol_type = "connect"; }),
            ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(error_of([](auto& request) { request.generation_id = 1; }),
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(error_of([](auto& request) { request.member_id = "x"; }), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(error_of([](auto& request) { request.group_id = ""; }), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(error_of([](auto& request) { request.group_id = unique_name("missing"); }),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(error_of([](auto&) {}), ErrorCode::kNone);

  b.protocols = named({"range", "sticky"});
  b.send_join();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(a.sync().error_code, ErrorCode::kRebalanceInProgress);
}

TEST(Groups, S09_ARebalanceAnswersParkedSyncs) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  rebalance({&a, &b});
  b.send_sync();
  EXPECT_TRUE(b.waits());
  a.protocols = named({"range", "sticky"});
  a.send_join();
  EXPECT_EQ(b.await_synced().error_code, ErrorCode::kRebalanceInProgress);
}

TEST(Groups, S10_WhoDoesNotSyncInTimeIsRemoved) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  for (ClassicMember* const member : {&a, &b}) member->rebalance_timeout_ms = 700;
  rebalance({&a, &b});
  b.send_sync();
  EXPECT_EQ(b.await_synced().error_code, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(a.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(b.join().generation_id, 3);
  EXPECT_TRUE(b.is_leader());
}

TEST(Groups, S10_AFollowerThatDoesNotSyncIsRemovedFromAStableGroup) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  for (ClassicMember* const member : {&a, &b}) member->rebalance_timeout_ms = 700;
  rebalance({&a, &b});
  EXPECT_EQ(a.sync().error_code, ErrorCode::kNone);
  EXPECT_EQ(group.state(), "Stable");
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(b.heartbeat(), ErrorCode::kUnknownMemberId);
}

TEST(Groups, S11_APendingMemberDelaysARebalanceUntilItIsDropped) {
  TestGroup group;
  ClassicMember a(group);
  form({&a});
  ClassicMember pending(group);
  pending.session_timeout_ms = 1000;
  EXPECT_EQ(pending.join().error_code, ErrorCode::kMemberIdRequired);
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone) << "an id alone is no reason to rebalance";
  a.protocols = named({"range", "sticky"});
  a.send_join();
  EXPECT_TRUE(a.waits());
  EXPECT_EQ(a.await_joined().generation_id, 2);
  EXPECT_EQ(pending.join().error_code, ErrorCode::kUnknownMemberId);
}

TEST(Groups, S15_AMemberThatLeftIsUnknown) {
  TestGroup group;
  ClassicMember a(group);
  form({&a});
  const auto leave = [&](const std::string& id) {
    return group.client()
        .ask(wire::LeaveGroupRequest{.group_id = group.id(), .member_id = id}, 1)
        .error_code;
  };
  EXPECT_EQ(leave("x"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(leave(a.id), ErrorCode::kNone);
  EXPECT_EQ(a.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(leave(a.id), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.state(), "Empty");
}

TEST(Groups, S15_LeavingAnswersAParkedJoin) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  form({&a, &b});
  b.protocols = named({"range", "sticky"});
  b.send_join();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_THAT(group.leave({{.member_id = b.id}}),
              testing::ElementsAre(std::pair(b.id, ErrorCode::kNone)));
  EXPECT_EQ(b.await_joined().error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(a.join().generation_id, 3);
}

TEST(Groups, S16_WhoIsSilentForASessionIsRemoved) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  b.session_timeout_ms = 1000;
  form({&a, &b});
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(a.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(a.join().generation_id, 3);
}

TEST(Groups, S16_WhoWaitsForASyncDoesNotExpire) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  ClassicMember witness(group);
  for (ClassicMember* const member : {&b, &witness}) member->session_timeout_ms = 700;
  rebalance({&a, &b, &witness});
  b.send_sync();
  // The session of the witness is as long as that of `b`, and begins with it.
  EXPECT_TRUE(eventually([&] { return group.described().members.size() == 2; }));
  EXPECT_EQ(witness.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(b.await_synced().error_code, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kRebalanceInProgress);
}

TEST(Groups, S07_ARepeatedJoinOfAFollowerChangesNothing) {
  TestGroup group;
  ClassicMember a(group);
  ClassicMember b(group);
  rebalance({&a, &b});
  // CompletingRebalance: the same again is answered at once, to the leader with the members.
  EXPECT_EQ(b.join().generation_id, 2);
  EXPECT_THAT(b.joined.members, IsEmpty());
  EXPECT_EQ(a.join().generation_id, 2);
  EXPECT_THAT(a.joined.members, SizeIs(2));
  settle({&a, &b});
  EXPECT_EQ(b.join().generation_id, 2);
  EXPECT_EQ(b.joined.leader, a.id);
  EXPECT_THAT(b.joined.members, IsEmpty());
  EXPECT_EQ(group.state(), "Stable");
  // The leader's join is a wish to rebalance.
  a.send_join();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(b.join().generation_id, 3);
  EXPECT_EQ(a.await_joined().generation_id, 3);
}

// Whoever leads, the name that comes first in the hash order wins a tie.
TEST(Groups, S89_ATieOfVotesGoesToTheNameFirstInHashOrder) {
  struct Votes {
    std::string first;
    std::string second;
    std::string chosen;
  };
  const std::vector<Votes> rows = {{"range", "roundrobin", "range"},
                                   {"roundrobin", "range", "range"},
                                   {"sticky", "range", "sticky"},
                                   {"range", "sticky", "sticky"},
                                   {"cooperative-sticky", "range", "range"},
                                   {"range", "cooperative-sticky", "range"}};
  for (const Votes& votes : rows) {
    SCOPED_TRACE(votes.first + " against " + votes.second);
    TestGroup group;
    ClassicMember a(group);
    ClassicMember b(group);
    a.protocols = named({votes.first, votes.second});
    b.protocols = named({votes.second, votes.first});
    rebalance({&a, &b});
    EXPECT_EQ(a.joined.protocol_name, votes.chosen);
    EXPECT_EQ(b.joined.protocol_name, votes.chosen);
  }
}

}  // namespace
}  // namespace understudy::conformance
