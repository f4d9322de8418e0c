#include "broker/server/connection_rate.h"

#include <algorithm>
#include <cmath>

namespace understudy::server {

std::int64_t ConnectionRate::record(std::int64_t now_ms) {
  const auto is_past = [&](const Window& window) {
    return (now_ms - window.last_ms) / options_.window_ms >= options_.window_count;
  };
  for (; !windows_.empty() && is_past(windows_.front()); windows_.pop_front()) {
    count_ -= windows_.front().count;
  }
  const bool is_new = windows_.empty() || now_ms - windows_.back().begin_ms >= options_.window_ms;
  if (is_new) windows_.push_back({.begin_ms = now_ms, .last_ms = now_ms, .count = 0});
  windows_.back().last_ms = now_ms;
  ++windows_.back().count;
  ++count_;

  const double over_ms = measured_ms(now_ms);
  const double rate = static_cast<double>(count_) * 1000 / over_ms;
  const auto limit = static_cast<double>(options_.per_second_max);
  if (rate <= limit) return 0;
  // Waiting so long without another one brings the rate down to the limit.
  const double wait_ms = (rate - limit) / limit * over_ms;
  const auto longest = static_cast<double>(options_.window_ms);
  return wait_ms < longest ? static_cast<std::int64_t>(std::llround(wait_ms)) : options_.window_ms;
}

// All windows but one count as if they had passed, so that the first connections are no burst.
double ConnectionRate::measured_ms(std::int64_t now_ms) const {
  const std::int64_t passed_ms = now_ms - windows_.front().begin_ms;
  const std::int64_t missing = options_.window_count - 1 - passed_ms / options_.window_ms;
  const double added_ms = static_cast<double>(std::max<std::int64_t>(missing, 0)) *
                          static_cast<double>(options_.window_ms);
  return std::max(static_cast<double>(passed_ms) + added_ms, 1.0);
}

}  // namespace understudy::server
