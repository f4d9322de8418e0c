// Time as the core sees it: handed in, so that a test or a simulation decides what time it is.
#pragma once

#include <cstdint>

namespace understudy::broker {

class Clock {
 public:
  virtual ~Clock() = default;

  // Milliseconds since the Unix epoch. Never goes back: record timestamps and deadlines share it.
  virtual std::int64_t now_ms() const = 0;
};

// A clock that stands still until it is moved.
class ManualClock : public Clock {
 public:
  explicit ManualClock(std::int64_t now_ms = 1'700'000'000'000) : now_ms_(now_ms) {}

  std::int64_t now_ms() const override { return now_ms_; }
  void advance(std::int64_t ms) { now_ms_ += ms; }

 private:
  std::int64_t now_ms_;
};

}  // namespace understudy::broker
