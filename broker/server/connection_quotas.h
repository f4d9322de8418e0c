// How many connections one node takes: from one address, at the same time, and per second.
//
// Kafka's ConnectionQuotas for a broker with one listener. Addresses are texts here; whoever calls
// has resolved names.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "broker/server/connection_rate.h"

namespace understudy::server {

struct ConnectionLimits {
  std::int64_t connections_max = INT32_MAX;           // max.connections
  std::int64_t listener_connections_max = INT32_MAX;  // the listener's own
  std::int64_t address_connections_max = INT32_MAX;   // max.connections.per.ip
  std::map<std::string, std::int64_t> addresses;      // max.connections.per.ip.overrides
  ConnectionRate::Options rate;                       // max.connection.creation.rate
  ConnectionRate::Options listener_rate;              // the listener's own
};

class ConnectionQuotas {
 public:
  void configure(ConnectionLimits limits);

  // A connection has arrived: how long it waits, in ms, before anything else is asked about it.
  std::int64_t record_arrival(std::int64_t now_ms);

  // Whether there is room for one more. One that finds none waits until there is.
  bool has_room() const;

  // Counts it if its address has room; otherwise it is to be closed at once.
  [[nodiscard]] bool add(const std::string& address);
  void remove(const std::string& address);

  // There are more than a lowered limit allows: so many are to be closed.
  std::int64_t excess() const;

  std::int64_t limit_of(const std::string& address) const;

 private:
  ConnectionLimits limits_;
  ConnectionRate rate_;
  ConnectionRate listener_rate_;
  std::unordered_map<std::string, std::int64_t> by_address_;
  std::int64_t count_ = 0;
};

}  // namespace understudy::server
