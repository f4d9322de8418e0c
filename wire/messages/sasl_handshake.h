// SaslHandshake (key 17): agrees on the mechanism of a SASL login.
//  Never flexible, so its header stays old for good.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct SaslHandshakeRequest {
  WIRE_STRUCT(SaslHandshakeRequest, .key = 17, .versions = "0-1");
  FIELD(String, mechanism, .versions = "0+");
  WIRE_END;
};

struct SaslHandshakeResponse {
  WIRE_STRUCT(SaslHandshakeResponse, .key = 17, .versions = "0-1");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<String>, mechanisms, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
