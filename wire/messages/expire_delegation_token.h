// ExpireDelegationToken (key 40): ends a token, now or at a given time.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ExpireDelegationTokenRequest {
  WIRE_STRUCT(ExpireDelegationTokenRequest, .key = 40, .versions = "1-2", .flexible = "2+");
  FIELD(Bytes, hmac, .versions = "0+");
  FIELD(std::int64_t, expiry_time_period_ms, .versions = "0+");
  WIRE_END;
};

struct ExpireDelegationTokenResponse {
  WIRE_STRUCT(ExpireDelegationTokenResponse, .key = 40, .versions = "1-2", .flexible = "2+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, expiry_timestamp_ms, .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
