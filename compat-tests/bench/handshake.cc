#include "bench/handshake.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "wire/framing.h"
#include "wire/header.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/init_producer_id.h"

namespace understudy::bench {
namespace {

void send_all(int socket, const wire::Slice& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t more = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) throw std::system_error(errno, std::generic_category(), "send");
    sent += static_cast<std::size_t>(more);
  }
}

std::string receive(int socket, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t more = ::recv(socket, bytes.data() + have, size - have, 0);
    if (more <= 0) throw std::runtime_error("the broker closed the connection at the first words");
    have += static_cast<std::size_t>(more);
  }
  return bytes;
}

template <class Response, class Request>
Response ask(int socket, const Request& request, wire::Version version) {
  const wire::Struct& schema = wire::schema_of<Request>;
  wire::Output out;
  const std::size_t size_at = out.reserve_int32();
  wire::write_request_header({.request_api_key = schema.message.key,
                              .request_api_version = version,
                              .correlation_id = 7,
                              .client_id = "bench"},
                             out);
  wire::encode(schema, &request, version, out);
  out.patch_int32(size_at, static_cast<std::int32_t>(out.size() - wire::kFramePrefixSize));
  send_all(socket, out.joined());

  const std::string prefix = receive(socket, wire::kFramePrefixSize);
  const auto frame =
      wire::peek_frame({reinterpret_cast<const std::uint8_t*>(prefix.data()), prefix.size()});
  const wire::Slice answer = wire::Slice::copy_of(receive(socket, frame.size));
  wire::DecodeError error;
  wire::ResponseHeader header;
  Response response;
  const auto body_at =
      wire::read_response_header(wire::ApiKey(schema.message.key), version, answer, header, error);
  if (!body_at || !wire::decode(wire::schema_of<Response>, &response, version,
                                answer.sub(*body_at, answer.size() - *body_at), error)) {
    throw std::runtime_error("an answer makes no sense: " + error.describe());
  }
  return response;
}

}  // namespace

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
