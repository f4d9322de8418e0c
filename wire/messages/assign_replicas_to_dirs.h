// AssignReplicasToDirs (key 73): reports in which log directory replicas lie; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace assign_replicas_to_dirs_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct DirectoryData {
  WIRE_STRUCT(DirectoryData);
  FIELD(Uuid, id, .versions = "0+");
  FIELD(Array<TopicData>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace assign_replicas_to_dirs_request

struct AssignReplicasToDirsRequest {
  WIRE_STRUCT(AssignReplicasToDirsRequest, .key = 73, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  FIELD(Array<assign_replicas_to_dirs_request::DirectoryData>, directories, .versions = "0+");
  WIRE_END;
};

namespace assign_replicas_to_dirs_response {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct DirectoryData {
  WIRE_STRUCT(DirectoryData);
  FIELD(Uuid, id, .versions = "0+");
  FIELD(Array<TopicData>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace assign_replicas_to_dirs_response

struct AssignReplicasToDirsResponse {
  WIRE_STRUCT(AssignReplicasToDirsResponse, .key = 73, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<assign_replicas_to_dirs_response::DirectoryData>, directories, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
