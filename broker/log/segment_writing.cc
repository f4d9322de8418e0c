// Segments that are written to, recovered, cut and removed; segment.cc reads them.
#include <algorithm>
#include <utility>

#include "broker/log/files.h"
#include "broker/log/segment.h"

namespace understudy::broker {
namespace {

using codec::StoredBatch;
using wire::ErrorCode;
using wire::Slice;

constexpr std::uint64_t kCopyChunk = 8u << 20;

bool is_zeros(const Slice& bytes) {
  return bytes.view().find_first_not_of('\0') == std::string_view::npos;
}

}  // namespace

bool Segment::append(const Slice& batch, std::int64_t last_offset, std::int64_t max_timestamp,
                     std::int64_t index_interval_bytes) {
  if (file_ == nullptr) {
    file_ = environment_->storage.create(path(kLogSuffix));
    if (file_ == nullptr) return false;
    file_->keep_room();
  }
  const std::uint64_t position = file_->size_bytes();
  if (!file_->append(batch)) return false;
  note_batch(position, batch.size(), last_offset, max_timestamp, index_interval_bytes);
  modified_ms_ = environment_->clock.wall_ms();
  return true;
}

void Segment::note_batch(std::uint64_t position, std::uint64_t size, std::int64_t last_offset,
                         std::int64_t max_timestamp, std::int64_t index_interval_bytes) {
  note_times(max_timestamp, last_offset);
  if (bytes_since_index_entry_ > static_cast<std::uint64_t>(index_interval_bytes)) {
    offset_index_.add({last_offset, position});
    note_time_index_entry();
    bytes_since_index_entry_ = 0;
  }
  bytes_since_index_entry_ += size;
}

bool Segment::open_written() {
  file_ = environment_->storage.open(path(kLogSuffix));
  return file_ != nullptr;
}

void Segment::note_time_index_entry() {
  const std::optional<TimeIndexEntry> last = time_index_.last();
  if (max_timestamp_.timestamp > (last ? last->timestamp : std::int64_t{-1})) {
    time_index_.add(max_timestamp_);
  }
}

bool Segment::add_aborted(const AbortedTransaction& transaction) {
  return transaction_index_.add(environment_->storage, path(kTransactionIndexSuffix), transaction);
}

bool Segment::load_transaction_index() {
  return transaction_index_.load(environment_->storage, path(kTransactionIndexSuffix));
}

bool Segment::write_indexes() {
  if (file_ == nullptr) return true;
  Storage& storage = environment_->storage;
  if (!file_->trim()) {
    // Without an index the next start reads the segment, and finds what is behind it.
    static_cast<void>(storage.remove(path(kOffsetIndexSuffix)));
    return false;
  }
  note_time_index_entry();
  return offset_index_.save(storage, path(kOffsetIndexSuffix)) &&
         time_index_.save(storage, path(kTimeIndexSuffix));
}

// An index that cannot be used any more makes searches slow, not wrong.
void Segment::use_index_files() {
  Storage& storage = environment_->storage;
  if (!offset_index_.use_file(storage, path(kOffsetIndexSuffix))) offset_index_.clear();
  if (!time_index_.use_file(storage, path(kTimeIndexSuffix))) time_index_.clear();
}

std::optional<std::int64_t> Segment::resume() {
  Storage& storage = environment_->storage;
  if (!offset_index_.load(storage, path(kOffsetIndexSuffix))) return std::nullopt;
  if (!time_index_.load(storage, path(kTimeIndexSuffix))) time_index_.clear();
  const End end = find_end();
  if (end.error != ErrorCode::kNone || !end.is_index_sound) return std::nullopt;
  const std::optional<OffsetIndexEntry> last = offset_index_.last();
  bytes_since_index_entry_ = size_bytes() - (last ? last->position : 0);
  static_cast<void>(learn_times());  // reading it will show
  return end.offset;
}

Segment::Recovery Segment::recover(std::int64_t index_interval_bytes, std::int64_t end_min,
                                   const VisitBatch& visit) {
  offset_index_.clear();
  time_index_.clear();
  transaction_index_.clear();
  static_cast<void>(environment_->storage.remove(path(kTransactionIndexSuffix)));
  bytes_since_index_entry_ = 0;
  max_timestamp_ = {};
  first_batch_timestamp_.reset();
  knows_times_ = true;
  std::int64_t end_offset = base_offset_;
  const Scan scanned = scan(0, [&](const StoredBatch& batch, std::uint64_t position) {
    end_offset = batch.next_offset();
    note_batch(position, batch.size_bytes(), batch.last_offset(), batch.max_timestamp(),
               index_interval_bytes);
    return visit(batch, position);
  });
  foreign_bytes_ = 0;
  if (scanned.fault.empty()) return {};
  if (scanned.too_far) return split_at(scanned.end_position, *scanned.too_far);
  // Zeros behind all that has to be here are what File::trim() would have taken away.
  const bool is_room = end_offset >= end_min && holds_zeros_from(scanned.end_position);
  const std::uint64_t lost = size_bytes() - scanned.end_position;
  std::string fault = environment_->full(path(kLogSuffix)) + ": " + scanned.fault + " at byte " +
                      std::to_string(scanned.end_position) + "; " + std::to_string(lost) +
                      " bytes are cut off";
  if (!file_->truncate(scanned.end_position)) {
    fault += ", which failed";
  } else if (is_room) {
    fault.clear();
  }
  return {.fault = std::move(fault)};
}

Segment::Recovery Segment::split_at(std::uint64_t position, std::int64_t base_offset) {
  if (is_split_off(position, base_offset)) {
    if (file_->truncate(position)) return {};
  } else if (auto rest = split_off(position, base_offset)) {
    return {.rest = std::move(rest)};
  }
  return {.fault = environment_->full(path(kLogSuffix)) +
                   ": its offsets are too far apart for one segment, and the one that has to be "
                   "made of its end cannot be written; make room on the disk",
          .is_unfinished = true};
}

// The other segment was made, and maybe written to since, before this one was cut.
bool Segment::is_split_off(std::uint64_t position, std::int64_t base_offset) const {
  const Segment rest(*environment_, directory_, base_offset);
  const auto file = environment_->storage.open(rest.path(kLogSuffix));
  return file != nullptr && file->size_bytes() >= size_bytes() - position;
}

// The new file is complete and has its name before this one is cut: a start that finds both only
// cuts.
std::optional<Segment> Segment::split_off(std::uint64_t position, std::int64_t base_offset) {
  Segment rest(*environment_, directory_, base_offset);
  Storage& storage = environment_->storage;
  const std::string cleaned = rest.path(kLogSuffix) + kCleanedSuffix;
  const auto copy = storage.create(cleaned);
  if (copy == nullptr) return std::nullopt;
  for (std::uint64_t at = position; at < size_bytes();) {
    const auto bytes = file_->read(at, std::min(kCopyChunk, size_bytes() - at));
    if (!bytes || !copy->append(*bytes)) return std::nullopt;
    at += bytes->size();
  }
  if (!copy->sync() || !storage.rename(cleaned, rest.path(kLogSuffix)) ||
      !file_->truncate(position)) {
    return std::nullopt;
  }
  return open(*environment_, directory_, base_offset);
}

bool Segment::holds_zeros_from(std::uint64_t position) const {
  while (position < size_bytes()) {
    const auto bytes = file_->read(position, std::min(kCopyChunk, size_bytes() - position));
    if (!bytes || !is_zeros(*bytes)) return false;
    position += bytes->size();
  }
  return true;
}

bool Segment::truncate(std::uint64_t position) {
  if (file_ == nullptr) return true;
  if (position < size_bytes()) modified_ms_ = environment_->clock.wall_ms();
  if (!file_->truncate(position)) return false;
  offset_index_.drop_last_while(
      [&](const OffsetIndexEntry& entry) { return entry.position >= position; });
  time_index_.clear();
  const auto last = offset_index_.last();
  bytes_since_index_entry_ = position - (last ? last->position : 0);
  max_timestamp_ = {};
  first_batch_timestamp_.reset();
  knows_times_ = true;
  return learn_times() == ErrorCode::kNone;
}

void Segment::discard(std::int64_t delay_ms) {
  if (file_ == nullptr) return;
  file_.reset();
  offset_index_.clear();
  time_index_.clear();
  for (const char* suffix :
       {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kTransactionIndexSuffix}) {
    discard_later(*environment_, path(suffix), path(suffix) + kDeletedSuffix, delay_ms);
  }
}

}  // namespace understudy::broker
