// FindCoordinator (key 10): asks which broker looks after a group or a transactional id.
//  v1   transactional ids too, by key type; error message and throttle time
//  v3   flexible
//  v4   many keys at once (KIP-699)
//  v5   TRANSACTION_ABORTABLE may be answered (KIP-890)
//  v6   share partitions as keys (KIP-932)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct FindCoordinatorRequest {
  WIRE_STRUCT(FindCoordinatorRequest, .key = 10, .versions = "0-6", .flexible = "3+");
  FIELD(String, key, .versions = "0-3");
  FIELD(std::int8_t, key_type, .versions = "1+",
        .about = "0: group, 1: transactional id, 2: share partition.");
  FIELD(Array<String>, coordinator_keys, .versions = "4+");
  WIRE_END;
};

namespace find_coordinator_response {

struct Coordinator {
  WIRE_STRUCT(Coordinator);
  FIELD(String, key, .versions = "4+");
  FIELD(std::int32_t, node_id, .versions = "4+");
  FIELD(String, host, .versions = "4+");
  FIELD(std::int32_t, port, .versions = "4+");
  FIELD(ErrorCode, error_code, .versions = "4+");
  FIELD(Nullable<String>, error_message, .versions = "4+", .initial = kEmpty, .ignorable = true);
  WIRE_END;
};

}  // namespace find_coordinator_response

struct FindCoordinatorResponse {
  WIRE_STRUCT(FindCoordinatorResponse, .key = 10, .versions = "0-6", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0-3");
  FIELD(Nullable<String>, error_message, .versions = "1-3", .initial = kEmpty, .ignorable = true);
  FIELD(std::int32_t, node_id, .versions = "0-3");
  FIELD(String, host, .versions = "0-3");
  FIELD(std::int32_t, port, .versions = "0-3");
  FIELD(Array<find_coordinator_response::Coordinator>, coordinators, .versions = "4+");
  WIRE_END;
};

}  // namespace understudy::wire
