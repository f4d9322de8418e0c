#include "simulation/findings.h"

#include <array>

namespace understudy::simulation {
namespace {

constexpr std::array<std::string_view, kCheckCount> kNames = {
    "lost",  "duplicated",  "order", "offsets",  "watermark",   "answer",      "rules", "memory",
    "bytes", "producer-id", "start", "progress", "explanation", "determinism", "time"};

}  // namespace

std::string_view name_of(Check check) { return kNames[static_cast<std::size_t>(check)]; }

std::optional<Check> check_named(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Check>(i);
  }
  return std::nullopt;
}

}  // namespace understudy::simulation
