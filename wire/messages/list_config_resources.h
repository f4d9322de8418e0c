// ListConfigResources (key 74): lists resources that have settings.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ListConfigResourcesRequest {
  WIRE_STRUCT(ListConfigResourcesRequest, .key = 74, .versions = "0-1", .flexible = "0+");
  FIELD(Array<std::int8_t>, resource_types, .versions = "1+");
  WIRE_END;
};

namespace list_config_resources_response {

struct ConfigResource {
  WIRE_STRUCT(ConfigResource);
  FIELD(String, resource_name, .versions = "0+");
  FIELD(std::int8_t, resource_type, .versions = "1+", .initial = 16, .ignorable = true);
  WIRE_END;
};

}  // namespace list_config_resources_response

struct ListConfigResourcesResponse {
  WIRE_STRUCT(ListConfigResourcesResponse, .key = 74, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<list_config_resources_response::ConfigResource>, config_resources, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
