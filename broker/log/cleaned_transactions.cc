#include "broker/log/cleaned_transactions.h"

#include <algorithm>
#include <optional>

#include "codec/control_record.h"
#include "codec/record.h"

namespace understudy::broker {

CleanedTransactions::CleanedTransactions(std::vector<AbortedTransaction> aborted,
                                         std::int64_t start_offset)
    : upcoming_(std::move(aborted)) {
  std::erase_if(upcoming_, [start_offset](const AbortedTransaction& transaction) {
    return transaction.last_offset < start_offset;
  });
  // Two transactions never begin at the same offset.
  std::sort(upcoming_.begin(), upcoming_.end(),
            [](const AbortedTransaction& a, const AbortedTransaction& b) {
              return a.first_offset > b.first_offset;
            });
}

bool CleanedTransactions::is_aborted(const codec::BatchView& batch) {
  begin_up_to(batch.last_offset());
  if (!batch.is_transactional()) return false;
  const auto found = aborted_.find(batch.producer_id());
  if (found == aborted_.end()) {
    with_other_data_.insert(batch.producer_id());
    return false;
  }
  found->second.has_data = true;
  return true;
}

wire::Result<bool> CleanedTransactions::is_marker_of_nothing(const codec::BatchView& batch) {
  begin_up_to(batch.last_offset());
  codec::RecordReader reader(batch);
  const codec::RecordView* record = reader.next();
  if (!reader.verdict().ok()) return reader.verdict().error;
  if (record == nullptr) return true;  // an earlier round emptied it
  const std::optional<codec::ControlType> type = codec::control_type_of(*record);
  if (!type) return wire::ErrorCode::kInvalidRecord;
  if (*type == codec::ControlType::kCommit) return with_other_data_.erase(batch.producer_id()) == 0;
  if (*type != codec::ControlType::kAbort) return false;
  const auto found = aborted_.find(batch.producer_id());
  if (found == aborted_.end()) return true;
  const Aborted ended = found->second;
  aborted_.erase(found);
  // The index entry goes a round before the marker: with the data.
  if (ended.has_data) kept_.push_back(ended.transaction);
  return !ended.has_data;
}

void CleanedTransactions::begin_up_to(std::int64_t offset) {
  while (!upcoming_.empty() && upcoming_.back().first_offset <= offset) {
    const AbortedTransaction& transaction = upcoming_.back();
    aborted_.try_emplace(transaction.producer_id, Aborted{transaction});
    upcoming_.pop_back();
  }
}

}  // namespace understudy::broker
