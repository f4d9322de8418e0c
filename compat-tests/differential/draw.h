// Random choices that come out the same on every machine, whatever its standard library.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "wire/base64.h"

namespace understudy::differential {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  // 0 to count - 1.
  std::int64_t below(std::int64_t count) {
    return count <= 0 ? 0 : std::int64_t(engine_() % std::uint64_t(count));
  }
  // Both ends included.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + below(last - first + 1);
  }
  bool chance(int percent) { return below(100) < percent; }

  template <class T>
  const T& of(const std::vector<T>& items) {
    return items.at(std::size_t(below(std::int64_t(items.size()))));
  }
  template <class T>
  T of(std::initializer_list<T> items) {
    return items.begin()[below(std::int64_t(items.size()))];
  }
  std::string text(std::initializer_list<std::string_view> items) {
    return std::string(items.begin()[below(std::int64_t(items.size()))]);
  }

  // Numbers at which something overflows, or has a meaning of its own.
  std::int32_t odd_int32() {
    return of({-1, 0, 1, 2, -2, -3, 7, 100, 32767, -32768, 65536, 1 << 30, INT32_MAX, INT32_MAX - 1,
               INT32_MIN});
  }
  std::int64_t odd_int64() {
    return chance(50) ? std::int64_t(odd_int32())
                      : of({std::int64_t{1} << 32, INT64_MAX, INT64_MAX - 1, INT64_MIN,
                            std::int64_t{-10}, std::int64_t{1'700'000'000'000}});
  }

  std::uint64_t bits() { return engine_(); }

  // So many random bytes, written as base64.
  std::string base64(std::int64_t size) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(bits());
    return wire::base64_encode(bytes, wire::Base64::kPlain);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace understudy::differential
