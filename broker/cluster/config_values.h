// What a configuration's value is, and where it comes from: topic, node, cluster, properties,
// default.
//
// Kafka's ConfigHelper, KafkaConfigSchema and the resolving half of DynamicBrokerConfig.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/ids.h"
#include "broker/base/topic_config.h"
#include "broker/cluster/config_def.h"

namespace understudy::broker {

// The numbers are DescribeConfigs' (DescribeConfigsResponse.ConfigSource).
enum class ConfigSource : std::int8_t {
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefaultBroker = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kDynamicBrokerLogger = 6,
  kClientMetrics = 7,
  kGroup = 8,
};

// One place that has a value for a configuration, under its name there.
struct ConfigSynonym {
  std::string name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
};

// Where one node's broker configurations come from, nearest first.
struct BrokerLayers {
  const ConfigDefs& defs;
  const ConfigMap& dynamic_node;
  const ConfigMap& dynamic_default;
  const ConfigMap& properties;  // static: server.properties
};

// A number in its printed form.
double to_double(std::string_view text);

// The value of a broker configuration in its printed form; nothing: null.
std::optional<std::string> broker_value(const BrokerLayers& layers, const ConfigDef& def);

// The value for the one listener that there is: its own, else that of all listeners.
std::optional<std::string> listener_value(const BrokerLayers& layers, const ConfigDef& def);

// All places that have a value for a broker configuration, nearest first, synonyms in other units
// included; empty if `name` itself has none (ConfigHelper.configSynonyms).
std::vector<ConfigSynonym> broker_synonyms(const BrokerLayers& layers, std::string_view name);

// What a topic gets for a configuration that it does not set: the first synonym that has a value
// decides; hours and minutes become milliseconds. Nothing only for internal configurations.
std::optional<std::string> inherited_value(const BrokerLayers& layers, const TopicConfigDef& def);

// What a topic has that does not set a configuration itself.
struct InheritedConfig {
  const TopicConfigDef* def = nullptr;
  std::optional<std::string> value;     // null only for internal configurations
  std::vector<ConfigSynonym> synonyms;  // as DescribeConfigs lists them

  // CreateTopics asks the controller, whose resolution looks at all synonyms and does not parse
  // (KafkaConfigSchema.resolveEffectiveTopicConfig).
  std::optional<std::string> creation_value;
  ConfigSource creation_source = ConfigSource::kDefault;

  ConfigSource source() const {
    return synonyms.empty() ? ConfigSource::kDefault : synonyms.front().source;
  }
};

// In the order of ConfigDefs::topic().
using InheritedConfigs = std::vector<InheritedConfig>;

InheritedConfigs inherited_configs(const BrokerLayers& layers);

// The effective configuration of a topic with these configs of its own; they have been checked.
TopicConfig make_topic_config(const ConfigMap& configs, const InheritedConfigs& inherited);

// The names that make_topic_config() asks for: what is heeded.
std::set<std::string, std::less<>> heeded_topic_configs(const InheritedConfigs& inherited);

// What is wrong with a topic's own configs, given what it inherits; nothing if all is well
// (LogConfig.validate).
std::optional<std::string> check_topic_configs(const ConfigDefs& defs, const ConfigMap& configs,
                                               const InheritedConfigs& inherited);

}  // namespace understudy::broker
