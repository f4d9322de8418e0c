// What a checker may look at: the world as it is at this moment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/core/broker.h"
#include "simulation/agenda.h"
#include "simulation/disk.h"
#include "simulation/findings.h"
#include "simulation/ledger.h"
#include "simulation/places.h"
#include "simulation/schedule.h"

namespace understudy::simulation {

struct Scene {
  const Schedule& schedule;
  const Places& places;
  const Agenda& agenda;
  Disk& disk;  // to be read
  // Null while the process is dead.
  const std::unique_ptr<broker::Broker>& broker;
  Ledger& ledger;
  Findings& findings;
  // Told what is going on, when somebody listens.
  std::function<void(const std::function<std::string()>&)> trace;

  // What the machine's clock shows.
  std::int64_t wall_ms() const { return agenda.wall_ms(); }
  bool is_fsync() const { return schedule.durability == Durability::kFsync; }
  Slot slot_count() const { return Slot(places.size()); }
  const Place& place(Slot slot) const { return places[std::size_t(slot)]; }
  std::string name_of(Slot slot) const { return place(slot).name(); }

  broker::PartitionName partition_name(Slot slot) const {
    return {place(slot).topic, place(slot).index};
  }
  // As the broker tells it; the topic has to be there.
  broker::PartitionView partition(Slot slot) const {
    return std::get<broker::PartitionView>(broker->controls().partition(partition_name(slot)));
  }
  // No other replica in sync could take over.
  bool leads_alone(broker::NodeId node, Slot slot) const {
    const broker::PartitionView at = partition(slot);
    return at.leader == node && std::ranges::all_of(at.isr, [&](auto one) { return one == node; });
  }
  bool is_any_offline() const {
    for (Slot slot = 0; slot < slot_count(); ++slot) {
      if (partition(slot).is_offline) return true;
    }
    return false;
  }

  void find_fault(Check check, const std::string& text) const { findings.push_back({check, text}); }
};

}  // namespace understudy::simulation
