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

// What a listener does when one connection was taken: accepts the next one, or waits for go_on().
enum class Next : std::uint8_t { kAccept, kWait };

// What a listener asks and tells.
struct ListenerHost {
  std::function<bool()> has_room;  // for one more connection
  std::function<Next(Socket socket, const Address& peer)> accepted;
  // For now nothing is accepted. Nothing: there is no room; else what the machine says. Told again
  // with each attempt that fails.
  std::function<void(const error_code& error)> hindered;
};

class Listener {
 public:
  Listener(Executor executor, broker::NodeId node);

  // Binds and listens; clients may connect from here on, they are answered after start(). On
  // failure says what is wrong in a sentence.
  std::optional<std::string> open(const Endpoint& endpoint, const SocketOptions& options);

  broker::NodeId node() const { return node_; }
  std::uint16_t port() const { return port_; }

  // Nothing is accepted any more after close().
  void start(ListenerHost host);
  void go_on();
  void close();

 private:
  bool set_buffers(const SocketOptions& options, error_code& error);
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
