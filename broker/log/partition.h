// One partition: its leadership, its log, its producers. Kafka's Partition and UnifiedLog in one.
//
// Understudy's nodes live in one process and share one log per partition: followers have what the
// leader has at once, unless replication is held (a fault); then the high watermark stays where it
// is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/topic_config.h"
#include "broker/log/compaction_round.h"
#include "broker/log/environment.h"
#include "broker/log/leader_epochs.h"
#include "broker/log/log.h"
#include "broker/log/log_loader.h"
#include "broker/log/producer_snapshots.h"
#include "broker/log/producer_state.h"
#include "codec/control_record.h"
#include "codec/record.h"
#include "codec/validate.h"

namespace understudy::broker {

struct Leadership {
  std::vector<NodeId> replicas;
  std::vector<NodeId> isr;
  NodeId leader = -1;  // -1: none
  std::int32_t leader_epoch = 0;
  std::int32_t partition_epoch = 0;
};

// Epochs rise; the largest that a file can hold stays what it is.
inline std::int32_t next_leader_epoch(std::int32_t epoch) {
  return epoch == std::numeric_limits<std::int32_t>::max() ? epoch : epoch + 1;
}

// What happened to one batch; the Produce response and the event are both made from it.
struct AppendResult {
  enum class Kind : std::uint8_t { kAppended, kDuplicate, kRefused };

  Kind kind = Kind::kRefused;
  wire::ErrorCode error = wire::ErrorCode::kNone;
  std::int64_t base_offset = -1;
  std::int64_t last_offset = -1;
  std::int64_t log_append_time_ms = -1;
  std::int64_t log_start_offset = -1;
  std::vector<codec::RecordError> record_errors;
  std::optional<std::string> error_message;
  // Sequence refusals: what would have been appended.
  std::optional<std::int32_t> expected_sequence;
  std::string reason;  // refused: why, in a sentence; for events, never on the wire
};

struct AppendOptions {
  // Who wrote the batch (AppendOrigin): a coordinator's has no sequence.
  enum class Origin : std::uint8_t { kClient, kCoordinator };

  std::int16_t required_acks = -1;
  bool transaction_v2 = false;  // Produce 12+ with transaction.version 2 (KIP-890)
  Origin origin = Origin::kClient;
};

// Records of the broker's own, for an internal topic.
struct OwnBatch {
  std::span<const codec::Record> records;  // at least one
  codec::CompressionType compression = codec::CompressionType::kNone;
  // Of offsets that are committed in a transaction: its producer. -1: no transaction.
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;
};

class Partition {
 public:
  Partition(wire::Uuid topic_id, std::string topic, std::int32_t index, Leadership leadership,
            std::shared_ptr<const TopicConfig> config, const ProducerStateOptions& producer_options,
            const LogEnvironment& environment);
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  // Loads what its directory holds. Must be called once, before anything else. Why it cannot, in a
  // sentence that says what to do; nothing if all is well.
  std::optional<std::string> load(const LoadHints& hints);
  // What load() found that another broker must have written.
  const LogFindings& findings() const { return findings_; }

  const std::string& topic() const { return topic_; }
  std::int32_t index() const { return index_; }
  PartitionKey key() const { return {topic_id_, index_}; }

  const Leadership& leadership() const { return leadership_; }
  bool is_leader(NodeId node) const { return leadership_.leader == node; }
  bool has_replica(NodeId node) const {
    return std::ranges::find(leadership_.replicas, node) != leadership_.replicas.end();
  }
  // The leader has led since this epoch, and nothing of its log was cut: what it appended earlier
  // need not be there any more.
  std::int32_t leads_since_epoch() const { return leads_since_epoch_; }

  // What was not replicated (above the high watermark) is kept, or cut.
  enum class Tail { kKeep, kLose };
  // Must be called, and its result written to the checkpoint, before a tail is lost: what will be
  // appended in its place was not synced, and a start must not believe that it was.
  void lower_recovery_point();
  // A new leader, one epoch later.
  void elect(NodeId leader, Tail tail);
  // Fewer in-sync replicas than min(min.insync.replicas, replicas) (KAFKA-15583 for the minimum).
  bool has_too_few_in_sync() const;

  const TopicConfig& config() const { return *config_; }
  void set_config(std::shared_ptr<const TopicConfig> config);

  std::int64_t log_start_offset() const { return log_.start_offset(); }
  std::int64_t log_end_offset() const { return log_.end_offset(); }
  std::int64_t high_watermark() const { return high_watermark_; }
  std::int64_t last_stable_offset() const;
  std::uint64_t size_bytes() const { return log_.size_bytes(); }
  const Log& log() const { return log_; }
  const LeaderEpochs& leader_epochs() const { return leader_epochs_; }
  ProducerStateManager& producers() { return producers_; }
  const ProducerStateManager& producers() const { return producers_; }

  // Stages D3 to I of the specification's Produce path: enough replicas, validation, sequence
  // verdict, append. `batch` is exactly the one batch that codec::inspect_records found; offset,
  // leader epoch and, where the topic wants it, timestamps are written into its bytes.
  AppendResult append(wire::Slice batch, const AppendOptions& options);

  // The same for a coordinator's records, in one batch. Validated as a client's, but without a
  // sequence; a transaction's has to be open or verified, and its epoch not older than the known
  // one.
  AppendResult append_own(const OwnBatch& own, AppendOptions options);

  // The end of a producer's transaction (kCommit or kAbort), as a control batch; no client can
  // write one. Rows M1 to M6 of the truth table. INVALID_PRODUCER_EPOCH or
  // TRANSACTION_COORDINATOR_FENCED if somebody newer has written here.
  AppendResult append_marker(const TransactionMarker& marker, codec::ControlType type);

  // Whole batches from the one that holds fetch_offset on, as bytes of the log; the last one may be
  // cut.
  // KAFKA_STORAGE_ERROR if the partition is offline.
  wire::Result<wire::Slice> read(const ReadOptions& options) const {
    if (is_offline_) return wire::ErrorCode::kKafkaStorageError;
    return log_.read(options);
  }

  // Raises the log start offset (DeleteRecords, retention). The caller has checked the bounds.
  void raise_log_start_offset(std::int64_t offset);

  // Producer state was lost. Why: attached to each producer's first event after the loss.
  void note_lost_state(std::string why) { lost_state_ = std::move(why); }

  // What lies before this would survive a power cut.
  std::int64_t recovery_point() const { return recovery_point_; }
  // The disk has failed, and nobody knows how much of what was written it has: nothing is read or
  // written any more before a restart.
  bool is_offline() const { return is_offline_; }
  // Waits for the disk (Kafka's flush). False: the partition is offline now.
  bool flush();
  // The same without waiting. `done` is called later, or at once if there is nothing to do.
  void flush_later(const std::function<void()>& done);
  // The same as flush() if flush.ms has gone by since the last time.
  void flush_if_due();
  // The files are as a clean stop leaves them; nothing may be called after that. False: they are
  // not, and the next start has to recover them.
  [[nodiscard]] bool close();
  // What is left of a partition that was deleted: a directory, and the name that it takes until it
  // is removed. Nothing if it never had a record.
  struct Remains {
    std::string directory;
    std::string discarded;
    std::int64_t delay_ms = 0;
  };
  std::optional<Remains> remains() const;
  bool has_directory() const { return has_directory_; }

  // The aborted transactions that overlap [from, upper), for readers of committed data.
  std::vector<AbortedTransaction> aborted_transactions(std::int64_t from,
                                                       std::int64_t upper) const {
    return log_.aborted_transactions(from, upper);
  }

  // What compaction would do here now; `checkpoint`: where the last round ended.
  CleaningPlan plan_compaction(std::optional<std::int64_t> checkpoint) const;
  CleaningPolicy cleaning_policy() const;
  // One round of it goes on in steps, unless it is given up meanwhile: when the log is cut, loses
  // segments, or gets another leader, when the disk fails, and when cleanup.policy changes.
  void begin_compaction(const CleaningPlan& plan, bool keeps_batch_at_high_watermark,
                        std::size_t map_entries_max);
  bool is_compacting() const { return compaction_ != nullptr; }
  // What came of it: where the next round begins; nothing if it failed, which was reported.
  struct Compacted {
    CleaningPlan plan;
    std::optional<std::int64_t> next_dirty_offset;
  };
  // A step through so many bytes. Nothing if there is more to do.
  std::optional<Compacted> continue_compaction(std::uint64_t bytes);
  void give_up_compaction();

  // One pass of retention (UnifiedLog.deleteOldSegments): segments below the log start offset, then
  // by size, then by time. True if anything was dropped.
  bool apply_retention();

  // Forgets producers whose last batch is older than producer.id.expiration.ms.
  void expire_producers();

  // While held, followers do not catch up: acks = all waits, the high watermark stays.
  void hold_replication() { replication_held_ = true; }
  // Lets followers catch up.
  void release_replication();
  bool replication_held() const { return replication_held_; }

 private:
  AppendResult refuse(wire::ErrorCode error, std::int64_t log_start_offset,
                      std::string reason) const;
  AppendResult refuse_offline() const;
  AppendResult append_validated(wire::Slice batch, const codec::ValidationResult& validation,
                                const AppendOptions& options);
  std::optional<AppendResult> make_room(const wire::Slice& batch, std::int64_t max_timestamp);
  AppendResult answer_to(const ProducerVerdict& verdict) const;
  AppendResult write(const wire::Slice& batch, const codec::ValidationResult& validation);
  void end_transaction(const TransactionMarker& marker, codec::ControlType type,
                       const AppendResult& written);
  void advance_high_watermark();
  void rebuild_producers();
  void outlive_epochs_of_log();
  bool prepare_directory();
  bool clear_place();
  bool write_identity();
  std::unique_ptr<File> unsynced_identity();
  bool sync_identity();
  bool save_leader_epochs();
  void rolled();
  void appended();
  void sync_later();
  // What a sync that begins now will have covered.
  struct SyncMark {
    std::int64_t end_offset = 0;
    std::uint64_t truncations = 0;
  };
  SyncMark sync_mark() const { return {log_.end_offset(), truncations_}; }
  void synced(const SyncMark& mark, bool is_good);
  void flush_in_background(std::function<void()> done);
  void forget_merged_segments();
  void segments_dropped(const std::vector<std::int64_t>& bases);
  bool write_again_from(std::int64_t offset);

  wire::Uuid topic_id_;
  std::string topic_;
  std::int32_t index_;
  Leadership leadership_;
  std::shared_ptr<const TopicConfig> config_;
  const LogEnvironment& environment_;
  Log log_;
  ProducerStateManager producers_;
  ProducerSnapshots snapshots_;
  LeaderEpochs leader_epochs_;
  LogFindings findings_;
  std::int64_t high_watermark_ = 0;
  std::int64_t recovery_point_ = 0;
  std::int32_t leads_since_epoch_;
  std::int64_t last_flush_ms_;
  std::string lost_state_;
  std::set<std::int64_t> seen_since_loss_;  // producers
  std::unique_ptr<CompactionRound> compaction_;
  bool has_directory_ = false;
  bool is_identity_synced_ = false;  // partition.metadata
  bool leader_epochs_are_saved_ = false;
  // Of the active segment; 0: none. When a file goes, nobody says that its sync has ended.
  std::uint64_t sync_under_way_ = 0;
  std::uint64_t last_sync_ = 0;
  std::uint64_t truncations_ = 0;
  bool is_offline_ = false;
  bool replication_held_ = false;
};

}  // namespace understudy::broker
