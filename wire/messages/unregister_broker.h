// UnregisterBroker (key 64): removes the registration of a broker that is gone.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct UnregisterBrokerRequest {
  WIRE_STRUCT(UnregisterBrokerRequest, .key = 64, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  WIRE_END;
};

struct UnregisterBrokerResponse {
  WIRE_STRUCT(UnregisterBrokerResponse, .key = 64, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace understudy::wire
