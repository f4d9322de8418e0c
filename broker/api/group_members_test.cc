// JoinGroup, SyncGroup, Heartbeat and LeaveGroup as far as they are answered without a group.
#include <gtest/gtest.h>

#include "broker/api/group_handlers.h"
#include "broker/api/test_handler.h"
#include "broker/cluster/changes.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class GroupMembersTest : public HandlerTest {
 protected:
  GroupMembersTest()
      : HandlerTest({.node_count = 2,
                     .properties = {{"offsets.topic.num.partitions", "1"},
                                    {"offsets.topic.replication.factor", "1"}}}) {}

  void make_offsets_topic() {
    news.during([&] { broker::find_coordinator(cluster, 1, InternalTopic::kOffsets, "g"); });
  }
  NodeId leader() {
    const Partition* const partition = cluster.find_partition("__consumer_offsets", 0);
    return partition == nullptr ? 1 : partition->leadership().leader;
  }
  // Asked of the node that leads, unless another one is named.
  wire::JoinGroupResponse join(const std::string& group, const std::string& member,
                               std::int32_t session_ms = 10'000,
                               std::optional<NodeId> node = std::nullopt,
                               wire::Version version = 9) {
    wire::JoinGroupRequest request;
    request.group_id = group;
    request.member_id = member;
    request.session_timeout_ms = session_ms;
    request.protocol_type = "consumer";
    request.protocols.push_back({.name = "range"});
    return call(join_group, version, request, node.value_or(leader()));
  }
  ErrorCode sync(wire::Version version, const std::string& group,
                 std::optional<std::string> type = "consumer",
                 std::optional<std::string> name = "range", std::optional<NodeId> node = {}) {
    wire::SyncGroupRequest request;
    request.group_id = group;
    request.protocol_type = std::move(type);
    request.protocol_name = std::move(name);
    return call(sync_group, version, request, node.value_or(leader())).error_code;
  }
  ErrorCode beat(const std::string& group, std::optional<NodeId> node = {}) {
    return call(heartbeat, 4, wire::HeartbeatRequest{.group_id = group}, node.value_or(leader()))
        .error_code;
  }
  wire::LeaveGroupResponse leave(const std::string& group, std::optional<NodeId> node = {},
                                 wire::Version version = 5) {
    wire::LeaveGroupRequest request;
    request.group_id = group;
    if (version >= 3) {
      request.members.push_back({.member_id = "m"});
    } else {
      request.member_id = "m";
    }
    return call(leave_group, version, request, node.value_or(leader()));
  }
};

TEST_F(GroupMembersTest, Groups_S03_SessionTimeoutsHaveBounds) {
  make_offsets_topic();
  for (const std::int32_t session_ms : {5'999, 1'800'001, 0, -1}) {
    const auto response = join("g", "x", session_ms);
    EXPECT_EQ(response.error_code, ErrorCode::kInvalidSessionTimeout);
    EXPECT_EQ(response.member_id, "x");
    EXPECT_EQ(response.generation_id, -1);
    EXPECT_EQ(response.protocol_name, std::nullopt);
  }
  EXPECT_EQ(join("g", "", 6'000).error_code, ErrorCode::kMemberIdRequired);
  EXPECT_EQ(join("g", "", 1'800'000).error_code, ErrorCode::kMemberIdRequired);
}

TEST_F(GroupMembersTest, Groups_S03_AGroupHasAName) {
  make_offsets_topic();
  const auto response = join("", "x", 1);
  EXPECT_EQ(response.error_code, ErrorCode::kInvalidGroupId) << "before the session timeout";
  EXPECT_EQ(response.member_id, "x");
  EXPECT_EQ(sync(5, ""), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(beat(""), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(leave("").error_code, ErrorCode::kInvalidGroupId);
  EXPECT_TRUE(leave("").members.empty());
  EXPECT_EQ(leave("", {}, 2).error_code, ErrorCode::kInvalidGroupId);
}

TEST_F(GroupMembersTest, Groups_S09_FromVersion5OnASyncSaysItsProtocol) {
  make_offsets_topic();
  EXPECT_EQ(sync(5, "", "consumer", std::nullopt), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(sync(5, "g", std::nullopt, "range"), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(sync(4, "g", std::nullopt, std::nullopt), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(sync(5, "g"), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupMembersTest, OnlyTheLeaderOfTheGroupsPartitionKnowsIt) {
  EXPECT_EQ(join("g", "", 10'000, 1).error_code, ErrorCode::kNotCoordinator) << "no topic yet";
  make_offsets_topic();
  const NodeId other = leader() == 1 ? 2 : 1;
  const auto response = join("g", "x", 10'000, other);
  EXPECT_EQ(response.error_code, ErrorCode::kNotCoordinator);
  EXPECT_EQ(response.member_id, "");
  EXPECT_EQ(join("g", "x", 10'000, other, 3).protocol_name, "");
  EXPECT_EQ(sync(5, "g", "consumer", "range", other), ErrorCode::kNotCoordinator);
  EXPECT_EQ(beat("g", other), ErrorCode::kNotCoordinator);
  EXPECT_EQ(leave("g", other).error_code, ErrorCode::kNotCoordinator);
  EXPECT_TRUE(leave("g", other).members.empty());
}

// groups.md 11: whoever heartbeats while its group loads has nothing to fear.
TEST_F(GroupMembersTest, WhileAGroupLoadsHeartbeatsAreFine) {
  groups.runtime().hold_loading(true);
  make_offsets_topic();
  EXPECT_EQ(join("g", "").error_code, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(sync(5, "g"), ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(leave("g").error_code, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(leave("g", {}, 1).error_code, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_EQ(beat("g"), ErrorCode::kNone);
  groups.runtime().hold_loading(false);
  EXPECT_EQ(beat("g"), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupMembersTest, EachReleaseServesItsVersions) {
  const auto newest = [](std::string_view release, wire::ApiKey key) {
    return ServedApis(*Profile::named(release)).find(key)->versions.max;
  };
  using wire::ApiKey;
  EXPECT_EQ(newest("2.4", ApiKey::kJoinGroup), 6);
  EXPECT_EQ(newest("2.4", ApiKey::kSyncGroup), 4);
  EXPECT_EQ(newest("2.4", ApiKey::kHeartbeat), 4);
  EXPECT_EQ(newest("2.4", ApiKey::kLeaveGroup), 4);
  for (const std::string_view release : {"3.6", "4.3", "4.4"}) {
    EXPECT_EQ(newest(release, ApiKey::kJoinGroup), 9);
    EXPECT_EQ(newest(release, ApiKey::kSyncGroup), 5);
    EXPECT_EQ(newest(release, ApiKey::kHeartbeat), 4);
    EXPECT_EQ(newest(release, ApiKey::kLeaveGroup), 5);
  }
}

}  // namespace
}  // namespace understudy::broker
