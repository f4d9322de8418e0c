// UpdateRaftVoter (key 82): changes the endpoints and versions of a voter; between controllers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace update_raft_voter_request {

struct Listener {
  WIRE_STRUCT(Listener);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

struct KRaftVersionFeature {
  WIRE_STRUCT(KRaftVersionFeature);
  FIELD(std::int16_t, min_supported_version, .versions = "0+");
  FIELD(std::int16_t, max_supported_version, .versions = "0+");
  WIRE_END;
};

}  // namespace update_raft_voter_request

struct UpdateRaftVoterRequest {
  WIRE_STRUCT(UpdateRaftVoterRequest, .key = 82, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, current_leader_epoch, .versions = "0+");
  FIELD(std::int32_t, voter_id, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "0+");
  FIELD(Array<update_raft_voter_request::Listener>, listeners, .versions = "0+");
  FIELD(update_raft_voter_request::KRaftVersionFeature, k_raft_version_feature, .versions = "0+");
  WIRE_END;
};

namespace update_raft_voter_response {

struct CurrentLeader {
  WIRE_STRUCT(CurrentLeader);
  FIELD(std::int32_t, leader_id, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, leader_epoch, .versions = "0+", .initial = -1);
  FIELD(String, host, .versions = "0+");
  FIELD(std::int32_t, port, .versions = "0+");
  WIRE_END;
};

}  // namespace update_raft_voter_response

struct UpdateRaftVoterResponse {
  WIRE_STRUCT(UpdateRaftVoterResponse, .key = 82, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(update_raft_voter_response::CurrentLeader, current_leader, .versions = "0+", .tag = 0);
  WIRE_END;
};

}  // namespace understudy::wire
