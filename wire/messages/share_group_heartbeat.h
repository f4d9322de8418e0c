// ShareGroupHeartbeat (key 76): joins, keeps up and leaves a share group (KIP-932).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ShareGroupHeartbeatRequest {
  WIRE_STRUCT(ShareGroupHeartbeatRequest, .key = 76, .versions = "1", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(Nullable<Array<String>>, subscribed_topic_names, .versions = "0+");
  WIRE_END;
};

namespace share_group_heartbeat_response {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct Assignment {
  WIRE_STRUCT(Assignment);
  FIELD(Array<TopicPartitions>, topic_partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace share_group_heartbeat_response

struct ShareGroupHeartbeatResponse {
  WIRE_STRUCT(ShareGroupHeartbeatResponse, .key = 76, .versions = "1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(Nullable<String>, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, heartbeat_interval_ms, .versions = "0+");
  FIELD(Nullable<share_group_heartbeat_response::Assignment>, assignment, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
