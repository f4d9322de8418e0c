// StreamsGroupHeartbeat (key 88): joins, keeps up and leaves a streams group (KIP-1071).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace streams_group_heartbeat_request {

struct KeyValue {
  WIRE_STRUCT(KeyValue);
  FIELD(String, key, .versions = "0+");
  FIELD(String, value, .versions = "0+");
  WIRE_END;
};

struct TopicInfo {
  WIRE_STRUCT(TopicInfo);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int32_t, partitions, .versions = "0+");
  FIELD(std::int16_t, replication_factor, .versions = "0+");
  FIELD(Array<KeyValue>, topic_configs, .versions = "0+");
  WIRE_END;
};

struct CopartitionGroup {
  WIRE_STRUCT(CopartitionGroup);
  FIELD(Array<std::int16_t>, source_topics, .versions = "0+");
  FIELD(Array<std::int16_t>, source_topic_regex, .versions = "0+");
  FIELD(Array<std::int16_t>, repartition_source_topics, .versions = "0+");
  WIRE_END;
};

struct Subtopology {
  WIRE_STRUCT(Subtopology);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<String>, source_topics, .versions = "0+");
  FIELD(Array<String>, source_topic_regex, .versions = "0+");
  FIELD(Array<TopicInfo>, state_changelog_topics, .versions = "0+");
  FIELD(Array<String>, repartition_sink_topics, .versions = "0+");
  FIELD(Array<TopicInfo>, repartition_source_topics, .versions = "0+");
  FIELD(Array<CopartitionGroup>, copartition_groups, .versions = "0+");
  WIRE_END;
};

struct Topology {
  WIRE_STRUCT(Topology);
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(Array<Subtopology>, subtopologies, .versions = "0+");
  WIRE_END;
};

struct TaskIds {
  WIRE_STRUCT(TaskIds);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct Endpoint {
  WIRE_STRUCT(Endpoint);
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

struct TaskOffset {
  WIRE_STRUCT(TaskOffset);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int64_t, offset, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_heartbeat_request

struct StreamsGroupHeartbeatRequest {
  WIRE_STRUCT(StreamsGroupHeartbeatRequest, .key = 88, .versions = "0-1", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, endpoint_information_epoch, .versions = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(std::int32_t, rebalance_timeout_ms, .versions = "0+", .initial = -1);
  FIELD(Nullable<streams_group_heartbeat_request::Topology>, topology, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::TaskIds>>, active_tasks, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::TaskIds>>, standby_tasks, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::TaskIds>>, warmup_tasks, .versions = "0+");
  FIELD(Nullable<String>, process_id, .versions = "0+");
  FIELD(Nullable<streams_group_heartbeat_request::Endpoint>, user_endpoint, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::KeyValue>>, client_tags, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::TaskOffset>>, task_offsets,
        .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_request::TaskOffset>>, task_end_offsets,
        .versions = "0+");
  FIELD(bool, shutdown_application, .versions = "0+");
  WIRE_END;
};

namespace streams_group_heartbeat_response {

struct Status {
  WIRE_STRUCT(Status);
  FIELD(std::int8_t, status_code, .versions = "0+");
  FIELD(String, status_detail, .versions = "0+");
  WIRE_END;
};

struct TaskIds {
  WIRE_STRUCT(TaskIds);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct Endpoint {
  WIRE_STRUCT(Endpoint);
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

struct TopicPartition {
  WIRE_STRUCT(TopicPartition);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct EndpointToPartitions {
  WIRE_STRUCT(EndpointToPartitions);
  FIELD(Endpoint, user_endpoint, .versions = "0+");
  FIELD(Array<TopicPartition>, active_partitions, .versions = "0+");
  FIELD(Array<TopicPartition>, standby_partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_heartbeat_response

struct StreamsGroupHeartbeatResponse {
  WIRE_STRUCT(StreamsGroupHeartbeatResponse, .key = 88, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, heartbeat_interval_ms, .versions = "0+");
  FIELD(std::int32_t, acceptable_recovery_lag_legacy, .versions = "0");
  FIELD(std::int32_t, task_offset_interval_ms, .versions = "0+");
  FIELD(std::int64_t, acceptable_recovery_lag, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(Nullable<Array<streams_group_heartbeat_response::Status>>, status, .versions = "0+",
        .initial = kEmpty);
  FIELD(Nullable<Array<streams_group_heartbeat_response::TaskIds>>, active_tasks, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_response::TaskIds>>, standby_tasks,
        .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_response::TaskIds>>, warmup_tasks, .versions = "0+");
  FIELD(bool, topology_description_required, .versions = "1+");
  FIELD(std::int32_t, endpoint_information_epoch, .versions = "0+");
  FIELD(Nullable<Array<streams_group_heartbeat_response::EndpointToPartitions>>,
        partitions_by_user_endpoint, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
