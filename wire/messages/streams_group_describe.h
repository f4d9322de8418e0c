// StreamsGroupDescribe (key 89): shows streams groups with their members and tasks.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct StreamsGroupDescribeRequest {
  WIRE_STRUCT(StreamsGroupDescribeRequest, .key = 89, .versions = "0-1", .flexible = "0+");
  FIELD(Array<String>, group_ids, .versions = "0+");
  FIELD(bool, include_authorized_operations, .versions = "0+");
  FIELD(bool, include_topology_description, .versions = "1+");
  WIRE_END;
};

namespace streams_group_describe_response {

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

struct Subtopology {
  WIRE_STRUCT(Subtopology);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<String>, source_topics, .versions = "0+");
  FIELD(Array<String>, repartition_sink_topics, .versions = "0+");
  FIELD(Array<TopicInfo>, state_changelog_topics, .versions = "0+");
  FIELD(Array<TopicInfo>, repartition_source_topics, .versions = "0+");
  WIRE_END;
};

struct Topology {
  WIRE_STRUCT(Topology);
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(Nullable<Array<Subtopology>>, subtopologies, .versions = "0+");
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

struct TaskIds {
  WIRE_STRUCT(TaskIds);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct Assignment {
  WIRE_STRUCT(Assignment);
  FIELD(Array<TaskIds>, active_tasks, .versions = "0+");
  FIELD(Array<TaskIds>, standby_tasks, .versions = "0+");
  FIELD(Array<TaskIds>, warmup_tasks, .versions = "0+");
  WIRE_END;
};

struct Member {
  WIRE_STRUCT(Member);
  FIELD(String, member_id, .versions = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+");
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(std::int32_t, topology_epoch, .versions = "0+");
  FIELD(String, process_id, .versions = "0+");
  FIELD(Nullable<Endpoint>, user_endpoint, .versions = "0+");
  FIELD(Array<KeyValue>, client_tags, .versions = "0+");
  FIELD(Array<TaskOffset>, task_offsets, .versions = "0+");
  FIELD(Array<TaskOffset>, task_end_offsets, .versions = "0+");
  FIELD(Assignment, assignment, .versions = "0+");
  FIELD(Assignment, target_assignment, .versions = "0+");
  FIELD(bool, is_classic, .versions = "0+");
  WIRE_END;
};

struct TopologyDescriptionNode {
  WIRE_STRUCT(TopologyDescriptionNode);
  FIELD(String, name, .versions = "1+");
  FIELD(std::int8_t, node_type, .versions = "1+");
  FIELD(Array<String>, source_topics, .versions = "1+");
  FIELD(Nullable<String>, sink_topic, .versions = "1+");
  FIELD(Array<String>, stores, .versions = "1+");
  FIELD(Array<String>, successors, .versions = "1+");
  WIRE_END;
};

struct TopologyDescriptionSubtopology {
  WIRE_STRUCT(TopologyDescriptionSubtopology);
  FIELD(String, subtopology_id, .versions = "1+");
  FIELD(Array<TopologyDescriptionNode>, nodes, .versions = "1+");
  WIRE_END;
};

struct TopologyDescriptionGlobalStore {
  WIRE_STRUCT(TopologyDescriptionGlobalStore);
  FIELD(TopologyDescriptionNode, source, .versions = "1+");
  FIELD(TopologyDescriptionNode, processor, .versions = "1+");
  WIRE_END;
};

struct TopologyDescription {
  WIRE_STRUCT(TopologyDescription);
  FIELD(Array<TopologyDescriptionSubtopology>, subtopologies, .versions = "1+");
  FIELD(Array<TopologyDescriptionGlobalStore>, global_stores, .versions = "1+");
  WIRE_END;
};

struct DescribedGroup {
  WIRE_STRUCT(DescribedGroup);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(String, group_state, .versions = "0+");
  FIELD(std::int32_t, group_epoch, .versions = "0+");
  FIELD(std::int32_t, assignment_epoch, .versions = "0+");
  FIELD(Nullable<Topology>, topology, .versions = "0+");
  FIELD(Array<Member>, members, .versions = "0+");
  FIELD(std::int32_t, authorized_operations, .versions = "0+", .initial = INT32_MIN);
  FIELD(Nullable<TopologyDescription>, topology_description, .versions = "1+");
  FIELD(std::int8_t, topology_description_status, .versions = "1+");
  FIELD(Nullable<String>, assignor_name, .versions = "1+", .ignorable = true);
  WIRE_END;
};

}  // namespace streams_group_describe_response

struct StreamsGroupDescribeResponse {
  WIRE_STRUCT(StreamsGroupDescribeResponse, .key = 89, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<streams_group_describe_response::DescribedGroup>, groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
