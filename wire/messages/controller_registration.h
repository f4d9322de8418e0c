// ControllerRegistration (key 70): registers a controller with the leader of the quorum.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace controller_registration_request {

struct Listener {
  WIRE_STRUCT(Listener);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  FIELD(std::int16_t, security_protocol, .versions = "0+");
  WIRE_END;
};

struct Feature {
  WIRE_STRUCT(Feature);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int16_t, min_supported_version, .versions = "0+");
  FIELD(std::int16_t, max_supported_version, .versions = "0+");
  WIRE_END;
};

}  // namespace controller_registration_request

struct ControllerRegistrationRequest {
  WIRE_STRUCT(ControllerRegistrationRequest, .key = 70, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, controller_id, .versions = "0+");
  FIELD(Uuid, incarnation_id, .versions = "0+");
  FIELD(bool, zk_migration_ready, .versions = "0+");
  FIELD(Array<controller_registration_request::Listener>, listeners, .versions = "0+");
  FIELD(Array<controller_registration_request::Feature>, features, .versions = "0+");
  WIRE_END;
};

struct ControllerRegistrationResponse {
  WIRE_STRUCT(ControllerRegistrationResponse, .key = 70, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace understudy::wire
