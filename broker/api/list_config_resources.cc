// ListConfigResources (74): what configurations can be described of.
//
//   v0   client metrics only (KIP-714), of which there are none
//   v1   a filter by type (KIP-1142)
#include "wire/messages/list_config_resources.h"

#include <algorithm>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/cluster/config_changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr ConfigResourceType kAllTypes[] = {
    ConfigResourceType::kTopic, ConfigResourceType::kBroker, ConfigResourceType::kBrokerLogger,
    ConfigResourceType::kClientMetrics, ConfigResourceType::kGroup};

constexpr wire::Version kFirstVersionWithTypes = 1;

void list(const Cluster& cluster, ConfigResourceType type,
          wire::ListConfigResourcesResponse& response) {
  const auto add = [&](std::string name) {
    response.config_resources.push_back(
        {.resource_name = std::move(name), .resource_type = static_cast<std::int8_t>(type)});
  };
  switch (type) {
    case ConfigResourceType::kTopic:
      for (const auto& [name, topic] : cluster.topics()) add(name);
      break;
    case ConfigResourceType::kBroker:
    case ConfigResourceType::kBrokerLogger:
      for (const Node& node : cluster.nodes()) add(std::to_string(node.id));
      break;
    case ConfigResourceType::kGroup:  // Only those with configurations are listed,
      for (const auto& [name, configs] : cluster.configs().of_all_groups()) add(name);
      break;
    case ConfigResourceType::kClientMetrics:
      break;  // and none can be set on these.
  }
}

}  // namespace

void list_config_resources(Context& context, wire::ListConfigResourcesRequest request,
                           Reply<wire::ListConfigResourcesResponse> reply) {
  wire::ListConfigResourcesResponse response;
  if (reply.request().version < kFirstVersionWithTypes) {
    request.resource_types = {static_cast<std::int8_t>(ConfigResourceType::kClientMetrics)};
  }
  const auto is_known = [](std::int8_t type) {
    return std::ranges::count(kAllTypes, static_cast<ConfigResourceType>(type)) != 0;
  };
  if (!std::ranges::all_of(request.resource_types, is_known)) {
    response.error_code = ErrorCode::kUnsupportedVersion;
    return std::move(reply).send(std::move(response));
  }
  for (const ConfigResourceType type : kAllTypes) {
    const bool is_wanted =
        request.resource_types.empty() ||
        std::ranges::count(request.resource_types, static_cast<std::int8_t>(type)) != 0;
    if (is_wanted) list(context.cluster, type, response);
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
