#include "broker/server/listener.h"

#include <chrono>
#include <utility>

namespace understudy::server {
namespace {

// When there is no descriptor left there is nothing to do but to try again.
constexpr std::chrono::milliseconds kPauseAfterFailure{50};

}  // namespace

Listener::Listener(Executor executor, broker::NodeId node)
    : node_(node), acceptor_(executor), pause_(executor) {}

std::optional<std::string> Listener::open(const Endpoint& endpoint, const SocketOptions& options) {
  const std::string where = "cannot listen on " + to_string(endpoint) + ": ";
  error_code error;
  const std::optional<Address> address = resolve(endpoint, acceptor_.get_executor(), error);
  if (!address) return where + "unknown host '" + endpoint.host + "' (" + error.message() + ")";
  // A port whose last owner has just ended may be taken over; one that is in use may not.
  const bool listens = !acceptor_.open(address->protocol(), error) &&
                       !acceptor_.set_option(Acceptor::reuse_address(true), error) &&
                       !acceptor_.bind(*address, error) && set_buffers(options, error) &&
                       !acceptor_.listen(options.backlog_size.value_or(SOMAXCONN), error);
  if (!listens) return where + error.message();
  port_ = acceptor_.local_endpoint(error).port();
  if (error) return where + error.message();
  return std::nullopt;
}

// Connections inherit them from the socket that they are accepted from.
bool Listener::set_buffers(const SocketOptions& options, error_code& error) {
  constexpr int kAsSystem = -1;
  const int receive = options.receive_buffer_bytes.value_or(kAsSystem);
  const int send = options.send_buffer_bytes.value_or(kAsSystem);
  using Receive = asio::socket_base::receive_buffer_size;
  using Send = asio::socket_base::send_buffer_size;
  if (receive != kAsSystem && acceptor_.set_option(Receive(receive), error)) return false;
  return send == kAsSystem || !acceptor_.set_option(Send(send), error);
}

void Listener::start(ListenerHost host) {
  host_ = std::move(host);
  accept();
}

void Listener::close() {
  error_code ignored;
  ignored = acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  if (!host_.has_room()) return pause({});
  acceptor_.async_accept(peer_, [this](const error_code& error, Socket socket) {
    if (!acceptor_.is_open()) return;
    if (!error) {
      if (host_.accepted(std::move(socket), peer_) == Next::kWait) return;
    } else if (error != asio::error::connection_aborted &&
               error != asio::error::operation_aborted) {
      return pause(error);
    }
    accept();
  });
}

void Listener::go_on() {
  if (acceptor_.is_open()) accept();
}

void Listener::pause(const error_code& why) {
  host_.hindered(why);
  pause_.expires_after(kPauseAfterFailure);
  pause_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

}  // namespace understudy::server
