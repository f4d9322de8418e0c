// The records of one partition: segments of whole batches, found by offset and by time (LocalLog).
//
// The log stores what it is given and knows nothing of producers, leaders or high watermarks; these
// are Partition's. Its files are Kafka's; how they are read after a start is log_loader.h's
// business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/topic_config.h"
#include "broker/log/environment.h"
#include "broker/log/segment.h"
#include "codec/record_batch.h"
#include "wire/result.h"

namespace understudy::broker {

struct ReadOptions {
  std::int64_t fetch_offset = 0;
  std::int64_t max_bytes = 0;
  std::int64_t upper_offset = 0;  // exclusive; high watermark, last stable offset or log end offset
  bool at_least_one_batch = false;  // even if it is larger than max_bytes
};

// A record's place in time.
struct TimestampOffset {
  std::int64_t timestamp = -1;
  std::int64_t offset = -1;
  std::int32_t leader_epoch = -1;
};

class Log {
 public:
  // An empty one. Its directory is made by the first append.
  Log(const LogEnvironment& environment, std::string directory);

  // What a loader found; the last segment is the active one.
  void adopt(std::vector<Segment> segments, std::int64_t start_offset, std::int64_t end_offset);

  const std::string& directory() const { return directory_; }
  std::int64_t start_offset() const { return start_offset_; }
  std::int64_t end_offset() const { return end_offset_; }
  std::uint64_t size_bytes() const;
  const std::vector<Segment>& segments() const { return segments_; }

  // A new active segment from the log end offset on, if the batch that comes wants one
  // (LogSegment.shouldRoll). Kafka asks before it looks at sequences, so even a duplicate may roll.
  // True if there is one now.
  struct Coming {
    std::uint64_t size_bytes = 0;
    std::int64_t last_offset = 0;
    std::int64_t max_timestamp = -1;
  };
  bool maybe_roll(const TopicConfig& config, const Coming& batch);

  // One whole batch whose base offset is the log end offset, or later (a coordinator's gap).
  // False: the storage refused, nothing is changed.
  [[nodiscard]] bool append(const wire::Slice& batch, std::int64_t last_offset,
                            std::int64_t max_timestamp, const TopicConfig& config);

  // An abort marker was appended: notes in the active segment what it has ended.
  [[nodiscard]] bool add_aborted(const AbortedTransaction& transaction) {
    return segments_.back().add_aborted(transaction);
  }

  // Bytes from the batch that holds fetch_offset on, within one segment; the last batch may be cut
  // off at max_bytes. Empty if there is nothing below upper_offset, or the first batch does not
  // fit.
  wire::Result<wire::Slice> read(const ReadOptions& options) const;

  // The bytes between a fetch at `offset` and `upper_offset`, as far as they lie in the same
  // segment; `other_segment` if they do not (DelayedFetch answers then).
  struct Available {
    std::uint64_t bytes = 0;
    bool other_segment = false;
  };
  Available available(std::int64_t offset, std::int64_t upper_offset) const;

  // Calls `visit` for every batch of magic 2 from the one that holds `from` on, with its records,
  // until it says false. Stops at what is not sound.
  void for_each_batch(std::int64_t from,
                      const std::function<bool(const codec::BatchView&)>& visit) const;

  // How much of a compressed batch is read before what was found in it is returned.
  struct Reading {
    enum class Extent : std::uint8_t { kWholeBatch, kAsFarAsNeeded };
    Extent extent;
    codec::RecordReaderOptions options = {};
  };

  // The first record at or after start_offset with a timestamp of at least `timestamp`, in the
  // first segment whose largest timestamp is at least that; nothing if there is none.
  // INVALID_RECORD or UNKNOWN_SERVER_ERROR if records of the batch cannot be read.
  wire::Result<std::optional<TimestampOffset>> find_by_timestamp(
      std::int64_t timestamp, const codec::RecordReaderOptions& options = {}) const;
  // The first record that carries the largest timestamp, -1 included: that is one without. Errors
  // as above.
  wire::Result<std::optional<TimestampOffset>> find_max_timestamp() const;

  // The aborted transactions that overlap [from, upper) (TransactionIndex.collectAbortedTxns).
  std::vector<AbortedTransaction> aborted_transactions(std::int64_t from, std::int64_t upper) const;

  void raise_start_offset(std::int64_t offset);
  // Drops the oldest segments while `may_go(segment, next base offset)` holds, at most up to the
  // active one; the active one goes too if `active_too` and it may. Their base offsets.
  std::vector<std::int64_t> delete_oldest(
      const std::function<bool(const Segment&, std::int64_t)>& may_go, bool active_too,
      std::int64_t delete_delay_ms);
  // Drops batches from `offset` on; `offset` is a batch boundary.
  [[nodiscard]] bool truncate_to(std::int64_t offset, const TopicConfig& config);
  // The closed segments [first, first + count) make room for `cleaned`: their files first, then,
  // when the new one has taken its place, they themselves.
  void discard_segments(std::size_t first, std::size_t count, std::int64_t delay_ms);
  void replace_segments(std::size_t first, std::size_t count, std::optional<Segment> cleaned);

  // Everything from the segment that holds `from` on would survive a power cut when this returns.
  [[nodiscard]] bool sync_from(std::int64_t from);
  // The active segment's indexes are in their files.
  [[nodiscard]] bool write_indexes() { return segments_.back().write_indexes(); }

 private:
  struct Place {
    const Segment* segment;
    std::uint64_t position;
    std::uint64_t batch_size_bytes;
  };

  void roll();
  // The last segment may be appended to again. False: the storage refused.
  [[nodiscard]] bool resume_last(std::int64_t end_min, const TopicConfig& config);
  const Segment* segment_for(std::int64_t offset) const;
  // The first batch whose last offset is at least `offset`; nothing if the log ends before.
  wire::Result<std::optional<Place>> find(std::int64_t offset) const;
  wire::Result<std::uint64_t> limit_position(const Segment& segment,
                                             std::int64_t upper_offset) const;
  template <class Wanted, class Fits>
  wire::Result<std::optional<TimestampOffset>> find_record(const Segment& segment,
                                                           std::uint64_t position,
                                                           const Reading& reading,
                                                           const Wanted& wanted,
                                                           const Fits& fits) const;

  const LogEnvironment& environment_;
  std::string directory_;
  std::vector<Segment> segments_;  // never empty; the last one is active
  std::int64_t start_offset_ = 0;
  std::int64_t end_offset_ = 0;
};

}  // namespace understudy::broker
