// Requests and answers that faults delay or hold. They are lost with the process that received
// them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/ids.h"
#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/faults/faults.h"

namespace understudy::broker {

class Parked {
 public:
  Parked(const Faults& faults, const Clock& clock, Timers& timers)
      : faults_(faults), clock_(clock), timers_(timers) {}

  // Runs `action` as the plan of a node's request says: when the rule that holds it releases it,
  // else after the delay.
  void run_later(NodeId node, const FaultPlan& plan, std::function<void()> action);

  // Runs what the rule holds now; what it strikes later is held again.
  void release(Faults::RuleId rule);
  void release_all();

  // The node has died, and with it what it had received.
  void drop(NodeId node);

 private:
  using Number = std::uint64_t;
  struct Waiting {
    NodeId node;
    Faults::RuleId rule;  // 0: waits for its time
    std::function<void()> action;
  };

  template <class Condition>
  void release_if(const Condition& condition);
  void run(Number number);

  const Faults& faults_;
  const Clock& clock_;
  Timers::Scope timers_;
  std::map<Number, Waiting> waiting_;
  Number last_number_ = 0;
};

}  // namespace understudy::broker
