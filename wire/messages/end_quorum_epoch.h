// EndQuorumEpoch (key 54): announces that the leader of the quorum steps down; between controllers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace end_quorum_epoch_request {

struct ReplicaInfo {
  WIRE_STRUCT(ReplicaInfo);
  FIELD(std::int32_t, candidate_id, .versions = "1+");
  FIELD(Uuid, candidate_directory_id, .versions = "1+");
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(Array<std::int32_t>, preferred_successors, .versions = "0", .ignorable = true);
  FIELD(Array<ReplicaInfo>, preferred_candidates, .versions = "1+", .ignorable = true);
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct LeaderEndpoint {
  WIRE_STRUCT(LeaderEndpoint);
  FIELD(String, name, .versions = "1+");
  FIELD(String, host, .versions = "1+");
  FIELD(std::uint16_t, port, .versions = "1+");
  WIRE_END;
};

}  // namespace end_quorum_epoch_request

struct EndQuorumEpochRequest {
  WIRE_STRUCT(EndQuorumEpochRequest, .key = 54, .versions = "0-1", .flexible = "1+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+");
  FIELD(Array<end_quorum_epoch_request::TopicData>, topics, .versions = "0+");
  FIELD(Array<end_quorum_epoch_request::LeaderEndpoint>, leader_endpoints, .versions = "1+",
        .ignorable = true);
  WIRE_END;
};

namespace end_quorum_epoch_response {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct NodeEndpoint {
  WIRE_STRUCT(NodeEndpoint);
  FIELD(std::int32_t, node_id, .versions = "1+");
  FIELD(String, host, .versions = "1+");
  FIELD(std::uint16_t, port, .versions = "1+");
  WIRE_END;
};

}  // namespace end_quorum_epoch_response

struct EndQuorumEpochResponse {
  WIRE_STRUCT(EndQuorumEpochResponse, .key = 54, .versions = "0-1", .flexible = "1+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<end_quorum_epoch_response::TopicData>, topics, .versions = "0+");
  FIELD(Array<end_quorum_epoch_response::NodeEndpoint>, node_endpoints, .versions = "1+", .tag = 0);
  WIRE_END;
};

}  // namespace understudy::wire
