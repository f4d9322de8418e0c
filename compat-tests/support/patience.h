// The real time, and waiting for what a foreign broker does by itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace understudy::support {

// Milliseconds since 1970, as in timestamps of records.
std::int64_t now_ms();

// Asks until the answer is yes or the patience is over. For state of a foreign broker that changes
// by itself, and tells nobody when.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace understudy::support
