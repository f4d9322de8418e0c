#include "broker/server/network.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <utility>

#include "broker/server/logging.h"
#include "broker/server/storage_errors.h"

namespace understudy::server {

using broker::ConnectionId;
using broker::NodeId;

namespace {

// The longest the idle timer sleeps; it also gives unused memory back.
constexpr std::int64_t kIdleWaitMsMax = 600'000;

// A listener on [::] sees IPv4 as a part of IPv6; it is the IPv4 address that people know.
std::string host_of(const asio::ip::address& address) {
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (!is_mapped) return address.to_string();
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
}

}  // namespace

Network::Network(asio::io_context& io, const broker::Clock& clock)
    : io_(io), clock_(clock), idle_timer_(io.get_executor()) {}

Network::~Network() = default;

std::optional<std::string> Network::listen(NodeId node, const Endpoint& endpoint) {
  auto listener = std::make_unique<Listener>(io_.get_executor(), node);
  if (auto failure = listener->open(endpoint)) return failure;
  listeners_.push_back(std::move(listener));
  return std::nullopt;
}

std::uint16_t Network::port(NodeId node) const {
  for (const auto& listener : listeners_) {
    if (listener->node() == node) return listener->port();
  }
  return 0;
}

void Network::start(RequestHandler& handler, const NetworkOptions& options) {
  handler_ = &handler;
  options_ = options;
  for (const auto& listener : listeners_) {
    const NodeId node = listener->node();
    listener->start(
        {.has_room = [this] { return connections_.size() < options_.connections_max; },
         .accepted = [this, node](Socket socket,
                                  const Address& peer) { accepted(node, std::move(socket), peer); },
         .hindered = [this, node](const error_code& error) { hindered(node, error); }});
  }
}

void Network::stop() {
  for (const auto& listener : listeners_) listener->close();
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
  std::erase_if(finishing_, [](const auto& connection) { return connection->is_finished(); });
  handler_->turn_finished();
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
  handler_->disconnected(id);
}

Connection* Network::find(ConnectionId id) const {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
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
