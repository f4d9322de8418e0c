// AddRaftVoter (key 80): adds a voter to the metadata quorum.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace add_raft_voter_request {

struct Listener {
  WIRE_STRUCT(Listener);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

}  // namespace add_raft_voter_request

struct AddRaftVoterRequest {
  WIRE_STRUCT(AddRaftVoterRequest, .key = 80, .versions = "0-1", .flexible = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, timeout_ms, .versions = "0+");
  FIELD(std::int32_t, voter_id, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "0+");
  FIELD(Array<add_raft_voter_request::Listener>, listeners, .versions = "0+");
  FIELD(bool, ack_when_committed, .versions = "1+", .initial = true);
  WIRE_END;
};

struct AddRaftVoterResponse {
  WIRE_STRUCT(AddRaftVoterResponse, .key = 80, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty, .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
