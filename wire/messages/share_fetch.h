// ShareFetch (key 78): acquires records for a member of a share group, and acknowledges earlier
// ones.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace share_fetch_request {

struct AcknowledgementBatch {
  WIRE_STRUCT(AcknowledgementBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(Array<std::int8_t>, acknowledge_types, .versions = "0+");
  WIRE_END;
};

struct FetchPartition {
  WIRE_STRUCT(FetchPartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(std::int32_t, partition_max_bytes, .versions = "0");
  FIELD(Array<AcknowledgementBatch>, acknowledgement_batches, .versions = "0+");
  WIRE_END;
};

struct FetchTopic {
  WIRE_STRUCT(FetchTopic);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<FetchPartition>, partitions, .versions = "0+");
  WIRE_END;
};

struct ForgottenTopic {
  WIRE_STRUCT(ForgottenTopic);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace share_fetch_request

struct ShareFetchRequest {
  WIRE_STRUCT(ShareFetchRequest, .key = 78, .versions = "1-2", .flexible = "0+");
  FIELD(Nullable<String>, group_id, .versions = "0+");
  FIELD(Nullable<String>, member_id, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, share_session_epoch, .versions = "0+");
  FIELD(std::int32_t, max_wait_ms, .versions = "0+");
  FIELD(std::int32_t, min_bytes, .versions = "0+");
  FIELD(std::int32_t, max_bytes, .versions = "0+", .initial = INT32_MAX);
  FIELD(std::int32_t, max_records, .versions = "1+");
  FIELD(std::int32_t, batch_size, .versions = "1+");
  FIELD(std::int8_t, share_acquire_mode, .versions = "2+", .ignorable = true);
  FIELD(bool, is_renew_ack, .versions = "2+");
  FIELD(Array<share_fetch_request::FetchTopic>, topics, .versions = "0+");
  FIELD(Array<share_fetch_request::ForgottenTopic>, forgotten_topics_data, .versions = "0+");
  WIRE_END;
};

namespace share_fetch_response {

struct LeaderIdAndEpoch {
  WIRE_STRUCT(LeaderIdAndEpoch);
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct AcquiredRecords {
  WIRE_STRUCT(AcquiredRecords);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int16_t, delivery_count, .versions = "0+");
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(ErrorCode, acknowledge_error_code, .versions = "0+");
  FIELD(Nullable<String>, acknowledge_error_message, .versions = "0+");
  FIELD(LeaderIdAndEpoch, current_leader, .versions = "0+");
  FIELD(Nullable<Records>, records, .versions = "0+", .nullable = "0");
  FIELD(Array<AcquiredRecords>, acquired_records, .versions = "0+");
  WIRE_END;
};

struct ShareFetchableTopicResponse {
  WIRE_STRUCT(ShareFetchableTopicResponse);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<PartitionData>, partitions, .versions = "0+");
  WIRE_END;
};

struct NodeEndpoint {
  WIRE_STRUCT(NodeEndpoint);
  FIELD(std::int32_t, node_id, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::int32_t, port, .versions = "0+");
  FIELD(Nullable<String>, rack, .versions = "0+");
  WIRE_END;
};

}  // namespace share_fetch_response

struct ShareFetchResponse {
  WIRE_STRUCT(ShareFetchResponse, .key = 78, .versions = "1-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(std::int32_t, acquisition_lock_timeout_ms, .versions = "1+");
  FIELD(Array<share_fetch_response::ShareFetchableTopicResponse>, responses, .versions = "0+");
  FIELD(Array<share_fetch_response::NodeEndpoint>, node_endpoints, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
