#include "broker/cluster/group_configs.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::string_view kSession = "consumer.session.timeout.ms";
constexpr std::string_view kHeartbeat = "consumer.heartbeat.interval.ms";
constexpr std::string_view kAssignment = "consumer.assignment.interval.ms";

// A setting with bounds that brokers configure.
struct Bounded {
  std::string_view name;
  std::int64_t BrokerConfig::* value;
  std::int64_t BrokerConfig::* min;
  std::int64_t BrokerConfig::* max;
  std::string_view min_name;
  std::string_view max_name;
};
constexpr Bounded kSessionBounds = {kSession,
                                    &BrokerConfig::group_consumer_session_timeout_ms,
                                    &BrokerConfig::group_consumer_min_session_timeout_ms,
                                    &BrokerConfig::group_consumer_max_session_timeout_ms,
                                    "group.consumer.min.session.timeout.ms",
                                    "group.consumer.max.session.timeout.ms"};
constexpr Bounded kHeartbeatBounds = {kHeartbeat,
                                      &BrokerConfig::group_consumer_heartbeat_interval_ms,
                                      &BrokerConfig::group_consumer_min_heartbeat_interval_ms,
                                      &BrokerConfig::group_consumer_max_heartbeat_interval_ms,
                                      "group.consumer.min.heartbeat.interval.ms",
                                      "group.consumer.max.heartbeat.interval.ms"};
constexpr Bounded kAssignmentBounds = {kAssignment,
                                       &BrokerConfig::group_consumer_assignment_interval_ms,
                                       &BrokerConfig::group_consumer_min_assignment_interval_ms,
                                       &BrokerConfig::group_consumer_max_assignment_interval_ms,
                                       "group.consumer.min.assignment.interval.ms",
                                       "group.consumer.max.assignment.interval.ms"};
// In the order in which they are checked (GroupConfig.validateValues).
constexpr const Bounded* kBounded[] = {&kHeartbeatBounds, &kSessionBounds, &kAssignmentBounds};

std::string printed_value(const ConfigDef& def, std::string_view text) {
  auto parsed = parse_config(def, text);
  ASSERT(std::holds_alternative<std::string>(parsed));  // checked when it was set
  return std::get<std::string>(std::move(parsed));
}

// Nothing: it is not set. The value was checked to be a number.
std::optional<std::int64_t> own_number(const ConfigDefs& defs, const ConfigMap& configs,
                                       std::string_view name) {
  const auto found = configs.find(name);
  const ConfigDef* const def = defs.find_group(name);
  if (found == configs.end() || def == nullptr) return std::nullopt;
  const std::string text = printed_value(*def, found->second);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::int64_t number_of(const ConfigDefs& defs, const ConfigMap& configs, const BrokerConfig& broker,
                       const Bounded& setting) {
  const auto own = own_number(defs, configs, setting.name);
  if (!own) return broker.*setting.value;
  // Not std::clamp: nobody checks that the bounds are in order.
  return std::min(std::max(*own, broker.*setting.min), broker.*setting.max);
}

std::string range_broken(const Bounded& setting, const BrokerConfig& broker) {
  return std::string(setting.name) + " must be in the range " +
         std::to_string(broker.*setting.min) + " to " + std::to_string(broker.*setting.max) +
         " inclusive.";
}

// `value` lies outside of them.
std::string bound_broken(const Bounded& setting, const BrokerConfig& broker, std::int64_t value) {
  const std::string name(setting.name);
  if (value < broker.*setting.min) {
    return name + " must be greater than or equal to " + std::string(setting.min_name);
  }
  return name + " must be less than or equal to " + std::string(setting.max_name);
}

std::optional<std::string> check_bounds(const ConfigDefs& defs, const ConfigMap& configs,
                                        const BrokerConfig& broker) {
  for (const Bounded* setting : kBounded) {
    const auto own = own_number(defs, configs, setting->name);
    if (!own || (*own >= broker.*setting->min && *own <= broker.*setting->max)) continue;
    if (defs.profile().names_ranges_of_group_configs()) return range_broken(*setting, broker);
    return bound_broken(*setting, broker, *own);
  }
  return std::nullopt;
}

// A member that is on time must not expire.
std::optional<std::string> check_session(const ConfigDefs& defs, const ConfigMap& configs,
                                         const BrokerConfig& broker) {
  const auto session = own_number(defs, configs, kSession);
  const auto heartbeat = own_number(defs, configs, kHeartbeat);
  if (!session && !heartbeat) return std::nullopt;
  if (session.value_or(broker.group_consumer_session_timeout_ms) >
      heartbeat.value_or(broker.group_consumer_heartbeat_interval_ms)) {
    return std::nullopt;
  }
  return std::string(kSession) + " must be greater than " + std::string(kHeartbeat);
}

// The brokers' name for the same thing.
std::string broker_name_of(std::string_view name) {
  if (name == "streams.assignor.name") return "group.streams.assignors";
  return "group." + std::string(name);
}

}  // namespace

ConsumerGroupConfig consumer_group_config(const Cluster& cluster, NodeId node,
                                          std::string_view group) {
  const ConfigDefs& defs = cluster.configs().defs();
  const ConfigMap& own = cluster.configs().of_group(group);
  const BrokerConfig& broker = cluster.configs().of(node);
  return {.session_timeout_ms = number_of(defs, own, broker, kSessionBounds),
          .heartbeat_interval_ms = number_of(defs, own, broker, kHeartbeatBounds),
          .assignment_interval_ms = number_of(defs, own, broker, kAssignmentBounds)};
}

std::optional<std::string> check_group_configs(const Cluster& cluster, NodeId node,
                                               const ConfigMap& configs) {
  const ConfigDefs& defs = cluster.configs().defs();
  for (const auto& [name, value] : configs) {
    if (defs.find_group(name) == nullptr) return "Unknown group config name: " + name;
  }
  for (const auto& [name, value] : configs) {
    const auto parsed = parse_config(*defs.find_group(name), value);
    if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) return refused->message;
  }
  const BrokerConfig& broker = cluster.configs().of(node);
  if (auto wrong = check_bounds(defs, configs, broker)) return wrong;
  return check_session(defs, configs, broker);
}

GroupConfigValue group_config_value(const Cluster& cluster, NodeId node, const ConfigDef& def,
                                    const ConfigMap& own) {
  const BrokerLayers layers = cluster.configs().layers(node);
  const std::string broker_name = broker_name_of(def.name);
  const ConfigDef* const broker_def = layers.defs.find_broker(broker_name);
  GroupConfigValue result{.value = std::string(def.initial.value_or("")), .synonyms = {}};
  if (broker_def != nullptr) {
    result.value = broker_value(layers, *broker_def).value_or(result.value);
    result.synonyms = broker_synonyms(layers, broker_name);
  } else {
    result.synonyms.push_back({std::string(def.name), result.value, ConfigSource::kDefault});
  }
  const auto set = own.find(def.name);
  if (set == own.end()) return result;
  result.value = printed_value(def, set->second);
  result.synonyms.insert(result.synonyms.begin(),
                         {std::string(def.name), result.value, ConfigSource::kGroup});
  return result;
}

}  // namespace understudy::broker
