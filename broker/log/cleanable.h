// Which logs compaction works on, and in which pieces (Kafka's LogCleanerManager, LogToClean and
// Cleaner.groupSegmentsBySize): decisions over numbers, nothing is read or written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace understudy::broker {

struct CleanableSegment {
  std::int64_t base_offset = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t largest_timestamp_ms = 0;  // of its records, else when its file was written
  std::optional<std::int64_t> first_batch_timestamp_ms = {};
  std::uint64_t offset_index_bytes = 0;
  std::uint64_t time_index_bytes = 0;
};

struct CleanableLog {
  std::vector<CleanableSegment> segments;  // all, in order; the last is active
  std::int64_t log_start_offset = 0;
  std::int64_t log_end_offset = 0;
  std::int64_t last_stable_offset = 0;  // never above the high watermark
  std::optional<std::int64_t> checkpoint =
      {};  // where the last round ended (cleaner-offset-checkpoint)
};

struct CleaningPolicy {
  double min_cleanable_dirty_ratio = 0.5;
  std::int64_t min_compaction_lag_ms = 0;
  std::int64_t max_compaction_lag_ms = std::numeric_limits<std::int64_t>::max();
};

struct CleaningPlan {
  std::int64_t first_dirty_offset = 0;
  std::int64_t first_uncleanable_offset = 0;  // a segment's base offset
  bool resets_checkpoint = false;  // the checkpoint was nowhere in the log: write it again
  std::uint64_t clean_bytes = 0;
  std::uint64_t cleanable_bytes = 0;
  std::int64_t overdue_ms = 0;  // by how much max.compaction.lag.ms is exceeded

  std::uint64_t total_bytes() const { return clean_bytes + cleanable_bytes; }
  // 0 for an empty log.
  double cleanable_ratio() const;
};

CleaningPlan plan_cleaning(const CleanableLog& log, const CleaningPolicy& policy,
                           std::int64_t now_ms);

// Whether it should be done now.
bool is_due(const CleaningPlan& plan, const CleaningPolicy& policy);

// Of plans that are due, the index of the one to do first: the dirtiest, of equals the first.
// Nothing without a plan.
std::optional<std::size_t> dirtiest(std::span<const CleaningPlan> plans);

struct GroupLimits {
  std::uint64_t segment_bytes = 1'073'741'824;     // segment.bytes
  std::uint64_t segment_index_bytes = 10'485'760;  // segment.index.bytes
};

// Neighbours that become one segment, with the base offset of the first.
struct SegmentGroup {
  std::size_t first_index = 0;
  std::size_t count = 0;
  bool operator==(const SegmentGroup&) const = default;
};

// The segments that begin below `end_offset`, where the round's map ends, in groups. By their size
// before the cleaning: nobody knows how much of them will be left.
std::vector<SegmentGroup> group_segments(std::span<const CleanableSegment> segments,
                                         std::int64_t end_offset,
                                         std::int64_t first_uncleanable_offset,
                                         const GroupLimits& limits);

}  // namespace understudy::broker
