// BrokerRegistration (key 62): registers a broker with the controller.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace broker_registration_request {

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

}  // namespace broker_registration_request

struct BrokerRegistrationRequest {
  WIRE_STRUCT(BrokerRegistrationRequest, .key = 62, .versions = "0-4", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(String, cluster_id, .versions = "0+");
  FIELD(Uuid, incarnation_id, .versions = "0+");
  FIELD(Array<broker_registration_request::Listener>, listeners, .versions = "0+");
  FIELD(Array<broker_registration_request::Feature>, features, .versions = "0+");
  FIELD(Nullable<String>, rack, .versions = "0+", .initial = kEmpty);
  FIELD(bool, is_migrating_zk_broker, .versions = "1+");
  FIELD(Array<Uuid>, log_dirs, .versions = "2+", .ignorable = true);
  FIELD(std::int64_t, previous_broker_epoch, .versions = "3+", .initial = -1, .ignorable = true);
  WIRE_END;
};

struct BrokerRegistrationResponse {
  WIRE_STRUCT(BrokerRegistrationResponse, .key = 62, .versions = "0-4", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  WIRE_END;
};

}  // namespace understudy::wire
