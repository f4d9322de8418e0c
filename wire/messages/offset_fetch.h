// OffsetFetch (key 9): asks how far groups have read.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace offset_fetch_request {

struct OffsetFetchRequestTopic {
  WIRE_STRUCT(OffsetFetchRequestTopic);
  FIELD(String, name, .versions = "0-7");
  FIELD(Array<std::int32_t>, partition_indexes, .versions = "0-7");
  WIRE_END;
};

struct OffsetFetchRequestTopics {
  WIRE_STRUCT(OffsetFetchRequestTopics);
  FIELD(String, name, .versions = "8-9", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true);
  FIELD(Array<std::int32_t>, partition_indexes, .versions = "8+");
  WIRE_END;
};

struct OffsetFetchRequestGroup {
  WIRE_STRUCT(OffsetFetchRequestGroup);
  FIELD(String, group_id, .versions = "8+");
  FIELD(Nullable<String>, member_id, .versions = "9+", .ignorable = true);
  FIELD(std::int32_t, member_epoch, .versions = "9+", .initial = -1, .ignorable = true);
  FIELD(Nullable<Array<OffsetFetchRequestTopics>>, topics, .versions = "8+", .initial = kEmpty);
  WIRE_END;
};

}  // namespace offset_fetch_request

struct OffsetFetchRequest {
  WIRE_STRUCT(OffsetFetchRequest, .key = 9, .versions = "1-10", .flexible = "6+");
  FIELD(String, group_id, .versions = "0-7");
  FIELD(Nullable<Array<offset_fetch_request::OffsetFetchRequestTopic>>, topics, .versions = "0-7",
        .nullable = "2-7", .initial = kEmpty);
  FIELD(Array<offset_fetch_request::OffsetFetchRequestGroup>, groups, .versions = "8+");
  FIELD(bool, require_stable, .versions = "7+");
  WIRE_END;
};

namespace offset_fetch_response {

struct OffsetFetchResponsePartition {
  WIRE_STRUCT(OffsetFetchResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0-7");
  FIELD(std::int64_t, committed_offset, .versions = "0-7");
  FIELD(std::int32_t, committed_leader_epoch, .versions = "5-7", .initial = -1, .ignorable = true);
  FIELD(Nullable<String>, metadata, .versions = "0-7", .initial = kEmpty);
  FIELD(ErrorCode, error_code, .versions = "0-7");
  WIRE_END;
};

struct OffsetFetchResponseTopic {
  WIRE_STRUCT(OffsetFetchResponseTopic);
  FIELD(String, name, .versions = "0-7");
  FIELD(Array<OffsetFetchResponsePartition>, partitions, .versions = "0-7");
  WIRE_END;
};

struct OffsetFetchResponsePartitions {
  WIRE_STRUCT(OffsetFetchResponsePartitions);
  FIELD(std::int32_t, partition_index, .versions = "8+");
  FIELD(std::int64_t, committed_offset, .versions = "8+");
  FIELD(std::int32_t, committed_leader_epoch, .versions = "8+", .initial = -1, .ignorable = true);
  FIELD(Nullable<String>, metadata, .versions = "8+", .initial = kEmpty);
  FIELD(ErrorCode, error_code, .versions = "8+");
  WIRE_END;
};

struct OffsetFetchResponseTopics {
  WIRE_STRUCT(OffsetFetchResponseTopics);
  FIELD(String, name, .versions = "8-9", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true);
  FIELD(Array<OffsetFetchResponsePartitions>, partitions, .versions = "8+");
  WIRE_END;
};

struct OffsetFetchResponseGroup {
  WIRE_STRUCT(OffsetFetchResponseGroup);
  FIELD(String, group_id, .versions = "8+");
  FIELD(Array<OffsetFetchResponseTopics>, topics, .versions = "8+");
  FIELD(ErrorCode, error_code, .versions = "8+");
  WIRE_END;
};

}  // namespace offset_fetch_response

struct OffsetFetchResponse {
  WIRE_STRUCT(OffsetFetchResponse, .key = 9, .versions = "1-10", .flexible = "6+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "3+", .ignorable = true);
  FIELD(Array<offset_fetch_response::OffsetFetchResponseTopic>, topics, .versions = "0-7");
  FIELD(ErrorCode, error_code, .versions = "2-7", .ignorable = true);
  FIELD(Array<offset_fetch_response::OffsetFetchResponseGroup>, groups, .versions = "8+");
  WIRE_END;
};

}  // namespace understudy::wire
