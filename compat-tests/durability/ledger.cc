#include "durability/ledger.h"

#include <utility>

namespace understudy::durability {

Name Ledger::hand_over(std::int32_t producer, Slot slot) {
  const std::lock_guard lock(mutex_);
  return history_.hand_over(producer, slot);
}

void Ledger::acknowledge(const Name& name, std::optional<std::int64_t> offset) {
  {
    const std::lock_guard lock(mutex_);
    history_.acknowledge(name, offset);
  }
  changed_.notify_all();
}

void Ledger::end_by_sequence_error(std::int32_t producer) {
  const std::lock_guard lock(mutex_);
  history_.end_by_sequence_error(producer);
  ++counts_.fatal_errors;
}

void Ledger::hand_out_producer_id(std::int64_t producer_id) {
  const std::lock_guard lock(mutex_);
  history_.hand_out_producer_id(producer_id);
}

void Ledger::report(Finding finding) {
  {
    const std::lock_guard lock(mutex_);
    reported_.push_back(std::move(finding));
  }
  changed_.notify_all();
}

void Ledger::count_retry() {
  const std::lock_guard lock(mutex_);
  ++counts_.retries;
}

void Ledger::count_duplicate() {
  const std::lock_guard lock(mutex_);
  ++counts_.duplicates;
}

Ledger::Counts Ledger::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.handed_over = history_.handed_over();
  counts.acknowledged = history_.acknowledged();
  return counts;
}

std::int32_t Ledger::new_producer() {
  const std::lock_guard lock(mutex_);
  return producers_++;
}

bool Ledger::wait_for_acknowledged(std::uint64_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience,
                    [&] { return !reported_.empty() || history_.acknowledged() >= count; });
  return reported_.empty() && history_.acknowledged() >= count;
}

bool Ledger::has_findings() const {
  const std::lock_guard lock(mutex_);
  return !reported_.empty();
}

Findings Ledger::check(const std::vector<LogCopy>& logs) const {
  const std::lock_guard lock(mutex_);
  return history_.check(logs);
}

Findings Ledger::reported() const {
  const std::lock_guard lock(mutex_);
  return reported_;
}

std::uint64_t Lives::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void Lives::end_life() {
  {
    const std::lock_guard lock(mutex_);
    ++current_;
  }
  changed_.notify_all();
}

bool Lives::wait_for_end(std::uint64_t life, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return current_ != life; });
}

}  // namespace understudy::durability
