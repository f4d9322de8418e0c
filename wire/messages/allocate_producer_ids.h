// AllocateProducerIds (key 67): gives a broker a block of producer ids; sent by brokers.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct AllocateProducerIdsRequest {
  WIRE_STRUCT(AllocateProducerIdsRequest, .key = 67, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, broker_id, .versions = "0+");
  FIELD(std::int64_t, broker_epoch, .versions = "0+", .initial = -1);
  WIRE_END;
};

struct AllocateProducerIdsResponse {
  WIRE_STRUCT(AllocateProducerIdsResponse, .key = 67, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+");
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, producer_id_start, .versions = "0+");
  FIELD(std::int32_t, producer_id_len, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
