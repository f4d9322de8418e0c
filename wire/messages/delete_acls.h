// DeleteAcls (key 31): removes access rules that match a filter.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace delete_acls_request {

struct DeleteAclsFilter {
  WIRE_STRUCT(DeleteAclsFilter);
  FIELD(std::int8_t, resource_type_filter, .versions = "0+");
  FIELD(Nullable<String>, resource_name_filter, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, pattern_type_filter, .versions = "1+", .initial = 3);
  FIELD(Nullable<String>, principal_filter, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<String>, host_filter, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_acls_request

struct DeleteAclsRequest {
  WIRE_STRUCT(DeleteAclsRequest, .key = 31, .versions = "1-3", .flexible = "2+");
  FIELD(Array<delete_acls_request::DeleteAclsFilter>, filters, .versions = "0+");
  WIRE_END;
};

namespace delete_acls_response {

struct DeleteAclsMatchingAcl {
  WIRE_STRUCT(DeleteAclsMatchingAcl);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(std::int8_t, pattern_type, .versions = "1+", .initial = 3);
  FIELD(String, principal, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

struct DeleteAclsFilterResult {
  WIRE_STRUCT(DeleteAclsFilterResult);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<DeleteAclsMatchingAcl>, matching_acls, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_acls_response

struct DeleteAclsResponse {
  WIRE_STRUCT(DeleteAclsResponse, .key = 31, .versions = "1-3", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<delete_acls_response::DeleteAclsFilterResult>, filter_results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
