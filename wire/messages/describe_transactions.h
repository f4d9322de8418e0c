// DescribeTransactions (key 65): shows the state of given transactional ids.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct DescribeTransactionsRequest {
  WIRE_STRUCT(DescribeTransactionsRequest, .key = 65, .versions = "0", .flexible = "0+");
  FIELD(Array<String>, transactional_ids, .versions = "0+");
  WIRE_END;
};

namespace describe_transactions_response {

struct TopicData {
  WIRE_STRUCT(TopicData);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partitions, .versions = "0+");
  WIRE_END;
};

struct TransactionState {
  WIRE_STRUCT(TransactionState);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(String, transactional_id, .versions = "0+");
  FIELD(String, transaction_state, .versions = "0+");
  FIELD(std::int32_t, transaction_timeout_ms, .versions = "0+");
  FIELD(std::int64_t, transaction_start_time_ms, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(Array<TopicData>, topics, .versions = "0+");
  WIRE_END;
};

}  // namespace describe_transactions_response

struct DescribeTransactionsResponse {
  WIRE_STRUCT(DescribeTransactionsResponse, .key = 65, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(Array<describe_transactions_response::TransactionState>, transaction_states,
        .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
