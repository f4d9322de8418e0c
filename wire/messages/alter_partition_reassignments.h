// AlterPartitionReassignments (key 45): starts or cancels moves of replicas between brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace alter_partition_reassignments_request {

struct ReassignablePartition {
  WIRE_STRUCT(ReassignablePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(Nullable<Array<std::int32_t>>, replicas, .versions = "0+");
  WIRE_END;
};

struct ReassignableTopic {
  WIRE_STRUCT(ReassignableTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<ReassignablePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_partition_reassignments_request

struct AlterPartitionReassignmentsRequest {
  WIRE_STRUCT(AlterPartitionReassignmentsRequest, .key = 45, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+", .initial = 60000);
  FIELD(bool, allow_replication_factor_change, .versions = "1+", .initial = true);
  FIELD(Array<alter_partition_reassignments_request::ReassignableTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace alter_partition_reassignments_response {

struct ReassignablePartitionResponse {
  WIRE_STRUCT(ReassignablePartitionResponse);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct ReassignableTopicResponse {
  WIRE_STRUCT(ReassignableTopicResponse);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<ReassignablePartitionResponse>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace alter_partition_reassignments_response

struct AlterPartitionReassignmentsResponse {
  WIRE_STRUCT(AlterPartitionReassignmentsResponse, .key = 45, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(bool, allow_replication_factor_change, .versions = "1+", .initial = true,
        .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<alter_partition_reassignments_response::ReassignableTopicResponse>, responses,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
