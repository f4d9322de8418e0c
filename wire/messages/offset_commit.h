// OffsetCommit (key 8): stores how far a group has read.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace offset_commit_request {

struct OffsetCommitRequestPartition {
  WIRE_STRUCT(OffsetCommitRequestPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, committed_offset, .versions = "0+");
  FIELD(std::int32_t, committed_leader_epoch, .versions = "6+", .initial = -1, .ignorable = true);
  FIELD(Nullable<String>, committed_metadata, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct OffsetCommitRequestTopic {
  WIRE_STRUCT(OffsetCommitRequestTopic);
  FIELD(String, name, .versions = "0-9", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true);
  FIELD(Array<OffsetCommitRequestPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_commit_request

struct OffsetCommitRequest {
  WIRE_STRUCT(OffsetCommitRequest, .key = 8, .versions = "2-10", .flexible = "8+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(std::int32_t, generation_id_or_member_epoch, .versions = "1+", .initial = -1,
        .ignorable = true);
  FIELD(String, member_id, .versions = "1+", .ignorable = true);
  FIELD(Nullable<String>, group_instance_id, .versions = "7+");
  FIELD(std::int64_t, retention_time_ms, .versions = "2-4", .initial = -1, .ignorable = true);
  FIELD(Array<offset_commit_request::OffsetCommitRequestTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace offset_commit_response {

struct OffsetCommitResponsePartition {
  WIRE_STRUCT(OffsetCommitResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct OffsetCommitResponseTopic {
  WIRE_STRUCT(OffsetCommitResponseTopic);
  FIELD(String, name, .versions = "0-9", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "10+", .ignorable = true);
  FIELD(Array<OffsetCommitResponsePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_commit_response

struct OffsetCommitResponse {
  WIRE_STRUCT(OffsetCommitResponse, .key = 8, .versions = "2-10", .flexible = "8+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "3+", .ignorable = true);
  FIELD(Array<offset_commit_response::OffsetCommitResponseTopic>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
