// A topic and its partitions, as the cluster holds them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "broker/base/topic_config.h"
#include "broker/cluster/config_def.h"
#include "broker/log/partition.h"
#include "wire/types.h"

namespace understudy::broker {

struct Topic {
  std::string name;
  wire::Uuid id;
  bool is_internal = false;
  ConfigMap configs;  // what was set on the topic itself
  // As on a node without dynamic configurations of its own; a partition has what its leader's node
  // says.
  std::shared_ptr<const TopicConfig> effective;
  std::vector<std::unique_ptr<Partition>> partitions;

  // The partition, or null if the topic has no such index.
  Partition* partition(std::int32_t index) const {
    if (index < 0 || static_cast<std::size_t>(index) >= partitions.size()) return nullptr;
    return partitions[static_cast<std::size_t>(index)].get();
  }
};

// By name.
using Topics = std::map<std::string, std::unique_ptr<Topic>, std::less<>>;

}  // namespace understudy::broker
