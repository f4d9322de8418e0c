// SyncGroup (key 14): gives the leader's assignment to the members of a classic group.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace sync_group_request {

struct SyncGroupRequestAssignment {
  WIRE_STRUCT(SyncGroupRequestAssignment);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Bytes, assignment, .versions = "0+");
  WIRE_END;
};

}  // namespace sync_group_request

struct SyncGroupRequest {
  WIRE_STRUCT(SyncGroupRequest, .key = 14, .versions = "0-5", .flexible = "4+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(std::int32_t, generation_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+");
  FIELD(Nullable<String>, protocol_type, .versions = "5+", .ignorable = true);
  FIELD(Nullable<String>, protocol_name, .versions = "5+", .ignorable = true);
  FIELD(Array<sync_group_request::SyncGroupRequestAssignment>, assignments, .versions = "0+");
  WIRE_END;
};

struct SyncGroupResponse {
  WIRE_STRUCT(SyncGroupResponse, .key = 14, .versions = "0-5", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, protocol_type, .versions = "5+", .ignorable = true);
  FIELD(Nullable<String>, protocol_name, .versions = "5+", .ignorable = true);
  FIELD(Bytes, assignment, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
