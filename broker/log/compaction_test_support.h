// Logs as the tests of compaction build and read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/log/compaction.h"
#include "codec/control_record.h"
#include "codec/record.h"
#include "wire/assert.h"

namespace understudy::broker::compaction_test {

using Bytes = std::vector<std::uint8_t>;

struct TestRecord {
  std::optional<std::string> key;
  std::optional<std::string> value;
  std::int64_t timestamp = 1000;
};

// One batch; its records have the offsets from `fields.base_offset` on.
inline Bytes batch_of(codec::BatchFields fields, const std::vector<TestRecord>& records) {
  codec::RecordBatchBuilder builder(std::move(fields));
  for (const TestRecord& record : records) {
    builder.add({.timestamp = record.timestamp, .key = record.key, .value = record.value});
  }
  return builder.build();
}

inline Bytes marker_of(std::int64_t offset, codec::ControlType type, std::int64_t producer_id,
                       std::int16_t producer_epoch = 0) {
  return codec::build_marker_batch({.marker = {.type = type, .coordinator_epoch = 1},
                                    .producer_id = producer_id,
                                    .producer_epoch = producer_epoch,
                                    .timestamp_ms = 1000,
                                    .base_offset = offset,
                                    .partition_leader_epoch = 3});
}

inline wire::Slice slice_of(const std::vector<Bytes>& batches) {
  auto memory = std::make_shared<Bytes>();
  for (const Bytes& batch : batches) memory->insert(memory->end(), batch.begin(), batch.end());
  return {memory, memory->data(), memory->size()};
}

inline std::vector<Bytes> batches_in(const wire::Slice& bytes) {
  std::vector<Bytes> batches;
  codec::BatchCursor cursor(codec::view_of(bytes));
  while (cursor.next() == codec::BatchCursor::Step::kBatch) {
    batches.emplace_back(cursor.batch().begin(), cursor.batch().end());
  }
  ASSERT(cursor.verdict().ok() && cursor.bytes_left() == 0);
  return batches;
}

struct ReadRecord {
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;
  std::optional<std::string> key;
  std::optional<std::string> value;
  bool operator==(const ReadRecord&) const = default;
};

inline std::vector<ReadRecord> records_in(codec::ByteView batch) {
  std::vector<ReadRecord> records;
  codec::RecordReader reader{codec::BatchView(batch)};
  while (const codec::RecordView* record = reader.next()) {
    ReadRecord& read =
        records.emplace_back(ReadRecord{.offset = record->offset, .timestamp = record->timestamp});
    if (record->key) read.key.emplace(*record->key);
    if (record->value) read.value.emplace(*record->value);
  }
  ASSERT(reader.verdict().ok());
  return records;
}

// Offsets of all records, markers among them.
inline std::vector<std::int64_t> offsets_in(const std::vector<Bytes>& batches) {
  std::vector<std::int64_t> offsets;
  for (const Bytes& batch : batches) {
    for (const ReadRecord& record : records_in(batch)) offsets.push_back(record.offset);
  }
  return offsets;
}

struct Round {
  std::int64_t first_dirty_offset = 0;
  std::int64_t end_offset = 0;  // of the dirty range
  std::size_t map_entries = 1000;
  CleaningOptions options = {};
  std::vector<AbortedTransaction> aborted = {};
};

struct Cleaned {
  codec::Verdict verdict;
  std::vector<Bytes> batches;
  CleanedTotals totals;
  std::vector<AbortedTransaction> kept_aborted;
  std::int64_t map_end_offset = 0;
  wire::Slice bytes;
};

// A round over a log of one segment.
inline Cleaned clean(const std::vector<Bytes>& log, const Round& round) {
  const wire::Slice source = slice_of(log);
  Cleaned cleaned;
  OffsetMap map(round.map_entries);
  OffsetMapBuilder builder(map, {round.aborted, round.first_dirty_offset},
                           round.first_dirty_offset);
  cleaned.verdict = builder.add(source).verdict;
  if (!cleaned.verdict.ok()) return cleaned;
  if (!builder.is_full()) builder.end_segment(round.end_offset);
  cleaned.map_end_offset = map.latest_offset() + 1;

  CleanedTransactions transactions(round.aborted, 0);
  SegmentCleaner cleaner(map, transactions, round.options);
  CleanedChunk chunk = cleaner.clean(source);
  cleaned.verdict = chunk.verdict;
  if (!cleaned.verdict.ok()) return cleaned;
  cleaned.bytes = chunk.bytes;
  cleaned.batches = batches_in(chunk.bytes);
  cleaned.totals = cleaner.totals();
  cleaned.kept_aborted = transactions.take_kept();
  return cleaned;
}

}  // namespace understudy::broker::compaction_test
