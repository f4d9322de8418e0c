#include "broker/cluster/metadata_check.h"

#include <algorithm>
#include <limits>
#include <set>
#include <variant>

#include "broker/cluster/broker_config.h"
#include "broker/cluster/topic_names.h"

namespace understudy::broker {
namespace {

using Wrong = std::optional<std::string>;

bool is_without_repetition(const std::vector<NodeId>& nodes) {
  return std::set<NodeId>(nodes.begin(), nodes.end()).size() == nodes.size();
}

Wrong check_leadership(const Leadership& leadership) {
  const auto& replicas = leadership.replicas;
  if (!is_without_repetition(replicas)) return "a replica is named twice";
  if (!is_without_repetition(leadership.isr)) return "a replica in sync is named twice";
  for (const NodeId node : leadership.isr) {
    if (std::ranges::find(replicas, node) == replicas.end()) {
      return "node " + std::to_string(node) + " is in sync and no replica";
    }
  }
  if (leadership.leader_epoch < 0) return "its leader epoch cannot be";
  // Each start raises it by one; leader epochs stay at the largest, which logs may have.
  static constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  if (leadership.partition_epoch < 0 || leadership.partition_epoch == kLast)
    return "its partition epoch cannot be";
  return std::nullopt;
}

Wrong check_topic(const MetadataImage::Topic& topic) {
  if (topic.name.empty()) return "there are partitions of a topic that has no record";
  if (Wrong wrong = invalid_topic_name(topic.name)) return wrong;
  if (topic.partitions.empty()) return "topic " + topic.name + " has no partition";
  for (const auto& [index, leadership] : topic.partitions) {
    if (const Wrong wrong = check_leadership(leadership)) {
      return "partition " + std::to_string(index) + " of topic " + topic.name + ": " + *wrong;
    }
  }
  return std::nullopt;
}

template <class Find>
Wrong check_configs(const std::string& whose, const ConfigMap& configs, const Find& find) {
  for (const auto& [name, value] : configs) {
    const ConfigDef* def = find(name);
    if (def == nullptr) continue;
    const auto parsed = parse_config(*def, value);
    if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) {
      return "a configuration of " + whose + ": " + refused->message;
    }
  }
  return std::nullopt;
}

// Their form is not a matter of their type.
Wrong check_address_limits(const std::string& whose, const ConfigMap& configs) {
  const auto found = configs.find("max.connections.per.ip.overrides");
  if (found == configs.end() || parse_address_limits(trimmed(found->second))) return std::nullopt;
  return "a configuration of " + whose + ": " + found->first + " is a list of host:count, not " +
         found->second;
}

}  // namespace

std::optional<std::string> check_metadata(const MetadataImage& image, const ConfigDefs& defs) {
  std::set<std::string_view> names;
  for (const auto& [id, topic] : image.topics) {
    if (Wrong wrong = check_topic(topic)) return wrong;
    if (id.is_zero()) return "topic " + topic.name + " has no id";
    if (!names.insert(topic.name).second) return "there are two topics " + topic.name;
  }
  for (const auto& [resource, configs] : image.configs) {
    const auto& [type, name] = resource;
    Wrong wrong;
    if (type == kTopicResource) {
      wrong = check_configs("topic " + name, configs,
                            [&](const std::string& config) { return defs.find_topic(config); });
    } else if (type == kBrokerResource) {
      wrong = check_configs("broker '" + name + "'", configs, [&](const std::string& config) {
        return defs.find_broker(without_listener(config));
      });
      if (!wrong) wrong = check_address_limits("broker '" + name + "'", configs);
    } else if (type == kGroupResource) {
      wrong = check_configs("group " + name, configs,
                            [&](const std::string& config) { return defs.find_group(config); });
    }
    if (wrong) return wrong;
  }
  // Blocks of a thousand are taken from there on.
  static constexpr std::int64_t kProducerIdMax = std::numeric_limits<std::int64_t>::max() / 2;
  if (image.next_producer_id < 0 || image.next_producer_id > kProducerIdMax) {
    return "the next producer id cannot be " + std::to_string(image.next_producer_id);
  }
  return std::nullopt;
}

}  // namespace understudy::broker
