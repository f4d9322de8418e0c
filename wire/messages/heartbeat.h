// Heartbeat (key 12): shows that a member of a classic group is alive.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct HeartbeatRequest {
  WIRE_STRUCT(HeartbeatRequest, .key = 12, .versions = "0-4", .flexible = "4+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(std::int32_t, generation_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+");
  WIRE_END;
};

struct HeartbeatResponse {
  WIRE_STRUCT(HeartbeatResponse, .key = 12, .versions = "0-4", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
