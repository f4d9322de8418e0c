// What a round of compaction does to the bytes of a log (Kafka's Cleaner and
// MemoryRecords.filterTo). Which log, and which part of it, is cleanable.h's business; files are
// the caller's.
//
// A round over one partition:
//
//   OffsetMap map(OffsetMap::max_entries_for());
//   OffsetMapBuilder builder(map, {aborted, first_dirty_offset}, first_dirty_offset);
//   for each segment of the dirty range: add() its bytes, end_segment(); stop if it is full
//   CleanedTransactions transactions(aborted, first base offset);
//   for each group of segments with a base offset up to map.latest_offset():
//     SegmentCleaner cleaner(map, transactions, options);
//     clean() the bytes of its segments, write what comes out to the group's new segment
//   the next round's dirty range starts at map.latest_offset() + 1
//
// Messages of the formats before magic 2 become batches of magic 2, as in Kafka 4.
//
// Both check every batch (checksum, rising offsets), which Kafka's cleaner does not: a damaged
// batch must not get a new, valid checksum, nor take the last good value of a key with it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "broker/log/cleaned_transactions.h"
#include "broker/log/offset_map.h"
#include "broker/log/producer_state.h"
#include "codec/record.h"
#include "codec/record_batch.h"
#include "codec/stored_batch.h"
#include "codec/verdict.h"
#include "wire/types.h"

namespace understudy::broker {

// Feeds a map with the keys of the dirty range. Control records, records without a key and data of
// aborted transactions are left out.
class OffsetMapBuilder {
 public:
  // The dirty range starts at `start_offset`, inside a batch if need be. The map is empty.
  OffsetMapBuilder(OffsetMap& map, CleanedTransactions transactions, std::int64_t start_offset,
                   const codec::RecordReaderOptions& reading = {})
      : map_(map),
        transactions_(std::move(transactions)),
        start_offset_(start_offset),
        reading_(reading) {}

  // Takes the whole batches at the beginning of `bytes`. An incomplete one at the end is left: add
  // it again with the bytes that follow. A bad verdict ends the round, and nothing is cleaned.
  struct Added {
    codec::Verdict verdict;
    std::size_t bytes_used = 0;
  };
  Added add(const wire::Slice& bytes);

  // The segment that was added ends where the next one, or the part that cannot be cleaned, begins.
  void end_segment(std::int64_t next_base_offset);

  // The map took no more. It holds the dirty range up to its latest offset, which may lie inside a
  // batch; records above it are kept as they are.
  bool is_full() const { return is_full_; }

 private:
  codec::Verdict add_batch(const codec::StoredBatch& batch);
  codec::Verdict add_records_of(const codec::BatchView& batch);
  codec::Verdict add_records_of(const codec::StoredBatch& old);
  void add_record(const std::optional<std::string_view>& key, std::int64_t offset);

  OffsetMap& map_;
  CleanedTransactions transactions_;
  std::int64_t start_offset_;
  codec::RecordReaderOptions reading_;
  std::int64_t next_offset_ = 0;
  bool is_full_ = false;
};

// What the partition knows of an active producer (LastRecord).
struct LastRecord {
  std::optional<std::int64_t> last_data_offset = {};  // of its newest remembered batch
  std::int16_t producer_epoch = -1;
};
LastRecord last_record_of(const ProducerEntry& entry);

struct CleaningOptions {
  std::int64_t now_ms = 0;                        // by the wall clock
  std::int64_t delete_retention_ms = 86'400'000;  // delete.retention.ms
  codec::RecordReaderOptions reading = {};        // max.decompressed.message.bytes
  // The batch that ends just before this offset stays, if need be without records. Kafka 4.3 takes
  // the round's first uncleanable offset, 4.4 the high watermark.
  std::int64_t kept_end_offset = -1;
  // Nothing for a producer that is not active any more.
  std::function<std::optional<LastRecord>(std::int64_t producer_id)> last_record_of = {};
};

// A batch that goes into the new segment.
struct CleanedBatch {
  std::size_t position = 0;  // in the chunk's bytes
  std::size_t size_bytes = 0;
  std::int64_t base_offset = 0;
  std::int64_t last_offset = 0;
  std::int64_t max_timestamp = -1;
};

struct CleanedChunk {
  codec::Verdict verdict;      // a bad one ends the round, and the segments stay as they were
  std::size_t bytes_used = 0;  // of the source
  wire::Slice bytes;           // to be written; the source's own if nothing had to change
  std::vector<CleanedBatch> batches;
};

// What came of all chunks so far.
struct CleanedTotals {
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t messages_read = 0;  // control records among them
  std::uint64_t messages_written = 0;
  std::uint64_t messages_without_key = 0;  // dropped for that
  std::int64_t last_offset = -1;
  std::int64_t max_timestamp = -1;
  std::int64_t max_timestamp_offset = -1;  // the last one of the batch that has it
};

// Makes the bytes of one new segment out of those of a group of old ones.
class SegmentCleaner {
 public:
  // The transactions are the round's, not the group's.
  SegmentCleaner(const OffsetMap& map, CleanedTransactions& transactions, CleaningOptions options)
      : map_(map), transactions_(transactions), options_(std::move(options)) {}

  // As OffsetMapBuilder::add(), in the order of the log.
  CleanedChunk clean(const wire::Slice& bytes);

  const CleanedTotals& totals() const { return totals_; }

 private:
  class Output;

  // RecordFilter.BatchRetention.
  enum class Retention : std::uint8_t { kDelete, kRetainEmpty, kDeleteEmpty };

  codec::Verdict clean_old(const codec::StoredBatch& message, Output& output);
  codec::Verdict clean_batch(const codec::BatchView& batch, Output& output);
  codec::Verdict clean_records(const codec::BatchView& batch, Retention retention,
                               bool marks_nothing, Output& output);
  Retention retention_of(const codec::BatchView& batch, bool discards_records) const;
  bool is_last_of_producer(const codec::BatchView& batch) const;
  std::optional<std::int64_t> delete_horizon() const;
  enum class Tombstones : std::uint8_t { kKept, kDropped };
  template <class Record>
  bool keeps(const Record& record, Tombstones tombstones);

  const OffsetMap& map_;
  CleanedTransactions& transactions_;
  CleaningOptions options_;
  CleanedTotals totals_;
  std::int64_t next_offset_ = 0;
};

}  // namespace understudy::broker
