// What is known of a connection.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/ids.h"

namespace understudy::broker {

// Where a connection comes from, and where it was accepted.
struct Peer {
  NodeId node = -1;                    // whose listener accepted it
  std::string listener = "PLAINTEXT";  // the listener's name
  std::string host;                    // the client's address as text, never a name
  std::uint16_t port = 0;              // the client's
};

// Who a client is to the authorizer (KafkaPrincipal).
struct Principal {
  std::string type = "User";
  std::string name = "ANONYMOUS";
  std::string to_string() const { return type + ":" + name; }
};

// Lives as long as its connection, or as a request that came over it.
struct Session {
  Peer peer;
  Principal principal;
  // As the client calls itself in ApiVersions from version 3 on (KIP-511); empty until then.
  std::string software_name;
  std::string software_version;
};

}  // namespace understudy::broker
