// What the log has of classic groups, and what comes back from it.
#include "broker/group/classic_records.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/group/testing/classic_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Texts = std::vector<std::string>;

class ClassicRecords : public ClassicTest {
 protected:
  using ClassicTest::ClassicTest;

  void write(const wire::GroupMetadataValue& value, wire::Version version = 3) {
    news.during([&] {
      shard().shard().write({record_of(wire::GroupMetadataKey{.group = "g"}, value, version)},
                            [](ErrorCode error) { EXPECT_EQ(error, ErrorCode::kNone); });
    });
  }
};

// The first of groups.md 12.1 (its commits are another test's).
TEST_F(ClassicRecords, Groups_S93_TheFirstStory) {
  const std::string a = given_id();
  EXPECT_EQ(group_records(), (Texts{"2 gen 0 [0]"})) << "already with the id";
  join({.id = a});
  tick();
  EXPECT_EQ(group_records().size(), 1u) << "a round that is not synced";
  sync({.id = a, .assignments = {{a, "x"}}});
  EXPECT_EQ(group_records(), (Texts{"2 gen 0 [0]", "2 gen 1 [1]"}));
  const auto& b = join_new({});
  join({.id = a});
  const std::string follower = b.answer().member_id;
  sync({.id = follower, .generation = 2});
  sync({.id = a, .generation = 2});
  heartbeat(a, 2);
  sync({.id = follower, .generation = 2});
  EXPECT_EQ(group_records(), (Texts{"2 gen 0 [0]", "2 gen 1 [1]", "2 gen 2 [2]"}));
  leave({{.id = a}});
  EXPECT_EQ(group_records().size(), 3u) << "somebody is left";
  leave({{.id = follower}});
  EXPECT_EQ(group_records(), (Texts{"2 gen 0 [0]", "2 gen 1 [1]", "2 gen 2 [2]", "2 gen 3 [0]"}));
  const wire::GroupMetadataValue last = last_group_record();
  EXPECT_EQ(last.protocol_type, "consumer");
  EXPECT_EQ(last.protocol, std::nullopt);
  EXPECT_EQ(last.leader, std::nullopt);
  EXPECT_EQ(last.current_state_timestamp, clock.wall_ms());
}

TEST_F(ClassicRecords, HaveAllThatIsKnownOfAMember) {
  const TwoMembers two = two_members({.protocols = {{"range", "one"}, {"sticky", "other"}},
                                      .session_ms = 7'000,
                                      .rebalance_ms = 8'000,
                                      .client = "app",
                                      .host = "10.9.8.7"},
                                     {.instance = "i1"});
  const wire::GroupMetadataValue value = last_group_record();
  EXPECT_EQ(value.generation, 1);
  EXPECT_EQ(value.protocol_type, "consumer");
  EXPECT_EQ(value.protocol, "range");
  EXPECT_EQ(value.leader, two.leader);
  ASSERT_EQ(value.members.size(), 2u);
  const bool is_first = value.members[0].member_id == two.leader;
  const auto& leader = value.members[is_first ? 0 : 1];
  EXPECT_EQ(leader.group_instance_id, std::nullopt);
  EXPECT_EQ(leader.client_id, "app");
  EXPECT_EQ(leader.client_host, "/10.9.8.7");
  EXPECT_EQ(leader.session_timeout, 7'000);
  EXPECT_EQ(leader.rebalance_timeout, 8'000);
  EXPECT_EQ(leader.subscription.view(), "one");
  EXPECT_EQ(leader.assignment.view(), "of " + two.leader);
  EXPECT_EQ(value.members[is_first ? 1 : 0].group_instance_id, "i1");
  EXPECT_EQ(stored_prefix(*records().back().value), 3);
}

TEST_F(ClassicRecords, Groups_S90_AStableGroupComesBackAsItWasSynced) {
  const TwoMembers two = two_members({}, {.instance = "i1"});
  const std::string before = described();
  reload();
  EXPECT_EQ(described(), before);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(two.leader, 1), ErrorCode::kNone);
  EXPECT_EQ(heartbeat(two.follower, 1, "i1"), ErrorCode::kNone);
  EXPECT_EQ(sync({.id = two.follower}).answer().assignment.view(), "of " + two.follower);
  EXPECT_EQ(join({.id = two.follower}).answer().generation_id, 1);
}

TEST_F(ClassicRecords, Groups_S90_OnlyTheChosenProtocolIsKnownAfterwards) {
  const std::string id = one_member({.protocols = {{"range", "a"}, {"sticky", "b"}}});
  reload();
  EXPECT_EQ(join({.protocols = {{"sticky", "b"}}}).error(), ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.id = id, .protocols = {{"range", "a"}, {"sticky", "b"}}}).is_answered(), true)
      << "it is alone, so this completes at once";
}

TEST_F(ClassicRecords, Groups_S90_AFirstRoundThatWasNotSyncedIsLost) {
  const auto& joined = join_new({});
  tick();
  const std::string id = joined.answer().member_id;
  reload();
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 0);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(sync({.id = id}).error(), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicRecords, Groups_S90_OfALaterRoundTheGenerationBeforeComesBack) {
  const std::string a = one_member();
  const auto& b = join_new({});
  join({.id = a});
  EXPECT_EQ(group().generation(), 2);
  reload();
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(group().generation(), 1);
  EXPECT_EQ(heartbeat(a, 1), ErrorCode::kNone);
  EXPECT_EQ(heartbeat(b.answer().member_id, 2), ErrorCode::kUnknownMemberId);
}

TEST_F(ClassicRecords, PendingIdsAreForgotten) {
  const std::string a = one_member();
  given_id();
  reload();
  EXPECT_EQ(group().pending_join_count(), 0u);
  EXPECT_EQ(join({.id = a}).answer().generation_id, 2);
}

TEST_F(ClassicRecords, SessionsBeginAnewWithTheLoad) {
  one_member();
  advance(9'000);
  reload();
  tick();
  advance(9'999);
  EXPECT_EQ(state(), "Stable");
  advance(1);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(group().generation(), 2);
}

TEST_F(ClassicRecords, Groups_S92_WhoWaitsIsToldThatTheCoordinatorIsElsewhere) {
  const TwoMembers two = two_members();
  const auto& joining = join({.id = two.leader});
  group_id = "h";
  join_new({});
  const auto& other = join_new({});
  tick();
  const auto& syncing = sync({.id = other.answer().member_id});
  reload();
  EXPECT_EQ(joining.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(joining.answer().member_id, two.leader);
  EXPECT_EQ(syncing.error(), ErrorCode::kNotCoordinator);
}

TEST_F(ClassicRecords, Groups_S92_AStopInOrderIsTheSame) {
  const TwoMembers two = two_members();
  const auto& joining = join({.id = two.leader});
  group_id = "h";
  join_new({});
  const auto& other = join_new({});
  tick();
  const auto& syncing = sync({.id = other.answer().member_id});
  news.during([&] { groups.stop(); });
  EXPECT_EQ(joining.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(syncing.error(), ErrorCode::kNotCoordinator);
}

// Its answers come from the write that is under way.
TEST_F(ClassicRecords, SoIsALeaderWhoseAssignmentsAreNotReplicatedYet) {
  const auto& a = join_new({});
  tick();
  const std::string leader = a.answer().member_id;
  offsets_partition().hold_replication();
  const auto& syncing = sync({.id = leader, .assignments = {{leader, "x"}}});
  group_id = "h";
  const auto& first = join({.version = 3});
  reload();
  EXPECT_EQ(syncing.error(), ErrorCode::kNotCoordinator);
  EXPECT_EQ(first.error(), ErrorCode::kNotCoordinator);
}

TEST_F(ClassicRecords, ATombstoneRemovesTheGroup) {
  one_member();
  leave({{.id = group().leader_id()}});
  std::vector<CoordinatorRecord> tombstones;
  group().add_tombstones(tombstones);
  ASSERT_EQ(tombstones.size(), 1u);
  news.during([&] { shard().shard().write(tombstones, [](ErrorCode) {}); });
  EXPECT_FALSE(has_group());
  EXPECT_EQ(group_records().back(), "2T");
  reload();
  EXPECT_FALSE(has_group());
  news.during([&] { shard().shard().write(tombstones, [](ErrorCode) {}); });
  EXPECT_FALSE(has_group()) << "of a group that is not there";
}

TEST_F(ClassicRecords, GroupsOfOlderReleasesAreRead) {
  wire::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = 4;
  value.protocol = "range";
  value.leader = "m";
  value.current_state_timestamp = 5;
  value.members.push_back({.member_id = "m",
                           .client_id = "c",
                           .client_host = "/h",
                           .rebalance_timeout = 8'000,
                           .session_timeout = 7'000,
                           .subscription = wire::Slice::copy_of(subscription({"t"}))});
  for (const wire::Version version : {0, 1, 2, 3, 4}) {
    write(value, version);
    EXPECT_EQ(state(), "Stable");
    EXPECT_EQ(group().generation(), 4);
    EXPECT_EQ(group().leader_id(), "m");
    EXPECT_EQ(group().find_member("m")->rebalance_timeout_ms, version == 0 ? 7'000 : 8'000);
    EXPECT_EQ(group().details().state_since_ms, version < 2 ? -1 : 5);
    EXPECT_FALSE(group().is_subscribed_to("other"));
  }
}

// What no Kafka writes must not stop a start.
TEST_F(ClassicRecords, OddGroupsAreReadAsFarAsTheyMakeSense) {
  wire::GroupMetadataValue value;
  value.leader = "nobody";
  value.members.push_back({.member_id = "m", .group_instance_id = "i"});
  value.members.push_back({.member_id = "m"});
  value.members.push_back({.member_id = "n", .group_instance_id = "i"});
  write(value);
  EXPECT_EQ(group().members().size(), 1u);
  EXPECT_EQ(group().leader_id(), "m");
  EXPECT_EQ(join({.protocols = {{"", ""}}, .type = ""}).error(), ErrorCode::kMemberIdRequired);
  news.during([&] {
    shard().shard().write(
        {{.key = wire::Slice::copy_of(std::string("\0\2\0", 3)), .value = wire::Slice::copy_of("")},
         {.key = tombstone_of(wire::GroupMetadataKey{.group = "g"}).key,
          .value = wire::Slice::copy_of(std::string("\0\x63", 2))}},
        [](ErrorCode) {});
  });
  EXPECT_EQ(state(), "Stable");
}

// The limit was lowered while the broker was down.
class ShrunkClassicRecords : public ClassicRecords {
 protected:
  ShrunkClassicRecords() : ClassicRecords({.properties = {{"group.max.size", "2"}}}) {}
};

TEST_F(ShrunkClassicRecords, TooManyMembersForTheLimitHaveToJoinAgain) {
  wire::GroupMetadataValue value;
  value.protocol_type = "consumer";
  value.generation = 2;
  value.protocol = "range";
  value.leader = "a";
  for (const char* const id : {"a", "b", "c"}) {
    value.members.push_back(
        {.member_id = id, .rebalance_timeout = 60'000, .session_timeout = 10'000});
  }
  write(value);
  reload();
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(told().back(),
            "group g: rebalance, generation 2: more members than group.max.size, which is 2");
  EXPECT_EQ(heartbeat("a", 2), ErrorCode::kRebalanceInProgress);
  const auto& a = join({.id = "a", .protocols = {{"range", ""}}});
  join({.id = "b", .protocols = {{"range", ""}}});
  EXPECT_EQ(join({.id = "c", .protocols = {{"range", ""}}}).error(),
            ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(group().find_member("c"), nullptr);
  EXPECT_TRUE(told().back().ends_with("member c left, generation 2: group.max.size is reached"));
  EXPECT_FALSE(a.is_answered()) << "as in Kafka, it does not complete by that";
  advance(60'000);
  EXPECT_EQ(a.answer().generation_id, 3);
}

}  // namespace
}  // namespace understudy::broker
