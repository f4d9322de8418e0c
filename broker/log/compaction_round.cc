#include "broker/log/compaction_round.h"

#include <algorithm>
#include <utility>

#include "broker/log/files.h"
#include "wire/assert.h"

namespace understudy::broker {
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

CompactionRound::CompactionRound(const LogEnvironment& environment, Log& log,
                                 std::shared_ptr<const TopicConfig> config,
                                 CompactionRequest request)
    : environment_(environment),
      log_(log),
      config_(std::move(config)),
      request_(std::move(request)),
      aborted_(log.aborted_transactions(log.segments().front().base_offset(),
                                        request_.plan.first_uncleanable_offset)),
      map_(request_.map_entries_max) {
  const std::int64_t from = request_.plan.first_dirty_offset;
  builder_.emplace(map_, CleanedTransactions(aborted_, from), from, request_.options.reading);
}

CompactionRound::State CompactionRound::step(std::uint64_t bytes) {
  ASSERT(state_ == State::kUnderWay);
  left_ = bytes;
  while (state_ == State::kUnderWay && left_ > 0) {
    if (builder_) {
      map_on();
    } else {
      clean_on();
    }
  }
  // Not all at the end, when it might take long.
  if (state_ == State::kUnderWay) sync_output();
  return state_;
}

void CompactionRound::give_up() {
  if (!output_) return;
  output_->file.reset();
  static_cast<void>(environment_.storage.remove(output_->path + kCleanedSuffix));
  output_.reset();
}

std::int64_t CompactionRound::next_dirty_offset() const {
  return std::max(map_.latest_offset() + 1, request_.plan.first_dirty_offset);
}

void CompactionRound::fail(const std::string& what) {
  state_ = State::kFailed;
  failure_ =
      environment_.full(log_.directory()) + ": " + what + "; it is not compacted before a restart";
  give_up();
}

// Hands `take` the segment's next bytes; it says how many of them were whole batches, unless it
// fails.
template <class Take>
void CompactionRound::read_on(const Take& take) {
  const Segment& segment = log_.segments()[at_.segment];
  const std::uint64_t rest = segment.size_bytes() - at_.position;
  for (std::uint64_t size = std::min(left_, rest);; size = std::min(2 * size, rest)) {
    const auto bytes = segment.read(at_.position, size);
    if (!bytes) return fail("a segment cannot be read");
    const std::uint64_t used = take(*bytes);
    if (state_ == State::kFailed) return;
    if (used > 0) {
      at_.position += used;
      left_ -= std::min(left_, used);
      return;
    }
    if (size == rest) return fail("a segment ends inside a batch");
  }
}

void CompactionRound::map_on() {
  const auto& segments = log_.segments();
  if (at_.segment + 1 >= segments.size()) return begin_cleaning();
  const Segment& segment = segments[at_.segment];
  if (segment.base_offset() >= request_.plan.first_uncleanable_offset) return begin_cleaning();
  const std::int64_t next_base = segments[at_.segment + 1].base_offset();
  if (next_base <= request_.plan.first_dirty_offset) return next_segment();
  if (at_.position >= segment.size_bytes()) {
    builder_->end_segment(next_base);
    return next_segment();
  }
  read_on([&](const wire::Slice& bytes) -> std::uint64_t {
    const OffsetMapBuilder::Added added = builder_->add(bytes);
    if (!added.verdict.ok()) fail("a batch is damaged: " + added.verdict.text);
    // Then it does not matter how far it came.
    return builder_->is_full() ? bytes.size() : added.bytes_used;
  });
  if (state_ == State::kUnderWay && builder_->is_full()) begin_cleaning();
}

void CompactionRound::begin_cleaning() {
  builder_.reset();
  const CleanableLog before = cleanable_log(log_, log_.end_offset(), std::nullopt);
  groups_ = group_segments(
      before.segments, map_.latest_offset() + 1, request_.plan.first_uncleanable_offset,
      {.segment_bytes = static_cast<std::uint64_t>(config_->segment_bytes),
       .segment_index_bytes = static_cast<std::uint64_t>(config_->segment_index_bytes)});
  transactions_.emplace(aborted_, log_.segments().front().base_offset());
  if (groups_.empty()) state_ = State::kDone;
}

void CompactionRound::clean_on() {
  const SegmentGroup& group = groups_[group_];
  const std::size_t first_index = group.first_index - gone_;
  if (!output_) return begin_group(first_index);
  if (at_.segment == first_index + group.count) return end_group(first_index);
  if (at_.position >= log_.segments()[at_.segment].size_bytes()) return next_segment();
  read_on([&](const wire::Slice& bytes) -> std::uint64_t {
    std::uint64_t bytes_used = 0;
    write_cleaned(bytes, bytes_used);
    return bytes_used;
  });
}

void CompactionRound::begin_group(std::size_t first_index) {
  const Segment& first = log_.segments()[first_index];
  at_ = {.segment = first_index};
  output_.emplace(Output{.path = first.path(kLogSuffix),
                         .file = nullptr,
                         .cleaner = SegmentCleaner(map_, *transactions_, request_.options),
                         .segment = Segment(environment_, log_.directory(), first.base_offset())});
  output_->file = environment_.storage.create(output_->path + kCleanedSuffix);
  if (output_->file == nullptr) fail("its new segment cannot be made");
}

void CompactionRound::write_cleaned(const wire::Slice& bytes, std::uint64_t& bytes_used) {
  const CleanedChunk chunk = output_->cleaner.clean(bytes);
  if (!chunk.verdict.ok()) return fail("a batch is damaged: " + chunk.verdict.text);
  bytes_used = chunk.bytes_used;
  if (chunk.bytes.empty()) return;
  const std::uint64_t position = output_->file->size_bytes();
  if (!output_->file->append(chunk.bytes)) return fail("its new segment cannot be written");
  for (const CleanedBatch& batch : chunk.batches) {
    output_->segment.note_batch(position + batch.position, batch.size_bytes, batch.last_offset,
                                batch.max_timestamp, config_->index_interval_bytes);
  }
}

void CompactionRound::sync_output() {
  if (!output_ || output_->file->size_bytes() == 0 || !environment_.storage.is_synced()) return;
  if (!output_->file->sync()) fail("its new segment cannot be synced");
}

void CompactionRound::end_group(std::size_t first_index) {
  left_ = 0;
  sync_output();
  if (state_ == State::kFailed) return;
  if (!seal_output()) return fail("its new segment cannot be put in place");
  if (!put_in_place(first_index)) {
    is_log_incomplete_ = true;
    return fail("its new segment cannot take the place of the old ones");
  }
  const std::size_t count = groups_[group_].count;
  log_.replace_segments(first_index, count, std::move(output_->segment));
  output_.reset();
  gone_ += count - 1;
  if (++group_ == groups_.size()) state_ = State::kDone;
}

// From now on a start finishes what was begun.
bool CompactionRound::seal_output() {
  Storage& storage = environment_.storage;
  const std::string cleaned = output_->path + kCleanedSuffix;
  const std::string swap = output_->path + kSwapSuffix;
  const bool is_empty = output_->file->size_bytes() == 0;
  output_->file.reset();
  if (!is_empty) return storage.rename(cleaned, swap);
  // Nothing is left of them: an empty segment keeps their place, and with it the log's start.
  return storage.remove(cleaned) && storage.replace(swap, {});
}

bool CompactionRound::put_in_place(std::size_t first_index) {
  const std::size_t count = groups_[group_].count;
  // Of the newest, as Kafka: searches by time and retention go by it where there are no timestamps.
  const std::int64_t modified_ms = log_.segments()[first_index + count - 1].modified_ms();
  log_.discard_segments(first_index, count, config_->file_delete_delay_ms);
  if (!environment_.storage.rename(output_->path + kSwapSuffix, output_->path)) return false;
  Segment& segment = output_->segment;
  if (!segment.open_written()) return false;
  for (const AbortedTransaction& transaction : transactions_->take_kept()) {
    if (!segment.add_aborted(transaction)) return false;
  }
  segment.set_modified_ms(modified_ms);
  if (segment.write_indexes()) segment.use_index_files();
  return true;
}

}  // namespace understudy::broker
