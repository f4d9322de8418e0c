#include "durability/topology.h"

#include <stdexcept>

namespace understudy::durability {

std::vector<Place> places_of(const std::vector<TopicPlan>& topics) {
  std::vector<Place> places;
  for (const TopicPlan& topic : topics) {
    for (std::int32_t partition = 0; partition < topic.partitions; ++partition) {
      places.push_back({topic.name, partition});
    }
  }
  return places;
}

void create_topics(support::RawClient& client, const std::vector<TopicPlan>& topics) {
  wire::CreateTopicsRequest request;
  for (const TopicPlan& topic : topics) {
    wire::create_topics_request::CreatableTopic wanted{
        .name = topic.name, .num_partitions = topic.partitions, .replication_factor = 1};
    for (const auto& [name, value] : topic.configs) {
      wanted.configs.push_back({.name = name, .value = value});
    }
    request.topics.push_back(std::move(wanted));
  }
  for (const auto& result : client.ask(request, 7).topics) {
    if (result.error_code == wire::ErrorCode::kNone) continue;
    throw std::runtime_error("CreateTopics, " + result.name + ": " +
                             std::string(wire::name_of(result.error_code)) + " " +
                             result.error_message.value_or(""));
  }
}

}  // namespace understudy::durability
