#include "broker/cluster/log_manager.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace understudy::broker {
namespace {

std::optional<std::int64_t> find_offset(const OffsetCheckpoint& offsets,
                                        const TopicPartition& partition) {
  const auto found = offsets.find(partition);
  return found == offsets.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

template <class Action>
void LogManager::for_each_partition(const Action& action) const {
  for (const auto& [name, topic] : topics_) {
    for (const auto& partition : topic->partitions) action(*partition);
  }
}

void LogManager::load_checkpoints() {
  loaded_ = {.recovery_points = load_checkpoint(kRecoveryPointFile),
             .start_offsets = load_checkpoint(kLogStartFile),
             .high_watermarks = load_checkpoint(kHighWatermarkFile)};
  cleaner_offsets_ = load_checkpoint(kCleanerFile);
}

OffsetCheckpoint LogManager::load_checkpoint(const char* file) {
  auto text = environment_.storage.load(file);
  // Kafka makes the file at its start, and writes to it later.
  if (!text || text->empty()) return {};
  if (auto offsets = read_offset_checkpoint(*text)) {
    written_checkpoints_[file] = std::move(*text);
    return std::move(*offsets);
  }
  environment_.report(environment_.full(file) + ": damaged; what it held is found out again");
  return {};
}

LoadHints LogManager::hints_for(const TopicPartition& partition) const {
  return {.recovery_point = find_offset(loaded_.recovery_points, partition).value_or(0),
          .start_offset = find_offset(loaded_.start_offsets, partition),
          .high_watermark = find_offset(loaded_.high_watermarks, partition)};
}

template <class Value>
bool LogManager::write_offsets(const char* file, const Value& value) {
  OffsetCheckpoint offsets;
  for_each_partition([&](const Partition& partition) {
    if (!partition.has_directory()) return;
    if (const std::optional<std::int64_t> offset = value(partition)) {
      offsets[{partition.topic(), partition.index()}] = *offset;
    }
  });
  return write_checkpoint(file, offsets);
}

bool LogManager::write_checkpoint(const char* file, const OffsetCheckpoint& offsets) {
  const std::string text = write_offset_checkpoint(offsets);
  std::string& last = written_checkpoints_[file];
  if (text == last) return true;
  if (!environment_.storage.replace(file, text)) return false;
  last = text;
  return true;
}

bool LogManager::write_recovery_points() {
  return write_offsets(kRecoveryPointFile, [](const Partition& partition) {
    return std::optional(partition.recovery_point());
  });
}

// A start offset that is the first segment's is found without help.
bool LogManager::write_start_offsets() {
  return write_offsets(kLogStartFile, [](const Partition& partition) {
    const std::int64_t start = partition.log_start_offset();
    return start > partition.log().segments().front().base_offset() ? std::optional(start)
                                                                    : std::nullopt;
  });
}

bool LogManager::write_high_watermarks() {
  return write_offsets(kHighWatermarkFile, [](const Partition& partition) {
    return std::optional(partition.high_watermark());
  });
}

bool LogManager::write_cleaner_offsets() {
  return write_checkpoint(kCleanerFile, cleaner_offsets_);
}

bool LogManager::write_checkpoints() {
  const auto forgotten = std::erase_if(cleaner_offsets_, [&](const auto& one) {
    const auto topic = topics_.find(one.first.topic);
    const Partition* partition =
        topic == topics_.end() ? nullptr : topic->second->partition(one.first.partition);
    return partition == nullptr || !partition->has_directory();
  });
  return write_recovery_points() && write_start_offsets() && write_high_watermarks() &&
         (forgotten == 0 || write_cleaner_offsets());
}

// What they say of a deleted topic must not be believed of a new one that has its name.
bool LogManager::forget_checkpoints(const std::string& topic) {
  const auto names = [&](const char* file) {
    return written_checkpoints_[file].find("\n" + topic + " ") != std::string::npos;
  };
  return (!names(kRecoveryPointFile) || write_recovery_points()) &&
         (!names(kLogStartFile) || write_start_offsets()) &&
         (!names(kHighWatermarkFile) || write_high_watermarks()) &&
         (!names(kCleanerFile) || write_cleaner_offsets());
}

void LogManager::topic_removed(const std::string& topic) {
  const auto forgotten =
      std::erase_if(cleaner_offsets_, [&](const auto& one) { return one.first.topic == topic; });
  std::erase_if(uncleanable_, [&](const auto& one) { return one.topic == topic; });
  // Kafka notes where the others begin whenever a log goes (LogManager.asyncDelete). Failing that
  // it is noted at its interval, and all of it before there is another topic of that name.
  static_cast<void>(write_start_offsets());
  if (forgotten > 0) static_cast<void>(write_cleaner_offsets());
}

void LogManager::apply_retention() {
  for_each_partition([](Partition& partition) { partition.apply_retention(); });
}

void LogManager::expire_producers() {
  for_each_partition([&](Partition& partition) {
    partition.producers().set_expiration_ms(config_->producer_id_expiration_ms);
    partition.expire_producers();
  });
}

void LogManager::compact() {
  if (!config_->log_cleaner_enable || is_closing_ || compacting_) return;
  continue_compaction();
}

// One step, and a timer for the next one as long as there is something to do.
void LogManager::continue_compaction() {
  Partition* partition = find_compacting();
  if (partition == nullptr) partition = begin_compaction();
  if (partition == nullptr) {
    compacting_.reset();
    return;
  }
  compacting_ = {partition->topic(), partition->index()};
  // 0 is allowed.
  const auto bytes = std::max<std::int64_t>(config_->log_cleaner_io_buffer_size, 1);
  if (const auto compacted = partition->continue_compaction(static_cast<std::uint64_t>(bytes))) {
    note_compacted(*compacting_, *compacted);
  }
  // What is due now runs before any request, so the next step is not due before the next
  // millisecond.
  next_step_ = environment_.timers.at(environment_.clock.monotonic_ms() + 1,
                                      [this] { continue_compaction(); });
}

// Null if there is none, or if it has given its round up since, or is another of the same name.
Partition* LogManager::find_compacting() const {
  if (!compacting_) return nullptr;
  const auto topic = topics_.find(compacting_->topic);
  Partition* partition =
      topic == topics_.end() ? nullptr : topic->second->partition(compacting_->partition);
  return partition != nullptr && partition->is_compacting() ? partition : nullptr;
}

// The dirtiest one that is due; null if none is.
Partition* LogManager::begin_compaction() {
  std::vector<Partition*> partitions;
  std::vector<CleaningPlan> plans;
  for_each_partition([&](Partition& partition) {
    const TopicPartition name{partition.topic(), partition.index()};
    if (!partition.config().cleanup_compact || uncleanable_.contains(name)) return;
    if (partition.is_offline()) return;
    const CleaningPlan plan = partition.plan_compaction(find_offset(cleaner_offsets_, name));
    if (!is_due(plan, partition.cleaning_policy())) return;
    partitions.push_back(&partition);
    plans.push_back(plan);
  });
  const auto chosen = dirtiest(plans);
  if (!chosen) return nullptr;
  partitions[*chosen]->begin_compaction(
      plans[*chosen], profile_.compaction_keeps_batch_at_high_watermark(),
      OffsetMap::max_entries_for(static_cast<std::size_t>(config_->log_cleaner_dedupe_buffer_size),
                                 config_->log_cleaner_io_buffer_load_factor));
  return partitions[*chosen];
}

void LogManager::stop_compaction() {
  is_closing_ = true;
  environment_.timers.cancel(next_step_);
  if (Partition* partition = find_compacting()) partition->give_up_compaction();
  compacting_.reset();
}

void LogManager::note_compacted(const TopicPartition& name, const Partition::Compacted& compacted) {
  const auto next = compacted.next_dirty_offset;
  if (next && *next > compacted.plan.first_dirty_offset) {
    cleaner_offsets_[name] = *next;
  } else {
    uncleanable_.insert(name);
  }
  if (!write_cleaner_offsets()) {
    environment_.report(environment_.full(kCleanerFile) + ": cannot be written");
  }
}

void LogManager::flush_due() {
  for_each_partition([](Partition& partition) { partition.flush_if_due(); });
}

void LogManager::flush_later(const std::function<void()>& done) {
  // A segment that is replaced would never say that its sync has ended.
  stop_compaction();
  const auto left = std::make_shared<std::size_t>(1);
  const auto one_done = [left, done] {
    if (--*left == 0) done();
  };
  for_each_partition([&](Partition& partition) {
    ++*left;
    partition.flush_later(one_done);
  });
  one_done();
}

bool LogManager::close() {
  stop_compaction();
  bool is_clean = true;
  for_each_partition([&](Partition& partition) { is_clean = partition.close() && is_clean; });
  is_clean = write_recovery_points() && is_clean;
  is_clean = write_start_offsets() && is_clean;
  return write_high_watermarks() && is_clean;
}

std::optional<std::string> LogManager::restart_partition(std::unique_ptr<Partition>& partition,
                                                         const std::optional<Crash>& crash,
                                                         const Make& make) {
  const bool is_clean = (!crash || crash->follows_clean_stop()) && partition->close();
  Leadership next = partition->leadership();
  next.leader_epoch = next_leader_epoch(next.leader_epoch);
  ++next.partition_epoch;
  const LoadHints hints{.was_clean = is_clean,
                        .recovery_point = partition->recovery_point(),
                        .start_offset = partition->log_start_offset(),
                        .high_watermark = partition->high_watermark()};
  const std::string directory = partition->log().directory();
  partition.reset();
  const bool is_done = !crash || damage_partition(environment_, directory, *crash);
  partition = make(std::move(next));
  if (!is_done) return directory + ": the storage refused";
  if (crash) partition->note_lost_state(crash->doubt());
  if (auto failure = partition->load(hints)) return failure;
  environment_.led_by(partition->key(), partition->leadership().leader,
                      partition->leadership().leader);
  const bool is_less_synced = partition->recovery_point() < hints.recovery_point;
  if (!is_less_synced || write_recovery_points()) return std::nullopt;
  return environment_.full(kRecoveryPointFile) + ": cannot be written";
}

}  // namespace understudy::broker
