// The real time, and how a test may move it.
#pragma once

#include <chrono>
#include <cstdint>

#include "broker/base/clock.h"

namespace understudy::server {

// Milliseconds since the Unix epoch, by the machine's clock.
inline std::int64_t wall_clock_ms() {
  const auto passed = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
}

// Reads the wall clock once and adds steady time from there on: a correction of the machine's clock
// never makes record timestamps or deadlines go back. An offset can be added on top.
class SystemClock : public broker::Clock {
 public:
  enum class Motion {
    kReal,    // goes on by itself
    kFrozen,  // stands still until it is advanced
  };

  explicit SystemClock(Motion motion = Motion::kReal)
      : motion_(motion), started_(std::chrono::steady_clock::now()), origin_ms_(wall_clock_ms()) {}

  std::int64_t now_ms() const override {
    if (motion_ == Motion::kFrozen) return origin_ms_;
    const auto passed = std::chrono::steady_clock::now() - started_;
    return origin_ms_ + std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
  }

  bool moves_by_itself() const { return motion_ == Motion::kReal; }
  void advance(std::int64_t ms) { origin_ms_ += ms; }

 private:
  Motion motion_;
  std::chrono::steady_clock::time_point started_;
  std::int64_t origin_ms_;
};

}  // namespace understudy::server
