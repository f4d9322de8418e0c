// TxnOffsetCommit (key 28): stores how far a group has read, valid once the transaction commits.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace txn_offset_commit_request {

struct TxnOffsetCommitRequestPartition {
  WIRE_STRUCT(TxnOffsetCommitRequestPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int64_t, committed_offset, .versions = "0+");
  FIELD(std::int32_t, committed_leader_epoch, .versions = "2+", .initial = -1, .ignorable = true);
  FIELD(Nullable<String>, committed_metadata, .versions = "0+", .initial = kEmpty);
  WIRE_END;
};

struct TxnOffsetCommitRequestTopic {
  WIRE_STRUCT(TxnOffsetCommitRequestTopic);
  FIELD(String, name, .versions = "0-5", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "6+", .ignorable = true);
  FIELD(Array<TxnOffsetCommitRequestPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace txn_offset_commit_request

struct TxnOffsetCommitRequest {
  WIRE_STRUCT(TxnOffsetCommitRequest, .key = 28, .versions = "0-6", .flexible = "3+");
  FIELD(String, transactional_id, .versions = "0+");
  FIELD(String, group_id, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(std::int32_t, generation_id_or_member_epoch, .versions = "3+", .initial = -1);
  FIELD(String, member_id, .versions = "3+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+");
  FIELD(Array<txn_offset_commit_request::TxnOffsetCommitRequestTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace txn_offset_commit_response {

struct TxnOffsetCommitResponsePartition {
  WIRE_STRUCT(TxnOffsetCommitResponsePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

struct TxnOffsetCommitResponseTopic {
  WIRE_STRUCT(TxnOffsetCommitResponseTopic);
  FIELD(String, name, .versions = "0-5", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "6+", .ignorable = true);
  FIELD(Array<TxnOffsetCommitResponsePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace txn_offset_commit_response

struct TxnOffsetCommitResponse {
  WIRE_STRUCT(TxnOffsetCommitResponse, .key = 28, .versions = "0-6", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<txn_offset_commit_response::TxnOffsetCommitResponseTopic>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
