// RenewDelegationToken (key 39): lets a token live longer.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct RenewDelegationTokenRequest {
  WIRE_STRUCT(RenewDelegationTokenRequest, .key = 39, .versions = "1-2", .flexible = "2+");
  FIELD(Bytes, hmac, .versions = "0+");
  FIELD(std::int64_t, renew_period_ms, .versions = "0+");
  WIRE_END;
};

struct RenewDelegationTokenResponse {
  WIRE_STRUCT(RenewDelegationTokenResponse, .key = 39, .versions = "1-2", .flexible = "2+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, expiry_timestamp_ms, .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
