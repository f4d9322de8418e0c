// Groups and restarts: what a kill and a clean stop leave of them, and settings of a broker that
// only a restart changes (restart.h has the four starts). Scenarios 17, 18, 69 to 72, 80 and 90 to
// 92 of section 15 of the group specification.
#include <gmock/gmock.h>

#include <set>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsSubsetOf;
using testing::SizeIs;
using wire::ApiKey;
using wire::Slice;

// Longer than the brokers of a cycle take to end and to start.
constexpr std::int32_t kLongMs = 300'000;

// A member that waits as long as need be.
class PatientMember : public ClassicMember {
 public:
  explicit PatientMember(TestGroup& group, std::optional<std::string> instance = {})
      : ClassicMember(group) {
    instance_id = std::move(instance);
    session_timeout_ms = kLongMs;
    rebalance_timeout_ms = kLongMs;
  }
};

// Killed -----------------------------------------------------------------------------------------

// What a broker says of a group from its first answer on until the group is loaded.
RESTART_SCENARIO(Groups_S90_ACoordinatorThatStartsSaysSo, groups) {
  TestTopic topic;
  TestGroup group;
  EXPECT_EQ(group.commit(topic, {.offset = 5}), ErrorCode::kNone);
  restart();
  RawClient client = connect();
  std::set<ErrorCode> on_the_way;
  ErrorCode latest{};
  EXPECT_TRUE(eventually([&] {
    latest =
        client.ask(wire::DescribeGroupsRequest{.groups = {group.id()}}, 5).groups.at(0).error_code;
    if (latest != ErrorCode::kNone) on_the_way.insert(latest);
    return latest == ErrorCode::kNone;
  }));
  EXPECT_THAT(on_the_way,
              IsSubsetOf({ErrorCode::kNotCoordinator, ErrorCode::kCoordinatorLoadInProgress}));
  EXPECT_EQ(group.state(), "Empty");
  EXPECT_EQ(group.listed()->protocol_type, "");
  EXPECT_EQ(group.offset(topic), 5);
}

RESTART_SCENARIO(Groups_S90_AStableClassicGroupIsBack, groups) {
  TestGroup group;
  PatientMember a(group);
  PatientMember b(group, "I1");
  a.protocols = {{.name = "range", .metadata = Slice::copy_of("a")}, {.name = "sticky"}};
  b.protocols = {{.name = "range", .metadata = Slice::copy_of("b")}, {.name = "sticky"}};
  form({&a, &b});
  restart();
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kNone);
  const DescribedGroup described = group.described();
  EXPECT_EQ(described.group_state, "Stable");
  EXPECT_EQ(described.protocol_data, "range");
  EXPECT_THAT(described.members, SizeIs(2));
  for (const auto& member : described.members) {
    EXPECT_EQ(member.member_metadata, Slice::copy_of(member.member_id == a.id ? "a" : "b"));
  }
  EXPECT_EQ(a.sync().assignment, Slice::copy_of(a.id));
  EXPECT_EQ(b.sync().assignment, Slice::copy_of(b.id));
  // The static member is known by its instance still.
  PatientMember again(group, "I1");
  again.protocols = {{.name = "range", .metadata = Slice::copy_of("b")}};
  EXPECT_EQ(again.join().generation_id, 2);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kFencedInstanceId);
}

RESTART_SCENARIO(Groups_S90_AFirstRoundThatWasNotSyncedIsLost, groups) {
  TestGroup group;
  PatientMember a(group);
  rebalance({&a});
  EXPECT_EQ(a.generation_id, 1);
  restart();
  EXPECT_EQ(group.state(), "Empty");
  EXPECT_EQ(a.heartbeat(), ErrorCode::kUnknownMemberId);
  PatientMember next(group);
  EXPECT_EQ(next.enter().generation_id, 1);
}

RESTART_SCENARIO(Groups_S90_ALaterRoundThatWasNotSyncedIsLost, groups) {
  TestGroup group;
  PatientMember a(group);
  form({&a});
  PatientMember b(group);
  b.send_enter();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  restart();
  EXPECT_EQ(group.state(), "Stable");
  EXPECT_EQ(a.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(b.heartbeat(), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(a.sync().assignment, Slice::copy_of(a.id));
}

RESTART_SCENARIO(Groups_S90_S91_AConsumerGroupGoesOn, groups) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.join({topic.name()});
  b.join({topic.name()});
  a.beat();
  EXPECT_EQ(a.beat(of(topic, {0, 1})), unchanged(3));
  EXPECT_EQ(b.beat(), assigned(3, of(topic, {2, 3})));
  restart();
  EXPECT_EQ(epochs(group), "3/3 Stable");
  EXPECT_EQ(b.beat(), unchanged(3));
  a.epoch = 2;
  EXPECT_EQ(a.beat(of(topic, {0, 1})), unchanged(3)) << "a repetition with the epoch before";
  EXPECT_EQ(a.full(of(topic, {0, 1})), assigned(3, of(topic, {0, 1})));
  const auto commit = [&](const std::string& id, std::int32_t epoch, std::int32_t partition) {
    return group.commit(topic, {.partition = partition, .offset = 1},
                        {.generation_or_epoch = epoch, .member_id = id});
  };
  EXPECT_EQ(commit("A", 2, 0), ErrorCode::kNone) << "which it has had since epoch 2";
  EXPECT_EQ(commit("B", 2, 2), ErrorCode::kStaleMemberEpoch) << "which it has had since epoch 3";
}

RESTART_SCENARIO(Groups_S91_WhoWasToldToGiveUpIsRemovedAfterTheRestart, groups) {
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember a(group, "A");
  ConsumerMember b(group, "B");
  a.rebalance_timeout_ms = 5000;
  a.join({topic.name()});
  b.join({topic.name()});
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0, 1})));
  restart();
  EXPECT_EQ(epochs(group), "3/3 Reconciling");
  EXPECT_EQ(assignment_of(described_member(group, "A").assignment), of(topic, {0, 1, 2, 3}));
  EXPECT_EQ(b.beat(), unchanged(3));
  EXPECT_EQ(a.beat(of(topic, {0, 1, 2, 3})), unchanged(2));
  EXPECT_TRUE(eventually([&] { return group.consumer_described().members.size() == 1; }));
  EXPECT_EQ(a.beat(), refused(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(b.beat(), assigned(4, of(topic, {0, 1, 2, 3})));
}

RESTART_SCENARIO(Groups_S90_AMemberThatLeftForNowIsStillExpected, groups) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember before(group, "s1");
  before.instance_id = "I1";
  before.join({topic.name()});
  EXPECT_EQ(before.leave_for_now(), unchanged(-2));
  restart();
  EXPECT_EQ(described_member(group, "s1").member_epoch, -2);
  ConsumerMember after(group, "s2");
  after.instance_id = "I1";
  EXPECT_EQ(after.join({topic.name()}), assigned(2, of(topic, {0, 1})));
}

RESTART_SCENARIO(Groups_S90_AMixedGroupGoesOn, groups) {
  ConsumedTopic topic(1);
  TestGroup group;
  ConsumerMember modern(group, "A");
  modern.join({topic.name()});
  PatientMember classic(group);
  classic.id = "x";
  classic.subscribe({.topics = {topic.name()}});
  EXPECT_EQ(classic.join().generation_id, 3);
  EXPECT_EQ(classic.sync().error_code, ErrorCode::kNone);
  restart();
  EXPECT_EQ(described_member(group, "x").member_type, 0);
  EXPECT_EQ(classic.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(classic.sync().error_code, ErrorCode::kNone);
  EXPECT_EQ(modern.beat(), unchanged(3));
}

RESTART_SCENARIO(Groups_S90_ARegexIsStillResolved, groups) {
  const std::string prefix = unique_name("ry");
  ConsumedTopic topic(2, prefix + "-a");
  TestGroup group;
  ConsumerMember a(group, "A");
  a.join_by_regex(prefix + "-.*");
  EXPECT_EQ(a.await_news(), assigned(2, of(topic, {0, 1})));
  restart();
  EXPECT_EQ(a.beat(), unchanged(2));
  ConsumerMember b(group, "B");
  EXPECT_EQ(b.join_by_regex(prefix + "-.*"), assigned(3, kNoPartitions));
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0})));
}

// Policies of migration --------------------------------------------------------------------------

// A consumer group of a consumer member "N" and a classic one "x", which has synced.
class MixedGroup {
 public:
  MixedGroup() {
    modern.join({topic.name()});
    classic.id = "x";
    classic.subscribe({.topics = {topic.name()}});
    EXPECT_EQ(classic.join().generation_id, 3);
    EXPECT_EQ(classic.sync().error_code, ErrorCode::kNone);
  }

  ConsumedTopic topic{1};
  TestGroup group;
  ConsumerMember modern{group, "N"};
  PatientMember classic{group};
};

// A classic group of one member that a consumer member wants to join.
Beat join_classic_group(const TestTopic& topic) {
  TestGroup group;
  PatientMember classic(group);
  rebalance({&classic});
  classic.sync({{.member_id = classic.id, .assignment = assignment_of(topic.name(), {0})}});
  ConsumerMember modern(group);
  return modern.join({topic.name()});
}

RESTART_SCENARIO(Groups_S80_PolicyUpgrade, groups) {
  ConsumedTopic topic(1);
  EXPECT_EQ(join_classic_group(topic).error_code, ErrorCode::kNone);
  MixedGroup mixed;
  EXPECT_EQ(mixed.modern.leave(), unchanged(-1));
  EXPECT_THAT(epochs(mixed.group), testing::StartsWith("4/"));
  EXPECT_EQ(mixed.classic.heartbeat(), ErrorCode::kNone) << "nobody has computed anything yet";
  EXPECT_EQ(mixed.classic.join().generation_id, 4);
  EXPECT_THAT(assigned_in(mixed.classic.sync().assignment)[mixed.topic.name()], ElementsAre(0));
  EXPECT_EQ(mixed.group.listed()->group_type, "consumer");
}

RESTART_SCENARIO(Groups_S80_PolicyDowngrade, groups) {
  restart();
  ConsumedTopic topic(1);
  TestGroup group;
  PatientMember classic(group);
  rebalance({&classic});
  classic.sync({{.member_id = classic.id, .assignment = assignment_of(topic.name(), {0})}});
  ConsumerMember modern(group);
  EXPECT_EQ(modern.join({topic.name()}), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_THAT(modern.answer().error_message.value_or(""),
              testing::HasSubstr("because online upgrade is disabled."));
  MixedGroup mixed;
  EXPECT_EQ(mixed.modern.leave(), unchanged(-1));
  EXPECT_EQ(mixed.group.state(), "PreparingRebalance");
}

RESTART_SCENARIO(Groups_S80_PolicyDisabled, groups) {
  restart();
  MixedGroup mixed;
  restart();
  EXPECT_EQ(mixed.classic.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(mixed.classic.sync().error_code, ErrorCode::kNone);
  EXPECT_EQ(mixed.classic.join().error_code, ErrorCode::kInconsistentGroupProtocol);
  PatientMember next(mixed.group);
  EXPECT_EQ(next.join().error_code, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(join_classic_group(mixed.topic), refused(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(mixed.modern.beat().error_code, ErrorCode::kNone);
  EXPECT_EQ(mixed.modern.leave(), unchanged(-1));
  EXPECT_EQ(mixed.group.listed()->group_type, "consumer");
}

RESTART_SCENARIO(Groups_S81_EmptyGroupsChangeTheirTypeUnderEveryPolicy, groups) {
  for (int start = 1; start <= 3; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    ConsumedTopic topic(1);
    TestGroup group;
    PatientMember classic(group);
    form({&classic});
    EXPECT_EQ(classic.leave(), ErrorCode::kNone);
    ConsumerMember modern(group);
    EXPECT_EQ(modern.join({topic.name()}), assigned(2, of(topic, {0})));
    EXPECT_EQ(modern.leave(), unchanged(-1));
    PatientMember again(group);
    EXPECT_EQ(again.enter().generation_id, 1);
    if (start < 3) restart();
  }
}

// Stopped ----------------------------------------------------------------------------------------

RESTART_SCENARIO(Groups_S92_ACleanStopAnswersWhatIsParked, groups) {
  restart();
  TestGroup joining;
  PatientMember a(joining);
  form({&a});
  PatientMember b(joining);
  b.send_enter();
  EXPECT_TRUE(joining.awaits_state("PreparingRebalance"));
  TestGroup syncing;
  PatientMember c(syncing);
  PatientMember d(syncing);
  rebalance({&c, &d});
  d.send_sync();
  EXPECT_TRUE(d.waits());
  restart([&](const std::filesystem::path&) {
    EXPECT_EQ(b.await_joined().error_code, ErrorCode::kNotCoordinator);
    EXPECT_EQ(d.await_synced().error_code, ErrorCode::kNotCoordinator);
  });
  EXPECT_EQ(joining.state(), "Stable");
  EXPECT_EQ(syncing.state(), "Empty");
}

RESTART_SCENARIO(Groups_S69_AnotherRackOfTheBrokerRaisesTheEpoch, groups) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group, "A");
  EXPECT_EQ(member.join({topic.name()}), assigned(2, of(topic, {0, 1})));
  restart();
  EXPECT_EQ(member.beat(), unchanged(2)) << "nothing has changed";
  restart();
  EXPECT_EQ(member.beat(), unchanged(3));
  EXPECT_EQ(epochs(group), "3/3 Stable");
}

// Limits -----------------------------------------------------------------------------------------

RESTART_SCENARIO(Groups_S18_AClassicGroupHasALimit, groups) {
  restart();
  restart();
  TestGroup group;
  PatientMember a(group);
  PatientMember b(group);
  form({&a, &b});
  PatientMember c(group);
  const wire::JoinGroupResponse refused_join = c.join();
  EXPECT_EQ(refused_join.error_code, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(refused_join.member_id, "");
  EXPECT_EQ(refused_join.generation_id, -1);
  // Those who are in may join again, and a place that becomes free may be taken.
  EXPECT_EQ(b.join().error_code, ErrorCode::kNone);
  EXPECT_EQ(b.leave(), ErrorCode::kNone);
  EXPECT_EQ(a.join().error_code, ErrorCode::kNone);
  EXPECT_EQ(c.join().error_code, ErrorCode::kMemberIdRequired);
}

RESTART_SCENARIO(Groups_S70_S71_AConsumerGroupHasALimit, groups) {
  restart();
  restart();
  ConsumedTopic topic(4);
  TestGroup group;
  ConsumerMember first(group);
  first.server_assignor = "uniform";
  EXPECT_EQ(first.join({topic.name()}), refused(ErrorCode::kUnsupportedAssignor));
  EXPECT_THAT(first.answer().error_message.value_or(""), testing::HasSubstr("range"));
  EXPECT_THAT(first.answer().error_message.value_or(""),
              testing::Not(testing::HasSubstr("uniform,")));
  first.server_assignor = std::nullopt;
  first.join({topic.name()});
  EXPECT_EQ(group.consumer_described().assignor_name, "range");
  ConsumerMember second(group);
  ConsumerMember third(group);
  EXPECT_EQ(second.join({topic.name()}).error_code, ErrorCode::kNone);
  EXPECT_EQ(third.join({topic.name()}).error_code, ErrorCode::kNone);
  ConsumerMember fourth(group);
  EXPECT_EQ(fourth.join({topic.name()}), refused(ErrorCode::kGroupMaxSizeReached));
  EXPECT_EQ(third.join_again().error_code, ErrorCode::kNone);

  // A static member that comes back is no new one: 4.4 sees that.
  EXPECT_EQ(third.leave(), unchanged(-1));
  ConsumerMember before(group);
  before.instance_id = "I1";
  EXPECT_EQ(before.join({topic.name()}).error_code, ErrorCode::kNone);
  EXPECT_EQ(before.leave_for_now(), unchanged(-2));
  ConsumerMember after(group);
  after.instance_id = "I1";
  EXPECT_EQ(after.join({topic.name()}).error_code,
            is_kafka_4_4() ? ErrorCode::kNone : ErrorCode::kGroupMaxSizeReached);
}

RESTART_SCENARIO(Groups_S70_TheLimitHoldsForClassicMembersToo, groups) {
  restart();
  ConsumedTopic topic(1);
  TestGroup group;
  ConsumerMember a(group);
  ConsumerMember b(group);
  ConsumerMember c(group);
  for (ConsumerMember* const member : {&a, &b, &c}) {
    EXPECT_EQ(member->join({topic.name()}).error_code, ErrorCode::kNone);
  }
  PatientMember classic(group);
  classic.id = "x";
  EXPECT_EQ(classic.join().error_code, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(classic.joined.member_id, "");
}

// The classic protocol alone ---------------------------------------------------------------------

RESTART_SCENARIO(Groups_S72_ABrokerMayKnowTheClassicProtocolOnly, groups) {
  const auto before = advertised(ApiKey::kConsumerGroupHeartbeat);
  ConsumedTopic topic(1);
  restart();
  restart();
  restart();
  TestGroup group;
  ConsumerMember member(group);
  EXPECT_EQ(member.join({topic.name()}), refused(ErrorCode::kUnsupportedVersion));
  EXPECT_EQ(group.consumer_described().error_code, ErrorCode::kUnsupportedVersion);
  RawClient client = connect();
  bool is_advertised = false;
  for (const auto& api : client.ask(wire::ApiVersionsRequest{}, 0).api_keys) {
    if (wire::ApiKey(api.api_key) != ApiKey::kConsumerGroupHeartbeat) continue;
    is_advertised = true;
    EXPECT_EQ(api.max_version, before->max);
  }
  EXPECT_TRUE(is_advertised);
}

// With a delay of one second: A at 0, B within it, so the group is complete after two.
RESTART_SCENARIO(Groups_S17_TheFirstRoundWaitsForMoreMembers, groups) {
  restart();
  restart();
  restart();
  TestGroup group;
  PatientMember a(group);
  PatientMember b(group);
  const std::int64_t begun_at = now_ms();
  a.send_enter();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  b.send_enter();
  EXPECT_EQ(a.await_joined().generation_id, 1);
  EXPECT_GE(now_ms() - begun_at, 1900);
  EXPECT_EQ(b.await_joined().generation_id, 1);
  EXPECT_THAT(a.is_leader() ? a.joined.members : b.joined.members, SizeIs(2));

  // The rebalance timeout bounds it.
  TestGroup hasty_group;
  PatientMember hasty(hasty_group);
  PatientMember other(hasty_group);
  hasty.rebalance_timeout_ms = 1000;
  other.rebalance_timeout_ms = 1000;
  const std::int64_t hasty_at = now_ms();
  hasty.send_enter();
  EXPECT_TRUE(hasty_group.awaits_state("PreparingRebalance"));
  other.send_enter();
  EXPECT_EQ(hasty.await_joined().generation_id, 1);
  EXPECT_LT(now_ms() - hasty_at, 1900);
  EXPECT_EQ(other.await_joined().generation_id, 1);
}

}  // namespace
}  // namespace understudy::conformance
