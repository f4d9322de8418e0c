// What a node configures about its connections, as its door wants it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/cluster/broker_config.h"
#include "broker/server/connection_quotas.h"
#include "broker/server/listener.h"

namespace understudy::server {

// The addresses of max.connections.per.ip.overrides. As in Kafka a name stands for its first one,
// and is looked up when the list is set: an address that it gets later is not noticed.
class LimitedHosts {
 public:
  // The address of a host, in host_of()'s form. May wait.
  using LookUp = std::function<std::optional<std::string>(const std::string& host)>;

  explicit LimitedHosts(LookUp look_up) : look_up_(std::move(look_up)) {}

  // Nothing is looked up that the node, or another one, has in the same list. Returns the hosts
  // that were looked up and that nobody knows; they are left out.
  std::vector<std::string> set(broker::NodeId node, const std::vector<broker::AddressLimit>& list);
  // By address, as last set for the node.
  const std::map<std::string, std::int64_t>& of(broker::NodeId node) const;

 private:
  struct Resolved {
    std::vector<broker::AddressLimit> list;
    std::map<std::string, std::int64_t> addresses;
  };

  const LookUp look_up_;
  std::map<broker::NodeId, Resolved> nodes_;
};

// By the resolver of this machine.
LimitedHosts::LookUp look_up_with(Executor executor);

ConnectionLimits connection_limits(const broker::BrokerConfig& config,
                                   const std::map<std::string, std::int64_t>& addresses);

SocketOptions socket_options(const broker::BrokerConfig& config);

}  // namespace understudy::server
