// bench_sink: the floor. Reads frames and answers each with as many bytes as a Produce response
// has, which carry the correlation id and nothing else. It understands nothing. What it does with
// the bytes:
//   trunc  drops them inside the kernel, without a copy to user space
//   crc    copies them to memory that it keeps (a ring) and takes a CRC-32C over them: the least
//          that a broker in memory has to do
//   file   that, and appends them to a file (page cache, no sync)
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "bench/handshake.h"
#include "codec/crc32c.h"
#include "codec/record_batch.h"

namespace {

using namespace understudy;

enum class Mode { kTrunc, kCrc, kFile };

struct Arguments {
  std::string listen = "127.0.0.1:29200";
  Mode mode = Mode::kTrunc;
  double keep_bytes = 64e6;
  std::size_t answer_size = 60;
  std::string file = "sink.log";
};

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Connection {
  int socket = -1;
  std::array<std::uint8_t, 12> head = {};  // size, API key, version, correlation id
  std::size_t have = 0;                    // of the frame, its size included
  std::size_t total = 0;                   // 0: not known yet
  std::vector<std::uint8_t> unwritten = {};
  bool waits_for_room = false;
};

class Sink {
 public:
  explicit Sink(const Arguments& arguments);
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  [[noreturn]] void run();

 private:
  static constexpr std::size_t kHeadSize = 12;
  static constexpr std::size_t kReadSize = 256u << 10;
  static constexpr int kReadsPerTurn = 16;
  static constexpr std::size_t kWorthDropping = 4096;

  void watch(int socket, Connection* connection, int operation, std::uint32_t events) const;
  void accept_all() const;
  bool serve(Connection& connection);
  ssize_t drop(Connection& connection) const;
  ssize_t take(Connection& connection);
  void keep(const std::uint8_t* bytes, std::size_t size);
  void find_frames(Connection& connection, const std::uint8_t* bytes, std::size_t size) const;
  void advance(Connection& connection, std::size_t size) const;
  bool write(Connection& connection) const;

  const Mode mode_;
  const std::size_t ring_size_;
  const std::size_t answer_size_;
  std::uint8_t* ring_ = nullptr;
  std::size_t ring_at_ = 0;
  std::uint32_t checksum_ = 0;  // over everything: the work cannot be left out
  int file_ = -1;
  int listener_;
  int epoll_;
};

Sink::Sink(const Arguments& arguments)
    : mode_(arguments.mode),
      ring_size_(std::max(static_cast<std::size_t>(arguments.keep_bytes), kReadSize)),
      answer_size_(arguments.answer_size),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  void* memory = mmap(nullptr, ring_size_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  ring_ = static_cast<std::uint8_t*>(memory);
  if (mode_ == Mode::kFile) {
    file_ = ::open(arguments.file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (file_ < 0) fail(arguments.file);
  }
  const sockaddr_in address = bench::ipv4_address(arguments.listen);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 ||
      ::listen(listener_, 4096) < 0) {
    fail(arguments.listen);
  }
  watch(listener_, nullptr, EPOLL_CTL_ADD, EPOLLIN);
}

void Sink::run() {
  std::array<epoll_event, 256> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection == nullptr) {
        accept_all();
      } else if (!serve(*connection)) {
        ::close(connection->socket);
        delete connection;
      }
    }
  }
}

void Sink::watch(int socket, Connection* connection, int operation, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = connection;
  epoll_ctl(epoll_, operation, socket, &event);
}

void Sink::accept_all() const {
  for (;;) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(socket, new Connection{.socket = socket}, EPOLL_CTL_ADD, EPOLLIN);
  }
}

// False: the connection is closed.
bool Sink::serve(Connection& connection) {
  for (int reads = 0; reads < kReadsPerTurn; ++reads) {
    const bool drops = mode_ == Mode::kTrunc && connection.total > connection.have + kWorthDropping;
    const ssize_t got = drops ? drop(connection) : take(connection);
    if (got == 0) return false;
    if (got < 0) break;
    if (mode_ != Mode::kTrunc && got < static_cast<ssize_t>(kReadSize)) break;  // all there was
  }
  return write(connection);
}

ssize_t Sink::drop(Connection& connection) const {
  const ssize_t got =
      ::recv(connection.socket, ring_, connection.total - connection.have, MSG_TRUNC);
  if (got > 0) advance(connection, static_cast<std::size_t>(got));
  return got;
}

// One read is the rest of a frame and whatever follows it.
ssize_t Sink::take(Connection& connection) {
  std::size_t wanted = kReadSize;
  if (mode_ == Mode::kTrunc) {  // not a byte more than the next head: the rest is to be dropped
    wanted = (connection.total != 0 ? connection.total : kHeadSize) - connection.have;
  }
  if (ring_at_ + wanted > ring_size_) ring_at_ = 0;
  std::uint8_t* bytes = ring_ + ring_at_;
  const ssize_t got = ::recv(connection.socket, bytes, wanted, 0);
  if (got <= 0) return got;
  const auto size = static_cast<std::size_t>(got);
  if (mode_ != Mode::kTrunc) keep(bytes, size);
  find_frames(connection, bytes, size);
  return got;
}

void Sink::keep(const std::uint8_t* bytes, std::size_t size) {
  ring_at_ += size;
  checksum_ = codec::crc32c(bytes, size, checksum_);
  if (mode_ == Mode::kFile && ::write(file_, bytes, size) != static_cast<ssize_t>(size)) {
    fail("write");
  }
}

void Sink::find_frames(Connection& connection, const std::uint8_t* bytes, std::size_t size) const {
  while (size > 0) {
    std::size_t part;
    if (connection.have < kHeadSize) {
      part = std::min(size, kHeadSize - connection.have);
      std::memcpy(connection.head.data() + connection.have, bytes, part);
    } else {
      part = std::min(size, connection.total - connection.have);
    }
    advance(connection, part);
    bytes += part;
    size -= part;
  }
}

void Sink::advance(Connection& connection, std::size_t size) const {
  connection.have += size;
  if (connection.total == 0 && connection.have == kHeadSize) {
    connection.total = 4 + codec::detail::load<std::uint32_t>(connection.head.data());
  }
  if (connection.total == 0 || connection.have < connection.total) return;
  const std::size_t at = connection.unwritten.size();
  connection.unwritten.resize(at + answer_size_);
  codec::detail::store(connection.unwritten.data() + at,
                       static_cast<std::uint32_t>(answer_size_ - 4));
  std::memcpy(connection.unwritten.data() + at + 4, connection.head.data() + 8, 4);
  connection.have = 0;
  connection.total = 0;
}

bool Sink::write(Connection& connection) const {
  if (connection.unwritten.empty()) return true;
  const ssize_t written = ::send(connection.socket, connection.unwritten.data(),
                                 connection.unwritten.size(), MSG_NOSIGNAL);
  if (written < 0 && errno != EAGAIN) return false;
  connection.unwritten.erase(connection.unwritten.begin(),
                             connection.unwritten.begin() + std::max<ssize_t>(written, 0));
  const bool is_done = connection.unwritten.empty();
  if (is_done == connection.waits_for_room) {
    connection.waits_for_room = !is_done;
    watch(connection.socket, &connection, EPOLL_CTL_MOD, is_done ? EPOLLIN : EPOLLIN | EPOLLOUT);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app("Answers every frame with a canned response, for the benchmark.");
  Arguments arguments;
  const std::map<std::string, Mode> modes = {
      {"trunc", Mode::kTrunc}, {"crc", Mode::kCrc}, {"file", Mode::kFile}};
  app.add_option("--listen", arguments.listen)->capture_default_str();
  app.add_option("--mode", arguments.mode)->transform(CLI::CheckedTransformer(modes));
  app.add_option("--keep", arguments.keep_bytes, "Memory that is written to, again and again")
      ->capture_default_str();
  app.add_option("--answer", arguments.answer_size)
      ->capture_default_str()
      ->check(CLI::Range(12, 4096));
  app.add_option("--file", arguments.file)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  Sink(arguments).run();
} catch (const std::exception& failure) {
  std::fprintf(stderr, "bench_sink: %s\n", failure.what());
  return 1;
}
