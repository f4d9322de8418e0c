// DescribeDelegationToken (key 41): lists tokens by owner.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_delegation_token_request {

struct DescribeDelegationTokenOwner {
  WIRE_STRUCT(DescribeDelegationTokenOwner);
  FIELD(String, principal_type, .versions = "0+");
  FIELD(String, principal_name, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_delegation_token_request

struct DescribeDelegationTokenRequest {
  WIRE_STRUCT(DescribeDelegationTokenRequest, .key = 41, .versions = "1-3", .flexible = "2+");
  FIELD(Nullable<Array<describe_delegation_token_request::DescribeDelegationTokenOwner>>, owners,
        .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

namespace describe_delegation_token_response {

struct DescribedDelegationTokenRenewer {
  WIRE_STRUCT(DescribedDelegationTokenRenewer);
  FIELD(String, principal_type, .versions = "0+");
  FIELD(String, principal_name, .versions = "0+");
  WIRE_END;
};

struct DescribedDelegationToken {
  WIRE_STRUCT(DescribedDelegationToken);
  FIELD(String, principal_type, .versions = "0+");
  FIELD(String, principal_name, .versions = "0+");
  FIELD(String, token_requester_principal_type, .versions = "3+");
  FIELD(String, token_requester_principal_name, .versions = "3+");
  FIELD(std::int64_t, issue_timestamp, .versions = "0+");
  FIELD(std::int64_t, expiry_timestamp, .versions = "0+");
  FIELD(std::int64_t, max_timestamp, .versions = "0+");
  FIELD(String, token_id, .versions = "0+");
  FIELD(Bytes, hmac, .versions = "0+");
  FIELD(Array<DescribedDelegationTokenRenewer>, renewers, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_delegation_token_response

struct DescribeDelegationTokenResponse {
  WIRE_STRUCT(DescribeDelegationTokenResponse, .key = 41, .versions = "1-3", .flexible = "2+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<describe_delegation_token_response::DescribedDelegationToken>, tokens,
        .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
