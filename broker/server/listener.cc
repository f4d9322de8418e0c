#include "broker/server/listener.h"

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <utility>

namespace understudy::server {
namespace {

// When there is no descriptor left there is nothing to do but to try again.
constexpr std::chrono::milliseconds kPauseAfterFailure{50};

// The first address of a name; without a question to the resolver if it is one already.
std::optional<Address> resolve(const Endpoint& endpoint, Executor executor, error_code& error) {
  const asio::ip::address literal = asio::ip::make_address(endpoint.host, error);
  if (!error) return Address(literal, endpoint.port);
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(executor);
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                      asio::ip::resolver_base::passive, error);
  if (error || found.empty()) return std::nullopt;
  return found.begin()->endpoint();
}

}  // namespace

Listener::Listener(Executor executor, broker::NodeId node)
    : node_(node), acceptor_(executor), pause_(executor) {}

std::optional<std::string> Listener::open(const Endpoint& endpoint) {
  const std::string where = "cannot listen on " + to_string(endpoint) + ": ";
  error_code error;
  const std::optional<Address> address = resolve(endpoint, acceptor_.get_executor(), error);
  if (!address) return where + "unknown host '" + endpoint.host + "' (" + error.message() + ")";
  // A port whose last owner has just ended may be taken over; one that is in use may not.
  const bool listens = !acceptor_.open(address->protocol(), error) &&
                       !acceptor_.set_option(Acceptor::reuse_address(true), error) &&
                       !acceptor_.bind(*address, error) &&
                       !acceptor_.listen(Acceptor::max_listen_connections, error);
  if (!listens) return where + error.message();
  port_ = acceptor_.local_endpoint(error).port();
  if (error) return where + error.message();
  return std::nullopt;
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
      host_.accepted(std::move(socket), peer_);
    } else if (error != asio::error::connection_aborted &&
               error != asio::error::operation_aborted) {
      return pause(error);
    }
    accept();
  });
}

void Listener::pause(const error_code& why) {
  host_.hindered(why);
  pause_.expires_after(kPauseAfterFailure);
  pause_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

}  // namespace understudy::server
