#include "simulation/network.h"

#include <algorithm>

namespace understudy::simulation {

std::int64_t Network::latency_ms() {
  if (is_calm_) return 1;
  // Mostly the same, so that frames of different connections overtake each other now and then.
  return random_.below(8) == 0 ? 1 + std::int64_t(random_.below(40)) : 1;
}

ConnectionId Network::open(NodeId node, ConnectionUser& user) {
  const ConnectionId id = ++last_id_;
  Connection& connection = connections_[id];
  connection.node = node;
  connection.user = &user;
  connection.to_broker_ms = agenda_.now_ms() + latency_ms();
  agenda_.at(connection.to_broker_ms, [this, id] {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.is_over) return;
    found->second.is_known = true;
    broker_.connected(id, found->second.node);
  });
  return id;
}

void Network::send(ConnectionId id, const wire::Slice& frame) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  connection.to_broker_ms =
      std::max(connection.to_broker_ms, agenda_.now_ms() + latency_ms() + connection.stall_ms);
  if (connection.to_broker_ms >= connection.to_broker_end_ms) return;
  agenda_.at(connection.to_broker_ms, [this, id, frame] { arrive_at_broker(id, frame); });
}

void Network::arrive_at_broker(ConnectionId id, const wire::Slice& frame) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.is_over) return;
  if (agenda_.now_ms() >= found->second.to_broker_end_ms) return;
  found->second.inbox.push_back(frame);
  waiting_.insert(id);
  pump();
}

void Network::pump() {
  for (bool any = true; any;) {
    any = false;
    for (const ConnectionId id : std::vector(waiting_.begin(), waiting_.end())) {
      const auto found = connections_.find(id);
      if (found == connections_.end() || found->second.inbox.empty()) {
        waiting_.erase(id);
        continue;
      }
      Connection& connection = found->second;
      if (connection.is_over || connection.is_busy || !connection.is_known) continue;
      const wire::Slice frame = connection.inbox.front();
      connection.inbox.pop_front();
      connection.is_busy = true;
      any = true;
      broker_.received(id, frame);
    }
  }
}

void Network::respond(ConnectionId id, std::vector<wire::Slice> pieces) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.is_over) return;
  Connection& connection = found->second;
  connection.is_busy = false;
  std::string bytes;
  for (const wire::Slice& piece : pieces) bytes += piece.view();
  const wire::Slice frame = wire::Slice::copy_of(std::string_view(bytes).substr(4));
  broker_.answered(id, frame);
  connection.to_client_ms =
      std::max(connection.to_client_ms, agenda_.now_ms() + latency_ms() + connection.stall_ms);
  if (connection.to_client_ms >= connection.to_client_end_ms) return;
  agenda_.at(connection.to_client_ms, [this, id, frame] {
    const auto receiver = connections_.find(id);
    if (receiver == connections_.end() || receiver->second.user == nullptr) return;
    if (agenda_.now_ms() >= receiver->second.to_client_end_ms) return;
    receiver->second.user->received(frame);
  });
}

void Network::respond_nothing(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found != connections_.end()) found->second.is_busy = false;
}

// The core closes: what it has sent still arrives, then the client learns of it.
void Network::close(ConnectionId id, const std::string&) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.is_over) return;
  // Not within the core's own call.
  agenda_.in(0, [this, id] { end_broker_side(id); });
  found->second.is_busy = true;
}

void Network::close(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.user == nullptr) return;
  Connection& connection = found->second;
  connection.user = nullptr;
  connection.to_broker_ms = std::max(connection.to_broker_ms, agenda_.now_ms() + latency_ms());
  agenda_.at(connection.to_broker_ms, [this, id] { end_broker_side(id); });
}

std::vector<ConnectionId> Network::open_connections() const {
  std::vector<ConnectionId> open;
  for (const auto& [id, connection] : connections_) {
    if (connection.user != nullptr && !connection.is_over) open.push_back(id);
  }
  return open;
}

void Network::lose(ConnectionId id, broker::Random draw) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = found->second;
  const std::int64_t now = agenda_.now_ms();
  // How long the broker still gets what is under way, the client likewise, and when it notices.
  static constexpr std::int64_t kDelays[] = {0, 0, 1, 3, 30, 5000};
  const auto delay = [&] { return kDelays[draw.below(std::size(kDelays))]; };
  connection.to_broker_end_ms = std::min(connection.to_broker_end_ms, now + delay());
  connection.to_client_end_ms = std::min(connection.to_client_end_ms, now + delay() / 100);
  const std::int64_t broker_notices = std::max(connection.to_broker_end_ms, now + delay());
  agenda_.at(broker_notices, [this, id] { end_broker_side(id); });
  agenda_.at(now + delay(), [this, id] { end_client_side(id); });
}

void Network::stall(ConnectionId id, std::int64_t delay_ms) {
  const auto found = connections_.find(id);
  if (found != connections_.end()) found->second.stall_ms = delay_ms;
}

void Network::broker_died(std::optional<NodeId> node) {
  std::vector<ConnectionId> struck;
  for (auto& [id, connection] : connections_) {
    if (connection.is_over || (node && connection.node != *node)) continue;
    struck.push_back(id);
  }
  for (const ConnectionId id : struck) end_broker_side(id);
}

void Network::end_broker_side(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second.is_over) return;
  Connection& connection = found->second;
  connection.is_over = true;
  connection.inbox.clear();
  waiting_.erase(id);
  if (connection.is_known) broker_.disconnected(id);
  const std::int64_t notices_ms =
      std::max(connection.to_client_ms, agenda_.now_ms() + latency_ms());
  agenda_.at(notices_ms, [this, id] { end_client_side(id); });
  forget_if_over(id);
}

void Network::end_client_side(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  ConnectionUser* user = std::exchange(found->second.user, nullptr);
  if (user != nullptr) user->lost();
  forget_if_over(id);
}

void Network::forget_if_over(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  if (found->second.is_over && found->second.user == nullptr) connections_.erase(found);
}

}  // namespace understudy::simulation
