// From a schedule that fails to one that fails and has little in it.
#pragma once

#include <cstdint>

#include "simulation/world.h"

namespace understudy::simulation {

// Runs it a second time and compares all bytes; the findings are the first run's, and that the two
// differ. Only the first one is traced.
RunResult run_twice(const Schedule& schedule, const RunOptions& options = {});

// What of the seed's schedule is enough for a finding of that check.
Restriction shrink(std::uint64_t seed, Check check);

}  // namespace understudy::simulation
