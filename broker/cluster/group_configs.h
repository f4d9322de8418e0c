// What is configured for single groups (GroupConfig, KIP-848): which settings exist, whether they
// are right, and what a group gets.
//
// A group need not exist. What it does not set, it has from the node that leads its partition,
// under the same name with "group." in front.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/cluster/config_def.h"
#include "broker/cluster/config_values.h"

namespace understudy::broker {

// Of a consumer group.
struct ConsumerGroupConfig {
  std::int64_t session_timeout_ms = 0;
  std::int64_t heartbeat_interval_ms = 0;
  std::int64_t assignment_interval_ms = 0;
};
// What lies outside of the node's bounds (they may have changed since) counts as the nearest bound.
ConsumerGroupConfig consumer_group_config(const Cluster& cluster, NodeId node,
                                          std::string_view group);

// What is wrong with a group's own settings, given what the node configures; nothing if all is
// well.
std::optional<std::string> check_group_configs(const Cluster& cluster, NodeId node,
                                               const ConfigMap& configs);

// The value that a group gets, in its printed form, and where it comes from, nearest first.
struct GroupConfigValue {
  std::string value;
  std::vector<ConfigSynonym> synonyms;
};
GroupConfigValue group_config_value(const Cluster& cluster, NodeId node, const ConfigDef& def,
                                    const ConfigMap& own);

}  // namespace understudy::broker
