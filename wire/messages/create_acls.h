// CreateAcls (key 30): adds access rules.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace create_acls_request {

struct AclCreation {
  WIRE_STRUCT(AclCreation);
  FIELD(std::int8_t, resource_type, .versions = "0+");
  FIELD(String, resource_name, .versions = "0+");
  FIELD(std::int8_t, resource_pattern_type, .versions = "1+", .initial = 3);
  FIELD(String, principal, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int8_t, operation, .versions = "0+");
  FIELD(std::int8_t, permission_type, .versions = "0+");
  WIRE_END;
};

}  // namespace create_acls_request

struct CreateAclsRequest {
  WIRE_STRUCT(CreateAclsRequest, .key = 30, .versions = "1-3", .flexible = "2+");
  FIELD(Array<create_acls_request::AclCreation>, creations, .versions = "0+");
  WIRE_END;
};

namespace create_acls_response {

struct AclCreationResult {
  WIRE_STRUCT(AclCreationResult);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace create_acls_response

struct CreateAclsResponse {
  WIRE_STRUCT(CreateAclsResponse, .key = 30, .versions = "1-3", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<create_acls_response::AclCreationResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
