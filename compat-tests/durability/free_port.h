// A port for a broker that is started again and again.
#pragma once

#include <cstdint>

namespace understudy::durability {

// A port of 127.0.0.1 that nobody listens on, below those that the system gives to outgoing
// connections: it stays free while the broker is down.
std::uint16_t free_port(std::uint64_t seed);

}  // namespace understudy::durability
