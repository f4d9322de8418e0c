#include "support/raw_client.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

#include "wire/framing.h"
#include "wire/messages.h"
#include "wire/request_frame.h"

namespace understudy::support {

using std::chrono::milliseconds;

Address parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    throw std::invalid_argument("'" + std::string(text) + "' is not host:port");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Address address{.host = std::string(host), .port = 0};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
  if (error != std::errc{} || stop != end || address.port == 0) {
    throw std::invalid_argument("'" + std::string(text) + "' has no port number");
  }
  return address;
}

std::vector<Address> parse_addresses(std::string_view text) {
  std::vector<Address> addresses;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    addresses.push_back(parse_address(text.substr(at, comma - at)));
    at = comma + 1;
  }
  return addresses;
}

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw TransportError(what + ": " + std::strerror(errno));
}

int connect_to(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status =
      getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (status != 0) throw TransportError(address.host + ": " + gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> guard(found, &freeaddrinfo);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    const int fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
    if (fd < 0) continue;
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return fd;
    }
    const int reason = errno;
    close(fd);
    errno = reason;
  }
  fail("cannot connect to " + address.host + ":" + std::to_string(address.port));
}

}  // namespace

RawClient::RawClient(const Address& address, std::string client_id)
    : socket_(connect_to(address)), client_id_(std::move(client_id)) {}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      client_id_(std::move(other.client_id_)),
      next_correlation_id_(other.next_correlation_id_),
      expected_(std::move(other.expected_)) {}

RawClient& RawClient::operator=(RawClient&& other) noexcept {
  std::swap(socket_, other.socket_);
  client_id_ = std::move(other.client_id_);
  next_correlation_id_ = other.next_correlation_id_;
  expected_ = std::move(other.expected_);
  return *this;
}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

RawClient::Built RawClient::build(const wire::Struct& schema, const void* request,
                                  Version version) {
  const Expected expected{.key = wire::ApiKey(schema.message.key),
                          .version = version,
                          .correlation_id = next_correlation_id_++};
  if (const auto place = wire::unwritable(schema, request, version)) {
    throw std::logic_error(std::string(schema.name) + " version " + std::to_string(version) +
                           " cannot carry " + *place);
  }
  const wire::RequestHeader header{.correlation_id = expected.correlation_id,
                                   .client_id = client_id_};
  return {.expected = expected, .frame = wire::request_frame(header, schema, request, version)};
}

RawClient::Expected RawClient::write(const wire::Struct& schema, const void* request,
                                     Version version) {
  const Built built = build(schema, request, version);
  send_frame({built.frame.data(), built.frame.size()});
  return built.expected;
}

void RawClient::send_frame(std::span<const std::uint8_t> bytes) {
  const Slice all = wire::with_size(bytes);
  send_bytes({all.data(), all.size()});
}

void RawClient::send_bytes(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      throw ConnectionClosed("cannot send: the broker closed the connection");
    }
    if (sent < 0) fail("cannot send");
    bytes = bytes.subspan(std::size_t(sent));
  }
}

bool RawClient::await_readable(milliseconds patience) const {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    const int ready = poll(&waiting, 1, left > 0 ? int(left) : 0);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("cannot wait");
  }
}

bool RawClient::has_answer() const { return await_readable(milliseconds(0)); }

void RawClient::read_exactly(std::uint8_t* out, std::size_t size) {
  while (size > 0) {
    if (!await_readable(kPatience)) throw TransportError("no answer in time");
    const ssize_t received = recv(socket_, out, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received == 0 || (received < 0 && errno == ECONNRESET)) {
      throw ConnectionClosed("the broker closed the connection");
    }
    if (received < 0) fail("cannot receive");
    out += received;
    size -= std::size_t(received);
  }
}

Slice RawClient::receive_frame() {
  std::uint8_t prefix[wire::kFramePrefixSize];
  read_exactly(prefix, sizeof prefix);
  const wire::FramePeek peek = wire::peek_frame(prefix, INT32_MAX);
  if (peek.state == wire::FrameState::kNegative) throw TransportError("negative frame size");
  const auto memory = std::make_shared<std::vector<std::uint8_t>>(peek.size);
  read_exactly(memory->data(), memory->size());
  if (!expected_.empty()) expected_.pop_front();
  return {memory, memory->data(), memory->size()};
}

RawClient::Arrived RawClient::await_frame(milliseconds patience) {
  if (!await_readable(patience)) return {.what = Arrival::kSilence};
  try {
    return {.what = Arrival::kFrame, .frame = receive_frame()};
  } catch (const ConnectionClosed&) {
    return {.what = Arrival::kClosed};
  }
}

void RawClient::read(const wire::Struct& schema, void* response) {
  if (expected_.empty()) throw std::logic_error("no request waits for an answer");
  const Expected expected = expected_.front();
  if (wire::find_response(expected.key) != &schema) {
    throw std::logic_error("the next answer is not a " + std::string(schema.name));
  }
  const Slice frame = receive_frame();
  wire::DecodeError error;
  const auto answer = wire::read_answer(schema, response, expected.version, frame, error);
  if (!answer) {
    throw TransportError(std::string(schema.name) + " version " + std::to_string(expected.version) +
                         ": " + error.describe());
  }
  if (answer->correlation_id != expected.correlation_id) {
    throw TransportError("answer to request " + std::to_string(answer->correlation_id) +
                         " in place of " + std::to_string(expected.correlation_id));
  }
}

void RawClient::end_sending() {
  if (shutdown(socket_, SHUT_WR) != 0 && errno == ENOTCONN) {
    throw ConnectionClosed("the broker closed the connection");
  }
}

bool RawClient::is_closed_by_broker() {
  if (!await_readable(kPatience)) return false;
  std::uint8_t byte;
  const ssize_t received = recv(socket_, &byte, 1, 0);
  return received == 0 || (received < 0 && errno == ECONNRESET);
}

}  // namespace understudy::support
