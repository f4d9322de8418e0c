// Members of consumer groups (KIP-848) that fall silent, leave, come back: timeouts, static
// members, commits, limits. Scenarios 33 to 35, 54 to 61 and 74 of section 15 of the group
// specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Pair;

// Whether the condition holds for so long, looking again and again.
template <class Condition>
bool stays(Condition condition, std::int64_t duration_ms) {
  const std::int64_t end = now_ms() + duration_ms;
  bool holds = true;
  eventually([&] {
    holds = condition();
    return !holds || now_ms() >= end;
  });
  return holds;
}

std::size_t member_count(TestGroup& group) { return group.consumer_described().members.size(); }

class StaticConsumer : public ConsumerMember {
 public:
  StaticConsumer(TestGroup& group, std::string member_id, std::string instance)
      : ConsumerMember(group, std::move(member_id)) {
    instance_id = std::move(instance);
  }
};

TEST(Groups, S33_S54_WhoNeverGivesUpItsPartitionsIsRemoved) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.rebalance_timeout_ms = 600;
  a.join({topic.name()});
  b.join({topic.name()});
  EXPECT_TRUE(stays([&] { return member_count(group) == 2; }, 900)) << "it was told nothing yet";
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0, 1})));
  const std::int64_t told_at = now_ms();
  EXPECT_EQ(a.beat(of(topic, {0, 1, 2, 3})), unchanged(2));
  EXPECT_TRUE(eventually([&] { return member_count(group) == 1; }));
  EXPECT_GE(now_ms() - told_at, 500);
  EXPECT_EQ(a.beat(), refused(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(b.beat(), assigned(4, of(topic, {0, 1, 2, 3})));
}

TEST(Groups, S34_AnotherProcessTakesOverAnInstance) {
  ConsumedTopic topic(2);
  TestGroup group;
  StaticConsumer before(group, "s1", "I1");
  StaticConsumer after(group, "s2", "I1");
  before.join({topic.name()});
  EXPECT_EQ(after.join({topic.name()}), refused(ErrorCode::kUnreleasedInstanceId));
  EXPECT_EQ(before.leave_for_now(), unchanged(-2));
  EXPECT_EQ(before.answer().heartbeat_interval_ms, 0);
  EXPECT_EQ(after.join({topic.name()}), assigned(2, of(topic, {0, 1})));
  EXPECT_EQ(epochs(group), "2/2 Stable");
}

TEST(Groups, S35_CommitsOfOlderEpochs) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.join({topic.name()});
  b.join({topic.name()});
  a.beat();
  a.beat(of(topic, {0, 1}));
  b.leave();
  EXPECT_EQ(a.beat(), assigned(4, of(topic, {0, 1, 2, 3})));
  const auto commit = [&](std::int32_t epoch, std::int32_t partition, Version version = 9) {
    return group.commit(topic, {.partition = partition, .offset = 1},
                        {.generation_or_epoch = epoch, .member_id = "A", .version = version});
  };
  EXPECT_EQ(commit(4, 0), ErrorCode::kNone);
  EXPECT_EQ(commit(5, 0), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit(3, 0), ErrorCode::kNone) << "it has had partition 0 since epoch 2";
  EXPECT_EQ(commit(2, 0), ErrorCode::kNone);
  EXPECT_EQ(commit(1, 0), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit(3, 2), ErrorCode::kStaleMemberEpoch) << "it has had partition 2 since epoch 4";
  EXPECT_EQ(commit(4, 0, 8), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(group.commit(topic, {.offset = 1}, {.generation_or_epoch = 4, .member_id = "x"}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.commit(topic, {.offset = 1}), ErrorCode::kUnknownMemberId);
  // One partition too new, and nothing is stored.
  EXPECT_THAT(
      group.commit_all(topic, {{.partition = 1, .offset = 8}, {.partition = 2, .offset = 8}},
                       {.generation_or_epoch = 3, .member_id = "A"}),
      ElementsAre(ErrorCode::kStaleMemberEpoch, ErrorCode::kStaleMemberEpoch));
  EXPECT_EQ(group.offset(topic, 1), kNoOffset);
  a.leave();
  EXPECT_EQ(group.commit(topic, {.offset = 2}, {.member_id = "x"}), ErrorCode::kNone)
      << "nobody is there any more";
}

TEST(Groups, S55_WhoIsSilentForASessionIsRemoved) {
  ConsumedTopic topic(3);
  TestGroup group;
  configure(group,
            {{"consumer.heartbeat.interval.ms", "1000"}, {"consumer.session.timeout.ms", "1500"}});
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.join({topic.name()});
  b.join({topic.name()});
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0, 1})));
  const Assignment all = of(topic, {0, 1, 2});
  EXPECT_TRUE(eventually([&] {
    EXPECT_EQ(a.beat(all), unchanged(2));
    return member_count(group) == 1;
  }));
  EXPECT_EQ(b.beat(), refused(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(a.beat(), unchanged(2));
  EXPECT_EQ(a.beat(all), unchanged(2)) << "it was told to give up 2";
  EXPECT_EQ(a.beat(of(topic, {0, 1})), assigned(4, all));
}

TEST(Groups, S56_AMemberThatLeftForNowIsRemovedAfterASession) {
  ConsumedTopic topic(2);
  TestGroup group;
  configure(group,
            {{"consumer.heartbeat.interval.ms", "1000"}, {"consumer.session.timeout.ms", "1500"}});
  StaticConsumer before(group, "s1", "I1");
  before.join({topic.name()});
  EXPECT_EQ(before.leave_for_now(), unchanged(-2));
  EXPECT_TRUE(eventually([&] { return member_count(group) == 0; }));
  EXPECT_EQ(epochs(group), is_kafka_4_4() ? "3/3 Empty" : "3/2 Empty");
  StaticConsumer after(group, "s2", "I1");
  EXPECT_EQ(after.join({topic.name()}), assigned(4, of(topic, {0, 1})));
}

// Four partitions: a static member s1 has two of them, y the others, all at epoch 3.
class TwoMembers {
 public:
  TwoMembers() {
    s1.join({topic.name()});
    y.join({topic.name()});
    s1.beat();
    EXPECT_EQ(s1.beat(of(topic, {0, 1})), unchanged(3));
    EXPECT_EQ(y.beat(), assigned(3, of(topic, {2, 3})));
  }

  ConsumedTopic topic{4};
  TestGroup group;
  StaticConsumer s1{group, "s1", "I1"};
  ConsumerMember y{group, "y"};
};

TEST(Groups, S57_AnInstanceBelongsToOneMember) {
  TwoMembers two;
  StaticConsumer s2(two.group, "s2", "I1");
  EXPECT_EQ(s2.join({two.topic.name()}), refused(ErrorCode::kUnreleasedInstanceId));
  EXPECT_EQ(two.s1.join_again(), refused(ErrorCode::kUnreleasedInstanceId));
  s2.epoch = 3;
  EXPECT_EQ(s2.beat(), refused(ErrorCode::kFencedInstanceId));
  EXPECT_EQ(s2.leave(), refused(ErrorCode::kFencedInstanceId));
  EXPECT_EQ(two.s1.beat(), unchanged(3));
  two.s1.instance_id = std::nullopt;
  EXPECT_EQ(two.s1.beat(), unchanged(3));
}

TEST(Groups, S58_AMemberThatLeftForNowKeepsItsPartitions) {
  TwoMembers two;
  EXPECT_EQ(two.s1.leave_for_now(), unchanged(-2));
  EXPECT_EQ(epochs(two.group), "3/3 Reconciling");
  EXPECT_EQ(described_member(two.group, "s1").member_epoch, -2);
  EXPECT_EQ(assignment_of(described_member(two.group, "s1").assignment), of(two.topic, {0, 1}));
  EXPECT_EQ(two.y.beat(), unchanged(3));
  EXPECT_EQ(two.s1.beat(), refused(ErrorCode::kFencedMemberEpoch));
  const auto commit = [&](const std::string& id, std::int32_t epoch, std::int32_t partition) {
    return two.group.commit(two.topic, {.partition = partition, .offset = 1},
                            {.generation_or_epoch = epoch, .member_id = id});
  };
  EXPECT_EQ(commit("s1", -2, 0), ErrorCode::kNone);
  EXPECT_EQ(commit("s1", 3, 0), ErrorCode::kStaleMemberEpoch);

  StaticConsumer s2(two.group, "s2", "I1");
  EXPECT_EQ(s2.join({two.topic.name()}), assigned(3, of(two.topic, {0, 1})));
  EXPECT_EQ(epochs(two.group), "3/3 Stable");
  EXPECT_EQ(commit("s2", 1, 0), ErrorCode::kNone) << "reserved since epoch 0";
  EXPECT_EQ(commit("s2", 1, 3), ErrorCode::kStaleMemberEpoch);
  EXPECT_THAT(two.group.commit_all(two.topic, {{.partition = 0, .offset = 5}, {.partition = 3}},
                                   {.generation_or_epoch = 1, .member_id = "s2"}),
              Each(ErrorCode::kStaleMemberEpoch));
  EXPECT_EQ(two.s1.beat(), refused(ErrorCode::kFencedInstanceId));
  two.s1.instance_id = std::nullopt;
  EXPECT_EQ(two.s1.beat(), refused(ErrorCode::kUnknownMemberId));
}

TEST(Groups, S59_LeavingForNowInAllItsForms) {
  ConsumedTopic topic(2);
  ConsumedTopic more(1);
  TestGroup group;
  StaticConsumer s2(group, "s2", "I1");
  s2.join({topic.name()});
  EXPECT_EQ(s2.leave_for_now(), unchanged(-2));
  EXPECT_EQ(s2.leave_for_now(), unchanged(-2)) << "once more";
  EXPECT_EQ(s2.join_again(), assigned(2, of(topic, {0, 1})));
  EXPECT_EQ(s2.leave_for_now(), unchanged(-2));
  StaticConsumer s3(group, "s3", "I1");
  EXPECT_EQ(s3.join({topic.name(), more.name()}), assigned(3, of(topic, {0, 1}) + of(more, {0})));
  EXPECT_EQ(epochs(group), "3/3 Stable");
  StaticConsumer unknown(group, "s4", "I9");
  EXPECT_EQ(unknown.leave_for_now(), refused(ErrorCode::kUnknownMemberId));
  s3.instance_id = std::nullopt;
  EXPECT_EQ(s3.leave_for_now(), refused(ErrorCode::kInvalidRequest));
}

TEST(Groups, S60_WhoLeavesForNowGivesUpWhatItWasToldTo) {
  ConsumedTopic topic(4);
  TestGroup group;
  StaticConsumer x(group, "x1", "X");
  ConsumerMember y(group, "y1");
  x.join({topic.name()});
  y.join({topic.name()});
  EXPECT_EQ(x.beat(), assigned(2, of(topic, {0, 1})));
  EXPECT_EQ(x.leave_for_now(), unchanged(-2));
  EXPECT_EQ(y.beat(), assigned(3, of(topic, {2, 3})));
}

TEST(Groups, S61_LeaveGroupRemovesMembersOfConsumerGroups) {
  ConsumedTopic topic(2);
  TestGroup group;
  StaticConsumer y(group, "y1", "Y");
  ConsumerMember x(group, "x2");
  y.join({topic.name()});
  x.join({topic.name()});
  EXPECT_THAT(group.leave({{.member_id = "unknown"},
                           {.member_id = "", .group_instance_id = "Z"},
                           {.member_id = "", .group_instance_id = "Y"},
                           {.member_id = "x2"}},
                          5),
              ElementsAre(Pair("unknown", ErrorCode::kUnknownMemberId),
                          Pair("", ErrorCode::kUnknownMemberId), Pair("", ErrorCode::kNone),
                          Pair("x2", ErrorCode::kNone)));
  EXPECT_EQ(member_count(group), 0u);
  EXPECT_EQ(x.beat(), refused(ErrorCode::kUnknownMemberId));
  TestGroup missing;
  EXPECT_THAT(
      missing.leave({{.member_id = "a"}, {.member_id = "", .group_instance_id = "b"}}),
      ElementsAre(Pair("a", ErrorCode::kUnknownMemberId), Pair("", ErrorCode::kUnknownMemberId)));
}

TEST(Groups, S74_ConfigurationsOfAGroup) {
  REQUIRE_BROKER_SETTINGS({{"group.consumer.min.heartbeat.interval.ms", "1000"},
                           {"group.consumer.min.session.timeout.ms", "1500"}});
  TestGroup group;
  const std::string heartbeat = "consumer.heartbeat.interval.ms";
  const std::string session = "consumer.session.timeout.ms";
  EXPECT_EQ(group.configure({{heartbeat, "100"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(group.configure({{heartbeat, "soon"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(group.configure({{session, "1000"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(group.configure({{session, "3500"}, {heartbeat, "5000"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(group.configure({{"foo.bar", "1"}}), ErrorCode::kInvalidConfig);
  TestGroup nameless("");
  EXPECT_EQ(nameless.configure({{heartbeat, "1200"}}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(group.listed(), std::nullopt) << "a configuration is no group";
  ConsumerMember member(group);
  member.join({});
  EXPECT_EQ(std::to_string(member.answer().heartbeat_interval_ms),
            broker_config("group.consumer.heartbeat.interval.ms"));
  EXPECT_EQ(group.configure({{heartbeat, "1200"}}), ErrorCode::kNone);
  EXPECT_TRUE(eventually([&] {
    member.beat();
    return member.answer().heartbeat_interval_ms == 1200;
  }));
}

}  // namespace
}  // namespace understudy::conformance
