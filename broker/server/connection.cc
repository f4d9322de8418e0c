#include "broker/server/connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "broker/server/endpoint.h"
#include "broker/server/foreign_protocol.h"
#include "broker/server/logging.h"

namespace understudy::server {

Connection::Connection(ConnectionHost& host, broker::ConnectionId id, broker::NodeId node,
                       Socket socket, const Address& peer)
    : host_(host),
      id_(id),
      node_(node),
      socket_(std::move(socket)),
      peer_(peer),
      last_active_ms_(host.monotonic_ms()) {}

std::string Connection::describe() const {
  return to_string(peer_) + " (connection " + std::to_string(id_) + ", node " +
         std::to_string(node_) + ")";
}

void Connection::log_close(std::string_view reason) const {
  if (!logs(LogLevel::kWarn)) return;
  log(LogLevel::kWarn, "closing " + describe() + ": " + std::string(reason));
}

void Connection::start() {
  error_code ignored;  // a socket that refuses its options is broken; reading will fail
  ignored = socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  wait_for_input();
}

bool Connection::note_response(std::vector<wire::Slice> frame) {
  if (is_closing_ || is_closed_) return false;
  output_.push(std::move(frame));
  is_muted_ = false;
  return !is_working_;
}

bool Connection::note_nothing() {
  is_muted_ = false;
  return !is_working_ && !is_closed_;
}

bool Connection::note_close() {
  is_closing_ = true;
  return !is_working_ && !is_closed_;
}

void Connection::work() {
  if (is_closed_) return;
  is_working_ = true;
  deliver();
  write();
  // Writing may have made room for requests that were held back.
  while (may_deliver() && has_frame()) {
    deliver();
    write();
  }
  is_working_ = false;
  close_if_done();
}

bool Connection::has_frame() const {
  return input_.peek(host_.request_size_max()).state == wire::FrameState::kComplete;
}

bool Connection::may_deliver() const {
  return !is_muted_ && !is_closing_ && !is_closed_ && output_.size_bytes() <= kUnwrittenBytesMax;
}

bool Connection::may_read() const {
  if (has_ended_) return false;
  return is_muted_ ? !is_closing_ && !is_closed_ && input_.size() == 0 : may_deliver();
}

// Called when the socket is readable.
void Connection::read() {
  is_working_ = true;
  try {
    if (receive()) return work();
  } catch (const std::bad_alloc&) {
    log_close("there is no memory for its request");
  }
  is_working_ = false;
  abort();
}

// False if the socket is broken.
bool Connection::receive() {
  for (int reads = 0; reads < kReadsPerTurn && may_read(); ++reads) {
    const auto room = input_.room(host_.buffers(), host_.request_size_max());
    const ssize_t got = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
    if (got > 0) {
      last_active_ms_ = host_.monotonic_ms();
      input_.received(static_cast<std::size_t>(got));
      deliver();
    }
    input_.park(host_.buffers());
    if (got == 0) end_of_input();
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return false;
    if (got < static_cast<ssize_t>(room.size())) break;
  }
  return true;
}

// What was received before is still answered.
void Connection::end_of_input() {
  has_ended_ = true;
  if (is_muted_) host_.peer_finished(id_);
}

void Connection::deliver() {
  while (may_deliver()) {
    const wire::FramePeek frame = input_.peek(host_.request_size_max());
    switch (frame.state) {
      case wire::FrameState::kPrefixIncomplete:
      case wire::FrameState::kIncomplete:
        return;
      case wire::FrameState::kNegative:
      case wire::FrameState::kTooLarge:
        return refuse_frame(frame);
      case wire::FrameState::kComplete:
        is_muted_ = true;
        host_.deliver(id_, input_.take(frame));
        break;
    }
  }
}

void Connection::refuse_frame(const wire::FramePeek& frame) {
  is_closing_ = true;
  if (const auto foreign = foreign_protocol(frame.announced)) {
    return log_close("it sent " + std::string(*foreign) +
                     "; this port speaks Kafka's protocol, without TLS");
  }
  std::string reason =
      "its first four bytes announce a request of " + std::to_string(frame.announced) + " bytes";
  if (frame.state == wire::FrameState::kTooLarge) {
    reason += "; socket.request.max.bytes is " + std::to_string(host_.request_size_max());
  }
  log_close(reason);
}

void Connection::write() {
  if (is_closed_ || output_.empty()) return;
  const std::size_t before = output_.size_bytes();
  const OutputQueue::Status status = output_.write_to(socket_.native_handle());
  if (output_.size_bytes() != before) last_active_ms_ = host_.monotonic_ms();
  if (status == OutputQueue::Status::kFailed) {
    output_.clear();
    is_closing_ = true;
  }
}

void Connection::close_if_done() {
  if (has_ended_ && !is_muted_ && !has_frame()) is_closing_ = true;
  if (is_closing_ && output_.empty()) return close_socket();
  if (!output_.empty()) wait_for_output();
  if (may_read()) wait_for_input();
}

void Connection::abort() {
  if (is_closed_) return;
  output_.clear();
  is_closing_ = true;
  close_socket();
}

void Connection::close_socket() {
  is_closed_ = true;
  // Closing with unread bytes would send a reset, and a reset may overtake the last answer.
  const int socket = socket_.native_handle();
  ::shutdown(socket, SHUT_WR);
  for (int reads = 0; reads < 16; ++reads) {
    if (::recv(socket, nullptr, 1u << 20, MSG_DONTWAIT | MSG_TRUNC) <= 0) break;
  }
  error_code ignored;
  ignored = socket_.close(ignored);
  input_ = {};
  host_.closed(*this);
}

// Readiness is waited for, not bytes: a connection that waits holds no buffer.
void Connection::wait_for_input() {
  if (waits_for_input_) return;
  waits_for_input_ = true;
  ++waits_;
  socket_.async_wait(Socket::wait_read, [this](const error_code&) {
    waits_for_input_ = false;
    --waits_;
    if (!is_closed_) read();
    host_.finish_turn();
  });
}

void Connection::wait_for_output() {
  if (waits_for_output_) return;
  waits_for_output_ = true;
  ++waits_;
  socket_.async_wait(Socket::wait_write, [this](const error_code&) {
    waits_for_output_ = false;
    --waits_;
    work();
    host_.finish_turn();
  });
}

}  // namespace understudy::server
