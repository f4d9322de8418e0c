// DeleteRecords (key 21): drops the records below an offset.
//  v2   flexible
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace delete_records_request {

struct DeleteRecordsPartition {
  WIRE_STRUCT(DeleteRecordsPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, offset, .versions = "0+",
        .about = "The first offset that stays; -1 for the high watermark.");
  WIRE_END;
};

struct DeleteRecordsTopic {
  WIRE_STRUCT(DeleteRecordsTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<DeleteRecordsPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_records_request

struct DeleteRecordsRequest {
  WIRE_STRUCT(DeleteRecordsRequest, .key = 21, .versions = "0-2", .flexible = "2+");
  FIELD(Array<delete_records_request::DeleteRecordsTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "0+");
  WIRE_END;
};

namespace delete_records_response {

struct DeleteRecordsPartitionResult {
  WIRE_STRUCT(DeleteRecordsPartitionResult);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, low_watermark, .versions = "0+",
        .about = "The log start offset afterwards, or -1 on an error.");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct DeleteRecordsTopicResult {
  WIRE_STRUCT(DeleteRecordsTopicResult);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<DeleteRecordsPartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace delete_records_response

struct DeleteRecordsResponse {
  WIRE_STRUCT(DeleteRecordsResponse, .key = 21, .versions = "0-2", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<delete_records_response::DeleteRecordsTopicResult>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
