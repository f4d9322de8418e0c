// What takes a real broker a minute, or ten seconds: offsets that expire, regular expressions that
// are resolved again. Scenarios 28, 36, 63 and 64 of section 15 of the group specification.
// scripts/conformance plays them with --slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::IsEmpty;

constexpr std::chrono::seconds kRetentionPatience{90};
constexpr std::int64_t kRetentionMs = 60'000;

TEST(SlowGroups, Groups_S28_OffsetsExpire) {
  REQUIRE_BROKER_SETTINGS(
      {{"offsets.retention.minutes", "1"}, {"offsets.retention.check.interval.ms", "1000"}});
  ConsumedTopic ma;
  ConsumedTopic mb;
  TestGroup simple;
  TestGroup left;
  TestGroup live;
  TestGroup modern;
  TestGroup stated;
  EXPECT_EQ(simple.commit(ma, {.offset = 1}), ErrorCode::kNone);
  EXPECT_EQ(stated.commit(ma, {.offset = 1},
                          {.version = kLastCommitWithRetention, .retention_time_ms = 2000}),
            ErrorCode::kNone);
  ClassicMember leaver(left);
  form({&leaver});
  EXPECT_EQ(leaver.commit(ma, {.offset = 1}), ErrorCode::kNone);
  ClassicMember member(live);
  member.session_timeout_ms = 300'000;
  member.subscribe({.topics = {ma.name()}});
  form({&member});
  ConsumerMember consumer(modern);
  consumer.join({ma.name()});
  for (const TestTopic* const topic :
       {static_cast<TestTopic*>(&ma), static_cast<TestTopic*>(&mb)}) {
    EXPECT_EQ(member.commit(*topic, {.offset = 1}), ErrorCode::kNone);
    EXPECT_EQ(consumer.commit(*topic, {.offset = 1}), ErrorCode::kNone);
  }
  const std::int64_t committed_at = now_ms();
  EXPECT_TRUE(eventually([&] { return !stated.listed(); }));
  EXPECT_LT(now_ms() - committed_at, 20'000);
  EXPECT_EQ(leaver.leave(), ErrorCode::kNone);
  EXPECT_TRUE(eventually(
      [&] {
        EXPECT_EQ(consumer.beat(), unchanged(2));
        return live.offset(mb) == kNoOffset && modern.offset(mb) == kNoOffset && !simple.listed();
      },
      kRetentionPatience));
  EXPECT_GE(now_ms() - committed_at, kRetentionMs - 1000);
  EXPECT_EQ(live.offset(ma), 1) << "which it is subscribed to";
  EXPECT_EQ(modern.offset(ma), 1);
  EXPECT_TRUE(eventually([&] { return !left.listed(); }, kRetentionPatience));
  EXPECT_THAT(left.offsets(), IsEmpty());
}

TEST(SlowGroups, Groups_S36_S63_ANewTopicIsSeenAtTheNextResolution) {
  const std::string prefix = unique_name("ry");
  ConsumedTopic a(1, prefix + "-a");
  TestGroup group;
  ConsumerMember member(group);
  member.join_by_regex(prefix + "-.*");
  EXPECT_EQ(member.await_news(), assigned(2, of(a, {0})));
  const std::int64_t resolved_at = now_ms();
  ConsumedTopic b(2, prefix + "-b");
  EXPECT_EQ(member.await_news(), assigned(3, of(a, {0}) + of(b, {0, 1})));
  EXPECT_GE(now_ms() - resolved_at, 9000);
  // A topic that goes is seen at once, and so are new partitions.
  a.remove();
  EXPECT_EQ(member.await_news(), assigned(3, of(b, {0, 1})));
  EXPECT_EQ(member.beat(), unchanged(3));
  EXPECT_EQ(member.beat(of(b, {0, 1})), unchanged(4));
  const auto grown = b.client().ask(
      wire::CreatePartitionsRequest{.topics = {{.name = b.name(), .count = 3, .assignments = {}}},
                                    .timeout_ms = 30'000},
      3);
  EXPECT_EQ(grown.results.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(member.await_news(), assigned(5, of(b, {0, 1, 2})));
}

TEST(SlowGroups, Groups_S64_AnotherRegexWaitsForTheNextResolution) {
  const std::string prefix = unique_name("ry");
  ConsumedTopic topic(2, prefix + "-a");
  TestGroup group;
  ConsumerMember a(group, "A");
  a.join_by_regex(prefix + "-.*");
  EXPECT_EQ(a.await_news(), assigned(2, of(topic, {0, 1})));
  const std::int64_t resolved_at = now_ms();
  ConsumerMember b(group, "B");
  EXPECT_EQ(b.join_by_regex(prefix + "-[a-z]"), assigned(2, kNoPartitions));
  EXPECT_EQ(b.await_news(), unchanged(3));
  EXPECT_GE(now_ms() - resolved_at, 9000);
  EXPECT_EQ(a.beat(), assigned(2, of(topic, {0})));
  EXPECT_EQ(a.beat(of(topic, {0})), unchanged(3));
  EXPECT_EQ(b.beat(), assigned(3, of(topic, {1})));
}

}  // namespace
}  // namespace understudy::conformance
