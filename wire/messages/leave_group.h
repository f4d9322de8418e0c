// LeaveGroup (key 13): takes members out of a classic group.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace leave_group_request {

struct MemberIdentity {
  WIRE_STRUCT(MemberIdentity);
  FIELD(String, member_id, .versions = "3+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+");
  FIELD(Nullable<String>, reason, .versions = "5+", .ignorable = true);
  WIRE_END;
};

}  // namespace leave_group_request

struct LeaveGroupRequest {
  WIRE_STRUCT(LeaveGroupRequest, .key = 13, .versions = "0-5", .flexible = "4+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0-2");
  FIELD(Array<leave_group_request::MemberIdentity>, members, .versions = "3+");
  WIRE_END;
};

namespace leave_group_response {

struct MemberResponse {
  WIRE_STRUCT(MemberResponse);
  FIELD(String, member_id, .versions = "3+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+", .initial = kEmpty);
  FIELD(ErrorCode, error_code, .versions = "3+");
  WIRE_END;
};

}  // namespace leave_group_response

struct LeaveGroupResponse {
  WIRE_STRUCT(LeaveGroupResponse, .key = 13, .versions = "0-5", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<leave_group_response::MemberResponse>, members, .versions = "3+");
  WIRE_END;
};

}  // namespace understudy::wire
