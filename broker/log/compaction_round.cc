#include "broker/log/compaction_round.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/log/files.h"

namespace understudy::broker {
namespace {

// So much of a segment is looked at in one piece, or one batch if that is larger.
constexpr std::uint64_t kChunk = 8u << 20;

}  // namespace

CleanableLog cleanable_log(const Log& log, std::int64_t last_stable_offset,
                           std::optional<std::int64_t> checkpoint) {
  CleanableLog cleanable{.segments = {},
                         .log_start_offset = log.start_offset(),
                         .log_end_offset = log.end_offset(),
                         .last_stable_offset = last_stable_offset,
                         .checkpoint = checkpoint};
  for (const Segment& segment : log.segments()) {
    cleanable.segments.push_back(
        {.base_offset = segment.base_offset(),
         .size_bytes = segment.size_bytes(),
         .largest_timestamp_ms = segment.largest_timestamp(),
         .first_batch_timestamp_ms = segment.first_batch_timestamp(),
         .offset_index_bytes = segment.offset_index().size() * OffsetIndexEntry::kSize,
         .time_index_bytes = segment.time_index().size() * TimeIndexEntry::kSize});
  }
  return cleanable;
}

bool CompactionRound::fail(const std::string& what) {
  failure_ =
      environment_.full(log_.directory()) + ": " + what + "; it is not compacted before a restart";
  return false;
}

// Hands `take` the segment's bytes piece by piece; it says how many of them were whole batches, or
// a negative number if it cannot go on.
template <class Take>
bool CompactionRound::read_batches(const Segment& segment, const Take& take) {
  std::uint64_t chunk = kChunk;
  for (std::uint64_t position = 0; position < segment.size_bytes();) {
    const std::uint64_t size = std::min(chunk, segment.size_bytes() - position);
    const auto bytes = segment.read(position, size);
    if (!bytes) return fail("a segment cannot be read");
    const std::int64_t used = take(*bytes);
    if (used < 0) return false;
    if (used == 0) {
      if (size < chunk) return fail("a segment ends inside a batch");
      chunk *= 2;
      continue;
    }
    chunk = kChunk;
    position += static_cast<std::uint64_t>(used);
  }
  return true;
}

bool CompactionRound::build_map(OffsetMap& map, const std::vector<AbortedTransaction>& aborted) {
  const std::int64_t from = request_.plan.first_dirty_offset;
  OffsetMapBuilder builder(map, CleanedTransactions(aborted, from), from);
  const auto& segments = log_.segments();
  for (std::size_t i = 0; i + 1 < segments.size() && !builder.is_full(); ++i) {
    const std::int64_t next_base = segments[i + 1].base_offset();
    if (next_base <= from) continue;
    if (segments[i].base_offset() >= request_.plan.first_uncleanable_offset) break;
    bool is_stopped = false;
    const bool is_read = read_batches(segments[i], [&](const wire::Slice& bytes) -> std::int64_t {
      const OffsetMapBuilder::Added added = builder.add(bytes);
      if (!added.verdict.ok()) {
        fail("a batch is damaged: " + added.verdict.text);
        return -1;
      }
      is_stopped = builder.is_full();
      return is_stopped ? -1 : static_cast<std::int64_t>(added.bytes_used);
    });
    if (!is_read && !is_stopped) return false;
    if (is_stopped) break;
    builder.end_segment(next_base);
  }
  return true;
}

std::optional<std::int64_t> CompactionRound::run() {
  const auto aborted = log_.aborted_transactions(log_.segments().front().base_offset(),
                                                 request_.plan.first_uncleanable_offset);
  OffsetMap map(request_.map_entries_max);
  if (!build_map(map, aborted)) return std::nullopt;
  const std::int64_t end = map.latest_offset() + 1;
  const CleanableLog before = cleanable_log(log_, log_.end_offset(), std::nullopt);
  const auto groups = group_segments(
      before.segments, end, request_.plan.first_uncleanable_offset,
      {.segment_bytes = static_cast<std::uint64_t>(config_.segment_bytes),
       .segment_index_bytes = static_cast<std::uint64_t>(config_.segment_index_bytes)});
  CleanedTransactions transactions(aborted, log_.segments().front().base_offset());
  std::size_t gone = 0;  // segments that were merged into others
  for (const SegmentGroup& group : groups) {
    if (!clean_group(group, group.first_index - gone, map, transactions)) return std::nullopt;
    gone += group.count - 1;
  }
  return std::max(end, request_.plan.first_dirty_offset);
}

std::optional<std::uint64_t> CompactionRound::write_cleaned(const std::string& path,
                                                            const SegmentGroup& group,
                                                            std::size_t first_index,
                                                            const OffsetMap& map,
                                                            CleanedTransactions& transactions) {
  const auto file = environment_.storage.create(path);
  if (file == nullptr) {
    fail("its new segment cannot be made");
    return std::nullopt;
  }
  SegmentCleaner cleaner(map, transactions, request_.options);
  for (std::size_t i = first_index; i < first_index + group.count; ++i) {
    const bool is_done =
        read_batches(log_.segments()[i], [&](const wire::Slice& bytes) -> std::int64_t {
          const CleanedChunk chunk = cleaner.clean(bytes);
          if (!chunk.verdict.ok()) {
            fail("a batch is damaged: " + chunk.verdict.text);
            return -1;
          }
          if (!chunk.bytes.empty() && !file->append(chunk.bytes)) {
            fail("its new segment cannot be written");
            return -1;
          }
          return static_cast<std::int64_t>(chunk.bytes_used);
        });
    if (!is_done) return std::nullopt;
  }
  if (file->size_bytes() > 0 && environment_.storage.is_synced() && !file->sync()) {
    fail("its new segment cannot be synced");
    return std::nullopt;
  }
  return file->size_bytes();
}

bool CompactionRound::clean_group(const SegmentGroup& group, std::size_t first_index,
                                  const OffsetMap& map, CleanedTransactions& transactions) {
  Storage& storage = environment_.storage;
  const std::int64_t base = log_.segments()[first_index].base_offset();
  const std::string path = log_.segments()[first_index].path(kLogSuffix);
  const auto size = write_cleaned(path + kCleanedSuffix, group, first_index, map, transactions);
  // Nothing is left of them: an empty segment keeps their place, and with it the log's start.
  const bool is_ready =
      size && (*size > 0 ? storage.rename(path + kCleanedSuffix, path + kSwapSuffix)
                         : storage.remove(path + kCleanedSuffix) &&
                               storage.replace(path + kSwapSuffix, {}));
  if (!is_ready) {
    static_cast<void>(storage.remove(path + kCleanedSuffix));
    return failure_.empty() ? fail("its new segment cannot be put in place") : false;
  }
  auto cleaned = put_in_place(base, group, first_index, transactions.take_kept());
  if (!cleaned) {
    is_log_incomplete_ = true;
    return fail("its new segment cannot take the place of the old ones");
  }
  log_.replace_segments(first_index, group.count, std::move(cleaned));
  return true;
}

std::optional<Segment> CompactionRound::put_in_place(
    std::int64_t base_offset, const SegmentGroup& group, std::size_t first_index,
    const std::vector<AbortedTransaction>& aborted) {
  const std::string path = log_.segments()[first_index].path(kLogSuffix);
  // Of the newest, as Kafka: searches by time and retention go by it where there are no timestamps.
  const std::int64_t modified_ms = log_.segments()[first_index + group.count - 1].modified_ms();
  log_.discard_segments(first_index, group.count, config_.file_delete_delay_ms);
  if (!environment_.storage.rename(path + kSwapSuffix, path)) return std::nullopt;
  auto segment = Segment::open(environment_, log_.directory(), base_offset);
  if (!segment) return std::nullopt;
  // It was written without room: nothing may be behind its batches.
  constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();
  const std::string fault =
      segment->recover(config_.index_interval_bytes, kNoEnd,
                       [](const codec::BatchView&, std::uint64_t) { return true; });
  if (!fault.empty()) environment_.report(fault);
  for (const AbortedTransaction& transaction : aborted) {
    if (!segment->add_aborted(transaction)) return std::nullopt;
  }
  segment->set_modified_ms(modified_ms);
  if (segment->write_indexes()) segment->use_index_files();
  return segment;
}

}  // namespace understudy::broker
