#include "broker/server/connection_quotas.h"

#include <algorithm>
#include <utility>

#include "wire/assert.h"

namespace understudy::server {

void ConnectionQuotas::configure(ConnectionLimits limits) {
  limits_ = std::move(limits);
  rate_.configure(limits_.rate);
  listener_rate_.configure(limits_.listener_rate);
}

std::int64_t ConnectionQuotas::record_arrival(std::int64_t now_ms) {
  const std::int64_t wait_ms = rate_.record(now_ms);
  return std::max(wait_ms, listener_rate_.record(now_ms));
}

bool ConnectionQuotas::has_room() const {
  return count_ < std::min(limits_.connections_max, limits_.listener_connections_max);
}

bool ConnectionQuotas::add(const std::string& address) {
  const auto found = by_address_.find(address);
  const std::int64_t now = found == by_address_.end() ? 0 : found->second;
  if (now >= limit_of(address)) return false;
  by_address_[address] = now + 1;
  ++count_;
  return true;
}

void ConnectionQuotas::remove(const std::string& address) {
  const auto found = by_address_.find(address);
  ASSERT(found != by_address_.end());
  if (--found->second == 0) by_address_.erase(found);
  --count_;
}

// A listener's own limit keeps new ones out and closes none (SocketServer.closeExcessConnections).
std::int64_t ConnectionQuotas::excess() const {
  return std::max<std::int64_t>(count_ - limits_.connections_max, 0);
}

std::int64_t ConnectionQuotas::limit_of(const std::string& address) const {
  const auto found = limits_.addresses.find(address);
  return found == limits_.addresses.end() ? limits_.address_connections_max : found->second;
}

}  // namespace understudy::server
