// OffsetForLeaderEpoch (key 23): tells where a leader epoch ended, to find where two logs part.
//  v2   the lowest of Kafka 4; the epoch that the client knows is checked (KIP-320)
//  v3   replica id
//  v4   flexible
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace offset_for_leader_epoch_request {

struct OffsetForLeaderPartition {
  WIRE_STRUCT(OffsetForLeaderPartition);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, current_leader_epoch, .versions = "2+", .initial = -1, .ignorable = true);
  FIELD(std::int32_t, leader_epoch, .versions = "0+", .about = "The epoch whose end is asked for.");
  WIRE_END;
};

struct OffsetForLeaderTopic {
  WIRE_STRUCT(OffsetForLeaderTopic);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<OffsetForLeaderPartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_for_leader_epoch_request

struct OffsetForLeaderEpochRequest {
  WIRE_STRUCT(OffsetForLeaderEpochRequest, .key = 23, .versions = "2-4", .flexible = "4+");
  FIELD(std::int32_t, replica_id, .versions = "3+", .initial = -2, .ignorable = true);
  FIELD(Array<offset_for_leader_epoch_request::OffsetForLeaderTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace offset_for_leader_epoch_response {

struct EpochEndOffset {
  WIRE_STRUCT(EpochEndOffset);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "1+", .initial = -1, .ignorable = true,
        .about = "The largest known epoch not above the one asked for, or -1.");
  FIELD(std::int64_t, end_offset, .versions = "0+", .initial = -1,
        .about = "Where the next epoch begins, or -1.");
  WIRE_END;
};

struct OffsetForLeaderTopicResult {
  WIRE_STRUCT(OffsetForLeaderTopicResult);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<EpochEndOffset>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace offset_for_leader_epoch_response

struct OffsetForLeaderEpochResponse {
  WIRE_STRUCT(OffsetForLeaderEpochResponse, .key = 23, .versions = "2-4", .flexible = "4+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "2+", .ignorable = true);
  FIELD(Array<offset_for_leader_epoch_response::OffsetForLeaderTopicResult>, topics,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
