#include "broker/base/purgatory.h"

#include <algorithm>
#include <utility>

namespace understudy::broker {
namespace {

// Nothing is left of an index entry without numbers. A key that was named twice is gone already.
template <class Index>
void forget(Index& index, const typename Index::key_type& key, std::uint64_t number) {
  const auto found = index.find(key);
  if (found == index.end()) return;
  std::erase(found->second, number);
  if (found->second.empty()) index.erase(found);
}

}  // namespace

void Purgatory::wait(std::unique_ptr<DelayedOperation> operation,
                     std::span<const PartitionKey> keys, std::int64_t deadline_ms,
                     ConnectionId connection) {
  const Number number = ++last_number_;
  Waiting waiting{std::move(operation), {keys.begin(), keys.end()}, {}, connection};
  waiting.timer = timers_.at(deadline_ms, [this, number] { take(number)->complete(); });
  for (const PartitionKey& key : waiting.keys) by_key_[key].push_back(number);
  by_connection_[connection].push_back(number);
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

void Purgatory::peer_finished(ConnectionId connection) {
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return;
  const std::vector<Number> numbers = found->second;
  for (const Number number : numbers) {
    if (waiting_.at(number).operation->may_be_cut_short()) take(number)->complete();
  }
}

void Purgatory::disconnected(ConnectionId connection) {
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return;
  const std::vector<Number> numbers = found->second;
  for (const Number number : numbers) take(number);
}

std::unique_ptr<DelayedOperation> Purgatory::take(Number number) {
  auto node = waiting_.extract(number);
  Waiting& waiting = node.mapped();
  timers_.cancel(waiting.timer);
  for (const PartitionKey& key : waiting.keys) forget(by_key_, key, number);
  forget(by_connection_, waiting.connection, number);
  return std::move(waiting.operation);
}

}  // namespace understudy::broker
