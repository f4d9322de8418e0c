// CreatePartitions (key 37): gives a topic more partitions.
//  v2   flexible
//  v3   THROTTLING_QUOTA_EXCEEDED may be answered (KIP-599)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace create_partitions_request {

struct CreatePartitionsAssignment {
  WIRE_STRUCT(CreatePartitionsAssignment);
  FIELD(Array<std::int32_t>, broker_ids, .versions = "0+");
  WIRE_END;
};

struct CreatePartitionsTopic {
  WIRE_STRUCT(CreatePartitionsTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(std::int32_t, count, .versions = "0+");
  FIELD(Nullable<Array<CreatePartitionsAssignment>>, assignments, .versions = "0+",
        .initial = kEmpty);
  WIRE_END;
};

}  // namespace create_partitions_request

struct CreatePartitionsRequest {
  WIRE_STRUCT(CreatePartitionsRequest, .key = 37, .versions = "0-3", .flexible = "2+");
  FIELD(Array<create_partitions_request::CreatePartitionsTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+");
  FIELD(bool, validate_only, .versions = "0+");
  WIRE_END;
};

namespace create_partitions_response {

struct CreatePartitionsTopicResult {
  WIRE_STRUCT(CreatePartitionsTopicResult);
  FIELD(String, name, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

}  // namespace create_partitions_response

struct CreatePartitionsResponse {
  WIRE_STRUCT(CreatePartitionsResponse, .key = 37, .versions = "0-3", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<create_partitions_response::CreatePartitionsTopicResult>, results, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
