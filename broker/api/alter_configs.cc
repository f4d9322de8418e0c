// AlterConfigs (33): replaces the configurations of resources (deprecated by KIP-339).
#include "wire/messages/alter_configs.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/error_messages.h"
#include "broker/api/repeated_resources.h"
#include "broker/cluster/config_changes.h"

namespace understudy::broker {

void alter_configs(Context& context, wire::AlterConfigsRequest request,
                   Reply<wire::AlterConfigsResponse> reply) {
  const ChangeMode mode = request.validate_only ? ChangeMode::kValidateOnly : ChangeMode::kApply;
  const RepeatedResources repeated(request.resources);
  wire::AlterConfigsResponse response;
  for (auto& resource : request.resources) {
    std::vector<ConfigEdit> settings;
    for (auto& config : resource.configs) {
      settings.push_back({.name = std::move(config.name), .value = std::move(config.value)});
    }
    ApiError error = repeated.contains(resource)
                         ? repeated_resource_error()
                         : alter_configs(context.cluster, reply.request().node,
                                         config_resource_of(resource), settings, mode);
    response.responses.push_back({.error_code = error.code,
                                  .error_message = fitting(std::move(error.message)),
                                  .resource_type = resource.resource_type,
                                  .resource_name = std::move(resource.resource_name)});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
