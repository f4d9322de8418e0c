// Runs the state machines of one internal topic: one for each partition, on the node that leads it.
//
// Kafka's CoordinatorRuntime without its threads. A request finds the state machine of its key,
// decides, and writes records; they are appended, replayed, and answered once they are replicated.
// Nothing is undone, so there are no snapshots: what the log refuses is not replayed, and if a
// disk fails later the partition goes offline and everything is unloaded.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/partition_news.h"
#include "broker/base/timers.h"
#include "broker/cluster/cluster.h"
#include "broker/cluster/internal_topics.h"
#include "broker/coordinator/state_machine.h"
#include "wire/result.h"

namespace understudy::broker {

// One partition of the topic while a node leads it.
class Shard {
 public:
  // kNone once the records are replicated, or Kafka's code for clients
  // (CoordinatorOperationExceptionHelper).
  using Done = std::function<void(wire::ErrorCode)>;

  Shard(Cluster& cluster, const Clock& clock, Timers& timers, const PartitionKey& key, NodeId node);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  const PartitionKey& key() const { return key_; }
  NodeId node() const { return node_; }
  // What was set through it ends with the leadership.
  Timers::Scope& timers() { return timers_; }

  // Appends the records as one batch and replays them before it returns; `done` is called in the
  // order of the writes, at once if nothing has to be waited for. If the log refuses them nothing
  // is changed and `done` gets the reason at once. Without records it waits for what was written
  // before, so that no answer shows what could still be lost.
  void write(const std::vector<CoordinatorRecord>& records, Done done);
  // The same for records of a transaction.
  void write(const std::vector<CoordinatorRecord>& records, const RecordProducer& producer,
             Done done);

  StateMachine& machine() { return *machine_; }

 private:
  friend class CoordinatorRuntime;

  struct Waiting {
    std::uint64_t number = 0;
    std::int64_t next_offset = 0;  // done when the high watermark is there
    Timers::Id timeout;
    Done done;
  };

  Partition* partition() const { return cluster_.find_partition(key_); }
  void load();
  void unload();
  void progressed();
  void wait(std::int64_t next_offset, Done done);
  void time_out(std::uint64_t number);
  wire::ErrorCode append(const std::vector<CoordinatorRecord>& records,
                         const RecordProducer& producer);
  void answer_all(wire::ErrorCode error);

  Cluster& cluster_;
  const Clock& clock_;
  Timers::Scope timers_;
  const PartitionKey key_;
  const NodeId node_;
  bool is_loaded_ = false;
  std::int64_t end_offset_ = 0;  // behind what was replayed
  std::uint64_t last_number_ = 0;
  std::deque<Waiting> waiting_;
  std::unique_ptr<StateMachine> machine_;
};

class CoordinatorRuntime : public PartitionListener {
 public:
  using Maker = std::function<std::unique_ptr<StateMachine>(Shard&)>;

  CoordinatorRuntime(InternalTopic topic, Cluster& cluster, const Clock& clock, Timers& timers,
                     Maker maker);

  // The cluster is loaded. Partitions that have a leader are loaded by timers that are due at once,
  // so that the start does not wait for them; a request that comes before that loads its own.
  void start();
  // A stop in order.
  void stop();

  // The state machine of a key. NOT_COORDINATOR if the node does not lead its partition,
  // COORDINATOR_LOAD_IN_PROGRESS while loading is held.
  wire::Result<Shard*> find(NodeId node, std::string_view key);
  // Those that the node leads, in the order of their partitions.
  std::vector<Shard*> led_by(NodeId node);
  std::vector<Shard*> all();
  // Whether some of those that the node leads are not loaded, as loading is held.
  bool is_loading(NodeId node) const;

  // A fault: partitions that get a leader from now on stay as they are while they load. Released
  // ones are loaded by the next request.
  void hold_loading(bool is_held) { is_loading_held_ = is_held; }

  void progressed(const PartitionKey& key) override;
  void led_by(const PartitionKey& key, NodeId before, NodeId now) override;
  void removed(const PartitionKey& key) override;

 private:
  bool is_of_topic(const PartitionKey& key) const;
  Shard* loaded(Shard& shard);
  void open(const PartitionKey& key, NodeId node);
  void close(const PartitionKey& key);

  const InternalTopic topic_;
  Cluster& cluster_;
  const Clock& clock_;
  Timers& timers_;
  Timers::Scope loading_;
  const Maker maker_;
  bool is_loading_held_ = false;
  std::map<PartitionKey, std::unique_ptr<Shard>> shards_;
};

}  // namespace understudy::broker
