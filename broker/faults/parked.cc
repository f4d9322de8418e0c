#include "broker/faults/parked.h"

namespace understudy::broker {

void Parked::run_later(NodeId node, const FaultPlan& plan, std::function<void()> action) {
  const Number number = ++last_number_;
  const bool is_held = plan.hold != 0 && faults_.contains(plan.hold);
  waiting_.emplace(number, Waiting{node, is_held ? plan.hold : 0, std::move(action)});
  if (is_held) return;
  timers_.at(clock_.monotonic_ms() + plan.delay_ms, [this, number] { run(number); });
}

// In the order of their arrival. An action may park another one, or be the end of one.
void Parked::release(Faults::RuleId rule) {
  release_if([&](const Waiting& waiting) { return waiting.rule == rule; });
}

void Parked::release_all() {
  release_if([](const Waiting& waiting) { return waiting.rule != 0; });
}

template <class Condition>
void Parked::release_if(const Condition& condition) {
  std::vector<Number> released;
  for (const auto& [number, waiting] : waiting_) {
    if (condition(waiting)) released.push_back(number);
  }
  for (const Number number : released) run(number);
}

void Parked::drop(NodeId node) {
  std::erase_if(waiting_, [&](const auto& one) { return one.second.node == node; });
}

void Parked::run(Number number) {
  auto parked = waiting_.extract(number);
  if (!parked.empty()) parked.mapped().action();
}

}  // namespace understudy::broker
