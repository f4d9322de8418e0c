// AddPartitionsToTxn (key 24): makes partitions part of a transaction.
//  v3   flexible; the last that clients send
//  v4   many transactions at once, from brokers; can only ask instead of add (KIP-890)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

namespace add_partitions_to_txn_request {

struct AddPartitionsToTxnTopic {
  WIRE_STRUCT(AddPartitionsToTxnTopic);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct AddPartitionsToTxnTransaction {
  WIRE_STRUCT(AddPartitionsToTxnTransaction);
  FIELD(String, transactional_id, .versions = "4+");
  FIELD(std::int64_t, producer_id, .versions = "4+");
  FIELD(std::int16_t, producer_epoch, .versions = "4+");
  FIELD(bool, verify_only, .versions = "4+");
  FIELD(Array<AddPartitionsToTxnTopic>, topics, .versions = "4+");
  WIRE_END;
};

}  // namespace add_partitions_to_txn_request

struct AddPartitionsToTxnRequest {
  WIRE_STRUCT(AddPartitionsToTxnRequest, .key = 24, .versions = "0-5", .flexible = "3+");
  FIELD(Array<add_partitions_to_txn_request::AddPartitionsToTxnTransaction>, transactions,
        .versions = "4+");
  FIELD(String, v3_and_below_transactional_id, .versions = "0-3");
  FIELD(std::int64_t, v3_and_below_producer_id, .versions = "0-3");
  FIELD(std::int16_t, v3_and_below_producer_epoch, .versions = "0-3");
  FIELD(Array<add_partitions_to_txn_request::AddPartitionsToTxnTopic>, v3_and_below_topics,
        .versions = "0-3");
  WIRE_END;
};

namespace add_partitions_to_txn_response {

struct AddPartitionsToTxnPartitionResult {
  WIRE_STRUCT(AddPartitionsToTxnPartitionResult);
  FIELD(std::int32_t, partition_index, .versions = "0+");
  FIELD(ErrorCode, partition_error_code, .versions = "0+");
  WIRE_END;
};

struct AddPartitionsToTxnTopicResult {
  WIRE_STRUCT(AddPartitionsToTxnTopicResult);
  FIELD(String, name, .versions = "0+");
  FIELD(Array<AddPartitionsToTxnPartitionResult>, results_by_partition, .versions = "0+");
  WIRE_END;
};

struct AddPartitionsToTxnResult {
  WIRE_STRUCT(AddPartitionsToTxnResult);
  FIELD(String, transactional_id, .versions = "4+");
  FIELD(Array<AddPartitionsToTxnTopicResult>, topic_results, .versions = "4+");
  WIRE_END;
};

}  // namespace add_partitions_to_txn_response

struct AddPartitionsToTxnResponse {
  WIRE_STRUCT(AddPartitionsToTxnResponse, .key = 24, .versions = "0-5", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "4+", .ignorable = true);
  FIELD(Array<add_partitions_to_txn_response::AddPartitionsToTxnResult>, results_by_transaction,
        .versions = "4+");
  FIELD(Array<add_partitions_to_txn_response::AddPartitionsToTxnTopicResult>,
        results_by_topic_v3_and_below, .versions = "0-3");
  WIRE_END;
};

}  // namespace understudy::wire
