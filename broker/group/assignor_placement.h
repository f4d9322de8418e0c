// Who has which partition, while an assignor works: topics and members by their place in the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/group/assignors.h"

namespace understudy::broker {

struct PlacedPartition {
  std::size_t topic = 0;
  std::int32_t partition = 0;
};

class Placement {
 public:
  static constexpr std::int32_t kNobody = -1;

  // Nobody has anything. The input must outlive it.
  explicit Placement(const AssignorInput& input);

  std::size_t topic_count() const { return owners_.size(); }
  // Nothing for a topic that is gone.
  std::optional<std::size_t> find(const wire::Uuid& topic_id) const;
  const std::vector<std::int32_t>& owners(std::size_t topic) const { return owners_[topic]; }
  std::int32_t owner(PlacedPartition of) const { return owners_[of.topic][index(of)]; }
  void give(PlacedPartition partition, std::int32_t member);
  // False if it does not exist, or somebody has it.
  bool claim(PlacedPartition partition, std::int32_t member);

  std::vector<Assignment> assignments() const;

 private:
  static std::size_t index(PlacedPartition of) { return static_cast<std::size_t>(of.partition); }

  const AssignorInput& input_;
  JavaHashMap<wire::Uuid, std::size_t> topics_;
  std::vector<std::vector<std::int32_t>> owners_;
};

// The algorithms; assignors.h has their table.
std::vector<Assignment> assign_ranges(const AssignorInput& input);
std::vector<Assignment> assign_uniformly(const AssignorInput& input);
std::vector<Assignment> assign_uniformly_to_different(const AssignorInput& input);

}  // namespace understudy::broker
