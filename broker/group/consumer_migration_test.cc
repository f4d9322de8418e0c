// Groups whose members speak the classic protocol, the consumer protocol, or both (KIP-848).
#include <gtest/gtest.h>

#include "broker/group/classic_consumers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/consumer_records.h"
#include "broker/group/java_hash_map.h"
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
  Names more_protocols = {};
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
      for (const std::string& name : join.more_protocols) {
        request.protocols.push_back({.name = name, .metadata = wire::Slice::copy_of(metadata)});
      }
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

  void leave_classic() {
    GroupTest::ask(&GroupShard::leave, {.version = 3},
                   wire::LeaveGroupRequest{.group_id = "g", .members = {{.member_id = member}}});
    tick();
  }
  // Records as another program may have left them.
  void put_foreign(const std::vector<CoordinatorRecord>& records) {
    news.during([&] { shard().shard().write(records, [](ErrorCode) {}); });
  }
  static ConsumerMember foreign_member(const std::string& id) {
    ConsumerMember foreign{.id = id};
    foreign.rebalance_timeout_ms = 60'000;
    foreign.epoch = 2;
    foreign.classic.emplace();
    foreign.classic->session_timeout_ms = 10'000;
    return foreign;
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
  const std::string m = member;
  EXPECT_EQ(written(), "2(0,0 members) 2(1,1 members)");
  // In hash order.
  const auto of_both = [&](const std::string& type) {
    JavaHashMap<std::string, int> ids;
    ids[m] = ids["N"] = 0;
    std::string text;
    for (const auto& [id, nothing] : ids) text += type + id + " ";
    return text;
  };
  join_new("N");
  EXPECT_EQ(written(), "2T 5" + m + " 3(1) 7" + m + " 6(1) 8" + m + "(1,prev 1) 5N 3(2) " +
                           of_both("7") + "6(2) 8N(2,prev 0,state 2)");
  join_classic({.id = m, .owned = {{"t", 0}, {"t", 1}, {"t", 2}}});
  EXPECT_EQ(written(), "5" + m + " 8" + m + "(1,prev 1,state 1)");
  const std::string kept = sync(m, 1);
  join_classic({.id = m, .owned = {{"t", kept[2] - '0'}, {"t", kept[5] - '0'}}});
  EXPECT_EQ(written(), "5" + m + " 8" + m + "(2,prev 1)");
  beat("N", 2);
  EXPECT_EQ(written(), "8N(2,prev 2)");
  beat("N", -1);
  EXPECT_EQ(written(),
            of_both("8T") + of_both("7T") + "6T " + of_both("5T") + "4T 3T 2(2,1 members)");
  ASSERT_EQ(join_classic({.id = m}), "3 range");
  sync(m, 3, {{m, assignment_bytes({{"t", 0}})}});
  EXPECT_EQ(written(), "2(3,1 members)");
  leave_classic();
  EXPECT_EQ(written(), "2(4,0 members)");
  join_new("N");
  EXPECT_EQ(written(), "2T 5N 3(2) 7N 6(2) 8N(2,prev 0)");
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
  for (const std::string& id : {leader, follower}) {
    EXPECT_EQ(member_text(id).substr(0, 6), "2 [], ") << "nothing was assigned in this generation";
  }
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
  leave_classic();
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

TEST_F(MigrationTest, TwoOwnersOfOnePartitionAreNoConsumerGroup) {
  auto& first = send_classic({.version = 3});
  const std::string leader = first.answer().member_id;
  auto& second = send_classic({.version = 3});
  send_classic({.id = leader});
  const std::string follower = second.answer().member_id;
  auto& parked = send_sync(follower, 2);
  sync(leader, 2,
       {{leader, assignment_bytes({{"t", 0}, {"t", 1}})},
        {follower, assignment_bytes({{"t", 1}, {"t", 2}})}});
  ASSERT_EQ(sync_text(parked), "[t1 t2]");
  written();
  EXPECT_EQ(join_new("N"), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(written(), "");
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(heartbeat(leader, 2), "NONE");
}

TEST_F(MigrationTest, AnUpgradeThatTheDiskRefusesHasNotHappened) {
  make_classic();
  const auto before = told();
  storage.fail(true);
  EXPECT_EQ(join_new("N"), "NOT_COORDINATOR");
  storage.fail(false);
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(told(), before);
  advance(9'999);
  EXPECT_EQ(heartbeat(member, 1), "NONE") << "its session goes on";
  EXPECT_EQ(join_new("N"), "2 []");
}

TEST_F(MigrationTest, ADowngradeThatTheDiskRefusesHasNotHappened) {
  make_classic();
  join_new("N");
  const auto before = told();
  advance(5'000);
  storage.fail(true);
  EXPECT_EQ(beat("N", -1), "NOT_COORDINATOR");
  storage.fail(false);
  EXPECT_EQ(type(), "consumer");
  EXPECT_EQ(told(), before);
  advance(4'999);
  EXPECT_NE(member_text(member), "none");
  advance(1);
  EXPECT_EQ(member_text(member), "none") << "its session has gone on";
  EXPECT_EQ(beat("N", 2), "3 [t0 t1 t2]");
}

TEST_F(MigrationTest, ADowngradeBySessionThatTheDiskRefusesIsTriedAgain) {
  make_classic();
  join_new("N");
  for (int i = 0; i < 8; ++i) {
    advance(5'000);
    heartbeat(member, 1);
  }
  storage.fail(true);
  advance(5'000);
  storage.fail(false);
  EXPECT_EQ(type(), "consumer");
  advance(500);
  EXPECT_EQ(type(), "classic");
  EXPECT_EQ(told().back(),
            "group g: rebalance, generation 2: member N was not heard of for 45000 ms");
}

TEST_F(MigrationTest, AReplacementThatTheDiskRefusesHasNotHappened) {
  beat(static_joining("s1", "i", Names{"t"}));
  storage.fail(true);
  EXPECT_EQ(join_classic({.instance = "i"}), "NOT_COORDINATOR");
  storage.fail(false);
  EXPECT_EQ(type(), "consumer");
  EXPECT_EQ(beat({.id = "s1", .epoch = 2, .instance = "i"}), "2 null");
  advance(45'000);
  EXPECT_EQ(group_text(), "3/3 Empty");
}

TEST_F(MigrationTest, AJoinThatTheDiskRefusesMovesNoTimer) {
  join_new("N");
  join_classic({.id = "x", .rebalance_ms = 2'000});
  sync("x", 3);
  storage.fail(true);
  EXPECT_EQ(join_classic({.id = "x", .topics = {"u"}, .rebalance_ms = 2'000}), "NOT_COORDINATOR");
  storage.fail(false);
  advance(2'000);
  EXPECT_EQ(heartbeat("x", 3), "NONE") << "it need not sync";
}

TEST_F(MigrationTest, AHeartbeatIsAnsweredOnceWhatItShowsIsReplicated) {
  join_new("N");
  join_classic({.id = "x"});
  sync("x", 3);
  offsets_partition().hold_replication();
  const auto& joined = send_classic({.id = "y"});
  ASSERT_FALSE(joined.is_answered());
  const auto& asked =
      GroupTest::ask(&GroupShard::heartbeat, {.version = 4},
                     wire::HeartbeatRequest{.group_id = "g", .generation_id = 3, .member_id = "x"});
  EXPECT_FALSE(asked.is_answered());
  news.during([&] { offsets_partition().release_replication(); });
  EXPECT_EQ(asked.error(), ErrorCode::kRebalanceInProgress);
}

TEST_F(MigrationTest, AProtocolThatAllClassicMembersHaveIsEnough) {
  join_new("N");
  join_classic({.id = "x", .more_protocols = {"sticky"}});
  EXPECT_EQ(join_classic({.id = "y", .protocol = "roundrobin", .more_protocols = {"sticky"}}),
            "4 roundrobin");
  EXPECT_EQ(join_classic({.id = "z"}), "INCONSISTENT_GROUP_PROTOCOL") << "y has no range";
  EXPECT_EQ(join_classic({.id = "z", .protocol = "custom", .more_protocols = {"sticky"}}),
            "5 custom");
}

TEST_F(MigrationTest, AClassicMemberWithoutProtocolsIsToldSo) {
  join_new("N");
  put_foreign(
      {member_record("g", foreign_member("x")), assignment_record("g", foreign_member("x"))});
  EXPECT_EQ(sync("x", 2), "INCONSISTENT_GROUP_PROTOCOL");
  EXPECT_EQ(heartbeat("x", 2), "NONE");
}

TEST_F(MigrationTest, OfTwoMembersWithOneInstanceOneKeepsItInADowngrade) {
  join_new("N");
  std::vector<CoordinatorRecord> records;
  for (const char* id : {"x", "y"}) {
    ConsumerMember foreign = foreign_member(id);
    foreign.instance_id = "i";
    foreign.classic->supported_protocols.push_back(
        {.name = "range", .metadata = wire::Slice::copy_of(subscription_bytes({"t"}))});
    records.push_back(member_record("g", foreign));
    records.push_back(assignment_record("g", foreign));
  }
  put_foreign(records);
  EXPECT_EQ(beat("N", -1), "-1 null");
  ASSERT_EQ(type(), "classic");
  ClassicGroup& group = *shard().classic().find("g");
  EXPECT_EQ(*group.find_static("i"), "y") << "the last one to say so";
  EXPECT_EQ(group.find_member("x")->instance_id, std::nullopt);
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

TEST_F(NoMigrationTest, Groups_S80_NorAMemberFromBeforeARestart) {
  join_new("N");
  put_foreign(
      {member_record("g", foreign_member("x")), assignment_record("g", foreign_member("x"))});
  reload();
  EXPECT_EQ(heartbeat("x", 2), "NONE");
  EXPECT_EQ(join_classic({.id = "x"}), "INCONSISTENT_GROUP_PROTOCOL");
}

class ShortSessionTest : public MigrationTest {
 protected:
  ShortSessionTest()
      : MigrationTest({{"group.consumer.min.session.timeout.ms", "1000"},
                       {"group.consumer.session.timeout.ms", "2000"},
                       {"group.consumer.min.heartbeat.interval.ms", "100"},
                       {"group.consumer.heartbeat.interval.ms", "500"}}) {}
};

TEST_F(ShortSessionTest, Groups_S83_AClassicMembersSessionMayBeLongerThanTheGroups) {
  join_new("N");
  join_classic({.id = "x"});
  sync("x", 3);
  for (int i = 0; i < 9; ++i) {
    advance(1'000);
    beat("N", 2);
  }
  advance(999);
  EXPECT_NE(member_text("x"), "none");
  advance(1);
  EXPECT_EQ(member_text("x"), "none");
  EXPECT_NE(member_text("N"), "none");
}

}  // namespace
}  // namespace understudy::broker
