// Which topics are written to, and which partition has which slot.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "durability/history.h"
#include "support/raw_client.h"

namespace understudy::durability {

struct TopicPlan {
  std::string name;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> configs;
};

struct Place {
  std::string topic;
  std::int32_t partition = 0;
};

// All partitions, topic by topic; the place of one in this list is its slot.
std::vector<Place> places_of(const std::vector<TopicPlan>& topics);

// Throws std::runtime_error if the broker refuses.
void create_topics(support::RawClient& client, const std::vector<TopicPlan>& topics);

}  // namespace understudy::durability
