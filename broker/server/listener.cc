#include "broker/server/listener.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <chrono>
#include <utility>

#include "broker/server/logging.h"
#include "broker/server/network.h"

namespace understudy::server {
namespace {

// When the machine has no descriptor left there is nothing to do but to try again.
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

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[] /") != std::string::npos) return std::nullopt;
  // An IPv6 address without brackets cannot be told from one with a port.
  if (!bracketed && host.find(':') != std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data() + colon + 1, end, port);
  if (failure != std::errc{} || rest != end) return std::nullopt;
  return Endpoint{std::move(host), port};
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  return host + ":" + std::to_string(endpoint.port);
}

std::string to_string(const Address& address) {
  return to_string(Endpoint{address.address().to_string(), address.port()});
}

Listener::Listener(Network& network, broker::NodeId node)
    : network_(network), node_(node), acceptor_(network.executor()), pause_(network.executor()) {}

std::optional<std::string> Listener::open(const Endpoint& endpoint) {
  const std::string where = "cannot listen on " + to_string(endpoint) + ": ";
  error_code error;
  const std::optional<Address> address = resolve(endpoint, network_.executor(), error);
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

void Listener::start() { accept(); }

void Listener::close() {
  error_code ignored;
  ignored = acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::accept() {
  Network& home = network_.next_home();
  acceptor_.async_accept(
      home.executor(), peer_, [this, &home](const error_code& error, Socket socket) {
        if (!acceptor_.is_open()) return;
        if (!error) {
          home.welcome(node_, std::move(socket), peer_);
        } else if (error != asio::error::connection_aborted &&
                   error != asio::error::operation_aborted) {
          log(LogLevel::kError,
              "node " + std::to_string(node_) + " cannot accept a connection: " + error.message());
          return pause();
        }
        accept();
      });
}

void Listener::pause() {
  pause_.expires_after(kPauseAfterFailure);
  pause_.async_wait([this](const error_code& error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

}  // namespace understudy::server
