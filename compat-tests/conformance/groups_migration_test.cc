// Groups in which members of both protocols are, and how a group changes from one type to the
// other. Scenarios 37, 75 to 79 and 81 to 83 of section 15 of the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using wire::Slice;

using Owned = std::vector<std::pair<std::string, Partitions>>;

// What a SyncGroup gave of the one topic of a scenario.
Partitions partitions_in(const wire::SyncGroupResponse& synced, const TestTopic& topic) {
  EXPECT_EQ(synced.error_code, ErrorCode::kNone);
  if (synced.error_code != ErrorCode::kNone) return {};
  return assigned_in(synced.assignment)[topic.name()];
}

// A classic group, generation 2, of which `a` has partitions 0 and 1, and `b` partition 2.
class ClassicPair {
 public:
  ClassicPair() {
    for (ClassicMember* const member : {&a, &b}) {
      member->rebalance_timeout_ms = 20'000;
      member->subscribe({.topics = {topic.name()}});
    }
    rebalance({&a, &b});
  }

  ClassicMember::Plan plan() const {
    return {{.member_id = a.id, .assignment = conformance::assignment_of(topic.name(), {0, 1})},
            {.member_id = b.id, .assignment = conformance::assignment_of(topic.name(), {2})}};
  }
  void settle_as_planned() {
    b.send_sync();
    EXPECT_EQ(a.sync(plan()).error_code, ErrorCode::kNone);
    EXPECT_EQ(b.await_synced().error_code, ErrorCode::kNone);
  }
  void owns(ClassicMember& member, const Partitions& partitions) const {
    member.subscribe({.topics = {topic.name()}, .owned = {{topic.name(), partitions}}});
  }

  ConsumedTopic topic{3};
  TestGroup group;
  ClassicMember a{group};
  ClassicMember b{group};
};

// A consumer group of two members, each with one of two partitions at epoch 2: `classic`, from
// whose group it was made, and `modern`.
class MixedPair {
 public:
  explicit MixedPair(const Configs& configs = {}) {
    if (!configs.empty()) configure(group, configs);
    classic.subscribe({.topics = {topic.name()}});
    rebalance({&classic});
    classic.sync({{.member_id = classic.id,
                   .assignment = conformance::assignment_of(topic.name(), {0, 1})}});
    EXPECT_EQ(modern.join({topic.name()}), assigned(2, kNoPartitions));
    rejoin({0, 1}, 1);
    rejoin({0}, 2);
    EXPECT_EQ(modern.beat(), assigned(2, of(topic, {1})));
  }

  // Joins as the owner of these, and gets partition 0 at this generation.
  void rejoin(const Partitions& owned, std::int32_t generation_id) {
    classic.subscribe({.topics = {topic.name()}, .owned = {{topic.name(), owned}}});
    EXPECT_EQ(classic.join().generation_id, generation_id);
    EXPECT_THAT(partitions_in(classic.sync(), topic), ElementsAre(0));
  }

  ConsumedTopic topic{2};
  TestGroup group;
  ClassicMember classic{group};
  ConsumerMember modern{group};
};

TEST(Groups, S37_AClassicMemberJoinsAConsumerGroup) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember first(group);
  first.join({topic.name()});
  ClassicMember second(group);
  second.id = "x";
  second.subscribe({.topics = {topic.name()}});
  const wire::JoinGroupResponse joined = second.join();
  EXPECT_EQ(joined.error_code, ErrorCode::kNone);
  EXPECT_EQ(joined.generation_id, 3);
  EXPECT_EQ(joined.member_id, "x");
  EXPECT_EQ(joined.leader, "");
  EXPECT_THAT(joined.members, IsEmpty());
  EXPECT_EQ(joined.protocol_type, "consumer");
  EXPECT_EQ(joined.protocol_name, "range");
  EXPECT_FALSE(joined.skip_assignment);
  EXPECT_EQ(epochs(group), "3/3 Reconciling");
  EXPECT_EQ(described_member(group, "x").member_type, 0);
  EXPECT_EQ(described_member(group, first.id).member_type, 1);
}

TEST(Groups, S75_AConsumerMemberJoinsAClassicGroup) {
  ClassicPair pair;
  pair.settle_as_planned();
  ConsumerMember n(pair.group, "N");
  EXPECT_EQ(n.join({pair.topic.name()}), assigned(3, kNoPartitions));
  EXPECT_EQ(epochs(pair.group), "3/3 Reconciling");
  EXPECT_EQ(pair.group.listed()->group_type, "consumer");
  for (ClassicMember* const member : {&pair.a, &pair.b}) {
    EXPECT_EQ(member->heartbeat(), ErrorCode::kRebalanceInProgress);
    EXPECT_EQ(member->sync().error_code, ErrorCode::kRebalanceInProgress);
    for (const std::int32_t wrong : {1, 3}) {
      member->generation_id = wrong;
      EXPECT_EQ(member->heartbeat(), ErrorCode::kIllegalGeneration);
      EXPECT_EQ(member->sync().error_code, ErrorCode::kIllegalGeneration);
    }
    member->generation_id = 2;
  }
  pair.owns(pair.a, {0, 1});
  EXPECT_EQ(pair.a.join().generation_id, 2);
  EXPECT_THAT(partitions_in(pair.a.sync(), pair.topic), ElementsAre(0));
  EXPECT_EQ(pair.a.heartbeat(), ErrorCode::kRebalanceInProgress);
  pair.owns(pair.a, {0});
  EXPECT_EQ(pair.a.join().generation_id, 3);
  EXPECT_THAT(partitions_in(pair.a.sync(), pair.topic), ElementsAre(0));
  EXPECT_EQ(pair.a.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(n.beat(), assigned(3, of(pair.topic, {1})));
  pair.owns(pair.b, {2});
  EXPECT_EQ(pair.b.join().generation_id, 3);
  EXPECT_THAT(partitions_in(pair.b.sync(), pair.topic), ElementsAre(2));
  EXPECT_EQ(epochs(pair.group), "3/3 Stable");
}

TEST(Groups, S75_WhoUsesTheWrongProtocol) {
  MixedPair pair;
  ClassicMember stranger(pair.group);
  stranger.joined = pair.classic.joined;
  stranger.id = pair.modern.id;
  stranger.generation_id = 2;
  EXPECT_EQ(stranger.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(stranger.sync().error_code, ErrorCode::kUnknownMemberId);
  stranger.id = pair.classic.id;
  stranger.joined.protocol_name = "sticky";
  EXPECT_EQ(stranger.sync().error_code, ErrorCode::kInconsistentGroupProtocol);
  // Epochs of a classic member are generations, in every version.
  EXPECT_EQ(pair.classic.commit(pair.topic, {.offset = 1}, 8), ErrorCode::kNone);
  EXPECT_EQ(stranger.commit(pair.topic, {.offset = 1}), ErrorCode::kNone);
  stranger.generation_id = 3;
  EXPECT_EQ(stranger.commit(pair.topic, {.offset = 1}), ErrorCode::kIllegalGeneration);
  const auto fetched =
      pair.group.client().ask(wire::OffsetFetchRequest{.groups = {{.group_id = pair.group.id(),
                                                                   .member_id = pair.classic.id,
                                                                   .member_epoch = 3,
                                                                   .topics = std::nullopt}}},
                              9);
  EXPECT_EQ(fetched.groups.at(0).error_code, ErrorCode::kIllegalGeneration);
  // One heartbeat of the other protocol changes it over.
  ConsumerMember changed(pair.group, pair.classic.id);
  changed.epoch = 2;
  EXPECT_EQ(changed.beat().error_code, ErrorCode::kNone);
  EXPECT_EQ(described_member(pair.group, changed.id).member_type, 1);
  EXPECT_EQ(pair.classic.heartbeat(), ErrorCode::kUnknownMemberId);
}

TEST(Groups, S76_AnUpgradeAnswersAParkedJoin) {
  ClassicPair pair;
  pair.settle_as_planned();
  pair.b.protocols.push_back({.name = "sticky", .metadata = pair.b.protocols[0].metadata});
  pair.b.send_join();
  EXPECT_TRUE(pair.group.awaits_state("PreparingRebalance"));
  ConsumerMember n(pair.group);
  EXPECT_EQ(n.join({pair.topic.name()}), assigned(3, kNoPartitions));
  const wire::JoinGroupResponse answer = pair.b.await_joined();
  EXPECT_EQ(answer.error_code, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(answer.member_id, pair.b.id);
}

TEST(Groups, S76_AnUpgradeAnswersAParkedSync) {
  ClassicPair pair;
  pair.b.send_sync();
  EXPECT_TRUE(pair.b.waits());
  ConsumerMember n(pair.group, "N");
  EXPECT_EQ(n.join({pair.topic.name()}).epoch, 3);
  EXPECT_EQ(pair.b.await_synced().error_code, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(pair.a.sync(pair.plan()).error_code, ErrorCode::kRebalanceInProgress);
  for (const ClassicMember* const member : {&pair.a, &pair.b}) {
    EXPECT_EQ(assignment_of(described_member(pair.group, member->id).assignment), kNoPartitions);
  }
}

// A classic group of one member, which gave itself this assignment; a consumer member is refused.
void expect_no_upgrade(const std::string& protocol_type, const Slice& assignment,
                       const std::string& reason) {
  SCOPED_TRACE(reason);
  TestGroup group;
  ClassicMember member(group);
  member.protocol_type = protocol_type;
  rebalance({&member});
  member.sync({{.member_id = member.id, .assignment = assignment}});
  ConsumerMember n(group);
  EXPECT_EQ(n.join({"any"}), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_THAT(n.answer().error_message.value_or(""), testing::HasSubstr(reason));
  EXPECT_EQ(group.state(), "Stable");
  EXPECT_EQ(member.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(member.sync().assignment, assignment);
}

TEST(Groups, S77_WhatCannotBeUpgraded) {
  expect_no_upgrade("connect", Slice(), "does not use the consumer embedded protocol");
  expect_no_upgrade("consumer", Slice::copy_of("x"), "embedded consumer protocol is malformed");
  expect_no_upgrade("consumer", conformance::assignment_of("t", {0}, "custom"),
                    "an unsupported custom assignor is in use");
}

TEST(Groups, S77_UserDataInASubscriptionIsNoObstacle) {
  ConsumedTopic topic(1);
  TestGroup group;
  ClassicMember member(group);
  member.subscribe({.topics = {topic.name()}, .user_data = "sticky"});
  rebalance({&member});
  member.sync(
      {{.member_id = member.id, .assignment = conformance::assignment_of(topic.name(), {0})}});
  ConsumerMember n(group);
  EXPECT_EQ(n.send({.member_epoch = 2}), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(n.leave(), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(n.join({topic.name()}).error_code, ErrorCode::kNone);
  EXPECT_EQ(group.consumer_described().members.size(), 2u);
}

TEST(Groups, S78_JoinGroupToAConsumerGroup) {
  ConsumedTopic topic(1);
  TestGroup group;
  ConsumerMember modern(group);
  modern.join({topic.name()});
  ClassicMember first(group);
  first.version = 3;
  first.subscribe({.topics = {topic.name()}});
  EXPECT_EQ(first.join().error_code, ErrorCode::kNone) << "without an id";
  EXPECT_EQ(first.id.size(), 22u);
  ClassicMember other(group);
  EXPECT_EQ(other.join().error_code, ErrorCode::kMemberIdRequired);
  EXPECT_EQ(other.id.size(), 22u);
  const auto error_of = [&](const auto& change) {
    ClassicMember member(group);
    member.id = "x";
    change(member);
    const wire::JoinGroupResponse answer = member.join();
    if (answer.error_code != ErrorCode::kNone) {
      EXPECT_EQ(answer.generation_id, -1);
      EXPECT_THAT(answer.members, IsEmpty());
    }
    return answer.error_code;
  };
  constexpr ErrorCode kInconsistent = ErrorCode::kInconsistentGroupProtocol;
  EXPECT_EQ(error_of([](auto& member) { member.protocol_type = "connect"; }), kInconsistent);
  EXPECT_EQ(error_of([](auto& member) { member.protocols = {}; }), kInconsistent);
  EXPECT_EQ(error_of([](auto& member) { member.protocols[0].name = "sticky"; }), kInconsistent);
  const ErrorCode malformed = is_kafka_4_4() ? kInconsistent : ErrorCode::kUnknownServerError;
  EXPECT_EQ(error_of([](auto& member) { member.protocols[0].metadata = Slice(); }), malformed);
  EXPECT_EQ(error_of([&](auto& member) {
              const Slice whole = subscription_of({.topics = {topic.name()}});
              member.protocols[0].metadata = whole.sub(0, 8);
            }),
            malformed);
  // An id is given first, whatever the metadata.
  EXPECT_EQ(error_of([](auto& member) {
              member.id = "";
              member.protocols[0].metadata = Slice();
            }),
            ErrorCode::kMemberIdRequired);
  EXPECT_EQ(error_of([](auto& member) { member.session_timeout_ms = 100; }),
            ErrorCode::kInvalidSessionTimeout);
  EXPECT_EQ(error_of([](auto& member) { member.instance_id = "I9"; }), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(error_of([](auto&) {}), ErrorCode::kNone);
}

TEST(Groups, S79_TheGroupIsClassicAgainWhenTheLastConsumerMemberLeaves) {
  MixedPair pair;
  EXPECT_EQ(pair.modern.leave(), unchanged(-1));
  EXPECT_EQ(pair.group.state(), "PreparingRebalance");
  EXPECT_EQ(pair.group.listed()->group_type, "classic");
  EXPECT_EQ(pair.classic.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(pair.modern.beat(), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(pair.classic.join().generation_id, 3);
  EXPECT_TRUE(pair.classic.is_leader());
}

TEST(Groups, S79_TheGroupIsClassicAgainWhenTheLastConsumerMemberExpires) {
  MixedPair pair(
      {{"consumer.heartbeat.interval.ms", "1000"}, {"consumer.session.timeout.ms", "1500"}});
  EXPECT_TRUE(pair.group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(pair.classic.heartbeat(), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(pair.classic.join().generation_id, 3);
}

TEST(Groups, S81_EmptyGroupsChangeTheirType) {
  ConsumedTopic topic(1);
  TestGroup group;
  ClassicMember classic(group);
  form({&classic});
  EXPECT_EQ(classic.commit(topic, {.offset = 5}), ErrorCode::kNone);
  EXPECT_EQ(classic.leave(), ErrorCode::kNone);
  ConsumerMember modern(group);
  EXPECT_EQ(modern.join({topic.name()}), assigned(2, of(topic, {0})));
  EXPECT_EQ(group.offset(topic), 5);
  EXPECT_EQ(modern.leave(), unchanged(-1));
  ClassicMember again(group);
  EXPECT_EQ(again.enter().generation_id, 1);
  EXPECT_EQ(group.offset(topic), 5);
}

TEST(Groups, S82_AStaticMemberChangesItsProtocol) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember before(group, "s1");
  before.instance_id = "I1";
  before.join({topic.name()});
  // A group of classic members alone has to be left, or it stays a consumer group.
  ClassicMember classic(group);
  classic.instance_id = "I1";
  classic.subscribe({.topics = {topic.name()}});
  EXPECT_EQ(classic.join().generation_id, 2);
  EXPECT_EQ(classic.joined.leader, "");
  EXPECT_THAT(partitions_in(classic.sync(), topic), ElementsAre(0, 1));
  EXPECT_EQ(group.state(), "Stable");
  EXPECT_EQ(classic.heartbeat(), ErrorCode::kNone);
  ConsumerMember after(group, "s2");
  after.instance_id = "I1";
  EXPECT_EQ(after.join({topic.name()}), assigned(2, of(topic, {0, 1})));
  EXPECT_EQ(epochs(group), "2/2 Stable");

  ClassicMember other(group);
  other.instance_id = "I1";
  other.subscribe({.topics = {topic.name(), "another"}});
  EXPECT_EQ(other.join().generation_id, 0);
  EXPECT_EQ(group.state(), "PreparingRebalance");
}

TEST(Groups, S83_AClassicMemberThatDoesNotJoinInTimeIsRemoved) {
  ConsumedTopic topic(2);
  TestGroup group;
  ClassicMember classic(group);
  classic.rebalance_timeout_ms = 700;
  classic.subscribe({.topics = {topic.name()}});
  rebalance({&classic});
  classic.sync(
      {{.member_id = classic.id, .assignment = conformance::assignment_of(topic.name(), {0, 1})}});
  ConsumerMember modern(group);
  modern.join({topic.name()});
  EXPECT_EQ(classic.heartbeat(), ErrorCode::kRebalanceInProgress);
  const std::int64_t told_at = now_ms();
  ErrorCode latest{};
  EXPECT_TRUE(eventually([&] {
    latest = classic.heartbeat();
    return latest != ErrorCode::kRebalanceInProgress;
  }));
  EXPECT_EQ(latest, ErrorCode::kUnknownMemberId);
  EXPECT_GE(now_ms() - told_at, 600);
  EXPECT_EQ(modern.await_news().assignment, of(topic, {0, 1}));
}

TEST(Groups, S83_AClassicMemberThatDoesNotSyncInTimeIsRemoved) {
  ConsumedTopic topic(1);
  TestGroup group;
  ConsumerMember modern(group);
  modern.join({topic.name()});
  ClassicMember classic(group);
  classic.id = "x";
  classic.rebalance_timeout_ms = 700;
  EXPECT_EQ(classic.join().error_code, ErrorCode::kNone);
  EXPECT_EQ(classic.heartbeat(), ErrorCode::kNone);
  ErrorCode latest{};
  EXPECT_TRUE(eventually([&] {
    latest = classic.heartbeat();
    return latest != ErrorCode::kNone;
  }));
  EXPECT_EQ(latest, ErrorCode::kUnknownMemberId);
}

TEST(Groups, S83_AClassicMemberHasItsOwnSession) {
  ConsumedTopic topic(1);
  TestGroup group;
  configure(group,
            {{"consumer.heartbeat.interval.ms", "1000"}, {"consumer.session.timeout.ms", "1500"}});
  ConsumerMember modern(group);
  ConsumerMember silent(group);
  ClassicMember classic(group);
  modern.join({topic.name()});
  classic.id = "x";
  classic.session_timeout_ms = 20'000;
  EXPECT_EQ(classic.join().error_code, ErrorCode::kNone);
  EXPECT_EQ(classic.sync().error_code, ErrorCode::kNone);
  silent.join({});
  // The silent one goes by the session of the group, and the classic one was silent for longer.
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(modern.beat().error_code, ErrorCode::kNone);
    return group.consumer_described().members.size() == 2;
  }));
  EXPECT_EQ(silent.beat(), refused(ErrorCode::kUnknownMemberId));
  EXPECT_NE(classic.heartbeat(), ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace understudy::conformance
