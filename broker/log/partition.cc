#include "broker/log/partition.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/log/files.h"
#include "codec/control_record.h"
#include "codec/record.h"
#include "codec/record_batch.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

codec::ValidationConfig validation_of(const TopicConfig& config, std::string_view partition,
                                      AppendOptions::Origin origin) {
  return {.max_message_bytes = static_cast<std::int32_t>(config.max_message_bytes),
          .timestamp_type = config.message_timestamp_type,
          .timestamp_before_max_ms = config.message_timestamp_before_max_ms,
          .timestamp_after_max_ms = config.message_timestamp_after_max_ms,
          .compression = config.compression_type,
          .levels = config.compression_levels,
          .compacted = config.cleanup_compact,
          .partition = partition,
          .has_sequence = origin == AppendOptions::Origin::kClient,
          .max_decompressed_message_bytes = config.max_decompressed_message_bytes};
}

wire::Slice slice_of(std::vector<std::uint8_t> bytes) {
  auto memory = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
  return {memory, memory->data(), memory->size()};
}

}  // namespace

Partition::Partition(wire::Uuid topic_id, std::string topic, std::int32_t index,
                     Leadership leadership, std::shared_ptr<const TopicConfig> config,
                     const ProducerStateOptions& producer_options,
                     const LogEnvironment& environment)
    : topic_id_(topic_id),
      topic_(std::move(topic)),
      index_(index),
      leadership_(std::move(leadership)),
      config_(std::move(config)),
      environment_(environment),
      log_(environment, partition_directory(topic_, index)),
      producers_(producer_options),
      snapshots_(environment, log_.directory()),
      leads_since_epoch_(leadership_.leader_epoch),
      last_flush_ms_(environment.clock.monotonic_ms()) {
  leader_epochs_.assign(leadership_.leader_epoch, 0);
}

void Partition::lower_recovery_point() {
  recovery_point_ = std::min(recovery_point_, high_watermark_);
}

void Partition::elect(NodeId leader, Tail tail) {
  give_up_compaction();
  const bool is_cut = tail == Tail::kLose && log_.end_offset() > high_watermark_;
  if (is_cut) {
    if (!log_.truncate_to(high_watermark_, *config_)) return;
    ++truncations_;
    sync_under_way_ = 0;
    leader_epochs_.truncate_from_end(log_.end_offset());
    lower_recovery_point();
    rebuild_producers();
  }
  const NodeId before = leadership_.leader;
  leadership_.leader_epoch = next_leader_epoch(leadership_.leader_epoch);
  ++leadership_.partition_epoch;
  if (is_cut || leader != leadership_.leader) leads_since_epoch_ = leadership_.leader_epoch;
  leadership_.leader = leader;
  if (std::find(leadership_.isr.begin(), leadership_.isr.end(), leader) == leadership_.isr.end()) {
    leadership_.isr.push_back(leader);
  }
  leader_epochs_.assign(leadership_.leader_epoch, log_.end_offset());
  leader_epochs_are_saved_ = false;
  if (has_directory_) save_leader_epochs();
  advance_high_watermark();
  environment_.led_by(key(), before, leader);
}

void Partition::set_config(std::shared_ptr<const TopicConfig> config) {
  config_ = std::move(config);
  if (!config_->cleanup_compact) give_up_compaction();
}

std::int64_t Partition::last_stable_offset() const {
  const auto unstable = producers_.first_unstable_offset();
  if (!unstable) return high_watermark_;
  return std::min(high_watermark_, std::max(*unstable, log_.start_offset()));
}

AppendResult Partition::refuse(ErrorCode error, std::int64_t log_start_offset,
                               std::string reason) const {
  AppendResult result;
  result.error = error;
  result.log_start_offset = log_start_offset;
  result.reason = std::move(reason);
  return result;
}

AppendResult Partition::refuse_offline() const {
  return refuse(ErrorCode::kKafkaStorageError, -1, "the disk has failed under the partition");
}

bool Partition::has_too_few_in_sync() const {
  const std::size_t wanted =
      std::min(static_cast<std::size_t>(config_->min_insync_replicas), leadership_.replicas.size());
  return leadership_.isr.size() < wanted;
}

AppendResult Partition::append(wire::Slice batch, const AppendOptions& options) {
  if (is_offline_) return refuse_offline();
  if (options.required_acks == -1 && has_too_few_in_sync()) {
    return refuse(ErrorCode::kNotEnoughReplicas, log_.start_offset(),
                  std::to_string(leadership_.isr.size()) +
                      " replicas are in sync, fewer than min.insync.replicas");
  }

  codec::ValidationResult validation =
      codec::validate_batch(validation_of(*config_, log_.directory(), options.origin),
                            codec::view_of(batch), environment_.clock.wall_ms());
  if (!validation.ok()) {
    AppendResult result =
        refuse(validation.error,
               validation.answers_log_start_offset() ? log_.start_offset() : std::int64_t{-1},
               std::move(validation.reason));
    result.record_errors = std::move(validation.record_errors);
    result.error_message = std::move(validation.error_message);
    return result;
  }
  if (validation.rewrite == codec::Rewrite::kRebuilt)
    batch = slice_of(std::move(validation.rebuilt));
  return append_validated(std::move(batch), validation, options);
}

AppendResult Partition::append_validated(wire::Slice batch,
                                         const codec::ValidationResult& validation,
                                         const AppendOptions& options) {
  if (auto refused = make_room(batch, validation.max_timestamp)) return std::move(*refused);
  const codec::MutableBatchView view({batch.mutable_data(), batch.size()});
  const ProducerVerdict verdict =
      producers_.check({.producer_id = view.producer_id(),
                        .epoch = view.producer_epoch(),
                        .first_sequence = view.base_sequence(),
                        .last_sequence = view.last_sequence(),
                        .is_transactional = view.is_transactional(),
                        .log_is_new = log_.end_offset() == 0,
                        .transaction_v2 = options.transaction_v2,
                        .has_sequence = options.origin == AppendOptions::Origin::kClient});
  if (verdict.kind != ProducerVerdict::Kind::kAppend) return answer_to(verdict);
  AppendResult result = write(batch, validation);
  if (result.kind != AppendResult::Kind::kAppended) return result;
  if (!lost_state_.empty() && view.has_producer_id() &&
      seen_since_loss_.insert(view.producer_id()).second) {
    result.reason = lost_state_;
  }
  producers_.appended({.producer_id = view.producer_id(),
                       .epoch = view.producer_epoch(),
                       .last_sequence = view.last_sequence(),
                       .base_offset = result.base_offset,
                       .last_offset = result.last_offset,
                       .max_timestamp = validation.max_timestamp,
                       .is_transactional = view.is_transactional()});
  appended();
  return result;
}

// Kafka does all of this before it looks at the sequence: a duplicate may begin an epoch or a
// segment. Nothing if the batch may go on.
std::optional<AppendResult> Partition::make_room(const wire::Slice& batch,
                                                 std::int64_t max_timestamp) {
  const std::size_t size_bytes = batch.size();
  const std::int64_t more = codec::BatchView(codec::view_of(batch)).last_offset_delta();
  if (log_.end_offset() >= std::numeric_limits<std::int64_t>::max() - more) {
    return refuse(ErrorCode::kUnknownServerError, -1, "the log has no offsets left");
  }
  if (leadership_.leader_epoch > leader_epochs_.latest_epoch()) {
    leader_epochs_.assign(leadership_.leader_epoch, log_.end_offset());
    leader_epochs_are_saved_ = false;
  }
  if (size_bytes > static_cast<std::size_t>(config_->segment_bytes)) {
    return refuse(ErrorCode::kRecordListTooLarge, -1,
                  "a batch of " + std::to_string(size_bytes) + " bytes is larger than a segment");
  }
  if (log_.maybe_roll(*config_, {size_bytes, log_.end_offset() + more, max_timestamp})) {
    rolled();
    if (is_offline_) return refuse_offline();
  }
  return std::nullopt;
}

// A refusal, or a duplicate's original answer.
AppendResult Partition::answer_to(const ProducerVerdict& verdict) const {
  AppendResult result;
  result.log_start_offset = log_.start_offset();
  if (verdict.kind == ProducerVerdict::Kind::kDuplicate) {
    result.kind = AppendResult::Kind::kDuplicate;
    result.base_offset = verdict.duplicate.first_offset();
    result.last_offset = verdict.duplicate.last_offset;
    result.log_append_time_ms = verdict.duplicate.max_timestamp;
    return result;
  }
  result.error = verdict.error;
  result.expected_sequence = verdict.expected_sequence;
  result.reason = verdict.reason;
  return result;
}

// Stamps the batch and stores it behind the others.
AppendResult Partition::write(const wire::Slice& batch, const codec::ValidationResult& validation) {
  AppendResult result;
  result.log_start_offset = log_.start_offset();
  result.base_offset = log_.end_offset();
  codec::assign(
      {batch.mutable_data(), batch.size()}, validation,
      {.base_offset = result.base_offset, .partition_leader_epoch = leadership_.leader_epoch});
  result.last_offset = codec::BatchView(codec::view_of(batch)).last_offset();
  if (!prepare_directory() ||
      !log_.append(batch, result.last_offset, validation.max_timestamp, *config_)) {
    return refuse(ErrorCode::kKafkaStorageError, -1, "the storage refused the write");
  }
  result.kind = AppendResult::Kind::kAppended;
  if (config_->message_timestamp_type == codec::TimestampType::kLogAppendTime) {
    result.log_append_time_ms = validation.max_timestamp;
  }
  return result;
}

AppendResult Partition::append_own(const OwnBatch& own, AppendOptions options) {
  codec::RecordBatchBuilder builder({.compression = own.compression,
                                     .transactional = own.producer_id >= 0,
                                     .producer_id = own.producer_id,
                                     .producer_epoch = own.producer_epoch});
  for (const codec::Record& record : own.records) builder.add(record);
  options.origin = AppendOptions::Origin::kCoordinator;
  return append(builder.build_slice(), options);
}

AppendResult Partition::append_marker(const TransactionMarker& marker, codec::ControlType type) {
  if (is_offline_) return refuse_offline();
  if (const ErrorCode error = producers_.check_marker(marker); error != ErrorCode::kNone) {
    return refuse(error, -1, "the marker is older than what is known of its producer");
  }
  const bool is_stamped_here =
      config_->message_timestamp_type == codec::TimestampType::kLogAppendTime;
  const codec::ValidationResult validation{
      .rewrite = is_stamped_here ? codec::Rewrite::kHeaderAndCrc : codec::Rewrite::kOffsetAndEpoch,
      .timestamp_type = config_->message_timestamp_type,
      .max_timestamp = is_stamped_here ? environment_.clock.wall_ms() : marker.timestamp_ms,
      .record_count = 1};
  const wire::Slice batch = slice_of(codec::build_marker_batch(
      {.marker = {.type = type, .coordinator_epoch = marker.coordinator_epoch},
       .producer_id = marker.producer_id,
       .producer_epoch = marker.epoch,
       .timestamp_ms = marker.timestamp_ms}));
  if (auto refused = make_room(batch, validation.max_timestamp)) return std::move(*refused);
  AppendResult result = write(batch, validation);
  if (result.kind == AppendResult::Kind::kAppended) end_transaction(marker, type, result);
  return result;
}

void Partition::end_transaction(const TransactionMarker& marker, codec::ControlType type,
                                const AppendResult& written) {
  const auto ended = producers_.marker_appended(marker, written.base_offset);
  const bool was_aborted = ended && type == codec::ControlType::kAbort;
  if (was_aborted && !log_.add_aborted({.producer_id = ended->producer_id,
                                        .first_offset = ended->first_offset,
                                        .last_offset = ended->last_offset,
                                        .last_stable_offset = ended->last_stable_offset})) {
    // Readers would take the aborted records for committed ones.
    is_offline_ = true;
    environment_.report(
        environment_.full(log_.directory()) +
        ": the disk failed to take an aborted transaction; the partition is offline "
        "until a restart, which recovers what there is");
  }
  appended();
}

// Where acknowledged records have to survive a power cut, the disk counts as a follower: records
// are replicated when it has them.
void Partition::advance_high_watermark() {
  if (replication_held_) return;
  const std::int64_t replicated = environment_.storage.is_synced()
                                      ? std::min(recovery_point_, log_.end_offset())
                                      : log_.end_offset();
  if (replicated < high_watermark_) return;
  high_watermark_ = replicated;
  producers_.high_watermark_advanced(high_watermark_);
}

void Partition::release_replication() {
  replication_held_ = false;
  const std::int64_t before = high_watermark_;
  advance_high_watermark();
  if (high_watermark_ != before) environment_.progressed(key());
}

// After a truncation (ProducerStateManager.truncateAndReload).
void Partition::rebuild_producers() {
  const std::int64_t start = log_.start_offset();
  const std::int64_t end = log_.end_offset();
  snapshots_.remove_if([&](std::int64_t offset) { return offset > end || offset <= start; });
  const std::int64_t from = snapshots_.load_newest(end, producers_).value_or(start);
  log_.for_each_batch(from, [&](const codec::BatchView& batch) {
    if (batch.base_offset() >= from) replay(batch, producers_);
    return true;
  });
  if (has_directory_) snapshots_.take(producers_, end);
}

void Partition::raise_log_start_offset(std::int64_t offset) {
  log_.raise_start_offset(offset);
  high_watermark_ = std::max(high_watermark_, offset);
  leader_epochs_.truncate_from_start(offset);
  leader_epochs_are_saved_ = false;
  if (has_directory_) save_leader_epochs();
  snapshots_.log_start_raised(offset);
  environment_.progressed(key());
}

bool Partition::apply_retention() {
  if (is_offline_) return false;
  const auto is_replicated = [&](std::int64_t end) { return high_watermark_ >= end; };
  std::vector<std::int64_t> gone;
  const auto drop = [&](const auto& may_go, bool active_too) {
    const auto goes = [&](const Segment& segment, std::int64_t end) {
      if (!may_go(segment, end)) return false;
      // Before the last records go, as Kafka's roll does: the next start learns from the snapshot
      // what was known of producers, and where the log goes on. A roll may have failed to take it,
      // and DeleteRecords has removed it.
      const bool is_last = end == log_.end_offset();
      if (is_last && !snapshots_.take_anew(producers_, end)) return false;
      // If nothing behind it is safe yet, a power cut may spare the removal alone. Where the roll
      // failed to take a snapshot, an older segment goes without.
      return recovery_point_ > end || snapshots_.make_safe(end) || !is_last;
    };
    const auto bases = log_.delete_oldest(goes, active_too, config_->file_delete_delay_ms);
    gone.insert(gone.end(), bases.begin(), bases.end());
  };
  drop([&](const Segment&,
           std::int64_t end) { return end <= log_.start_offset() && is_replicated(end); },
       false);

  if (config_->cleanup_delete && config_->retention_bytes >= 0) {
    std::int64_t excess = static_cast<std::int64_t>(log_.size_bytes()) - config_->retention_bytes;
    drop(
        [&](const Segment& segment, std::int64_t end) {
          const auto size = static_cast<std::int64_t>(segment.size_bytes());
          if (excess - size < 0 || !is_replicated(end)) return false;
          excess -= size;
          return true;
        },
        true);
  }
  if (config_->cleanup_delete && config_->retention_ms >= 0) {
    const std::int64_t now_ms = environment_.clock.wall_ms();
    drop(
        [&](const Segment& segment, std::int64_t end) {
          return now_ms - segment.largest_timestamp() > config_->retention_ms && is_replicated(end);
        },
        true);
  }
  if (gone.empty()) return false;
  segments_dropped(gone);
  environment_.progressed(key());
  return true;
}

void Partition::expire_producers() { producers_.expire(environment_.clock.wall_ms()); }

}  // namespace understudy::broker
