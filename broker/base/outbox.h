// Where everything that leaves the core goes.
#pragma once

#include <string>
#include <vector>

#include "broker/base/ids.h"
#include "wire/types.h"

namespace understudy::broker {

// Implemented by the edge (sockets), by tests and by a simulation. No call may lead back into the
// core before the core's own call has returned: an implementation only notes what it has to do.
class Outbox {
 public:
  virtual ~Outbox() = default;

  // The bytes of a whole response frame, size prefix included. The request that was delivered last
  // on this connection is answered; the next one may be delivered.
  virtual void respond(ConnectionId connection, std::vector<wire::Slice> frame) = 0;

  // The request that was delivered last gets no answer; the next one may be delivered.
  virtual void respond_nothing(ConnectionId connection) = 0;

  // Close the connection once all bytes given before are written. `reason` is for the log.
  virtual void close(ConnectionId connection, const std::string& reason) = 0;
};

}  // namespace understudy::broker
