#include "broker/cluster/config_changes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>
#include <variant>

#include "broker/cluster/broker_requirements.h"
#include "broker/cluster/config_effects.h"
#include "broker/cluster/group_configs.h"
#include "broker/cluster/topic_names.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// A value has to fit into a string on the wire.
constexpr std::size_t kValueSizeMax = 32'767;

constexpr std::string_view kMinInsyncReplicas = "min.insync.replicas";

ApiError invalid_request(std::string message) {
  return {ErrorCode::kInvalidRequest, std::move(message)};
}
ApiError invalid_config(std::string message) {
  return {ErrorCode::kInvalidConfig, std::move(message)};
}

std::string join(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (&item != &items.front()) text += separator;
    text += item;
  }
  return text;
}

// What is wrong with a resource's entries whatever the resource is.
ApiError check_entries(const std::vector<ConfigEdit>& edits) {
  std::set<std::string_view> names;
  for (const ConfigEdit& edit : edits) {
    if (!names.insert(edit.name).second) {
      return invalid_request("Error due to duplicate config keys");
    }
  }
  std::vector<std::string> nulls;
  for (const ConfigEdit& edit : edits) {
    if (!edit.value && edit.operation != ConfigOperation::kDelete) nulls.push_back(edit.name);
  }
  if (nulls.empty()) return {};
  return invalid_request("Null value not supported for : " + join(nulls, ", "));
}

bool is_known(ConfigOperation operation) {
  switch (operation) {
    case ConfigOperation::kSet:
    case ConfigOperation::kDelete:
    case ConfigOperation::kAppend:
    case ConfigOperation::kSubtract:
      return true;
  }
  return false;
}

bool appends(const ConfigEdit& edit) { return edit.operation == ConfigOperation::kAppend; }

std::string list_verb(const ConfigEdit& edit) { return appends(edit) ? "APPEND" : "SUBTRACT"; }

// The items of a stored list: whatever was set, white space and all.
std::vector<std::string> stored_items(const ConfigMap& configs, const ConfigDef& def) {
  const auto found = configs.find(def.name);
  const std::string text =
      found == configs.end() ? std::string(def.initial.value_or("")) : found->second;
  std::vector<std::string> items = split_list(text);
  std::erase(items, "");
  return items;
}

// String.split(","): empty items at the end do not count, unless the whole text is empty.
std::vector<std::string> given_items(std::string_view text) {
  if (text.empty()) return {""};
  std::vector<std::string> items = split_list(text);
  while (!items.empty() && items.back().empty()) items.pop_back();
  return items;
}

// What is said of a config that is no list: by the controller about topics
// (ConfigurationControlManager), by the broker about itself (ConfigAdminManager).
using NoList = std::string (*)(const ConfigEdit& edit, const ConfigDef* def);

std::string no_list_of_topic(const ConfigEdit& edit, const ConfigDef*) {
  return "Can't " + list_verb(edit) + " to key " + edit.name + " because its type is not LIST.";
}

std::string no_list_of_broker(const ConfigEdit& edit, const ConfigDef* def) {
  if (def == nullptr) return "Unknown config name: " + edit.name;
  return "Config value " + std::string(appends(edit) ? "append" : "subtract") +
         " is not allowed for config key: " + edit.name;
}

// Applies APPEND or SUBTRACT. The base of an unset list is the default, not what is inherited.
ApiError edit_list(const ConfigEdit& edit, const ConfigDef* def, NoList no_list,
                   ConfigMap& configs) {
  if (def == nullptr || def->type != ConfigType::kList) return invalid_config(no_list(edit, def));
  std::vector<std::string> items = stored_items(configs, *def);
  for (const std::string& item : given_items(*edit.value)) {
    const auto found = std::ranges::find(items, item);
    if (appends(edit) && found == items.end()) items.push_back(item);
    if (!appends(edit) && found != items.end()) items.erase(found);
  }
  std::string value = join(items, ",");
  if (value.size() > kValueSizeMax) return invalid_config("The list gets too long.");
  configs.insert_or_assign(edit.name, std::move(value));
  return {};
}

template <class FindDef>
ApiError apply_edits(const std::vector<ConfigEdit>& edits, const FindDef& find_def, NoList no_list,
                     ConfigMap& configs) {
  for (const ConfigEdit& edit : edits) {
    switch (edit.operation) {
      case ConfigOperation::kSet:
        configs.insert_or_assign(edit.name, *edit.value);
        break;
      case ConfigOperation::kDelete:
        configs.erase(edit.name);
        break;
      case ConfigOperation::kAppend:
      case ConfigOperation::kSubtract:
        if (ApiError error = edit_list(edit, find_def(edit.name), no_list, configs);
            error.failed()) {
          return error;
        }
        break;
    }
  }
  return {};
}

ApiError check_topic(Cluster& cluster, NodeId node, const std::string& name,
                     const ConfigMap& configs) {
  if (name.empty()) return invalid_request("Default topic resources are not allowed.");
  if (std::optional<std::string> why = invalid_topic_name(name)) {
    return {ErrorCode::kInvalidTopicException, std::move(why)};
  }
  if (std::optional<std::string> why = check_topic_configs(cluster.configs().defs(), configs,
                                                           cluster.configs().inherited(node))) {
    return invalid_config(*std::move(why));
  }
  // The values come first: a bad value for a topic that does not exist is a bad value.
  if (cluster.find_topic(name) == nullptr) {
    return {ErrorCode::kUnknownTopicOrPartition, "The topic '" + name + "' does not exist."};
  }
  return {};
}

ApiError change_topic(Cluster& cluster, NodeId node, const std::string& name, ConfigMap configs,
                      ChangeMode mode) {
  ApiError error = check_topic(cluster, node, name, configs);
  if (error.failed() || mode == ChangeMode::kValidateOnly) return error;
  if (!cluster.set_topic_configs(*cluster.find_topic(name), std::move(configs))) {
    return {ErrorCode::kKafkaStorageError, kNotKept};
  }
  return {};
}

// What a listener's TLS is made of (SslConfigs.RECONFIGURABLE_CONFIGS).
bool is_key_or_trust(std::string_view name) {
  return name.starts_with("ssl.key.") || name.starts_with("ssl.keystore.") ||
         name.starts_with("ssl.truststore.") || name == "ssl.client.auth";
}

// DynamicBrokerConfig.validateConfigs. Names that Kafka does not know are allowed: a plug-in may.
ApiError check_broker_configs(const Cluster& cluster, const ConfigMap& configs, bool is_default) {
  std::vector<std::string> read_only;
  std::vector<std::string> needs_listener;
  std::vector<std::string> needs_node;
  for (const auto& [name, value] : configs) {
    const std::string_view base = without_listener(name);
    const bool has_listener = base != name;
    if (has_listener && std::ranges::count(kListenerConfigs, base) == 0) {
      needs_node.push_back(name);
    }
    const ConfigDef* def = cluster.configs().defs().find_broker(base);
    if (def == nullptr || has_listener) continue;
    if (def->update == ConfigUpdate::kReadOnly) read_only.push_back(name);
    if (is_key_or_trust(name)) needs_listener.push_back(name);
    if (def->update == ConfigUpdate::kPerBroker) needs_node.push_back(name);
  }
  if (!read_only.empty()) {
    return invalid_request("Cannot update these configs dynamically: [" + join(read_only, ", ") +
                           "]");
  }
  if (!needs_listener.empty()) {
    return invalid_request("These configs can only be updated with a listener prefix: [" +
                           join(needs_listener, ", ") + "]");
  }
  for (const auto& [name, value] : configs) {
    const ConfigDef* def = cluster.configs().defs().find_broker(without_listener(name));
    if (def == nullptr) continue;
    const auto parsed = parse_config(*def, value);
    if (const auto* refused = std::get_if<InvalidConfig>(&parsed)) {
      return invalid_request(refused->message);
    }
  }
  // Nor where an Apache Kafka is its own controller.
  if (configs.contains("listeners")) {
    return invalid_request("The listeners of a running broker cannot be changed.");
  }
  if (is_default && !needs_node.empty()) {
    return invalid_request("These configs can only be updated for a single broker: [" +
                           join(needs_node, ", ") + "]");
  }
  return {};
}

// What is set here has to have an effect. Kafka would refuse some of it as well, for want of a
// class or of a key.
ApiError check_heeded(const Cluster& cluster, const std::vector<ConfigEdit>& edits,
                      const ConfigMap& after) {
  for (const ConfigEdit& edit : edits) {
    const auto set = after.find(edit.name);
    if (set == after.end()) continue;
    auto why = why_unheeded(cluster.configs().defs(), set->first, set->second);
    if (why) return invalid_request(*std::move(why));
  }
  return {};
}

// With eligible leader replicas min.insync.replicas belongs to the cluster and stays set (KIP-966).
ApiError check_min_insync_replicas(const Cluster& cluster, const std::vector<ConfigEdit>& edits,
                                   const ConfigMap& after, bool is_default) {
  if (!cluster.configs().has_eligible_leader_replicas()) return {};
  if (is_default && !after.contains(kMinInsyncReplicas)) {
    return invalid_config(
        "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
  }
  // Not even removed, where it is not set.
  const bool is_named = std::ranges::any_of(
      edits, [](const ConfigEdit& edit) { return edit.name == kMinInsyncReplicas; });
  if (!is_default && is_named) {
    return invalid_config(
        "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
  }
  return {};
}

// Where a request that the node was asked changes something: on all nodes (nothing), or on itself.
std::optional<NodeId> target_of(const ConfigResource& resource, NodeId node) {
  return resource.name.empty() ? std::nullopt : std::optional(node);
}

ApiError change_broker(Cluster& cluster, NodeId node, std::optional<NodeId> target,
                       const std::vector<ConfigEdit>& edits, ConfigMap configs, ChangeMode mode) {
  const bool is_default = !target;
  ApiError error = check_broker_configs(cluster, configs, is_default);
  if (error.failed()) return error;
  error = check_heeded(cluster, edits, configs);
  if (error.failed()) return error;
  const BrokerLayers before = cluster.configs().layers(node);
  const BrokerLayers after{.defs = before.defs,
                           .dynamic_node = is_default ? before.dynamic_node : configs,
                           .dynamic_default = is_default ? configs : before.dynamic_default,
                           .properties = before.properties};
  if (auto wrong = check_reconfiguration(before, after)) return invalid_request(*std::move(wrong));
  error = check_min_insync_replicas(cluster, edits, configs, is_default);
  if (error.failed() || mode == ChangeMode::kValidateOnly) return error;
  if (!cluster.set_broker_configs(target, std::move(configs))) {
    return {ErrorCode::kKafkaStorageError, kNotKept};
  }
  return {};
}

// Loggers are Log4j's; there are none here (RuntimeLoggerManager.validateLogLevelConfigs).
ApiError change_loggers(const std::vector<ConfigEdit>& edits) {
  for (const ConfigEdit& edit : edits) {
    if (!is_known(edit.operation)) return {ErrorCode::kUnknownServerError, std::nullopt};
    if (appends(edit) || edit.operation == ConfigOperation::kSubtract) {
      return invalid_request(list_verb(edit) +
                             " operation is not allowed for the BROKER_LOGGER resource");
    }
    return invalid_config("Logger " + edit.name + " does not exist!");
  }
  return {};
}

// Client telemetry is not served; a configuration that nothing obeys is refused.
ApiError refuse_unserved(const ConfigResource& resource) {
  if (resource.name.empty()) return invalid_request("The resource needs a name.");
  return invalid_request("Configurations of this resource type have no effect here.");
}

// GroupConfig.validate, and that what is set here has an effect.
ApiError check_group(const Cluster& cluster, NodeId node, const std::string& name,
                     const ConfigMap& configs) {
  if (name.empty()) return invalid_request("Default group resources are not allowed.");
  if (auto wrong = check_group_configs(cluster, node, configs)) {
    return invalid_config(*std::move(wrong));
  }
  for (const auto& [config, value] : configs) {
    const ConfigDef& def = *cluster.configs().defs().find_group(config);
    if (auto why = why_unheeded(def, config, value)) return invalid_request(*std::move(why));
  }
  return {};
}

ApiError change_group(Cluster& cluster, NodeId node, const std::string& name, ConfigMap configs,
                      ChangeMode mode) {
  ApiError error = check_group(cluster, node, name, configs);
  if (error.failed() || mode == ChangeMode::kValidateOnly) return error;
  if (!cluster.set_group_configs(name, std::move(configs))) {
    return {ErrorCode::kKafkaStorageError, kNotKept};
  }
  return {};
}

bool has_group_configs(const Cluster& cluster) { return !cluster.configs().defs().group().empty(); }

ApiError unknown_resource_type(const ConfigResource& resource) {
  return invalid_request("Unknown resource type " +
                         std::to_string(static_cast<int>(resource.type)));
}

}  // namespace

std::optional<std::string> not_this_node(const std::string& text, NodeId node, Asker asker) {
  NodeId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::string(asker == Asker::kChange ? "Node" : "Broker") +
           " id must be an integer, but it is: " + text;
  }
  if (id == node) return std::nullopt;
  static constexpr std::string_view kBetween[] = {
      ", but received ", " or empty string, but received ", " but received "};
  return "Unexpected broker id, expected " + std::to_string(node) +
         std::string(kBetween[static_cast<std::size_t>(asker)]) + text;
}

ApiError incremental_alter_configs(Cluster& cluster, NodeId node, const ConfigResource& resource,
                                   const std::vector<ConfigEdit>& edits, ChangeMode mode) {
  if (ApiError error = check_entries(edits); error.failed()) return error;
  const bool knows_operations =
      std::ranges::all_of(edits, [](const ConfigEdit& edit) { return is_known(edit.operation); });
  switch (resource.type) {
    case ConfigResourceType::kTopic: {
      // An operation that does not exist is an exception inside Kafka's controller.
      if (!knows_operations) return {ErrorCode::kUnknownServerError};
      const Topic* topic = cluster.find_topic(resource.name);
      ConfigMap configs = topic == nullptr ? ConfigMap() : topic->configs;
      const auto find_def = [&](std::string_view name) -> const ConfigDef* {
        return cluster.configs().defs().find_topic(name);
      };
      ApiError error = apply_edits(edits, find_def, no_list_of_topic, configs);
      if (error.failed()) return error;
      return change_topic(cluster, node, resource.name, std::move(configs), mode);
    }
    case ConfigResourceType::kBroker: {
      const std::optional<NodeId> target = target_of(resource, node);
      if (target) {
        if (auto why = not_this_node(resource.name, node, Asker::kChange))
          return invalid_request(*std::move(why));
      }
      if (!knows_operations) return invalid_request("Unknown operations type");
      ConfigMap configs = cluster.configs().dynamic(target);
      const auto find_def = [&](std::string_view name) {
        return cluster.configs().defs().find_broker(name);
      };
      ApiError error = apply_edits(edits, find_def, no_list_of_broker, configs);
      if (error.failed()) return error;
      return change_broker(cluster, node, target, edits, std::move(configs), mode);
    }
    case ConfigResourceType::kBrokerLogger:
      if (auto why = not_this_node(resource.name, node, Asker::kChange))
        return invalid_request(*std::move(why));
      return change_loggers(edits);
    case ConfigResourceType::kGroup: {
      if (!has_group_configs(cluster)) break;
      if (!knows_operations) return {ErrorCode::kUnknownServerError};
      ConfigMap configs = cluster.configs().of_group(resource.name);
      const auto find_def = [&](std::string_view name) {
        return cluster.configs().defs().find_group(name);
      };
      ApiError error = apply_edits(edits, find_def, no_list_of_topic, configs);
      if (error.failed()) return error;
      return change_group(cluster, node, resource.name, std::move(configs), mode);
    }
    case ConfigResourceType::kClientMetrics:
      return refuse_unserved(resource);
  }
  return unknown_resource_type(resource);
}

ApiError alter_configs(Cluster& cluster, NodeId node, const ConfigResource& resource,
                       const std::vector<ConfigEdit>& settings, ChangeMode mode) {
  if (ApiError error = check_entries(settings); error.failed()) return error;
  ConfigMap configs;
  for (const ConfigEdit& setting : settings) {
    ASSERT(setting.operation == ConfigOperation::kSet);
    configs.insert_or_assign(setting.name, *setting.value);
  }
  switch (resource.type) {
    case ConfigResourceType::kTopic:
      return change_topic(cluster, node, resource.name, std::move(configs), mode);
    case ConfigResourceType::kBroker: {
      const std::optional<NodeId> target = target_of(resource, node);
      if (target) {
        if (auto why = not_this_node(resource.name, node, Asker::kChange))
          return invalid_request(*std::move(why));
      }
      return change_broker(cluster, node, target, settings, std::move(configs), mode);
    }
    case ConfigResourceType::kGroup:
      if (!has_group_configs(cluster)) break;
      return change_group(cluster, node, resource.name, std::move(configs), mode);
    case ConfigResourceType::kClientMetrics:
      return refuse_unserved(resource);
    case ConfigResourceType::kBrokerLogger:
      break;  // Only IncrementalAlterConfigs knows loggers.
  }
  return unknown_resource_type(resource);
}

}  // namespace understudy::broker
