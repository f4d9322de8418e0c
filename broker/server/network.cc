#include "broker/server/network.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "broker/server/endpoint.h"
#include "broker/server/logging.h"
#include "broker/server/storage_errors.h"
#include "wire/assert.h"

namespace understudy::server {

using broker::ConnectionId;
using broker::NodeId;

namespace {

// The longest the idle timer sleeps; it also gives unused memory back.
constexpr std::int64_t kIdleWaitMsMax = 600'000;

}  // namespace

Network::Network(asio::io_context& io, const broker::Clock& clock)
    : io_(io), clock_(clock), idle_timer_(io.get_executor()) {}

Network::~Network() = default;

std::optional<std::string> Network::listen(NodeId node, const Endpoint& endpoint,
                                           const SocketOptions& options) {
  auto door = std::make_unique<Door>(io_.get_executor(), node, clock_);
  if (auto failure = door->open(endpoint, options)) return failure;
  doors_.push_back(std::move(door));
  return std::nullopt;
}

std::uint16_t Network::port(NodeId node) const { return door_of(node).port(); }

Door& Network::door_of(NodeId node) const {
  const auto found = std::ranges::find_if(
      doors_, [node](const std::unique_ptr<Door>& door) { return door->node() == node; });
  ASSERT(found != doors_.end());
  return **found;
}

void Network::start(RequestHandler& handler, const NetworkOptions& options) {
  handler_ = &handler;
  options_ = options;
  for (const auto& door : doors_) {
    const NodeId node = door->node();
    door->start(
        {.has_room = [this] { return connections_.size() < options_.connections_max; },
         .admitted = [this, node](Socket socket,
                                  const Address& peer) { accepted(node, std::move(socket), peer); },
         .hindered = [this, node](const error_code& error) { hindered(node, error); }});
  }
}

void Network::limit(NodeId node, const ConnectionLimits& limits) {
  Door& door = door_of(node);
  door.configure(limits);
  if (handler_ == nullptr) return;  // not started
  std::vector<Connection*> connections;
  for (const auto& [id, connection] : connections_) {
    if (connection->node() == node) connections.push_back(connection.get());
  }
  std::ranges::sort(connections, {}, [](const Connection* connection) {
    return std::pair(connection->last_active_ms(), connection->id());
  });
  connections.resize(static_cast<std::size_t>(door.excess()));
  for (Connection* connection : connections) {
    connection->log_close("max.connections is lower than what there is");
    connection->abort();
  }
  door.settle();
}

void Network::stop() {
  for (const auto& door : doors_) door->close();
  if (handler_ != nullptr) drop_connections(std::nullopt);
  idle_timer_.cancel();
}

void Network::drop_connections(std::optional<NodeId> node) {
  drop_if([&](const Connection& connection) { return !node || connection.node() == *node; });
}

// In the order of their making: a run can be repeated.
template <class Condition>
void Network::drop_if(Condition condition) {
  std::vector<ConnectionId> ids;
  for (const auto& [id, connection] : connections_) {
    if (condition(*connection)) ids.push_back(id);
  }
  if (ids.empty()) return;
  std::sort(ids.begin(), ids.end());
  for (const ConnectionId id : ids) {
    if (Connection* connection = find(id)) connection->abort();
  }
  finish_turn();
}

void Network::respond(ConnectionId id, std::vector<wire::Slice> frame) {
  Connection* connection = find(id);
  if (connection != nullptr && connection->note_response(std::move(frame))) ready_.push_back(id);
}

void Network::respond_nothing(ConnectionId id) {
  Connection* connection = find(id);
  if (connection != nullptr && connection->note_nothing()) ready_.push_back(id);
}

void Network::close(ConnectionId id, const std::string& reason) {
  Connection* connection = find(id);
  if (connection == nullptr) return;
  if (!reason.empty()) connection->log_close(reason);
  if (connection->note_close()) ready_.push_back(id);
}

void Network::finish_turn() {
  // Acting upon one thing lets the core say more: by index, and until nothing is left.
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (Connection* connection = find(ready_[i])) connection->work();
  }
  ready_.clear();
  settle_doors();
  std::erase_if(finishing_, [](const auto& connection) { return connection->is_finished(); });
  handler_->turn_finished();
}

// Where somebody left there is room.
void Network::settle_doors() {
  for (Door* const door : std::exchange(left_, {})) door->settle();
}

// Logged when it begins, and once a second at most however often it begins and ends.
void Network::hindered(NodeId node, const error_code& error) {
  constexpr std::int64_t kSilenceMs = 1000;
  if (std::exchange(is_hindered_, true)) return;
  if (hindered_logged_ms_ && monotonic_ms() - *hindered_logged_ms_ < kSilenceMs) return;
  hindered_logged_ms_ = monotonic_ms();
  std::string line = "node " + std::to_string(node) + " cannot accept a connection: ";
  if (!error) {
    line += "with " + std::to_string(connections_.size()) +
            " open ones only the descriptors that are kept for files are left";
  } else {
    line += error.message();
  }
  line += error && !is_out_of_descriptors(error.value())
              ? "; it is tried again"
              : "; it goes on as soon as one is closed (more: ulimit -n)";
  log(LogLevel::kError, line);
}

void Network::accepted(NodeId node, Socket socket, const Address& peer) {
  is_hindered_ = false;
  const ConnectionId id = next_id_++;
  ConnectionHost& host = *this;
  auto made = std::make_unique<Connection>(host, id, node, std::move(socket), peer);
  Connection& connection = *made;
  connections_.emplace(id, std::move(made));
  if (logs(LogLevel::kDebug)) log(LogLevel::kDebug, "accepted " + connection.describe());
  handler_->connected(id, {.node = node, .host = host_of(peer.address()), .port = peer.port()});
  connection.start();
  arm_idle_timer();
  finish_turn();
}

void Network::closed(Connection& connection) {
  const ConnectionId id = connection.id();
  if (logs(LogLevel::kDebug)) log(LogLevel::kDebug, "closed " + connection.describe());
  // The caller is a member function of the connection: it is destroyed at the end of the turn.
  auto node = connections_.extract(id);
  finishing_.push_back(std::move(node.mapped()));
  Door& door = door_of(connection.node());
  door.left(connection.peer());
  left_.push_back(&door);
  handler_->disconnected(id);
}

Connection* Network::find(ConnectionId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void Network::look_at_clock() {
  close_idle();
  for (const auto& door : doors_) door->settle();
}

void Network::close_idle() {
  if (options_.idle_ms_max < 0) return;
  // From now on back: connections.max.idle.ms may be as large as a number can be.
  drop_if([this](const Connection& connection) {
    return monotonic_ms() - connection.last_active_ms() >= options_.idle_ms_max;
  });
  idle_timer_runs_ = false;
  arm_idle_timer();
}

// One timer for all connections: it wakes when the one that was silent longest has been so for too
// long, which is seldom, because that one has mostly spoken since.
void Network::arm_idle_timer() {
  if (idle_timer_runs_ || options_.idle_ms_max < 0 || connections_.empty()) return;
  std::int64_t oldest_ms = monotonic_ms();
  for (const auto& [id, connection] : connections_) {
    oldest_ms = std::min(oldest_ms, connection->last_active_ms());
  }
  const std::int64_t wait_ms = std::clamp<std::int64_t>(
      options_.idle_ms_max - (monotonic_ms() - oldest_ms), 1, kIdleWaitMsMax);
  idle_timer_runs_ = true;
  idle_timer_.expires_after(std::chrono::milliseconds(wait_ms));
  idle_timer_.async_wait([this](const error_code& error) {
    if (error) return;  // another wait has taken its place
    buffers_.trim();    // what a burst has left behind
    close_idle();
  });
}

}  // namespace understudy::server
