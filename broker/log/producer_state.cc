#include "broker/log/producer_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "codec/record_batch.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::int32_t kMaxSequence = std::numeric_limits<std::int32_t>::max();
constexpr std::int16_t kMaxEpoch = std::numeric_limits<std::int16_t>::max();

// How long ago that was. Records carry any timestamp that their producer liked: as in Java, the
// difference wraps for those that no clock shows.
std::int64_t elapsed_ms(std::int64_t now_ms, std::int64_t then_ms) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(now_ms) -
                                   static_cast<std::uint64_t>(then_ms));
}

bool follows(std::int32_t last_sequence, std::int32_t first_sequence) {
  return std::int64_t{first_sequence} == std::int64_t{last_sequence} + 1 ||
         (first_sequence == 0 && last_sequence == kMaxSequence);
}

std::int32_t next_after(std::int32_t last_sequence) {
  return last_sequence == kMaxSequence ? 0 : last_sequence + 1;
}

ProducerVerdict refused(ErrorCode error, std::string reason,
                        std::optional<std::int32_t> expected_sequence = std::nullopt) {
  return {.kind = ProducerVerdict::Kind::kRefused,
          .error = error,
          .duplicate = {},
          .expected_sequence = expected_sequence,
          .reason = std::move(reason)};
}

ProducerVerdict out_of_order(std::int32_t expected, std::int32_t got, std::string_view why) {
  return refused(ErrorCode::kOutOfOrderSequenceNumber,
                 "expected " + std::to_string(expected) + ", got " + std::to_string(got) +
                     (why.empty() ? "" : " (" + std::string(why) + ")"),
                 expected);
}

ProducerVerdict stale_epoch(std::int16_t known, std::int16_t got) {
  return refused(ErrorCode::kInvalidProducerEpoch,
                 "epoch " + std::to_string(got) + " is older than epoch " + std::to_string(known));
}

}  // namespace

std::int32_t BatchMetadata::first_sequence() const {
  return codec::decrement_sequence(last_sequence, offset_delta);
}

void BatchWindow::push(const BatchMetadata& batch) {
  if (batches_.size() == kSize) {
    std::move(batches_.begin() + 1, batches_.end(), batches_.begin());
    batches_.back() = batch;
    return;
  }
  batches_.reserve(batches_.empty() ? 1 : kSize);
  batches_.push_back(batch);
}

const ProducerEntry* ProducerStateManager::find(std::int64_t producer_id) const {
  const auto found = producers_.find(producer_id);
  return found == producers_.end() ? nullptr : &found->second;
}

ProducerVerdict ProducerStateManager::check(const ProducerBatch& batch) const {
  if (batch.producer_id < 0) return {};  // T26: no producer id, no rules
  const ProducerEntry* entry = find(batch.producer_id);

  if (batch.has_sequence && entry != nullptr && entry->epoch == batch.epoch) {
    for (std::size_t i = 0; i < entry->batches.size(); ++i) {
      const BatchMetadata& known = entry->batches[i];
      if (known.last_sequence == batch.last_sequence &&
          known.first_sequence() == batch.first_sequence) {
        return {.kind = ProducerVerdict::Kind::kDuplicate, .duplicate = known};
      }
    }
  }

  const std::int16_t known_epoch = entry == nullptr ? std::int16_t{-1} : entry->epoch;
  if (batch.is_transactional) {
    const bool is_open =
        entry != nullptr && entry->has_open_transaction() && entry->epoch == batch.epoch;
    const auto verification = verifications_.find(batch.producer_id);
    if (!is_open) {
      if (batch.epoch < known_epoch) return stale_epoch(known_epoch, batch.epoch);
      if (verification == verifications_.end()) {
        return refused(ErrorCode::kInvalidTxnState,
                       "the partition was not added to a transaction of this producer");
      }
    }
    if (batch.has_sequence && batch.epoch >= known_epoch && verification != verifications_.end() &&
        verification->second.epoch == batch.epoch &&
        batch.first_sequence > verification->second.lowest_sequence) {
      return out_of_order(verification->second.lowest_sequence, batch.first_sequence,
                          "an earlier batch of the transaction is under way");
    }
  }
  if (batch.epoch < known_epoch) return stale_epoch(known_epoch, batch.epoch);
  if (!batch.has_sequence) return {};
  if (batch.is_transactional && batch.transaction_v2 && batch.first_sequence != 0 &&
      (entry == nullptr || entry->batches.empty())) {
    return out_of_order(0, batch.first_sequence, "first batch of a transaction's producer");
  }

  ProducerVerdict verdict = check_sequence(batch, entry);
  if (verdict.kind != ProducerVerdict::Kind::kAppend) return verdict;

  if (entry != nullptr && entry->has_open_transaction() && !batch.is_transactional) {
    return refused(ErrorCode::kInvalidTxnState,
                   "a batch outside of the producer's open transaction");
  }
  return verdict;
}

ProducerVerdict ProducerStateManager::check_sequence(const ProducerBatch& batch,
                                                     const ProducerEntry* entry) const {
  const std::int16_t known_epoch = entry == nullptr ? std::int16_t{-1} : entry->epoch;
  if (batch.epoch != known_epoch) {
    if (batch.first_sequence == 0) return {};
    if (known_epoch >= 0)
      return out_of_order(0, batch.first_sequence, "first batch of a new epoch");
    if (entry == nullptr) {
      switch (options_.unknown_producer) {
        case UnknownProducerRule::kAccept:
          break;
        case UnknownProducerRule::kUnknownProducerId:
          return refused(ErrorCode::kUnknownProducerId,
                         "the producer is not known here and starts at " +
                             std::to_string(batch.first_sequence) + " instead of 0",
                         0);
        case UnknownProducerRule::kAcceptUnlessNewLog:
          if (batch.log_is_new) {
            return out_of_order(0, batch.first_sequence, "the log never held a record");
          }
          break;
      }
    }
    return {};
  }
  if (known_epoch == -1) return {};
  const std::int32_t last = entry->last_sequence();
  if (follows(last, batch.first_sequence)) return {};
  return out_of_order(next_after(last), batch.first_sequence, "");
}

void ProducerStateManager::appended(const AppendedBatch& batch) {
  if (batch.producer_id < 0) return;
  ProducerEntry& entry = producers_[batch.producer_id];
  if (entry.epoch != batch.epoch) {
    entry.batches.clear();
    entry.epoch = batch.epoch;
  }
  entry.batches.push(
      {.last_offset = batch.last_offset,
       .max_timestamp = batch.max_timestamp,
       .last_sequence = batch.last_sequence,
       .offset_delta = static_cast<std::int32_t>(batch.last_offset - batch.base_offset)});
  entry.last_timestamp = batch.max_timestamp;
  if (batch.is_transactional) {
    verifications_.erase(batch.producer_id);
    if (!entry.has_open_transaction()) {
      entry.transaction_first_offset = batch.base_offset;
      open_transactions_.insert(batch.base_offset);
    }
  }
}

ErrorCode ProducerStateManager::check_marker(const TransactionMarker& marker) const {
  const ProducerEntry* entry = find(marker.producer_id);
  if (entry == nullptr) return ErrorCode::kNone;
  if (marker.epoch < entry->epoch) return ErrorCode::kInvalidProducerEpoch;  // M2
  // KIP-890: the epoch rises with every transaction, so an equal one is late. A marker that is
  // repeated after the transaction has ended is let through, and so is one at the last epoch (M4,
  // M5).
  if (marker.transaction_version >= 2 && marker.epoch == entry->epoch &&
      marker.epoch != kMaxEpoch && entry->has_open_transaction()) {
    return ErrorCode::kInvalidProducerEpoch;
  }
  if (marker.coordinator_epoch < entry->coordinator_epoch) {
    return ErrorCode::kTransactionCoordinatorFenced;  // M6
  }
  return ErrorCode::kNone;
}

std::optional<CompletedTransaction> ProducerStateManager::marker_appended(
    const TransactionMarker& marker, std::int64_t offset) {
  ProducerEntry& entry = producers_[marker.producer_id];
  if (entry.epoch != marker.epoch) {
    entry.batches.clear();
    entry.epoch = marker.epoch;
  }
  entry.coordinator_epoch = marker.coordinator_epoch;
  entry.last_timestamp = marker.timestamp_ms;
  if (!entry.has_open_transaction()) return std::nullopt;
  const std::int64_t first_offset = std::exchange(entry.transaction_first_offset, -1);
  open_transactions_.erase(first_offset);
  decided_transactions_.emplace(first_offset, offset);
  return CompletedTransaction{
      .producer_id = marker.producer_id,
      .first_offset = first_offset,
      .last_offset = offset,
      .last_stable_offset = open_transactions_.empty() ? offset + 1 : *open_transactions_.begin()};
}

void ProducerStateManager::verification_started(std::int64_t producer_id, std::int16_t epoch,
                                                std::int32_t first_sequence) {
  const auto [found, is_new] = verifications_.try_emplace(producer_id, epoch, first_sequence);
  if (is_new) return;
  Verification& verification = found->second;
  if (epoch > verification.epoch) {
    verification = {epoch, first_sequence};
  } else if (epoch == verification.epoch) {
    verification.lowest_sequence = std::min(verification.lowest_sequence, first_sequence);
  }
}

std::optional<std::int64_t> ProducerStateManager::first_unstable_offset() const {
  std::optional<std::int64_t> first;
  if (!open_transactions_.empty()) first = *open_transactions_.begin();
  if (!decided_transactions_.empty()) {
    const std::int64_t decided = decided_transactions_.begin()->first;
    first = first ? std::min(*first, decided) : decided;
  }
  return first;
}

void ProducerStateManager::high_watermark_advanced(std::int64_t high_watermark) {
  std::erase_if(decided_transactions_,
                [&](const auto& transaction) { return transaction.second < high_watermark; });
}

void ProducerStateManager::expire(std::int64_t now_ms) {
  std::erase_if(producers_,
                [&](const auto& producer) { return is_expired(producer.second, now_ms); });
}

bool ProducerStateManager::is_expired(const ProducerEntry& entry, std::int64_t now_ms) const {
  return !entry.has_open_transaction() &&
         elapsed_ms(now_ms, entry.last_timestamp) >= options_.expiration_ms;
}

void ProducerStateManager::restore(std::int64_t producer_id, const ProducerEntry& entry,
                                   std::int64_t now_ms) {
  if (is_expired(entry, now_ms)) return;
  producers_[producer_id] = entry;
  if (entry.has_open_transaction()) open_transactions_.insert(entry.transaction_first_offset);
}

void ProducerStateManager::clear() {
  producers_.clear();
  verifications_.clear();
  open_transactions_.clear();
  decided_transactions_.clear();
}

std::vector<std::int64_t> ProducerStateManager::producer_ids() const {
  std::vector<std::int64_t> ids;
  ids.reserve(producers_.size());
  for (const auto& [id, entry] : producers_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::int64_t ProducerStateManager::highest_producer_id() const {
  std::int64_t highest = -1;
  for (const auto& [id, entry] : producers_) highest = std::max(highest, id);
  return highest;
}

void ProducerStateManager::set_next_sequence(std::int64_t producer_id, std::int32_t next_sequence) {
  ProducerEntry& entry = producers_[producer_id];
  BatchMetadata batch = entry.batches.empty() ? BatchMetadata{} : entry.batches.newest();
  batch.last_sequence = codec::decrement_sequence(next_sequence, 1);
  batch.offset_delta = 0;
  if (entry.epoch < 0) entry.epoch = 0;
  entry.batches.clear();
  entry.batches.push(batch);
}

void ProducerStateManager::set_epoch(std::int64_t producer_id, std::int16_t epoch) {
  ProducerEntry& entry = producers_[producer_id];
  if (entry.epoch == epoch) return;
  entry.batches.clear();
  entry.epoch = epoch;
}

}  // namespace understudy::broker
