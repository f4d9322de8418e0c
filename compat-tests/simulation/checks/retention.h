// Where a log may begin: later than before only if retention is configured so, and never behind
// what was replicated.
#pragma once

#include <cstdint>

#include "simulation/checks/known_log.h"

namespace understudy::simulation {

// Notes where the log starts now, and judges it.
void note_start(const Scene& scene, KnownLog& log, Slot slot);

// The last offset that retention may have let the log start at when a blow came: what it took is
// safely gone, whatever became of the rest.
std::int64_t largest_retained_start(const Scene& scene, const KnownLog& log, Slot slot);

}  // namespace understudy::simulation
