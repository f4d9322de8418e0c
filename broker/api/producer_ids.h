// Producer ids in blocks of a thousand per node (Kafka's RPCProducerIdManager and
// ProducerIdsBlock).
#pragma once

#include <cstdint>
#include <map>

#include "broker/base/ids.h"

namespace understudy::broker {

class ProducerIds {
 public:
  static constexpr std::int64_t kBlockSize = 1000;

  // The next id on a node; no id is given twice.
  std::int64_t next(NodeId node) {
    Block& block = blocks_[node];
    if (block.next == block.end) {
      block = {next_block_start_, next_block_start_ + kBlockSize};
      next_block_start_ += kBlockSize;
    }
    return block.next++;
  }

 private:
  struct Block {
    std::int64_t next = 0;
    std::int64_t end = 0;
  };

  std::map<NodeId, Block> blocks_;
  std::int64_t next_block_start_ = 0;
};

}  // namespace understudy::broker
