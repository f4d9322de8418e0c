// All listeners and connections of one loop.
//
// Single-threaded. What the core says to a connection is noted; it takes effect when the core's own
// call has returned (finish_turn), so that no call leads back into the core.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/outbox.h"
#include "broker/server/asio.h"
#include "broker/server/connection.h"
#include "broker/server/input.h"
#include "broker/server/listener.h"
#include "wire/framing.h"

namespace understudy::server {

// Who answers requests: the broker's core; a small stand-in in the edge's own tests.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;
  virtual void connected(broker::ConnectionId connection, broker::NodeId node) = 0;
  virtual void receive(broker::ConnectionId connection, wire::Slice frame) = 0;
  virtual void disconnected(broker::ConnectionId connection) = 0;
  // Everything that was said in this turn has been acted upon.
  virtual void turn_finished() = 0;
};

struct NetworkOptions {
  std::int32_t request_size_max = wire::kDefaultMaxFrameSize;  // socket.request.max.bytes
  std::int64_t idle_ms_max = 600'000;  // connections.max.idle.ms; negative: never closed
};

// Which numbers a loop gives its connections: first, first + step, ...
struct ConnectionNumbers {
  broker::ConnectionId first = 1;
  std::size_t step = 1;
};

class Network : public broker::Outbox {
 public:
  Network(asio::io_context& io, const broker::Clock& clock, const ConnectionNumbers& numbers = {});
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network() override;

  // Binds a node's port. On failure says why; see Listener::open().
  std::optional<std::string> listen(broker::NodeId node, const Endpoint& endpoint);
  std::uint16_t port(broker::NodeId node) const;
  // Whom the listeners accept for, in turn; without this it is this loop alone.
  void accept_for(std::vector<Network*> homes);

  // Accepts and serves from now on.
  void start(RequestHandler& handler, const NetworkOptions& options);
  // Closes listeners and connections. The core is told of each.
  void stop();

  // Outbox, for the connections of this loop.
  void respond(broker::ConnectionId connection, std::vector<wire::Slice> frame) override;
  void respond_nothing(broker::ConnectionId connection) override;
  void close(broker::ConnectionId connection, const std::string& reason) override;

  // Acts upon what the core has said. To be called after every call into the core from outside.
  void finish_turn();

  // Closes the connections that carried nothing for too long. Runs by itself; to be called when the
  // clock was moved.
  void close_idle();

  // Without notice and without what is still to be written; of all nodes if none is named.
  void drop_connections(std::optional<broker::NodeId> node);

  std::size_t connection_count() const { return connections_.size(); }

  // For listeners and connections.
  Executor executor() { return io_.get_executor(); }
  ReceiveBuffers& buffers() { return buffers_; }
  std::int64_t now_ms() const { return clock_.now_ms(); }
  std::int32_t request_size_max() const { return options_.request_size_max; }
  // Where the next connection is to live.
  Network& next_home();
  // A socket of this loop's executor was accepted; from any loop's thread.
  void welcome(broker::NodeId node, Socket socket, const Address& peer);
  void deliver(broker::ConnectionId connection, wire::Slice frame) {
    handler_->receive(connection, std::move(frame));
  }
  void closed(Connection& connection);
  void log_close(const Connection& connection, std::string_view reason) const;

 private:
  void accepted(broker::NodeId node, Socket socket, const Address& peer);
  Connection* find(broker::ConnectionId id) const;
  template <class Condition>
  void drop_if(Condition condition);
  void arm_idle_timer();

  asio::io_context& io_;
  const broker::Clock& clock_;
  RequestHandler* handler_ = nullptr;
  NetworkOptions options_;
  ReceiveBuffers buffers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<broker::ConnectionId, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>>
      finishing_;                            // closed, with a wait that has not ended yet
  std::vector<broker::ConnectionId> ready_;  // have something to act upon
  broker::ConnectionId next_id_;
  const std::size_t id_step_;
  std::vector<Network*> homes_;
  std::size_t next_home_ = 0;
  bool is_stopped_ = false;
  Timer idle_timer_;
  bool idle_timer_runs_ = false;
};

}  // namespace understudy::server
