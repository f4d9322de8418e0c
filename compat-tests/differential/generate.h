// Scripts out of nothing but a seed.
#pragma once

#include <cstdint>

#include "differential/script.h"

namespace understudy::differential {

struct GenerateOptions {
  std::uint64_t seed = 1;
  std::uint64_t number = 0;  // of the script within the seed's
  bool with_restarts = false;
  int nodes = 1;
  bool is_about_groups = false;
};

// Scripts with restarts are played so many at a time, and all of a round restart in the same ways.
inline constexpr std::uint64_t kScriptsPerRound = 24;

// The same options give the same script, anywhere.
Script generate(const GenerateOptions& options);

}  // namespace understudy::differential
