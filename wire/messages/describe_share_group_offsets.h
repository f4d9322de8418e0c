// DescribeShareGroupOffsets (key 90): tells where share groups begin to read.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_share_group_offsets_request {

struct DescribeShareGroupOffsetsRequestTopic {
  WIRE_STRUCT(DescribeShareGroupOffsetsRequestTopic);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct DescribeShareGroupOffsetsRequestGroup {
  WIRE_STRUCT(DescribeShareGroupOffsetsRequestGroup);
  FIELD(String, group_id, .versions = "0+");
  FIELD(Nullable<Array<DescribeShareGroupOffsetsRequestTopic>>, topics, .versions = "0+",
        .initial = kEmpty);
  WIRE_END;
};

}  // namespace describe_share_group_offsets_request

struct DescribeShareGroupOffsetsRequest {
  WIRE_STRUCT(DescribeShareGroupOffsetsRequest, .key = 90, .versions = "0-1", .flexible = "0+");
  FIELD(Array<describe_share_group_offsets_request::DescribeShareGroupOffsetsRequestGroup>, groups,
        .versions = "0+");
  WIRE_END;
};

namespace describe_share_group_offsets_response {

struct DescribeShareGroupOffsetsResponsePartition {
  WIRE_STRUCT(DescribeShareGroupOffsetsResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, lag, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

struct DescribeShareGroupOffsetsResponseTopic {
  WIRE_STRUCT(DescribeShareGroupOffsetsResponseTopic);
  FIELD(String, topic_name, .versions = "0+");
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<DescribeShareGroupOffsetsResponsePartition>, partitions, .versions = "0+");
  WIRE_END;
};

struct DescribeShareGroupOffsetsResponseGroup {
  WIRE_STRUCT(DescribeShareGroupOffsetsResponseGroup);
  FIELD(String, group_id, .versions = "0+");
  FIELD(Array<DescribeShareGroupOffsetsResponseTopic>, topics, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_share_group_offsets_response

struct DescribeShareGroupOffsetsResponse {
  WIRE_STRUCT(DescribeShareGroupOffsetsResponse, .key = 90, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<describe_share_group_offsets_response::DescribeShareGroupOffsetsResponseGroup>,
        groups, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
