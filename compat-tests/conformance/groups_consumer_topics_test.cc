// Topics of consumer groups (KIP-848): regular expressions, and topics that come, grow and go.
// Scenarios 36, 38 and 62 to 68 of section 15 of the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::HasSubstr;

void grow(TestTopic& topic, std::int32_t count) {
  const auto answer = topic.client().ask(
      wire::CreatePartitionsRequest{
          .topics = {{.name = topic.name(), .count = count, .assignments = {}}},
          .timeout_ms = 30'000},
      3);
  if (answer.results.at(0).error_code != ErrorCode::kNone) {
    throw std::runtime_error("CreatePartitions: " +
                             std::string(wire::name_of(answer.results.at(0).error_code)));
  }
}

TEST(Groups, S38_RangeLinesUpStaticMembersFirst) {
  ConsumedTopic t(3);
  ConsumedTopic u(3);
  const auto each = [&](const Partitions& partitions) {
    return of(t, partitions) + of(u, partitions);
  };
  TestGroup group;
  ConsumerMember a(group, "a");
  ConsumerMember b(group, "b");
  ConsumerMember c(group, "c");
  for (ConsumerMember* const member : {&a, &b, &c}) member->server_assignor = "range";
  c.instance_id = "c-instance";
  const auto targets = [&](const ConsumerMember& member) {
    return assignment_of(described_member(group, member.id).target_assignment);
  };
  EXPECT_EQ(a.join({t.name(), u.name()}), assigned(2, each({0, 1, 2})));
  b.join({t.name(), u.name()});
  EXPECT_EQ(targets(a), each({0, 1}));
  EXPECT_EQ(targets(b), each({2}));
  c.join({t.name(), u.name()});
  EXPECT_EQ(targets(c), each({0}));
  EXPECT_EQ(targets(a), each({1}));
  EXPECT_EQ(targets(b), each({2}));
}

TEST(Groups, S36_S62_ARegexIsResolvedALittleLater) {
  const std::string prefix = unique_name("ry");
  ConsumedTopic one(2, prefix + "-a");
  ConsumedTopic two(1, prefix + "-b");
  ConsumedTopic other(1, "x-" + prefix + "-a");
  TestGroup group;
  ConsumerMember member(group);
  EXPECT_EQ(member.join_by_regex(prefix + "-.*"), assigned(1, kNoPartitions));
  EXPECT_EQ(member.await_news(), assigned(2, of(one, {0, 1}) + of(two, {0})));
  EXPECT_EQ(epochs(group), "2/2 Stable");
  EXPECT_EQ(described_member(group, member.id).subscribed_topic_regex, prefix + "-.*");
}

TEST(Groups, S36_S62_WhatIsNoRegex) {
  TestGroup group;
  ConsumerMember member(group);
  for (const std::string regex : {"(", "(?!x).*", "(a)\\1", "a*+"}) {
    EXPECT_EQ(member.join_by_regex(regex), refused(ErrorCode::kInvalidRegularExpression)) << regex;
    EXPECT_THAT(
        member.answer().error_message.value_or(""),
        HasSubstr("SubscribedTopicRegex `" + regex + "` is not a valid regular expression: "));
  }
  member.join_by_regex("(");
  EXPECT_EQ(member.answer().error_message,
            "SubscribedTopicRegex `(` is not a valid regular expression: missing closing ).");
  EXPECT_EQ(group.listed(), std::nullopt);
  EXPECT_EQ(member.join_by_regex("").error_code, ErrorCode::kNone);
  EXPECT_EQ(member.subscribe_by_regex("["), refused(ErrorCode::kInvalidRegularExpression));
  EXPECT_EQ(described_member(group, member.id).subscribed_topic_regex, "");
}

TEST(Groups, S64_ARegexThatIsResolvedAlreadyIsAsGoodAsNames) {
  const std::string prefix = unique_name("ry");
  ConsumedTopic topic(2, prefix + "-a");
  TestGroup group;
  ConsumerMember a(group, "A");
  a.join_by_regex(prefix + "-.*");
  EXPECT_EQ(a.await_news(), assigned(2, of(topic, {0, 1})));
  ConsumerMember b(group, "B");
  EXPECT_EQ(b.join_by_regex(prefix + "-.*"), assigned(3, kNoPartitions));
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0})));
  // Another regex has to wait for the next resolution.
  ConsumerMember c(group, "Cc");
  EXPECT_EQ(c.join_by_regex(prefix + "-[a-z]"), assigned(3, kNoPartitions));
  EXPECT_EQ(c.beat(), unchanged(3));
}

TEST(Groups, S65_NamesAndARegexTogether) {
  ConsumedTopic ma(1);
  ConsumedTopic mb(1);
  TestGroup group;
  ConsumerMember member(group);
  member.names = {{ma.name()}};
  EXPECT_EQ(member.join_by_regex(mb.name()), assigned(2, of(ma, {0})));
  EXPECT_EQ(member.await_news(), assigned(3, of(ma, {0}) + of(mb, {0})));
  EXPECT_EQ(member.subscribe_by_regex(""), assigned(3, of(ma, {0})));
  EXPECT_EQ(member.beat(of(ma, {0})), unchanged(4));
}

TEST(Groups, S66_ATopicComesGrowsAndGoes) {
  const std::string name = unique_name("t");
  TestGroup group;
  ConsumerMember member(group);
  EXPECT_EQ(member.join({name}), assigned(2, kNoPartitions));
  ConsumedTopic topic(1, name);
  EXPECT_EQ(member.await_news(), assigned(3, of(topic, {0})));
  grow(topic, 3);
  EXPECT_EQ(member.await_news(), assigned(4, of(topic, {0, 1, 2})));
  EXPECT_EQ(member.commit(topic, {.offset = 5}), ErrorCode::kNone);
  const wire::Uuid old_id = topic.id();
  topic.remove();
  EXPECT_EQ(member.await_news(), assigned(4, kNoPartitions));
  EXPECT_EQ(member.beat(kNoPartitions), unchanged(5));
  ConsumedTopic again(1, name);
  EXPECT_EQ(member.await_news(), assigned(6, of(again, {0})));
  EXPECT_EQ(group.offset(again), kNoOffset);
  const auto old = group.client().ask(
      wire::OffsetFetchRequest{
          .groups = {{.group_id = group.id(),
                      .topics = {{{.topic_id = old_id, .partition_indexes = {0}}}}}}},
      10);
  EXPECT_EQ(old.groups.at(0).topics.at(0).partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
}

TEST(Groups, S67_ATopicIsReplacedBetweenTwoHeartbeats) {
  ConsumedTopic topic(2);
  TestGroup group;
  ConsumerMember member(group);
  member.join({topic.name()});
  const Assignment before = of(topic, {0, 1});
  topic.remove();
  ConsumedTopic after(2, topic.name());
  EXPECT_EQ(member.beat(), assigned(2, kNoPartitions));
  EXPECT_EQ(member.beat(before), unchanged(2));
  EXPECT_EQ(member.beat(kNoPartitions), assigned(3, of(after, {0, 1})));
}

TEST(Groups, S68_AClassicGroupDoesNotLookAtTopics) {
  ConsumedTopic topic(1);
  TestGroup group;
  ClassicMember member(group);
  member.subscribe({.topics = {topic.name()}});
  form({&member});
  EXPECT_EQ(member.commit(topic, {.offset = 5}), ErrorCode::kNone);
  grow(topic, 3);
  EXPECT_EQ(member.heartbeat(), ErrorCode::kNone);
  topic.remove();
  EXPECT_TRUE(eventually([&] { return group.offsets().empty(); }));
  EXPECT_EQ(member.heartbeat(), ErrorCode::kNone);
  EXPECT_EQ(member.commit(topic, {.offset = 5}, 9), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(group.state(), "Stable");
}

}  // namespace
}  // namespace understudy::conformance
