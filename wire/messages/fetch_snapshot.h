// FetchSnapshot (key 59): reads pieces of a metadata snapshot; within the quorum.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace fetch_snapshot_request {

struct SnapshotId {
  WIRE_STRUCT(SnapshotId);
  FIELD(std::int64_t, end_offset, .versions = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  WIRE_END;
};

struct PartitionSnapshot {
  WIRE_STRUCT(PartitionSnapshot);
  FIELD(std::int32_t, partition, .versions = "0+");
  FIELD(std::int32_t, current_leader_epoch, .versions = "0+");
  FIELD(SnapshotId, snapshot_id, .versions = "0+");
  FIELD(std::int64_t, position, .versions = "0+");
  FIELD(Uuid, replica_directory_id, .versions = "1+", .tag = 0, .ignorable = true);
  WIRE_END;
};

struct TopicSnapshot {
  WIRE_STRUCT(TopicSnapshot);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<PartitionSnapshot>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace fetch_snapshot_request

struct FetchSnapshotRequest {
  WIRE_STRUCT(FetchSnapshotRequest, .key = 59, .versions = "0-1", .flexible = "0+");
  FIELD(Nullable<String>, cluster_id, .versions = "0+", .tag = 0);
  FIELD(std::int32_t, replica_id, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, max_bytes, .versions = "0+", .initial = INT32_MAX);
  FIELD(Array<fetch_snapshot_request::TopicSnapshot>, topics, .versions = "0+");
  WIRE_END;
};

namespace fetch_snapshot_response {

struct SnapshotId {
  WIRE_STRUCT(SnapshotId);
  FIELD(std::int64_t, end_offset, .versions = "0+");
  FIELD(std::int32_t, epoch, .versions = "0+");
  WIRE_END;
};

struct LeaderIdAndEpoch {
  WIRE_STRUCT(LeaderIdAndEpoch);
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct PartitionSnapshot {
  WIRE_STRUCT(PartitionSnapshot);
  FIELD(std::int32_t, index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(SnapshotId, snapshot_id, .versions = "0+");
  FIELD(LeaderIdAndEpoch, current_leader, .versions = "0+", .tag = 0);
  FIELD(std::int64_t, size, .versions = "0+");
  FIELD(std::int64_t, position, .versions = "0+");
  FIELD(Records, unaligned_records, .versions = "0+");
  WIRE_END;
};

struct TopicSnapshot {
  WIRE_STRUCT(TopicSnapshot);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<PartitionSnapshot>, partitions, .versions = "0+");
  WIRE_END;
};

struct NodeEndpoint {
  WIRE_STRUCT(NodeEndpoint);
  FIELD(std::int32_t, node_id, .versions = "1+");
  FIELD(String, host, .versions = "1+");
  FIELD(std::uint16_t, port, .versions = "1+");
  WIRE_END;
};

}  // namespace fetch_snapshot_response

struct FetchSnapshotResponse {
  WIRE_STRUCT(FetchSnapshotResponse, .key = 59, .versions = "0-1", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<fetch_snapshot_response::TopicSnapshot>, topics, .versions = "0+");
  FIELD(Array<fetch_snapshot_response::NodeEndpoint>, node_endpoints, .versions = "1+", .tag = 0);
  WIRE_END;
};

}  // namespace understudy::wire
