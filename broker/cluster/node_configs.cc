#include "broker/cluster/node_configs.h"

#include <string>
#include <utility>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

const ConfigMap kNothingSet;
constexpr NodeId kNoNode = -1;

// From here on a new cluster starts with eligible leader replicas, which fix min.insync.replicas
// for the whole cluster (KIP-966). 26 is 4.1-IV0.
constexpr std::int16_t kEligibleLeaderReplicasLevel = 26;

// Kafka's defaults want three nodes for its internal topics, and its example properties take that
// back for one node. The same is done here for as many nodes as there are.
void add_internal_topic_properties(std::size_t node_count, ConfigMap& properties) {
  const auto fit = [&](const InternalTopicDef& def, const char* name, std::int64_t kafkas) {
    if (kafkas <= static_cast<std::int64_t>(node_count)) return;
    properties.emplace(std::string(def.config_prefix) + name, std::to_string(node_count));
  };
  const InternalTopicConfig kafkas;
  for (const InternalTopicDef& def : internal_topics()) {
    fit(def, "replication.factor", kafkas.replication_factor);
    if (def.has_min_insync_replicas) fit(def, "min.isr", kafkas.min_insync_replicas);
  }
}

// Kafka waits three seconds for more members of a new group. A test should not have to: here it is
// asked for.
void add_group_properties(ConfigMap& properties) {
  properties.emplace("group.initial.rebalance.delay.ms", "0");
}

}  // namespace

NodeConfigs::NodeConfigs(const Profile& profile, std::size_t node_count, ConfigMap properties)
    : defs_(profile),
      has_eligible_leader_replicas_(metadata_version_level(profile) >=
                                    kEligibleLeaderReplicasLevel),
      properties_(std::move(properties)) {
  ASSERT(!check_static_configs(profile, properties_));
  if (has_eligible_leader_replicas_) {
    const auto configured = properties_.find("min.insync.replicas");
    dynamic_[std::nullopt]["min.insync.replicas"] =
        configured == properties_.end() ? "1" : configured->second;
  }
  add_internal_topic_properties(node_count, properties_);
  add_group_properties(properties_);
  common_view_ = make_view(kNoNode);
}

const ConfigMap& NodeConfigs::dynamic(std::optional<NodeId> node) const {
  const auto found = dynamic_.find(node);
  return found == dynamic_.end() ? kNothingSet : found->second;
}

void NodeConfigs::set_dynamic(std::optional<NodeId> node, ConfigMap configs) {
  dynamic_[node] = std::move(configs);
  views_.clear();
  common_view_ = make_view(kNoNode);
  for (const auto& [one, set] : dynamic_) {
    if (one && !set.empty()) views_.emplace(*one, make_view(*one));
  }
}

const ConfigMap& NodeConfigs::of_group(std::string_view group) const {
  const auto found = of_groups_.find(group);
  return found == of_groups_.end() ? kNothingSet : found->second;
}

void NodeConfigs::set_of_group(const std::string& group, ConfigMap configs) {
  if (configs.empty()) {
    of_groups_.erase(group);
  } else {
    of_groups_.insert_or_assign(group, std::move(configs));
  }
}

BrokerLayers NodeConfigs::layers(NodeId node) const {
  return {.defs = defs_,
          .dynamic_node = dynamic(node),
          .dynamic_default = dynamic(std::nullopt),
          .properties = properties_};
}

NodeConfigs::View NodeConfigs::make_view(NodeId node) const {
  const BrokerLayers now = layers(node);
  View view;
  view.broker = std::make_shared<const BrokerConfig>(make_broker_config(now));
  view.inherited = inherited_configs(now);
  view.topic_defaults =
      std::make_shared<const TopicConfig>(make_topic_config(kNothingSet, view.inherited));
  return view;
}

const NodeConfigs::View& NodeConfigs::view(NodeId node) const {
  const auto found = views_.find(node);
  return found == views_.end() ? common_view_ : found->second;
}

}  // namespace understudy::broker
