// DeleteShareGroupOffsets (key 92): forgets the offsets of a share group for given topics.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace delete_share_group_offsets_request {

struct DeleteShareGroupOffsetsRequestTopic {
  WIRE_STRUCT(DeleteShareGroupOffsetsRequestTopic);
  FIELD(String, topic_name, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_share_group_offsets_request

struct DeleteShareGroupOffsetsRequest {
  WIRE_STRUCT(DeleteShareGroupOffsetsRequest, .key = 92, .versions = "0", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<delete_share_group_offsets_request::DeleteShareGroupOffsetsRequestTopic>, topics,
        .versions = "0+");
  WIRE_END;
};

namespace delete_share_group_offsets_response {

struct DeleteShareGroupOffsetsResponseTopic {
  WIRE_STRUCT(DeleteShareGroupOffsetsResponseTopic);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_share_group_offsets_response

struct DeleteShareGroupOffsetsResponse {
  WIRE_STRUCT(DeleteShareGroupOffsetsResponse, .key = 92, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(Array<delete_share_group_offsets_response::DeleteShareGroupOffsetsResponseTopic>, responses,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
