// InitializeShareGroupState (key 83): starts the stored state of share partitions; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace initialize_share_group_state_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, state_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  WIRE_END;
};

struct InitializeStateData {
  WIRE_STRUCT(InitializeStateData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace initialize_share_group_state_request

struct InitializeShareGroupStateRequest {
  WIRE_STRUCT(InitializeShareGroupStateRequest, .key = 83, .versions = "0", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<initialize_share_group_state_request::InitializeStateData>, topics, .versions = "0+");
  WIRE_END;
};

namespace initialize_share_group_state_response {

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

struct InitializeStateResult {
  WIRE_STRUCT(InitializeStateResult);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace initialize_share_group_state_response

struct InitializeShareGroupStateResponse {
  WIRE_STRUCT(InitializeShareGroupStateResponse, .key = 83, .versions = "0", .flexible = "0+");
  FIELD(Array<initialize_share_group_state_response::InitializeStateResult>, results,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
