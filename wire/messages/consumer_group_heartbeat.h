// ConsumerGroupHeartbeat (key 68): joins, keeps up and leaves a consumer group (KIP-848).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace consumer_group_heartbeat_request {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace consumer_group_heartbeat_request

struct ConsumerGroupHeartbeatRequest {
  WIRE_STRUCT(ConsumerGroupHeartbeatRequest, .key = 68, .versions = "0-1", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(std::int32_t, rebalance_timeout_ms, .versions = "0+", .initial = -1);
  FIELD(Nullable<Array<String>>, subscribed_topic_names, .versions = "0+");
  FIELD(Nullable<String>, subscribed_topic_regex, .versions = "1+");
  FIELD(Nullable<String>, server_assignor, .versions = "0+");
  FIELD(Nullable<Array<consumer_group_heartbeat_request::TopicPartitions>>, topic_partitions,
        .versions = "0+");
  WIRE_END;
};

namespace consumer_group_heartbeat_response {

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

}  // namespace consumer_group_heartbeat_response

struct ConsumerGroupHeartbeatResponse {
  WIRE_STRUCT(ConsumerGroupHeartbeatResponse, .key = 68, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(Nullable<String>, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, heartbeat_interval_ms, .versions = "0+");
  FIELD(Nullable<consumer_group_heartbeat_response::Assignment>, assignment, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
