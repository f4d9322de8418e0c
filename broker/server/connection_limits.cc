#include "broker/server/connection_limits.h"

#include <utility>

#include "broker/server/endpoint.h"

namespace understudy::server {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

std::optional<int> narrowed(const std::optional<std::int64_t>& number) {
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

}  // namespace

ResolvedLimits connection_limits(const broker::BrokerConfig& config, Executor executor) {
  const auto rate = [&](std::int64_t per_second_max) {
    return ConnectionRate::Options{.per_second_max = per_second_max,
                                   .window_count = config.quota_window_num,
                                   .window_ms = config.quota_window_size_seconds * kMsPerSecond};
  };
  ResolvedLimits result;
  result.limits = {.connections_max = config.max_connections,
                   .listener_connections_max = config.max_connections_of_listener,
                   .address_connections_max = config.max_connections_per_ip,
                   .addresses = {},
                   .rate = rate(config.max_connection_creation_rate),
                   .listener_rate = rate(config.max_connection_creation_rate_of_listener)};
  for (const broker::AddressLimit& limit : config.max_connections_per_ip_overrides) {
    // Java's InetAddress takes no name for this machine.
    const std::string host = limit.host.empty() ? "127.0.0.1" : limit.host;
    error_code error;
    const auto address = resolve({.host = host, .port = 0}, executor, error);
    if (!address) {
      result.unknown_hosts.push_back(limit.host);
      continue;
    }
    result.limits.addresses.insert_or_assign(host_of(address->address()), limit.connections);
  }
  return result;
}

SocketOptions socket_options(const broker::BrokerConfig& config) {
  return {.backlog_size = narrowed(config.socket_listen_backlog_size),
          .receive_buffer_bytes = narrowed(config.socket_receive_buffer_bytes),
          .send_buffer_bytes = narrowed(config.socket_send_buffer_bytes)};
}

}  // namespace understudy::server
