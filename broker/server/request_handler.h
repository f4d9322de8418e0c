// Who answers requests: the broker's core; a small stand-in in the edge's own tests.
#pragma once

#include <cstdint>
#include <string>

#include "broker/base/ids.h"
#include "wire/types.h"

namespace understudy::server {

// Who is at the other end of a connection, and whom it has connected to.
struct Peer {
  broker::NodeId node = 0;
  std::string listener = "PLAINTEXT";
  std::string host;  // an address, never a name
  std::uint16_t port = 0;
};

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual void connected(broker::ConnectionId connection, const Peer& peer) = 0;
  virtual void receive(broker::ConnectionId connection, wire::Slice frame) = 0;
  virtual void disconnected(broker::ConnectionId connection) = 0;
  // Everything that was said in this turn has been acted upon.
  virtual void turn_finished() = 0;
};

}  // namespace understudy::server
