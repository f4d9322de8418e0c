// The topics in which coordinators keep their state: what they are called, how they are made, and
// which of their partitions a key belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "broker/cluster/config_def.h"

namespace understudy::broker {

enum class InternalTopic : std::uint8_t { kOffsets, kTransactions, kShareGroups };
inline constexpr std::size_t kInternalTopicCount = 3;

// What brokers configure about one of them.
struct InternalTopicConfig {
  std::int64_t num_partitions = 50;
  std::int64_t replication_factor = 3;
  std::int64_t segment_bytes = 104'857'600;
  std::int64_t min_insync_replicas = 2;  // the offsets topic has none of its own
  bool operator==(const InternalTopicConfig&) const = default;
};

struct InternalTopicDef {
  InternalTopic topic{};
  std::string_view name;
  std::string_view config_prefix;  // "offsets.topic.", before "num.partitions" and the others
  bool has_min_insync_replicas = false;
};

// In the order of InternalTopic.
std::span<const InternalTopicDef> internal_topics();
const InternalTopicDef& def_of(InternalTopic topic);
// Null if the name is not one of theirs.
const InternalTopicDef* find_internal_topic(std::string_view name);
inline bool is_internal_topic(std::string_view name) {
  return find_internal_topic(name) != nullptr;
}

// The topic's own configurations, as its coordinator wants them.
ConfigMap creation_configs(const InternalTopicDef& def, const InternalTopicConfig& config);

// The partition that a key belongs to, of so many partitions: see Cluster::partition_of().
std::int32_t partition_for(const InternalTopicConfig& config, std::string_view key);

}  // namespace understudy::broker
