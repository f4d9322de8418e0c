// Requests that wait: for data, for replicas, for time. Kafka's DelayedOperationPurgatory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/partition_news.h"
#include "broker/base/timers.h"

namespace understudy::broker {

// One waiting request. It is asked when one of its keys changes and completed exactly once: when
// it says it is ready, or when its time is over.
class DelayedOperation {
 public:
  virtual ~DelayedOperation() = default;
  virtual bool is_ready() = 0;
  virtual void complete() = 0;  // answers with whatever there is now
  // Whether the answer may come early when nobody is left to wait for a better one.
  virtual bool may_be_cut_short() const { return false; }
};

class Purgatory : public PartitionListener {
 public:
  explicit Purgatory(Timers& timers) : timers_(timers) {}

  void wait(std::unique_ptr<DelayedOperation> operation, std::span<const PartitionKey> keys,
            std::int64_t deadline_ms, ConnectionId connection);

  // Asks the operations that wait for the partition.
  void progressed(const PartitionKey& key) override { changed(key); }
  void led_by(const PartitionKey& key, NodeId, NodeId) override { changed(key); }
  void removed(const PartitionKey& key) override { changed(key); }

  // The client sends nothing more; most often it is gone, and cannot say so before an answer is
  // sent to it. What may be cut short is answered now.
  void peer_finished(ConnectionId connection);

  // The connection is gone: its waiting requests are dropped without an answer.
  void disconnected(ConnectionId connection);

  std::size_t size() const { return waiting_.size(); }

 private:
  using Number = std::uint64_t;
  struct Waiting {
    std::unique_ptr<DelayedOperation> operation;
    std::vector<PartitionKey> keys;
    Timers::Id timer;
    ConnectionId connection;
  };

  void changed(const PartitionKey& key);
  std::unique_ptr<DelayedOperation> take(Number number);

  Timers& timers_;
  std::map<Number, Waiting> waiting_;
  std::unordered_map<PartitionKey, std::vector<Number>, PartitionKeyHash> by_key_;
  std::unordered_map<ConnectionId, std::vector<Number>> by_connection_;
  Number last_number_ = 0;
};

}  // namespace understudy::broker
