#include "simulation/java_model.h"

#include <algorithm>
#include <limits>

namespace understudy::simulation {

using wire::ErrorCode;

JavaModel::JavaModel(ClientWorld& world, const ProducerOptions& options, std::uint64_t seed)
    : Producer(world, options, seed) {
  refresh_leaders();
  ask_for_identity([this](const Identity& identity) {
    identity_ = identity;
    has_identity_ = true;
    wake();
  });
}

void JavaModel::offer(const Name& name) {
  partitions_[name.slot].fresh.push_back(name);
  wake();
}

bool JavaModel::is_idle() const {
  return std::ranges::all_of(partitions_, [](const auto& entry) {
    return entry.second.fresh.empty() && entry.second.tracked.empty();
  });
}

// The sender's loop turns once more.
void JavaModel::wake() {
  if (is_awake_ || !has_identity_) return;
  is_awake_ = true;
  later(0, [this] {
    is_awake_ = false;
    run_once();
  });
}

void JavaModel::run_once() {
  if (!has_identity_) return;
  resolve_sequences();
  bump_if_needed();
  if (!has_identity_) return;
  expire();
  for (NodeId node = 1; node <= world_.node_count; ++node) {
    while (link(node).pending() < kInFlightMax) {
      wire::ProduceRequest request = produce_request();
      std::vector<BatchPtr> batches;
      if (!fill_request(node, request, batches)) break;
      link(node).ask<wire::ProduceResponse>(
          request, options_.version,
          [this, batches](const wire::ProduceResponse* response) { answered(batches, response); });
    }
  }
}

// TransactionManager.maybeResolveSequences
void JavaModel::resolve_sequences() {
  for (auto& [slot, partition] : partitions_) {
    if (!partition.has_unresolved || !partition.tracked.empty()) continue;
    partition.has_unresolved = false;
    if (is_next(partition, partition.next_sequence)) continue;
    needs_bump_ = true;
    to_renumber_.push_back(slot);
  }
}

// TransactionManager.bumpIdempotentEpochAndResetIdIfNeeded
void JavaModel::bump_if_needed() {
  if (!needs_bump_) return;
  needs_bump_ = false;
  if (identity_.epoch == std::numeric_limits<std::int16_t>::max()) {
    has_identity_ = false;
    ask_for_identity([this](const Identity& identity) {
      identity_ = identity;
      has_identity_ = true;
      for (const Slot slot : std::exchange(to_renumber_, {})) start_at_zero(partitions_[slot]);
      wake();
    });
    return;
  }
  ++identity_.epoch;
  trace([&] { return "goes on in epoch " + std::to_string(identity_.epoch); });
  for (const Slot slot : std::exchange(to_renumber_, {})) start_at_zero(partitions_[slot]);
}

// TxnPartitionMap.startSequencesAtBeginning
void JavaModel::start_at_zero(TopicPartition& partition) {
  partition.identity = identity_;
  partition.next_sequence = 0;
  partition.last_acknowledged = kNone;
  for (const BatchPtr& batch : partition.tracked) {
    batch->identity = identity_;
    batch->first_sequence = partition.next_sequence;
    batch->was_renumbered = true;
    partition.next_sequence =
        sequence_after(partition.next_sequence, std::int64_t(batch->names.size()));
  }
}

void JavaModel::expire() {
  for (auto& [slot, partition] : partitions_) {
    for (const BatchPtr& batch : std::vector(partition.tracked)) {
      if (now_ms() - batch->created_ms <= options_.delivery_timeout_ms) continue;
      if (batch->is_retry) partition.has_unresolved = true;
      fail(batch, false);
    }
  }
  if (std::ranges::any_of(partitions_, [](const auto& entry) {
        return entry.second.has_unresolved && entry.second.tracked.empty();
      })) {
    wake();
  }
}

bool JavaModel::fill_request(NodeId node, wire::ProduceRequest& request,
                             std::vector<BatchPtr>& batches) {
  for (auto& [slot, partition] : partitions_) {
    if (leader_of(slot) != node) continue;
    const BatchPtr batch = drain(slot, partition);
    if (batch == nullptr) continue;
    trace([&] {
      return "sends " + batch->names.front().text() + " in epoch " +
             std::to_string(batch->identity.epoch) + " as sequence " +
             std::to_string(batch->first_sequence);
    });
    add_to(request, slot,
           make_batch(batch->identity, batch->first_sequence, batch->names, batch->timestamp_ms));
    batches.push_back(batch);
  }
  return !batches.empty();
}

// RecordAccumulator.drainBatchesForOneNode and shouldStopDrainBatchesForPartition
JavaModel::BatchPtr JavaModel::drain(Slot slot, TopicPartition& partition) {
  if (!partition.retries.empty()) {
    BatchPtr first = partition.retries.front();
    if (first->retry_at_ms > now_ms()) return nullptr;
    // One after the other, once something has to be sent again.
    if (partition.tracked.front()->first_sequence != first->first_sequence) return nullptr;
    partition.retries.pop_front();
    return first;
  }
  if (partition.fresh.empty() || partition.has_unresolved) return nullptr;
  const bool is_stale = partition.identity != identity_;
  if (is_stale && !partition.tracked.empty()) return nullptr;
  return next_fresh(slot, partition);
}

JavaModel::BatchPtr JavaModel::next_fresh(Slot slot, TopicPartition& partition) {
  if (partition.identity != identity_) start_at_zero(partition);
  auto batch = std::make_shared<Batch>();
  batch->slot = slot;
  batch->created_ms = now_ms();
  batch->timestamp_ms = wall_ms();
  batch->identity = partition.identity;
  batch->first_sequence = partition.next_sequence;
  const std::size_t wanted = 1 + random_.below(options_.records_per_batch_max);
  while (!partition.fresh.empty() && batch->names.size() < wanted) {
    batch->names.push_back(partition.fresh.front());
    partition.fresh.pop_front();
  }
  partition.next_sequence =
      sequence_after(partition.next_sequence, std::int64_t(batch->names.size()));
  partition.tracked.push_back(batch);
  return batch;
}

void JavaModel::answered(const std::vector<BatchPtr>& batches,
                         const wire::ProduceResponse* response) {
  for (const BatchPtr& batch : batches) {
    if (response == nullptr) {
      failed(batch, ErrorCode::kNetworkException);
      continue;
    }
    const Place& place = world_.places[std::size_t(batch->slot)];
    for (const auto& topic : response->responses) {
      if (topic.name != place.topic) continue;
      for (const auto& answer : topic.partition_responses) {
        if (answer.index == place.index) complete(batch, answer);
      }
    }
  }
  if (response == nullptr) refresh_leaders();
  wake();
}

void JavaModel::complete(const BatchPtr& batch, const Answer& answer) {
  if (answer.error_code != ErrorCode::kNone) return failed(batch, answer.error_code);
  if (batch->is_done) return;
  acknowledge(batch->names, answer.base_offset);
  TopicPartition& partition = partitions_[batch->slot];
  partition.last_acknowledged = std::max(partition.last_acknowledged, batch->last_sequence());
  finish(batch);
}

void JavaModel::failed(const BatchPtr& batch, ErrorCode error) {
  if (batch->is_done) return;
  trace([&] {
    return batch->names.front().text() + " came back with " + std::to_string(int(error));
  });
  if (error == ErrorCode::kNotLeaderOrFollower) refresh_leaders();
  const bool has_time = now_ms() - batch->created_ms <= options_.delivery_timeout_ms;
  if (has_time && may_retry(batch, error)) return retry(batch);
  fail(batch, true);
}

// TransactionManager.canRetry
bool JavaModel::may_retry(const BatchPtr& batch, ErrorCode error) {
  const TopicPartition& partition = partitions_[batch->slot];
  if (error == ErrorCode::kOutOfOrderSequenceNumber) {
    const bool is_head = is_next(partition, batch->first_sequence);
    if (!partition.has_unresolved && (batch->was_renumbered || !is_head)) return true;
    needs_bump_ = true;
    to_renumber_.push_back(batch->slot);
    return true;
  }
  return error != ErrorCode::kInvalidProducerEpoch;
}

void JavaModel::retry(const BatchPtr& batch) {
  batch->is_retry = true;
  batch->retry_at_ms = now_ms() + client_options_.retry_backoff_ms;
  auto& retries = partitions_[batch->slot].retries;
  const auto place = std::ranges::find_if(retries, [&](const BatchPtr& other) {
    return other->first_sequence > batch->first_sequence;
  });
  retries.insert(place, batch);
  later(client_options_.retry_backoff_ms, [this] { wake(); });
}

// TransactionManager.handleFailedBatch
void JavaModel::fail(const BatchPtr& batch, bool leaves_gap) {
  give_up(batch->names);
  finish(batch);
  if (!leaves_gap) return;
  needs_bump_ = true;
  to_renumber_.push_back(batch->slot);
}

void JavaModel::finish(const BatchPtr& batch) {
  batch->is_done = true;
  TopicPartition& partition = partitions_[batch->slot];
  std::erase(partition.tracked, batch);
  std::erase(partition.retries, batch);
}

bool JavaModel::is_next(const TopicPartition& partition, std::int32_t sequence) const {
  const std::int32_t expected =
      partition.last_acknowledged == kNone ? 0 : sequence_after(partition.last_acknowledged, 1);
  return sequence == expected;
}

}  // namespace understudy::simulation
