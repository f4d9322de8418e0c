// All checkers of a run. Finds the request that an answer belongs to, so that a checker need not.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "simulation/checks/checker.h"
#include "simulation/findings.h"

namespace understudy::simulation {

class Checkers {
 public:
  explicit Checkers(Findings& findings) : findings_(findings) {}

  // They are told in the order in which they were added.
  void add(std::unique_ptr<Checker> checker) { checkers_.push_back(std::move(checker)); }

  void request(const Request& request);
  void answer(ConnectionId connection, const wire::Slice& frame);
  void disconnected(ConnectionId connection);

  void event(const broker::Event& event) {
    for (const auto& checker : checkers_) checker->event(event);
  }
  void befell(const Blow& blow) {
    for (const auto& checker : checkers_) checker->befell(blow);
  }
  void recovered() {
    for (const auto& checker : checkers_) checker->recovered();
  }
  void time_passed() {
    for (const auto& checker : checkers_) checker->time_passed();
  }
  void look() {
    for (const auto& checker : checkers_) checker->look();
  }
  void at_rest() {
    for (const auto& checker : checkers_) checker->at_rest();
  }
  void end() {
    for (const auto& checker : checkers_) checker->end();
  }

 private:
  Findings& findings_;
  std::vector<std::unique_ptr<Checker>> checkers_;
  std::map<ConnectionId, Request> in_flight_;
};

}  // namespace understudy::simulation
