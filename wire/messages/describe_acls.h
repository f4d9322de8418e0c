// DescribeAcls (key 29): lists access rules that match a filter.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct DescribeAclsRequest {
  WIRE_STRUCT(DescribeAclsRequest, .key = 29, .versions = "1-3", .flexible = "2+");
  FIELD(std::int8_t, resource_type_filter, .versions = "0+");
  FIELD(Nullable<String>, resource_name_filter, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, pattern_type_filter, .versions = "1+", .initial = 3);
  FIELD(Nullable<String>, principal_filter, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<String>, host_filter, .versions = "0+", .initial = kEmpty);
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

namespace describe_acls_response {

struct AclDescription {
  WIRE_STRUCT(AclDescription);
  FIELD(String, principal, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

struct DescribeAclsResource {
  WIRE_STRUCT(DescribeAclsResource);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(std::int8_t, pattern_type, .versions = "1+", .initial = 3);
  FIELD(Array<AclDescription>, acls, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_acls_response

struct DescribeAclsResponse {
  WIRE_STRUCT(DescribeAclsResponse, .key = 29, .versions = "1-3", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<describe_acls_response::DescribeAclsResource>, resources, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
