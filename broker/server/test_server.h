// For the edge's own tests: a loop on its own thread whose handler does what a test says, and a
// client that speaks bytes.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "broker/server/network.h"
#include "broker/server/system_clock.h"

namespace understudy::server {

// Requests are texts. "park ..." is not answered until release() or a request "release"; "close
// ..." closes after the answer; "nothing" gets no answer; "big N" is answered with N bytes;
// everything else comes back.
class TestHandler : public RequestHandler {
 public:
  explicit TestHandler(broker::Outbox& outbox) : outbox_(outbox) {}

  void connected(broker::ConnectionId id, const Peer& peer) override { open_[id] = peer; }
  void disconnected(broker::ConnectionId id) override {
    open_.erase(id);
    parked_.erase(id);
    ++disconnected_;
  }
  void turn_finished() override {}
  // Answers "park short ..." at once.
  void peer_finished(broker::ConnectionId id) override {
    const auto found = parked_.find(id);
    if (found == parked_.end() || !found->second.view().starts_with("park short")) return;
    const auto node = parked_.extract(found);
    answer(id, std::string(node.mapped().view()));
  }

  void receive(broker::ConnectionId id, wire::Slice frame) override {
    EXPECT_FALSE(is_inside_) << "a call of the outbox led back into the core";
    EXPECT_FALSE(parked_.contains(id))
        << "a request was delivered before the last one was answered";
    is_inside_ = true;
    received_.emplace_back(frame.view());
    const std::string text(frame.view());
    if (text.starts_with("park")) {
      parked_[id] = frame;
    } else if (text == "nothing") {
      outbox_.respond_nothing(id);
    } else if (text.starts_with("big ")) {
      answer(id, std::string(std::stoul(text.substr(4)), 'x'));
    } else {
      answer(id, text);
      if (text.starts_with("close")) outbox_.close(id, "the test wants it");
      if (text == "release") release();
    }
    is_inside_ = false;
  }

  void release() {
    for (const auto& [id, frame] : std::exchange(parked_, {}))
      answer(id, std::string(frame.view()));
  }

  // In two slices: the edge must gather them.
  void answer(broker::ConnectionId id, const std::string& text) {
    const auto size = wire::big_endian(static_cast<std::int32_t>(text.size()));
    std::string prefix(sizeof size, '\0');
    std::memcpy(prefix.data(), &size, sizeof size);
    outbox_.respond(id, {wire::Slice::copy_of(prefix), wire::Slice::copy_of(text)});
  }

  const std::vector<std::string>& received() const { return received_; }
  const std::map<broker::ConnectionId, Peer>& open() const { return open_; }
  int disconnected_count() const { return disconnected_; }
  std::size_t parked_count() const { return parked_.size(); }

 private:
  broker::Outbox& outbox_;
  std::map<broker::ConnectionId, Peer> open_;
  std::map<broker::ConnectionId, wire::Slice> parked_;
  std::vector<std::string> received_;
  int disconnected_ = 0;
  bool is_inside_ = false;
};

class TestServer {
 public:
  explicit TestServer(const NetworkOptions& options = {}, const std::string& host = "127.0.0.1")
      : network_(io_, clock_), handler_(network_), work_(asio::make_work_guard(io_)) {
    const auto failure = network_.listen(1, {host, 0});
    EXPECT_EQ(failure.value_or(""), "");
    network_.start(handler_, options);
    thread_ = std::thread([this] { io_.run(); });
  }
  // What would throw here ends the test, and may. NOLINTNEXTLINE(bugprone-exception-escape)
  ~TestServer() {
    call([](Network& network, TestHandler&) { network.stop(); });
    io_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return network_.port(1); }

  template <class Action>
  std::invoke_result_t<Action, Network&, TestHandler&> call(Action action) {
    std::packaged_task<std::invoke_result_t<Action, Network&, TestHandler&>()> task(
        [&] { return action(network_, handler_); });
    auto result = task.get_future();
    asio::post(io_, [task = std::move(task)]() mutable { task(); });
    return result.get();
  }
  std::vector<std::string> received() {
    return call([](Network&, TestHandler& handler) { return handler.received(); });
  }
  void release() {
    call([](Network& network, TestHandler& handler) {
      handler.release();
      network.finish_turn();
    });
  }
  void advance_clock(std::int64_t ms) {
    call([&](Network& network, TestHandler&) {
      clock_.advance(ms);
      network.look_at_clock();
    });
  }
  // Turns the loop until `condition` holds; the loop is busy meanwhile, as nothing else is wanted
  // of it.
  template <class Condition>
  void wait_until(Condition condition) {
    while (!call(condition)) std::this_thread::yield();
  }

 private:
  asio::io_context io_;
  broker::ManualClock clock_;
  Network network_;
  TestHandler handler_;
  asio::executor_work_guard<Executor> work_;
  std::thread thread_;
};

inline std::string framed(std::string_view text) {
  const auto size = wire::big_endian(static_cast<std::int32_t>(text.size()));
  std::string frame(sizeof size, '\0');
  std::memcpy(frame.data(), &size, sizeof size);
  return frame.append(text);
}

class TestClient {
 public:
  // A small receive buffer makes a slow reader of us.
  explicit TestClient(std::uint16_t port, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    // A test that goes wrong ends with a message, not by hanging.
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() { ::close(socket_); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // False if the peer closed before it had all.
  bool send_unless_closed(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  // As much as the machine takes at once; returns how much that was.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  // Of our end.
  std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    return ntohs(address.sin_port);
  }
  void request(std::string_view text) { send(framed(text)); }
  void half_close() { ::shutdown(socket_, SHUT_WR); }

  // Exactly so many bytes; fewer if the peer closes before.
  std::string read(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got = ::recv(socket_, bytes.data() + have, size - have, 0);
      if (got < 0) ADD_FAILURE() << "nothing came: " << std::strerror(errno);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }
  std::string answer() {
    const std::string prefix = read(4);
    if (prefix.size() < 4) return "(closed)";
    std::int32_t size;
    std::memcpy(&size, prefix.data(), sizeof size);
    return read(static_cast<std::size_t>(wire::big_endian(size)));
  }
  // True if the peer closes and sends nothing before.
  bool sees_close() {
    char byte;
    return ::recv(socket_, &byte, 1, 0) == 0;
  }

 private:
  int socket_;
};

}  // namespace understudy::server
