#include "broker/api/preferred_replica.h"

#include <algorithm>

namespace understudy::broker {
namespace {

bool is_in(const Cluster& cluster, NodeId id, const std::string& rack) {
  const Node* node = cluster.find_node(id);
  return node != nullptr && node->rack == rack;
}

bool has(const Partition& partition, std::int64_t offset) {
  // While replication is held, followers have what was replicated before.
  const std::int64_t end =
      partition.replication_held() ? partition.high_watermark() : partition.log_end_offset();
  return offset >= partition.log_start_offset() && offset <= end;
}

}  // namespace

// RackAwareReplicaSelector. Followers are all equally far: then Kafka takes the largest id.
std::optional<NodeId> preferred_replica(const Cluster& cluster, const Partition& partition,
                                        NodeId node, const std::string& rack,
                                        std::int64_t fetch_offset) {
  if (rack.empty()) return {};  // first: it is asked for every partition of every fetch
  if (cluster.configs().of(node).replica_selector != ReplicaSelector::kRackAware) return {};
  if (!partition.is_leader(node) || is_in(cluster, node, rack)) return {};
  if (!has(partition, fetch_offset)) return {};
  std::optional<NodeId> found;
  for (const NodeId replica : partition.leadership().isr) {
    if (replica != node && is_in(cluster, replica, rack))
      found = std::max(found, std::optional(replica));
  }
  return found;
}

}  // namespace understudy::broker
