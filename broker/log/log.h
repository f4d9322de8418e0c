// The records of one partition: segments of whole batches, found by offset and by time.
//
// The log stores what it is given and knows nothing of producers, leaders or high watermarks; these
// are Partition's. The files are in Kafka's segment format; indexes are kept in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/topic_config.h"
#include "broker/log/storage.h"
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

class Segment {
 public:
  Segment(std::int64_t base_offset, std::int64_t created_ms)
      : base_offset_(base_offset), created_ms_(created_ms) {}

  struct IndexEntry {
    std::int64_t last_offset;  // of the batch that starts at position
    std::uint64_t position;
  };

  std::int64_t base_offset() const { return base_offset_; }
  std::int64_t created_ms() const { return created_ms_; }
  std::uint64_t size_bytes() const { return file_ ? file_->size_bytes() : 0; }
  bool empty() const { return size_bytes() == 0; }
  std::int64_t max_timestamp() const { return max_timestamp_; }
  std::optional<std::int64_t> first_batch_timestamp() const { return first_batch_timestamp_; }
  const std::vector<IndexEntry>& index() const { return index_; }
  const SegmentFile* file() const { return file_.get(); }

 private:
  friend class Log;

  std::int64_t base_offset_;
  std::int64_t created_ms_;
  std::unique_ptr<SegmentFile> file_;  // made at the first append
  std::vector<IndexEntry> index_;
  std::uint64_t bytes_since_index_entry_ = 0;
  std::int64_t max_timestamp_ = -1;
  std::optional<std::int64_t> first_batch_timestamp_;
};

class Log {
 public:
  Log(std::string topic, std::int32_t partition, Storage& storage, const Clock& clock);

  std::int64_t start_offset() const { return start_offset_; }
  std::int64_t end_offset() const { return end_offset_; }
  std::uint64_t size_bytes() const;
  const std::vector<Segment>& segments() const { return segments_; }

  // A new active segment from the log end offset on, if the batch that comes wants one
  // (LogSegment.shouldRoll). Kafka asks before it looks at sequences, so even a duplicate may roll.
  void maybe_roll(const TopicConfig& config, std::uint64_t batch_size_bytes,
                  std::int64_t batch_max_timestamp);

  // One whole batch whose base offset is the log end offset, or later (a coordinator's gap).
  // False: the storage refused, nothing is changed.
  [[nodiscard]] bool append(const wire::Slice& batch, std::int64_t last_offset,
                            std::int64_t max_timestamp, const TopicConfig& config);

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

  // Calls `visit` for the header of every batch from the one that holds `from` on, until it says
  // false.
  void for_each_batch(std::int64_t from,
                      const std::function<bool(const codec::BatchView&)>& visit) const;

  // The first record at or after start_offset with a timestamp of at least `timestamp`; nothing if
  // there is none. UNKNOWN_SERVER_ERROR if a compressed batch cannot be opened.
  wire::Result<std::optional<TimestampOffset>> find_by_timestamp(std::int64_t timestamp) const;
  // The first record that carries the largest timestamp; nothing without timestamps.
  wire::Result<std::optional<TimestampOffset>> find_max_timestamp() const;

  void raise_start_offset(std::int64_t offset);
  // Drops the oldest segments while `may_go(segment, next base offset)` holds, at most up to the
  // active one; the active one goes too if `active_too` and it may. Returns how many went.
  std::size_t delete_oldest(const std::function<bool(const Segment&, std::int64_t)>& may_go,
                            bool active_too);
  // Drops batches from `offset` on; `offset` is a batch boundary.
  [[nodiscard]] bool truncate_to(std::int64_t offset);

 private:
  struct Place {
    const Segment* segment;
    std::uint64_t position;
    std::uint64_t batch_size_bytes;
  };

  void roll();
  const Segment* segment_for(std::int64_t offset) const;
  // The first batch whose last offset is at least `offset`; nothing if the log ends before.
  wire::Result<std::optional<Place>> find(std::int64_t offset) const;
  wire::Result<std::optional<Place>> find_in(const Segment& segment, std::int64_t offset) const;
  wire::Result<std::uint64_t> limit_position(const Segment& segment,
                                             std::int64_t upper_offset) const;
  bool walk(const Segment& segment, std::uint64_t position,
            const std::function<bool(const codec::BatchView&, std::uint64_t)>& visit) const;
  void note_batch(Segment& segment, std::uint64_t position, std::uint64_t size,
                  std::int64_t last_offset, std::int64_t max_timestamp,
                  const TopicConfig& config) const;

  std::string topic_;
  std::int32_t partition_;
  Storage& storage_;
  const Clock& clock_;
  std::vector<Segment> segments_;  // never empty; the last one is active
  std::int64_t start_offset_ = 0;
  std::int64_t end_offset_ = 0;
};

}  // namespace understudy::broker
