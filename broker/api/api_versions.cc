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

constexpr wire::Version kFirstVersionWithLevelZero = 4;

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

// Old clients take a least version of 0 for a mistake, so what is supported from 0 on is hidden
// from them; what is finalized is not (KIP-1022).
void add_features(const Context& context, wire::Version version,
                  wire::ApiVersionsResponse& response) {
  for (const Feature& feature : context.profile.features()) {
    const std::string name(feature.name);
    if (feature.min > 0 || version >= kFirstVersionWithLevelZero) {
      response.supported_features.push_back(
          {.name = name, .min_version = feature.min, .max_version = feature.max});
    }
    if (feature.finalized == 0) continue;
    response.finalized_features.push_back({.name = name,
                                           .max_version_level = feature.finalized,
                                           .min_version_level = feature.finalized});
  }
  if (response.finalized_features.empty()) return;
  response.finalized_features_epoch = context.cluster.metadata_offset();
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
  add_features(context, envelope.version, response);
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
