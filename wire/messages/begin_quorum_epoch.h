// BeginQuorumEpoch (key 53): announces the new leader of the quorum; between controllers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace begin_quorum_epoch_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "1+", .ignorable = true);
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

struct LeaderEndpoint {
  WIRE_STRUCT(LeaderEndpoint);
  FIELD(String, name, .versions = "1+");
  FIELD(String, host, .versions = "1+");
  FIELD(std::uint16_t, port, .versions = "1+");
  WIRE_END;
};

}  // namespace begin_quorum_epoch_request

struct BeginQuorumEpochRequest {
  WIRE_STRUCT(BeginQuorumEpochRequest, .key = 53, .versions = "0-1", .flexible = "1+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+");
  FIELD(std::int32_t, voter_id, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(Array<begin_quorum_epoch_request::TopicData>, topics, .versions = "0+");
  FIELD(Array<begin_quorum_epoch_request::LeaderEndpoint>, leader_endpoints, .versions = "1+",
        .ignorable = true);
  WIRE_END;
};

namespace begin_quorum_epoch_response {

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

}  // namespace begin_quorum_epoch_response

struct BeginQuorumEpochResponse {
  WIRE_STRUCT(BeginQuorumEpochResponse, .key = 53, .versions = "0-1", .flexible = "1+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<begin_quorum_epoch_response::TopicData>, topics, .versions = "0+");
  FIELD(Array<begin_quorum_epoch_response::NodeEndpoint>, node_endpoints, .versions = "1+",
        .tag = 0);
  WIRE_END;
};

}  // namespace understudy::wire
