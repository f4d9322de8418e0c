// ApiVersions (18): what this broker speaks.
//
//   v3  the request names the client's software (KIP-511), the answer features (KIP-584)
//   v4  features with a least version of 0 may be listed
//   v5  the request may say which cluster and node it expects (KIP-1242)
//
// A request in a version that we do not have is answered by the dispatcher: its body has a layout
// nobody here knows.
#include "wire/messages/api_versions.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "broker/api/handlers.h"
#include "broker/api/table.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?
bool is_software_name(std::string_view name) {
  const auto is_inner = [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || c == '-' || c == '.');
  };
  const auto is_outer = [](unsigned char c) { return c < 0x80 && std::isalnum(c); };
  return !name.empty() && is_outer(static_cast<unsigned char>(name.front())) &&
         is_outer(static_cast<unsigned char>(name.back())) &&
         std::all_of(name.begin(), name.end(), is_inner);
}

}  // namespace

void api_versions(Context& context, wire::ApiVersionsRequest request,
                  Reply<wire::ApiVersionsResponse> reply) {
  const Request& envelope = reply.request();
  // Both are said or neither (ApiVersionsRequest.isValid); before v5 neither is.
  const bool says_half = request.cluster_id.has_value() != (request.node_id != -1);
  if (says_half ||
      (envelope.version >= 3 && (!is_software_name(request.client_software_name) ||
                                 !is_software_name(request.client_software_version)))) {
    std::move(reply).send({.error_code = ErrorCode::kInvalidRequest});
    return;
  }
  if (envelope.session != nullptr && envelope.version >= 3) {
    envelope.session->software_name = std::move(request.client_software_name);
    envelope.session->software_version = std::move(request.client_software_version);
  }
  const bool is_other_cluster =
      request.cluster_id && *request.cluster_id != context.cluster.cluster_id();
  const bool is_other_node = request.node_id != -1 && request.node_id != envelope.node;
  if (is_other_cluster || is_other_node) {
    std::move(reply).send({.error_code = ErrorCode::kRebootstrapRequired});
    return;
  }
  wire::ApiVersionsResponse response;
  for (const ServedApi& api : context.apis.all()) {
    response.api_keys.push_back({.api_key = static_cast<std::int16_t>(api.key()),
                                 .min_version = api.advertised_min,
                                 .max_version = api.versions.max});
  }
  // transaction.version, group.version and the like are not here: nothing of them is served yet.
  if (const auto levels = context.profile.metadata_version()) {
    const std::string name = "metadata.version";
    response.supported_features.push_back(
        {.name = name, .min_version = levels->min, .max_version = levels->max});
    response.finalized_features_epoch = 0;
    response.finalized_features.push_back(
        {.name = name, .max_version_level = levels->max, .min_version_level = levels->max});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
