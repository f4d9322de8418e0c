#include "bench/load_loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bench/handshake.h"
#include "codec/record_batch.h"

namespace understudy::bench {
namespace {

constexpr int kNoAnswer = -1;
constexpr int kClosed = -3;
constexpr int kPatienceMs = 10'000;
constexpr std::size_t kInputSize = 16u << 10;  // some dozens of answers

iovec as_iovec(const Bytes& bytes) {
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

void Totals::merge(const Totals& other) {
  acknowledged += other.acknowledged;
  for (const auto& [code, count] : other.errors) errors[code] += count;
  latency.merge(other.latency);
}

LoadLoop::LoadLoop(const BatchTemplate& batch, const LoadOptions& options,
                   std::vector<LoadConnection> connections)
    : batch_(batch),
      options_(options),
      connections_(std::move(connections)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      left_(options.batches_max) {}

LoadLoop::~LoadLoop() {
  for (const LoadConnection& connection : connections_) ::close(connection.socket);
  ::close(epoll_);
}

Totals LoadLoop::run() {
  for (LoadConnection& connection : connections_) {
    set_nonblocking(connection.socket);
    connection.heads.resize(options_.requests_in_flight);
    connection.began_ns.resize(options_.requests_in_flight);
    connection.sequences.assign(options_.partitions, 0);
    connection.input.resize(kInputSize);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &connection;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
  }
  for (LoadConnection& connection : connections_) {
    fill(connection);
    flush(connection);
  }
  std::array<epoll_event, 128> events;
  while (closed_ < connections_.size() && (outstanding_ > 0 || (!is_stopped_ && left_ > 0))) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), kPatienceMs);
    if (count == 0) {
      totals_.errors[kNoAnswer] += outstanding_;
      break;
    }
    if (now_ns() >= options_.deadline_ns) is_stopped_ = true;
    for (int i = 0; i < count; ++i) {
      serve(*static_cast<LoadConnection*>(events[static_cast<std::size_t>(i)].data.ptr),
            events[static_cast<std::size_t>(i)].events);
    }
  }
  return std::move(totals_);
}

void LoadLoop::serve(LoadConnection& connection, std::uint32_t events) {
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    if (!receive(connection)) {
      const std::uint64_t lost = connection.sent - connection.answered;
      totals_.errors[kClosed] += lost;
      outstanding_ -= lost;
      epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.socket, nullptr);
      ++closed_;
      return;
    }
    fill(connection);
  }
  flush(connection);
}

void LoadLoop::fill(LoadConnection& connection) {
  while (!is_stopped_ && left_ > 0 &&
         connection.sent - connection.answered < options_.requests_in_flight) {
    const std::size_t slot = connection.sent % options_.requests_in_flight;
    const std::size_t partition =
        (connection.first_partition + connection.sent) % options_.partitions;
    std::int32_t& sequence = connection.sequences[partition];
    BatchTemplate::Copy copy{.correlation_id = static_cast<std::int32_t>(connection.sent),
                             .partition = static_cast<std::int32_t>(partition),
                             .producer_id = connection.producer_id,
                             .producer_epoch = connection.producer_epoch,
                             .sequence = sequence};
    if (options_.new_producer_each) {
      copy.producer_id += static_cast<std::int64_t>(connection.sent);
      copy.sequence = 0;
    }
    batch_.write_head(copy, connection.heads[slot]);
    sequence = codec::increment_sequence(sequence, batch_.records());
    connection.unwritten.push_back(as_iovec(connection.heads[slot]));
    connection.unwritten.push_back(as_iovec(batch_.body()));
    if (!batch_.tail().empty()) connection.unwritten.push_back(as_iovec(batch_.tail()));
    connection.began_ns[slot] = now_ns();
    ++connection.sent;
    ++outstanding_;
    --left_;
  }
}

void LoadLoop::flush(LoadConnection& connection) {
  while (connection.unwritten_at < connection.unwritten.size()) {
    msghdr message{};
    message.msg_iov = connection.unwritten.data() + connection.unwritten_at;
    message.msg_iovlen =
        std::min<std::size_t>(connection.unwritten.size() - connection.unwritten_at, 512);
    const ssize_t written = ::sendmsg(connection.socket, &message, MSG_NOSIGNAL);
    if (written < 0) {
      if (errno != EAGAIN) break;  // reading tells why
      return wait_for(connection, true);
    }
    for (auto left = static_cast<std::size_t>(written); left > 0;) {
      iovec& piece = connection.unwritten[connection.unwritten_at];
      const std::size_t part = std::min(left, piece.iov_len);
      piece.iov_base = static_cast<std::uint8_t*>(piece.iov_base) + part;
      piece.iov_len -= part;
      left -= part;
      if (piece.iov_len == 0) ++connection.unwritten_at;
    }
  }
  connection.unwritten.clear();
  connection.unwritten_at = 0;
  wait_for(connection, false);
}

void LoadLoop::wait_for(LoadConnection& connection, bool room_too) {
  if (connection.waits_for_room == room_too) return;
  connection.waits_for_room = room_too;
  epoll_event event{};
  event.events = room_too ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = &connection;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket, &event);
}

// False: the broker closed the connection.
bool LoadLoop::receive(LoadConnection& connection) {
  for (;;) {
    const ssize_t got = ::recv(connection.socket, connection.input.data() + connection.input_size,
                               connection.input.size() - connection.input_size, 0);
    if (got == 0) return false;
    if (got < 0) return errno == EAGAIN;
    connection.input_size += static_cast<std::size_t>(got);
    take_answers(connection);
    if (got < 4096) return true;
  }
}

void LoadLoop::take_answers(LoadConnection& connection) {
  const std::uint64_t now = now_ns();
  std::size_t at = 0;
  while (connection.input_size - at >= 4) {
    const std::uint8_t* frame = connection.input.data() + at;
    const std::size_t size = codec::detail::load<std::uint32_t>(frame);
    if (connection.input_size - at < 4 + size) break;
    const std::int16_t error = options_.answers_are_canned
                                   ? std::int16_t{0}
                                   : error_in_response(frame + 4, size, batch_.version());
    if (error != 0) {
      ++totals_.errors[error];
    } else {
      ++totals_.acknowledged;
    }
    totals_.latency.add(now -
                        connection.began_ns[connection.answered % options_.requests_in_flight]);
    ++connection.answered;
    --outstanding_;
    at += 4 + size;
  }
  std::memmove(connection.input.data(), connection.input.data() + at, connection.input_size - at);
  connection.input_size -= at;
}

}  // namespace understudy::bench
