#include "broker/server/door.h"

#include <chrono>
#include <utility>

#include "broker/server/endpoint.h"
#include "broker/server/logging.h"

namespace understudy::server {

Door::Door(Executor executor, broker::NodeId node, const broker::Clock& clock)
    : clock_(clock), listener_(executor, node), timer_(executor) {}

void Door::start(DoorHost host) {
  host_ = std::move(host);
  listener_.start(
      {.has_room = host_.has_room,
       .accepted = [this](Socket socket,
                          const Address& peer) { return arrived(std::move(socket), peer); },
       .hindered = host_.hindered});
}

void Door::close() {
  listener_.close();
  timer_.cancel();
  held_.reset();
}

Next Door::arrived(Socket socket, const Address& peer) {
  const std::int64_t now_ms = clock_.monotonic_ms();
  const std::int64_t wait_ms = quotas_.record_arrival(now_ms);
  if (wait_ms == 0 && quotas_.has_room()) {
    admit(std::move(socket), peer);
    return Next::kAccept;
  }
  held_.emplace(Held{.socket = std::move(socket), .peer = peer, .until_ms = now_ms + wait_ms});
  if (wait_ms > 0) wake_later();
  return Next::kWait;
}

void Door::admit(Socket socket, const Address& peer) {
  const std::string address = host_of(peer.address());
  if (quotas_.add(address)) return host_.admitted(std::move(socket), peer);
  if (logs(LogLevel::kInfo)) {
    log(LogLevel::kInfo, "closing a connection from " + to_string(peer) + " to node " +
                             std::to_string(node()) + ": its address has its limit of " +
                             std::to_string(quotas_.limit_of(address)) + " connections");
  }
  error_code ignored;
  ignored = socket.close(ignored);
}

void Door::left(const Address& peer) { quotas_.remove(host_of(peer.address())); }

void Door::settle() {
  if (!held_ || clock_.monotonic_ms() < held_->until_ms || !quotas_.has_room()) return;
  Held held = std::move(*held_);
  held_.reset();
  admit(std::move(held.socket), held.peer);
  listener_.go_on();
}

void Door::wake_later() {
  timer_.expires_after(std::chrono::milliseconds(held_->until_ms - clock_.monotonic_ms()));
  timer_.async_wait([this](const error_code& error) {
    if (error || !held_) return;
    // The clock may stand still.
    if (clock_.monotonic_ms() < held_->until_ms) return wake_later();
    settle();
  });
}

}  // namespace understudy::server
