#include "broker/log/log.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "codec/record.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::Result;
using wire::Slice;

constexpr std::int64_t kMaxRelativeOffset = std::numeric_limits<std::int32_t>::max();

// What is taken off a segment's age, so that not all segments of a topic end at once. It follows
// from the segment's name, so that it is the same after a restart: FNV-1a. Below `limit`.
std::int64_t jitter_ms(const std::string& directory, const Segment& segment, std::int64_t limit) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : directory + '/' + std::to_string(segment.base_offset())) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  }
  hash ^= hash >> 32;  // the last digits have hardly reached the upper half
  return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(limit));
}

}  // namespace

Log::Log(const LogEnvironment& environment, std::string directory)
    : environment_(environment), directory_(std::move(directory)) {
  segments_.emplace_back(environment_, directory_, 0);
}

void Log::adopt(std::vector<Segment> segments, std::int64_t start_offset, std::int64_t end_offset) {
  ASSERT(!segments.empty());
  segments_ = std::move(segments);
  start_offset_ = start_offset;
  end_offset_ = end_offset;
}

std::uint64_t Log::size_bytes() const {
  std::uint64_t total = 0;
  for (const Segment& segment : segments_) total += segment.size_bytes();
  return total;
}

// Indexes that cannot be written are made again by the next start, and missed by no search before.
void Log::roll() {
  if (segments_.back().write_indexes()) segments_.back().use_index_files();
  segments_.emplace_back(environment_, directory_, end_offset_);
}

bool Log::maybe_roll(const TopicConfig& config, const Coming& batch) {
  const Segment& active = segments_.back();
  if (active.empty()) return false;
  const auto segment_bytes = static_cast<std::uint64_t>(config.segment_bytes);
  const bool is_full =
      batch.size_bytes > segment_bytes || active.size_bytes() > segment_bytes - batch.size_bytes;

  // Time runs by the records where they have timestamps, so that a replayed topic rolls alike.
  const std::int64_t first_timestamp = active.first_batch_timestamp().value_or(-1);
  const std::int64_t waited_ms = first_timestamp >= 0
                                     ? batch.max_timestamp - first_timestamp
                                     : environment_.clock.wall_ms() - active.created_ms();
  // What must be compacted in time must leave the active segment before that (KIP-354).
  const bool is_hurried = config.cleanup_compact && config.max_compaction_lag_ms > 0;
  const std::int64_t age_ms_max =
      is_hurried ? std::min(config.max_compaction_lag_ms, config.segment_ms) : config.segment_ms;
  // Most of the time the segment is too young for the jitter to matter.
  const std::int64_t jitter_max = std::min(config.segment_jitter_ms, config.segment_ms);
  const bool is_old = waited_ms > age_ms_max ||
                      (jitter_max > 0 && waited_ms > age_ms_max - jitter_max &&
                       waited_ms > age_ms_max - jitter_ms(directory_, active, jitter_max));

  const auto index_bytes = static_cast<std::uint64_t>(config.segment_index_bytes);
  const std::uint64_t entries = active.offset_index().size();
  const bool is_index_full = entries >= index_bytes / OffsetIndexEntry::kSize ||
                             entries + 1 >= index_bytes / TimeIndexEntry::kSize;
  const bool is_offset_too_far = batch.last_offset - active.base_offset() > kMaxRelativeOffset;
  if (!is_full && !is_old && !is_index_full && !is_offset_too_far) return false;
  roll();
  return true;
}

bool Log::append(const Slice& batch, std::int64_t last_offset, std::int64_t max_timestamp,
                 const TopicConfig& config) {
  ASSERT(last_offset >= end_offset_);
  if (!segments_.back().append(batch, last_offset, max_timestamp, config.index_interval_bytes)) {
    return false;
  }
  end_offset_ = last_offset + 1;
  return true;
}

const Segment* Log::segment_for(std::int64_t offset) const {
  const auto above = std::upper_bound(
      segments_.begin(), segments_.end(), offset,
      [](std::int64_t wanted, const Segment& segment) { return wanted < segment.base_offset(); });
  return above == segments_.begin() ? &segments_.front() : &*std::prev(above);
}

Result<std::optional<Log::Place>> Log::find(std::int64_t offset) const {
  const Segment* segment = segment_for(offset);
  for (; segment <= &segments_.back(); ++segment) {
    if (segment->empty()) continue;
    const auto place = segment->find(offset);
    if (!place) return place.error();
    if (*place) {
      return std::optional(Place{segment, (*place)->position, (*place)->size_bytes});
    }
  }
  return std::optional<Place>{};
}

Result<std::uint64_t> Log::limit_position(const Segment& segment, std::int64_t upper_offset) const {
  const bool is_last = &segment == &segments_.back();
  const std::int64_t segment_end = is_last ? end_offset_ : (&segment + 1)->base_offset();
  if (upper_offset >= segment_end) return segment.size_bytes();
  const auto place = segment.find(upper_offset);
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
  return place.segment->read_to_send(place.position, size);
}

Log::Available Log::available(std::int64_t offset, std::int64_t upper_offset) const {
  if (offset >= upper_offset) return {};
  const Segment* from = segment_for(offset);
  const Segment* to = segment_for(upper_offset);
  if (from != to && !(to->base_offset() == upper_offset && from + 1 == to)) return {0, true};
  const auto place = from->find(offset);
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
    if (segment->empty()) continue;
    const Segment::Scan scanned =
        segment->scan(position, [&](const codec::StoredBatch& batch, std::uint64_t) {
          go_on = batch.is_old() || visit(batch.current());
          return go_on;
        });
    if (!scanned.fault.empty()) return;
  }
}

namespace {

template <class Fits>
Result<std::optional<TimestampOffset>> first_old_record(const codec::StoredBatch& batch,
                                                        const Fits& fits) {
  const codec::OldMessages messages = codec::read_old_messages(batch);
  if (!messages.verdict.ok()) return messages.verdict.error;
  for (const codec::OldRecord& record : messages.records) {
    if (!fits(record)) continue;
    return std::optional(TimestampOffset{.timestamp = record.timestamp, .offset = record.offset});
  }
  return std::optional<TimestampOffset>{};
}

// The first record of a batch that `fits`, or what Kafka's iterators say of records that cannot be
// read: a search by time decompresses a batch to its end before it looks at any record.
template <class Fits>
Result<std::optional<TimestampOffset>> first_record(const Slice& bytes, const Log::Reading& reading,
                                                    const Fits& fits) {
  const auto stored = codec::StoredBatch::read(codec::view_of(bytes));
  if (!stored) return ErrorCode::kCorruptMessage;
  if (stored->is_old()) return first_old_record(*stored, fits);
  const codec::BatchView batch = stored->current();
  const bool reads_all = reading.extent == Log::Reading::Extent::kWholeBatch &&
                         batch.compression() != codec::CompressionType::kNone;
  codec::RecordReader reader(batch, reading.options);
  std::optional<TimestampOffset> found;
  while (const codec::RecordView* record = reader.next()) {
    if (found || !fits(*record)) continue;
    found = TimestampOffset{record->timestamp, record->offset, batch.partition_leader_epoch()};
    if (!reads_all) return found;
  }
  if (!reader.verdict().ok()) return reader.verdict().error;
  return found;
}

}  // namespace

// Looks into the batches that are `wanted` by their headers.
template <class Wanted, class Fits>
Result<std::optional<TimestampOffset>> Log::find_record(const Segment& segment,
                                                        std::uint64_t position,
                                                        const Reading& reading,
                                                        const Wanted& wanted,
                                                        const Fits& fits) const {
  Result<std::optional<TimestampOffset>> answer{std::optional<TimestampOffset>{}};
  const ErrorCode error =
      segment.walk(position, [&](const codec::StoredBatch& header, std::uint64_t at) {
        if (!wanted(header)) return true;
        const auto batch = segment.read(at, header.total_size());
        if (!batch) {
          answer = batch.error();
          return false;
        }
        answer = first_record(*batch, reading, fits);
        return answer && !*answer;
      });
  if (error != ErrorCode::kNone) return error;
  return answer;
}

Result<std::optional<TimestampOffset>> Log::find_by_timestamp(
    std::int64_t timestamp, const codec::RecordReaderOptions& options) const {
  // Only this one is searched, also if it has no records or none of them a timestamp.
  const auto segment = std::find_if(segments_.begin(), segments_.end(), [&](const Segment& one) {
    return one.largest_timestamp() >= timestamp;
  });
  if (segment == segments_.end()) return std::optional<TimestampOffset>{};
  return find_record(
      *segment, segment->position_before(timestamp), {Reading::Extent::kWholeBatch, options},
      [&](const codec::StoredBatch& header) {
        return header.max_timestamp() >= timestamp && header.last_offset() >= start_offset_;
      },
      [&](const auto& record) {
        return record.timestamp >= timestamp && record.offset >= start_offset_;
      });
}

Result<std::optional<TimestampOffset>> Log::find_max_timestamp() const {
  // The earliest segment that has the largest timestamp; the log start offset does not matter.
  const auto segment = std::max_element(
      segments_.begin(), segments_.end(),
      [](const Segment& a, const Segment& b) { return a.max_timestamp() < b.max_timestamp(); });
  if (segment->empty()) return std::optional<TimestampOffset>{};
  const std::int64_t newest = segment->max_timestamp();  // at least -1, which records may carry
  return find_record(
      *segment, segment->position_before(newest), {Reading::Extent::kAsFarAsNeeded},
      [&](const codec::StoredBatch& header) { return header.max_timestamp() == newest; },
      [&](const auto& record) { return record.timestamp == newest; });
}

std::vector<AbortedTransaction> Log::aborted_transactions(std::int64_t from,
                                                          std::int64_t upper) const {
  std::vector<AbortedTransaction> aborted;
  for (const Segment* segment = segment_for(from); segment <= &segments_.back(); ++segment) {
    for (const AbortedTransaction& one : segment->transaction_index().entries()) {
      if (one.last_offset >= from && one.first_offset < upper) aborted.push_back(one);
      if (one.last_stable_offset >= upper) return aborted;
    }
  }
  return aborted;
}

void Log::raise_start_offset(std::int64_t offset) {
  ASSERT(offset <= end_offset_);
  start_offset_ = std::max(start_offset_, offset);
}

std::vector<std::int64_t> Log::delete_oldest(
    const std::function<bool(const Segment&, std::int64_t)>& may_go, bool active_too,
    std::int64_t delete_delay_ms) {
  std::size_t gone = 0;
  while (gone + 1 < segments_.size() &&
         may_go(segments_[gone], segments_[gone + 1].base_offset())) {
    ++gone;
  }
  if (gone + 1 == segments_.size() && active_too && !segments_.back().empty() &&
      may_go(segments_.back(), end_offset_)) {
    roll();
    ++gone;
  }
  std::vector<std::int64_t> bases;
  for (std::size_t i = 0; i < gone; ++i) {
    bases.push_back(segments_[i].base_offset());
    segments_[i].discard(delete_delay_ms);
  }
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  if (gone > 0) start_offset_ = std::max(start_offset_, segments_.front().base_offset());
  return bases;
}

// What recovery splits off comes next, unless it is to go as well.
bool Log::resume_last(std::int64_t end_min, const TopicConfig& config) {
  while (!segments_.back().resume()) {
    Segment::Recovery recovery =
        segments_.back().recover(config.index_interval_bytes, end_min,
                                 [](const codec::StoredBatch&, std::uint64_t) { return true; });
    if (!recovery.fault.empty()) environment_.report(recovery.fault);
    if (recovery.is_unfinished) return false;
    if (!recovery.rest) return true;
    if (recovery.rest->base_offset() > end_min) {
      recovery.rest->discard(0);
      return true;
    }
    if (segments_.back().write_indexes()) segments_.back().use_index_files();
    segments_.push_back(std::move(*recovery.rest));
  }
  return true;
}

bool Log::truncate_to(std::int64_t offset, const TopicConfig& config) {
  if (offset >= end_offset_) return true;
  bool is_other_active = false;
  // One that begins at `offset` stays, empty (LocalLog.truncateTo).
  while (segments_.size() > 1 && segments_.back().base_offset() > offset) {
    segments_.back().discard(0);
    segments_.pop_back();
    is_other_active = true;
  }
  if (is_other_active && !resume_last(offset, config)) return false;
  Segment& last = segments_.back();
  if (!last.empty()) {
    const auto place = last.find(offset);
    if (!place || (*place && !last.truncate((*place)->position))) return false;
  }
  end_offset_ = std::max(offset, last.base_offset());
  start_offset_ = std::min(start_offset_, end_offset_);
  // A segment that is written to has no gap, which recovery would take for damage; that of one
  // which was compacted, or has lost records with the power, is closed by its successor.
  if (last.find_end().offset < end_offset_) roll();
  return true;
}

void Log::discard_segments(std::size_t first, std::size_t count, std::int64_t delay_ms) {
  for (std::size_t i = first; i < first + count; ++i) segments_[i].discard(delay_ms);
}

void Log::replace_segments(std::size_t first, std::size_t count, std::optional<Segment> cleaned) {
  ASSERT(first + count < segments_.size());
  const auto from = segments_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto after = segments_.erase(from, from + static_cast<std::ptrdiff_t>(count));
  if (cleaned) segments_.insert(after, std::move(*cleaned));
}

bool Log::sync_from(std::int64_t from) {
  bool is_synced = true;
  for (const Segment* segment = segment_for(from); segment <= &segments_.back(); ++segment) {
    if (segment->file() != nullptr && !segment->file()->sync()) is_synced = false;
  }
  return is_synced;
}

}  // namespace understudy::broker
