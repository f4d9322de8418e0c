// One node's port.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/server/asio.h"
#include "broker/server/endpoint.h"

namespace understudy::server {

// What a listener asks and tells.
struct ListenerHost {
  std::function<bool()> has_room;  // for one more connection
  std::function<void(Socket socket, const Address& peer)> accepted;
  // For now nothing is accepted. Nothing: there is no room; else what the machine says. Told again
  // with each attempt that fails.
  std::function<void(const error_code& error)> hindered;
};

class Listener {
 public:
  Listener(Executor executor, broker::NodeId node);

  // Binds and listens; clients may connect from here on, they are answered after start(). On
  // failure says what is wrong in a sentence.
  std::optional<std::string> open(const Endpoint& endpoint);

  broker::NodeId node() const { return node_; }
  std::uint16_t port() const { return port_; }

  // Nothing is accepted any more after close().
  void start(ListenerHost host);
  void close();

 private:
  void accept();
  void pause(const error_code& why);

  const broker::NodeId node_;
  Acceptor acceptor_;
  Timer pause_;
  ListenerHost host_;
  Address peer_;
  std::uint16_t port_ = 0;
};

}  // namespace understudy::server
