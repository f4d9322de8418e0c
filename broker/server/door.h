// One node's entrance: takes connections from its port one after the other, as its quotas allow.
//
// As Kafka's Acceptor. A connection that has to wait, for the rate's sake or for room, is held
// accepted and unread, and those behind it wait in the system's queue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/server/asio.h"
#include "broker/server/connection_quotas.h"
#include "broker/server/listener.h"

namespace understudy::server {

// What a door asks and tells: as ListenerHost, for those that it has let in.
struct DoorHost {
  std::function<bool()> has_room;
  std::function<void(Socket socket, const Address& peer)> admitted;
  std::function<void(const error_code& error)> hindered;
};

class Door {
 public:
  Door(Executor executor, broker::NodeId node, const broker::Clock& clock);

  // See Listener::open().
  std::optional<std::string> open(const Endpoint& endpoint, const SocketOptions& options) {
    return listener_.open(endpoint, options);
  }
  broker::NodeId node() const { return listener_.node(); }
  std::uint16_t port() const { return listener_.port(); }

  void start(DoorHost host);
  void close();

  void configure(ConnectionLimits limits) { quotas_.configure(std::move(limits)); }
  std::int64_t excess() const { return quotas_.excess(); }

  // A connection that was admitted is closed.
  void left(const Address& peer);
  // Lets the one in that waits, if it may come now. To be called when connections have left, when
  // limits have changed, and when the clock was moved.
  void settle();

 private:
  struct Held {
    Socket socket;
    Address peer;
    std::int64_t until_ms = 0;
  };

  Next arrived(Socket socket, const Address& peer);
  void admit(Socket socket, const Address& peer);
  void wake_later();

  const broker::Clock& clock_;
  Listener listener_;
  ConnectionQuotas quotas_;
  DoorHost host_;
  std::optional<Held> held_;
  Timer timer_;  // until the one that is held may come
};

}  // namespace understudy::server
