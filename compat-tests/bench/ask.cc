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

wire::Slice exchange(int socket, const wire::Slice& request) {
  send_all(socket, wire::with_size({request.data(), request.size()}));
  const std::string prefix = receive(socket, wire::kFramePrefixSize);
  const auto frame =
      wire::peek_frame({reinterpret_cast<const std::uint8_t*>(prefix.data()), prefix.size()});
  return wire::Slice::copy_of(receive(socket, frame.size));
}

}  // namespace understudy::bench
