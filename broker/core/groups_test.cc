// Groups over whole frames: who waits, whose connection closes, what a restart leaves.
#include <gtest/gtest.h>

#include <string>

#include "broker/core/test_broker.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class GroupsInBroker : public BrokerTest {
 protected:
  static constexpr ConnectionId kOther = 11;

  GroupsInBroker()
      : BrokerTest(1, "4.4",
                   {{"offsets.topic.replication.factor", "1"},
                    {"group.initial.rebalance.delay.ms", "0"}}) {
    broker->connected(kOther, {.node = 1, .host = "10.0.0.7"});
    ask<wire::FindCoordinatorResponse>(wire::FindCoordinatorRequest{.coordinator_keys = {"g"}}, 6);
  }

  void join(const std::string& id, wire::Version version = 9,
            ConnectionId connection = kConnection) {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = version == 0 ? -1 : 20'000;
    request.protocol_type = "consumer";
    request.protocols.push_back({.name = "range"});
    deliver(request, version, connection);
  }
  wire::JoinGroupResponse joined(wire::Version version = 9, ConnectionId connection = kConnection) {
    return take<wire::JoinGroupResponse>(version, connection);
  }
  // A Stable group of one.
  std::string member() {
    join("", 3);
    broker->advance();
    const std::string id = joined(3).member_id;
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.generation_id = 1;
    request.member_id = id;
    request.assignments.push_back({.member_id = id});
    EXPECT_EQ(ask<wire::SyncGroupResponse>(request, 3).error_code, ErrorCode::kNone);
    return id;
  }
  ErrorCode heartbeat(const std::string& id, std::int32_t generation) {
    return ask<wire::HeartbeatResponse>(
               wire::HeartbeatRequest{
                   .group_id = "g", .generation_id = generation, .member_id = id},
               4)
        .error_code;
  }
  // Every timer at its own moment.
  void pass(std::int64_t ms) {
    const std::int64_t end_ms = clock.monotonic_ms() + ms;
    while (broker->next_deadline_ms() && *broker->next_deadline_ms() <= end_ms) {
      clock.advance(*broker->next_deadline_ms() - clock.monotonic_ms());
      broker->advance();
    }
    clock.advance(end_ms - clock.monotonic_ms());
  }
};

TEST_F(GroupsInBroker, AMemberComesAndGoes) {
  join("");
  const std::string id = joined().member_id;
  join(id);
  EXPECT_FALSE(has_answer());
  ASSERT_TRUE(broker->next_deadline_ms());
  EXPECT_EQ(*broker->next_deadline_ms(), clock.monotonic_ms());
  broker->advance();
  EXPECT_EQ(joined().generation_id, 1);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  wire::LeaveGroupRequest leaving;
  leaving.group_id = "g";
  leaving.members.push_back({.member_id = id});
  EXPECT_EQ(ask<wire::LeaveGroupResponse>(leaving, 5).members.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kUnknownMemberId);
}

// Before version 1 a rebalance may take as long as a session.
TEST_F(GroupsInBroker, AnOldMembersRebalanceTimeoutIsItsSession) {
  join("", 0);
  broker->advance();
  EXPECT_EQ(joined(0).generation_id, 1);
  join("", 3, kOther);
  pass(9'999);
  EXPECT_FALSE(has_answer(kOther));
  pass(1);
  EXPECT_EQ(joined(3, kOther).generation_id, 2);
}

// As in Kafka nobody notices: it stays a member for as long as any that is silent.
TEST_F(GroupsInBroker, AClientThatGoesWhileItWaitsStaysForASession) {
  const std::string id = member();
  join("", 3, kOther);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kRebalanceInProgress);
  broker->disconnected(kOther);
  join(id);
  EXPECT_EQ(joined().members.size(), 2u);
  pass(9'999);
  EXPECT_EQ(heartbeat(id, 2), ErrorCode::kNone);
  pass(1);
  EXPECT_EQ(heartbeat(id, 2), ErrorCode::kRebalanceInProgress);
  join(id);
  EXPECT_EQ(joined().members.size(), 1u);
}

TEST_F(GroupsInBroker, AJoinThatIsReplacedLeavesItsConnectionFree) {
  const std::string id = member();
  join("", 3, kOther);
  broker->connected(12, {.node = 1, .host = "10.0.0.7"});
  join(id, 9, 12);
  EXPECT_TRUE(has_answer(12));
  EXPECT_TRUE(has_answer(kOther));
}

TEST_F(GroupsInBroker, Groups_S92_AStopInOrderAnswersWhoWaits) {
  const std::string id = member();
  join("", 3, kOther);
  EXPECT_FALSE(has_answer(kOther));
  EXPECT_EQ(broker->restart_clean(), std::nullopt);
  EXPECT_EQ(joined(3, kOther).error_code, ErrorCode::kNotCoordinator);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone) << "and the group is back";
}

TEST_F(GroupsInBroker, Groups_S90_AfterACrashTheGroupIsAsItWasSynced) {
  const std::string id = member();
  join("", 3, kOther);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(broker->crash({.kind = Crash::Kind::kKeepEverything}), std::nullopt);
  broker->connected(kConnection, {.node = 1, .host = "127.0.0.1"});
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  pass(9'999);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  pass(10'000);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace understudy::broker
