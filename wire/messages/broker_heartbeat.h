// BrokerHeartbeat (key 63): shows the controller that a broker is alive and how far it has read.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct BrokerHeartbeatRequest {
  WIRE_STRUCT(BrokerHeartbeatRequest, .key = 63, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  FIELD(std::int64_t, current_metadata_offset, .versions = "0+");
  FIELD(bool, want_fence, .versions = "0+");
  FIELD(bool, want_shut_down, .versions = "0+");
  FIELD(Array<Uuid>, offline_log_dirs, .versions = "1+", .tag = 0);
  FIELD(Nullable<Array<Uuid>>, cordoned_log_dirs, .versions = "2+", .tag = 1);
  WIRE_END;
};

struct BrokerHeartbeatResponse {
  WIRE_STRUCT(BrokerHeartbeatResponse, .key = 63, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(bool, is_caught_up, .versions = "0+");
  FIELD(bool, is_fenced, .versions = "0+", .initial = true);
  FIELD(bool, should_shut_down, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
