// What is known of each log, for all that judge it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "simulation/checks/inspect.h"
#include "simulation/partition_model.h"

namespace understudy::simulation {

struct KnownLog {
  PartitionModel model;
  // While replication is held, the high watermark stays here.
  std::optional<std::int64_t> held = {};
  std::int64_t start_offset = 0;  // as last seen
  bool has_gaps = false;          // or may have: a power cut came over it
};

class KnownLogs {
 public:
  explicit KnownLogs(const Scene& scene) : scene_(scene) {
    for (const Place& place : scene.places)
      logs_.push_back({.model = PartitionModel(place.name())});
  }

  KnownLog& operator[](Slot slot) { return logs_[std::size_t(slot)]; }
  const KnownLog& operator[](Slot slot) const { return logs_[std::size_t(slot)]; }
  Slot count() const { return Slot(logs_.size()); }
  auto begin() { return logs_.begin(); }
  auto end() { return logs_.end(); }

  LogView read(Slot slot) const { return read_log(scene_, slot, (*this)[slot].has_gaps); }

  // What a power cut cannot take. A dead process cannot be asked where the log starts.
  std::int64_t durable_end(Slot slot) const {
    return synced_end(scene_, slot,
                      scene_.broker == nullptr ? (*this)[slot].start_offset
                                               : scene_.partition(slot).log_start_offset);
  }

  // What may be acknowledged with acks = all, and shown.
  std::int64_t replicated_end(Slot slot) const {
    const KnownLog& log = (*this)[slot];
    std::int64_t end = log.model.end_offset();
    if (scene_.is_fsync()) end = std::min(end, durable_end(slot));
    return std::min(end, log.held.value_or(end));
  }

 private:
  const Scene& scene_;
  std::vector<KnownLog> logs_;
};

}  // namespace understudy::simulation
