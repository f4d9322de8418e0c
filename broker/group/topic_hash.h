// The metadata hash of the topics that a consumer group subscribes to. It is stored with the group
// epoch; when it changes, the group rebalances (Utils.computeTopicHash, computeGroupHash).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/cluster/topic.h"
#include "wire/types.h"

namespace understudy::broker {

// What the hash of a topic is of.
struct HashedTopic {
  std::string_view name;
  wire::Uuid id;
  // By partition: the racks of its replicas, those of them that have one, in any order.
  std::vector<std::vector<std::string_view>> racks;
};

// As the cluster has it; borrows its name and racks from there.
HashedTopic hashed(const Topic& topic, const Cluster& cluster);
std::int64_t topic_hash(const HashedTopic& topic);

// Of topics that exist, each by its name and its own hash, in any order; 0 if there are none.
std::int64_t group_hash(std::vector<std::pair<std::string_view, std::int64_t>> topics);

}  // namespace understudy::broker
