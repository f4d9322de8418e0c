// What happens when, in a world whose time is a number.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "broker/base/clock.h"

namespace understudy::simulation {

class Agenda {
 public:
  const broker::Clock& clock() const { return clock_; }
  // By the clock that never goes back.
  std::int64_t now_ms() const { return clock_.monotonic_ms(); }
  // What the machine's clock shows, to the broker and to its clients.
  std::int64_t wall_ms() const { return clock_.wall_ms(); }
  void set_wall(std::int64_t ms) { clock_.set_wall(ms); }

  // Things of the same time happen in the order of their entry.
  void at(std::int64_t at_ms, std::function<void()> action) {
    entries_.emplace(std::pair{at_ms, ++last_number_}, std::move(action));
  }
  void in(std::int64_t delay_ms, std::function<void()> action) {
    at(now_ms() + delay_ms, std::move(action));
  }

  std::optional<std::int64_t> next_ms() const {
    if (entries_.empty()) return std::nullopt;
    return entries_.begin()->first.first;
  }

  // Time never goes back: what is late happens now.
  void advance_to(std::int64_t at_ms) {
    if (at_ms > now_ms()) clock_.advance(at_ms - now_ms());
  }
  void run_next() {
    auto entry = entries_.extract(entries_.begin());
    advance_to(entry.key().first);
    entry.mapped()();
  }

 private:
  broker::ManualClock clock_;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::function<void()>> entries_;
  std::uint64_t last_number_ = 0;
};

}  // namespace understudy::simulation
