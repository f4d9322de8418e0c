#include "broker/log/leader_epochs.h"

#include <algorithm>

namespace understudy::broker {

void LeaderEpochs::assign(std::int32_t epoch, std::int64_t start_offset) {
  if (!entries_.empty() && entries_.back().epoch == epoch &&
      start_offset >= entries_.back().start_offset) {
    return;
  }
  while (!entries_.empty() &&
         (entries_.back().epoch >= epoch || entries_.back().start_offset >= start_offset)) {
    entries_.pop_back();
  }
  entries_.push_back({epoch, start_offset});
}

LeaderEpochs::EndOffset LeaderEpochs::end_offset_for(std::int32_t requested,
                                                     std::int64_t log_end_offset) const {
  if (requested == -1 || entries_.empty()) return {};
  if (requested == entries_.back().epoch) return {requested, log_end_offset};
  const auto higher = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const Entry& entry) { return entry.epoch > requested; });
  if (higher == entries_.end()) return {};
  if (higher == entries_.begin()) return {requested, higher->start_offset};
  return {std::prev(higher)->epoch, higher->start_offset};
}

std::optional<std::int32_t> LeaderEpochs::epoch_at(std::int64_t offset) const {
  std::optional<std::int32_t> found;
  for (const Entry& entry : entries_) {
    if (entry.start_offset > offset) break;
    found = entry.epoch;
  }
  return found;
}

void LeaderEpochs::truncate_from_end(std::int64_t end_offset) {
  while (!entries_.empty() && entries_.back().start_offset >= end_offset) entries_.pop_back();
}

void LeaderEpochs::truncate_from_start(std::int64_t start_offset) {
  const auto first_above = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.start_offset > start_offset;
  });
  if (first_above == entries_.begin()) return;
  const auto last_below = std::prev(first_above);
  last_below->start_offset = start_offset;
  entries_.erase(entries_.begin(), last_below);
}

}  // namespace understudy::broker
