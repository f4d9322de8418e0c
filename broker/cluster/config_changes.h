// Changes of configurations, as AlterConfigs and IncrementalAlterConfigs ask for them: checks in
// Kafka's order, then the change.
//
// Kafka's ConfigAdminManager (on the broker) and ConfigurationControlManager (on the controller).
// That a resource is named twice is the handlers' business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/api_error.h"
#include "broker/cluster/changes.h"
#include "broker/cluster/cluster.h"

namespace understudy::broker {

// The numbers are the requests' (ConfigResource.Type); any other may arrive too.
enum class ConfigResourceType : std::int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};

struct ConfigResource {
  ConfigResourceType type{};
  std::string name;
};

// The numbers are the request's (AlterConfigOp.OpType); any other may arrive too.
enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct ConfigEdit {
  std::string name;
  ConfigOperation operation = ConfigOperation::kSet;
  std::optional<std::string> value = {};
};

// IncrementalAlterConfigs: edits of what is there.
ApiError incremental_alter_configs(Cluster& cluster, NodeId node, const ConfigResource& resource,
                                   const std::vector<ConfigEdit>& edits, ChangeMode mode);

// AlterConfigs: `settings` (all kSet) take the place of what is there.
ApiError alter_configs(Cluster& cluster, NodeId node, const ConfigResource& resource,
                       const std::vector<ConfigEdit>& settings, ChangeMode mode);

// Whose question names a node: each words its refusal in its own way.
enum class Asker : std::uint8_t { kChange, kDescribeBroker, kDescribeLogger };

// Why the text does not name the node that was asked; nothing if it does.
std::optional<std::string> not_this_node(const std::string& text, NodeId node, Asker asker);

}  // namespace understudy::broker
