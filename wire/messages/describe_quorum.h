// DescribeQuorum (key 55): shows leader, voters and observers of the metadata quorum.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_quorum_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_quorum_request

struct DescribeQuorumRequest {
  WIRE_STRUCT(DescribeQuorumRequest, .key = 55, .versions = "0-2", .flexible = "0+");
  FIELD(Array<describe_quorum_request::TopicData>, topics, .versions = "0+");
  WIRE_END;
};

namespace describe_quorum_response {

struct ReplicaState {
  WIRE_STRUCT(ReplicaState);
  FIELD(std::int32_t, replica_id, .versions = "0+");
  FIELD(Uuid, replica_directory_id, .versions = "2+");
  FIELD(std::int64_t, log_end_offset, .versions = "0+");
  FIELD(std::int64_t, last_fetch_timestamp, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(std::int64_t, last_caught_up_timestamp, .versions = "1+", .initial = -1, .ignorable = true);
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "2+", .initial = kEmpty, .ignorable = true);
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, high_watermark, .versions = "0+");
  FIELD(Array<ReplicaState>, current_voters, .versions = "0+");
  FIELD(Array<ReplicaState>, observers, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct Listener {
  WIRE_STRUCT(Listener);
  FIELD(String, name, .versions = "2+");
  FIELD(String, host, .versions = "2+");
  FIELD(std::uint16_t, port, .versions = "2+");
  WIRE_END;
};

struct Node {
  WIRE_STRUCT(Node);
  FIELD(std::int32_t, node_id, .versions = "2+");
  FIELD(Array<Listener>, listeners, .versions = "2+");
  WIRE_END;
};

}  // namespace describe_quorum_response

struct DescribeQuorumResponse {
  WIRE_STRUCT(DescribeQuorumResponse, .key = 55, .versions = "0-2", .flexible = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "2+", .initial = kEmpty, .ignorable = true);
  FIELD(Array<describe_quorum_response::TopicData>, topics, .versions = "0+");
  FIELD(Array<describe_quorum_response::Node>, nodes, .versions = "2+");
  WIRE_END;
};

}  // namespace understudy::wire
