// Records of __consumer_offsets: consumer groups (KIP-848).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ConsumerGroupMetadataKey {
  WIRE_STRUCT(ConsumerGroupMetadataKey, .key = 3, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

struct ConsumerGroupMetadataValue {
  WIRE_STRUCT(ConsumerGroupMetadataValue, .key = 3, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  FIELD(std::int64_t, metadata_hash, .versions = "0+", .tag = 0);
  WIRE_END;
};

struct ConsumerGroupPartitionMetadataKey {
  WIRE_STRUCT(ConsumerGroupPartitionMetadataKey, .key = 4, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

namespace consumer_group_partition_metadata_value {

struct PartitionMetadata {
  WIRE_STRUCT(PartitionMetadata);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(Array<String>, racks, .versions = "0+");
  WIRE_END;
};

struct TopicMetadata {
  WIRE_STRUCT(TopicMetadata);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(String, topic_name, .versions = "0+");
  FIELD(std::int32_t, num_partitions, .versions = "0+");
  FIELD(Array<PartitionMetadata>, partition_metadata, .versions = "0+");
  WIRE_END;
};

}  // namespace consumer_group_partition_metadata_value

struct ConsumerGroupPartitionMetadataValue {
  WIRE_STRUCT(ConsumerGroupPartitionMetadataValue, .key = 4, .versions = "0", .flexible = "0+");
  FIELD(Array<consumer_group_partition_metadata_value::TopicMetadata>, topics, .versions = "0+");
  WIRE_END;
};

struct ConsumerGroupMemberMetadataKey {
  WIRE_STRUCT(ConsumerGroupMemberMetadataKey, .key = 5, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace consumer_group_member_metadata_value {

struct ClassicProtocol {
  WIRE_STRUCT(ClassicProtocol);
  FIELD(String, name, .versions = "0+");
  FIELD(Bytes, metadata, .versions = "0+");
  WIRE_END;
};

struct ClassicMemberMetadata {
  WIRE_STRUCT(ClassicMemberMetadata);
  FIELD(std::int32_t, session_timeout_ms, .versions = "0+");
  FIELD(Array<ClassicProtocol>, supported_protocols, .versions = "0+");
  WIRE_END;
};

}  // namespace consumer_group_member_metadata_value

struct ConsumerGroupMemberMetadataValue {
  WIRE_STRUCT(ConsumerGroupMemberMetadataValue, .key = 5, .versions = "0", .flexible = "0+");
  FIELD(Nullable<String>, instance_id, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<String>, rack_id, .versions = "0+", .initial = kEmpty);
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(Array<String>, subscribed_topic_names, .versions = "0+");
  FIELD(Nullable<String>, subscribed_topic_regex, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, rebalance_timeout_ms, .versions = "0+", .initial = -1);
  FIELD(Nullable<String>, server_assignor, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<consumer_group_member_metadata_value::ClassicMemberMetadata>,
        classic_member_metadata, .versions = "0+", .tag = 0, .initial = kEmpty);
  WIRE_END;
};

struct ConsumerGroupTargetAssignmentMetadataKey {
  WIRE_STRUCT(ConsumerGroupTargetAssignmentMetadataKey, .key = 6, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  WIRE_END;
};

struct ConsumerGroupTargetAssignmentMetadataValue {
  WIRE_STRUCT(ConsumerGroupTargetAssignmentMetadataValue, .key = 6, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, assignment_epoch, .versions = "0+");
  FIELD(std::int64_t, assignment_timestamp, .versions = "0+", .tag = 0, .ignorable = true);
  WIRE_END;
};

struct ConsumerGroupTargetAssignmentMemberKey {
  WIRE_STRUCT(ConsumerGroupTargetAssignmentMemberKey, .key = 7, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace consumer_group_target_assignment_member_value {

struct TopicPartition {
  WIRE_STRUCT(TopicPartition);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace consumer_group_target_assignment_member_value

struct ConsumerGroupTargetAssignmentMemberValue {
  WIRE_STRUCT(ConsumerGroupTargetAssignmentMemberValue, .key = 7, .versions = "0",
              .flexible = "0+");
  FIELD(Array<consumer_group_target_assignment_member_value::TopicPartition>, topic_partitions,
        .versions = "0+");
  WIRE_END;
};

struct ConsumerGroupCurrentMemberAssignmentKey {
  WIRE_STRUCT(ConsumerGroupCurrentMemberAssignmentKey, .key = 8, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, member_id, .versions = "0");
  WIRE_END;
};

namespace consumer_group_current_member_assignment_value {

struct TopicPartitions {
  WIRE_STRUCT(TopicPartitions);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, assignment_epochs, .versions = "0+", .tag = 0,
        .initial = kEmpty);
  WIRE_END;
};

}  // namespace consumer_group_current_member_assignment_value

struct ConsumerGroupCurrentMemberAssignmentValue {
  WIRE_STRUCT(ConsumerGroupCurrentMemberAssignmentValue, .key = 8, .versions = "0",
              .flexible = "0+");
  FIELD(std::int32_t, member_epoch, .versions = "0+");
  FIELD(std::int32_t, previous_member_epoch, .versions = "0+");
  FIELD(std::int8_t, state, .versions = "0+");
  FIELD(Array<consumer_group_current_member_assignment_value::TopicPartitions>, assigned_partitions,
        .versions = "0+");
  FIELD(Array<consumer_group_current_member_assignment_value::TopicPartitions>,
        partitions_pending_revocation, .versions = "0+");
  WIRE_END;
};

struct ConsumerGroupRegularExpressionKey {
  WIRE_STRUCT(ConsumerGroupRegularExpressionKey, .key = 16, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(String, regular_expression, .versions = "0");
  WIRE_END;
};

struct ConsumerGroupRegularExpressionValue {
  WIRE_STRUCT(ConsumerGroupRegularExpressionValue, .key = 16, .versions = "0", .flexible = "0+");
  FIELD(Array<String>, topics, .versions = "0+");
  FIELD(std::int64_t, version, .versions = "0+");
  FIELD(std::int64_t, timestamp, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
