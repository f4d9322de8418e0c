// The group coordinators of all nodes: finds the partition of a group, and what spans partitions
// (GroupCoordinatorService).
#pragma once

#include <string_view>
#include <vector>

#include "broker/base/partition_news.h"
#include "broker/base/timers.h"
#include "broker/coordinator/runtime.h"
#include "broker/group/group_environment.h"
#include "broker/group/group_shard.h"
#include "wire/result.h"

namespace understudy::broker {

class GroupCoordinator : public PartitionListener {
 public:
  GroupCoordinator(const GroupEnvironment& environment, Timers& timers);

  void start() { runtime_.start(); }
  void stop() { runtime_.stop(); }

  // The partition that a group belongs to. NOT_COORDINATOR if the node does not lead it,
  // COORDINATOR_LOAD_IN_PROGRESS while loading is held.
  wire::Result<GroupShard*> find(NodeId node, std::string_view group_id);
  // Those that the node leads, in the order of the partitions.
  std::vector<GroupShard*> led_by(NodeId node);
  CoordinatorRuntime& runtime() { return runtime_; }

  void progressed(const PartitionKey& key) override { runtime_.progressed(key); }
  void led_by(const PartitionKey& key, NodeId before, NodeId now) override;
  void removed(const PartitionKey& key) override;

 private:
  const GroupEnvironment environment_;
  CoordinatorRuntime runtime_;
};

}  // namespace understudy::broker
