// Producer state at rest: the files NUMBER.snapshot of a partition, and its way back from batches
// (ProducerStateManager.writeSnapshot and readSnapshot, UnifiedLog.updateProducers).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/log/environment.h"
#include "broker/log/producer_state.h"
#include "codec/record_batch.h"

namespace understudy::broker {

// Only the newest batch of each producer is kept.
std::string write_producer_snapshot(const ProducerStateManager& producers);
// Nothing if the bytes are not a snapshot of version 1 with the right checksum.
using RestoredProducers = std::vector<std::pair<std::int64_t, ProducerEntry>>;
std::optional<RestoredProducers> read_producer_snapshot(std::string_view bytes);

// Does to the producers what the batch did when it was appended; no sequence is checked (Kafka's
// origin REPLICATION). The transaction that it ended as aborted, if it did.
std::optional<CompletedTransaction> replay(const codec::BatchView& batch,
                                           ProducerStateManager& producers);

// The snapshot files of one partition. A file's number is the offset up to which it knows the log.
class ProducerSnapshots {
 public:
  ProducerSnapshots(const LogEnvironment& environment, std::string directory)
      : environment_(environment), directory_(std::move(directory)) {}

  // Finds what is there.
  void find(const std::vector<Storage::Entry>& files);
  const std::set<std::int64_t>& offsets() const { return offsets_; }

  // A snapshot at `offset`, unless there was one at or after it. False: the storage refused.
  bool take(const ProducerStateManager& producers, std::int64_t offset);
  // The same in the place of one that is there, which is not to be trusted.
  bool take_anew(const ProducerStateManager& producers, std::int64_t offset);
  // Waits until the one at `offset` would survive a power cut. False also if there is none, unless
  // the storage waits with each.
  bool make_safe(std::int64_t offset);
  // Takes the place of what `producers` knows with the newest snapshot at or below `offset_max`.
  // A damaged one is removed and the next one tried. Its offset; nothing if there is none.
  std::optional<std::int64_t> load_newest(std::int64_t offset_max, ProducerStateManager& producers);

  // The log begins later: what counts as the last snapshot is the newest file, or the start.
  void log_start_raised(std::int64_t start_offset);
  // Those of dropped segments.
  void discard(const std::vector<std::int64_t>& offsets, std::int64_t delay_ms);
  template <class Condition>
  void remove_if(Condition condition) {
    const std::set<std::int64_t> before = offsets_;
    for (const std::int64_t offset : before) {
      if (condition(offset)) remove(offset);
    }
    last_taken_ = offsets_.empty() ? -1 : *offsets_.rbegin();
  }

 private:
  std::string path(std::int64_t offset) const;
  void remove(std::int64_t offset);

  const LogEnvironment& environment_;
  std::string directory_;
  std::set<std::int64_t> offsets_;
  std::int64_t last_taken_ = -1;
};

}  // namespace understudy::broker
