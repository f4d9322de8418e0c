// Which replica a consumer had better read from (KIP-392).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/cluster/cluster.h"

namespace understudy::broker {

// The follower that the leader's node sends a consumer in `rack` to: in sync, in that rack, and
// with what the consumer asks for. Nothing: it reads here, because the leader is as near, because
// nobody is nearer, or because the node does not select (replica.selector.class).
std::optional<NodeId> preferred_replica(const Cluster& cluster, const Partition& partition,
                                        NodeId node, const std::string& rack,
                                        std::int64_t fetch_offset);

}  // namespace understudy::broker
