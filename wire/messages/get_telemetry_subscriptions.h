// GetTelemetrySubscriptions (key 71): asks which of its metrics a client shall push (KIP-714).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct GetTelemetrySubscriptionsRequest {
  WIRE_STRUCT(GetTelemetrySubscriptionsRequest, .key = 71, .versions = "0", .flexible = "0+");
  FIELD(Uuid, client_instance_id, .versions = "0+");
  WIRE_END;
};

struct GetTelemetrySubscriptionsResponse {
  WIRE_STRUCT(GetTelemetrySubscriptionsResponse, .key = 71, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Uuid, client_instance_id, .versions = "0+");
  FIELD(std::int32_t, subscription_id, .versions = "0+");
  FIELD(Array<std::int8_t>, accepted_compression_types, .versions = "0+");
  FIELD(std::int32_t, push_interval_ms, .versions = "0+");
  FIELD(std::int32_t, telemetry_max_bytes, .versions = "0+");
  FIELD(bool, delta_temporality, .versions = "0+");
  FIELD(Array<String>, requested_metrics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
