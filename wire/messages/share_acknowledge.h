// ShareAcknowledge (key 79): acknowledges acquired records.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace share_acknowledge_request {

struct AcknowledgementBatch {
  WIRE_STRUCT(AcknowledgementBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(Array<std::int8_t>, acknowledge_types, .versions = "0+");
  WIRE_END;
};

struct AcknowledgePartition {
  WIRE_STRUCT(AcknowledgePartition);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(Array<AcknowledgementBatch>, acknowledgement_batches, .versions = "0+");
  WIRE_END;
};

struct AcknowledgeTopic {
  WIRE_STRUCT(AcknowledgeTopic);
  FIELD(Uuid, topic_id, .versions = "0+");
  FIELD(Array<AcknowledgePartition>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace share_acknowledge_request

struct ShareAcknowledgeRequest {
  WIRE_STRUCT(ShareAcknowledgeRequest, .key = 79, .versions = "1-2", .flexible = "0+");
  FIELD(Nullable<String>, group_id, .versions = "0+");
  FIELD(Nullable<String>, member_id, .versions = "0+", .initial = kEmpty);
  FIELD(std::int32_t, share_session_epoch, .versions = "0+");
  FIELD(bool, is_renew_ack, .versions = "2+");
  FIELD(Array<share_acknowledge_request::AcknowledgeTopic>, topics, .versions = "0+");
  WIRE_END;
};

namespace share_acknowledge_response {

struct LeaderIdAndEpoch {
  WIRE_STRUCT(LeaderIdAndEpoch);
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  WIRE_END;
};

struct PartitionData {
  WIRE_STRUCT(PartitionData);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(LeaderIdAndEpoch, current_leader, .versions = "0+");
  WIRE_END;
};

struct ShareAcknowledgeTopicResponse {
  WIRE_STRUCT(ShareAcknowledgeTopicResponse);
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

}  // namespace share_acknowledge_response

struct ShareAcknowledgeResponse {
  WIRE_STRUCT(ShareAcknowledgeResponse, .key = 79, .versions = "1-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(std::int32_t, acquisition_lock_timeout_ms, .versions = "2+", .ignorable = true);
  FIELD(Array<share_acknowledge_response::ShareAcknowledgeTopicResponse>, responses,
        .versions = "0+");
  FIELD(Array<share_acknowledge_response::NodeEndpoint>, node_endpoints, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
