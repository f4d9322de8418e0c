#include "broker/log/cleanable.h"

#include <algorithm>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

using Segments = std::span<const CleanableSegment>;

// From the segment that holds `from` (the first one if none does) to the last that begins before
// `to` (LogSegments.values).
Segments between(Segments segments, std::int64_t from, std::int64_t to) {
  const auto begins_after = [](std::int64_t offset, const CleanableSegment& segment) {
    return offset < segment.base_offset;
  };
  if (from >= to) return {};
  auto first = std::upper_bound(segments.begin(), segments.end(), from, begins_after);
  if (first != segments.begin()) --first;
  const auto last = std::upper_bound(first, segments.end(), to - 1, begins_after);
  return {first, last};
}

std::uint64_t size_of(Segments segments) {
  std::uint64_t size = 0;
  for (const CleanableSegment& segment : segments) size += segment.size_bytes;
  return size;
}

// How long ago the oldest dirty segment should have been cleaned: its first batch says its age.
std::int64_t overdue_ms(Segments dirty, const CleaningPolicy& policy, std::int64_t now_ms) {
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (const CleanableSegment& segment : dirty) {
    const std::int64_t timestamp = segment.first_batch_timestamp_ms.value_or(-1);
    if (timestamp > 0) earliest = std::min(earliest, timestamp);
  }
  const std::int64_t clean_until = now_ms - std::max<std::int64_t>(policy.max_compaction_lag_ms, 0);
  return earliest < clean_until ? clean_until - earliest : 0;
}

}  // namespace

double CleaningPlan::cleanable_ratio() const {
  return total_bytes() == 0
             ? 0
             : static_cast<double>(cleanable_bytes) / static_cast<double>(total_bytes());
}

CleaningPlan plan_cleaning(const CleanableLog& log, const CleaningPolicy& policy,
                           std::int64_t now_ms) {
  ASSERT(!log.segments.empty());
  const std::int64_t active_base_offset = log.segments.back().base_offset;
  CleaningPlan plan;
  plan.first_dirty_offset = log.checkpoint.value_or(log.log_start_offset);
  if (plan.first_dirty_offset < log.log_start_offset ||
      plan.first_dirty_offset > log.log_end_offset) {
    // Records were deleted past it, or the log lost its tail: all of it may be dirty.
    plan.first_dirty_offset = log.log_start_offset;
    plan.resets_checkpoint = true;
  }

  // The active segment is still written to, what is undecided may yet be aborted, and what is
  // young is promised to be there (min.compaction.lag.ms).
  const Segments dirty = between(log.segments, plan.first_dirty_offset, active_base_offset);
  std::int64_t uncleanable = std::min(log.last_stable_offset, active_base_offset);
  if (policy.min_compaction_lag_ms > 0) {
    const auto young = std::find_if(dirty.begin(), dirty.end(), [&](const CleanableSegment& s) {
      return s.largest_timestamp_ms > now_ms - policy.min_compaction_lag_ms;
    });
    if (young != dirty.end()) uncleanable = std::min(uncleanable, young->base_offset);
  }
  uncleanable = std::max(uncleanable, plan.first_dirty_offset);

  // A segment is cleaned as a whole or not at all.
  const Segments beyond = between(log.segments, uncleanable, active_base_offset);
  plan.first_uncleanable_offset = beyond.empty() ? active_base_offset : beyond.front().base_offset;
  plan.clean_bytes = size_of(between(log.segments, -1, plan.first_dirty_offset));
  plan.cleanable_bytes =
      size_of(between(log.segments, plan.first_dirty_offset, plan.first_uncleanable_offset));
  plan.overdue_ms = overdue_ms(dirty, policy, now_ms);
  return plan;
}

bool is_due(const CleaningPlan& plan, const CleaningPolicy& policy) {
  if (plan.total_bytes() == 0) return false;
  return (plan.overdue_ms > 0 && plan.cleanable_bytes > 0) ||
         plan.cleanable_ratio() > policy.min_cleanable_dirty_ratio;
}

std::optional<std::size_t> dirtiest(std::span<const CleaningPlan> plans) {
  const auto found = std::max_element(plans.begin(), plans.end(),
                                      [](const CleaningPlan& a, const CleaningPlan& b) {
                                        return a.cleanable_ratio() < b.cleanable_ratio();
                                      });
  if (found == plans.end()) return std::nullopt;
  return static_cast<std::size_t>(found - plans.begin());
}

std::vector<SegmentGroup> group_segments(std::span<const CleanableSegment> segments,
                                         std::int64_t end_offset,
                                         std::int64_t first_uncleanable_offset,
                                         const GroupLimits& limits) {
  const Segments cleaned = between(segments, 0, end_offset);
  std::vector<SegmentGroup> groups;
  std::uint64_t size = 0;
  std::uint64_t offset_index_size = 0;
  std::uint64_t time_index_size = 0;
  for (std::size_t i = 0; i < cleaned.size(); ++i) {
    const CleanableSegment& segment = cleaned[i];
    const std::int64_t last_offset =
        (i + 1 < cleaned.size() ? cleaned[i + 1].base_offset : first_uncleanable_offset) - 1;
    // Index entries hold offsets as 31 bits from the base. An empty segment brings none.
    const bool joins =
        !groups.empty() && size + segment.size_bytes <= limits.segment_bytes &&
        offset_index_size + segment.offset_index_bytes <= limits.segment_index_bytes &&
        time_index_size + segment.time_index_bytes <= limits.segment_index_bytes &&
        (segment.size_bytes == 0 || last_offset - cleaned[groups.back().first_index].base_offset <=
                                        std::numeric_limits<std::int32_t>::max());
    if (!joins) {
      groups.push_back({.first_index = i});
      size = offset_index_size = time_index_size = 0;
    }
    ++groups.back().count;
    size += segment.size_bytes;
    offset_index_size += segment.offset_index_bytes;
    time_index_size += segment.time_index_bytes;
  }
  return groups;
}

}  // namespace understudy::broker
