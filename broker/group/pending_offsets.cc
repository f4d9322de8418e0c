#include "broker/group/pending_offsets.h"

namespace understudy::broker {
namespace {

std::pair<std::string_view, std::int32_t> name_of_pending(std::string_view topic,
                                                          std::int32_t partition) {
  return {topic, partition};
}

}  // namespace

bool PendingOffsets::contains(std::string_view group, std::string_view topic,
                              std::int32_t partition) const {
  const auto found = groups_.find(group);
  return found != groups_.end() && found->second.contains(name_of_pending(topic, partition));
}

void PendingOffsets::put(std::string_view group, std::string_view topic, std::int32_t partition,
                         std::int64_t producer_id, CommittedOffset offset, std::uint64_t number) {
  groups_[std::string(group)][{std::string(topic), partition}].insert_or_assign(
      producer_id, Offset{.value = std::move(offset), .number = number});
}

void PendingOffsets::erase(std::string_view group, std::string_view topic, std::int32_t partition) {
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return;
  const auto found = of_group->second.find(name_of_pending(topic, partition));
  if (found == of_group->second.end()) return;
  of_group->second.erase(found);
  if (of_group->second.empty()) groups_.erase(of_group);
}

void PendingOffsets::supersede(std::string_view group, std::string_view topic,
                               std::int32_t partition, std::uint64_t number) {
  const auto of_group = groups_.find(group);
  if (of_group == groups_.end()) return;
  const auto found = of_group->second.find(name_of_pending(topic, partition));
  if (found == of_group->second.end()) return;
  for (auto& [producer_id, offset] : found->second) {
    if (offset.number < number) offset.is_superseded = true;
  }
}

std::vector<PendingOffsets::Ended> PendingOffsets::end(std::int64_t producer_id) {
  std::vector<Ended> ended;
  for (auto& [group, partitions] : groups_) {
    for (auto& [name, by_producer] : partitions) {
      const auto found = by_producer.find(producer_id);
      if (found == by_producer.end()) continue;
      ended.push_back({.group = group,
                       .topic = name.first,
                       .partition = name.second,
                       .offset = std::move(found->second.value),
                       .number = found->second.number,
                       .is_superseded = found->second.is_superseded});
      by_producer.erase(found);
    }
    std::erase_if(partitions, [](const auto& one) { return one.second.empty(); });
  }
  std::erase_if(groups_, [](const auto& one) { return one.second.empty(); });
  return ended;
}

void PendingOffsets::for_each(std::string_view group, const Visit& visit) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (const auto& [name, by_producer] : found->second) visit(name.first, name.second);
}

void PendingOffsets::for_each_offset(std::string_view group, const VisitOffset& visit) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return;
  for (const auto& [name, by_producer] : found->second) {
    for (const auto& [producer_id, offset] : by_producer) {
      visit(name.first, name.second, producer_id, offset.value);
    }
  }
}

void PendingOffsets::for_each_group(const CommittedOffsets::VisitGroup& visit) const {
  for (const auto& [group, partitions] : groups_) visit(group);
}

}  // namespace understudy::broker
