// A partition as the broker has it, and as the disk would give it back.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/checks/scene.h"
#include "simulation/partition_model.h"

namespace understudy::simulation {

// Everything up to the end of the log, whoever may read it. What cannot be read is a finding; with
// `may_have_gaps` it may also just end.
LogView read_log(const Scene& scene, Slot slot, bool may_have_gaps);

Memories read_memories(const Scene& scene, Slot slot);

// Where the files of a partition lie.
std::string directory_of(const Scene& scene, Slot slot);

// The offset up to which a power cut can take nothing: whole batches in what was synced, one
// segment behind the other without a gap. A log that holds nothing ends where it starts.
std::int64_t synced_end(const Scene& scene, Slot slot, std::int64_t log_start_offset);

}  // namespace understudy::simulation
