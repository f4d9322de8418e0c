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

// Where one is left out the system decides; so it does for a buffer of -1.
struct SocketOptions {
  std::optional<int> backlog_size;          // connections that wait to be accepted
  std::optional<int> receive_buffer_bytes;  // of each connection
  std::optional<int> send_buffer_bytes;
};

class Listener {
 public:
  // What the listener does when one connection was taken: accepts the next one, or waits for
  // go_on().
  enum class Next : std::uint8_t { kAccept, kWait };
  using Accepted = std::function<Next(Socket socket, const Address& peer)>;

  Listener(Executor executor, broker::NodeId node);

  // Binds and listens; clients may connect from here on, they are answered after start(). On
  // failure says what is wrong in a sentence.
  std::optional<std::string> open(const Endpoint& endpoint, const SocketOptions& options);

  broker::NodeId node() const { return node_; }
  std::uint16_t port() const { return port_; }

  // Nothing is accepted any more after close().
  void start(Accepted accepted);
  void go_on();
  void close();

 private:
  bool set_buffers(const SocketOptions& options, error_code& error);
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
