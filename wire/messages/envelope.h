// Envelope (key 58): wraps a client's request that a broker forwards to the controller.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct EnvelopeRequest {
  WIRE_STRUCT(EnvelopeRequest, .key = 58, .versions = "0", .flexible = "0+");
  FIELD(Bytes, request_data, .versions = "0+");
  FIELD(Nullable<Bytes>, request_principal, .versions = "0+", .initial = kEmpty);
  FIELD(Bytes, client_host_address, .versions = "0+");
  WIRE_END;
};

struct EnvelopeResponse {
  WIRE_STRUCT(EnvelopeResponse, .key = 58, .versions = "0", .flexible = "0+");
  FIELD(Nullable<Bytes>, response_data, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
