// Randomness as the core sees it: a seed is handed in, and the same seed gives the same run.
#pragma once

#include <cstdint>

#include "wire/types.h"

namespace understudy::broker {

// SplitMix64: eight bytes of state, good enough for ids, session numbers and drawn faults.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  // Uniform enough in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  // A random id as Kafka makes them (Uuid.randomUuid): version 4, never starting with '-' in its
  // base64 text, never one of the reserved ids.
  wire::Uuid uuid();

 private:
  std::uint64_t state_;
};

}  // namespace understudy::broker
