// Partition's files: what is written when, and what a start finds.
#include <algorithm>

#include "broker/log/files.h"
#include "broker/log/partition.h"
#include "broker/log/put_aside.h"
#include "wire/assert.h"

namespace understudy::broker {

std::optional<std::string> Partition::load(const LoadHints& hints) {
  auto files = environment_.storage.list(log_.directory());
  if (!files.is_whole) {
    return environment_.full(log_.directory()) +
           ": cannot be listed; make it readable, or move it away to start without its records";
  }
  if (files.empty()) return std::nullopt;
  has_directory_ = true;
  is_identity_synced_ = hints.was_clean;
  leader_epochs_ = {};
  if (auto failure =
          load_log(environment_, *config_, hints,
                   {log_, producers_, snapshots_, leader_epochs_, findings_}, std::move(files))) {
    return failure;
  }
  outlive_epochs_of_log();
  leader_epochs_.assign(leadership_.leader_epoch, log_.end_offset());
  // Of a log without records only this says where it goes on.
  if (log_.end_offset() > 0 && log_.start_offset() == log_.end_offset()) save_leader_epochs();
  recovery_point_ =
      hints.was_clean ? log_.end_offset() : std::min(hints.recovery_point, log_.end_offset());
  if (environment_.storage.is_synced()) {
    // Perhaps a sync of it failed. Kafka believes what it reads and leaves the rest to the other
    // replicas; here the disk is what acks = all waits for.
    if (hints.was_clean || write_again_from(recovery_point_)) {
      flush();
    } else {
      synced(sync_mark(), false);
    }
  }
  high_watermark_ = log_.start_offset();
  advance_high_watermark();
  return std::nullopt;
}

// A log that another broker wrote may have epochs that nobody else knows of: no batch gets one that
// is below those before it.
void Partition::outlive_epochs_of_log() {
  if (leader_epochs_.latest_epoch() <= leadership_.leader_epoch) return;
  leadership_.leader_epoch = next_leader_epoch(leader_epochs_.latest_epoch());
  leads_since_epoch_ = leadership_.leader_epoch;
}

bool Partition::write_again_from(std::int64_t offset) {
  const auto& segments = log_.segments();
  for (std::size_t i = segments.size(); i-- > 0 && offset < log_.end_offset();) {
    if (File* file = segments[i].file(); file != nullptr) {
      const auto place = segments[i].find(offset);
      if (!file->write_again(place && *place ? (*place)->position : 0)) return false;
    }
    if (segments[i].base_offset() <= offset) break;
  }
  return true;
}

// Before the first record (PartitionMetadataFile).
bool Partition::prepare_directory() {
  if (!has_directory_) {
    if (!clear_place() || !write_identity()) return false;
    has_directory_ = true;
    is_identity_synced_ = environment_.storage.is_synced();
  }
  return leader_epochs_are_saved_ || save_leader_epochs();
}

bool Partition::write_identity() {
  return environment_.storage.replace(log_.directory() + "/" + kPartitionMetadataFile,
                                      write_partition_metadata(topic_id_));
}

// What has to be on the disk before a record counts as synced, as a start puts a directory without
// it aside. Null if it is there, or if it cannot be had now (no descriptor): then the next sync
// tries again. Kafka syncs it before the first append.
std::unique_ptr<File> Partition::unsynced_identity() {
  if (is_identity_synced_) return nullptr;
  const std::string path = log_.directory() + "/" + kPartitionMetadataFile;
  auto file = environment_.storage.open(path);
  if (file == nullptr && write_identity()) file = environment_.storage.open(path);
  return file;
}

bool Partition::sync_identity() {
  const auto file = unsynced_identity();
  if (file == nullptr) return true;
  is_identity_synced_ = file->sync();
  return is_identity_synced_;
}

// What lies there under the partition's name is not its own, or load() would have found it: perhaps
// of a deleted topic whose directory could not be renamed.
bool Partition::clear_place() {
  const std::string& directory = log_.directory();
  const Storage::Listing found = environment_.storage.list(directory);
  if (!found.is_whole) return false;
  if (found.empty()) return true;
  const auto aside = put_aside(environment_.storage, {topic_, index_});
  if (!aside) return false;
  environment_.report(environment_.full(directory) +
                      ": is not this topic's, and was put aside as " + *aside);
  return true;
}

bool Partition::save_leader_epochs() {
  leader_epochs_are_saved_ = environment_.storage.replace(
      log_.directory() + "/" + kLeaderEpochFile, write_leader_epochs(leader_epochs_.entries()));
  return leader_epochs_are_saved_;
}

// The active segment is a new one. The one before it goes to the disk in the background, as in
// Kafka, unless somebody waits for the disk anyway.
void Partition::rolled() {
  if (has_directory_) snapshots_.take(producers_, log_.end_offset());
  const auto& segments = log_.segments();
  if (segments.size() < 2) return;
  File* closed = segments[segments.size() - 2].file();
  if (closed == nullptr) return;
  if (environment_.storage.is_synced()) {
    sync_under_way_ = 0;
    synced(sync_mark(), closed->sync());
  } else {
    flush_in_background([] {});
  }
}

// All since the recovery point, as UnifiedLog.flush does: mostly that is one segment, but after a
// kill it may be more, and what is believed later has to be on the disk.
void Partition::flush_in_background(std::function<void()> done) {
  struct Flush {
    SyncMark mark;
    std::function<void()> done;
    std::unique_ptr<File> identity = nullptr;
    std::size_t left = 0;
    bool is_good = true;
  };
  const auto flush = std::make_shared<Flush>(Flush{.mark = sync_mark(), .done = std::move(done)});
  const auto sync = [this, &flush](File& file) {
    ++flush->left;
    file.sync_later([this, flush](bool is_good) {
      flush->is_good = flush->is_good && is_good;
      if (--flush->left > 0) return;
      if (flush->identity != nullptr && flush->is_good) is_identity_synced_ = true;
      environment_.during([&] { synced(flush->mark, flush->is_good); });
      flush->done();
    });
  };
  flush->identity = unsynced_identity();
  if (flush->identity != nullptr) sync(*flush->identity);
  const auto& segments = log_.segments();
  for (std::size_t i = segments.size(); i-- > 0;) {
    if (File* file = segments[i].file(); file != nullptr) sync(*file);
    if (segments[i].base_offset() <= recovery_point_) break;
  }
  if (flush->left == 0) flush->done();
}

// Records were appended: to the disk with them if the durability, or flush.messages, asks for it.
void Partition::appended() {
  if (environment_.storage.is_synced()) {
    sync_later();
  } else if (log_.end_offset() - recovery_point_ >= config_->flush_messages) {
    flush();
  }
  advance_high_watermark();
  environment_.progressed(key());
}

// One at a time: what is appended meanwhile shares the next one.
void Partition::sync_later() {
  if (sync_under_way_ != 0 || is_offline_) return;
  File* active = log_.segments().back().file();
  if (active == nullptr) return;
  sync_under_way_ = ++last_sync_;
  active->sync_later([this, mark = sync_mark(), number = last_sync_](bool is_good) {
    environment_.during([&] {
      if (sync_under_way_ == number) sync_under_way_ = 0;
      synced(mark, is_good);
      if (recovery_point_ < log_.end_offset()) sync_later();
    });
  });
}

void Partition::synced(const SyncMark& mark, bool is_good) {
  if (!is_good) {
    is_offline_ = true;
    give_up_compaction();
    environment_.report(environment_.full(log_.directory()) +
                        ": the disk failed to take what was written; the partition is offline "
                        "until a restart, which recovers what there is");
  } else {
    // A sync that began before a truncation says nothing of what came after.
    if (mark.truncations == truncations_) {
      recovery_point_ = std::max(recovery_point_, mark.end_offset);
    }
    last_flush_ms_ = environment_.clock.monotonic_ms();
  }
  const std::int64_t before = high_watermark_;
  advance_high_watermark();
  if (before != high_watermark_ || is_offline_) environment_.progressed(key());
}

bool Partition::flush() {
  if (is_offline_) return false;
  if (recovery_point_ < log_.end_offset()) {
    if (sync_identity() && log_.sync_from(recovery_point_)) {
      recovery_point_ = log_.end_offset();
    } else {
      synced(sync_mark(), false);
    }
  }
  last_flush_ms_ = environment_.clock.monotonic_ms();
  return !is_offline_;
}

void Partition::flush_later(const std::function<void()>& done) {
  if (is_offline_ || recovery_point_ >= log_.end_offset()) return done();
  flush_in_background(done);
}

void Partition::flush_if_due() {
  if (recovery_point_ >= log_.end_offset()) return;
  if (environment_.clock.monotonic_ms() - last_flush_ms_ >= config_->flush_ms) flush();
}

bool Partition::close() {
  give_up_compaction();
  if (!has_directory_) return true;
  if (is_offline_ || !flush()) return false;
  if (!leader_epochs_are_saved_ && !save_leader_epochs()) return false;
  return snapshots_.take(producers_, log_.end_offset()) && log_.write_indexes();
}

// Under a name that no partition has, and which a start removes.
std::optional<Partition::Remains> Partition::remains() const {
  if (!has_directory_) return std::nullopt;
  return Remains{
      .directory = log_.directory(),
      .discarded = set_aside_directory({topic_, index_}, topic_id_, kDeleteDirectorySuffix),
      .delay_ms = config_->file_delete_delay_ms};
}

CleaningPolicy Partition::cleaning_policy() const {
  return {.min_cleanable_dirty_ratio = config_->min_cleanable_dirty_ratio,
          .min_compaction_lag_ms = config_->min_compaction_lag_ms,
          .max_compaction_lag_ms = config_->max_compaction_lag_ms};
}

CleaningPlan Partition::plan_compaction(std::optional<std::int64_t> checkpoint) const {
  return plan_cleaning(cleanable_log(log_, last_stable_offset(), checkpoint), cleaning_policy(),
                       environment_.clock.wall_ms());
}

void Partition::begin_compaction(const CleaningPlan& plan, bool keeps_batch_at_high_watermark,
                                 std::size_t map_entries_max) {
  ASSERT(!is_compacting());
  CleaningOptions options{
      .now_ms = environment_.clock.wall_ms(),
      .delete_retention_ms = config_->delete_retention_ms,
      .reading = config_->reader_options(),
      .kept_end_offset =
          keeps_batch_at_high_watermark ? high_watermark_ : plan.first_uncleanable_offset,
      .last_record_of = [this](std::int64_t producer_id) -> std::optional<LastRecord> {
        const ProducerEntry* entry = producers_.find(producer_id);
        if (entry == nullptr) return std::nullopt;
        return last_record_of(*entry);
      }};
  compaction_ = std::make_unique<CompactionRound>(
      environment_, log_, config_, CompactionRequest{plan, std::move(options), map_entries_max});
}

std::optional<Partition::Compacted> Partition::continue_compaction(std::uint64_t bytes) {
  ASSERT(is_compacting());
  const CompactionRound::State state = compaction_->step(bytes);
  if (state == CompactionRound::State::kUnderWay) return std::nullopt;
  Compacted compacted{.plan = compaction_->plan(), .next_dirty_offset = {}};
  if (state == CompactionRound::State::kDone) {
    compacted.next_dirty_offset = compaction_->next_dirty_offset();
  } else {
    environment_.report(compaction_->failure());
    is_offline_ = is_offline_ || compaction_->is_log_incomplete();
  }
  compaction_.reset();
  forget_merged_segments();
  return compacted;
}

void Partition::give_up_compaction() {
  if (!is_compacting()) return;
  compaction_->give_up();
  compaction_.reset();
  forget_merged_segments();
}

// Their snapshots.
void Partition::forget_merged_segments() {
  std::set<std::int64_t> bases;
  for (const Segment& segment : log_.segments()) bases.insert(segment.base_offset());
  snapshots_.remove_if([&](std::int64_t offset) {
    return offset < log_.segments().back().base_offset() && !bases.contains(offset);
  });
}

void Partition::segments_dropped(const std::vector<std::int64_t>& bases) {
  give_up_compaction();
  sync_under_way_ = 0;
  if (environment_.storage.is_synced() && recovery_point_ < log_.end_offset()) sync_later();
  leader_epochs_.truncate_from_start(log_.start_offset());
  leader_epochs_are_saved_ = false;
  if (has_directory_) save_leader_epochs();
  snapshots_.discard(bases, config_->file_delete_delay_ms);
  snapshots_.log_start_raised(log_.start_offset());
}

}  // namespace understudy::broker
