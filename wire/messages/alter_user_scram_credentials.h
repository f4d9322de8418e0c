// AlterUserScramCredentials (key 51): sets and removes SCRAM logins.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_user_scram_credentials_request {

struct ScramCredentialDeletion {
  WIRE_STRUCT(ScramCredentialDeletion);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, mechanism, .versions = "0+");
  WIRE_END;
};

struct ScramCredentialUpsertion {
  WIRE_STRUCT(ScramCredentialUpsertion);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int8_t, mechanism, .versions = "0+");
  FIELD(std::int32_t, iterations, .versions = "0+");
  FIELD(Bytes, salt, .versions = "0+");
  FIELD(Bytes, salted_password, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_user_scram_credentials_request

struct AlterUserScramCredentialsRequest {
  WIRE_STRUCT(AlterUserScramCredentialsRequest, .key = 51, .versions = "0", .flexible = "0+");
  FIELD(Array<alter_user_scram_credentials_request::ScramCredentialDeletion>, deletions,
        .versions = "0+");
  FIELD(Array<alter_user_scram_credentials_request::ScramCredentialUpsertion>, upsertions,
        .versions = "0+");
  WIRE_END;
};

namespace alter_user_scram_credentials_response {

struct AlterUserScramCredentialsResult {
  WIRE_STRUCT(AlterUserScramCredentialsResult);
  FIELD(String, user, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace alter_user_scram_credentials_response

struct AlterUserScramCredentialsResponse {
  WIRE_STRUCT(AlterUserScramCredentialsResponse, .key = 51, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<alter_user_scram_credentials_response::AlterUserScramCredentialsResult>, results,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
