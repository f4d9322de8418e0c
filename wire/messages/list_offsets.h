// ListOffsets (key 2): finds an offset by time, or the ends of a partition.
//  v1   the lowest of Kafka 4: one offset with its time instead of a list
//  v2   isolation level
//  v4   leader epochs, both ways (KIP-320)
//  v5   OFFSET_NOT_AVAILABLE may be answered
//  v6   flexible
//  v7   timestamp -3: the record with the greatest time (KIP-734)
//  v8   timestamp -4: the earliest offset on local disk (KIP-405)
//  v9   timestamp -5: the latest offset in tiered storage (KIP-1005)
//  v10  a timeout, for searches in tiered storage (KIP-1075)
//  v11  timestamp -6: the earliest offset not uploaded yet (KIP-1023)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace list_offsets_request {

struct ListOffsetsPartition {
  WIRE_STRUCT(ListOffsetsPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, current_leader_epoch, .versions = "4+", .initial = -1, .ignorable = true);
  FIELD(std::int64_t, timestamp, .versions = "0+",
        .about = "Milliseconds, or one of the negative values listed above.");
  WIRE_END;
};

struct ListOffsetsTopic {
  WIRE_STRUCT(ListOffsetsTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<ListOffsetsPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace list_offsets_request

struct ListOffsetsRequest {
  WIRE_STRUCT(ListOffsetsRequest, .key = 2, .versions = "1-11", .flexible = "6+");
  FIELD(std::int32_t, replica_id, .versions = "0+",
        .about = "-1 for consumers; -2 asks any replica, for debugging.");
  FIELD(std::int8_t, isolation_level, .versions = "2+",
        .about = "1 makes the latest offset the last stable one.");
  FIELD(Array<list_offsets_request::ListOffsetsTopic>, topics, .versions = "0+");
  FIELD(std::int32_t, timeout_ms, .versions = "10+", .ignorable = true);
  WIRE_END;
};

namespace list_offsets_response {

struct ListOffsetsPartitionResponse {
  WIRE_STRUCT(ListOffsetsPartitionResponse);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, timestamp, .versions = "1+", .initial = -1,
        .about = "Of the record found; -1 if there is none, or for the ends of the log.");
  FIELD(std::int64_t, offset, .versions = "1+", .initial = -1, .about = "-1 if nothing was found.");
  FIELD(std::int32_t, leader_epoch, .versions = "4+", .initial = -1);
  WIRE_END;
};

struct ListOffsetsTopicResponse {
  WIRE_STRUCT(ListOffsetsTopicResponse);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<ListOffsetsPartitionResponse>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace list_offsets_response

struct ListOffsetsResponse {
  WIRE_STRUCT(ListOffsetsResponse, .key = 2, .versions = "1-11", .flexible = "6+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "2+", .ignorable = true);
  FIELD(Array<list_offsets_response::ListOffsetsTopicResponse>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
