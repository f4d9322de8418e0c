// DescribeProducers (key 61): shows the producers that a partition remembers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace describe_producers_request {

struct TopicRequest {
  WIRE_STRUCT(TopicRequest);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<std::int32_t>, partition_indexes, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_producers_request

struct DescribeProducersRequest {
  WIRE_STRUCT(DescribeProducersRequest, .key = 61, .versions = "0", .flexible = "0+");
  FIELD(Array<describe_producers_request::TopicRequest>, topics, .versions = "0+");
  WIRE_END;
};

namespace describe_producers_response {

struct ProducerState {
  WIRE_STRUCT(ProducerState);
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int32_t, producer_epoch, .versions = "0+");
  FIELD(std::int32_t, last_sequence, .versions = "0+", .initial = -1,
        .about = "-1 if the producer's last batch is gone from the log.");
  FIELD(std::int64_t, last_timestamp, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, coordinator_epoch, .versions = "0+");
  FIELD(std::int64_t, current_txn_start_offset, .versions = "0+", .initial = -1,
        .about = "-1 if no transaction is open.");
  WIRE_END;
};

struct PartitionResponse {
  WIRE_STRUCT(PartitionResponse);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Nullable<String>, error_message, .versions = "0+");
  FIELD(Array<ProducerState>, active_producers, .versions = "0+");
  WIRE_END;
};

struct TopicResponse {
  WIRE_STRUCT(TopicResponse);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<PartitionResponse>, partitions, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_producers_response

struct DescribeProducersResponse {
  WIRE_STRUCT(DescribeProducersResponse, .key = 61, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<describe_producers_response::TopicResponse>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
