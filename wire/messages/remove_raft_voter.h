// RemoveRaftVoter (key 81): removes a voter from the metadata quorum.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct RemoveRaftVoterRequest {
  WIRE_STRUCT(RemoveRaftVoterRequest, .key = 81, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, voter_id, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "0+");
  WIRE_END;
};

struct RemoveRaftVoterResponse {
  WIRE_STRUCT(RemoveRaftVoterResponse, .key = 81, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty, .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
