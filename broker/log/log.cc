#include "broker/log/log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "codec/record.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::Result;
using wire::Slice;

// Headers are looked at in pieces of this size: a place in the index is at most so far away when
// index.interval.bytes has its default, and one read is one system call.
constexpr std::uint64_t kScanChunk = 8192;

constexpr std::int64_t kMaxRelativeOffset = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kOffsetIndexEntryBytes = 8;
constexpr std::uint64_t kTimeIndexEntryBytes = 12;

}  // namespace

Log::Log(std::string topic, std::int32_t partition, Storage& storage, const Clock& clock)
    : topic_(std::move(topic)), partition_(partition), storage_(storage), clock_(clock) {
  segments_.emplace_back(0, clock_.now_ms());
}

std::uint64_t Log::size_bytes() const {
  std::uint64_t total = 0;
  for (const Segment& segment : segments_) total += segment.size_bytes();
  return total;
}

void Log::roll() { segments_.emplace_back(end_offset_, clock_.now_ms()); }

void Log::maybe_roll(const TopicConfig& config, std::uint64_t batch_size_bytes,
                     std::int64_t batch_max_timestamp) {
  const Segment& active = segments_.back();
  if (active.empty()) return;
  const auto segment_bytes = static_cast<std::uint64_t>(config.segment_bytes);
  const bool is_full =
      batch_size_bytes > segment_bytes || active.size_bytes() > segment_bytes - batch_size_bytes;

  // Time runs by the records where they have timestamps, so that a replayed topic rolls alike.
  const std::int64_t first_timestamp = active.first_batch_timestamp_.value_or(-1);
  const std::int64_t waited_ms = batch_max_timestamp >= 0 && first_timestamp >= 0
                                     ? batch_max_timestamp - first_timestamp
                                     : clock_.now_ms() - active.created_ms_;
  const bool is_old = waited_ms > config.segment_ms - config.segment_jitter_ms;

  const auto index_bytes = static_cast<std::uint64_t>(config.segment_index_bytes);
  const std::uint64_t entries = active.index_.size();
  const bool is_index_full = entries >= index_bytes / kOffsetIndexEntryBytes ||
                             entries + 1 >= index_bytes / kTimeIndexEntryBytes;
  const bool is_offset_too_far = end_offset_ - active.base_offset_ > kMaxRelativeOffset;
  if (is_full || is_old || is_index_full || is_offset_too_far) roll();
}

bool Log::append(const Slice& batch, std::int64_t last_offset, std::int64_t max_timestamp,
                 const TopicConfig& config) {
  ASSERT(last_offset >= end_offset_);
  Segment& active = segments_.back();
  if (active.file_ == nullptr) {
    active.file_ = storage_.create_segment(topic_, partition_, active.base_offset_);
    if (active.file_ == nullptr) return false;
  }
  const std::uint64_t position = active.file_->size_bytes();
  if (!active.file_->append(batch)) return false;
  note_batch(active, position, batch.size(), last_offset, max_timestamp, config);
  end_offset_ = last_offset + 1;
  return true;
}

void Log::note_batch(Segment& segment, std::uint64_t position, std::uint64_t size,
                     std::int64_t last_offset, std::int64_t max_timestamp,
                     const TopicConfig& config) const {
  if (!segment.first_batch_timestamp_) segment.first_batch_timestamp_ = max_timestamp;
  segment.max_timestamp_ = std::max(segment.max_timestamp_, max_timestamp);
  if (segment.bytes_since_index_entry_ > static_cast<std::uint64_t>(config.index_interval_bytes)) {
    segment.index_.push_back({last_offset, position});
    segment.bytes_since_index_entry_ = 0;
  }
  segment.bytes_since_index_entry_ += size;
}

const Segment* Log::segment_for(std::int64_t offset) const {
  const auto above = std::upper_bound(
      segments_.begin(), segments_.end(), offset,
      [](std::int64_t wanted, const Segment& segment) { return wanted < segment.base_offset_; });
  return above == segments_.begin() ? &segments_.front() : &*std::prev(above);
}

bool Log::walk(const Segment& segment, std::uint64_t position,
               const std::function<bool(const codec::BatchView&, std::uint64_t)>& visit) const {
  const std::uint64_t end = segment.size_bytes();
  Slice chunk;
  std::uint64_t chunk_start = 0;
  while (position < end) {
    const std::uint64_t in_chunk = position - chunk_start;
    if (chunk.empty() || in_chunk + codec::kBatchHeaderSize > chunk.size()) {
      const auto read = segment.file_->read(position, std::min(kScanChunk, end - position));
      if (!read) return false;
      chunk = *read;
      chunk_start = position;
      continue;
    }
    const codec::ByteView header(chunk.data() + in_chunk, codec::kBatchHeaderSize);
    const codec::BatchView view(header);
    if (!visit(view, position)) return true;
    position += codec::kLogOverhead + static_cast<std::uint64_t>(view.batch_length());
  }
  return true;
}

Result<std::optional<Log::Place>> Log::find_in(const Segment& segment, std::int64_t offset) const {
  // The index names batches by their last offset: the batch we want starts at or after the last
  // entry whose batch ends before it.
  const auto entry = std::lower_bound(
      segment.index_.begin(), segment.index_.end(), offset,
      [](const Segment::IndexEntry& one, std::int64_t wanted) { return one.last_offset < wanted; });
  const std::uint64_t start = entry == segment.index_.begin() ? 0 : std::prev(entry)->position;
  std::optional<Place> place;
  const bool read =
      walk(segment, start, [&](const codec::BatchView& batch, std::uint64_t position) {
        if (batch.last_offset() < offset) return true;
        place = Place{&segment, position,
                      codec::kLogOverhead + static_cast<std::uint64_t>(batch.batch_length())};
        return false;
      });
  if (!read) return ErrorCode::kKafkaStorageError;
  return place;
}

Result<std::optional<Log::Place>> Log::find(std::int64_t offset) const {
  const Segment* segment = segment_for(offset);
  for (; segment <= &segments_.back(); ++segment) {
    if (segment->empty()) continue;
    auto place = find_in(*segment, offset);
    if (!place || *place) return place;
  }
  return std::optional<Place>{};
}

Result<std::uint64_t> Log::limit_position(const Segment& segment, std::int64_t upper_offset) const {
  const bool is_last = &segment == &segments_.back();
  const std::int64_t segment_end = is_last ? end_offset_ : (&segment + 1)->base_offset_;
  if (upper_offset >= segment_end) return segment.size_bytes();
  const auto place = find_in(segment, upper_offset);
  if (!place) return place.error();
  return *place ? (*place)->position : segment.size_bytes();
}

Result<Slice> Log::read(const ReadOptions& options) const {
  if (options.fetch_offset >= options.upper_offset) return Slice{};
  const auto found = find(options.fetch_offset);
  if (!found) return found.error();
  if (!*found) return Slice{};
  const Place& place = **found;
  const auto limit = limit_position(*place.segment, options.upper_offset);
  if (!limit) return limit.error();
  if (*limit <= place.position) return Slice{};

  const std::uint64_t available = *limit - place.position;
  std::uint64_t size =
      std::min(available, static_cast<std::uint64_t>(std::max<std::int64_t>(options.max_bytes, 0)));
  if (size < place.batch_size_bytes) {
    if (!options.at_least_one_batch) return Slice{};
    size = place.batch_size_bytes;
  }
  return place.segment->file_->read(place.position, size);
}

Log::Available Log::available(std::int64_t offset, std::int64_t upper_offset) const {
  if (offset >= upper_offset) return {};
  const Segment* from = segment_for(offset);
  const Segment* to = segment_for(upper_offset);
  if (from != to && !(to->base_offset_ == upper_offset && from + 1 == to)) return {0, true};
  const auto place = find_in(*from, offset);
  const auto limit = limit_position(*from, upper_offset);
  if (!place || !limit || !*place || *limit <= (*place)->position) return {};
  return {*limit - (*place)->position, from != to};
}

void Log::for_each_batch(std::int64_t from,
                         const std::function<bool(const codec::BatchView&)>& visit) const {
  const auto found = find(from);
  if (!found || !*found) return;
  const Segment* segment = (*found)->segment;
  std::uint64_t position = (*found)->position;
  bool go_on = true;
  for (; go_on && segment <= &segments_.back(); ++segment, position = 0) {
    walk(*segment, position, [&](const codec::BatchView& batch, std::uint64_t) {
      go_on = visit(batch);
      return go_on;
    });
  }
}

namespace {

// The first record of a batch that `fits`; a fault in the batch is UNKNOWN_SERVER_ERROR.
template <class Fits>
Result<std::optional<TimestampOffset>> first_record(const Slice& bytes, const Fits& fits) {
  const codec::BatchView batch(codec::view_of(bytes));
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    if (fits(*record)) {
      return std::optional(
          TimestampOffset{record->timestamp, record->offset, batch.partition_leader_epoch()});
    }
  }
  if (!reader.verdict().ok()) return ErrorCode::kUnknownServerError;
  return std::optional<TimestampOffset>{};
}

}  // namespace

Result<std::optional<TimestampOffset>> Log::find_by_timestamp(std::int64_t timestamp) const {
  const auto segment = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& one) {
    return !one.empty() && one.max_timestamp_ >= timestamp;
  });
  if (segment == segments_.end()) return std::optional<TimestampOffset>{};

  Result<std::optional<TimestampOffset>> answer{std::optional<TimestampOffset>{}};
  const bool read = walk(*segment, 0, [&](const codec::BatchView& header, std::uint64_t position) {
    if (header.max_timestamp() < timestamp || header.last_offset() < start_offset_) return true;
    const auto size = codec::kLogOverhead + static_cast<std::size_t>(header.batch_length());
    const auto batch = segment->file_->read(position, size);
    if (!batch) {
      answer = batch.error();
      return false;
    }
    answer = first_record(*batch, [&](const codec::RecordView& record) {
      return record.timestamp >= timestamp && record.offset >= start_offset_;
    });
    return answer && !*answer;
  });
  if (!read) return ErrorCode::kKafkaStorageError;
  return answer;
}

Result<std::optional<TimestampOffset>> Log::find_max_timestamp() const {
  // The earliest segment that has the largest timestamp; the log start offset does not matter.
  const auto segment = std::max_element(
      segments_.begin(), segments_.end(),
      [](const Segment& a, const Segment& b) { return a.max_timestamp_ < b.max_timestamp_; });
  if (segment->max_timestamp_ < 0) return std::optional<TimestampOffset>{};

  Result<std::optional<TimestampOffset>> answer{std::optional<TimestampOffset>{}};
  const bool read = walk(*segment, 0, [&](const codec::BatchView& header, std::uint64_t position) {
    if (header.max_timestamp() != segment->max_timestamp_) return true;
    const auto size = codec::kLogOverhead + static_cast<std::size_t>(header.batch_length());
    const auto batch = segment->file_->read(position, size);
    if (!batch) {
      answer = batch.error();
      return false;
    }
    answer = first_record(*batch, [&](const codec::RecordView& record) {
      return record.timestamp == segment->max_timestamp_;
    });
    return answer && !*answer;
  });
  if (!read) return ErrorCode::kKafkaStorageError;
  return answer;
}

void Log::raise_start_offset(std::int64_t offset) {
  ASSERT(offset <= end_offset_);
  start_offset_ = std::max(start_offset_, offset);
}

std::size_t Log::delete_oldest(const std::function<bool(const Segment&, std::int64_t)>& may_go,
                               bool active_too) {
  std::size_t gone = 0;
  while (gone + 1 < segments_.size() && may_go(segments_[gone], segments_[gone + 1].base_offset_)) {
    ++gone;
  }
  if (gone + 1 == segments_.size() && active_too && !segments_.back().empty() &&
      may_go(segments_.back(), end_offset_)) {
    roll();
    ++gone;
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  if (gone > 0) start_offset_ = std::max(start_offset_, segments_.front().base_offset_);
  return gone;
}

bool Log::truncate_to(std::int64_t offset) {
  if (offset >= end_offset_) return true;
  while (segments_.size() > 1 && segments_.back().base_offset_ >= offset) segments_.pop_back();
  Segment& last = segments_.back();
  if (last.file_ != nullptr) {
    const auto place = find_in(last, offset);
    if (!place) return false;
    if (*place && !last.file_->truncate((*place)->position)) return false;
  }
  const std::uint64_t size = last.size_bytes();
  std::erase_if(last.index_, [&](const auto& entry) { return entry.position >= size; });
  last.bytes_since_index_entry_ = size - (last.index_.empty() ? 0 : last.index_.back().position);
  last.max_timestamp_ = -1;
  last.first_batch_timestamp_.reset();
  end_offset_ = std::max(offset, last.base_offset_);
  start_offset_ = std::min(start_offset_, end_offset_);
  return walk(last, 0, [&](const codec::BatchView& batch, std::uint64_t) {
    if (!last.first_batch_timestamp_) last.first_batch_timestamp_ = batch.max_timestamp();
    last.max_timestamp_ = std::max(last.max_timestamp_, batch.max_timestamp());
    return true;
  });
}

}  // namespace understudy::broker
