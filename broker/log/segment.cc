#include "broker/log/segment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/log/files.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::Result;
using wire::Slice;

// Headers are looked at in pieces of this size: a place in the index is at most so far away when
// index.interval.bytes has its default, and one read is one system call.
constexpr std::uint64_t kWalkChunk = 8192;
// Whole batches are read in pieces of this size, or one batch at a time if it is larger.
constexpr std::uint64_t kScanChunk = 8u << 20;

bool is_zeros(const Slice& bytes) {
  return bytes.view().find_first_not_of('\0') == std::string_view::npos;
}

constexpr std::int32_t kBatchLengthMin =
    static_cast<std::int32_t>(codec::kBatchHeaderSize - codec::kLogOverhead);
constexpr std::int64_t kRelativeOffsetMax = std::numeric_limits<std::int32_t>::max();

std::uint64_t total_size(const codec::BatchView& header) {
  return codec::kLogOverhead + static_cast<std::uint64_t>(header.batch_length());
}

// What a batch's header says about itself, given where the batch before it ended.
bool is_plausible(const codec::BatchView& header, std::int64_t segment_base,
                  std::int64_t offset_min) {
  return header.batch_length() >= kBatchLengthMin && header.magic() == codec::kMagic &&
         header.base_offset() >= offset_min && header.last_offset_delta() >= 0 &&
         header.base_offset() <= segment_base + kRelativeOffsetMax &&
         header.last_offset() <= segment_base + kRelativeOffsetMax;
}

}  // namespace

Segment::Segment(const LogEnvironment& environment, std::string directory, std::int64_t base_offset)
    : environment_(&environment),
      directory_(std::move(directory)),
      base_offset_(base_offset),
      created_ms_(environment.clock.wall_ms()),
      modified_ms_(created_ms_),
      offset_index_(base_offset),
      time_index_(base_offset) {}

std::optional<Segment> Segment::open(const LogEnvironment& environment, std::string directory,
                                     std::int64_t base_offset) {
  Segment segment(environment, std::move(directory), base_offset);
  segment.file_ = environment.storage.open(segment.path(kLogSuffix));
  if (segment.file_ == nullptr) return std::nullopt;
  segment.file_->keep_room();  // if it is the active one
  segment.modified_ms_.reset();
  segment.knows_times_ = false;
  segment.foreign_bytes_ = segment.size_bytes();
  return segment;
}

std::string Segment::path(const char* suffix) const {
  return directory_ + "/" + offset_file_name(base_offset_, suffix);
}

std::int64_t Segment::max_timestamp() const {
  if (!knows_times_) static_cast<void>(learn_times());  // reading it will show
  return max_timestamp_.timestamp;
}

std::int64_t Segment::largest_timestamp() const {
  const std::int64_t newest = max_timestamp();
  return newest >= 0 ? newest : modified_ms();
}

void Segment::set_modified_ms(std::int64_t ms) {
  modified_ms_ = ms;
  file_->set_modified_ms(ms);
}

std::optional<std::int64_t> Segment::first_batch_timestamp() const {
  if (!knows_times_) static_cast<void>(learn_times());  // reading it will show
  return first_batch_timestamp_;
}

// Where the batch lies that the entry speaks of; nothing if it is not as the entry says.
std::optional<std::uint64_t> Segment::confirmed_position(const TimeIndexEntry& entry) const {
  const auto place = find(entry.offset);
  if (!place || !*place) return std::nullopt;
  bool is_right = false;
  const ErrorCode error =
      walk((*place)->position, [&](const codec::BatchView& batch, std::uint64_t) {
        is_right = batch.last_offset() == entry.offset && batch.max_timestamp() == entry.timestamp;
        return false;
      });
  if (error != ErrorCode::kNone || !is_right) return std::nullopt;
  return (*place)->position;
}

// The last entry of the time index has the largest timestamp, unless the file was cut: what comes
// after it is looked at, which mostly is nothing. Without an index all headers are.
ErrorCode Segment::learn_times() const {
  knows_times_ = true;
  const std::optional<TimeIndexEntry> last = time_index_.last();
  const std::optional<std::uint64_t> position = last ? confirmed_position(*last) : std::nullopt;
  if (position) max_timestamp_ = *last;
  const ErrorCode error = walk(0, [&](const codec::BatchView& batch, std::uint64_t) {
    note_times(batch.max_timestamp(), batch.last_offset());
    return !position;
  });
  if (!position || error != ErrorCode::kNone) return error;
  return walk(*position, [&](const codec::BatchView& batch, std::uint64_t) {
    note_times(batch.max_timestamp(), batch.last_offset());
    return true;
  });
}

void Segment::note_times(std::int64_t max_timestamp, std::int64_t last_offset) const {
  if (!first_batch_timestamp_) first_batch_timestamp_ = max_timestamp;
  if (max_timestamp > max_timestamp_.timestamp) max_timestamp_ = {max_timestamp, last_offset};
}

ErrorCode Segment::walk(std::uint64_t position, const VisitHeader& visit) const {
  const std::uint64_t end = size_bytes();
  Slice chunk;
  std::uint64_t chunk_start = 0;
  std::int64_t offset_min = base_offset_;
  while (position < end) {
    if (end - position < codec::kBatchHeaderSize) return ErrorCode::kCorruptMessage;
    const std::uint64_t in_chunk = position - chunk_start;
    if (chunk.empty() || in_chunk + codec::kBatchHeaderSize > chunk.size()) {
      const auto read = file_->read(position, std::min(kWalkChunk, end - position));
      if (!read) return read.error();
      chunk = *read;
      chunk_start = position;
      continue;
    }
    const codec::BatchView header({chunk.data() + in_chunk, codec::kBatchHeaderSize});
    if (!is_plausible(header, base_offset_, offset_min) || total_size(header) > end - position) {
      return ErrorCode::kCorruptMessage;
    }
    if (!visit(header, position)) return ErrorCode::kNone;
    offset_min = header.next_offset();
    position += total_size(header);
  }
  return ErrorCode::kNone;
}

Segment::Scan Segment::scan(std::uint64_t position, const VisitBatch& visit) const {
  const std::uint64_t end = size_bytes();
  Slice chunk;
  std::uint64_t chunk_start = position;
  std::uint64_t wanted = kScanChunk;
  std::int64_t offset_min = base_offset_;
  while (position < end) {
    const std::uint64_t left = end - position;
    if (left < codec::kBatchHeaderSize) return {position, "it ends inside a batch's header"};
    const std::uint64_t in_chunk = position - chunk_start;
    if (chunk.empty() || in_chunk + codec::kBatchHeaderSize > chunk.size()) {
      auto read = file_->read(position, std::min(std::max(wanted, kScanChunk), left));
      if (!read) return {position, "it cannot be read"};
      chunk = std::move(*read);
      chunk_start = position;
      continue;
    }
    const codec::BatchView header({chunk.data() + in_chunk, codec::kBatchHeaderSize});
    if (!is_plausible(header, base_offset_, offset_min)) {
      return {position, "there is no batch where one has to begin"};
    }
    const std::uint64_t size = total_size(header);
    if (size > left) return {position, "it ends inside a batch"};
    if (in_chunk + size > chunk.size()) {
      wanted = size;
      chunk = {};
      continue;
    }
    const codec::BatchView batch({chunk.data() + in_chunk, size});
    if (!batch.has_valid_crc()) return {position, "a batch's checksum is wrong"};
    // Compaction leaves gaps; a base offset that was damaged looks like one.
    const bool has_gap = batch.base_offset() > offset_min;
    if (has_gap && (batch.next_offset() > end_limit_ ||
                    !is_followed_rightly(position + size, batch.next_offset()))) {
      return {position, "a batch's base offset is wrong"};
    }
    if (!visit(batch, position)) return {position, {}};
    offset_min = batch.next_offset();
    position += size;
  }
  return {position, {}};
}

Result<std::optional<Segment::Place>> Segment::find(std::int64_t offset) const {
  // The index names batches by their last offset: the batch we want starts at or after the last
  // entry whose batch ends before it.
  const auto entry =
      offset_index_.last_where([&](const OffsetIndexEntry& one) { return one.offset < offset; });
  std::optional<Place> place;
  bool is_index_sound = true;
  const auto look_from = [&](const std::optional<OffsetIndexEntry>& start) {
    place.reset();
    return walk(start ? start->position : 0,
                [&](const codec::BatchView& batch, std::uint64_t position) {
                  if (start && position == start->position) {
                    is_index_sound = batch.last_offset() == start->offset;
                    if (!is_index_sound) return false;
                  }
                  if (batch.last_offset() < offset) return true;
                  place = Place{position, total_size(batch)};
                  return false;
                });
  };
  const bool is_outside = entry && entry->position >= size_bytes();
  ErrorCode error = is_outside ? ErrorCode::kCorruptMessage : look_from(entry);
  // A damaged index must not hide sound batches: without it.
  if (entry && (error == ErrorCode::kCorruptMessage || !is_index_sound)) {
    error = look_from(std::nullopt);
  }
  if (error != ErrorCode::kNone) return error;
  return place;
}

Result<Slice> Segment::read(std::uint64_t position, std::size_t size) const {
  auto bytes = file_->read(position, size);
  if (bytes && is_unchecked(position, size) && !is_sound(*bytes, position)) {
    // Once: a consumer asks for it again and again.
    if (!std::exchange(has_reported_damage_, true)) {
      environment_->report(environment_->full(path(kLogSuffix)) + ": damaged at or after byte " +
                           std::to_string(position) + "; what lies there is not served");
    }
    return ErrorCode::kCorruptMessage;
  }
  return bytes;
}

Result<Slice> Segment::read_to_send(std::uint64_t position, std::size_t size) const {
  if (is_unchecked(position, size)) return read(position, size);
  return file_->read_to_send(position, size);
}

bool Segment::is_sound(const Slice& bytes, std::uint64_t position) const {
  std::size_t at = 0;
  std::int64_t offset_min = base_offset_;
  while (bytes.size() - at >= codec::kBatchHeaderSize) {
    const codec::BatchView header({bytes.data() + at, codec::kBatchHeaderSize});
    if (!is_plausible(header, base_offset_, offset_min)) return false;
    const std::uint64_t size = total_size(header);
    if (size > bytes.size() - at) break;
    if (!codec::BatchView({bytes.data() + at, size}).has_valid_crc()) return false;
    offset_min = header.next_offset();
    at += size;
  }
  // What is left over was cut off by the reader, unless the file ends here.
  if (at < bytes.size() && position + bytes.size() == size_bytes()) return false;
  if (at > 0 && (offset_min > end_limit_ || !is_followed_rightly(position + at, offset_min))) {
    return false;
  }
  if (position <= checked_to_) checked_to_ = std::max(checked_to_, position + at);
  return true;
}

// The base offset of a batch lies outside of its checksum: what follows it shows whether it is
// too large.
bool Segment::is_followed_rightly(std::uint64_t position, std::int64_t end_offset) const {
  if (position + codec::kBatchHeaderSize > size_bytes()) return true;
  const auto bytes = file_->read(position, codec::kBatchHeaderSize);
  if (!bytes) return false;
  return is_zeros(*bytes) || codec::BatchView(codec::view_of(*bytes)).base_offset() >= end_offset;
}

std::uint64_t Segment::position_before(std::int64_t timestamp) const {
  const auto time = time_index_.last_where(
      [&](const TimeIndexEntry& entry) { return entry.timestamp < timestamp; });
  return time ? confirmed_position(*time).value_or(0) : 0;
}

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

Segment::End Segment::find_end() const {
  End end;
  std::optional<std::int64_t> first;  // the last offset of the batch where the walk began
  const auto walk_from = [&](std::uint64_t from) {
    end.offset = base_offset_;
    end.error = walk(from, [&](const codec::BatchView& batch, std::uint64_t) {
      if (!first) first = batch.last_offset();
      end.offset = batch.next_offset();
      return true;
    });
  };
  const std::optional<OffsetIndexEntry> last = offset_index_.last();
  walk_from(last ? last->position : 0);
  end.is_index_sound = !last || first == last->offset;
  if (!end.is_index_sound) walk_from(0);
  return end;
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

std::string Segment::recover(std::int64_t index_interval_bytes, std::int64_t end_min,
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
  const Scan scanned = scan(0, [&](const codec::BatchView& batch, std::uint64_t position) {
    end_offset = batch.next_offset();
    note_batch(position, batch.size_bytes(), batch.last_offset(), batch.max_timestamp(),
               index_interval_bytes);
    return visit(batch, position);
  });
  foreign_bytes_ = 0;
  if (scanned.fault.empty()) return {};
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
  return fault;
}

bool Segment::holds_zeros_from(std::uint64_t position) const {
  while (position < size_bytes()) {
    const auto bytes = file_->read(position, std::min(kScanChunk, size_bytes() - position));
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
