// The broker's parts: what outlives a crash, and the life that does not.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "broker/core/broker.h"
#include "broker/core/dispatcher.h"
#include "broker/core/life.h"
#include "broker/core/request_clock.h"
#include "broker/core/sessions.h"

namespace understudy::broker {

class Broker::Impl {
 public:
  Impl(BrokerOptions options, const Clock& clock, Random& random, Storage& storage, Outbox& outbox);
  ~Impl() { end_life(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // One call into the core: waiters are woken at its end. While the broker is down there is nothing
  // to call.
  template <class Call>
  void call(const Call& call) {
    if (life_) life_->news.during([&] { call(*life_); });
  }

  void start();
  std::optional<std::string> restart(const std::optional<Crash>& crash);
  std::optional<std::string> restart_node(NodeId node, const std::optional<Crash>& crash);
  void receive(ConnectionId connection, const wire::Slice& frame);
  void disconnected(ConnectionId connection);

  const std::optional<std::string>& failure() const { return failure_; }
  std::optional<Life>& life() { return life_; }
  Sessions& sessions() { return sessions_; }
  Controls& controls() { return controls_; }

 private:
  void end_life();
  bool damage(const Crash& crash);
  void record_restart(NodeId node, const std::optional<Crash>& crash);

  const BrokerOptions options_;
  const ServedApis apis_;
  RequestClock clock_;
  Random& random_;
  Storage& storage_;
  Outbox& outbox_;
  Sessions sessions_;
  Faults faults_;
  Events events_;
  std::optional<std::string> failure_;
  std::optional<Life> life_;
  Dispatcher dispatcher_;
  Controls controls_;
};

}  // namespace understudy::broker
