// AddOffsetsToTxn (key 25): makes a group's offsets part of a transaction.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct AddOffsetsToTxnRequest {
  WIRE_STRUCT(AddOffsetsToTxnRequest, .key = 25, .versions = "0-4", .flexible = "3+");
  FIELD(String, transactional_id, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(String, group_id, .versions = "0+");
  WIRE_END;
};

struct AddOffsetsToTxnResponse {
  WIRE_STRUCT(AddOffsetsToTxnResponse, .key = 25, .versions = "0-4", .flexible = "3+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
