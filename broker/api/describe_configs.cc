// DescribeConfigs (32): the configurations of topics, brokers and what else has some.
//
//   v1   sources and synonyms (KIP-226)
//   v3   types and documentation (KIP-569)
#include "wire/messages/describe_configs.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "broker/api/admin_handlers.h"
#include "broker/api/error_messages.h"
#include "broker/cluster/config_changes.h"
#include "broker/cluster/group_configs.h"
#include "broker/cluster/topic_names.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_configs_request::DescribeConfigsResource;
using wire::describe_configs_response::DescribeConfigsResourceResult;
using wire::describe_configs_response::DescribeConfigsResult;
using wire::describe_configs_response::DescribeConfigsSynonym;

enum class Synonyms : std::uint8_t { kInclude, kOmit };
enum class Documentation : std::uint8_t { kInclude, kOmit };

ConfigDef unknown_config(std::string_view name) {
  return {.name = name, .effect = {ConfigEffect::Kind::kDescribed, "nobody knows it"}};
}

class ConfigDescriber {
 public:
  ConfigDescriber(const Cluster& cluster, NodeId node, Synonyms synonyms,
                  Documentation documentation)
      : cluster_(cluster), node_(node), synonyms_(synonyms), documentation_(documentation) {}

  DescribeConfigsResult describe(const DescribeConfigsResource& resource) const {
    DescribeConfigsResult result;
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
    switch (static_cast<ConfigResourceType>(resource.resource_type)) {
      case ConfigResourceType::kTopic:
        describe_topic(resource, result);
        break;
      case ConfigResourceType::kBroker:
        describe_broker(resource, result);
        break;
      case ConfigResourceType::kBrokerLogger:
        describe_loggers(resource, result);
        break;
      case ConfigResourceType::kClientMetrics:
        describe_client_metrics(resource, result);
        break;
      case ConfigResourceType::kGroup:
        describe_group(resource, result);
        break;
    }
    return result;
  }

 private:
  static bool is_wanted(const DescribeConfigsResource& resource, std::string_view name) {
    const auto& keys = resource.configuration_keys;
    return !keys || keys->empty() || std::ranges::count(*keys, name) != 0;
  }

  static void refuse(DescribeConfigsResult& result, ErrorCode error, std::string message) {
    result.error_code = error;
    result.error_message = fitting(std::move(message));
  }

  DescribeConfigsResourceResult entry_of(const ConfigDef& def) const {
    DescribeConfigsResourceResult entry;
    entry.name = def.name;
    entry.config_source = static_cast<std::int8_t>(ConfigSource::kDefault);
    entry.is_sensitive = def.is_sensitive();
    entry.config_type = static_cast<std::int8_t>(def.type);
    entry.value = std::nullopt;
    entry.documentation = std::nullopt;
    if (documentation_ == Documentation::kInclude) entry.documentation = std::string(def.about);
    return entry;
  }

  // The source of an entry is that of its nearest synonym.
  void add_synonyms(const std::vector<ConfigSynonym>& synonyms,
                    DescribeConfigsResourceResult& entry) const {
    if (synonyms.empty()) return;
    entry.config_source = static_cast<std::int8_t>(synonyms.front().source);
    if (synonyms_ == Synonyms::kOmit) return;
    for (const ConfigSynonym& synonym : synonyms) {
      DescribeConfigsSynonym& added = entry.synonyms.emplace_back();
      added.name = synonym.name;
      if (entry.is_sensitive) {
        added.value = std::nullopt;
      } else {
        added.value = synonym.value;
      }
      added.source = static_cast<std::int8_t>(synonym.source);
    }
  }

  void describe_topic(const DescribeConfigsResource& resource,
                      DescribeConfigsResult& result) const {
    if (auto why = invalid_topic_name(resource.resource_name)) {
      return refuse(result, ErrorCode::kInvalidTopicException, *std::move(why));
    }
    const Topic* topic = cluster_.find_topic(resource.resource_name);
    if (topic == nullptr) {
      result.error_code = ErrorCode::kUnknownTopicOrPartition;
      return;
    }
    for (const InheritedConfig& inherited : cluster_.configs().inherited(node_)) {
      const ConfigDef& def = *inherited.def;
      if (def.listing == ConfigListing::kInternal || !is_wanted(resource, def.name)) continue;
      DescribeConfigsResourceResult entry = entry_of(def);
      entry.value = inherited.value;
      std::vector<ConfigSynonym> synonyms = inherited.synonyms;
      const auto own = topic->configs.find(def.name);
      if (own != topic->configs.end()) {
        const auto parsed = parse_config(def, own->second);
        ASSERT(std::holds_alternative<std::string>(parsed));  // checked when it was set
        entry.value = std::get<std::string>(parsed);
        synonyms.insert(synonyms.begin(), {own->first, *entry.value, ConfigSource::kTopic});
      }
      add_synonyms(synonyms, entry);
      result.configs.push_back(std::move(entry));
    }
  }

  void describe_broker(const DescribeConfigsResource& resource,
                       DescribeConfigsResult& result) const {
    if (resource.resource_name.empty()) return describe_cluster_wide(resource, result);
    if (auto why = not_this_node(resource.resource_name, node_, Asker::kDescribeBroker)) {
      return refuse(result, ErrorCode::kInvalidRequest, *std::move(why));
    }
    const Node* node = cluster_.find_node(node_);
    ASSERT(node != nullptr);
    const ConfigMap properties = cluster_.properties_of(*node);
    const BrokerLayers configured = cluster_.configs().layers(node_);
    const BrokerLayers layers{.defs = configured.defs,
                              .dynamic_node = configured.dynamic_node,
                              .dynamic_default = configured.dynamic_default,
                              .properties = properties};
    for (const ConfigDef& def : cluster_.configs().defs().broker()) {
      const bool is_set = layers.properties.contains(def.name);
      if (def.listing == ConfigListing::kInternal && !is_set) continue;
      add_broker_config(resource, layers, def, result);
    }
    add_unknown_broker_configs(resource, layers, result);
  }

  void add_broker_config(const DescribeConfigsResource& resource, const BrokerLayers& layers,
                         const ConfigDef& def, DescribeConfigsResult& result) const {
    if (!is_wanted(resource, def.name)) return;
    DescribeConfigsResourceResult entry = entry_of(def);
    entry.read_only = def.update == ConfigUpdate::kReadOnly;
    if (!entry.is_sensitive) entry.value = broker_value(layers, def);
    add_synonyms(broker_synonyms(layers, def.name), entry);
    result.configs.push_back(std::move(entry));
  }

  // What was set under names that Kafka does not know; it might be a secret of a plug-in.
  void add_unknown_broker_configs(const DescribeConfigsResource& resource,
                                  const BrokerLayers& layers, DescribeConfigsResult& result) const {
    std::set<std::string_view> names;
    for (const ConfigMap* configs :
         {&layers.dynamic_node, &layers.dynamic_default, &layers.properties}) {
      for (const auto& [name, value] : *configs) {
        if (cluster_.configs().defs().find_broker(name) == nullptr) names.insert(name);
      }
    }
    for (const std::string_view name : names) {
      add_broker_config(resource, layers, unknown_config(name), result);
    }
  }

  // The resource without a name: what was set for all brokers, and nothing else.
  void describe_cluster_wide(const DescribeConfigsResource& resource,
                             DescribeConfigsResult& result) const {
    const BrokerLayers layers = cluster_.configs().layers(node_);
    for (const auto& [name, value] : layers.dynamic_default) {
      if (!is_wanted(resource, name)) continue;
      const ConfigDef* known = cluster_.configs().defs().find_broker(name);
      const ConfigDef def = known != nullptr ? *known : unknown_config(name);
      DescribeConfigsResourceResult entry = entry_of(def);
      entry.read_only = def.update == ConfigUpdate::kReadOnly;
      if (!entry.is_sensitive) entry.value = value;
      std::vector<ConfigSynonym> synonyms = broker_synonyms(layers, name);
      std::erase_if(synonyms, [](const ConfigSynonym& synonym) {
        return synonym.source != ConfigSource::kDynamicDefaultBroker;
      });
      add_synonyms(synonyms, entry);
      result.configs.push_back(std::move(entry));
    }
  }

  // Loggers are Log4j's; there are none here.
  void describe_loggers(const DescribeConfigsResource& resource,
                        DescribeConfigsResult& result) const {
    if (resource.resource_name.empty()) {
      return refuse(result, ErrorCode::kInvalidRequest, "Broker id must not be empty");
    }
    if (auto why = not_this_node(resource.resource_name, node_, Asker::kDescribeLogger)) {
      refuse(result, ErrorCode::kInvalidRequest, *std::move(why));
    }
  }

  // Nothing can be set on client metrics here, and every name has the defaults.
  void describe_client_metrics(const DescribeConfigsResource& resource,
                               DescribeConfigsResult& result) const {
    if (resource.resource_name.empty()) {
      return refuse(result, ErrorCode::kInvalidRequest,
                    "Client metrics subscription name must not be empty");
    }
    for (const ConfigDef& def : cluster_.configs().defs().client_metrics()) {
      if (def.listing == ConfigListing::kInternal || !is_wanted(resource, def.name)) continue;
      DescribeConfigsResourceResult entry = entry_of(def);
      entry.value = std::string(*def.initial);
      result.configs.push_back(std::move(entry));
    }
  }

  // Any name has what the brokers configure for all groups.
  void describe_group(const DescribeConfigsResource& resource,
                      DescribeConfigsResult& result) const {
    if (resource.resource_name.empty()) {
      return refuse(result, ErrorCode::kInvalidRequest, "Group name must not be empty");
    }
    const ConfigMap& own = cluster_.configs().of_group(resource.resource_name);
    for (const ConfigDef& def : cluster_.configs().defs().group()) {
      if (def.listing == ConfigListing::kInternal || !is_wanted(resource, def.name)) continue;
      DescribeConfigsResourceResult entry = entry_of(def);
      GroupConfigValue value = group_config_value(cluster_, node_, def, own);
      entry.value = std::move(value.value);
      add_synonyms(value.synonyms, entry);
      result.configs.push_back(std::move(entry));
    }
  }

  const Cluster& cluster_;
  const NodeId node_;
  const Synonyms synonyms_;
  const Documentation documentation_;
};

bool is_known(const Profile& profile, std::int8_t resource_type) {
  switch (static_cast<ConfigResourceType>(resource_type)) {
    case ConfigResourceType::kTopic:
    case ConfigResourceType::kBroker:
    case ConfigResourceType::kBrokerLogger:
    case ConfigResourceType::kClientMetrics:
      return true;
    case ConfigResourceType::kGroup:
      return profile.has_group_configs();
  }
  return false;
}

// A type that does not exist spoils the request for all resources.
wire::DescribeConfigsResponse refuse_all(const std::vector<DescribeConfigsResource>& resources) {
  wire::DescribeConfigsResponse response;
  for (const DescribeConfigsResource& resource : resources) {
    DescribeConfigsResult& result = response.results.emplace_back();
    result.error_code = ErrorCode::kInvalidRequest;
    result.error_message = default_message(ErrorCode::kInvalidRequest);
    result.resource_type = resource.resource_type;
    result.resource_name = resource.resource_name;
  }
  return response;
}

}  // namespace

void describe_configs(Context& context, wire::DescribeConfigsRequest request,
                      Reply<wire::DescribeConfigsResponse> reply) {
  const bool all_known = std::ranges::all_of(request.resources, [&](const auto& resource) {
    return is_known(context.profile, resource.resource_type);
  });
  if (!all_known) return std::move(reply).send(refuse_all(request.resources));
  const ConfigDescriber describer(
      context.cluster, reply.request().node,
      request.include_synonyms ? Synonyms::kInclude : Synonyms::kOmit,
      request.include_documentation ? Documentation::kInclude : Documentation::kOmit);
  wire::DescribeConfigsResponse response;
  for (const DescribeConfigsResource& resource : request.resources) {
    response.results.push_back(describer.describe(resource));
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
