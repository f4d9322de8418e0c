// DeleteShareGroupState (key 86): deletes the stored state of share partitions; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace delete_share_group_state_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition, .versions = "0+");
  WIRE_END;
};

struct DeleteStateData {
  WIRE_STRUCT(DeleteStateData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_share_group_state_request

struct DeleteShareGroupStateRequest {
  WIRE_STRUCT(DeleteShareGroupStateRequest, .key = 86, .versions = "0", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<delete_share_group_state_request::DeleteStateData>, topics, .versions = "0+");
  WIRE_END;
};

namespace delete_share_group_state_response {

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

struct DeleteStateResult {
  WIRE_STRUCT(DeleteStateResult);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_share_group_state_response

struct DeleteShareGroupStateResponse {
  WIRE_STRUCT(DeleteShareGroupStateResponse, .key = 86, .versions = "0", .flexible = "0+");
  FIELD(Array<delete_share_group_state_response::DeleteStateResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
