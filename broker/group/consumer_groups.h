// Consumer groups (KIP-848) of one partition of __consumer_offsets.
#pragma once

#include "broker/coordinator/record.h"
#include "broker/group/group_shard.h"

namespace understudy::broker {

class ConsumerGroups {
 public:
  explicit ConsumerGroups(GroupShard& shard) : shard_(shard) {}

  // ConsumerGroup* records.
  void replay(const CoordinatorRecord& record);
  void loaded();
  void unloaded();

 private:
  GroupShard& shard_;
};

}  // namespace understudy::broker
