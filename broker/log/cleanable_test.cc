#include "broker/log/cleanable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kNow = 1'000'000;

// Segments of 100 offsets and 1000 bytes, the last one active.
CleanableLog log_of(std::size_t segments) {
  CleanableLog log;
  for (std::size_t i = 0; i < segments; ++i) {
    log.segments.push_back({.base_offset = static_cast<std::int64_t>(i) * 100,
                            .size_bytes = 1000,
                            .largest_timestamp_ms = static_cast<std::int64_t>(i) * 1000 + 999,
                            .first_batch_timestamp_ms = static_cast<std::int64_t>(i) * 1000 + 1,
                            .offset_index_bytes = 80,
                            .time_index_bytes = 120});
  }
  log.log_end_offset = static_cast<std::int64_t>(segments) * 100;
  log.last_stable_offset = log.log_end_offset;
  return log;
}

TEST(Cleanable, WithoutACheckpointAllButTheActiveSegmentIsDirty) {
  const CleaningPlan plan = plan_cleaning(log_of(4), {}, kNow);
  EXPECT_EQ(plan.first_dirty_offset, 0);
  EXPECT_EQ(plan.first_uncleanable_offset, 300);
  EXPECT_EQ(plan.clean_bytes, 0u);
  EXPECT_EQ(plan.cleanable_bytes, 3000u);
  EXPECT_DOUBLE_EQ(plan.cleanable_ratio(), 1);
  EXPECT_FALSE(plan.resets_checkpoint);
}

TEST(Cleanable, StartsAtTheCheckpoint) {
  CleanableLog log = log_of(4);
  log.checkpoint = 200;
  const CleaningPlan plan = plan_cleaning(log, {}, kNow);
  EXPECT_EQ(plan.first_dirty_offset, 200);
  EXPECT_EQ(plan.clean_bytes, 2000u);
  EXPECT_EQ(plan.cleanable_bytes, 1000u);
  EXPECT_FALSE(plan.resets_checkpoint);
}

TEST(Cleanable, ASegmentWithTheCheckpointInsideCountsAsCleanAndAsDirty) {
  CleanableLog log = log_of(4);
  log.checkpoint = 150;
  const CleaningPlan plan = plan_cleaning(log, {}, kNow);
  EXPECT_EQ(plan.first_dirty_offset, 150);
  EXPECT_EQ(plan.clean_bytes, 2000u);
  EXPECT_EQ(plan.cleanable_bytes, 2000u);
}

TEST(Cleanable, ACheckpointOutsideTheLogIsReset) {
  CleanableLog log = log_of(4);
  log.log_start_offset = 120;
  for (const std::int64_t inside : {120, 121, 400}) {
    log.checkpoint = inside;
    const CleaningPlan plan = plan_cleaning(log, {}, kNow);
    EXPECT_EQ(plan.first_dirty_offset, inside);
    EXPECT_FALSE(plan.resets_checkpoint);
  }
  for (const std::int64_t outside : {119, 401}) {
    log.checkpoint = outside;
    const CleaningPlan plan = plan_cleaning(log, {}, kNow);
    EXPECT_EQ(plan.first_dirty_offset, 120);
    EXPECT_TRUE(plan.resets_checkpoint);
  }
  log.checkpoint.reset();
  EXPECT_EQ(plan_cleaning(log, {}, kNow).first_dirty_offset, 120);
  EXPECT_FALSE(plan_cleaning(log, {}, kNow).resets_checkpoint);
}

TEST(Cleanable, StopsAtTheSegmentOfTheLastStableOffset) {
  CleanableLog log = log_of(4);
  log.last_stable_offset = 200;
  EXPECT_EQ(plan_cleaning(log, {}, kNow).first_uncleanable_offset, 200);
  log.last_stable_offset = 199;
  EXPECT_EQ(plan_cleaning(log, {}, kNow).first_uncleanable_offset, 100);
  log.last_stable_offset = 50;
  const CleaningPlan plan = plan_cleaning(log, {}, kNow);
  EXPECT_EQ(plan.first_uncleanable_offset, 0);
  EXPECT_EQ(plan.cleanable_bytes, 0u);
  EXPECT_FALSE(is_due(plan, {.min_cleanable_dirty_ratio = 0}));
}

TEST(Cleanable, ACheckpointBehindTheLastStableOffsetLeavesNothing) {
  CleanableLog log = log_of(4);
  log.checkpoint = 300;
  log.last_stable_offset = 150;
  const CleaningPlan plan = plan_cleaning(log, {}, kNow);
  EXPECT_EQ(plan.first_uncleanable_offset, 300);
  EXPECT_EQ(plan.cleanable_bytes, 0u);
  EXPECT_EQ(plan.clean_bytes, 3000u);
  log.checkpoint = 350;  // inside the active segment
  EXPECT_EQ(plan_cleaning(log, {}, kNow).cleanable_bytes, 0u);
}

TEST(Cleanable, SparesWhatIsYoungerThanMinCompactionLag) {
  const CleanableLog log = log_of(4);  // largest timestamps 999, 1999, 2999
  EXPECT_EQ(plan_cleaning(log, {.min_compaction_lag_ms = 1000}, 2999).first_uncleanable_offset,
            200);
  EXPECT_EQ(plan_cleaning(log, {.min_compaction_lag_ms = 1000}, 2998).first_uncleanable_offset,
            100);
  EXPECT_EQ(plan_cleaning(log, {.min_compaction_lag_ms = 0}, 0).first_uncleanable_offset, 300);
}

TEST(Cleanable, IsDueAboveTheRatioNotAtIt) {
  CleanableLog log = log_of(5);
  log.checkpoint = 200;
  const CleaningPlan plan = plan_cleaning(log, {}, kNow);
  EXPECT_DOUBLE_EQ(plan.cleanable_ratio(), 0.5);
  EXPECT_FALSE(is_due(plan, {.min_cleanable_dirty_ratio = 0.5}));
  EXPECT_TRUE(is_due(plan, {.min_cleanable_dirty_ratio = 0.49}));
}

TEST(Cleanable, IsDueWhenTheOldestDirtyBatchExceedsMaxCompactionLag) {
  CleanableLog log = log_of(5);
  log.checkpoint = 300;  // ratio 0.25; the dirty segment's first batch is of 3001
  const CleaningPolicy policy{.max_compaction_lag_ms = 1000};
  const CleaningPlan in_time = plan_cleaning(log, policy, 4001);
  EXPECT_EQ(in_time.overdue_ms, 0);
  EXPECT_FALSE(is_due(in_time, policy));
  const CleaningPlan late = plan_cleaning(log, policy, 4002);
  EXPECT_EQ(late.overdue_ms, 1);
  EXPECT_TRUE(is_due(late, policy));
  // Without anything that could be cleaned it is not.
  log.last_stable_offset = 300;
  const CleaningPlan nothing = plan_cleaning(log, policy, 4002);
  EXPECT_EQ(nothing.overdue_ms, 1);
  EXPECT_FALSE(is_due(nothing, policy));
  // A segment without timestamps has no age.
  log = log_of(2);
  log.segments[0].first_batch_timestamp_ms.reset();
  EXPECT_EQ(plan_cleaning(log, policy, kNow).overdue_ms, 0);
}

TEST(Cleanable, AnEmptyLogIsNotDue) {
  CleanableLog log = log_of(1);
  EXPECT_FALSE(is_due(plan_cleaning(log, {.min_cleanable_dirty_ratio = 0}, kNow),
                      {.min_cleanable_dirty_ratio = 0}));
  log.segments[0].size_bytes = 0;
  EXPECT_EQ(plan_cleaning(log, {}, kNow).cleanable_ratio(), 0);
}

TEST(Cleanable, TheDirtiestGoesFirst) {
  EXPECT_EQ(dirtiest({}), std::nullopt);
  const CleaningPlan plans[] = {{.clean_bytes = 5, .cleanable_bytes = 5},
                                {.clean_bytes = 1, .cleanable_bytes = 9},
                                {.clean_bytes = 10, .cleanable_bytes = 90},
                                {.clean_bytes = 7, .cleanable_bytes = 3}};
  EXPECT_EQ(dirtiest(plans), 1u);
}

TEST(Cleanable, GroupsNeighboursUpToASegmentsSize) {
  const CleanableLog log = log_of(6);
  EXPECT_THAT(group_segments(log.segments, 500, 500, {.segment_bytes = 2000}),
              ElementsAre(SegmentGroup{0, 2}, SegmentGroup{2, 2}, SegmentGroup{4, 1}));
  EXPECT_THAT(group_segments(log.segments, 500, 500, {.segment_bytes = 1999}),
              ElementsAre(SegmentGroup{0, 1}, SegmentGroup{1, 1}, SegmentGroup{2, 1},
                          SegmentGroup{3, 1}, SegmentGroup{4, 1}));
  // One that is too large by itself stays alone.
  EXPECT_THAT(group_segments(log.segments, 200, 500, {.segment_bytes = 10}),
              ElementsAre(SegmentGroup{0, 1}, SegmentGroup{1, 1}));
}

TEST(Cleanable, GroupsNoMoreThanAnIndexHolds) {
  const CleanableLog log = log_of(4);
  EXPECT_THAT(group_segments(log.segments, 300, 300, {.segment_index_bytes = 240}),
              ElementsAre(SegmentGroup{0, 2}, SegmentGroup{2, 1}));  // time indexes of 120 bytes
  EXPECT_THAT(group_segments(log.segments, 300, 300, {.segment_index_bytes = 239}),
              ElementsAre(SegmentGroup{0, 1}, SegmentGroup{1, 1}, SegmentGroup{2, 1}));
  CleanableLog narrow = log_of(4);
  for (CleanableSegment& segment : narrow.segments) segment.time_index_bytes = 0;
  EXPECT_THAT(group_segments(narrow.segments, 300, 300, {.segment_index_bytes = 239}),
              ElementsAre(SegmentGroup{0, 2}, SegmentGroup{2, 1}));
}

TEST(Cleanable, GroupsOnlySegmentsThatBeginBelowTheEndOfTheMap) {
  const CleanableLog log = log_of(4);
  EXPECT_THAT(group_segments(log.segments, 101, 300, {}), ElementsAre(SegmentGroup{0, 2}));
  EXPECT_THAT(group_segments(log.segments, 100, 300, {}), ElementsAre(SegmentGroup{0, 1}));
  EXPECT_TRUE(group_segments(log.segments, 0, 300, {}).empty());
}

TEST(Cleanable, AGroupsOffsetsFitIntoAnIndex) {
  constexpr std::int64_t kReach = std::numeric_limits<std::int32_t>::max();
  std::vector<CleanableSegment> segments = {{.base_offset = 10, .size_bytes = 1},
                                            {.base_offset = 100, .size_bytes = 1},
                                            {.base_offset = 10 + kReach + 1, .size_bytes = 1}};
  // The second ends where the third begins: 10 + kReach is its last offset.
  EXPECT_THAT(group_segments(segments, 10 + kReach + 1, 10 + kReach + 1, {}),
              ElementsAre(SegmentGroup{0, 2}));
  EXPECT_THAT(group_segments(segments, 10 + kReach + 2, 10 + kReach + 5, {}),
              ElementsAre(SegmentGroup{0, 2}, SegmentGroup{2, 1}));
  segments[2].base_offset += 1;
  EXPECT_THAT(group_segments(segments, 10 + kReach + 3, 10 + kReach + 5, {}),
              ElementsAre(SegmentGroup{0, 1}, SegmentGroup{1, 2}));
  // The last of them ends where nothing is cleaned any more.
  EXPECT_THAT(group_segments(std::span(segments).first(2), 200, 10 + kReach + 1, {}),
              ElementsAre(SegmentGroup{0, 2}));
  EXPECT_THAT(group_segments(std::span(segments).first(2), 200, 10 + kReach + 2, {}),
              ElementsAre(SegmentGroup{0, 1}, SegmentGroup{1, 1}));
  // An empty one never splits.
  segments[1].size_bytes = 0;
  EXPECT_THAT(group_segments(std::span(segments).first(2), 200, 10 + kReach + 2, {}),
              ElementsAre(SegmentGroup{0, 2}));
}

}  // namespace
}  // namespace understudy::broker
