// Section 16 of the log and fetch specification, scenarios 39 to 41: what retention deletes.
//
// That something is not deleted can only be seen once a retention pass has looked at it: therefore
// each scenario has a topic beside it whose records a later pass is sure to delete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

constexpr std::int64_t kLongAgo = 1'000;

const std::map<std::string, std::string> kFrequentRetention = {
    {"log.retention.check.interval.ms", "500"}, {"log.initial.task.delay.ms", "500"}};

// Waits until a pass that began after this call has gone over all topics.
void await_retention_pass() {
  for (int pass = 0; pass < 2; ++pass) {
    TestTopic canary({.configs = {{"retention.ms", "1000"}}});
    EXPECT_EQ(canary.produce(plain(1, kLongAgo)).error_code, ErrorCode::kNone);
    ASSERT_TRUE(eventually([&] { return canary.start_offset() == 1; }));
  }
}

TEST(LogAndFetch, S39_RetentionBySizeNeverGoesBelowTheLimit) {
  REQUIRE_BROKER_SETTINGS(kFrequentRetention);
  TestTopic topic({.configs = {{"internal.segment.bytes", "600"}, {"retention.bytes", "1000"}}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(topic.produce(batch_of_size(600)), AppendedAt(i));
  }
  // 1800 bytes are 800 too many: one segment may go, a second one would leave 600.
  ASSERT_TRUE(eventually([&] { return topic.start_offset() > 0; }));
  await_retention_pass();
  EXPECT_EQ(topic.start_offset(), 1);
  EXPECT_EQ(topic.end_offset(), 3);
}

TEST(LogAndFetch, S40_RetentionByTimeGoesByTheRecords) {
  REQUIRE_BROKER_SETTINGS(kFrequentRetention);
  TestTopic future({.configs = {{"retention.ms", "1000"}}});
  EXPECT_THAT(future.produce(plain(3, now_ms() + 3'500'000)), AppendedAt(0));
  TestTopic past({.configs = {{"retention.ms", "1000"}}});
  EXPECT_THAT(past.produce(plain(3, kLongAgo)), AppendedAt(0));
  // Even the active segment goes; the log then begins where it ends.
  ASSERT_TRUE(eventually([&] { return past.start_offset() == 3; }));
  EXPECT_EQ(past.end_offset(), 3);
  EXPECT_THAT(past.produce(plain(1)), AppendedAt(3));
  await_retention_pass();
  EXPECT_EQ(future.start_offset(), 0);
}

// Two batches whose timestamps lie `step` apart, and room for one of them.
void append_two_with_room_for_one(TestTopic& topic, std::int64_t step) {
  const std::int64_t stamp = now_ms() - 10'000'000;
  EXPECT_THAT(topic.produce(batch_of_size(600, {}, stamp)), AppendedAt(0));
  EXPECT_THAT(topic.produce(batch_of_size(600, {}, stamp + step)), AppendedAt(1));
}

TEST(LogAndFetch, S41_SegmentsRollByTheTimeOfTheRecords) {
  REQUIRE_BROKER_SETTINGS(kFrequentRetention);
  const Configs configs = {{"segment.ms", "3600000"}, {"retention.bytes", "600"}};
  // One segment of 1200 bytes is more than the excess of 600; of two segments the first may go.
  TestTopic one_segment({.configs = configs});
  append_two_with_room_for_one(one_segment, 3'600'000);
  TestTopic two_segments({.configs = configs});
  append_two_with_room_for_one(two_segments, 3'600'001);
  ASSERT_TRUE(eventually([&] { return two_segments.start_offset() > 0; }));
  await_retention_pass();
  EXPECT_EQ(two_segments.start_offset(), 1);
  EXPECT_EQ(one_segment.start_offset(), 0);
}

}  // namespace
}  // namespace understudy::conformance
