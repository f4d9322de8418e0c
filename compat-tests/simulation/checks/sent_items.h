// What a Produce request carries for each partition, and what became of it.
#pragma once

#include <cstdint>
#include <vector>

#include "codec/record_batch.h"
#include "simulation/checks/checker.h"
#include "simulation/checks/scene.h"
#include "simulation/partition_model.h"

namespace understudy::simulation {

struct SentItem {
  Slot slot = 0;
  std::int16_t acks = -1;  // of the request
  SentBatch sent;
  Circumstances circumstances;
  // As the broker's event says.
  bool is_judged = false;
  std::int64_t base_offset = -1;
  wire::ErrorCode error = wire::ErrorCode::kNone;

  bool is_written() const { return is_judged && error == wire::ErrorCode::kNone; }
};
using SentItems = std::vector<SentItem>;

// Nothing of other requests.
SentItems items_of(const Request& request, const Scene& scene);

// The names that the records of a batch carry.
std::vector<Name> names_in(const codec::BatchView& batch);

}  // namespace understudy::simulation
