// What readers see of transactions (IsolationLevel), as Fetch and ListOffsets name it.
#pragma once

#include <cstdint>

namespace understudy::broker {

inline constexpr std::int8_t kReadUncommitted = 0;
inline constexpr std::int8_t kReadCommitted = 1;

// Kafka has no error for the others: they end in an exception.
inline bool is_known_isolation_level(std::int8_t level) {
  return level == kReadUncommitted || level == kReadCommitted;
}

}  // namespace understudy::broker
