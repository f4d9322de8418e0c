// DeleteGroups (key 42): deletes groups with their offsets.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct DeleteGroupsRequest {
  WIRE_STRUCT(DeleteGroupsRequest, .key = 42, .versions = "0-3", .flexible = "2+");
  FIELD(Array<String>, groups_names, .versions = "0+");
  WIRE_END;
};

namespace delete_groups_response {

struct DeletableGroupResult {
  WIRE_STRUCT(DeletableGroupResult);
  FIELD(String, group_id, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "3+", .ignorable = true);
  WIRE_END;
};

}  // namespace delete_groups_response

struct DeleteGroupsResponse {
  WIRE_STRUCT(DeleteGroupsResponse, .key = 42, .versions = "0-3", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<delete_groups_response::DeletableGroupResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
