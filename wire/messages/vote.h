// Vote (key 52): asks a controller for its vote; between controllers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace vote_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, replica_epoch, .versions = "0+");
  FIELD(std::int32_t, replica_id, .versions = "0+");
  FIELD(Uuid, replica_directory_id, .versions = "1+", .ignorable = true);
  FIELD(Uuid, voter_directory_id, .versions = "1+", .ignorable = true);
  FIELD(std::int32_t, last_offset_epoch, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(bool, pre_vote, .versions = "2+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace vote_request

struct VoteRequest {
  WIRE_STRUCT(VoteRequest, .key = 52, .versions = "0-2", .flexible = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+");
  FIELD(std::int32_t, voter_id, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(Array<vote_request::TopicData>, topics, .versions = "0+");
  WIRE_END;
};

namespace vote_response {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(bool, vote_granted, .versions = "0+");
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

}  // namespace vote_response

struct VoteResponse {
  WIRE_STRUCT(VoteResponse, .key = 52, .versions = "0-2", .flexible = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<vote_response::TopicData>, topics, .versions = "0+");
  FIELD(Array<vote_response::NodeEndpoint>, node_endpoints, .versions = "1+", .tag = 0);
  WIRE_END;
};

}  // namespace understudy::wire
