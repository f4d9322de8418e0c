// SaslAuthenticate (key 36): carries the messages of a SASL login.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct SaslAuthenticateRequest {
  WIRE_STRUCT(SaslAuthenticateRequest, .key = 36, .versions = "0-2", .flexible = "2+");
  FIELD(Bytes, auth_bytes, .versions = "0+");
  WIRE_END;
};

struct SaslAuthenticateResponse {
  WIRE_STRUCT(SaslAuthenticateResponse, .key = 36, .versions = "0-2", .flexible = "2+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Bytes, auth_bytes, .versions = "0+");
  FIELD(std::int64_t, session_lifetime_ms, .versions = "1+", .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
