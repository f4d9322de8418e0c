// UnregisterController (key 94): removes the registration of a controller that is gone.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct UnregisterControllerRequest {
  WIRE_STRUCT(UnregisterControllerRequest, .key = 94, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, controller_id, .versions = "0+");
  WIRE_END;
};

struct UnregisterControllerResponse {
  WIRE_STRUCT(UnregisterControllerResponse, .key = 94, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace understudy::wire
