// Time as the core sees it: handed in, so that a test or a simulation decides what time it is.
//
// Two readings, and no way to turn one into the other. A machine's clock is corrected, and a
// machine sleeps, while a broker runs.
#pragma once

#include <cstdint>

namespace understudy::broker {

class Clock {
 public:
  virtual ~Clock() = default;

  // The machine's clock: milliseconds since the Unix epoch. It may jump, in both directions. For
  // all that a client or a file sees, and for what is compared with timestamps: LogAppendTime, the
  // bounds of record timestamps, retention, compaction lags, the age of producers. To be read
  // whenever it is needed; no deadline may be computed from it.
  virtual std::int64_t wall_ms() const = 0;

  // Milliseconds that go by evenly and never back, since some moment. For what is measured here:
  // timers, deadlines of requests, delays, the age of sessions.
  virtual std::int64_t monotonic_ms() const = 0;
};

// A clock that stands still until it is moved.
class ManualClock : public Clock {
 public:
  explicit ManualClock(std::int64_t wall_ms = 1'700'000'000'000) : wall_ms_(wall_ms) {}

  std::int64_t wall_ms() const override { return wall_ms_; }
  std::int64_t monotonic_ms() const override { return monotonic_ms_; }

  // Time goes by.
  void advance(std::int64_t ms) {
    wall_ms_ += ms;
    monotonic_ms_ += ms;
  }
  // The machine's clock alone is set to another time.
  void set_wall(std::int64_t ms) { wall_ms_ = ms; }

 private:
  std::int64_t wall_ms_;
  std::int64_t monotonic_ms_ = 0;
};

}  // namespace understudy::broker
