// One node's port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/base/ids.h"
#include "broker/server/asio.h"

namespace understudy::server {

class Network;

// A host as a person writes it, and a port; 0 asks the machine for a free one.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

// "127.0.0.1:9092", "localhost:0", "[::1]:9092". Nothing if it is not of that form.
std::optional<Endpoint> parse_endpoint(const std::string& text);
// The same way back.
std::string to_string(const Endpoint& endpoint);
std::string to_string(const Address& address);

class Listener {
 public:
  Listener(Network& network, broker::NodeId node);

  // Binds and listens; clients may connect from here on, they are answered after start(). On
  // failure says what is wrong in a sentence.
  std::optional<std::string> open(const Endpoint& endpoint);

  broker::NodeId node() const { return node_; }
  std::uint16_t port() const { return port_; }

  void start();
  void close();

 private:
  void accept();
  void pause();

  Network& network_;
  const broker::NodeId node_;
  Acceptor acceptor_;
  Timer pause_;
  Address peer_;
  std::uint16_t port_ = 0;
};

}  // namespace understudy::server
