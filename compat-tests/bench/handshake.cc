#include "bench/handshake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "bench/ask.h"
#include "wire/api_key.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/init_producer_id.h"

namespace understudy::bench {

sockaddr_in ipv4_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const std::string host = text.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const char* number = host == "localhost" ? "127.0.0.1" : host.c_str();
  if (port == 0 || inet_pton(AF_INET, number, &address.sin_addr) != 1) {
    throw std::runtime_error("'" + text + "' is no IPv4 address with a port");
  }
  return address;
}

int connect_to(const std::string& address) {
  const sockaddr_in peer = ipv4_address(address);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) < 0) {
    throw std::system_error(errno, std::generic_category(), "connect to " + address);
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

void set_nonblocking(int socket) { fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK); }

void greet(int socket) { exchange(socket, wire::ApiVersionsRequest{}, 0); }

Versions negotiate(int socket) {
  const auto served = ask<wire::ApiVersionsResponse>(socket, wire::ApiVersionsRequest{}, 0);
  Versions versions;
  bool has_produce = false;
  for (const auto& api : served.api_keys) {
    if (api.api_key == static_cast<std::int16_t>(wire::ApiKey::kProduce)) {
      has_produce = true;
      versions.produce = api.max_version >= 9 ? 9 : 7;
    } else if (api.api_key == static_cast<std::int16_t>(wire::ApiKey::kInitProducerId)) {
      versions.init_producer_id = api.max_version >= 3 ? 3 : 0;
    } else if (api.api_key == static_cast<std::int16_t>(wire::ApiKey::kCreateTopics)) {
      versions.has_create_topics = true;
    }
  }
  if (!has_produce) throw std::runtime_error("the broker does not list Produce");
  return versions;
}

ProducerId init_producer_id(int socket, wire::Version version) {
  wire::InitProducerIdRequest request;
  request.transactional_id = std::nullopt;
  request.transaction_timeout_ms = 60'000;
  // A coordinator that is still loading is asked again.
  for (int tries = 0; tries < 100; ++tries) {
    const auto response = ask<wire::InitProducerIdResponse>(socket, request, version);
    if (response.error_code == wire::ErrorCode::kNone) {
      return {response.producer_id, response.producer_epoch};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("the broker gives no producer id");
}

}  // namespace understudy::bench
