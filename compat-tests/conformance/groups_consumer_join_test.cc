// Consumer groups (KIP-848): joining, subscriptions, epochs, and how partitions change hands.
// Scenarios 29 to 32 and 44 to 53 of section 15 of the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;
using wire::ApiKey;

using Heartbeat = wire::ConsumerGroupHeartbeatRequest;

// A join as it should be, for one thing to be wrong with it.
Heartbeat good_join(const TestTopic& topic) {
  return {.rebalance_timeout_ms = 30'000,
          .subscribed_topic_names = {{topic.name()}},
          .topic_partitions = {{}}};
}

TEST(Groups, S29_AJoinHasToBeWhole) {
  TestTopic topic;
  TestGroup group;
  ConsumerMember member(group);
  const auto error_of = [&](const auto& change) {
    Heartbeat request = good_join(topic);
    change(request);
    const Beat beat = member.send(request);
    return beat.error_code;
  };
  constexpr ErrorCode kInvalid = ErrorCode::kInvalidRequest;
  EXPECT_EQ(error_of([](auto& request) { request.rebalance_timeout_ms = -1; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.topic_partitions = std::nullopt; }), kInvalid);
  EXPECT_EQ(error_of([&](auto& request) {
              request.topic_partitions = {{{.topic_id = topic.id(), .partitions = {0}}}};
            }),
            kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.subscribed_topic_names = std::nullopt; }),
            kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.instance_id = ""; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.rack_id = ""; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.rack_id = "  "; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.member_epoch = -2; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.member_epoch = -3; }), kInvalid);
  EXPECT_EQ(error_of([](auto& request) { request.server_assignor = "foo"; }),
            ErrorCode::kUnsupportedAssignor);
  EXPECT_TRUE(member.answer().error_message.has_value());
  member.id = "";
  EXPECT_EQ(error_of([](auto&) {}), kInvalid);
  TestGroup nameless("");
  EXPECT_EQ(ConsumerMember(nameless).join({topic.name()}), refused(kInvalid));
  EXPECT_EQ(group.listed(), std::nullopt);
}

TEST(Groups, S29_AnOldMemberGetsAnId) {
  TestTopic topic;
  TestGroup group;
  ConsumerMember member(group, "");
  EXPECT_EQ(member.send(good_join(topic), 0).error_code, ErrorCode::kNone);
  const std::string id = member.answer().member_id.value_or("");
  EXPECT_EQ(id.size(), 22u);
  EXPECT_EQ(member.send({.member_epoch = 1}, 0), refused(ErrorCode::kInvalidRequest));
  member.id = id;
  EXPECT_EQ(member.send({.member_epoch = member.epoch}, 0), unchanged(member.epoch));
}

TEST(Groups, S29_WhatAJoinMayLookLike) {
  TestGroup group;
  ConsumerMember member(group);
  member.rebalance_timeout_ms = 0;
  const std::string missing = unique_name("missing");
  EXPECT_EQ(member.join({missing, missing, ""}), assigned(2, kNoPartitions));
  ConsumerMember other(group);
  other.rebalance_timeout_ms = -5;
  other.names = std::nullopt;
  EXPECT_EQ(other.join_by_regex("").error_code, ErrorCode::kNone);
}

TEST(Groups, S30_TheFirstMemberGetsAllAtOnce) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember member(group);
  EXPECT_EQ(member.join({topic.name()}), assigned(2, of(topic, {0, 1, 2, 3})));
  EXPECT_EQ(member.answer().member_id, member.id);
  EXPECT_EQ(std::to_string(member.answer().heartbeat_interval_ms),
            broker_config("group.consumer.heartbeat.interval.ms"));
  EXPECT_EQ(member.beat(), unchanged(2));
  EXPECT_EQ(epochs(group), "2/2 Stable");
}

TEST(Groups, S31_ASecondMemberWaitsForWhatTheFirstGivesUp) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.join({topic.name()});
  EXPECT_EQ(b.join({topic.name()}), assigned(3, kNoPartitions));
  const Beat told = a.beat();
  EXPECT_EQ(told, assigned(2, of(topic, {0, 1})));
  EXPECT_EQ(b.beat(), unchanged(3)) << "not yet released";
  EXPECT_EQ(a.beat(of(topic, {0, 1})), unchanged(3));
  EXPECT_EQ(b.beat(), assigned(3, of(topic, {2, 3})));
  EXPECT_EQ(epochs(group), "3/3 Stable");
}

TEST(Groups, S32_EpochsAreChecked) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember a(group, "A");
  EXPECT_EQ(a.send({.member_epoch = 1}), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(a.leave(), refused(ErrorCode::kGroupIdNotFound));
  a.join({topic.name()});
  ConsumerMember b(group, "B");
  b.join({topic.name()});
  a.beat();
  EXPECT_EQ(a.beat(of(topic, {0})), unchanged(3));
  EXPECT_EQ(a.send({.member_epoch = 5}), refused(ErrorCode::kFencedMemberEpoch));
  EXPECT_EQ(a.send({.member_epoch = 1}), refused(ErrorCode::kFencedMemberEpoch));
  EXPECT_EQ(a.send({.member_epoch = 2}), refused(ErrorCode::kFencedMemberEpoch));
  a.epoch = 2;
  EXPECT_EQ(a.beat(of(topic, {0})), unchanged(3)) << "a repetition of what was answered";
  a.epoch = 2;
  EXPECT_EQ(a.beat(of(topic, {0, 1})), refused(ErrorCode::kFencedMemberEpoch));
  ConsumerMember stranger(group, "x");
  EXPECT_EQ(stranger.send({.member_epoch = 3}), refused(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(stranger.leave(), refused(ErrorCode::kUnknownMemberId));
}

// Section 8.9: one member, then two, three, two.
TEST(Groups, S44_ATraceOfThreeMembers) {
  ConsumedTopic topic(6);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  ConsumerMember c(group, "Cc");
  const auto some = [&](Partitions partitions) { return of(topic, std::move(partitions)); };
  EXPECT_EQ(a.join({topic.name()}), assigned(2, some({0, 1, 2, 3, 4, 5})));
  EXPECT_EQ(epochs(group), "2/2 Stable");
  EXPECT_EQ(b.join({topic.name()}), assigned(3, kNoPartitions));
  EXPECT_EQ(epochs(group), "3/3 Reconciling");
  EXPECT_EQ(assignment_of(described_member(group, "A").target_assignment), some({0, 1, 2}));
  EXPECT_EQ(assignment_of(described_member(group, "B").target_assignment), some({3, 4, 5}));
  EXPECT_EQ(b.beat(), unchanged(3));
  EXPECT_EQ(a.beat(), assigned(2, some({0, 1, 2})));
  EXPECT_EQ(assignment_of(described_member(group, "A").assignment), some({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(a.beat(some({0, 1, 2})), unchanged(3));
  EXPECT_EQ(b.beat(), assigned(3, some({3, 4, 5})));
  EXPECT_EQ(epochs(group), "3/3 Stable");
  EXPECT_EQ(b.beat(some({3, 4, 5})), unchanged(3));

  EXPECT_EQ(c.join({topic.name()}), assigned(4, kNoPartitions));
  EXPECT_EQ(epochs(group), "4/4 Reconciling");
  EXPECT_EQ(assignment_of(described_member(group, "Cc").target_assignment), some({2, 5}));
  EXPECT_EQ(a.beat(), assigned(3, some({0, 1})));
  EXPECT_EQ(a.beat(), unchanged(3));
  EXPECT_EQ(a.beat(some({0, 1, 2})), unchanged(3));
  EXPECT_EQ(a.beat(some({0, 1})), unchanged(4));
  EXPECT_EQ(c.beat(), assigned(4, some({2})));
  EXPECT_EQ(epochs(group), "4/4 Reconciling");
  EXPECT_EQ(b.beat(), assigned(3, some({3, 4})));
  EXPECT_EQ(b.beat(some({3, 4})), unchanged(4));
  EXPECT_EQ(c.beat(), assigned(4, some({2, 5})));
  EXPECT_EQ(epochs(group), "4/4 Stable");

  EXPECT_EQ(b.leave(), unchanged(-1));
  EXPECT_EQ(b.answer().heartbeat_interval_ms, 0);
  EXPECT_EQ(epochs(group), "5/4 Assigning");
  EXPECT_EQ(a.beat(), assigned(5, some({0, 1, 4})));
  EXPECT_EQ(epochs(group), "5/5 Reconciling");
  EXPECT_EQ(c.beat(), assigned(5, some({2, 3, 5})));
  EXPECT_EQ(epochs(group), "5/5 Stable");
  for (const Assignment& owned : {some({0}), kNoPartitions}) {
    a.epoch = 4;
    EXPECT_EQ(a.beat(owned), unchanged(5));
  }
  a.epoch = 4;
  EXPECT_EQ(a.beat(), refused(ErrorCode::kFencedMemberEpoch));
  EXPECT_EQ(a.beat(some({0, 1, 2, 3, 4, 5})), refused(ErrorCode::kFencedMemberEpoch));
}

TEST(Groups, S45_AFullHeartbeatIsAnsweredWithTheAssignment) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group);
  const Assignment all = of(topic, {0, 1});
  member.join({topic.name()});
  EXPECT_EQ(member.full(all), assigned(2, all));
  EXPECT_EQ(member.full(kNoPartitions), assigned(2, all));
  EXPECT_EQ(member.subscribe({topic.name()}, all), unchanged(2)) << "without a rebalance timeout";
  EXPECT_EQ(member.send({.member_epoch = 2, .rebalance_timeout_ms = 30'000}), unchanged(2));
  EXPECT_EQ(member.send({.member_epoch = 2,
                         .rebalance_timeout_ms = 30'000,
                         .subscribed_topic_regex = "",
                         .topic_partitions = {{}}}),
            assigned(2, all));
}

TEST(Groups, S46_SubscriptionsAreSets) {
  ConsumedTopic fa(2);
  ConsumedTopic fb(2);
  TestGroup group;
  ConsumerMember member(group);
  const Assignment both = of(fa, {0, 1}) + of(fb, {0, 1});
  EXPECT_EQ(member.join({fa.name(), fb.name()}), assigned(2, both));
  EXPECT_EQ(member.subscribe({fb.name(), fa.name(), fa.name()}), unchanged(2));
  EXPECT_EQ(member.subscribe({fb.name()}), assigned(2, of(fb, {0, 1})));
  EXPECT_EQ(member.beat(both), unchanged(2));
  EXPECT_EQ(member.beat(of(fb, {0, 1})), unchanged(3));
  EXPECT_EQ(epochs(group), "3/3 Stable");
}

TEST(Groups, S47_AMemberMaySubscribeToNothing) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group);
  member.join({topic.name()});
  EXPECT_EQ(member.subscribe({}), assigned(2, kNoPartitions));
  EXPECT_EQ(member.beat(kNoPartitions), unchanged(3));
  EXPECT_EQ(epochs(group), "3/3 Stable");
}

TEST(Groups, S48_AssignorsAreVotedFor) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember a(group, "A");
  a.join({topic.name()});
  EXPECT_EQ(group.consumer_described().assignor_name, "uniform");
  EXPECT_EQ(a.send({.member_epoch = 2, .server_assignor = "uniform"}), unchanged(2));
  // From 4.4 on another assignor is a reason to compute; before, it waits for one.
  const std::int32_t epoch = is_kafka_4_4() ? 3 : 2;
  EXPECT_EQ(a.send({.member_epoch = 2, .server_assignor = "range"}), unchanged(epoch));
  EXPECT_EQ(group.consumer_described().assignor_name, "range");
  EXPECT_EQ(epochs(group), is_kafka_4_4() ? "3/3 Stable" : "2/2 Stable");
  EXPECT_EQ(a.send({.member_epoch = epoch, .server_assignor = "range"}), unchanged(epoch));
  EXPECT_EQ(a.send({.member_epoch = epoch, .server_assignor = ""}),
            refused(ErrorCode::kUnsupportedAssignor));
  // One vote each: uniform.
  ConsumerMember b(group, "B");
  b.server_assignor = "uniform";
  b.join({topic.name()});
  EXPECT_EQ(group.consumer_described().assignor_name, "uniform");
  EXPECT_EQ(b.epoch, epoch + 1);
}

TEST(Groups, S49_WhatAMemberIsDoesNotChangeTheEpoch) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group, "A");
  member.rack_id = "r1";
  member.join({topic.name()});
  EXPECT_EQ(described_member(group, "A").rack_id, "r1");
  EXPECT_EQ(described_member(group, "A").client_id, kClientId);
  EXPECT_EQ(described_member(group, "A").client_host, "/127.0.0.1");
  EXPECT_EQ(member.send({.member_epoch = 2, .rack_id = "r2"}), unchanged(2));
  EXPECT_EQ(member.send({.member_epoch = 2, .rack_id = ""}), refused(ErrorCode::kInvalidRequest));
  RawClient renamed = connect("renamed");
  EXPECT_EQ(renamed.ask(Heartbeat{.group_id = group.id(), .member_id = "A", .member_epoch = 2}, 1)
                .member_epoch,
            2);
  EXPECT_EQ(described_member(group, "A").rack_id, "r2");
  EXPECT_EQ(described_member(group, "A").client_id, "renamed");
  EXPECT_EQ(epochs(group), "2/2 Stable");
}

TEST(Groups, S50_AMemberThatJoinsAgainKeepsWhatItHas) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group);
  const Assignment all = of(topic, {0, 1});
  member.join({topic.name()});
  EXPECT_EQ(member.join_again(), assigned(2, all));
  EXPECT_EQ(
      member.send(
          {.rebalance_timeout_ms = 30'000, .subscribed_topic_regex = "", .topic_partitions = {{}}}),
      assigned(2, all));
  Heartbeat owning = good_join(topic);
  owning.topic_partitions = {{{.topic_id = topic.id(), .partitions = {0}}}};
  EXPECT_EQ(member.send(owning), refused(ErrorCode::kInvalidRequest));
  EXPECT_EQ(epochs(group), "2/2 Stable");
}

TEST(Groups, S51_AnEmptyGroupGoesOnCounting) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group);
  member.join({topic.name()});
  EXPECT_EQ(member.leave(), unchanged(-1));
  EXPECT_EQ(epochs(group), is_kafka_4_4() ? "3/3 Empty" : "3/2 Empty");
  EXPECT_EQ(member.beat(), refused(ErrorCode::kUnknownMemberId));
  ConsumerMember next(group);
  EXPECT_EQ(next.join({topic.name()}), assigned(4, of(topic, {0, 1})));
  EXPECT_EQ(epochs(group), "4/4 Stable");
}

TEST(Groups, S52_AFirstMemberWithoutTopicsLeavesTheEpochAsItIs) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember idle(group);
  EXPECT_EQ(idle.join({}), assigned(1, kNoPartitions));
  EXPECT_EQ(epochs(group), "1/1 Stable");
  ConsumerMember second(group);
  EXPECT_EQ(second.join({}), assigned(1, kNoPartitions));
  ConsumerMember busy(group);
  EXPECT_EQ(busy.join({topic.name()}), assigned(2, of(topic, {0, 1})));
}

TEST(Groups, S53_AssignmentsAreComputedOnceInAnInterval) {
  ConsumedTopic topic(4);
  TestGroup group;
  configure(group, {{"consumer.assignment.interval.ms", "1000"}});
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  EXPECT_EQ(a.join({topic.name()}), assigned(2, of(topic, {0, 1, 2, 3})));
  EXPECT_EQ(b.join({topic.name()}), assigned(2, kNoPartitions));
  EXPECT_EQ(epochs(group), "3/2 Assigning");
  EXPECT_EQ(a.beat(), unchanged(2));
  EXPECT_EQ(b.beat(), unchanged(2));
  EXPECT_EQ(b.await_news(), unchanged(3)) << "after the interval";
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0, 1})));
}

TEST(Groups, S44_AGroupIsDescribedWhole) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group, "A");
  member.instance_id = "I1";
  member.join({topic.name(), topic.name()});
  for (Version version = 0; version <= newest(ApiKey::kConsumerGroupDescribe); ++version) {
    SCOPED_TRACE("ConsumerGroupDescribe version " + std::to_string(version));
    const DescribedConsumerGroup described = group.consumer_described(version);
    EXPECT_EQ(described.error_code, ErrorCode::kNone);
    EXPECT_EQ(described.error_message, std::nullopt);
    EXPECT_EQ(described.group_id, group.id());
    EXPECT_EQ(described.authorized_operations, INT32_MIN);
    ASSERT_EQ(described.members.size(), 1u);
    const auto& one = described.members[0];
    EXPECT_EQ(one.member_id, "A");
    EXPECT_EQ(one.instance_id, "I1");
    EXPECT_EQ(one.rack_id, std::nullopt);
    EXPECT_EQ(one.member_epoch, 2);
    EXPECT_THAT(one.subscribed_topic_names, UnorderedElementsAre(topic.name()));
    EXPECT_EQ(one.subscribed_topic_regex, "");
    EXPECT_EQ(one.assignment.topic_partitions.at(0).topic_name, topic.name());
    EXPECT_EQ(assignment_of(one.assignment), of(topic, {0, 1}));
    EXPECT_EQ(assignment_of(one.target_assignment), of(topic, {0, 1}));
    EXPECT_EQ(one.member_type, version >= 1 ? 1 : -1);
  }
  const auto operations =
      group.client()
          .ask(wire::ConsumerGroupDescribeRequest{.group_ids = {group.id()},
                                                  .include_authorized_operations = true},
               0)
          .groups.at(0)
          .authorized_operations;
  EXPECT_EQ(operations, 3400);
}

}  // namespace
}  // namespace understudy::conformance
