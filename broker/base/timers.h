// Deadlines in order. A timer runs when Timers::run_due() is called at or after its time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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

  Id at(std::int64_t at_ms, std::function<void()> action) {
    const Id id{at_ms, ++last_number_};
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
  std::map<Id, std::function<void()>> timers_;
  std::uint64_t last_number_ = 0;
};

}  // namespace understudy::broker
