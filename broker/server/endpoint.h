// A host and a port, as a person writes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/server/asio.h"

namespace understudy::server {

// Port 0 asks the machine for a free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:9092", "localhost:0", "[::1]:9092". Nothing if it is not of that form.
std::optional<Endpoint> parse_endpoint(const std::string& text);
// What is wrong with a text of which parse_endpoint() makes nothing: "is not host:port".
std::string why_no_endpoint(const std::string& text);
// The same way back.
std::string to_string(const Endpoint& endpoint);
std::string to_string(const Address& address);

// The host alone, in the one form that it has here: IPv4 within IPv6 is IPv4, and a zone is left
// out, as in Java's InetAddress.
std::string host_of(const asio::ip::address& address);

// The first address of a name; without a question to the resolver if it is one already. Waits.
std::optional<Address> resolve(const Endpoint& endpoint, Executor executor, error_code& error);

}  // namespace understudy::server
