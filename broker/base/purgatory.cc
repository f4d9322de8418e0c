#include "broker/base/purgatory.h"

#include <algorithm>
#include <utility>

namespace understudy::broker {

void Purgatory::wait(std::unique_ptr<DelayedOperation> operation,
                     std::span<const PartitionKey> keys, std::int64_t deadline_ms,
                     ConnectionId connection) {
  const Number number = ++last_number_;
  Waiting waiting{std::move(operation), {keys.begin(), keys.end()}, {}, connection};
  waiting.timer = timers_.at(deadline_ms, [this, number] { take(number)->complete(); });
  for (const PartitionKey& key : waiting.keys) by_key_[key].push_back(number);
  waiting_.emplace(number, std::move(waiting));
}

void Purgatory::changed(const PartitionKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  // Completing changes the lists: walk a copy, and skip what another completion took away.
  const std::vector<Number> numbers = found->second;
  for (const Number number : numbers) {
    const auto waiting = waiting_.find(number);
    if (waiting == waiting_.end() || !waiting->second.operation->is_ready()) continue;
    take(number)->complete();
  }
}

void Purgatory::disconnected(ConnectionId connection) {
  std::vector<Number> numbers;
  for (const auto& [number, waiting] : waiting_) {
    if (waiting.connection == connection) numbers.push_back(number);
  }
  for (const Number number : numbers) take(number);
}

void Purgatory::clear() {
  while (!waiting_.empty()) take(waiting_.begin()->first);
}

std::unique_ptr<DelayedOperation> Purgatory::take(Number number) {
  auto node = waiting_.extract(number);
  Waiting& waiting = node.mapped();
  timers_.cancel(waiting.timer);
  for (const PartitionKey& key : waiting.keys) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) continue;  // the key was named twice
    std::erase(found->second, number);
    if (found->second.empty()) by_key_.erase(found);
  }
  return std::move(waiting.operation);
}

}  // namespace understudy::broker
