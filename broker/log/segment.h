// One segment of a log: whole batches back to back in a file, found by offset and by time
// (LogSegment, FileRecords). Segments are written through a Log.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "broker/log/environment.h"
#include "broker/log/sparse_index.h"
#include "broker/log/transaction_index.h"
#include "codec/stored_batch.h"
#include "wire/result.h"

namespace understudy::broker {

class Segment {
 public:
  // A new one. Nothing of it is on the disk before the first append.
  Segment(const LogEnvironment& environment, std::string directory, std::int64_t base_offset);
  // One whose file is there and that is not written to any more; nothing if it cannot be opened.
  static std::optional<Segment> open(const LogEnvironment& environment, std::string directory,
                                     std::int64_t base_offset);

  std::int64_t base_offset() const { return base_offset_; }
  std::uint64_t size_bytes() const { return file_ ? file_->size_bytes() : 0; }
  bool empty() const { return size_bytes() == 0; }
  File* file() const { return file_.get(); }
  const OffsetIndex& offset_index() const { return offset_index_; }
  const TimeIndex& time_index() const { return time_index_; }
  const TransactionIndex& transaction_index() const { return transaction_index_; }
  std::string path(const char* suffix) const;

  // By this process: made, or opened. What rolling goes by where records have no timestamps.
  std::int64_t created_ms() const { return created_ms_; }
  // When it was last written.
  std::int64_t modified_ms() const { return modified_ms_ ? *modified_ms_ : file_->modified_ms(); }
  // For one that takes the place of others.
  void set_modified_ms(std::int64_t ms);
  // Of all records, -1 if none has one.
  std::int64_t max_timestamp() const;
  // That, or when the segment was last written if no record has one: Kafka's
  // LogSegment.largestTimestamp(), which retention, compaction and searches by time go by.
  std::int64_t largest_timestamp() const;
  std::optional<std::int64_t> first_batch_timestamp() const;

  // The position and size of the first batch whose last offset is at least `offset`; nothing if
  // all are before it.
  struct Place {
    std::uint64_t position = 0;
    std::uint64_t size_bytes = 0;
  };
  wire::Result<std::optional<Place>> find(std::int64_t offset) const;

  // Whole or cut batches, as they lie there. CORRUPT_MESSAGE if they are not what was written:
  // bytes that another process left behind are checked when they are first read.
  wire::Result<wire::Slice> read(std::uint64_t position, std::size_t size) const;
  // The same, to be passed on.
  wire::Result<wire::Slice> read_to_send(std::uint64_t position, std::size_t size) const;

  // Calls `visit` for the header of every batch from the one at `position` on, until it says false.
  // CORRUPT_MESSAGE where there is no batch.
  using VisitHeader = std::function<bool(const codec::StoredBatch&, std::uint64_t position)>;
  [[nodiscard]] wire::ErrorCode walk(std::uint64_t position, const VisitHeader& visit) const;

  // The offset and the position behind the last batch, found from the offset index's last entry on,
  // or from the beginning if that entry is not right. The error where there is no batch on the way.
  struct End {
    std::int64_t offset = 0;
    std::uint64_t position = 0;
    bool is_index_sound = true;
    wire::ErrorCode error = wire::ErrorCode::kNone;
  };
  End find_end() const;

  // Reads whole batches from the one at `position` on, until `visit` says false, and checks each:
  // size, magic, checksum, offsets that rise. Where it stopped, and why if not at the end.
  // `too_far` is the offset of a sound batch that the indexes of this segment cannot name: it wants
  // a segment of its own (Kafka's LogSegmentOffsetOverflowException, KAFKA-6264).
  struct Scan {
    std::uint64_t end_position = 0;
    std::string fault;
    std::optional<std::int64_t> too_far = {};
  };
  using VisitBatch = std::function<bool(const codec::StoredBatch&, std::uint64_t position)>;
  Scan scan(std::uint64_t position, const VisitBatch& visit) const;

  // No record lies at or above this offset: the next segment begins there, or more was never
  // replicated.
  void set_end_limit(std::int64_t offset) { end_limit_ = offset; }

  // How far a search for records with this timestamp may skip.
  std::uint64_t position_before(std::int64_t timestamp) const;

  // ---- Writing: for Log and its loader.

  // One whole batch. False: the storage refused, nothing is changed.
  [[nodiscard]] bool append(const wire::Slice& batch, std::int64_t last_offset,
                            std::int64_t max_timestamp, std::int64_t index_interval_bytes);
  // For one whose file somebody else writes under another name: a batch that was written there; and
  // then, when the file has its name, opens it.
  void note_batch(std::uint64_t position, std::uint64_t size, std::int64_t last_offset,
                  std::int64_t max_timestamp, std::int64_t index_interval_bytes);
  [[nodiscard]] bool open_written();
  // False if the file is damaged.
  [[nodiscard]] bool load_transaction_index();
  [[nodiscard]] bool add_aborted(const AbortedTransaction& transaction);
  // Writes the indexes. With that a segment that is not active any more gives their memory back.
  [[nodiscard]] bool write_indexes();
  void use_index_files();
  // The indexes are in memory again and the segment may be appended to; the offset where it ends.
  // Nothing if they are not there, or not what belongs to the batches: then recover().
  [[nodiscard]] std::optional<std::int64_t> resume();
  // Checks every batch, cuts the file at the first that is not sound, and makes the indexes again.
  // `visit` sees each sound batch. Zeros behind batches that reach to `end_min` are cut as well,
  // and are no fault: see File::keep_room().
  struct Recovery;
  Recovery recover(std::int64_t index_interval_bytes, std::int64_t end_min,
                   const VisitBatch& visit);
  // Drops batches from `position` on.
  [[nodiscard]] bool truncate(std::uint64_t position);
  // Removes the files. The object is of no use then.
  void discard(std::int64_t delay_ms);

 private:
  void note_time_index_entry();
  std::optional<std::uint64_t> confirmed_position(const TimeIndexEntry& entry) const;
  void note_times(std::int64_t max_timestamp, std::int64_t last_offset) const;
  wire::ErrorCode learn_times() const;
  bool is_unchecked(std::uint64_t position, std::size_t size) const {
    return position < foreign_bytes_ && position + size > checked_to_;
  }
  bool is_sound(const wire::Slice& bytes, std::uint64_t position) const;
  bool holds_zeros_from(std::uint64_t position) const;
  struct OffsetRange {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  bool is_in_place(const codec::StoredBatch& batch, std::uint64_t position,
                   std::int64_t offset_min) const;
  bool is_followed_rightly(std::uint64_t position, const OffsetRange& offsets) const;
  Recovery split_at(std::uint64_t position, std::int64_t base_offset);
  std::optional<Segment> split_off(std::uint64_t position, std::int64_t base_offset);
  bool is_split_off(std::uint64_t position, std::int64_t base_offset) const;

  const LogEnvironment* environment_;
  std::string directory_;
  std::int64_t base_offset_;
  std::int64_t created_ms_;
  // Nothing if another process was the last to write: then the file says.
  std::optional<std::int64_t> modified_ms_;
  std::unique_ptr<File> file_;  // made at the first append
  OffsetIndex offset_index_;
  TimeIndex time_index_;
  TransactionIndex transaction_index_;
  std::uint64_t bytes_since_index_entry_ = 0;

  // Found out when they are asked for if another process wrote the segment.
  mutable bool knows_times_ = true;
  mutable TimeIndexEntry max_timestamp_;
  mutable std::optional<std::int64_t> first_batch_timestamp_;
  // What lies before this is known to be as it was written.
  mutable std::uint64_t checked_to_ = 0;
  mutable bool has_reported_damage_ = false;
  // What another process wrote, and this one has not read as a whole.
  std::uint64_t foreign_bytes_ = 0;
  std::int64_t end_limit_ = std::numeric_limits<std::int64_t>::max();
};

struct Segment::Recovery {
  std::string fault = {};  // why something was cut, or the storage's error; empty if nothing was
  bool is_unfinished = false;  // the storage refused a new segment, and nothing was cut
  // A segment that was split off because its offsets are too far above this one's.
  std::optional<Segment> rest = {};
};

}  // namespace understudy::broker
