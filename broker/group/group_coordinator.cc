#include "broker/group/group_coordinator.h"

#include <memory>

namespace understudy::broker {
namespace {

GroupShard& of(Shard& shard) { return static_cast<GroupShard&>(shard.machine()); }

}  // namespace

GroupCoordinator::GroupCoordinator(const GroupEnvironment& environment, Timers& timers)
    : environment_(environment),
      runtime_(InternalTopic::kOffsets, environment.cluster, environment.clock, timers,
               [this](Shard& shard) { return std::make_unique<GroupShard>(environment_, shard); }) {
}

wire::Result<GroupShard*> GroupCoordinator::find(NodeId node, std::string_view group_id) {
  const wire::Result<Shard*> found = runtime_.find(node, group_id);
  if (!found) return found.error();
  return &of(**found);
}

std::vector<GroupShard*> GroupCoordinator::led_by(NodeId node) {
  std::vector<GroupShard*> shards;
  for (Shard* shard : runtime_.led_by(node)) shards.push_back(&of(*shard));
  return shards;
}

void GroupCoordinator::led_by(const PartitionKey& key, NodeId before, NodeId now) {
  runtime_.led_by(key, before, now);
}

// Once for each topic: it has a partition 0.
void GroupCoordinator::removed(const PartitionKey& key) {
  runtime_.removed(key);
  if (key.index != 0) return;
  for (Shard* shard : runtime_.all()) of(*shard).topics_changed();
}

}  // namespace understudy::broker
