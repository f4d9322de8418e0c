// What a node configures about its connections, as its door wants it.
#pragma once

#include <string>
#include <vector>

#include "broker/cluster/broker_config.h"
#include "broker/server/connection_quotas.h"
#include "broker/server/listener.h"

namespace understudy::server {

struct ResolvedLimits {
  ConnectionLimits limits;
  std::vector<std::string> unknown_hosts;  // of max.connections.per.ip.overrides; they are left out
};

// Names are looked up, which waits. As in Kafka a name stands for its first address.
ResolvedLimits connection_limits(const broker::BrokerConfig& config, Executor executor);

SocketOptions socket_options(const broker::BrokerConfig& config);

}  // namespace understudy::server
