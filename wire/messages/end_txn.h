// EndTxn (key 26): commits or aborts a transaction.
//  v3   flexible
//  v5   the epoch rises with every transaction; the response tells the new pair (KIP-890)
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct EndTxnRequest {
  WIRE_STRUCT(EndTxnRequest, .key = 26, .versions = "0-5", .flexible = "3+");
  FIELD(String, transactional_id, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(bool, committed, .versions = "0+");
  WIRE_END;
};

struct EndTxnResponse {
  WIRE_STRUCT(EndTxnResponse, .key = 26, .versions = "0-5", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "5+", .initial = -1, .ignorable = true);
  FIELD(std::int16_t, producer_epoch, .versions = "5+", .initial = -1, .ignorable = true);
  WIRE_END;
};

}  // namespace understudy::wire
