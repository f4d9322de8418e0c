#include "simulation/checks/retention.h"

#include <algorithm>

namespace understudy::simulation {
namespace {

// What retention goes by, if the log starts at `start` now and started at `before`.
struct Dropped {
  std::int64_t bytes_left = 0;
  std::int64_t newest_timestamp = -1;  // of what is gone
};

Dropped dropped_between(const PartitionModel& model, std::int64_t before, std::int64_t start) {
  Dropped dropped;
  for (const Entry& entry : model.entries()) {
    if (entry.end_offset() > start) {
      dropped.bytes_left += std::int64_t(entry.sent.bytes.size());
    } else if (entry.end_offset() > before) {
      dropped.newest_timestamp = std::max(dropped.newest_timestamp, entry.sent.max_timestamp);
    }
  }
  return dropped;
}

// Whether what has this timestamp, and so many bytes behind it, may be dropped.
bool may_drop(const TopicPlan& plan, std::int64_t bytes_behind, std::int64_t timestamp,
              std::int64_t now_ms) {
  return (plan.retention_bytes && bytes_behind >= *plan.retention_bytes) ||
         (plan.retention_ms && now_ms - timestamp > *plan.retention_ms);
}

}  // namespace

void note_start(const Scene& scene, KnownLog& log, Slot slot) {
  const broker::PartitionView at = scene.partition(slot);
  const std::int64_t start = at.log_start_offset;
  const std::int64_t before = std::exchange(log.start_offset, start);
  if (start <= before) return;
  if (start > at.high_watermark) {
    scene.find_fault(Check::kWatermark, scene.name_of(slot) + " begins at " +
                                            std::to_string(start) +
                                            " now, and only what lies below " +
                                            std::to_string(at.high_watermark) + " was replicated");
  }
  const Dropped dropped = dropped_between(log.model, before, start);
  if (may_drop(*scene.place(slot).plan, dropped.bytes_left, dropped.newest_timestamp,
               scene.wall_ms())) {
    scene.ledger.allow_start(slot, start);
  }
}

std::int64_t largest_retained_start(const Scene& scene, const KnownLog& log, Slot slot) {
  const TopicPlan& plan = *scene.place(slot).plan;
  std::int64_t bytes_behind = 0;
  const auto& entries = log.model.entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (may_drop(plan, bytes_behind, entry->sent.max_timestamp, scene.wall_ms())) {
      return entry->end_offset();
    }
    bytes_behind += std::int64_t(entry->sent.bytes.size());
  }
  return 0;
}

}  // namespace understudy::simulation
