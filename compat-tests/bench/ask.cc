#include "bench/ask.h"

#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "wire/framing.h"

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
    if (more <= 0) throw std::runtime_error("the broker closed the connection");
    have += static_cast<std::size_t>(more);
  }
  return bytes;
}

}  // namespace

wire::Slice exchange(int socket, const wire::Struct& schema, const void* request,
                     wire::Version version) {
  wire::Output out;
  const std::size_t size_at = out.reserve_int32();
  wire::write_request_header({.request_api_key = schema.message.key,
                              .request_api_version = version,
                              .correlation_id = 7,
                              .client_id = "bench"},
                             out);
  wire::encode(schema, request, version, out);
  out.patch_int32(size_at, static_cast<std::int32_t>(out.size() - wire::kFramePrefixSize));
  send_all(socket, out.joined());

  const std::string prefix = receive(socket, wire::kFramePrefixSize);
  const auto frame =
      wire::peek_frame({reinterpret_cast<const std::uint8_t*>(prefix.data()), prefix.size()});
  return wire::Slice::copy_of(receive(socket, frame.size));
}

}  // namespace understudy::bench
