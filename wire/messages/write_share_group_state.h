// WriteShareGroupState (key 85): stores the state of share partitions; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace write_share_group_state_request {

struct StateBatch {
  WIRE_STRUCT(StateBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int8_t, delivery_state, .versions = "0+");
  FIELD(std::int16_t, delivery_count, .versions = "0+");
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, state_epoch, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int32_t, delivery_complete_count, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(Array<StateBatch>, state_batches, .versions = "0+");
  WIRE_END;
};

struct WriteStateData {
  WIRE_STRUCT(WriteStateData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace write_share_group_state_request

struct WriteShareGroupStateRequest {
  WIRE_STRUCT(WriteShareGroupStateRequest, .key = 85, .versions = "0-1", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<write_share_group_state_request::WriteStateData>, topics, .versions = "0+");
  WIRE_END;
};

namespace write_share_group_state_response {

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

struct WriteStateResult {
  WIRE_STRUCT(WriteStateResult);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace write_share_group_state_response

struct WriteShareGroupStateResponse {
  WIRE_STRUCT(WriteShareGroupStateResponse, .key = 85, .versions = "0-1", .flexible = "0+");
  FIELD(Array<write_share_group_state_response::WriteStateResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
