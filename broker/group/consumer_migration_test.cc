// Groups whose members speak the classic protocol, the consumer protocol, or both (KIP-848).
#include <gtest/gtest.h>

#include "broker/group/classic_consumers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/testing/consumer_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Names = std::vector<std::string>;

std::string subscription_bytes(const Names& topics,
                               const std::vector<std::pair<std::string, int>>& owned = {},
                               const std::string& user_data = "") {
  wire::ConsumerProtocolSubscription subscription;
  subscription.topics = topics;
  if (!user_data.empty()) subscription.user_data = wire::Slice::copy_of(user_data);
  for (const auto& [topic, index] : owned) {
    subscription.owned_partitions.push_back({.topic = topic, .partitions = {index}});
  }
  return std::string(
      encode_stored(1, wire::schema_of<wire::ConsumerProtocolSubscription>, &subscription, 1)
          .view());
}

std::string assignment_bytes(const std::vector<std::pair<std::string, int>>& partitions,
                             const std::string& user_data = "") {
  wire::ConsumerProtocolAssignment assignment;
  if (!user_data.empty()) assignment.user_data = wire::Slice::copy_of(user_data);
  for (const auto& [topic, index] : partitions) {
    assignment.assigned_partitions.push_back({.topic = topic, .partitions = {index}});
  }
  return std::string(
      encode_stored(1, wire::schema_of<wire::ConsumerProtocolAssignment>, &assignment, 1).view());
}

struct ClassicJoin {
  std::string id = {};
  Names topics = {"t"};
  std::vector<std::pair<std::string, int>> owned = {};
  std::optional<std::string> instance = {};
  wire::Version version = 9;
  std::string type = "consumer";
  std::string protocol = "range";
  std::optional<std::string> metadata = {};
  std::int32_t rebalance_ms = 60'000;
};

class MigrationTest : public ConsumerTest {
 protected:
  explicit MigrationTest(ConfigMap properties = {}) : ConsumerTest(std::move(properties)) {
    add_topic("t", 3);
    add_topic("u", 1);
  }

  Asked<wire::JoinGroupResponse>& send_classic(const ClassicJoin& join) {
    wire::JoinGroupRequest request{.group_id = "g",
                                   .session_timeout_ms = 10'000,
                                   .rebalance_timeout_ms = join.rebalance_ms,
                                   .member_id = join.id,
                                   .group_instance_id = join.instance,
                                   .protocol_type = join.type};
    if (!join.protocol.empty()) {
      const std::string metadata =
          join.metadata.value_or(subscription_bytes(join.topics, join.owned));
      request.protocols.push_back(
          {.name = join.protocol, .metadata = wire::Slice::copy_of(metadata)});
    }
    auto& asked = GroupTest::ask(&GroupShard::join, {.version = join.version}, request);
    tick();
    return asked;
  }
  // "2 range": generation and protocol, or the error.
  static std::string text(const Asked<wire::JoinGroupResponse>& asked) {
    if (!asked.is_answered()) return "waits";
    const auto& answer = asked.answer();
    if (answer.error_code != ErrorCode::kNone) return name_of_error(answer.error_code);
    return std::to_string(answer.generation_id) + " " + answer.protocol_name.value_or("null");
  }
  std::string join_classic(const ClassicJoin& join) { return text(send_classic(join)); }

  // "[t0 t1]", or the error.
  std::string sync(const std::string& id, std::int32_t generation,
                   const std::map<std::string, std::string>& assignments = {},
                   std::optional<std::string> protocol = "range") {
    return sync_text(send_sync(id, generation, assignments, std::move(protocol)));
  }
  Asked<wire::SyncGroupResponse>& send_sync(
      const std::string& id, std::int32_t generation,
      const std::map<std::string, std::string>& assignments = {},
      std::optional<std::string> protocol = "range") {
    wire::SyncGroupRequest request{.group_id = "g",
                                   .generation_id = generation,
                                   .member_id = id,
                                   .protocol_type = "consumer",
                                   .protocol_name = std::move(protocol)};
    for (const auto& [member, bytes] : assignments) {
      request.assignments.push_back(
          {.member_id = member, .assignment = wire::Slice::copy_of(bytes)});
    }
    return GroupTest::ask(&GroupShard::sync, {.version = 5}, request);
  }
  static std::string sync_text(const Asked<wire::SyncGroupResponse>& asked) {
    if (!asked.is_answered()) return "waits";
    if (asked.error() != ErrorCode::kNone) return name_of_error(asked.error());
    const auto assignment =
        read_consumer_protocol<wire::ConsumerProtocolAssignment>(asked.answer().assignment);
    if (!assignment) return "?";
    std::string text;
    for (const auto& topic : assignment->assigned_partitions) {
      for (const std::int32_t index : topic.partitions) {
        text += (text.empty() ? "" : " ") + topic.topic + std::to_string(index);
      }
    }
    return "[" + text + "]";
  }
  std::string heartbeat(const std::string& id, std::int32_t generation) {
    wire::HeartbeatRequest request{.group_id = "g", .generation_id = generation, .member_id = id};
    return name_of_error(GroupTest::ask(&GroupShard::heartbeat, {.version = 4}, request).error());
  }
  std::string state() { return std::string(shard().find("g")->state()); }
  std::string type() {
    return shard().find("g")->type() == GroupType::kClassic ? "classic" : "consumer";
  }
  std::string join_new(const std::string& id) { return beat(joining(id, Names{"t"})); }

  // A classic member that was given its id, and has t0 to t2.
  void make_classic(const std::string& user_data = "", const std::string& instance = "") {
    auto& asked = send_classic(
        {.instance = instance.empty() ? std::nullopt : std::optional<std::string>(instance),
         .version = instance.empty() ? wire::Version{3} : wire::Version{9},
         .rebalance_ms = rebalance_ms});
    member = asked.answer().member_id;
    ASSERT_EQ(
        sync(member, 1, {{member, assignment_bytes({{"t", 0}, {"t", 1}, {"t", 2}}, user_data)}}),
        "[t0 t1 t2]");
  }

  std::string member;
  std::int32_t rebalance_ms = 60'000;
};

TEST_F(MigrationTest, Groups_S75_AConsumerMemberJoinsALiveClassicGroup) {
  make_classic();
  written();
  EXPECT_EQ(join_new("N"), "2 []");
  EXPECT_EQ(type(), "consumer");
  EXPECT_EQ(group_text(), "2/2 Reconciling");
  EXPECT_EQ(heartbeat(member, 1), "REBALANCE_IN_PROGRESS");
  EXPECT_EQ(sync(member, 1), "REBALANCE_IN_PROGRESS");
  EXPECT_EQ(heartbeat(member, 2), "ILLEGAL_GENERATION");
  EXPECT_EQ(join_classic({.id = member, .owned = {{"t", 0}, {"t", 1}, {"t", 2}}}), "1 range")
      << "it must give something up first";
  const std::string kept = sync(member, 1);
  EXPECT_EQ(kept.size(), std::string("[t0 t1]").size()) << kept;
  EXPECT_EQ(heartbeat(member, 1), "REBALANCE_IN_PROGRESS");
  EXPECT_EQ(join_classic({.id = member, .owned = {{"t", kept[2] - '0'}, {"t", kept[5] - '0'}}}),
            "2 range");
  EXPECT_EQ(sync(member, 2), kept);
  EXPECT_EQ(heartbeat(member, 2), "NONE");
  EXPECT_EQ(beat("N", 2).size(), std::string("2 [t2]").size());
  EXPECT_EQ(group_text(), "2/2 Stable");
}

TEST_F(MigrationTest, Groups_S93_Story5_TheRecordsOfAnUpgradeAndOfADowngrade) {
  make_classic();
  written();
  join_new("N");
  const std::string upgrade = written();
  EXPECT_EQ(upgrade.substr(0, 3), "2T ");
  const std::string m = member;
  const std::string expected_start =
      "2T 5" + m + " 3(1) 7" + m + " 6(1) 8" + m + "(1,prev 1) 5N 3(2) ";
  EXPECT_EQ(upgrade.substr(0, expected_start.size()), expected_start);
  const std::string end = " 6(2) 8N(2,prev 0,state 2)";
  EXPECT_EQ(upgrade.substr(upgrade.size() - end.size()), end);
  join_classic({.id = m, .owned = {{"t", 0}, {"t", 1}, {"t", 2}}});
  EXPECT_EQ(written(), "5" + m + " 8" + m + "(1,prev 1,state 1)");
  beat("N", -1);
  const std::string downgrade = written();
  EXPECT_NE(downgrade.find("6T"), std::string::npos);
  const std::string last = "4T 3T 2(2,1 members)";
  EXPECT_EQ(downgrade.substr(downgrade.size() - last.size()), last) << downgrade;
}

TEST_F(MigrationTest, Groups_S76_WhoWaitsInTheClassicGroupIsToldToJoinAgain) {
  make_classic();
  auto& parked = send_classic({.id = "", .version = 3});
  ASSERT_FALSE(parked.is_answered());
  EXPECT_EQ(join_new("N").substr(0, 1), "2");
  EXPECT_EQ(text(parked), "REBALANCE_IN_PROGRESS");
  EXPECT_FALSE(parked.answer().member_id.empty());
}

TEST_F(MigrationTest, Groups_S76_AParkedSyncIsAnsweredAndAllStartWithNothing) {
  auto& first = send_classic({.version = 3});
  const std::string leader = first.answer().member_id;
  auto& second = send_classic({.version = 3});
  send_classic({.id = leader});
  const std::string follower = second.answer().member_id;
  auto& parked = send_sync(follower, 2);
  ASSERT_FALSE(parked.is_answered());
  EXPECT_EQ(join_new("N").size(), std::string("3 [t0]").size()) << "nobody has any of them";
  EXPECT_EQ(sync_text(parked), "REBALANCE_IN_PROGRESS");
  EXPECT_EQ(sync(leader, 2, {{leader, assignment_bytes({{"t", 0}})}}), "REBALANCE_IN_PROGRESS");
}

TEST_F(MigrationTest, Groups_S77_AGroupThatCannotBeUpgradedStaysAsItIs) {
  make_classic("custom");
  const auto answer = ask(joining("N", Names{"t"}));
  EXPECT_EQ(answer.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(answer.error_message,
            "Cannot upgrade classic group g to consumer group because an unsupported custom "
            "assignor is in use. Please refer to the documentation or switch to a default assignor "
            "before re-attempting the upgrade.");
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(heartbeat(member, 1), "NONE");
}

TEST_F(MigrationTest, Groups_S77_AnAssignmentOfOneByteIsMalformed) {
  auto& asked = send_classic({.version = 3});
  member = asked.answer().member_id;
  sync(member, 1, {{member, "x"}});
  EXPECT_EQ(ask(joining("N", Names{"t"})).error_message,
            "Cannot upgrade classic group g to consumer group because the embedded consumer "
            "protocol is malformed.");
}

TEST_F(MigrationTest, Groups_S77_AnotherProtocolTypeIsNotTaken) {
  auto& asked = send_classic({.version = 3, .type = "connect"});
  ASSERT_TRUE(asked.is_answered());
  EXPECT_EQ(ask(joining("N", Names{"t"})).error_message,
            "Cannot upgrade classic group g to consumer group because the group does not use the "
            "consumer embedded protocol.");
}

TEST_F(MigrationTest, Groups_S77_UserDataInASubscriptionIsNoObstacle) {
  auto& asked = send_classic({.version = 3, .metadata = subscription_bytes({"t"}, {}, "mine")});
  member = asked.answer().member_id;
  sync(member, 1, {{member, assignment_bytes({})}});
  EXPECT_EQ(join_new("N").substr(0, 1), "2");
}

TEST_F(MigrationTest, OnlyAJoinUpgrades) {
  make_classic();
  EXPECT_EQ(beat("N", 1), "GROUP_ID_NOT_FOUND");
  EXPECT_EQ(beat("N", -1), "GROUP_ID_NOT_FOUND");
  EXPECT_EQ(type(), "classic");
}

TEST_F(MigrationTest, Groups_S37_S78_AClassicMemberJoinsAConsumerGroup) {
  join_new("N");
  EXPECT_EQ(join_classic({.type = "connect"}), "INCONSISTENT_GROUP_PROTOCOL");
  EXPECT_EQ(join_classic({.protocol = ""}), "INCONSISTENT_GROUP_PROTOCOL");
  for (const std::string& metadata : {std::string(), subscription_bytes({"t"}).substr(0, 5)}) {
    EXPECT_EQ(join_classic({.id = "x", .metadata = metadata}), "INCONSISTENT_GROUP_PROTOCOL");
    profile = *Profile::named("4.3");
    EXPECT_EQ(join_classic({.id = "x", .metadata = metadata}), "UNKNOWN_SERVER_ERROR");
    profile = Profile::newest();
  }
  const auto& asked = send_classic({});
  EXPECT_EQ(text(asked), "MEMBER_ID_REQUIRED");
  EXPECT_EQ(asked.answer().member_id.size(), 22u);
  const auto& joined = send_classic({.id = "x"});
  EXPECT_EQ(text(joined), "3 range");
  EXPECT_EQ(joined.answer().leader, "");
  EXPECT_TRUE(joined.answer().members.empty());
  EXPECT_FALSE(joined.answer().skip_assignment);
  EXPECT_EQ(group_text(), "3/3 Reconciling");
  for (const auto& one : shard().consumer().describe("g").members) {
    EXPECT_EQ(one.member_type, one.member_id == "x" ? 0 : 1);
  }
  EXPECT_EQ(join_classic({.id = "y", .protocol = "sticky"}), "INCONSISTENT_GROUP_PROTOCOL")
      << "x does not have it";
  EXPECT_EQ(join_classic({.version = 3}), "4 range") << "at once, without an id";
}

TEST_F(MigrationTest, MembersOfTheOtherProtocolAreUnknownToClassicRequests) {
  join_new("N");
  EXPECT_EQ(heartbeat("N", 2), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(sync("N", 2), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(heartbeat("nobody", 2), "UNKNOWN_MEMBER_ID");
  join_classic({.id = "x"});
  EXPECT_EQ(sync("x", 3, {}, "sticky"), "INCONSISTENT_GROUP_PROTOCOL");
  EXPECT_EQ(commit("x", 9, {{"t", 0}}), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit("x", 3, {{"t", 0}}, 8), ErrorCode::kNone);
}

TEST_F(MigrationTest, AClassicMemberMayGoOnWithTheOtherProtocol) {
  join_new("N");
  join_classic({.id = "x"});
  sync("x", 3);
  EXPECT_EQ(beat("x", 3), "3 null");
  EXPECT_EQ(heartbeat("x", 3), "UNKNOWN_MEMBER_ID");
}

TEST_F(MigrationTest, Groups_S79_WhenTheLastConsumerMemberLeavesTheGroupIsClassicAgain) {
  make_classic();
  join_new("N");
  EXPECT_EQ(beat("N", -1), "-1 null");
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(member, 2), "REBALANCE_IN_PROGRESS");
  const auto& asked = send_classic({.id = member});
  EXPECT_EQ(text(asked), "3 range");
  EXPECT_EQ(asked.answer().leader, member);
  EXPECT_EQ(beat("N", 2), "GROUP_ID_NOT_FOUND");
}

TEST_F(MigrationTest, Groups_S79_TheSameByItsSession) {
  make_classic();
  join_new("N");
  for (int i = 0; i < 9; ++i) {
    advance(5'000);
    heartbeat(member, 1);
  }
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(heartbeat(member, 2), "REBALANCE_IN_PROGRESS");
}

TEST_F(MigrationTest, ADowngradedGroupIsTheSameAfterARestart) {
  make_classic();
  join_new("N");
  beat("N", -1);
  reload();
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(heartbeat(member, 2), "NONE") << "Stable, as the log says";
}

TEST_F(MigrationTest, AMixedGroupIsTheSameAfterARestart) {
  make_classic();
  join_new("N");
  const auto before = shard().consumer().describe("g");
  reload();
  EXPECT_TRUE(wire::equal(shard().consumer().describe("g"), before));
  EXPECT_EQ(heartbeat(member, 1), "REBALANCE_IN_PROGRESS");
}

TEST_F(MigrationTest, Groups_S81_EmptyGroupsChangeTheirTypeAlways) {
  make_classic();
  GroupTest::ask(&GroupShard::leave, {.version = 3},
                 wire::LeaveGroupRequest{.group_id = "g", .members = {{.member_id = member}}});
  tick();
  ASSERT_EQ(state(), "Empty");
  written();
  EXPECT_EQ(join_new("N"), "2 [t0 t1 t2]");
  EXPECT_EQ(written(), "2T 5N 3(2) 7N 6(2) 8N(2,prev 0)");
  beat("N", -1);
  written();
  EXPECT_EQ(join_classic({.version = 3}), "1 range");
  EXPECT_EQ(written(), "6T 4T 3T 2(0,0 members)");
  EXPECT_EQ(type(), "classic");
}

TEST_F(MigrationTest, Groups_S82_AClassicInstanceReplacesTheOnlyConsumerMember) {
  EXPECT_EQ(beat(static_joining("s1", "i", Names{"t"})), "2 [t0 t1 t2]");
  const auto& asked = send_classic({.instance = "i"});
  EXPECT_EQ(text(asked), "2 range");
  EXPECT_EQ(asked.answer().leader, "");
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(state(), "Stable");
  const std::string id = asked.answer().member_id;
  EXPECT_EQ(sync(id, 2), "[t0 t1 t2]");
  EXPECT_EQ(beat(static_joining("s3", "i", Names{"t"})), "2 [t0 t1 t2]") << "without a new epoch";
  EXPECT_EQ(type(), "consumer");
}

TEST_F(MigrationTest, Groups_S82_WithOtherNamesAllJoinAgain) {
  beat(static_joining("s1", "i", Names{"t"}));
  const auto& asked = send_classic({.topics = {"u"}, .instance = "i"});
  EXPECT_EQ(text(asked), "0 range");
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(MigrationTest, Groups_S83_WhoIsToldToJoinAndDoesNotIsRemoved) {
  rebalance_ms = 2'000;
  make_classic();
  join_new("N");
  EXPECT_EQ(heartbeat(member, 1), "REBALANCE_IN_PROGRESS");
  advance(1'999);
  EXPECT_EQ(heartbeat(member, 1), "REBALANCE_IN_PROGRESS");
  advance(1);
  EXPECT_EQ(heartbeat(member, 1), "UNKNOWN_MEMBER_ID");
}

TEST_F(MigrationTest, Groups_S83_WhoJoinsAndDoesNotSyncIsRemoved) {
  join_new("N");
  join_classic({.id = "x", .rebalance_ms = 2'000});
  advance(1'999);
  EXPECT_EQ(heartbeat("x", 3), "NONE");
  advance(1);
  EXPECT_EQ(heartbeat("x", 3), "UNKNOWN_MEMBER_ID");
}

TEST_F(MigrationTest, Groups_S83_AClassicMemberHasItsOwnSession) {
  join_new("N");
  join_classic({.id = "x"});
  sync("x", 3);
  advance(9'999);
  EXPECT_EQ(heartbeat("x", 3), "NONE");
  advance(10'000);
  EXPECT_EQ(heartbeat("x", 3), "UNKNOWN_MEMBER_ID");
}

class UpgradeOnlyTest : public MigrationTest {
 protected:
  UpgradeOnlyTest() : MigrationTest({{"group.consumer.migration.policy", "upgrade"}}) {}
};

TEST_F(UpgradeOnlyTest, Groups_S80_TheGroupStaysAConsumerGroup) {
  make_classic();
  join_new("N");
  beat("N", -1);
  EXPECT_EQ(group_text(), "3/2 Assigning");
  EXPECT_EQ(join_classic({.id = member, .owned = {{"t", 0}, {"t", 1}, {"t", 2}}}), "3 range");
  EXPECT_EQ(sync(member, 3), "[t0 t1 t2]");
}

class DowngradeOnlyTest : public MigrationTest {
 protected:
  DowngradeOnlyTest() : MigrationTest({{"group.consumer.migration.policy", "downgrade"}}) {}
};

TEST_F(DowngradeOnlyTest, Groups_S80_NoUpgrade) {
  make_classic();
  EXPECT_EQ(ask(joining("N", Names{"t"})).error_message,
            "Cannot upgrade classic group g to consumer group because online upgrade is disabled.");
}

class NoMigrationTest : public MigrationTest {
 protected:
  NoMigrationTest() : MigrationTest({{"group.consumer.migration.policy", "disabled"}}) {}
};

TEST_F(NoMigrationTest, Groups_S80_NobodyJoinsWithTheOtherProtocol) {
  join_new("N");
  EXPECT_EQ(join_classic({.id = "x"}), "INCONSISTENT_GROUP_PROTOCOL");
}

}  // namespace
}  // namespace understudy::broker
