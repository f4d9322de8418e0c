// Which leader epoch began at which offset (Kafka's LeaderEpochFileCache; KIP-101, KIP-279).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace understudy::broker {

class LeaderEpochs {
 public:
  struct Entry {
    std::int32_t epoch = 0;
    std::int64_t start_offset = 0;
    bool operator==(const Entry&) const = default;
  };
  struct EndOffset {
    std::int32_t epoch = -1;
    std::int64_t end_offset = -1;
    bool operator==(const EndOffset&) const = default;
  };

  // Both columns stay strictly increasing: entries at or above either value make room.
  void assign(std::int32_t epoch, std::int64_t start_offset);

  // Where `requested` ended, in a log that ends at log_end_offset. (-1, -1) if that is not known.
  EndOffset end_offset_for(std::int32_t requested, std::int64_t log_end_offset) const;

  // The epoch that `offset` was written under, if it is known.
  std::optional<std::int32_t> epoch_at(std::int64_t offset) const;

  void truncate_from_end(std::int64_t end_offset);
  void truncate_from_start(std::int64_t start_offset);

  const std::vector<Entry>& entries() const { return entries_; }
  std::int32_t latest_epoch() const { return entries_.empty() ? -1 : entries_.back().epoch; }

 private:
  std::vector<Entry> entries_;
};

}  // namespace understudy::broker
