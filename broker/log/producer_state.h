// What a partition knows of its producers, and what it answers to their sequences.
//
// Kafka's ProducerStateManager, ProducerStateEntry and ProducerAppendInfo (KIP-98, KIP-360,
// KIP-890), for one partition; nothing is shared between partitions. The names T1..T27 and M1..M6
// in comments are rows of the specification's truth table.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/base/profile.h"
#include "wire/error_code.h"

namespace understudy::broker {

// One remembered batch: enough to recognise it again and to repeat its answer.
struct BatchMetadata {
  std::int64_t last_offset = -1;
  std::int64_t max_timestamp = -1;
  std::int32_t last_sequence = -1;
  std::int32_t offset_delta = 0;

  std::int32_t first_sequence() const;
  std::int64_t first_offset() const { return last_offset - offset_delta; }
};

// The newest batches of one producer, oldest first. Most of a hundred thousand producers have
// written one batch: room for five is made when there is a second.
class BatchWindow {
 public:
  static constexpr std::size_t kSize = 5;  // ProducerStateEntry.NUM_BATCHES_TO_RETAIN

  void clear() { batches_.clear(); }
  void push(const BatchMetadata& batch);
  bool empty() const { return batches_.empty(); }
  std::size_t size() const { return batches_.size(); }
  const BatchMetadata& operator[](std::size_t index) const { return batches_[index]; }
  const BatchMetadata& newest() const { return batches_.back(); }

 private:
  std::vector<BatchMetadata> batches_;
};

struct ProducerEntry {
  std::int64_t last_timestamp = -1;
  std::int64_t transaction_first_offset = -1;  // -1: no open transaction
  std::int32_t coordinator_epoch = -1;
  std::int16_t epoch = -1;
  BatchWindow batches;

  bool has_open_transaction() const { return transaction_first_offset >= 0; }
  std::int32_t last_sequence() const {
    return batches.empty() ? -1 : batches.newest().last_sequence;
  }
};

// A batch that wants in, as far as the producer rules look at it.
struct ProducerBatch {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t first_sequence = -1;
  std::int32_t last_sequence = -1;
  bool is_transactional = false;
  bool log_is_new = false;      // the log never held a record (KAFKA-15591)
  bool transaction_v2 = false;  // Produce 12+ with transaction.version 2 (KIP-890)
  // A coordinator's own batch has no sequence (AppendOrigin.COORDINATOR): only epoch and
  // transaction are looked at.
  bool has_sequence = true;
};

struct ProducerVerdict {
  enum class Kind : std::uint8_t { kAppend, kDuplicate, kRefused };

  Kind kind = Kind::kAppend;
  wire::ErrorCode error = wire::ErrorCode::kNone;
  BatchMetadata duplicate = {};  // kDuplicate: the original
  std::optional<std::int32_t> expected_sequence =
      {};                   // kRefused for a sequence: what would have fitted
  std::string reason = {};  // kRefused: why, in a sentence
};

// A batch that is now in the log.
struct AppendedBatch {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t last_sequence = -1;
  std::int64_t base_offset = -1;
  std::int64_t last_offset = -1;
  std::int64_t max_timestamp = -1;
  bool is_transactional = false;
};

struct TransactionMarker {
  std::int64_t producer_id = -1;
  std::int16_t epoch = -1;
  std::int32_t coordinator_epoch = 0;
  std::int16_t transaction_version = 0;
  std::int64_t timestamp_ms = -1;
};

// A transaction whose marker is in the log (CompletedTxn).
struct CompletedTransaction {
  std::int64_t producer_id = -1;
  std::int64_t first_offset = -1;
  std::int64_t last_offset = -1;         // of the marker
  std::int64_t last_stable_offset = -1;  // once it is replicated: the next open one begins there
};

struct ProducerStateOptions {
  std::int64_t expiration_ms = 86'400'000;  // producer.id.expiration.ms
  UnknownProducerRule unknown_producer = UnknownProducerRule::kAccept;
};

class ProducerStateManager {
 public:
  explicit ProducerStateManager(const ProducerStateOptions& options) : options_(options) {}

  // What to do with a client's batch. Changes nothing.
  ProducerVerdict check(const ProducerBatch& batch) const;

  // The batch went into the log; client and replication origin alike.
  void appended(const AppendedBatch& batch);

  // Whether a marker may be written: kNone, INVALID_PRODUCER_EPOCH or
  // TRANSACTION_COORDINATOR_FENCED.
  wire::ErrorCode check_marker(const TransactionMarker& marker) const;
  // The marker went into the log at `offset`. What it has ended, if anything was open.
  std::optional<CompletedTransaction> marker_appended(const TransactionMarker& marker,
                                                      std::int64_t offset);

  // The transaction coordinator has answered for this producer (KAFKA-14920): the lowest sequence
  // seen until the first append is the lowest that is accepted.
  void verification_started(std::int64_t producer_id, std::int16_t epoch,
                            std::int32_t first_sequence);

  // First offset of the earliest transaction that is open, or whose marker is not yet below the
  // high watermark; nothing if there is none.
  std::optional<std::int64_t> first_unstable_offset() const;
  // Transactions whose marker lies below this are decided for readers.
  void high_watermark_advanced(std::int64_t high_watermark);

  // Forgets producers without an open transaction whose last timestamp is expiration_ms or more
  // ago, by the wall clock.
  void expire(std::int64_t now_ms);
  void set_expiration_ms(std::int64_t expiration_ms) { options_.expiration_ms = expiration_ms; }

  // After a truncation: everything is read from the log again.
  void clear();
  // What a snapshot says of a producer; nothing if that is expired.
  void restore(std::int64_t producer_id, const ProducerEntry& entry, std::int64_t now_ms);
  bool is_expired(const ProducerEntry& entry, std::int64_t now_ms) const;
  const std::unordered_map<std::int64_t, ProducerEntry>& entries() const { return producers_; }

  const ProducerEntry* find(std::int64_t producer_id) const;
  std::size_t size() const { return producers_.size(); }
  // Ascending producer ids.
  std::vector<std::int64_t> producer_ids() const;
  std::int64_t highest_producer_id() const;  // -1 without any

  // The editor of tests and faults. A producer that is not known becomes known.
  void set_next_sequence(std::int64_t producer_id, std::int32_t next_sequence);
  void set_epoch(std::int64_t producer_id, std::int16_t epoch);
  void forget(std::int64_t producer_id) { producers_.erase(producer_id); }

 private:
  struct Verification {
    std::int16_t epoch = -1;
    std::int32_t lowest_sequence = -1;
  };

  ProducerVerdict check_sequence(const ProducerBatch& batch, const ProducerEntry* entry) const;

  ProducerStateOptions options_;
  std::unordered_map<std::int64_t, ProducerEntry> producers_;
  std::unordered_map<std::int64_t, Verification> verifications_;
  std::set<std::int64_t> open_transactions_;  // by first offset
  std::map<std::int64_t, std::int64_t>
      decided_transactions_;  // first offset -> marker, until replicated
};

}  // namespace understudy::broker
