// Produce (key 0): appends record batches to partitions.
//  v3   the lowest of Kafka 4; magic 2 only. ApiVersions nevertheless lists 0 (KAFKA-18659)
//  v5   the response tells the log start offset
//  v7   zstd is allowed; below, it is refused with UNSUPPORTED_COMPRESSION_TYPE
//  v8   record errors and a message for a refused batch (KIP-467)
//  v9   flexible
//  v10  NOT_LEADER_OR_FOLLOWER comes with the current leader and its address (KIP-951)
//  v11  TRANSACTION_ABORTABLE may be answered (KIP-890)
//  v12  a transactional batch adds its partition by itself (KIP-890)
//  v13  topics go by id, both ways (KIP-516)
//  With acks=0 there is no response at all.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace produce_request {

struct PartitionProduceData {
  WIRE_STRUCT(PartitionProduceData);
  FIELD(std::int32_t, index, .versions = "0+");
  FIELD(Nullable<Records>, records, .versions = "0+",
        .about = "One batch of magic 2, as it goes into the log.");
  WIRE_END;
};

struct TopicProduceData {
  WIRE_STRUCT(TopicProduceData);
  FIELD(String, name, .versions = "0-12", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "13+", .ignorable = true);
  FIELD(Array<PartitionProduceData>, partition_data, .versions = "0+");
  WIRE_END;
};

}  // namespace produce_request

struct ProduceRequest {
  WIRE_STRUCT(ProduceRequest, .key = 0, .versions = "3-13", .flexible = "9+");
  FIELD(Nullable<String>, transactional_id, .versions = "3+",
        .about = "Set by transactional producers only.");
  FIELD(std::int16_t, acks, .versions = "0+",
        .about =
            "0: no response at all; 1: after the leader has it; -1: after all in-sync replicas "
            "have it.");
  FIELD(std::int32_t, timeout_ms, .versions = "0+",
        .about = "How long the replicas may take when acks is -1.");
  FIELD(Array<produce_request::TopicProduceData>, topic_data, .versions = "0+");
  WIRE_END;
};

namespace produce_response {

struct BatchIndexAndErrorMessage {
  WIRE_STRUCT(BatchIndexAndErrorMessage);
  FIELD(std::int32_t, batch_index, .versions = "8+", .about = "Position in the batch, from 0.");
  FIELD(Nullable<String>, batch_index_error_message, .versions = "8+");
  WIRE_END;
};

struct LeaderIdAndEpoch {
  WIRE_STRUCT(LeaderIdAndEpoch);
  FIELD(std::int32_t, leader_id, .versions = "10+", .initial = -1, .about = "-1 if unknown.");
  FIELD(std::int32_t, leader_epoch, .versions = "10+", .initial = -1);
  WIRE_END;
};

struct PartitionProduceResponse {
  WIRE_STRUCT(PartitionProduceResponse);
  FIELD(std::int32_t, index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, base_offset, .versions = "0+",
        .about = "Where the batch begins in the log, or -1.");
  FIELD(std::int64_t, log_append_time_ms, .versions = "2+", .initial = -1, .ignorable = true,
        .about = "The broker's time for topics with LogAppendTime, else -1.");
  FIELD(std::int64_t, log_start_offset, .versions = "5+", .initial = -1, .ignorable = true,
        .about = "The first offset still in the log, or -1.");
  FIELD(Array<BatchIndexAndErrorMessage>, record_errors, .versions = "8+", .ignorable = true,
        .about = "The records that made the broker refuse the batch.");
  FIELD(Nullable<String>, error_message, .versions = "8+", .ignorable = true,
        .about = "Why the batch was refused, in a sentence.");
  FIELD(LeaderIdAndEpoch, current_leader, .versions = "10+", .tag = 0,
        .about = "Filled with NOT_LEADER_OR_FOLLOWER, for clients that look elsewhere.");
  WIRE_END;
};

struct TopicProduceResponse {
  WIRE_STRUCT(TopicProduceResponse);
  FIELD(String, name, .versions = "0-12", .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "13+", .ignorable = true);
  FIELD(Array<PartitionProduceResponse>, partition_responses, .versions = "0+");
  WIRE_END;
};

struct NodeEndpoint {
  WIRE_STRUCT(NodeEndpoint);
  FIELD(std::int32_t, node_id, .versions = "10+");
  FIELD(String, host, .versions = "10+");
  FIELD(std::int32_t, port, .versions = "10+");
  FIELD(Nullable<String>, rack, .versions = "10+");
  WIRE_END;
};

}  // namespace produce_response

struct ProduceResponse {
  WIRE_STRUCT(ProduceResponse, .key = 0, .versions = "3-13", .flexible = "9+");
  FIELD(Array<produce_response::TopicProduceResponse>, responses, .versions = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "1+", .ignorable = true,
        .about = "How long the client was or will be held back by a quota.");
  FIELD(Array<produce_response::NodeEndpoint>, node_endpoints, .versions = "10+", .tag = 0,
        .about = "Addresses of the leaders named above.");
  WIRE_END;
};

}  // namespace understudy::wire
