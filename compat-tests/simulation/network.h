// Connections between clients and the broker: frames take their time, and connections break.
//
// As TCP does: the frames of a connection arrive in their order, each once, up to some point. What
// the two sides know of the end of a connection may differ: a client that has given up may have
// left requests that arrive long after those of its next connection.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/outbox.h"
#include "broker/base/random.h"
#include "simulation/agenda.h"
#include "wire/types.h"

namespace understudy::simulation {

using broker::ConnectionId;
using broker::NodeId;

class ConnectionUser {
 public:
  virtual ~ConnectionUser() = default;
  // A whole answer, without its size prefix.
  virtual void received(const wire::Slice& frame) = 0;
  // No more frames; what was sent may have arrived or not.
  virtual void lost() = 0;
};

class Network : public broker::Outbox {
 public:
  // The broker's side; `frame` and `response` are what the core gets and gives.
  struct BrokerSide {
    std::function<void(ConnectionId, NodeId)> connected;
    std::function<void(ConnectionId, const wire::Slice& frame)> received;
    std::function<void(ConnectionId)> disconnected;
    // An answer leaves the core.
    std::function<void(ConnectionId, const wire::Slice& response)> answered;
  };

  // With `is_calm` every frame takes one millisecond.
  Network(Agenda& agenda, std::uint64_t seed, bool is_calm, BrokerSide broker_side)
      : agenda_(agenda), random_(seed), is_calm_(is_calm), broker_(std::move(broker_side)) {}

  // The client's side.
  ConnectionId open(NodeId node, ConnectionUser& user);
  void send(ConnectionId connection, const wire::Slice& frame);
  void close(ConnectionId connection);

  // Mischief. The draws decide what each side gets to know and when.
  std::vector<ConnectionId> open_connections() const;
  void lose(ConnectionId connection, broker::Random draw);
  // What is sent from now on arrives so much later.
  void stall(ConnectionId connection, std::int64_t delay_ms);
  // The broker's side of all connections, or of those of a node, is gone at once.
  void broker_died(std::optional<NodeId> node);

  // Delivers the frames that wait until the one before them is answered. To be called after every
  // call into the core.
  void pump();

  void respond(ConnectionId connection, std::vector<wire::Slice> frame) override;
  void respond_nothing(ConnectionId connection) override;
  void close(ConnectionId connection, const std::string& reason) override;

 private:
  struct Connection {
    NodeId node = 0;
    ConnectionUser* user = nullptr;  // null: the client is through with it
    bool is_known = false;           // to the broker
    bool is_over = false;            // for the broker
    bool is_busy = false;            // a request is being answered
    std::deque<wire::Slice> inbox;
    // When the last frame arrives, and when the first one that is lost would.
    std::int64_t to_broker_ms = 0;
    std::int64_t to_client_ms = 0;
    std::int64_t to_broker_end_ms = INT64_MAX;
    std::int64_t to_client_end_ms = INT64_MAX;
    std::int64_t stall_ms = 0;
  };

  std::int64_t latency_ms();
  void arrive_at_broker(ConnectionId id, const wire::Slice& frame);
  void end_broker_side(ConnectionId id);
  void end_client_side(ConnectionId id);
  void forget_if_over(ConnectionId id);

  Agenda& agenda_;
  broker::Random random_;
  const bool is_calm_;
  const BrokerSide broker_;
  std::map<ConnectionId, Connection> connections_;
  std::set<ConnectionId> waiting_;  // with something in the inbox
  ConnectionId last_id_ = 0;
};

}  // namespace understudy::simulation
