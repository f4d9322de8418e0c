#include "broker/group/assignor_placement.h"

#include <algorithm>

namespace understudy::broker {

Placement::Placement(const AssignorInput& input) : input_(input) {
  owners_.reserve(input.topics.size());
  for (const AssignorTopic& topic : input.topics) {
    topics_.try_emplace(topic.id, owners_.size());
    owners_.emplace_back(static_cast<std::size_t>(std::max(topic.partition_count, 0)), kNobody);
  }
}

std::optional<std::size_t> Placement::find(const wire::Uuid& topic_id) const {
  const auto found = topics_.find(topic_id);
  if (found == topics_.end()) return {};
  return found->second;
}

void Placement::give(PlacedPartition partition, std::int32_t member) {
  owners_[partition.topic][index(partition)] = member;
}

bool Placement::claim(PlacedPartition partition, std::int32_t member) {
  if (partition.partition < 0 || index(partition) >= owners_[partition.topic].size()) return false;
  if (owner(partition) != kNobody) return false;
  give(partition, member);
  return true;
}

std::vector<Assignment> Placement::assignments() const {
  std::vector<Assignment> assignments(input_.members.size());
  for (std::size_t topic = 0; topic < owners_.size(); ++topic) {
    std::int32_t partition = 0;
    for (const std::int32_t owner : owners_[topic]) {
      if (owner != kNobody) {
        Assignment& assignment = assignments[static_cast<std::size_t>(owner)];
        assignment[input_.topics[topic].id].push_back(partition);
      }
      ++partition;
    }
  }
  return assignments;
}

}  // namespace understudy::broker
