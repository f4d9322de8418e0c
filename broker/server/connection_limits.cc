#include "broker/server/connection_limits.h"

#include <algorithm>
#include <utility>

#include "broker/server/endpoint.h"

namespace understudy::server {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

std::optional<int> narrowed(const std::optional<std::int64_t>& number) {
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

}  // namespace

std::vector<std::string> LimitedHosts::set(broker::NodeId node,
                                           const std::vector<broker::AddressLimit>& list) {
  if (nodes_[node].list == list) return {};
  const auto same =
      std::ranges::find_if(nodes_, [&](const auto& entry) { return entry.second.list == list; });
  if (same != nodes_.end()) {
    nodes_[node] = same->second;
    return {};
  }
  Resolved resolved{.list = list, .addresses = {}};
  std::vector<std::string> unknown;
  for (const broker::AddressLimit& limit : list) {
    // Java's InetAddress takes no name for this machine.
    const auto address = look_up_(limit.host.empty() ? "127.0.0.1" : limit.host);
    if (address) {
      resolved.addresses.insert_or_assign(*address, limit.connections);
    } else {
      unknown.push_back(limit.host);
    }
  }
  nodes_[node] = std::move(resolved);
  return unknown;
}

const std::map<std::string, std::int64_t>& LimitedHosts::of(broker::NodeId node) const {
  return nodes_.at(node).addresses;
}

LimitedHosts::LookUp look_up_with(Executor executor) {
  return [executor](const std::string& host) -> std::optional<std::string> {
    error_code error;
    const auto address = resolve({.host = host, .port = 0}, executor, error);
    return address ? std::optional(host_of(address->address())) : std::nullopt;
  };
}

ConnectionLimits connection_limits(const broker::BrokerConfig& config,
                                   const std::map<std::string, std::int64_t>& addresses) {
  const auto rate = [&](std::int64_t per_second_max) {
    return ConnectionRate::Options{.per_second_max = per_second_max,
                                   .window_count = config.quota_window_num,
                                   .window_ms = config.quota_window_size_seconds * kMsPerSecond};
  };
  return {.connections_max = config.max_connections,
          .listener_connections_max = config.max_connections_of_listener,
          .address_connections_max = config.max_connections_per_ip,
          .addresses = addresses,
          .rate = rate(config.max_connection_creation_rate),
          .listener_rate = rate(config.max_connection_creation_rate_of_listener)};
}

SocketOptions socket_options(const broker::BrokerConfig& config) {
  return {.backlog_size = narrowed(config.socket_listen_backlog_size),
          .receive_buffer_bytes = narrowed(config.socket_receive_buffer_bytes),
          .send_buffer_bytes = narrowed(config.socket_send_buffer_bytes)};
}

}  // namespace understudy::server
