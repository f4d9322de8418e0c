#include "broker/group/assignment.h"

#include <algorithm>
#include <numeric>

namespace understudy::broker {
namespace {

// As of `new HashSet<>(partitions)`. Ascending, unless a number is beyond the table.
std::vector<std::int32_t> in_hash_order(const std::vector<std::int32_t>& partitions) {
  auto set = JavaHashSet<std::int32_t>::for_copy_of(partitions.size());
  for (const std::int32_t partition : partitions) set.try_emplace(partition);
  std::vector<std::int32_t> walked;
  walked.reserve(partitions.size());
  for (const auto& [partition, in] : set) walked.push_back(partition);
  return walked;
}

}  // namespace

void add(Assignment& assignment, const wire::Uuid& topic_id, std::int32_t partition) {
  std::vector<std::int32_t>& partitions = assignment[topic_id];
  const auto place = std::ranges::lower_bound(partitions, partition);
  if (place == partitions.end() || *place != partition) partitions.insert(place, partition);
}

bool contains(const Assignment& assignment, const wire::Uuid& topic_id, std::int32_t partition) {
  const auto topic = assignment.find(topic_id);
  return topic != assignment.end() && std::ranges::binary_search(topic->second, partition);
}

std::size_t partition_count(const Assignment& assignment) {
  return std::accumulate(
      assignment.begin(), assignment.end(), std::size_t{0},
      [](std::size_t count, const auto& topic) { return count + topic.second.size(); });
}

OrderedAssignment in_hash_order(const Assignment& assignment) {
  OrderedAssignment ordered;
  ordered.reserve(assignment.size());
  for (const auto& [topic_id, partitions] : assignment) {
    ordered.emplace_back(topic_id, in_hash_order(partitions));
  }
  return ordered;
}

}  // namespace understudy::broker
