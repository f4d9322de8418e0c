// What one node has in memory, and loses when it restarts alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "broker/api/fetch_session.h"
#include "broker/base/ids.h"
#include "broker/base/random.h"
#include "broker/cluster/cluster.h"

namespace understudy::broker {

// A node's producer ids, taken from the cluster in blocks of a thousand (Kafka's
// RPCProducerIdManager and ProducerIdsBlock).
class ProducerIds {
 public:
  // The next id; no id is given twice. Nothing if the cluster cannot store which blocks are gone.
  std::optional<std::int64_t> next(Cluster& cluster, NodeId node) {
    if (next_ == end_) {
      const std::optional<std::int64_t> first = cluster.allocate_producer_ids(node);
      if (!first) return std::nullopt;
      next_ = *first;
      end_ = *first + Cluster::kProducerIdBlockSize;
    }
    return next_++;
  }

 private:
  std::int64_t next_ = 0;
  std::int64_t end_ = 0;
};

struct NodeState {
  FetchSessions fetch_sessions;
  ProducerIds producer_ids;
};

class NodeStates {
 public:
  NodeStates(std::size_t fetch_session_slots, Random& random)
      : fetch_session_slots_(fetch_session_slots), random_(random) {}

  NodeState& of(NodeId node) {
    const auto found = states_.find(node);
    if (found != states_.end()) return found->second;
    return states_.emplace(node, NodeState{{fetch_session_slots_, random_}, {}}).first->second;
  }
  // The node has died: the rest of its block of producer ids is never given out.
  void forget(NodeId node) { states_.erase(node); }

 private:
  std::size_t fetch_session_slots_;
  Random& random_;
  std::map<NodeId, NodeState> states_;
};

}  // namespace understudy::broker
