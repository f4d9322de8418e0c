// ListTransactions (key 66): lists the transactions that a broker coordinates.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ListTransactionsRequest {
  WIRE_STRUCT(ListTransactionsRequest, .key = 66, .versions = "0-2", .flexible = "0+");
  FIELD(Array<String>, state_filters, .versions = "0+");
  FIELD(Array<std::int64_t>, producer_id_filters, .versions = "0+");
  FIELD(std::int64_t, duration_filter, .versions = "1+", .initial = -1);
  FIELD(Nullable<String>, transactional_id_pattern, .versions = "2+");
  WIRE_END;
};

namespace list_transactions_response {

struct TransactionState {
  WIRE_STRUCT(TransactionState);
  FIELD(String, transactional_id, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(String, transaction_state, .versions = "0+");
  WIRE_END;
};

}  // namespace list_transactions_response

struct ListTransactionsResponse {
  WIRE_STRUCT(ListTransactionsResponse, .key = 66, .versions = "0-2", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(Array<String>, unknown_state_filters, .versions = "0+");
  FIELD(Array<list_transactions_response::TransactionState>, transaction_states, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
