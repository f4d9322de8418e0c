// Partitions have numbers (slots) in all of the simulation: their places in this list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulation/schedule.h"
#include "support/names.h"

namespace understudy::simulation {

using support::Slot;

struct Place {
  std::string topic;
  std::int32_t index = 0;
  const TopicPlan* plan = nullptr;  // of the schedule

  std::string name() const { return topic + "-" + std::to_string(index); }
};
using Places = std::vector<Place>;

inline Places places_of(const Schedule& schedule) {
  Places places;
  for (const TopicPlan& plan : schedule.topics) {
    for (int i = 0; i < plan.partitions; ++i) places.push_back({plan.name, i, &plan});
  }
  return places;
}

inline std::optional<Slot> find_slot(const Places& places, const std::string& topic,
                                     std::int32_t index) {
  for (std::size_t slot = 0; slot < places.size(); ++slot) {
    if (places[slot].index == index && places[slot].topic == topic) return Slot(slot);
  }
  return std::nullopt;
}

}  // namespace understudy::simulation
