// DescribeUserScramCredentials (key 50): tells which SCRAM logins users have, without the secrets.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_user_scram_credentials_request {

struct UserName {
  WIRE_STRUCT(UserName);
  FIELD(String, name, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_user_scram_credentials_request

struct DescribeUserScramCredentialsRequest {
  WIRE_STRUCT(DescribeUserScramCredentialsRequest, .key = 50, .versions = "0", .flexible = "0+");
  FIELD(Nullable<Array<describe_user_scram_credentials_request::UserName>>, users, .versions = "0+",
        .initial = kEmpty);
  WIRE_END;
};

namespace describe_user_scram_credentials_response {

struct CredentialInfo {
  WIRE_STRUCT(CredentialInfo);
  FIELD(std::int8_t, mechanism, .versions = "0+");
  FIELD(std::int32_t, iterations, .versions = "0+");
  WIRE_END;
};

struct DescribeUserScramCredentialsResult {
  WIRE_STRUCT(DescribeUserScramCredentialsResult);
  FIELD(String, user, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<CredentialInfo>, credential_infos, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_user_scram_credentials_response

struct DescribeUserScramCredentialsResponse {
  WIRE_STRUCT(DescribeUserScramCredentialsResponse, .key = 50, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<describe_user_scram_credentials_response::DescribeUserScramCredentialsResult>,
        results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
