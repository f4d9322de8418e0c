// ApiVersions (key 18): tells which APIs, versions and features a broker has.
//  v1   throttle time
//  v3   flexible; the client names its software (KIP-511); features as tagged fields (KIP-584)
//  v4   a feature whose lowest level is 0 is listed; below, clients fail on it (KAFKA-17011)
//  v5   the client may name cluster and node it expects (KIP-1242)
//  The response header is always version 0. A version that the broker lacks is answered in version
//  0 with UNSUPPORTED_VERSION and the range of this API (KIP-511).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ApiVersionsRequest {
  WIRE_STRUCT(ApiVersionsRequest, .key = 18, .versions = "0-5", .flexible = "3+");
  FIELD(String, client_software_name, .versions = "3+", .ignorable = true,
        .about = "Letters, digits, dots and dashes; anything else is INVALID_REQUEST.");
  FIELD(String, client_software_version, .versions = "3+", .ignorable = true);
  FIELD(Nullable<String>, cluster_id, .versions = "5+", .ignorable = true,
        .about = "The cluster that the client expects; null is not checked.");
  FIELD(std::int32_t, node_id, .versions = "5+", .initial = -1, .ignorable = true,
        .about = "The broker that the client expects; -1 is not checked.");
  WIRE_END;
};

namespace api_versions_response {

struct ApiVersion {
  WIRE_STRUCT(ApiVersion);
  FIELD(std::int16_t, api_key, .versions = "0+");
  FIELD(std::int16_t, min_version, .versions = "0+");
  FIELD(std::int16_t, max_version, .versions = "0+");
  WIRE_END;
};

struct SupportedFeatureKey {
  WIRE_STRUCT(SupportedFeatureKey);
  FIELD(String, name, .versions = "3+");
  FIELD(std::int16_t, min_version, .versions = "3+");
  FIELD(std::int16_t, max_version, .versions = "3+");
  WIRE_END;
};

struct FinalizedFeatureKey {
  WIRE_STRUCT(FinalizedFeatureKey);
  FIELD(String, name, .versions = "3+");
  FIELD(std::int16_t, max_version_level, .versions = "3+");
  FIELD(std::int16_t, min_version_level, .versions = "3+");
  WIRE_END;
};

}  // namespace api_versions_response

struct ApiVersionsResponse {
  WIRE_STRUCT(ApiVersionsResponse, .key = 18, .versions = "0-5", .flexible = "3+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<api_versions_response::ApiVersion>, api_keys, .versions = "0+",
        .about = "In the order of their keys.");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(Array<api_versions_response::SupportedFeatureKey>, supported_features, .versions = "3+",
        .tag = 0, .ignorable = true);
  FIELD(std::int64_t, finalized_features_epoch, .versions = "3+", .tag = 1, .initial = -1,
        .ignorable = true, .about = "Rises when features change; -1 if unknown.");
  FIELD(Array<api_versions_response::FinalizedFeatureKey>, finalized_features, .versions = "3+",
        .tag = 2, .ignorable = true, .about = "The levels in force throughout the cluster.");
  FIELD(bool, zk_migration_ready, .versions = "3+", .tag = 3, .ignorable = true,
        .about = "Of the move away from ZooKeeper; always false since.");
  WIRE_END;
};

}  // namespace understudy::wire
