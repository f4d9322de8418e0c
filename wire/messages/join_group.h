// JoinGroup (key 11): enters a classic group and waits for the others.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace join_group_request {

struct JoinGroupRequestProtocol {
  WIRE_STRUCT(JoinGroupRequestProtocol);
  FIELD(String, name, .versions = "0+");
  FIELD(Bytes, metadata, .versions = "0+");
  WIRE_END;
};

}  // namespace join_group_request

struct JoinGroupRequest {
  WIRE_STRUCT(JoinGroupRequest, .key = 11, .versions = "0-9", .flexible = "6+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(std::int32_t, session_timeout_ms, .versions = "0+");
  FIELD(std::int32_t, rebalance_timeout_ms, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "5+");
  FIELD(String, protocol_type, .versions = "0+");
  FIELD(Array<join_group_request::JoinGroupRequestProtocol>, protocols, .versions = "0+");
  FIELD(Nullable<String>, reason, .versions = "8+", .ignorable = true);
  WIRE_END;
};

namespace join_group_response {

struct JoinGroupResponseMember {
  WIRE_STRUCT(JoinGroupResponseMember);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "5+", .ignorable = true);
  FIELD(Bytes, metadata, .versions = "0+");
  WIRE_END;
};

}  // namespace join_group_response

struct JoinGroupResponse {
  WIRE_STRUCT(JoinGroupResponse, .key = 11, .versions = "0-9", .flexible = "6+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "2+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, generation_id, .versions = "0+", .initial = -1);
  FIELD(Nullable<String>, protocol_type, .versions = "7+", .ignorable = true);
  FIELD(Nullable<String>, protocol_name, .versions = "0+", .nullable = "7+", .initial = kEmpty);
  FIELD(String, leader, .versions = "0+");
  FIELD(bool, skip_assignment, .versions = "9+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(Array<join_group_response::JoinGroupResponseMember>, members, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
