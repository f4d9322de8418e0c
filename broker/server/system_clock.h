// The real time, and how a test may move it.
#pragma once

#include <chrono>
#include <cstdint>

#include "broker/base/clock.h"

namespace understudy::server {

template <class Source>
std::int64_t milliseconds_of() {
  const auto passed = Source::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

// By the machine's clock.
inline std::int64_t wall_clock_ms() { return milliseconds_of<std::chrono::system_clock>(); }
inline std::int64_t monotonic_clock_ms() { return milliseconds_of<std::chrono::steady_clock>(); }

// The machine's two clocks, the wall clock read anew each time. An offset can be added to both, and
// to the wall clock alone.
class SystemClock : public broker::Clock {
 public:
  enum class Motion {
    kReal,    // goes on by itself
    kFrozen,  // stands still until it is moved
  };

  explicit SystemClock(Motion motion = Motion::kReal)
      : motion_(motion),
        frozen_wall_ms_(wall_clock_ms()),
        frozen_monotonic_ms_(monotonic_clock_ms()) {}

  std::int64_t wall_ms() const override {
    return wall_offset_ms_ + (moves_by_itself() ? wall_clock_ms() : frozen_wall_ms_);
  }
  std::int64_t monotonic_ms() const override {
    return monotonic_offset_ms_ + (moves_by_itself() ? monotonic_clock_ms() : frozen_monotonic_ms_);
  }

  bool moves_by_itself() const { return motion_ == Motion::kReal; }
  // Time goes by.
  void advance(std::int64_t ms) {
    wall_offset_ms_ += ms;
    monotonic_offset_ms_ += ms;
  }
  // As if the machine's clock were set, forward or back.
  void shift_wall(std::int64_t ms) { wall_offset_ms_ += ms; }

 private:
  const Motion motion_;
  const std::int64_t frozen_wall_ms_;
  const std::int64_t frozen_monotonic_ms_;
  std::int64_t wall_offset_ms_ = 0;
  std::int64_t monotonic_offset_ms_ = 0;
};

}  // namespace understudy::server
