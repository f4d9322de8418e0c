// Who answers requests: the broker's core; a small stand-in in the edge's own tests.
#pragma once

#include "broker/base/session.h"
#include "wire/types.h"

namespace understudy::server {

using broker::Peer;

class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual void connected(broker::ConnectionId connection, const Peer& peer) = 0;
  virtual void receive(broker::ConnectionId connection, wire::Slice frame) = 0;
  // The peer sends nothing more while its request is in the core.
  virtual void peer_finished(broker::ConnectionId connection) = 0;
  virtual void disconnected(broker::ConnectionId connection) = 0;
  // Everything that was said in this turn has been acted upon.
  virtual void turn_finished() = 0;
};

}  // namespace understudy::server
