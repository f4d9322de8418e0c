// A whole cluster: sockets, real time and files around the core.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/cluster/changes.h"
#include "broker/cluster/cluster.h"
#include "broker/core/broker.h"
#include "broker/log/crash.h"
#include "broker/log/storage.h"
#include "broker/server/connection_limits.h"
#include "broker/server/descriptor_shares.h"
#include "broker/server/file_storage.h"
#include "broker/server/network.h"
#include "broker/server/system_clock.h"

namespace understudy::server {

using broker::TopicSpec;

inline constexpr std::int32_t kNodesMax = 1000;

// What is wrong with the first bad broker property, in a sentence; nothing if all is well. Unlike
// Kafka a name that is not known is refused: in a test it is a typing mistake.
std::optional<std::string> why_refused(const broker::Profile& profile,
                                       const broker::ConfigMap& overrides);

struct RuntimeOptions {
  broker::Profile profile = broker::Profile::newest();
  std::int32_t node_count = 1;
  // One for all nodes (node n takes the n-th port from there on, or each a free one if the port is
  // 0), or one per node.
  std::vector<Endpoint> listen = {{"127.0.0.1", 0}};
  // The addresses that clients get: nothing (what is listened on), one for all nodes, or one per
  // node, by the same rule; port 0 stands for the port that is listened on.
  std::vector<Endpoint> advertise;
  // Where everything is stored; empty: all data is gone with the process.
  std::string data_dir;
  Durability durability = Durability::kPageCache;
  std::vector<std::string> racks;  // of each node; empty: that of the property broker.rack, if any
  broker::ConfigMap overrides;     // broker properties; why_refused() has nothing against them
  std::optional<std::uint64_t> seed;
  SystemClock::Motion clock = SystemClock::Motion::kReal;
};

// Why the racks cannot be those of the nodes, in a sentence; nothing if all is well.
std::optional<std::string> why_racks_unfit(const RuntimeOptions& options);

class Runtime : private RequestHandler {
 public:
  explicit Runtime(RuntimeOptions options);
  ~Runtime() override;

  // Binds the ports and makes the core; clients are answered once run() runs. On failure says why
  // in a sentence, and nothing else may be called.
  std::optional<std::string> start();

  // "host:port[,host:port...]", one per node, as clients get them.
  std::string bootstrap() const;
  std::uint64_t seed() const { return seed_; }

  // Serves until stop(). One thread serves everything: the core is never entered by two. False: the
  // storage could not be closed cleanly.
  bool run();
  // From any thread, once. With a data_dir this is a clean stop of the storage.
  void stop();

  // What an action returned, or the exception that it threw.
  template <class Value>
  using Outcome = std::variant<std::conditional_t<std::is_void_v<Value>, std::monostate, Value>,
                               std::exception_ptr>;

  // Runs `action` soon, on the thread that runs run(), and hands its outcome to `done` there, when
  // what the core said is acted upon. From any thread. Neither is called once run() has returned.
  template <class Action, class Done>
  void ask_later(Action action, Done done) {
    asio::post(io_, [this, action = std::move(action), done = std::move(done)]() mutable {
      auto outcome = outcome_of(action);
      network_.finish_turn();
      done(std::move(outcome));
    });
  }

  // Runs `action` on the thread that runs run(), and returns what it returns, or throws what it
  // throws. From any other thread, while run() runs.
  template <class Action>
  std::invoke_result_t<Action> call(Action action) {
    using Value = std::invoke_result_t<Action>;
    // Not std::packaged_task: an exception would be released on both threads.
    std::promise<Outcome<Value>> promise;
    auto result = promise.get_future();
    ask_later(std::ref(action), [promise = std::move(promise)](Outcome<Value> outcome) mutable {
      promise.set_value(std::move(outcome));
    });
    Outcome<Value> outcome = result.get();
    if (outcome.index() == 1) std::rethrow_exception(std::get<1>(std::move(outcome)));
    if constexpr (!std::is_void_v<Value>) return std::get<0>(std::move(outcome));
  }

  // The rest belongs to an action of call() (or to any thread before run()).
  broker::Broker& broker() { return *broker_; }
  void advance_clock(std::int64_t ms);
  // As if the machine's clock were set, forward or back.
  void shift_wall_clock(std::int64_t ms) { clock_.shift_wall(ms); }
  std::int64_t wall_ms() const { return clock_.wall_ms(); }
  // Without notice; of all nodes if none is named.
  void drop_connections(std::optional<broker::NodeId> node);
  std::size_t connection_count() const { return network_.connection_count(); }
  // Stops and starts again, cleanly or by a crash; all nodes, or one alone. The connections are
  // closed without notice, the ports stay. Why it could not come up again; nothing if all is well.
  std::optional<std::string> restart(const std::optional<broker::Crash>& crash,
                                     std::optional<broker::NodeId> node);
  // Something was changed from outside: the turn counts as one that did something.
  void mark_active() { was_active_ = true; }
  // Called after every turn in which the core was given something to do.
  void on_activity(std::function<void()> listener) { activity_listener_ = std::move(listener); }
  asio::io_context& io() { return io_; }

 private:
  void connected(broker::ConnectionId connection, const Peer& peer) override;
  void receive(broker::ConnectionId connection, wire::Slice frame) override;
  void peer_finished(broker::ConnectionId connection) override;
  void disconnected(broker::ConnectionId connection) override;
  void turn_finished() override;

  template <class Action>
  static Outcome<std::invoke_result_t<Action&>> outcome_of(Action& action) {
    Outcome<std::invoke_result_t<Action&>> outcome(std::in_place_index<1>, nullptr);
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Action&>>) {
        action();
        outcome.template emplace<0>();
      } else {
        outcome.template emplace<0>(action());
      }
    } catch (...) {
      outcome.template emplace<1>(std::current_exception());
    }
    return outcome;
  }

  std::optional<std::string> open_storage();
  std::optional<std::string> listen();
  std::optional<std::string> why_hosts_unknown(const broker::BrokerConfig& of_overrides);
  // The nodes' limits of connections, if anything was configured since they were last set. Hosts
  // that nobody knows are left out and logged.
  void follow_configs();
  std::vector<broker::Node> advertised_nodes() const;
  void arm_deadline_timer();
  void resign();

  const RuntimeOptions options_;
  DescriptorShares shares_;
  const std::uint64_t seed_;
  SystemClock clock_;
  broker::Random random_;
  // One thread runs it, others only post. Without the work it would end in a moment in which
  // nothing is waited for.
  asio::io_context io_{1};
  asio::executor_work_guard<Executor> work_{io_.get_executor()};
  Network network_;
  LimitedHosts limited_hosts_;
  std::unique_ptr<broker::Storage> storage_;  // its threads post to io_
  std::unique_ptr<broker::Broker> broker_;
  std::vector<broker::Node> nodes_;
  std::shared_ptr<const broker::BrokerConfig> followed_config_;  // of the first node
  Timer deadline_timer_;
  std::optional<std::int64_t> armed_deadline_ms_;
  std::function<void()> activity_listener_;
  bool was_active_ = false;
  bool is_closed_cleanly_ = false;
};

}  // namespace understudy::server
