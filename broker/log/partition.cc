#include "broker/log/partition.h"

#include <algorithm>
#include <utility>

#include "codec/record_batch.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

codec::ValidationConfig validation_of(const TopicConfig& config) {
  return {.max_message_bytes = static_cast<std::int32_t>(config.max_message_bytes),
          .timestamp_type = config.message_timestamp_type,
          .timestamp_before_max_ms = config.message_timestamp_before_max_ms,
          .timestamp_after_max_ms = config.message_timestamp_after_max_ms,
          .compression = config.compression_type,
          .levels = config.compression_levels,
          .compacted = config.cleanup_compact,
          .max_decompressed_message_bytes =
              static_cast<std::int32_t>(config.max_decompressed_message_bytes)};
}

wire::Slice slice_of(std::vector<std::uint8_t> bytes) {
  auto memory = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
  return {memory, memory->data(), memory->size()};
}

}  // namespace

Partition::Partition(wire::Uuid topic_id, std::string topic, std::int32_t index,
                     Leadership leadership, std::shared_ptr<const TopicConfig> config,
                     const ProducerStateOptions& producer_options, Storage& storage,
                     const Clock& clock)
    : topic_id_(topic_id),
      topic_(std::move(topic)),
      index_(index),
      leadership_(std::move(leadership)),
      config_(std::move(config)),
      clock_(clock),
      log_(topic_, index, storage, clock),
      producers_(producer_options) {
  leader_epochs_.assign(leadership_.leader_epoch, 0);
}

void Partition::elect(NodeId leader, Tail tail) {
  if (tail == Tail::kLose && log_.end_offset() > high_watermark_) {
    if (!log_.truncate_to(high_watermark_)) return;
    leader_epochs_.truncate_from_end(log_.end_offset());
    rebuild_producers();
  }
  leadership_.leader = leader;
  ++leadership_.leader_epoch;
  ++leadership_.partition_epoch;
  if (std::find(leadership_.isr.begin(), leadership_.isr.end(), leader) == leadership_.isr.end()) {
    leadership_.isr.push_back(leader);
  }
  leader_epochs_.assign(leadership_.leader_epoch, log_.end_offset());
  advance_high_watermark();
}

void Partition::set_isr(std::vector<NodeId> isr) {
  leadership_.isr = std::move(isr);
  ++leadership_.partition_epoch;
}

void Partition::set_replicas(std::vector<NodeId> replicas) {
  leadership_.replicas = std::move(replicas);
  ++leadership_.partition_epoch;
}

void Partition::set_config(std::shared_ptr<const TopicConfig> config) {
  config_ = std::move(config);
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

bool Partition::has_too_few_in_sync() const {
  const std::size_t wanted =
      std::min(static_cast<std::size_t>(config_->min_insync_replicas), leadership_.replicas.size());
  return leadership_.isr.size() < wanted;
}

AppendResult Partition::append(wire::Slice batch, const AppendOptions& options) {
  if (options.required_acks == -1 && has_too_few_in_sync()) {
    return refuse(ErrorCode::kNotEnoughReplicas, log_.start_offset(),
                  std::to_string(leadership_.isr.size()) +
                      " replicas are in sync, fewer than min.insync.replicas");
  }

  codec::ValidationResult validation =
      codec::validate_batch(validation_of(*config_), codec::view_of(batch), clock_.now_ms());
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
  // Kafka does all of this before it looks at the sequence: a duplicate may begin an epoch or a
  // segment.
  if (leadership_.leader_epoch > leader_epochs_.latest_epoch()) {
    leader_epochs_.assign(leadership_.leader_epoch, log_.end_offset());
  }
  if (batch.size() > static_cast<std::size_t>(config_->segment_bytes)) {
    return refuse(ErrorCode::kRecordListTooLarge, -1,
                  "a batch of " + std::to_string(batch.size()) + " bytes is larger than a segment");
  }
  log_.maybe_roll(*config_, batch.size(), validation.max_timestamp);

  codec::MutableBatchView view({batch.mutable_data(), batch.size()});
  const ProducerVerdict verdict = producers_.check({.producer_id = view.producer_id(),
                                                    .epoch = view.producer_epoch(),
                                                    .first_sequence = view.base_sequence(),
                                                    .last_sequence = view.last_sequence(),
                                                    .is_transactional = view.is_transactional(),
                                                    .log_is_new = log_.end_offset() == 0,
                                                    .transaction_v2 = options.transaction_v2});
  AppendResult result;
  result.log_start_offset = log_.start_offset();
  switch (verdict.kind) {
    case ProducerVerdict::Kind::kRefused:
      result.error = verdict.error;
      result.expected_sequence = verdict.expected_sequence;
      result.reason = verdict.reason;
      return result;
    case ProducerVerdict::Kind::kDuplicate:
      result.kind = AppendResult::Kind::kDuplicate;
      result.base_offset = verdict.duplicate.first_offset();
      result.last_offset = verdict.duplicate.last_offset;
      result.log_append_time_ms = verdict.duplicate.max_timestamp;
      return result;
    case ProducerVerdict::Kind::kAppend:
      break;
  }

  const std::int64_t base_offset = log_.end_offset();
  codec::assign({batch.mutable_data(), batch.size()}, validation,
                {.base_offset = base_offset, .partition_leader_epoch = leadership_.leader_epoch});
  const std::int64_t last_offset = view.last_offset();
  if (!log_.append(batch, last_offset, validation.max_timestamp, *config_)) {
    return refuse(ErrorCode::kKafkaStorageError, -1, "the storage refused the write");
  }
  result.kind = AppendResult::Kind::kAppended;
  result.base_offset = base_offset;
  result.last_offset = last_offset;
  if (config_->message_timestamp_type == codec::TimestampType::kLogAppendTime) {
    result.log_append_time_ms = validation.max_timestamp;
  }
  advance_high_watermark();
  producers_.appended({.producer_id = view.producer_id(),
                       .epoch = view.producer_epoch(),
                       .last_sequence = view.last_sequence(),
                       .base_offset = base_offset,
                       .last_offset = last_offset,
                       .max_timestamp = validation.max_timestamp,
                       .is_transactional = view.is_transactional()});
  return result;
}

void Partition::advance_high_watermark() {
  if (replication_held_) return;
  high_watermark_ = log_.end_offset();
  producers_.high_watermark_advanced(high_watermark_);
}

bool Partition::release_replication() {
  replication_held_ = false;
  const std::int64_t before = high_watermark_;
  advance_high_watermark();
  return high_watermark_ != before;
}

void Partition::rebuild_producers() {
  producers_.clear();
  log_.for_each_batch(log_.start_offset(), [&](const codec::BatchView& batch) {
    if (batch.is_control()) return true;
    producers_.appended({.producer_id = batch.producer_id(),
                         .epoch = batch.producer_epoch(),
                         .last_sequence = batch.last_sequence(),
                         .base_offset = batch.base_offset(),
                         .last_offset = batch.last_offset(),
                         .max_timestamp = batch.max_timestamp(),
                         .is_transactional = batch.is_transactional()});
    return true;
  });
}

void Partition::raise_log_start_offset(std::int64_t offset) {
  log_.raise_start_offset(offset);
  high_watermark_ = std::max(high_watermark_, offset);
  leader_epochs_.truncate_from_start(offset);
}

bool Partition::apply_retention() {
  const auto is_replicated = [&](std::int64_t end) { return high_watermark_ >= end; };
  std::size_t gone = log_.delete_oldest(
      [&](const Segment&, std::int64_t end) {
        return end <= log_.start_offset() && is_replicated(end);
      },
      false);

  if (config_->cleanup_delete && config_->retention_bytes >= 0) {
    std::int64_t excess = static_cast<std::int64_t>(log_.size_bytes()) - config_->retention_bytes;
    gone += log_.delete_oldest(
        [&](const Segment& segment, std::int64_t end) {
          const auto size = static_cast<std::int64_t>(segment.size_bytes());
          if (excess - size < 0 || !is_replicated(end)) return false;
          excess -= size;
          return true;
        },
        true);
  }
  if (config_->cleanup_delete && config_->retention_ms >= 0) {
    const std::int64_t now_ms = clock_.now_ms();
    gone += log_.delete_oldest(
        [&](const Segment& segment, std::int64_t end) {
          // Without any timestamp the time of the last write counts; the segment's age stands for
          // it.
          const std::int64_t newest =
              segment.max_timestamp() >= 0 ? segment.max_timestamp() : segment.created_ms();
          return now_ms - newest > config_->retention_ms && is_replicated(end);
        },
        true);
  }
  if (gone > 0) leader_epochs_.truncate_from_start(log_.start_offset());
  return gone > 0;
}

void Partition::expire_producers() { producers_.expire(clock_.now_ms()); }

}  // namespace understudy::broker
