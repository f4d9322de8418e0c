// Records of __consumer_offsets: streams groups (KIP-1071).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct StreamsGroupMetadataKey {
  WIRE_STRUCT(StreamsGroupMetadataKey, .key = 17, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

namespace streams_group_metadata_value {

struct LastAssignmentConfig {
  WIRE_STRUCT(LastAssignmentConfig);
  FIELD(String, key, .versions = "0+");
  FIELD(String, value, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_metadata_value

struct StreamsGroupMetadataValue {
  WIRE_STRUCT(StreamsGroupMetadataValue, .key = 17, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(std::int64_t, metadata_hash, .versions = "0+");
  FIELD(std::int32_t, validated_topology_epoch, .versions = "0+", .tag = 0, .initial = -1);
  FIELD(Nullable<Array<streams_group_metadata_value::LastAssignmentConfig>>,
        last_assignment_configs, .versions = "0+", .tag = 1, .initial = kEmpty);
  FIELD(std::int32_t, stored_description_topology_epoch, .versions = "0+", .tag = 2, .initial = -1);
  FIELD(std::int32_t, failed_description_topology_epoch, .versions = "0+", .tag = 3, .initial = -1);
  WIRE_END;
};

struct StreamsGroupMemberMetadataKey {
  WIRE_STRUCT(StreamsGroupMemberMetadataKey, .key = 19, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace streams_group_member_metadata_value {

struct Endpoint {
  WIRE_STRUCT(Endpoint);
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

struct KeyValue {
  WIRE_STRUCT(KeyValue);
  FIELD(String, key, .versions = "0+");
  FIELD(String, value, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_member_metadata_value

struct StreamsGroupMemberMetadataValue {
  WIRE_STRUCT(StreamsGroupMemberMetadataValue, .key = 19, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<String>, rack_id, .versions = "0+", .initial = kEmpty);
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(std::int32_t, rebalance_timeout_ms, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, topology_epoch, .versions = "0+");
  FIELD(String, process_id, .versions = "0+");
  FIELD(Nullable<streams_group_member_metadata_value::Endpoint>, user_endpoint, .versions = "0+");
  FIELD(Array<streams_group_member_metadata_value::KeyValue>, client_tags, .versions = "0+");
  WIRE_END;
};

struct StreamsGroupTargetAssignmentMetadataKey {
  WIRE_STRUCT(StreamsGroupTargetAssignmentMetadataKey, .key = 20, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

struct StreamsGroupTargetAssignmentMetadataValue {
  WIRE_STRUCT(StreamsGroupTargetAssignmentMetadataValue, .key = 20, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, assignment_epoch, .versions = "0+");
  FIELD(std::int64_t, assignment_timestamp, .versions = "0+", .tag = 0, .ignorable = true);
  WIRE_END;
};

struct StreamsGroupTargetAssignmentMemberKey {
  WIRE_STRUCT(StreamsGroupTargetAssignmentMemberKey, .key = 21, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace streams_group_target_assignment_member_value {

struct TaskIds {
  WIRE_STRUCT(TaskIds);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace streams_group_target_assignment_member_value

struct StreamsGroupTargetAssignmentMemberValue {
  WIRE_STRUCT(StreamsGroupTargetAssignmentMemberValue, .key = 21, .versions = "0",
              .flexible = "0+");
  FIELD(Array<streams_group_target_assignment_member_value::TaskIds>, active_tasks,
        .versions = "0+");
  FIELD(Array<streams_group_target_assignment_member_value::TaskIds>, standby_tasks,
        .versions = "0+");
  FIELD(Array<streams_group_target_assignment_member_value::TaskIds>, warmup_tasks,
        .versions = "0+");
  WIRE_END;
};

struct StreamsGroupCurrentMemberAssignmentKey {
  WIRE_STRUCT(StreamsGroupCurrentMemberAssignmentKey, .key = 22, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace streams_group_current_member_assignment_value {

struct TaskIds {
  WIRE_STRUCT(TaskIds);
  FIELD(String, subtopology_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, assignment_epochs, .versions = "0+", .tag = 0,
        .initial = kEmpty);
  WIRE_END;
};

}  // namespace streams_group_current_member_assignment_value

struct StreamsGroupCurrentMemberAssignmentValue {
  WIRE_STRUCT(StreamsGroupCurrentMemberAssignmentValue, .key = 22, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, previous_member_epoch, .versions = "0+");
  FIELD(std::int8_t, state, .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>, active_tasks,
        .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>, standby_tasks,
        .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>, warmup_tasks,
        .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>,
        active_tasks_pending_revocation, .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>,
        standby_tasks_pending_revocation, .versions = "0+");
  FIELD(Array<streams_group_current_member_assignment_value::TaskIds>,
        warmup_tasks_pending_revocation, .versions = "0+");
  WIRE_END;
};

struct StreamsGroupTopologyKey {
  WIRE_STRUCT(StreamsGroupTopologyKey, .key = 23, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

namespace streams_group_topology_value {

struct TopicConfig {
  WIRE_STRUCT(TopicConfig);
  FIELD(String, key, .versions = "0+");
  FIELD(String, value, .versions = "0+");
  WIRE_END;
};

struct TopicInfo {
  WIRE_STRUCT(TopicInfo);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int32_t, partitions, .versions = "0+");
  FIELD(std::int16_t, replication_factor, .versions = "0+");
  FIELD(Array<TopicConfig>, topic_configs, .versions = "0+");
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

}  // namespace streams_group_topology_value

struct StreamsGroupTopologyValue {
  WIRE_STRUCT(StreamsGroupTopologyValue, .key = 23, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(Array<streams_group_topology_value::Subtopology>, subtopologies, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
