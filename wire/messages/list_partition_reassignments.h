// ListPartitionReassignments (key 46): lists the moves of replicas that are under way.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace list_partition_reassignments_request {

struct ListPartitionReassignmentsTopics {
  WIRE_STRUCT(ListPartitionReassignmentsTopics);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<std::int32_t>, partition_indexes, .versions = "0+");
  WIRE_END;
};

}  // namespace list_partition_reassignments_request

struct ListPartitionReassignmentsRequest {
  WIRE_STRUCT(ListPartitionReassignmentsRequest, .key = 46, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+", .initial = 60000);
  FIELD(Nullable<Array<list_partition_reassignments_request::ListPartitionReassignmentsTopics>>,
        topics, .versions = "0+");
  WIRE_END;
};

namespace list_partition_reassignments_response {

struct OngoingPartitionReassignment {
  WIRE_STRUCT(OngoingPartitionReassignment);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(Array<std::int32_t>, replicas, .versions = "0+");
  FIELD(Array<std::int32_t>, adding_replicas, .versions = "0+");
  FIELD(Array<std::int32_t>, removing_replicas, .versions = "0+");
  WIRE_END;
};

struct OngoingTopicReassignment {
  WIRE_STRUCT(OngoingTopicReassignment);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<OngoingPartitionReassignment>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace list_partition_reassignments_response

struct ListPartitionReassignmentsResponse {
  WIRE_STRUCT(ListPartitionReassignmentsResponse, .key = 46, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+", .initial = kEmpty);
  FIELD(Array<list_partition_reassignments_response::OngoingTopicReassignment>, topics,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
