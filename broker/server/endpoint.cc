#include "broker/server/endpoint.h"

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

}  // namespace understudy::server
