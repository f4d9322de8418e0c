// Records of __consumer_offsets: share groups (KIP-932).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ShareGroupMemberMetadataKey {
  WIRE_STRUCT(ShareGroupMemberMetadataKey, .key = 10, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

struct ShareGroupMemberMetadataValue {
  WIRE_STRUCT(ShareGroupMemberMetadataValue, .key = 10, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, rack_id, .versions = "0+", .initial = kEmpty);
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(Array<String>, subscribed_topic_names, .versions = "0+");
  WIRE_END;
};

struct ShareGroupMetadataKey {
  WIRE_STRUCT(ShareGroupMetadataKey, .key = 11, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

struct ShareGroupMetadataValue {
  WIRE_STRUCT(ShareGroupMetadataValue, .key = 11, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(std::int64_t, metadata_hash, .versions = "0+");
  WIRE_END;
};

struct ShareGroupTargetAssignmentMetadataKey {
  WIRE_STRUCT(ShareGroupTargetAssignmentMetadataKey, .key = 12, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

struct ShareGroupTargetAssignmentMetadataValue {
  WIRE_STRUCT(ShareGroupTargetAssignmentMetadataValue, .key = 12, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, assignment_epoch, .versions = "0+");
  FIELD(std::int64_t, assignment_timestamp, .versions = "0+", .tag = 0, .ignorable = true);
  WIRE_END;
};

struct ShareGroupTargetAssignmentMemberKey {
  WIRE_STRUCT(ShareGroupTargetAssignmentMemberKey, .key = 13, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace share_group_target_assignment_member_value {

struct TopicPartition {
  WIRE_STRUCT(TopicPartition);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace share_group_target_assignment_member_value

struct ShareGroupTargetAssignmentMemberValue {
  WIRE_STRUCT(ShareGroupTargetAssignmentMemberValue, .key = 13, .versions = "0", .flexible = "0+");
  FIELD(Array<share_group_target_assignment_member_value::TopicPartition>, topic_partitions,
        .versions = "0+");
  WIRE_END;
};

struct ShareGroupCurrentMemberAssignmentKey {
  WIRE_STRUCT(ShareGroupCurrentMemberAssignmentKey, .key = 14, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace share_group_current_member_assignment_value {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace share_group_current_member_assignment_value

struct ShareGroupCurrentMemberAssignmentValue {
  WIRE_STRUCT(ShareGroupCurrentMemberAssignmentValue, .key = 14, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, previous_member_epoch, .versions = "0+");
  FIELD(std::int8_t, state, .versions = "0+");
  FIELD(Array<share_group_current_member_assignment_value::TopicPartitions>, assigned_partitions,
        .versions = "0+");
  WIRE_END;
};

struct ShareGroupStatePartitionMetadataKey {
  WIRE_STRUCT(ShareGroupStatePartitionMetadataKey, .key = 15, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

namespace share_group_state_partition_metadata_value {

struct TopicPartitionsInfo {
  WIRE_STRUCT(TopicPartitionsInfo);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct TopicInfo {
  WIRE_STRUCT(TopicInfo);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(String, topic_name, .versions = "0+");
  WIRE_END;
};

}  // namespace share_group_state_partition_metadata_value

struct ShareGroupStatePartitionMetadataValue {
  WIRE_STRUCT(ShareGroupStatePartitionMetadataValue, .key = 15, .versions = "0", .flexible = "0+");
  FIELD(Array<share_group_state_partition_metadata_value::TopicPartitionsInfo>, initializing_topics,
        .versions = "0+");
  FIELD(Array<share_group_state_partition_metadata_value::TopicPartitionsInfo>, initialized_topics,
        .versions = "0+");
  FIELD(Array<share_group_state_partition_metadata_value::TopicInfo>, deleting_topics,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
