// DescribeGroups (key 15): shows classic groups with their members.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct DescribeGroupsRequest {
  WIRE_STRUCT(DescribeGroupsRequest, .key = 15, .versions = "0-6", .flexible = "5+");
  FIELD(Array<String>, groups, .versions = "0+");
  FIELD(bool, include_authorized_operations, .versions = "3+");
  WIRE_END;
};

namespace describe_groups_response {

struct DescribedGroupMember {
  WIRE_STRUCT(DescribedGroupMember);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "4+", .ignorable = true);
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(Bytes, member_metadata, .versions = "0+");
  FIELD(Bytes, member_assignment, .versions = "0+");
  WIRE_END;
};

struct DescribedGroup {
  WIRE_STRUCT(DescribedGroup);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "6+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, group_state, .versions = "0+");
  FIELD(String, protocol_type, .versions = "0+");
  FIELD(String, protocol_data, .versions = "0+");
  FIELD(Array<DescribedGroupMember>, members, .versions = "0+");
  FIELD(std::int32_t, authorized_operations, .versions = "3+", .initial = INT32_MIN);
  WIRE_END;
};

}  // namespace describe_groups_response

struct DescribeGroupsResponse {
  WIRE_STRUCT(DescribeGroupsResponse, .key = 15, .versions = "0-6", .flexible = "5+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(Array<describe_groups_response::DescribedGroup>, groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
