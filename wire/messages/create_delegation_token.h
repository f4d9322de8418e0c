// CreateDelegationToken (key 38): makes a token that stands in for a login.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace create_delegation_token_request {

struct CreatableRenewers {
  WIRE_STRUCT(CreatableRenewers);
  FIELD(String, principal_type, .versions = "0+");
  FIELD(String, principal_name, .versions = "0+");
  WIRE_END;
};

}  // namespace create_delegation_token_request

struct CreateDelegationTokenRequest {
  WIRE_STRUCT(CreateDelegationTokenRequest, .key = 38, .versions = "1-3", .flexible = "2+");
  FIELD(Nullable<String>, owner_principal_type, .versions = "3+", .initial = kEmpty);
  FIELD(Nullable<String>, owner_principal_name, .versions = "3+", .initial = kEmpty);
  FIELD(Array<create_delegation_token_request::CreatableRenewers>, renewers, .versions = "0+");
  FIELD(std::int64_t, max_lifetime_ms, .versions = "0+");
  WIRE_END;
};

struct CreateDelegationTokenResponse {
  WIRE_STRUCT(CreateDelegationTokenResponse, .key = 38, .versions = "1-3", .flexible = "2+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(String, principal_type, .versions = "0+");
  FIELD(String, principal_name, .versions = "0+");
  FIELD(String, token_requester_principal_type, .versions = "3+");
  FIELD(String, token_requester_principal_name, .versions = "3+");
  FIELD(std::int64_t, issue_timestamp_ms, .versions = "0+");
  FIELD(std::int64_t, expiry_timestamp_ms, .versions = "0+");
  FIELD(std::int64_t, max_timestamp_ms, .versions = "0+");
  FIELD(String, token_id, .versions = "0+");
  FIELD(Bytes, hmac, .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
