// Where replicas lie, and which node is asked: mostly the leader, at times a follower or a
// stranger. Kafka places replicas by chance, so scripts for several nodes place them all.
#include <algorithm>

#include "differential/generator.h"

namespace understudy::differential {
namespace {

void find_topic(const json::value& value, std::string& topic) {
  if (!topic.empty()) return;
  if (const auto* text = value.if_string()) {
    constexpr std::string_view kId = "$id:";
    std::string_view name = view_of(*text);
    if (name.starts_with(kId)) name.remove_prefix(kId.size());
    if (name.starts_with('@')) topic = name.substr(0, name.rfind('#'));
  } else if (const auto* array = value.if_array()) {
    for (const json::value& item : *array) find_topic(item, topic);
  } else if (const auto* object = value.if_object()) {
    for (const auto& member : *object) find_topic(member.value(), topic);
  }
}

// Puts the first index of a partition that stands in `value` into `partition`, if there is one.
bool find_partition(const json::value& value, std::int64_t& partition) {
  if (const auto* array = value.if_array()) {
    return std::ranges::any_of(
        *array, [&](const json::value& item) { return find_partition(item, partition); });
  }
  const auto* object = value.if_object();
  if (object == nullptr) return false;
  for (const std::string_view name : {"index", "partition", "partitionIndex"}) {
    if (!object->contains(name)) continue;
    partition = int_or(*object, name, 0);
    return true;
  }
  const json::value* indexes = object->if_contains("partitionIndexes");
  if (indexes != nullptr && !indexes->as_array().empty() && indexes->as_array()[0].is_int64()) {
    partition = indexes->as_array()[0].get_int64();
    return true;
  }
  return std::ranges::any_of(
      *object, [&](const auto& member) { return find_partition(member.value(), partition); });
}

}  // namespace

json::array Generator::replicas(int leader, int count) {
  json::array ids;
  for (int i = 0; i < count; ++i) ids.push_back((leader - 1 + i) % nodes_ + 1);
  if (count > 2 && draw_.chance(50)) std::swap(ids[1], ids[2]);
  return ids;
}

// Replica lists for the topic's partitions from `first` on.
json::array Generator::placement(ModelTopic& topic, std::size_t first) {
  json::array lists;
  // One leader for all lets most requests about several partitions succeed.
  const bool has_one_leader = draw_.chance(60);
  auto leader = int(draw_.between(1, nodes_));
  for (std::size_t i = first; i < topic.partitions.size(); ++i) {
    if (!has_one_leader) leader = int(draw_.between(1, nodes_));
    topic.partitions[i].leader = leader;
    lists.push_back(replicas(leader, topic.replicas));
  }
  return lists;
}

int Generator::node_for(const Step& step) {
  const bool is_produce = text_or(step, "api", "") == "Produce";
  if (!draw_.chance(is_produce ? 88 : 60)) return int(draw_.between(1, nodes_));
  const json::value& request = step.at("request");
  std::string name;
  find_topic(request, name);
  const ModelTopic* topic = model_.find(name);
  if (topic == nullptr || topic->partitions.empty()) return int(draw_.between(1, nodes_));
  std::int64_t partition = 0;
  find_partition(request, partition);
  const auto last = std::ssize(topic->partitions) - 1;
  return topic->partitions[std::size_t(std::clamp<std::int64_t>(partition, 0, last))].leader;
}

}  // namespace understudy::differential
