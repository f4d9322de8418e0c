// ReadShareGroupStateSummary (key 87): reads the start offsets of share partitions; sent by
// brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace read_share_group_state_summary_request {

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct ReadStateSummaryData {
  WIRE_STRUCT(ReadStateSummaryData);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace read_share_group_state_summary_request

struct ReadShareGroupStateSummaryRequest {
  WIRE_STRUCT(ReadShareGroupStateSummaryRequest, .key = 87, .versions = "0-1", .flexible = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<read_share_group_state_summary_request::ReadStateSummaryData>, topics,
        .versions = "0+");
  WIRE_END;
};

namespace read_share_group_state_summary_response {

struct PartitionResult {
  WIRE_STRUCT(PartitionResult);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(std::int32_t, state_epoch, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int32_t, delivery_complete_count, .versions = "1+", .initial = -1, .ignorable = true);
  WIRE_END;
};

struct ReadStateSummaryResult {
  WIRE_STRUCT(ReadStateSummaryResult);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionResult>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace read_share_group_state_summary_response

struct ReadShareGroupStateSummaryResponse {
  WIRE_STRUCT(ReadShareGroupStateSummaryResponse, .key = 87, .versions = "0-1", .flexible = "0+");
  FIELD(Array<read_share_group_state_summary_response::ReadStateSummaryResult>, results,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
