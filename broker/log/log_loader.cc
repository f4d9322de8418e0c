#include "broker/log/log_loader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/log/files.h"

namespace understudy::broker {
namespace {

class LogLoader {
 public:
  LogLoader(const LogEnvironment& environment, const TopicConfig& config, const LoadHints& hints,
            const LoadTarget& target, std::vector<Storage::Entry> files)
      : environment_(environment),
        storage_(environment.storage),
        config_(config),
        hints_(hints),
        target_(target),
        directory_(target.log.directory()),
        files_(std::move(files)) {}

  std::optional<std::string> run();

 private:
  bool finish_swap(const std::string& name);
  bool clean_up();
  std::optional<std::string> open_segments();
  void load_leader_epochs();
  void recover_segments();
  std::int64_t end_limit_of(std::size_t number) const;
  bool recover_segment(std::size_t number);
  void split(std::size_t number, Segment rest);
  void close_recovered(Segment& segment);
  void drop_after(std::size_t number);
  bool check_end(const Segment& segment, std::int64_t next_base) const;
  void remember_epoch(const codec::StoredBatch& batch);
  void remember_batch(Segment& segment, const codec::StoredBatch& batch);
  void note_finding(const codec::StoredBatch& batch);
  void remove_stray_snapshots();
  void rebuild_producers();
  void replay_from(std::int64_t offset, std::int64_t end);

  const LogEnvironment& environment_;
  Storage& storage_;
  const TopicConfig& config_;
  const LoadHints& hints_;
  const LoadTarget& target_;
  const std::string directory_;
  std::vector<Storage::Entry> files_;
  std::vector<Segment> segments_;
  std::set<std::int64_t> without_index_;  // base offsets
  bool knows_epochs_ = true;
  std::int64_t start_offset_ = 0;
  std::int64_t end_offset_ = 0;   // known once the segments are recovered
  std::int64_t next_offset_ = 0;  // of the batch that comes, if no offset is missing
  std::optional<std::string> failure_;
};

std::string text_of(const std::string& directory, const std::string& name) {
  return directory + "/" + name;
}

// Compaction was interrupted after its result was complete: what the result stands for goes, and it
// takes its name. The indexes are made again.
bool LogLoader::finish_swap(const std::string& name) {
  const std::string final_name = name.substr(0, name.size() - std::string_view(kSwapSuffix).size());
  const auto base = offset_in_file_name(final_name, kLogSuffix);
  if (!base) return storage_.remove(text_of(directory_, name));
  std::int64_t last_offset = *base;
  if (auto file = storage_.open(text_of(directory_, name)); file != nullptr) {
    // Under its final name it would be found as a segment; here only its last offset is wanted.
    for (std::uint64_t position = 0; position < file->size_bytes();) {
      const auto header = file->read(
          position,
          std::min<std::uint64_t>(codec::kBatchHeaderSize, file->size_bytes() - position));
      if (!header) return false;
      const auto batch = codec::StoredBatch::read(codec::view_of(*header));
      if (!batch) break;
      last_offset = std::max(last_offset, batch->last_offset());
      position += batch->total_size();
    }
  }
  for (const Storage::Entry& file : files_) {
    for (const char* suffix :
         {kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix, kTransactionIndexSuffix}) {
      const auto offset = offset_in_file_name(file.name, suffix);
      if (!offset || *offset < *base || *offset > last_offset) continue;
      if (!storage_.remove(text_of(directory_, file.name))) return false;
    }
  }
  return storage_.rename(text_of(directory_, name), text_of(directory_, final_name));
}

bool LogLoader::clean_up() {
  const auto is_left_over = [](const Storage::Entry& file) {
    return file.name.ends_with(kDeletedSuffix) || file.name.ends_with(kCleanedSuffix) ||
           file.name.ends_with(kSwapSuffix);
  };
  if (std::ranges::none_of(files_, is_left_over)) return true;
  // Above a result that is not complete others may be of the same step: a segment that was split
  // (KAFKA-6264). Then what it was made from is still there.
  std::string cleaned_min;
  for (const Storage::Entry& file : files_) {
    if (!file.name.ends_with(kCleanedSuffix)) continue;
    if (cleaned_min.empty() || file.name < cleaned_min) cleaned_min = file.name;
  }
  const auto goes = [&](const std::string& name) {
    return name.ends_with(kDeletedSuffix) || name.ends_with(kCleanedSuffix) ||
           (name.ends_with(kSwapSuffix) && !cleaned_min.empty() &&
            name.substr(0, kOffsetDigits) >= cleaned_min.substr(0, kOffsetDigits));
  };
  for (const Storage::Entry& file : files_) {
    if (goes(file.name) && !storage_.remove(text_of(directory_, file.name))) return false;
  }
  for (const Storage::Entry& file : files_) {
    if (file.name.ends_with(kSwapSuffix) && !goes(file.name) && !finish_swap(file.name)) {
      return false;
    }
  }
  // What is not listed would be taken for a segment that is missing.
  Storage::Listing again = storage_.list(directory_);
  if (!again.is_whole) return false;
  files_ = std::move(again);
  return true;
}

std::optional<std::string> LogLoader::open_segments() {
  if (!clean_up()) {
    return environment_.full(directory_) +
           ": files of an interrupted compaction or deletion cannot be removed; see that the "
           "directory can be read and written to";
  }
  for (const Storage::Entry& file : files_) target_.findings.note_file(file.name);
  std::set<std::string> names;
  for (const Storage::Entry& file : files_) names.insert(file.name);
  for (const Storage::Entry& file : files_) {
    const auto base = offset_in_file_name(file.name, kLogSuffix);
    if (!base) continue;
    auto segment = Segment::open(environment_, directory_, *base);
    if (!segment) {
      return environment_.full(text_of(directory_, file.name)) +
             ": cannot be opened; make it readable, or move the partition's directory away to "
             "start without its records";
    }
    const bool has_index = names.contains(offset_file_name(*base, kOffsetIndexSuffix));
    if (!segment->load_transaction_index() || !has_index) without_index_.insert(*base);
    segments_.push_back(std::move(*segment));
  }
  // Indexes whose segment is gone.
  for (const char* suffix : {kOffsetIndexSuffix, kTimeIndexSuffix, kTransactionIndexSuffix}) {
    for (const Storage::Entry& file : files_) {
      const auto base = offset_in_file_name(file.name, suffix);
      if (base && !names.contains(offset_file_name(*base, kLogSuffix))) {
        static_cast<void>(storage_.remove(text_of(directory_, file.name)));
      }
    }
  }
  target_.snapshots.find(files_);
  return std::nullopt;
}

void LogLoader::load_leader_epochs() {
  const auto text = storage_.load(text_of(directory_, kLeaderEpochFile));
  const auto entries = text ? read_leader_epochs(*text) : std::nullopt;
  knows_epochs_ = entries.has_value();
  if (entries) {
    for (const LeaderEpochs::Entry& entry : *entries) {
      target_.leader_epochs.assign(entry.epoch, entry.start_offset);
    }
  } else if (text) {
    environment_.report(environment_.full(text_of(directory_, kLeaderEpochFile)) +
                        ": damaged; the leader epochs are read from the log");
  }
}

// A segment that is not read as a whole has to end where the next one begins, or be compacted. What
// is missing cannot be repaired; that it is missing is reported. False if it has to be split, which
// a start after a clean stop does as well: nothing behind its end could be read.
bool LogLoader::check_end(const Segment& segment, std::int64_t next_base) const {
  const Segment::End end = segment.find_end();
  const bool is_gap = end.offset < next_base && !config_.cleanup_compact;
  if (end.error == wire::ErrorCode::kNone && !is_gap) return true;
  const auto nothing = [](const codec::StoredBatch&, std::uint64_t) { return false; };
  if (end.error == wire::ErrorCode::kCorruptMessage &&
      segment.scan(end.position, nothing).too_far) {
    return false;
  }
  environment_.report(environment_.full(segment.path(kLogSuffix)) +
                      ": its sound records end at offset " + std::to_string(end.offset) +
                      ", and the next segment begins at " + std::to_string(next_base) +
                      "; unless compaction took what lay between, restore the file if there is a "
                      "copy");
  return true;
}

void LogLoader::remember_epoch(const codec::StoredBatch& batch) {
  const std::int32_t epoch = batch.partition_leader_epoch();
  if (epoch < 0 || epoch <= target_.leader_epochs.latest_epoch()) return;
  target_.leader_epochs.assign(epoch, batch.base_offset());
}

// What is inside an old message may begin before it.
void LogLoader::note_finding(const codec::StoredBatch& batch) {
  if (batch.is_old()) ++target_.findings.old_messages;
  const bool knows_begin = !batch.is_old() || batch.compression() == codec::CompressionType::kNone;
  if (knows_begin && batch.base_offset() > next_offset_) ++target_.findings.gaps;
  next_offset_ = batch.next_offset();
}

void LogLoader::remember_batch(Segment& segment, const codec::StoredBatch& batch) {
  note_finding(batch);
  if (batch.is_old()) return;  // neither epochs nor producers
  remember_epoch(batch);
  const auto aborted = replay(batch.current(), target_.producers);
  if (!aborted) return;
  if (!segment.add_aborted({aborted->producer_id, aborted->first_offset, aborted->last_offset,
                            aborted->last_stable_offset})) {
    environment_.report(segment.path(kTransactionIndexSuffix) + ": cannot be written");
  }
}

// Reads the whole segment, with the producers' state as it was at its beginning. False if it had to
// be cut.
bool LogLoader::recover_segment(std::size_t number) {
  Segment& segment = segments_[number];
  std::uint64_t reported = 0;
  // Where the segment has to reach to for what is behind it to be nothing that was lost.
  const std::int64_t end_min =
      number + 1 < segments_.size()
          ? segments_[number + 1].base_offset()
          : std::max(hints_.recovery_point, hints_.high_watermark.value_or(0));
  Segment::Recovery recovery =
      segment.recover(config_.index_interval_bytes, end_min,
                      [&](const codec::StoredBatch& batch, std::uint64_t position) {
                        remember_batch(segment, batch);
                        static constexpr std::uint64_t kReportBytes = 16u << 20;
                        if (hints_.recovered && position - reported >= kReportBytes) {
                          hints_.recovered(position - reported);
                          reported = position;
                        }
                        return true;
                      });
  if (hints_.recovered) hints_.recovered(segment.size_bytes() - reported);
  if (!recovery.fault.empty()) environment_.report(recovery.fault);
  if (recovery.is_unfinished) failure_ = std::move(recovery.fault);
  if (failure_) return false;
  if (recovery.rest) split(number, std::move(*recovery.rest));
  return recovery.fault.empty();
}

// From now on the part that was split off is a segment without an index, which comes next.
void LogLoader::split(std::size_t number, Segment rest) {
  const Segment& segment = segments_[number];
  environment_.report(environment_.full(segment.path(kLogSuffix)) +
                      ": its offsets are too far apart for one segment; those from " +
                      std::to_string(rest.base_offset()) + " on are in one of their own now");
  without_index_.insert(rest.base_offset());
  const auto next = segments_.begin() + static_cast<std::ptrdiff_t>(number) + 1;
  if (next != segments_.end() && next->base_offset() == rest.base_offset()) {
    *next = std::move(rest);  // it had less of it
  } else {
    segments_.insert(next, std::move(rest));
  }
}

// The active one's are written when it is closed.
void LogLoader::close_recovered(Segment& segment) {
  if (segment.write_indexes()) {
    segment.use_index_files();
  } else {
    environment_.report(segment.path(kOffsetIndexSuffix) + ": cannot be written");
  }
}

// What comes after a segment that was cut. Kafka makes segments without an index whole before it
// recovers the log, and what it cuts there is no reason to drop others.
void LogLoader::drop_after(std::size_t number) {
  for (std::size_t later = number + 1; later < segments_.size(); ++later) {
    environment_.report(environment_.full(segments_[later].path(kLogSuffix)) +
                        ": comes after the damage and is dropped");
    segments_[later].discard(0);
  }
  segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(number) + 1, segments_.end());
}

void LogLoader::replay_from(std::int64_t offset, std::int64_t end) {
  for (const Segment& segment : segments_) {
    if (segment.empty() || segment.base_offset() >= end) continue;
    const auto place = segment.find(offset);
    if (!place || !*place) continue;
    segment.scan((*place)->position, [&](const codec::StoredBatch& batch, std::uint64_t) {
      if (batch.base_offset() >= end) return false;
      if (!batch.is_old() && batch.base_offset() >= offset) {
        replay(batch.current(), target_.producers);
      }
      return true;
    });
  }
}

// No gap leads beyond the next segment, or beyond what was replicated.
std::int64_t LogLoader::end_limit_of(std::size_t number) const {
  if (number + 1 < segments_.size()) return segments_[number + 1].base_offset();
  return hints_.high_watermark ? std::max(hints_.recovery_point, *hints_.high_watermark)
                               : std::numeric_limits<std::int64_t>::max();
}

// Those that were being written, and those that cannot be used without.
void LogLoader::recover_segments() {
  const bool all_are_due = !hints_.was_clean;
  std::optional<std::int64_t> state_at;  // what the producers' state stands for
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    Segment& segment = segments_[i];
    const bool is_active = i + 1 == segments_.size();
    const bool is_after_point = is_active || segments_[i + 1].base_offset() > hints_.recovery_point;
    bool is_due = (all_are_due && is_after_point) || without_index_.contains(segment.base_offset());
    if (!is_due && is_active) {
      // After a clean stop the checkpoint and the log agree on where it ends.
      is_due = segment.resume() != hints_.recovery_point;
      end_offset_ = hints_.recovery_point;
    }
    if (!is_due && !is_active) {
      segment.use_index_files();
      segment.set_end_limit(segments_[i + 1].base_offset());
      is_due = !check_end(segment, segments_[i + 1].base_offset());
      if (is_due) without_index_.insert(segment.base_offset());  // the index misses its end
    }
    if (!is_due) continue;
    if (state_at != segment.base_offset()) {
      const std::int64_t from =
          target_.snapshots.load_newest(segment.base_offset(), target_.producers)
              .value_or(segments_.front().base_offset());
      replay_from(from, segment.base_offset());
    }
    segment.set_end_limit(end_limit_of(i));
    if (state_at != segment.base_offset()) next_offset_ = segment.base_offset();
    const bool is_whole = recover_segment(i);
    if (failure_) return;
    segments_[i].set_end_limit(std::numeric_limits<std::int64_t>::max());
    if (!is_whole && !without_index_.contains(segments_[i].base_offset())) drop_after(i);
    const bool is_last = i + 1 == segments_.size();
    if (!is_last) close_recovered(segments_[i]);
    const std::int64_t end =
        is_last ? segments_[i].find_end().offset : segments_[i + 1].base_offset();
    target_.snapshots.remove_if([&](std::int64_t offset) {
      return offset > segments_[i].base_offset() && offset != end && (offset < end || !is_whole);
    });
    if (end > 0) target_.snapshots.take_anew(target_.producers, end);
    state_at = end;
    end_offset_ = end;
  }
}

// Without a segment of the same number they are of no use, but for the newest one at the end.
void LogLoader::remove_stray_snapshots() {
  std::set<std::int64_t> bases;
  for (const Segment& segment : segments_) bases.insert(segment.base_offset());
  const auto& offsets = target_.snapshots.offsets();
  const std::int64_t newest = offsets.empty() ? -1 : *offsets.rbegin();
  const std::int64_t last_base = bases.empty() ? -1 : *bases.rbegin();
  target_.snapshots.remove_if([&](std::int64_t offset) {
    return !bases.contains(offset) && !(offset == newest && offset > last_base);
  });
}

void LogLoader::rebuild_producers() {
  std::vector<std::int64_t> bases;
  for (const Segment& segment : segments_) bases.push_back(segment.base_offset());
  // Kafka takes snapshots at the last two segments on the way.
  const std::size_t first_taken = bases.size() > 2 ? bases.size() - 2 : 0;
  if (target_.snapshots.offsets().empty() && hints_.was_clean) {
    // Only a broker that knew nothing of producers stops without a snapshot.
    target_.producers.clear();
    for (std::size_t i = first_taken; i < bases.size(); ++i) {
      if (end_offset_ > 0) target_.snapshots.take(target_.producers, bases[i]);
    }
    if (end_offset_ > 0) target_.snapshots.take(target_.producers, end_offset_);
    return;
  }
  target_.snapshots.remove_if(
      [&](std::int64_t offset) { return offset > end_offset_ || offset <= start_offset_; });
  std::int64_t at =
      target_.snapshots.load_newest(end_offset_, target_.producers).value_or(start_offset_);
  if (at >= end_offset_) return;
  for (std::size_t i = 0; i < bases.size(); ++i) {
    const std::int64_t end = i + 1 < bases.size() ? bases[i + 1] : end_offset_;
    if (end <= at) continue;
    if (i >= first_taken && bases[i] > at) target_.snapshots.take(target_.producers, bases[i]);
    replay_from(std::max(at, bases[i]), end);
  }
  target_.snapshots.take(target_.producers, end_offset_);
}

std::optional<std::string> LogLoader::run() {
  if (auto failure = open_segments()) return failure;
  load_leader_epochs();
  remove_stray_snapshots();
  recover_segments();
  if (failure_) return failure_;
  if (segments_.empty()) {
    // Retention has taken everything, and no record came since: what was written down when it did
    // so says where the log goes on, for no offset is given twice.
    const auto& snapshots = target_.snapshots.offsets();
    const auto& epochs = target_.leader_epochs.entries();
    end_offset_ =
        std::max({hints_.start_offset.value_or(0), snapshots.empty() ? 0 : *snapshots.rbegin(),
                  epochs.empty() ? 0 : epochs.back().start_offset});
    segments_.emplace_back(environment_, directory_, end_offset_);
  }
  start_offset_ = std::max(hints_.start_offset.value_or(0), segments_.front().base_offset());
  if (start_offset_ > end_offset_) {
    environment_.report(environment_.full(directory_) + ": the log ends at " +
                        std::to_string(end_offset_) + ", before its start offset " +
                        std::to_string(start_offset_) + "; it begins again there");
    for (Segment& segment : segments_) segment.discard(0);
    segments_.clear();
    segments_.emplace_back(environment_, directory_, start_offset_);
    end_offset_ = start_offset_;
  }
  rebuild_producers();
  if (!knows_epochs_) {
    for (const Segment& segment : segments_) {
      if (segment.empty()) continue;
      static_cast<void>(segment.walk(0, [&](const codec::StoredBatch& batch, std::uint64_t) {
        remember_epoch(batch);
        return true;
      }));
    }
  }
  target_.leader_epochs.truncate_from_end(end_offset_);
  target_.leader_epochs.truncate_from_start(start_offset_);
  target_.log.adopt(std::move(segments_), start_offset_, end_offset_);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> load_log(const LogEnvironment& environment, const TopicConfig& config,
                                    const LoadHints& hints, const LoadTarget& target,
                                    std::vector<Storage::Entry> files) {
  return LogLoader(environment, config, hints, target, std::move(files)).run();
}

}  // namespace understudy::broker
