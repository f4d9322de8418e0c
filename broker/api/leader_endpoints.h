// Who leads a partition, for answers that refuse because another node does (KIP-951).
#pragma once

#include <algorithm>

#include "broker/cluster/cluster.h"

namespace understudy::broker {

// Fills the current_leader of one partition of an answer and adds the leader to the answer's
// node_endpoints, once. Produce and Fetch have the same shapes under different types.
template <class LeaderIdAndEpoch, class NodeEndpoint>
void name_leader(const Cluster& cluster, const PartitionKey& key, LeaderIdAndEpoch& current_leader,
                 std::vector<NodeEndpoint>& node_endpoints) {
  const Partition* partition = cluster.find_partition(key);
  if (partition == nullptr) return;
  current_leader.leader_id = partition->leadership().leader;
  current_leader.leader_epoch = partition->leadership().leader_epoch;
  const Node* node = cluster.find_node(current_leader.leader_id);
  if (node == nullptr) return;
  const bool is_there =
      std::any_of(node_endpoints.begin(), node_endpoints.end(),
                  [&](const NodeEndpoint& one) { return one.node_id == node->id; });
  if (is_there) return;
  node_endpoints.push_back(
      {.node_id = node->id, .host = node->host, .port = node->port, .rack = node->rack});
}

}  // namespace understudy::broker
