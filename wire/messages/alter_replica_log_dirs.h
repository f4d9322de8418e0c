// AlterReplicaLogDirs (key 34): moves replicas to other log directories of their broker.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_replica_log_dirs_request {

struct AlterReplicaLogDirTopic {
  WIRE_STRUCT(AlterReplicaLogDirTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct AlterReplicaLogDir {
  WIRE_STRUCT(AlterReplicaLogDir);
  FIELD(String, path, .versions = "0+");
  FIELD(Array<AlterReplicaLogDirTopic>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_replica_log_dirs_request

struct AlterReplicaLogDirsRequest {
  WIRE_STRUCT(AlterReplicaLogDirsRequest, .key = 34, .versions = "1-2", .flexible = "2+");
  FIELD(Array<alter_replica_log_dirs_request::AlterReplicaLogDir>, dirs, .versions = "0+");
  WIRE_END;
};

namespace alter_replica_log_dirs_response {

struct AlterReplicaLogDirPartitionResult {
  WIRE_STRUCT(AlterReplicaLogDirPartitionResult);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct AlterReplicaLogDirTopicResult {
  WIRE_STRUCT(AlterReplicaLogDirTopicResult);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<AlterReplicaLogDirPartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_replica_log_dirs_response

struct AlterReplicaLogDirsResponse {
  WIRE_STRUCT(AlterReplicaLogDirsResponse, .key = 34, .versions = "1-2", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<alter_replica_log_dirs_response::AlterReplicaLogDirTopicResult>, results,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
