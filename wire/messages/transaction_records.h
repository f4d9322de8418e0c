// Records of __transaction_state.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct TransactionLogKey {
  WIRE_STRUCT(TransactionLogKey, .key = 0, .versions = "0");
  FIELD(String, transactional_id, .versions = "0");
  WIRE_END;
};

namespace transaction_log_value {

struct PartitionsSchema {
  WIRE_STRUCT(PartitionsSchema);
  FIELD(String, topic, .versions = "0+");
  FIELD(Array<std::int32_t>, partition_ids, .versions = "0+");
  WIRE_END;
};

}  // namespace transaction_log_value

struct TransactionLogValue {
  WIRE_STRUCT(TransactionLogValue, .key = 0, .versions = "0-1", .flexible = "1+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int64_t, previous_producer_id, .versions = "1+", .tag = 0, .initial = -1);
  FIELD(std::int64_t, next_producer_id, .versions = "1+", .tag = 1, .initial = -1);
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(std::int16_t, next_producer_epoch, .versions = "1+", .tag = 3, .initial = -1);
  FIELD(std::int32_t, transaction_timeout_ms, .versions = "0+");
  FIELD(std::int8_t, transaction_status, .versions = "0+");
  FIELD(Nullable<Array<transaction_log_value::PartitionsSchema>>, transaction_partitions,
        .versions = "0+", .initial = kEmpty);
  FIELD(std::int64_t, transaction_last_update_timestamp_ms, .versions = "0+");
  FIELD(std::int64_t, transaction_start_timestamp_ms, .versions = "0+");
  FIELD(std::int16_t, client_transaction_version, .versions = "1+", .tag = 2);
  WIRE_END;
};

}  // namespace understudy::wire
