// Producer ids in blocks of a thousand per node (Kafka's RPCProducerIdManager and
// ProducerIdsBlock).
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "broker/base/ids.h"
#include "broker/cluster/cluster.h"

namespace understudy::broker {

class ProducerIds {
 public:
  // The next id on a node; no id is given twice. Nothing if the cluster cannot keep which blocks
  // are gone.
  std::optional<std::int64_t> next(Cluster& cluster, NodeId node) {
    Block& block = blocks_[node];
    if (block.next == block.end) {
      const std::optional<std::int64_t> first = cluster.allocate_producer_ids(node);
      if (!first) return std::nullopt;
      block = {*first, *first + Cluster::kProducerIdBlockSize};
    }
    return block.next++;
  }
  // What is left of the blocks is dropped, as by a restart.
  void clear() { blocks_.clear(); }

 private:
  struct Block {
    std::int64_t next = 0;
    std::int64_t end = 0;
  };

  std::map<NodeId, Block> blocks_;
};

}  // namespace understudy::broker
