// Records of __remote_log_metadata (tiered storage, KIP-405).
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace remote_log_segment_metadata_record {

struct TopicIdPartitionEntry {
  WIRE_STRUCT(TopicIdPartitionEntry);
  FIELD(String, name, .versions = "0+");
  FIELD(Uuid, id, .versions = "0+");
  FIELD(std::int32_t, partition, .versions = "0+");
  WIRE_END;
};

struct RemoteLogSegmentIdEntry {
  WIRE_STRUCT(RemoteLogSegmentIdEntry);
  FIELD(TopicIdPartitionEntry, topic_id_partition, .versions = "0+");
  FIELD(Uuid, id, .versions = "0+");
  WIRE_END;
};

struct SegmentLeaderEpochEntry {
  WIRE_STRUCT(SegmentLeaderEpochEntry);
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, offset, .versions = "0+");
  WIRE_END;
};

}  // namespace remote_log_segment_metadata_record

struct RemoteLogSegmentMetadataRecord {
  WIRE_STRUCT(RemoteLogSegmentMetadataRecord, .key = 0, .versions = "0", .flexible = "0+");
  FIELD(remote_log_segment_metadata_record::RemoteLogSegmentIdEntry, remote_log_segment_id,
        .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int64_t, end_offset, .versions = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, max_timestamp_ms, .versions = "0+");
  FIELD(std::int64_t, event_timestamp_ms, .versions = "0+");
  FIELD(Array<remote_log_segment_metadata_record::SegmentLeaderEpochEntry>, segment_leader_epochs,
        .versions = "0+");
  FIELD(std::int32_t, segment_size_in_bytes, .versions = "0+");
  FIELD(Nullable<Bytes>, custom_metadata, .versions = "0+");
  FIELD(std::int8_t, remote_log_segment_state, .versions = "0+");
  FIELD(bool, txn_index_empty, .versions = "0+", .tag = 0);
  WIRE_END;
};

namespace remote_log_segment_metadata_snapshot_record {

struct SegmentLeaderEpochEntry {
  WIRE_STRUCT(SegmentLeaderEpochEntry);
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, offset, .versions = "0+");
  WIRE_END;
};

}  // namespace remote_log_segment_metadata_snapshot_record

struct RemoteLogSegmentMetadataSnapshotRecord {
  WIRE_STRUCT(RemoteLogSegmentMetadataSnapshotRecord, .key = 3, .versions = "0", .flexible = "0+");
  FIELD(Uuid, segment_id, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int64_t, end_offset, .versions = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, max_timestamp_ms, .versions = "0+");
  FIELD(std::int64_t, event_timestamp_ms, .versions = "0+");
  FIELD(Array<remote_log_segment_metadata_snapshot_record::SegmentLeaderEpochEntry>,
        segment_leader_epochs, .versions = "0+");
  FIELD(std::int32_t, segment_size_in_bytes, .versions = "0+");
  FIELD(Nullable<Bytes>, custom_metadata, .versions = "0+");
  FIELD(std::int8_t, remote_log_segment_state, .versions = "0+");
  FIELD(bool, txn_index_empty, .versions = "0+", .tag = 0);
  WIRE_END;
};

namespace remote_log_segment_metadata_update_record {

struct TopicIdPartitionEntry {
  WIRE_STRUCT(TopicIdPartitionEntry);
  FIELD(String, name, .versions = "0+");
  FIELD(Uuid, id, .versions = "0+");
  FIELD(std::int32_t, partition, .versions = "0+");
  WIRE_END;
};

struct RemoteLogSegmentIdEntry {
  WIRE_STRUCT(RemoteLogSegmentIdEntry);
  FIELD(TopicIdPartitionEntry, topic_id_partition, .versions = "0+");
  FIELD(Uuid, id, .versions = "0+");
  WIRE_END;
};

}  // namespace remote_log_segment_metadata_update_record

struct RemoteLogSegmentMetadataUpdateRecord {
  WIRE_STRUCT(RemoteLogSegmentMetadataUpdateRecord, .key = 1, .versions = "0", .flexible = "0+");
  FIELD(remote_log_segment_metadata_update_record::RemoteLogSegmentIdEntry, remote_log_segment_id,
        .versions = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, event_timestamp_ms, .versions = "0+");
  FIELD(Nullable<Bytes>, custom_metadata, .versions = "0+");
  FIELD(std::int8_t, remote_log_segment_state, .versions = "0+");
  WIRE_END;
};

namespace remote_partition_delete_metadata_record {

struct TopicIdPartitionEntry {
  WIRE_STRUCT(TopicIdPartitionEntry);
  FIELD(String, name, .versions = "0+");
  FIELD(Uuid, id, .versions = "0+");
  FIELD(std::int32_t, partition, .versions = "0+");
  WIRE_END;
};

}  // namespace remote_partition_delete_metadata_record

struct RemotePartitionDeleteMetadataRecord {
  WIRE_STRUCT(RemotePartitionDeleteMetadataRecord, .key = 2, .versions = "0", .flexible = "0+");
  FIELD(remote_partition_delete_metadata_record::TopicIdPartitionEntry, topic_id_partition,
        .versions = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, event_timestamp_ms, .versions = "0+");
  FIELD(std::int8_t, remote_partition_delete_state, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
