// ListGroups (key 16): lists the groups that a broker coordinates.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ListGroupsRequest {
  WIRE_STRUCT(ListGroupsRequest, .key = 16, .versions = "0-5", .flexible = "3+");
  FIELD(Array<String>, states_filter, .versions = "4+");
  FIELD(Array<String>, types_filter, .versions = "5+");
  WIRE_END;
};

namespace list_groups_response {

struct ListedGroup {
  WIRE_STRUCT(ListedGroup);
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, protocol_type, .versions = "0+");
  FIELD(String, group_state, .versions = "4+", .ignorable = true);
  FIELD(String, group_type, .versions = "5+", .ignorable = true);
  WIRE_END;
};

}  // namespace list_groups_response

struct ListGroupsResponse {
  WIRE_STRUCT(ListGroupsResponse, .key = 16, .versions = "0-5", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<list_groups_response::ListedGroup>, groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
