#include "broker/cluster/internal_topics.h"

#include <algorithm>
#include <array>
#include <string>

#include "broker/cluster/java_string.h"

namespace understudy::broker {
namespace {

constexpr std::array<InternalTopicDef, kInternalTopicCount> kInternalTopics = {{
    {InternalTopic::kOffsets, "__consumer_offsets", "offsets.topic."},
    {InternalTopic::kTransactions, "__transaction_state", "transaction.state.log.", true},
    {InternalTopic::kShareGroups, "__share_group_state", "share.coordinator.state.topic.", true},
}};

}  // namespace

std::span<const InternalTopicDef> internal_topics() { return kInternalTopics; }

const InternalTopicDef& def_of(InternalTopic topic) {
  return kInternalTopics[static_cast<std::size_t>(topic)];
}

const InternalTopicDef* find_internal_topic(std::string_view name) {
  const auto* const found = std::ranges::find(kInternalTopics, name, &InternalTopicDef::name);
  return found == kInternalTopics.end() ? nullptr : found;
}

// GroupCoordinatorService.groupMetadataTopicConfigs and its like.
ConfigMap creation_configs(const InternalTopicDef& def, const InternalTopicConfig& config) {
  ConfigMap configs = {{"segment.bytes", std::to_string(config.segment_bytes)}};
  if (def.has_min_insync_replicas) {
    configs["min.insync.replicas"] = std::to_string(config.min_insync_replicas);
  }
  switch (def.topic) {
    case InternalTopic::kOffsets:
      configs["cleanup.policy"] = "compact";
      configs["compression.type"] = "producer";
      break;
    case InternalTopic::kTransactions:
      configs["cleanup.policy"] = "compact";
      configs["compression.type"] = "uncompressed";
      configs["unclean.leader.election.enable"] = "false";
      break;
    case InternalTopic::kShareGroups:
      configs["cleanup.policy"] = "delete";
      configs["retention.ms"] = "-1";
      break;
  }
  return configs;
}

std::int32_t partition_for(const InternalTopicConfig& config, std::string_view key) {
  return java_partition_for(key, static_cast<std::int32_t>(config.num_partitions));
}

}  // namespace understudy::broker
