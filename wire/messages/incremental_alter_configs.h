// IncrementalAlterConfigs (key 44): changes single settings of a resource.
//  v1   flexible
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace incremental_alter_configs_request {

struct AlterableConfig {
  WIRE_STRUCT(AlterableConfig);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, config_operation, .versions = "0+");
  FIELD(Nullable<String>, value, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct AlterConfigsResource {
  WIRE_STRUCT(AlterConfigsResource);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(Array<AlterableConfig>, configs, .versions = "0+");
  WIRE_END;
};

}  // namespace incremental_alter_configs_request

struct IncrementalAlterConfigsRequest {
  WIRE_STRUCT(IncrementalAlterConfigsRequest, .key = 44, .versions = "0-1", .flexible = "1+");
  FIELD(Array<incremental_alter_configs_request::AlterConfigsResource>, resources,
        .versions = "0+");
  FIELD(bool, validate_only, .versions = "0+");
  WIRE_END;
};

namespace incremental_alter_configs_response {

struct AlterConfigsResourceResponse {
  WIRE_STRUCT(AlterConfigsResourceResponse);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  WIRE_END;
};

}  // namespace incremental_alter_configs_response

struct IncrementalAlterConfigsResponse {
  WIRE_STRUCT(IncrementalAlterConfigsResponse, .key = 44, .versions = "0-1", .flexible = "1+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<incremental_alter_configs_response::AlterConfigsResourceResponse>, responses,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
