#include "broker/server/loops.h"

#include <latch>
#include <system_error>

#include "broker/server/blocked_signals.h"
#include "wire/assert.h"

namespace understudy::server {

using broker::ConnectionId;
using broker::NodeId;

// What the threads of a standstill tell each other; the last one to go takes it away.
struct Loops::Standstill::Gate {
  explicit Gate(std::ptrdiff_t others) : arrived(others) {}
  std::latch arrived;
  std::latch opened{1};
};

Loops::Standstill::Standstill(Loops& all) {
  if (all.threads_.empty()) return;
  gate_ = std::make_shared<Gate>(static_cast<std::ptrdiff_t>(all.threads_.size()));
  for (std::size_t i = 1; i < all.loops_.size(); ++i) {
    asio::post(all.loops_[i]->io, [gate = gate_] {
      gate->arrived.count_down();
      gate->opened.wait();
    });
  }
  gate_->arrived.wait();
}

Loops::Standstill::~Standstill() {
  if (gate_ != nullptr) gate_->opened.count_down();
}

Loops::Entrance::Entrance(Loops& all, Loop& loop) : all_(all) {
  all.core_mutex_.lock();
  all.inside_ = &loop;
}

Loops::Entrance::~Entrance() {
  all_.inside_ = nullptr;
  all_.core_mutex_.unlock();
}

// One thread runs it; others only post.
Loops::Loop::Loop(Loops& loops, const broker::Clock& clock, const ConnectionNumbers& numbers)
    : all(loops), io(1), work(asio::make_work_guard(io)), network(io, clock, numbers) {}

void Loops::Loop::connected(ConnectionId connection, NodeId node) {
  const Entrance entrance(all, *this);
  all.handler_->connected(connection, node);
}

void Loops::Loop::receive(ConnectionId connection, wire::Slice frame) {
  const Entrance entrance(all, *this);
  all.handler_->receive(connection, std::move(frame));
}

void Loops::Loop::disconnected(ConnectionId connection) {
  const Entrance entrance(all, *this);
  all.handler_->disconnected(connection);
}

void Loops::Loop::turn_finished() {
  const Entrance entrance(all, *this);
  all.handler_->turn_finished();
}

Loops::Loops(std::size_t count, const broker::Clock& clock) {
  ASSERT(count > 0);
  for (std::size_t i = 0; i < count; ++i) {
    loops_.push_back(
        std::make_unique<Loop>(*this, clock, ConnectionNumbers{.first = i + 1, .step = count}));
  }
  std::vector<Network*> homes;
  homes.reserve(count);
  for (const auto& loop : loops_) homes.push_back(&loop->network);
  first_network().accept_for(std::move(homes));
}

// A socket of a later loop may wait in the first one's listener, which therefore goes first.
Loops::~Loops() {
  end_threads();
  while (!loops_.empty()) loops_.erase(loops_.begin());
}

std::optional<std::string> Loops::listen(NodeId node, const Endpoint& endpoint) {
  return first_network().listen(node, endpoint);
}

std::uint16_t Loops::port(NodeId node) const { return loops_.front()->network.port(node); }

std::optional<std::string> Loops::start(RequestHandler& handler, const NetworkOptions& options) {
  handler_ = &handler;
  for (const auto& loop : loops_) loop->network.start(*loop, options);
  const BlockedSignals blocked;  // they are for the thread that runs the first loop, or for others
  try {
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      threads_.emplace_back([&loop = *loops_[i]] { loop.io.run(); });
    }
    return std::nullopt;
  } catch (const std::system_error& error) {
    return "cannot start network thread " + std::to_string(threads_.size() + 2) + " of " +
           std::to_string(loops_.size()) + ": " + error.code().message();
  }
}

void Loops::run() {
  struct Ending {
    Loops& all;
    ~Ending() { all.end_threads(); }
  };
  const Ending ending{*this};
  block_broken_pipes();
  first_io().run();
}

void Loops::end() {
  for (const auto& loop : loops_) loop->io.stop();
}

void Loops::end_threads() {
  end();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Loops::respond(ConnectionId connection, std::vector<wire::Slice> frame) {
  say(connection, [connection, frame = std::move(frame)](Network& network) mutable {
    network.respond(connection, std::move(frame));
  });
}

void Loops::respond_nothing(ConnectionId connection) {
  say(connection, [connection](Network& network) { network.respond_nothing(connection); });
}

void Loops::close(ConnectionId connection, const std::string& reason) {
  say(connection, [connection, reason](Network& network) { network.close(connection, reason); });
}

Loops::Loop& Loops::home_of(ConnectionId connection) {
  return *loops_[static_cast<std::size_t>(connection - 1) % loops_.size()];
}

template <class Saying>
void Loops::say(ConnectionId connection, Saying saying) {
  Loop& home = home_of(connection);
  const bool is_here = inside_ == nullptr || inside_ == &home;
  if (is_here && home.mailbox.empty()) return saying(home.network);
  if (home.mailbox.empty()) asio::post(home.io, [this, &home] { read_mailbox(home); });
  home.mailbox.push_back(std::move(saying));
}

void Loops::read_mailbox(Loop& loop) {
  std::vector<std::function<void(Network&)>> sayings;
  {
    const std::lock_guard lock(core_mutex_);
    sayings = std::exchange(loop.mailbox, {});
  }
  for (const auto& saying : sayings) saying(loop.network);
  loop.network.finish_turn();
}

void Loops::drop_connections(std::optional<NodeId> node) {
  for (const auto& loop : loops_) loop->network.drop_connections(node);
}

void Loops::close_idle() {
  for (const auto& loop : loops_) loop->network.close_idle();
}

void Loops::stop() {
  for (const auto& loop : loops_) loop->network.stop();
}

std::size_t Loops::connection_count() const {
  std::size_t count = 0;
  for (const auto& loop : loops_) count += loop->network.connection_count();
  return count;
}

}  // namespace understudy::server
