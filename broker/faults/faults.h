// The rules in force, asked at each seam. Without rules a seam costs one comparison.
//
// Rules outlive a crash of the broker; the requests that they delay or hold do not: those are
// parked (faults/parked.h).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "broker/base/request.h"
#include "broker/faults/rule.h"

namespace understudy::broker {

class Faults {
 public:
  using RuleId = std::uint64_t;  // never 0

  // Asserts that the rule is valid; ask why_invalid() first.
  RuleId add(Rule rule);
  // The caller also releases the requests that it holds (Parked::release).
  void remove(RuleId id) { rules_.erase(id); }
  void clear() { rules_.clear(); }
  bool empty() const { return rules_.empty(); }
  bool contains(RuleId id) const { return rules_.contains(id); }
  // Whether a rule asks for groups, members or transactional ids.
  bool use_names() const;

  // How often the rule has struck; it is known even after its removal.
  std::uint64_t hits(RuleId id) const;

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

 private:
  static bool matches(const Match& match, const Request& request, const RequestSubject* subject);
  static bool matches_names(const Match& match, const RequestNames& names);
  static bool matches_subject(const Match& match, const RequestSubject& subject);

  std::map<RuleId, Rule> rules_;
  std::map<RuleId, std::uint64_t> hits_;
  RuleId last_id_ = 0;
};

}  // namespace understudy::broker
