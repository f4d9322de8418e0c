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

class Listener {
 public:
  using Accepted = std::function<void(Socket socket, const Address& peer)>;

  Listener(Executor executor, broker::NodeId node);

  // Binds and listens; clients may connect from here on, they are answered after start(). On
  // failure says what is wrong in a sentence.
  std::optional<std::string> open(const Endpoint& endpoint);

  broker::NodeId node() const { return node_; }
  std::uint16_t port() const { return port_; }

  // Nothing is accepted any more after close().
  void start(Accepted accepted);
  void close();

 private:
  void accept();
  void pause();

  const broker::NodeId node_;
  Acceptor acceptor_;
  Timer pause_;
  Accepted accepted_;
  Address peer_;
  std::uint16_t port_ = 0;
};

}  // namespace understudy::server
