#include "broker/log/compaction.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <string>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

using codec::BatchCursor;
using codec::BatchView;
using codec::RecordReader;
using codec::RecordView;
using codec::StoredBatch;
using codec::Verdict;

// Calls `visit` for every whole batch, checked; it returns a Verdict, and false in `proceed` to
// stop. The checksum does not cover the base offset, but a log's offsets rise: `next_offset` is the
// least that may follow.
template <class Visit>
Verdict for_each_batch(const wire::Slice& bytes, std::size_t& bytes_used, std::int64_t& next_offset,
                       Visit visit) {
  BatchCursor cursor(codec::view_of(bytes));
  while (true) {
    switch (cursor.next()) {
      case BatchCursor::Step::kEnd:
        return Verdict::good();
      case BatchCursor::Step::kError:
        return cursor.verdict();
      case BatchCursor::Step::kBatch:
        break;
    }
    const auto batch = StoredBatch::read(cursor.batch());
    if (!batch) return Verdict::corrupt("a batch is too small for its format");
    const auto corrupt = [&](const char* what) {
      return Verdict::corrupt("the batch at offset " + std::to_string(batch->base_offset()) + what);
    };
    if (!batch->has_valid_crc()) return corrupt(" has a wrong checksum");
    if (batch->base_offset() < next_offset || !batch->has_possible_offsets()) {
      return corrupt(" is not where it belongs");
    }
    bool proceed = true;
    const Verdict verdict = visit(*batch, proceed);
    if (!verdict.ok() || !proceed) return verdict;
    bytes_used = cursor.bytes_used();
    next_offset = batch->next_offset();
  }
}

// The next record; a fault in the batch is in the verdict.
const RecordView* next_inside(RecordReader& reader, const BatchView& batch, Verdict& verdict) {
  const RecordView* record = reader.next();
  if (record == nullptr) {
    verdict = reader.verdict();
  } else if (record->offset < batch.base_offset() || record->offset > batch.last_offset()) {
    verdict = Verdict::corrupt("a record of the batch at offset " +
                               std::to_string(batch.base_offset()) + " lies outside it");
    return nullptr;
  }
  return record;
}

// The records of an old message, which rise up to its own offset. Where they begin only they say:
// not before `next_offset`, where the batch before them ends.
codec::OldMessages old_messages(const StoredBatch& message, std::int64_t next_offset) {
  codec::OldMessages messages = codec::read_old_messages(message);
  std::int64_t offset_min =
      messages.records.empty() ? next_offset : messages.records.front().offset;
  const std::int64_t offset_max = message.last_offset();
  const bool is_near = offset_min >= next_offset &&
                       offset_max - offset_min <= std::numeric_limits<std::int32_t>::max();
  for (const codec::OldRecord& record : messages.records) {
    if (!is_near || record.offset < offset_min || record.offset > offset_max) {
      messages.verdict = Verdict::corrupt("a record of the message at offset " +
                                          std::to_string(offset_max) + " lies outside it");
      messages.records.clear();
      break;
    }
    offset_min = record.offset + 1;
  }
  return messages;
}

// The header's fields that every form of a batch keeps: what is known of its producer and its
// place in the log.
codec::BatchFields kept_fields(const BatchView& batch) {
  return {.base_offset = batch.base_offset(),
          .partition_leader_epoch = batch.partition_leader_epoch(),
          .timestamp_type = batch.timestamp_type(),
          .transactional = batch.is_transactional(),
          .control = batch.is_control(),
          .producer_id = batch.producer_id(),
          .producer_epoch = batch.producer_epoch(),
          .base_sequence = batch.base_sequence(),
          .last_offset_delta = batch.last_offset_delta()};
}

// DefaultRecordBatch.writeEmptyHeader.
std::vector<std::uint8_t> emptied(const BatchView& batch) {
  codec::BatchFields fields = kept_fields(batch);
  fields.max_timestamp = batch.max_timestamp();
  return codec::RecordBatchBuilder(fields).build();
}

// The records for which `is_kept` is true, with their offsets and timestamps
// (MemoryRecords.buildRetainedRecordsInto). A delete horizon takes the place of the base timestamp.
// Compressed with Kafka's default levels, whatever the topic's are.
std::vector<std::uint8_t> rebuilt(const BatchView& batch, const std::vector<bool>& is_kept,
                                  std::optional<std::int64_t> delete_horizon_ms) {
  codec::BatchFields fields = kept_fields(batch);
  fields.compression = batch.compression();
  fields.delete_horizon_ms = delete_horizon_ms;
  if (batch.timestamp_type() == codec::TimestampType::kLogAppendTime) {
    fields.max_timestamp = batch.max_timestamp();
  }
  codec::RecordBatchBuilder builder(fields);
  RecordReader reader(batch);
  for (const bool keep : is_kept) {
    const RecordView* record = reader.next();
    ASSERT(record != nullptr);  // it was read before
    if (!keep) continue;
    builder.add({.timestamp = record->timestamp,
                 .key = record->key,
                 .value = record->value,
                 .headers = record->headers.to_vector()},
                record->offset_delta);
  }
  return builder.build();
}

}  // namespace

// ---- The map

OffsetMapBuilder::Added OffsetMapBuilder::add(const wire::Slice& bytes) {
  ASSERT(!is_full_);
  Added added;
  added.verdict = for_each_batch(bytes, added.bytes_used, next_offset_,
                                 [this](const StoredBatch& batch, bool& proceed) {
                                   Verdict verdict = add_batch(batch);
                                   proceed = !is_full_;
                                   return verdict;
                                 });
  return added;
}

void OffsetMapBuilder::end_segment(std::int64_t next_base_offset) {
  ASSERT(!is_full_);
  map_.set_latest_offset(next_base_offset - 1);
}

Verdict OffsetMapBuilder::add_batch(const StoredBatch& batch) {
  const Verdict verdict = batch.is_old() ? add_records_of(batch) : add_records_of(batch.current());
  if (!verdict.ok() || is_full_) return verdict;
  if (batch.last_offset() >= start_offset_) map_.set_latest_offset(batch.last_offset());
  return verdict;
}

void OffsetMapBuilder::add_record(const std::optional<std::string_view>& key, std::int64_t offset) {
  if (key && offset >= start_offset_ && !map_.put(*key, offset)) is_full_ = true;
}

Verdict OffsetMapBuilder::add_records_of(const StoredBatch& old) {
  const codec::OldMessages messages = old_messages(old, next_offset_);
  for (const codec::OldRecord& record : messages.records) {
    add_record(record.key, record.offset);
    if (is_full_) break;
  }
  return messages.verdict;
}

Verdict OffsetMapBuilder::add_records_of(const BatchView& batch) {
  if (batch.is_control()) {
    const wire::Result<bool> marker = transactions_.is_marker_of_nothing(batch);
    if (!marker) return {marker.error(), "a control record that cannot be read"};
  } else if (!transactions_.is_aborted(batch)) {
    RecordReader reader(batch, reading_);
    Verdict verdict;
    while (const RecordView* record = next_inside(reader, batch, verdict)) {
      add_record(record->key, record->offset);
      if (is_full_) return Verdict::good();
    }
    return verdict;
  }
  return Verdict::good();
}

// ---- The new segment

LastRecord last_record_of(const ProducerEntry& entry) {
  LastRecord last{.producer_epoch = entry.epoch};
  if (!entry.batches.empty()) last.last_data_offset = entry.batches.newest().last_offset;
  return last;
}

// What a chunk becomes: a view of the source as long as every batch was kept as it is, a copy from
// the first change on.
class SegmentCleaner::Output {
 public:
  Output(const wire::Slice& source, CleanedTotals& totals) : source_(source), totals_(totals) {}

  void keep(const BatchView& batch, std::uint64_t messages) {
    note(batch, messages);
    if (changed_) {
      changed_->insert(changed_->end(), batch.bytes().begin(), batch.bytes().end());
    } else {
      kept_size_ += batch.size_bytes();
    }
  }
  void drop() { change(); }
  void replace(const std::vector<std::uint8_t>& bytes) {
    change();
    const BatchView batch(bytes);
    note(batch, static_cast<std::uint64_t>(batch.record_count()));
    changed_->insert(changed_->end(), bytes.begin(), bytes.end());
  }

  void finish(CleanedChunk& chunk) {
    chunk.bytes = changed_ ? wire::Slice(changed_, changed_->data(), changed_->size())
                           : source_.sub(0, kept_size_);
    chunk.batches = std::move(batches_);
  }

 private:
  void change() {
    if (changed_) return;
    changed_ =
        std::make_shared<std::vector<std::uint8_t>>(source_.data(), source_.data() + kept_size_);
  }

  // LogSegment.append.
  void note(const BatchView& batch, std::uint64_t messages) {
    const std::size_t position = changed_ ? changed_->size() : kept_size_;
    batches_.push_back({.position = position,
                        .size_bytes = batch.size_bytes(),
                        .base_offset = batch.base_offset(),
                        .last_offset = batch.last_offset(),
                        .max_timestamp = batch.max_timestamp()});
    totals_.bytes_written += batch.size_bytes();
    totals_.messages_written += messages;
    totals_.last_offset = batch.last_offset();
    if (batch.max_timestamp() > totals_.max_timestamp) {
      totals_.max_timestamp = batch.max_timestamp();
      totals_.max_timestamp_offset = batch.last_offset();
    }
  }

  const wire::Slice& source_;
  CleanedTotals& totals_;
  std::size_t kept_size_ = 0;  // at the beginning of the source
  std::shared_ptr<std::vector<std::uint8_t>> changed_;
  std::vector<CleanedBatch> batches_;
};

template <class Record>
bool SegmentCleaner::keeps(const Record& record, Tombstones tombstones) {
  if (record.offset > map_.latest_offset()) return true;
  if (!record.key) {
    ++totals_.messages_without_key;
    return false;
  }
  if (record.offset < map_.find(*record.key)) return false;
  return record.value || tombstones == Tombstones::kKept;
}

CleanedChunk SegmentCleaner::clean(const wire::Slice& bytes) {
  CleanedChunk chunk;
  Output output(bytes, totals_);
  chunk.verdict =
      for_each_batch(bytes, chunk.bytes_used, next_offset_, [&](const StoredBatch& batch, bool&) {
        return batch.is_old() ? clean_old(batch, output) : clean_batch(batch.current(), output);
      });
  if (!chunk.verdict.ok()) return chunk;
  output.finish(chunk);
  return chunk;
}

// Whatever is kept is written anew, even if that is all of it.
Verdict SegmentCleaner::clean_old(const StoredBatch& message, Output& output) {
  const codec::OldMessages messages = old_messages(message, next_offset_);
  if (!messages.verdict.ok()) return messages.verdict;
  totals_.bytes_read += message.size_bytes();
  totals_.messages_read += messages.records.size();
  std::vector<codec::OldRecord> kept;
  std::ranges::copy_if(messages.records, std::back_inserter(kept),
                       [&](const auto& record) { return keeps(record, Tombstones::kKept); });
  if (kept.empty()) {
    output.drop();
    return Verdict::good();
  }
  codec::BatchFields fields{.base_offset = kept.front().offset,
                            .compression = message.compression(),
                            .timestamp_type = messages.timestamp_type};
  if (messages.timestamp_type == codec::TimestampType::kLogAppendTime) {
    fields.max_timestamp = message.max_timestamp();
  }
  if (std::ranges::any_of(kept, [](const auto& record) { return !record.value; })) {
    fields.delete_horizon_ms = delete_horizon();
  }
  codec::RecordBatchBuilder builder(fields);
  for (const codec::OldRecord& record : kept) {
    builder.add({.timestamp = record.timestamp, .key = record.key, .value = record.value},
                static_cast<std::int32_t>(record.offset - fields.base_offset));
  }
  output.replace(builder.build());
  return Verdict::good();
}

// Like Java's arithmetic; a retention near 2^63 ends below zero, which means none.
std::optional<std::int64_t> SegmentCleaner::delete_horizon() const {
  const auto horizon =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(options_.now_ms) +
                                static_cast<std::uint64_t>(options_.delete_retention_ms));
  return horizon < 0 ? std::nullopt : std::optional(horizon);
}

Verdict SegmentCleaner::clean_batch(const BatchView& batch, Output& output) {
  totals_.bytes_read += batch.size_bytes();
  bool discards_records = false;
  bool marks_nothing = false;
  if (batch.is_control()) {
    const wire::Result<bool> marker = transactions_.is_marker_of_nothing(batch);
    if (!marker) return {marker.error(), "a control record that cannot be read"};
    marks_nothing = *marker;
    // A marker outlives its data by delete.retention.ms, so that a reader in the middle of the
    // data still learns how it ended (KAFKA-8522).
    discards_records =
        marks_nothing && batch.has_delete_horizon() && batch.base_timestamp() <= options_.now_ms;
  } else {
    discards_records = transactions_.is_aborted(batch);
  }
  const Retention retention = retention_of(batch, discards_records);
  if (!discards_records) return clean_records(batch, retention, marks_nothing, output);
  totals_.messages_read += static_cast<std::uint64_t>(std::max(batch.record_count(), 0));
  if (retention == Retention::kRetainEmpty) {
    output.replace(emptied(batch));
  } else {
    output.drop();
  }
  return Verdict::good();
}

Verdict SegmentCleaner::clean_records(const BatchView& batch, Retention retention,
                                      bool marks_nothing, Output& output) {
  std::vector<bool> is_kept;
  std::size_t kept = 0;
  bool has_tombstones = false;
  const bool is_horizon_past =
      batch.has_delete_horizon() && options_.now_ms >= batch.base_timestamp();
  const Tombstones tombstones = is_horizon_past ? Tombstones::kDropped : Tombstones::kKept;
  RecordReader reader(batch, options_.reading);
  Verdict verdict;
  while (const RecordView* record = next_inside(reader, batch, verdict)) {
    const bool keep = batch.is_control() || keeps(*record, tombstones);
    is_kept.push_back(keep);
    if (!keep) continue;
    ++kept;
    has_tombstones = has_tombstones || !record->value;
  }
  if (!verdict.ok()) return verdict;
  totals_.messages_read += is_kept.size();
  if (kept == 0) {
    if (retention == Retention::kRetainEmpty) {
      output.replace(emptied(batch));
    } else {
      output.drop();
    }
    return Verdict::good();
  }
  const bool sets_horizon = (has_tombstones || marks_nothing) && !batch.has_delete_horizon();
  if (kept == is_kept.size() && !sets_horizon) {
    output.keep(batch, kept);
    return Verdict::good();
  }
  std::optional<std::int64_t> horizon;
  if (sets_horizon) {
    horizon = delete_horizon();
  } else if (batch.has_delete_horizon() && batch.base_timestamp() >= 0) {
    horizon = batch.base_timestamp();
  }
  output.replace(rebuilt(batch, is_kept, horizon));
  return Verdict::good();
}

// checkBatchRetention of the filter in Cleaner.cleanInto.
SegmentCleaner::Retention SegmentCleaner::retention_of(const BatchView& batch,
                                                       bool discards_records) const {
  if (batch.has_producer_id() && is_last_of_producer(batch)) return Retention::kRetainEmpty;
  if (batch.next_offset() == options_.kept_end_offset) return Retention::kRetainEmpty;
  return discards_records ? Retention::kDelete : Retention::kDeleteEmpty;
}

// An active producer's last sequence is read from its last batch after a restart, or, if it has
// written nothing but markers, its epoch from them.
bool SegmentCleaner::is_last_of_producer(const BatchView& batch) const {
  if (!options_.last_record_of) return false;
  const std::optional<LastRecord> last = options_.last_record_of(batch.producer_id());
  if (!last) return false;
  if (last->last_data_offset) return batch.last_offset() == *last->last_data_offset;
  return batch.is_control() && batch.producer_epoch() == last->producer_epoch;
}

}  // namespace understudy::broker
