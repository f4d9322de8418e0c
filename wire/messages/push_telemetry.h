// PushTelemetry (key 72): delivers a client's metrics (KIP-714).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct PushTelemetryRequest {
  WIRE_STRUCT(PushTelemetryRequest, .key = 72, .versions = "0", .flexible = "0+");
  FIELD(Uuid, client_instance_id, .versions = "0+");
  FIELD(std::int32_t, subscription_id, .versions = "0+");
  FIELD(bool, terminating, .versions = "0+");
  FIELD(std::int8_t, compression_type, .versions = "0+");
  FIELD(Bytes, metrics, .versions = "0+");
  WIRE_END;
};

struct PushTelemetryResponse {
  WIRE_STRUCT(PushTelemetryResponse, .key = 72, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
