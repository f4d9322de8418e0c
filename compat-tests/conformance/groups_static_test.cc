// Static members of classic groups (KIP-345) and LeaveGroup. Scenarios 12 to 14 of section 15 of
// the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/groups.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using wire::Slice;

class StaticMember : public ClassicMember {
 public:
  StaticMember(TestGroup& group, std::string instance) : ClassicMember(group) {
    instance_id = std::move(instance);
  }
};

TEST(Groups, S12_AStaticMemberThatRestartsGetsItsAssignmentBack) {
  TestGroup group;
  ClassicMember leader(group);
  StaticMember before(group, "I1");
  form({&leader, &before});
  EXPECT_EQ(before.id.substr(0, 3), "I1-");
  StaticMember after(group, "I1");
  after.join();
  EXPECT_EQ(after.joined.error_code, ErrorCode::kNone);
  EXPECT_EQ(after.generation_id, 2);
  EXPECT_NE(after.id, before.id);
  EXPECT_EQ(after.joined.leader, leader.id);
  EXPECT_THAT(after.joined.members, IsEmpty());
  EXPECT_FALSE(after.joined.skip_assignment);
  EXPECT_EQ(group.state(), "Stable");
  EXPECT_EQ(leader.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(before.heartbeat(), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(before.sync().error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(before.join().error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(after.sync().assignment, Slice::copy_of(before.id));
  EXPECT_EQ(after.heartbeat(), ErrorCode::kNone);
  before.instance_id = std::nullopt;
  EXPECT_EQ(before.heartbeat(), ErrorCode::kUnknownMemberId);
}

TEST(Groups, S12_AStaticMemberThatComesBackWithOtherProtocolsRebalances) {
  TestGroup group;
  StaticMember before(group, "I1");
  before.protocols = {{.name = "range"}, {.name = "sticky"}};
  form({&before});
  StaticMember after(group, "I1");
  after.protocols = {{.name = "sticky"}};
  EXPECT_EQ(after.join().generation_id, 2);
  EXPECT_EQ(after.joined.protocol_name, "sticky");
  EXPECT_TRUE(after.is_leader());
}

TEST(Groups, S12_TheParkedJoinOfAReplacedMemberIsFenced) {
  TestGroup group;
  ClassicMember other(group);
  StaticMember before(group, "I1");
  form({&other, &before});
  before.subscribe({.topics = {"another"}});
  before.send_join();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  StaticMember after(group, "I1");
  after.send_join();
  const wire::JoinGroupResponse fenced = before.await_joined();
  EXPECT_EQ(fenced.error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(fenced.generation_id, -1);
  EXPECT_EQ(other.join().generation_id, 3);
  EXPECT_EQ(after.await_joined().generation_id, 3);
}

TEST(Groups, S12_TheParkedSyncOfAReplacedMemberIsFenced) {
  TestGroup group;
  ClassicMember leader(group);
  StaticMember before(group, "I1");
  rebalance({&leader, &before});
  before.send_sync();
  EXPECT_TRUE(before.waits());
  StaticMember after(group, "I1");
  after.send_join();
  EXPECT_EQ(before.await_synced().error_code, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(leader.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(leader.join().generation_id, 3);
  EXPECT_EQ(after.await_joined().generation_id, 3);
}

TEST(Groups, S13_AStaticLeaderThatRestartsSkipsTheAssignment) {
  TestGroup group;
  StaticMember before(group, "I1");
  form({&before});
  StaticMember after(group, "I1");
  after.join();
  EXPECT_EQ(after.generation_id, 1);
  EXPECT_TRUE(after.joined.skip_assignment);
  EXPECT_EQ(after.joined.leader, after.id);
  ASSERT_THAT(after.joined.members, SizeIs(1));
  EXPECT_EQ(after.joined.members[0].member_id, after.id);
  EXPECT_EQ(after.joined.members[0].group_instance_id, "I1");
  EXPECT_EQ(after.sync().assignment, Slice::copy_of(before.id));
}

TEST(Groups, S13_AnOldStaticLeaderThatRestartsIsNotToldThatItLeads) {
  TestGroup group;
  StaticMember before(group, "I1");
  form({&before});
  StaticMember after(group, "I1");
  after.version = 8;
  after.join();
  EXPECT_EQ(after.generation_id, 1);
  EXPECT_EQ(after.joined.leader, before.id);
  EXPECT_THAT(after.joined.members, IsEmpty());
  EXPECT_EQ(after.sync().assignment, Slice::copy_of(before.id));
}

TEST(Groups, S14_SeveralLeaveAtOnce) {
  TestGroup group;
  ClassicMember a(group);
  StaticMember b(group, "I1");
  ClassicMember c(group);
  form({&a, &b, &c});
  EXPECT_THAT(
      group.leave({{.member_id = c.id},
                   {.member_id = "unknown"},
                   {.member_id = "", .group_instance_id = "I9"},
                   {.member_id = ""},
                   {.member_id = c.id, .group_instance_id = "I1"}},
                  3),
      ElementsAre(Pair(c.id, ErrorCode::kNone), Pair("unknown", ErrorCode::kUnknownMemberId),
                  Pair("", ErrorCode::kUnknownMemberId), Pair("", ErrorCode::kUnknownMemberId),
                  Pair(c.id, ErrorCode::kFencedInstanceId)));
  EXPECT_EQ(c.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_THAT(group.leave({{.member_id = "", .group_instance_id = "I1"}}),
              ElementsAre(Pair("", ErrorCode::kNone)));
  EXPECT_EQ(b.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(a.join().generation_id, 3);
  EXPECT_THAT(a.joined.members, SizeIs(1));
}

TEST(Groups, S14_WhoIsNotThereCannotLeave) {
  TestGroup group;
  EXPECT_THAT(
      group.leave({{.member_id = "a"}, {.member_id = "", .group_instance_id = "I1"}}),
      ElementsAre(Pair("a", ErrorCode::kUnknownMemberId), Pair("", ErrorCode::kUnknownMemberId)));
  // Of a group that is there, also an id that was only given.
  ClassicMember pending(group);
  EXPECT_EQ(pending.join().error_code, ErrorCode::kMemberIdRequired);
  EXPECT_THAT(group.leave({{.member_id = pending.id}}),
              ElementsAre(Pair(pending.id, ErrorCode::kNone)));
  EXPECT_EQ(pending.join().error_code, ErrorCode::kUnknownMemberId);
  TestGroup nameless("");
  EXPECT_THAT(nameless.leave({{.member_id = "a"}}),
              ElementsAre(Pair("top level", ErrorCode::kInvalidGroupId)));
}

TEST(Groups, S14_AStaticMemberMayBeUnknownUnderItsInstance) {
  TestGroup group;
  StaticMember member(group, "I1");
  form({&member});
  StaticMember stranger(group, "I2");
  stranger.id = member.id;
  EXPECT_EQ(stranger.join().error_code, ErrorCode::kUnknownMemberId);
  stranger.instance_id = "I1";
  stranger.id = "I1-of-nobody";
  EXPECT_EQ(stranger.join().error_code, ErrorCode::kFencedInstanceId);
  // Without its instance it is known by its id.
  stranger.instance_id = std::nullopt;
  stranger.id = member.id;
  stranger.generation_id = 1;
  EXPECT_EQ(stranger.heartbeat(), ErrorCode::kNone);
}

}  // namespace
}  // namespace understudy::conformance
