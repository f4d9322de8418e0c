// IncrementalAlterConfigs (44): edits the configurations of resources (KIP-339).
#include "wire/messages/incremental_alter_configs.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/error_messages.h"
#include "broker/api/repeated_resources.h"
#include "broker/cluster/config_changes.h"

namespace understudy::broker {

void incremental_alter_configs(Context& context, wire::IncrementalAlterConfigsRequest request,
                               Reply<wire::IncrementalAlterConfigsResponse> reply) {
  const ChangeMode mode = request.validate_only ? ChangeMode::kValidateOnly : ChangeMode::kApply;
  const RepeatedResources repeated(request.resources);
  wire::IncrementalAlterConfigsResponse response;
  for (auto& resource : request.resources) {
    std::vector<ConfigEdit> edits;
    for (auto& config : resource.configs) {
      edits.push_back({.name = std::move(config.name),
                       .operation = static_cast<ConfigOperation>(config.config_operation),
                       .value = std::move(config.value)});
    }
    ApiError error = repeated.contains(resource)
                         ? repeated_resource_error()
                         : incremental_alter_configs(context.cluster, reply.request().node,
                                                     config_resource_of(resource), edits, mode);
    response.responses.push_back({.error_code = error.code,
                                  .error_message = fitting(std::move(error.message)),
                                  .resource_type = resource.resource_type,
                                  .resource_name = std::move(resource.resource_name)});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
