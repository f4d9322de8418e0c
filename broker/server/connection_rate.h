// How many connections arrive in a second, and how long the next one has to wait for it.
//
// Kafka's Rate over samples, with QuotaUtils.boundedThrottleTime.
#pragma once

#include <cstdint>
#include <deque>

namespace understudy::server {

class ConnectionRate {
 public:
  struct Options {
    std::int64_t per_second_max = INT32_MAX;
    std::int64_t window_count = 11;  // quota.window.num
    std::int64_t window_ms = 1000;   // quota.window.size.seconds
    bool operator==(const Options&) const = default;
  };

  // The limit may change at any time; what has been counted stays.
  void configure(const Options& options) { options_ = options; }

  // Counts a connection. How long it has to wait in ms, at most one window.
  std::int64_t record(std::int64_t now_ms);

 private:
  struct Window {
    std::int64_t begin_ms = 0;
    std::int64_t last_ms = 0;
    std::int64_t count = 0;
  };

  double measured_ms(std::int64_t now_ms) const;

  Options options_;
  std::deque<Window> windows_;  // oldest first
  std::int64_t count_ = 0;      // of all of them
};

}  // namespace understudy::server
