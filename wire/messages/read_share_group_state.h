// ReadShareGroupState (key 84): reads the stored state of share partitions; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace read_share_group_state_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct ReadStateData {
  WIRE_STRUCT(ReadStateData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace read_share_group_state_request

struct ReadShareGroupStateRequest {
  WIRE_STRUCT(ReadShareGroupStateRequest, .key = 84, .versions = "0", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<read_share_group_state_request::ReadStateData>, topics, .versions = "0+");
  WIRE_END;
};

namespace read_share_group_state_response {

struct StateBatch {
  WIRE_STRUCT(StateBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int8_t, delivery_state, .versions = "0+");
  FIELD(std::int16_t, delivery_count, .versions = "0+");
  WIRE_END;
};

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(std::int32_t, state_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(Array<StateBatch>, state_batches, .versions = "0+");
  WIRE_END;
};

struct ReadStateResult {
  WIRE_STRUCT(ReadStateResult);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace read_share_group_state_response

struct ReadShareGroupStateResponse {
  WIRE_STRUCT(ReadShareGroupStateResponse, .key = 84, .versions = "0", .flexible = "0+");
  FIELD(Array<read_share_group_state_response::ReadStateResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
