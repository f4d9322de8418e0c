#include "differential/model.h"

#include <algorithm>

namespace understudy::differential {

void ModelSequences::append(std::int32_t producer_epoch, SequenceRange range) {
  constexpr std::size_t kKept = 6;
  if (producer_epoch != epoch) recent.clear();
  epoch = producer_epoch;
  next = sequence_after(range.last, 1);
  recent.push_back(range);
  if (recent.size() > kKept) recent.pop_front();
}

ModelTopic& Model::create(const std::string& name, std::int64_t partition_count) {
  ModelTopic* topic = find(name);
  if (topic == nullptr) topic = &topics.emplace_back(ModelTopic{.name = name});
  topic->exists = true;
  ++topic->creations;
  topic->partitions.assign(std::size_t(partition_count), {});
  return *topic;
}

ModelTopic* Model::find(std::string_view name) {
  const auto found = std::find_if(topics.begin(), topics.end(),
                                  [&](const ModelTopic& topic) { return topic.name == name; });
  return found == topics.end() ? nullptr : &*found;
}

std::int32_t sequence_after(std::int32_t sequence, std::int64_t steps) {
  constexpr std::int64_t kCircle = std::int64_t{1} << 31;
  return std::int32_t(((sequence + steps) % kCircle + kCircle) % kCircle);
}

}  // namespace understudy::differential
