#include "broker/server/endpoint.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <system_error>
#include <utility>

namespace understudy::server {

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || host.find_first_of("[] /") != std::string::npos) return std::nullopt;
  // An IPv6 address without brackets looks like one with a port.
  if (!bracketed && host.find(':') != std::string::npos) return std::nullopt;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data() + colon + 1, end, port);
  if (failure != std::errc{} || rest != end) return std::nullopt;
  return Endpoint{std::move(host), port};
}

std::string why_no_endpoint(const std::string& text) {
  const std::size_t port = text.rfind(':') + 1;
  const bool has_number = text.find_first_not_of("0123456789", port) == std::string::npos;
  if (port != 0 && port < text.size() && has_number && parse_endpoint(text.substr(0, port) + "0")) {
    return "has a port above 65535";
  }
  return "is not host:port (an IPv6 address stands in brackets: [::1]:9092)";
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  const std::string host = is_ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  return host + ":" + std::to_string(endpoint.port);
}

std::string to_string(const Address& address) {
  return to_string(Endpoint{address.address().to_string(), address.port()});
}

// A listener on [::] sees IPv4 as a part of IPv6; it is the IPv4 address that people know.
std::string host_of(const asio::ip::address& address) {
  if (!address.is_v6()) return address.to_string();
  asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6).to_string();
  v6.scope_id(0);
  return v6.to_string();
}

std::optional<Address> resolve(const Endpoint& endpoint, Executor executor, error_code& error) {
  const asio::ip::address literal = asio::ip::make_address(endpoint.host, error);
  if (!error) return Address(literal, endpoint.port);
  asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(executor);
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port),
                                      asio::ip::resolver_base::passive, error);
  if (error || found.empty()) return std::nullopt;
  return found.begin()->endpoint();
}

}  // namespace understudy::server
