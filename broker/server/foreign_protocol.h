// What speaks to the port if it is not a Kafka client.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace understudy::server {

// What begins with these four bytes, read as the size that a frame would announce: "a TLS
// handshake", "an HTTP request". Nothing if it is neither.
std::optional<std::string_view> foreign_protocol(std::int32_t announced);

}  // namespace understudy::server
