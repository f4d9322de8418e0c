// OffsetDelete (key 47): forgets how far a group has read in given partitions.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace offset_delete_request {

struct OffsetDeleteRequestPartition {
  WIRE_STRUCT(OffsetDeleteRequestPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  WIRE_END;
};

struct OffsetDeleteRequestTopic {
  WIRE_STRUCT(OffsetDeleteRequestTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<OffsetDeleteRequestPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_delete_request

struct OffsetDeleteRequest {
  WIRE_STRUCT(OffsetDeleteRequest, .key = 47, .versions = "0");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<offset_delete_request::OffsetDeleteRequestTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace offset_delete_response {

struct OffsetDeleteResponsePartition {
  WIRE_STRUCT(OffsetDeleteResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct OffsetDeleteResponseTopic {
  WIRE_STRUCT(OffsetDeleteResponseTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<OffsetDeleteResponsePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_delete_response

struct OffsetDeleteResponse {
  WIRE_STRUCT(OffsetDeleteResponse, .key = 47, .versions = "0");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+", .ignorable = true);
  FIELD(Array<offset_delete_response::OffsetDeleteResponseTopic>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
