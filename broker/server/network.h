// All listeners and connections.
//
// Single-threaded. What the core says to a connection is noted; it takes effect when the core's own
// call has returned (finish_turn), so that no call leads back into the core.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/outbox.h"
#include "broker/server/asio.h"
#include "broker/server/connection.h"
#include "broker/server/door.h"
#include "broker/server/input.h"
#include "broker/server/request_handler.h"
#include "wire/framing.h"

namespace understudy::server {

struct NetworkOptions {
  std::int32_t request_size_max = wire::kDefaultMaxFrameSize;  // socket.request.max.bytes
  std::int64_t idle_ms_max = 600'000;  // connections.max.idle.ms; negative: never closed
  // The next ones wait in the kernel's queue until one of these has gone: files need descriptors,
  // too.
  std::size_t connections_max = std::numeric_limits<std::size_t>::max();
};

class Network : public broker::Outbox, private ConnectionHost {
 public:
  Network(asio::io_context& io, const broker::Clock& clock);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network() override;

  // Binds a node's port. On failure says why; see Listener::open().
  std::optional<std::string> listen(broker::NodeId node, const Endpoint& endpoint,
                                    const SocketOptions& options = {});
  std::uint16_t port(broker::NodeId node) const;

  // Accepts and serves from now on.
  void start(RequestHandler& handler, const NetworkOptions& options);
  // Limits a node's connections from now on. What is above a lowered limit of all connections is
  // closed, those first that were silent longest.
  void limit(broker::NodeId node, const ConnectionLimits& limits);
  // Closes listeners and connections for good. The core is informed of each.
  void stop();

  // Outbox.
  void respond(broker::ConnectionId connection, std::vector<wire::Slice> frame) override;
  void respond_nothing(broker::ConnectionId connection) override;
  void close(broker::ConnectionId connection, const std::string& reason) override;

  // Acts upon what the core has said. Must be called after every call into the core from outside.
  void finish_turn() override;

  // Closes the connections that carried nothing for too long, and lets those in that have waited
  // long enough. Both happen by themselves; must also be called when the clock was moved.
  void look_at_clock();

  // Without notice and without what is still to be written; of all nodes if none is named.
  void drop_connections(std::optional<broker::NodeId> node);

  std::size_t connection_count() const { return connections_.size(); }

 private:
  // ConnectionHost.
  void deliver(broker::ConnectionId connection, wire::Slice frame) override {
    handler_->receive(connection, std::move(frame));
  }
  void peer_finished(broker::ConnectionId connection) override {
    handler_->peer_finished(connection);
  }
  void closed(Connection& connection) override;
  ReceiveBuffers& buffers() override { return buffers_; }
  std::int32_t request_size_max() const override { return options_.request_size_max; }
  std::int64_t monotonic_ms() const override { return clock_.monotonic_ms(); }

  void accepted(broker::NodeId node, Socket socket, const Address& peer);
  Door& door_of(broker::NodeId node) const;
  void settle_doors();
  void close_idle();
  void hindered(broker::NodeId node, const error_code& error);
  Connection* find(broker::ConnectionId id) const;
  template <class Condition>
  void drop_if(Condition condition);
  void arm_idle_timer();

  asio::io_context& io_;
  const broker::Clock& clock_;
  RequestHandler* handler_ = nullptr;
  NetworkOptions options_;
  ReceiveBuffers buffers_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<Door*> left_;  // in this turn, by connections that are closed
  std::unordered_map<broker::ConnectionId, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>>
      finishing_;                            // closed, with a wait that has not ended yet
  std::vector<broker::ConnectionId> ready_;  // have something to act upon
  broker::ConnectionId next_id_ = 1;
  Timer idle_timer_;
  bool idle_timer_runs_ = false;
  bool is_hindered_ = false;  // no connection was accepted since that was logged
  std::optional<std::int64_t> hindered_logged_ms_;
};

}  // namespace understudy::server
