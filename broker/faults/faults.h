// The rules in force, asked at each seam. Without rules a seam costs one comparison.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/faults/rule.h"

namespace understudy::broker {

class Faults {
 public:
  using RuleId = std::uint64_t;  // never 0

  Faults(const Clock& clock, Timers& timers) : clock_(clock), timers_(timers) {}

  // Asserts that the rule is valid; ask why_invalid() first.
  RuleId add(Rule rule);
  // What the rule holds goes on.
  void remove(RuleId id);
  void clear();
  bool empty() const { return rules_.empty(); }

  // How often the rule has struck; it is known even after its removal.
  std::uint64_t hits(RuleId id) const;

  // Lets go what the rule holds now. What it strikes later is held again.
  void release(RuleId id);

  // The actions of all rules that strike at this seam, in the order of their making. `subject` is
  // the batch at the append seams; at the others the request's own subjects are matched.
  struct Strike {
    RuleId rule;
    Action action;
  };
  std::vector<Strike> strikes(Seam seam, const Request& request, const RequestSubject* subject);

  // Notes in the plan what a strike does to the way of a request or its response: delay, hold,
  // drop, cut. Nothing for actions that change the answer itself.
  static void note_in(const Strike& strike, FaultPlan& plan);

  // Runs `action` after a delay, or when the rule lets go.
  void run_later(std::int64_t delay_ms, RuleId held_by, std::function<void()> action);

  // What was held or delayed so far never goes on: whoever it belonged to is gone.
  void drop_parked();

  void on_hit(std::function<void(RuleId)> listener) { listener_ = std::move(listener); }

 private:
  struct Entry {
    Rule rule;
    std::vector<std::function<void()>> held;
  };

  static bool matches(const Match& match, const Request& request, const RequestSubject* subject);
  static bool matches_subject(const Match& match, const RequestSubject& subject);

  const Clock& clock_;
  Timers& timers_;
  std::map<RuleId, Entry> rules_;
  std::map<RuleId, std::uint64_t> hits_;
  std::function<void(RuleId)> listener_;
  RuleId last_id_ = 0;
  std::uint64_t generation_ = 0;  // counts drop_parked()
};

}  // namespace understudy::broker
