// The threads that serve connections, and the one core they share.
//
// As Kafka's network threads (num.network.threads): each owns its connections, and receives, sends
// and finds frames by itself. The core is entered by one thread at a time, so that what it decides
// has one order, whatever their number. What it says to a connection of another thread goes there
// by a mailbox, in the order in which it was said.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "broker/base/outbox.h"
#include "broker/server/asio.h"
#include "broker/server/network.h"

namespace understudy::server {

class Loops : public broker::Outbox {
 public:
  Loops(std::size_t count, const broker::Clock& clock);
  ~Loops() override;

  // As those of Network; the first loop accepts for all of them, in turn.
  std::optional<std::string> listen(broker::NodeId node, const Endpoint& endpoint);
  std::uint16_t port(broker::NodeId node) const;
  // The handler is called by one thread at a time, once run() runs. Why a loop cannot have a thread
  // of its own; nothing if all is well.
  std::optional<std::string> start(RequestHandler& handler, const NetworkOptions& options);

  // Runs the first loop on this thread, which accepts connections for all, until end(). When it
  // returns, the other threads have ended too: the handler is not called any more.
  void run();
  // On the first loop's thread.
  void end();

  // Outbox. Called by the core only, while it is entered.
  void respond(broker::ConnectionId connection, std::vector<wire::Slice> frame) override;
  void respond_nothing(broker::ConnectionId connection) override;
  void close(broker::ConnectionId connection, const std::string& reason) override;

  // Soon, on the first loop's thread, with the core entered; afterwards what the core said is acted
  // upon. From any thread.
  template <class Action>
  void post(Action action) {
    asio::post(first_io(), [this, action = std::move(action)]() mutable { enter(action); });
  }
  // At once, with the core entered. To be called on the first loop's thread, in no turn of a
  // connection.
  template <class Action>
  void enter(Action&& action) {
    {
      const Entrance entrance(*this, *loops_.front());
      action();
    }
    first_network().finish_turn();
  }

  // Runs `action` while all the other threads stand still between two turns: everything may be
  // touched, the core and every connection. To be called on the first loop's thread, the core not
  // entered. What the action throws is thrown here.
  template <class Action>
  void alone(Action&& action) {
    const Standstill standstill(*this);
    for (const auto& loop : loops_) read_mailbox(*loop);
    action();
    for (const auto& loop : loops_) loop->network.finish_turn();
  }

  // Only while alone.
  void drop_connections(std::optional<broker::NodeId> node);
  void close_idle();
  // Closes listeners and connections for good.
  void stop();
  std::size_t connection_count() const;

  asio::io_context& first_io() { return loops_.front()->io; }

 private:
  // Hands what its connections say to the handler, one thread at a time.
  struct Loop : RequestHandler {
    Loop(Loops& all, const broker::Clock& clock, const ConnectionNumbers& numbers);

    void connected(broker::ConnectionId connection, broker::NodeId node) override;
    void receive(broker::ConnectionId connection, wire::Slice frame) override;
    void disconnected(broker::ConnectionId connection) override;
    void turn_finished() override;

    Loops& all;
    asio::io_context io;
    // Without this it would end in a moment in which nothing is waited for.
    asio::executor_work_guard<Executor> work;
    Network network;
    std::vector<std::function<void(Network&)>> mailbox;  // under the core's lock
  };

  // The core belongs to this loop's thread as long as it lives.
  class Entrance {
   public:
    Entrance(Loops& all, Loop& loop);
    Entrance(const Entrance&) = delete;
    Entrance& operator=(const Entrance&) = delete;
    ~Entrance();

   private:
    Loops& all_;
  };

  // The other loops' threads wait as long as it lives.
  class Standstill {
   public:
    explicit Standstill(Loops& all);
    Standstill(const Standstill&) = delete;
    Standstill& operator=(const Standstill&) = delete;
    ~Standstill();

   private:
    struct Gate;
    std::shared_ptr<Gate> gate_;
  };

  void end_threads();
  Network& first_network() { return loops_.front()->network; }
  Loop& home_of(broker::ConnectionId connection);
  template <class Saying>
  void say(broker::ConnectionId connection, Saying saying);
  void read_mailbox(Loop& loop);

  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;  // of all loops but the first
  RequestHandler* handler_ = nullptr;
  std::mutex core_mutex_;
  Loop* inside_ = nullptr;  // whose thread is in the core; none while alone
};

}  // namespace understudy::server
