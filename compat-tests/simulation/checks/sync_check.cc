#include "simulation/checks/sync_check.h"

#include <algorithm>

#include "simulation/checks/inspect.h"

namespace understudy::simulation {

void SyncCheck::look() {
  if (!scene_.is_fsync()) return;
  for (Slot slot = 0; slot < scene_.slot_count(); ++slot) look_at(slot);
}

void SyncCheck::look_at(Slot slot) const {
  const broker::PartitionView at = scene_.partition(slot);
  if (at.is_offline) return;
  const std::int64_t safe = synced_end(scene_, slot, at.log_start_offset);
  if (safe >= at.log_end_offset || is_sync_pending(slot)) return;
  scene_.find_fault(Check::kProgress, scene_.name_of(slot) +
                                          ": nobody asks the disk to take what lies at " +
                                          std::to_string(safe) + " and behind");
}

bool SyncCheck::is_sync_pending(Slot slot) const {
  const std::string directory = directory_of(scene_, slot);
  return std::ranges::any_of(scene_.disk.list(directory), [&](const auto& file) {
    return scene_.disk.is_sync_pending(directory + "/" + file.name);
  });
}

}  // namespace understudy::simulation
