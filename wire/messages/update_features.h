// UpdateFeatures (key 57): raises or lowers the level of cluster features.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace update_features_request {

struct FeatureUpdateKey {
  WIRE_STRUCT(FeatureUpdateKey);
  FIELD(String, feature, .versions = "0+");
  FIELD(std::int16_t, max_version_level, .versions = "0+");
  FIELD(bool, allow_downgrade, .versions = "0");
  FIELD(std::int8_t, upgrade_type, .versions = "1+", .initial = 1);
  WIRE_END;
};

}  // namespace update_features_request

struct UpdateFeaturesRequest {
  WIRE_STRUCT(UpdateFeaturesRequest, .key = 57, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+", .initial = 60000);
  FIELD(Array<update_features_request::FeatureUpdateKey>, feature_updates, .versions = "0+");
  FIELD(bool, validate_only, .versions = "1+");
  WIRE_END;
};

namespace update_features_response {

struct UpdatableFeatureResult {
  WIRE_STRUCT(UpdatableFeatureResult);
  FIELD(String, feature, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace update_features_response

struct UpdateFeaturesResponse {
  WIRE_STRUCT(UpdateFeaturesResponse, .key = 57, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<update_features_response::UpdatableFeatureResult>, results, .versions = "0-1",
        .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
