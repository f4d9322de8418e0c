// Two threads agree that one of them has nothing open: asked by one, confirmed by the other.
#pragma once

#include <atomic>
#include <cstdint>

namespace understudy::durability {

class Drain {
 public:
  // The thread that asks.
  void begin() { asked_ = ++count_; }
  void end() { asked_ = 0; }
  bool is_confirmed() const { return confirmed_ == count_; }

  // The writer: reads once what is asked for, hands over nothing more while it is something, and
  // confirms that very number as soon as nothing is open. A number that is no longer asked for says
  // nothing to anybody.
  std::uint64_t asked() const { return asked_; }
  void confirm(std::uint64_t asked) { confirmed_ = asked; }

 private:
  std::uint64_t count_ = 0;  // of the asking thread
  std::atomic<std::uint64_t> asked_ = 0;
  std::atomic<std::uint64_t> confirmed_ = 0;
};

}  // namespace understudy::durability
