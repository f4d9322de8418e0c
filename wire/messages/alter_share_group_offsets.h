// AlterShareGroupOffsets (key 91): moves the place where a share group begins to read.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_share_group_offsets_request {

struct AlterShareGroupOffsetsRequestPartition {
  WIRE_STRUCT(AlterShareGroupOffsetsRequestPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  WIRE_END;
};

struct AlterShareGroupOffsetsRequestTopic {
  WIRE_STRUCT(AlterShareGroupOffsetsRequestTopic);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<AlterShareGroupOffsetsRequestPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_share_group_offsets_request

struct AlterShareGroupOffsetsRequest {
  WIRE_STRUCT(AlterShareGroupOffsetsRequest, .key = 91, .versions = "0", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<alter_share_group_offsets_request::AlterShareGroupOffsetsRequestTopic>, topics,
        .versions = "0+");
  WIRE_END;
};

namespace alter_share_group_offsets_response {

struct AlterShareGroupOffsetsResponsePartition {
  WIRE_STRUCT(AlterShareGroupOffsetsResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

struct AlterShareGroupOffsetsResponseTopic {
  WIRE_STRUCT(AlterShareGroupOffsetsResponseTopic);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<AlterShareGroupOffsetsResponsePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_share_group_offsets_response

struct AlterShareGroupOffsetsResponse {
  WIRE_STRUCT(AlterShareGroupOffsetsResponse, .key = 91, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(Array<alter_share_group_offsets_response::AlterShareGroupOffsetsResponseTopic>, responses,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
