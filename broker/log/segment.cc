#include "broker/log/segment.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/log/files.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using codec::StoredBatch;
using wire::ErrorCode;
using wire::Result;
using wire::Slice;

// Headers are looked at in pieces of this size: a place in the index is at most so far away when
// index.interval.bytes has its default, and one read is one system call.
constexpr std::uint64_t kWalkChunk = 8192;
// Whole batches are read in pieces of this size, or one batch at a time if it is larger.
constexpr std::uint64_t kScanChunk = 8u << 20;

constexpr std::int64_t kRelativeOffsetMax = std::numeric_limits<std::int32_t>::max();

// What a batch's header says about itself, given where the batch before it ended.
bool is_plausible(const StoredBatch& header, std::int64_t offset_min) {
  return header.has_possible_offsets() && header.base_offset() >= offset_min;
}

// The indexes of a segment can name the batch.
bool is_near(const StoredBatch& header, std::int64_t segment_base) {
  return header.last_offset() - segment_base <= kRelativeOffsetMax;
}

// The base offset in the header at `position`; nothing if there is none, or the machine fails:
// reading on will show.
std::optional<std::int64_t> header_at(const File& file, std::uint64_t position) {
  if (position >= file.size_bytes()) return std::nullopt;
  const auto bytes = file.read(
      position, std::min<std::uint64_t>(codec::kBatchHeaderSize, file.size_bytes() - position));
  if (!bytes) return std::nullopt;
  const auto header = StoredBatch::read(codec::view_of(*bytes));
  if (!header || header->total_size() > file.size_bytes() - position) return std::nullopt;
  return header->base_offset();
}

// The same of a whole batch with the right checksum.
std::optional<std::int64_t> sound_base_at(const File& file, std::uint64_t position) {
  const auto base_offset = header_at(file, position);
  if (!base_offset) return std::nullopt;
  const auto head = file.read(position, codec::kLogOverhead);
  if (!head) return std::nullopt;
  const auto length = codec::detail::load<std::int32_t>(head->data() + 8);
  const auto whole = file.read(position, codec::kLogOverhead + static_cast<std::size_t>(length));
  const bool is_sound = whole && StoredBatch::read(codec::view_of(*whole))->has_valid_crc();
  return is_sound ? base_offset : std::nullopt;
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
  const ErrorCode error = walk((*place)->position, [&](const StoredBatch& batch, std::uint64_t) {
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
  const ErrorCode error = walk(0, [&](const StoredBatch& batch, std::uint64_t) {
    note_times(batch.max_timestamp(), batch.last_offset());
    return !position;
  });
  if (!position || error != ErrorCode::kNone) return error;
  return walk(*position, [&](const StoredBatch& batch, std::uint64_t) {
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
    const std::size_t wanted = std::min<std::uint64_t>(codec::kBatchHeaderSize, end - position);
    const std::uint64_t in_chunk = position - chunk_start;
    if (chunk.empty() || in_chunk + wanted > chunk.size()) {
      const auto read = file_->read(position, std::min(kWalkChunk, end - position));
      if (!read) return read.error();
      chunk = *read;
      chunk_start = position;
      continue;
    }
    const auto header = StoredBatch::read({chunk.data() + in_chunk, wanted});
    if (!header || !is_plausible(*header, offset_min) || !is_near(*header, base_offset_) ||
        header->total_size() > end - position) {
      return ErrorCode::kCorruptMessage;
    }
    if (!visit(*header, position)) return ErrorCode::kNone;
    offset_min = header->next_offset();
    position += header->total_size();
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
    const std::size_t header_size = std::min<std::uint64_t>(codec::kBatchHeaderSize, left);
    const std::uint64_t in_chunk = position - chunk_start;
    if (chunk.empty() || in_chunk + header_size > chunk.size()) {
      auto read = file_->read(position, std::min(std::max(wanted, kScanChunk), left));
      if (!read) return {position, "it cannot be read"};
      chunk = std::move(*read);
      chunk_start = position;
      continue;
    }
    const auto header = StoredBatch::read({chunk.data() + in_chunk, header_size});
    if (!header && left < codec::kBatchHeaderSize) {
      return {position, "it ends inside a batch's header"};
    }
    if (!header || !is_plausible(*header, offset_min)) {
      return {position, "there is no batch where one has to begin"};
    }
    const std::uint64_t size = header->total_size();
    if (size > left) return {position, "it ends inside a batch"};
    if (in_chunk + size > chunk.size()) {
      wanted = size;
      chunk = {};
      continue;
    }
    const auto batch = StoredBatch::read({chunk.data() + in_chunk, size});
    if (!batch->has_valid_crc()) return {position, "a batch's checksum is wrong"};
    const bool is_too_far = !is_near(*batch, base_offset_);
    // Where the next segment begins it lies as well, if the split was interrupted.
    const bool is_next = is_too_far && batch->base_offset() == end_limit_;
    if (!is_next && !is_in_place(*batch, position, offset_min)) {
      return {position, "a batch's base offset is wrong"};
    }
    if (is_too_far) {
      return {position, "a batch's offset is too far above the segment's", batch->base_offset()};
    }
    if (!visit(*batch, position)) return {position, {}};
    offset_min = batch->next_offset();
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
    return walk(start ? start->position : 0, [&](const StoredBatch& batch, std::uint64_t position) {
      if (start && position == start->position) {
        is_index_sound = batch.last_offset() == start->offset;
        if (!is_index_sound) return false;
      }
      if (batch.last_offset() < offset) return true;
      place = Place{position, batch.total_size()};
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
  std::int64_t begin = base_offset_;  // the least that the last batch may begin at
  std::int64_t offset_min = base_offset_;
  while (at < bytes.size()) {
    const std::size_t left = bytes.size() - at;
    const auto header = StoredBatch::read({bytes.data() + at, left});
    if (!header) {
      if (left >= codec::kBatchHeaderSize) return false;
      break;
    }
    if (!is_plausible(*header, offset_min) || !is_near(*header, base_offset_)) return false;
    const std::uint64_t size = header->total_size();
    if (size > left) break;
    if (!StoredBatch::read({bytes.data() + at, size})->has_valid_crc()) return false;
    begin = offset_min;
    offset_min = header->next_offset();
    at += size;
  }
  // What is left over was cut off by the reader, unless the file ends here.
  if (at < bytes.size() && position + bytes.size() == size_bytes()) return false;
  if (at > 0 && (offset_min > end_limit_ ||
                 !is_followed_rightly(position + at, {.begin = begin, .end = offset_min}))) {
    return false;
  }
  if (position <= checked_to_) checked_to_ = std::max(checked_to_, position + at);
  return true;
}

// The base offset of a batch lies outside of its checksum, and one that was damaged may look like a
// gap, which compaction, and a replica that was made from a compacted log, leave anywhere. Beyond
// the limit there is none, unless the log goes on behind it: then more than one batch says so.
bool Segment::is_in_place(const StoredBatch& batch, std::uint64_t position,
                          std::int64_t offset_min) const {
  if (batch.base_offset() == offset_min) return true;
  const std::uint64_t end = position + batch.total_size();
  if (!is_followed_rightly(end, {.begin = offset_min, .end = batch.next_offset()})) return false;
  return batch.next_offset() <= end_limit_ || sound_base_at(*file_, end).has_value();
}

// False if a sound batch follows that fits in the place of this one, and not behind it.
bool Segment::is_followed_rightly(std::uint64_t position, const OffsetRange& offsets) const {
  const auto next = header_at(*file_, position);
  if (!next || *next >= offsets.end || *next < offsets.begin) return true;
  return !sound_base_at(*file_, position);
}

std::uint64_t Segment::position_before(std::int64_t timestamp) const {
  const auto time = time_index_.last_where(
      [&](const TimeIndexEntry& entry) { return entry.timestamp < timestamp; });
  return time ? confirmed_position(*time).value_or(0) : 0;
}

Segment::End Segment::find_end() const {
  End end;
  std::optional<std::int64_t> first;  // the last offset of the batch where the walk began
  const auto walk_from = [&](std::uint64_t from) {
    end.offset = base_offset_;
    end.position = from;
    end.error = walk(from, [&](const StoredBatch& batch, std::uint64_t position) {
      if (!first) first = batch.last_offset();
      end.offset = batch.next_offset();
      end.position = position + batch.total_size();
      return true;
    });
  };
  const std::optional<OffsetIndexEntry> last = offset_index_.last();
  walk_from(last ? last->position : 0);
  end.is_index_sound = !last || first == last->offset;
  if (!end.is_index_sound) walk_from(0);
  return end;
}

}  // namespace understudy::broker
