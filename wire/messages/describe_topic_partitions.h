// DescribeTopicPartitions (key 75): describes topics page by page, with eligible leader replicas
// (KIP-966).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_topic_partitions_request {

struct TopicRequest {
  WIRE_STRUCT(TopicRequest);
  FIELD(String, name, .versions = "0+");
  WIRE_END;
};

struct Cursor {
  WIRE_STRUCT(Cursor);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(std::int32_t, partition_index, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_topic_partitions_request

struct DescribeTopicPartitionsRequest {
  WIRE_STRUCT(DescribeTopicPartitionsRequest, .key = 75, .versions = "0", .flexible = "0+");
  FIELD(Array<describe_topic_partitions_request::TopicRequest>, topics, .versions = "0+");
  FIELD(std::int32_t, response_partition_limit, .versions = "0+", .initial = 2000);
  FIELD(Nullable<describe_topic_partitions_request::Cursor>, cursor, .versions = "0+");
  WIRE_END;
};

namespace describe_topic_partitions_response {

struct DescribeTopicPartitionsResponsePartition {
  WIRE_STRUCT(DescribeTopicPartitionsResponsePartition);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+", .initial = -1, .ignorable = true);
  FIELD(Array<std::int32_t>, replica_nodes, .versions = "0+");
  FIELD(Array<std::int32_t>, isr_nodes, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, eligible_leader_replicas, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, last_known_elr, .versions = "0+");
  FIELD(Array<std::int32_t>, offline_replicas, .versions = "0+", .ignorable = true);
  WIRE_END;
};

struct DescribeTopicPartitionsResponseTopic {
  WIRE_STRUCT(DescribeTopicPartitionsResponseTopic);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, name, .versions = "0+", .initial = kEmpty);
  FIELD(Uuid, topic_id, .versions = "0+", .ignorable = true);
  FIELD(bool, is_internal, .versions = "0+", .ignorable = true);
  FIELD(Array<DescribeTopicPartitionsResponsePartition>, partitions, .versions = "0+");
  FIELD(std::int32_t, topic_authorized_operations, .versions = "0+", .initial = INT32_MIN);
  WIRE_END;
};

struct Cursor {
  WIRE_STRUCT(Cursor);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(std::int32_t, partition_index, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_topic_partitions_response

struct DescribeTopicPartitionsResponse {
  WIRE_STRUCT(DescribeTopicPartitionsResponse, .key = 75, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+", .ignorable = true);
  FIELD(Array<describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic>, topics,
        .versions = "0+");
  FIELD(Nullable<describe_topic_partitions_response::Cursor>, next_cursor, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
