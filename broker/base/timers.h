// Deadlines in order, by the monotonic clock. A timer runs at the first run_due() from its time on.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace understudy::broker {

class Timers {
 public:
  // Names one timer; a default-constructed id names none.
  struct Id {
    std::int64_t at_ms = 0;
    std::uint64_t number = 0;
    auto operator<=>(const Id&) const = default;
  };

  class Scope;

  Id at(std::int64_t at_ms, std::function<void()> action) {
    const Id id = next_id(at_ms);
    timers_.emplace(id, std::move(action));
    return id;
  }
  void cancel(Id id) { timers_.erase(id); }

  std::optional<std::int64_t> next_deadline_ms() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.at_ms;
  }

  // Runs what is due, in the order of the times and, at the same time, of their making. A timer
  // that an action sets for now or earlier runs in the same call.
  void run_due(std::int64_t now_ms) {
    while (!timers_.empty() && timers_.begin()->first.at_ms <= now_ms) {
      auto node = timers_.extract(timers_.begin());
      node.mapped()();
    }
  }

 private:
  Id next_id(std::int64_t at_ms) { return {at_ms, ++last_number_}; }

  std::map<Id, std::function<void()>> timers_;
  std::uint64_t last_number_ = 0;
};

// The timers of one owner: those that have not run yet are cancelled when it goes. So an action may
// use its owner without asking whether it still exists.
class Timers::Scope {
 public:
  explicit Scope(Timers& timers) : timers_(timers) {}
  ~Scope() { cancel_all(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  Id at(std::int64_t at_ms, std::function<void()> action) {
    const Id id = timers_.next_id(at_ms);
    pending_.insert(id);
    // The action may destroy the scope: nothing of it is touched afterwards.
    timers_.timers_.emplace(id, [this, id, action = std::move(action)] {
      pending_.erase(id);
      action();
    });
    return id;
  }
  void cancel(Id id) {
    if (pending_.erase(id) > 0) timers_.cancel(id);
  }
  void cancel_all() {
    for (const Id id : pending_) timers_.cancel(id);
    pending_.clear();
  }
  std::size_t size() const { return pending_.size(); }

 private:
  Timers& timers_;
  std::set<Id> pending_;
};

}  // namespace understudy::broker
