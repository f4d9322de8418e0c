// InitProducerId (key 22): gives out a producer id and epoch.
//  v2   flexible
//  v3   a producer may show the id and epoch it has, to go on with them (KIP-360)
//  v4   PRODUCER_FENCED may be answered instead of INVALID_PRODUCER_EPOCH (KIP-588)
//  v5   TRANSACTION_ABORTABLE may be answered (KIP-890)
//  v6   two-phase commit (KIP-939); not stable yet
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct InitProducerIdRequest {
  WIRE_STRUCT(InitProducerIdRequest, .key = 22, .versions = "0-6", .flexible = "2+",
              .latest_version_unstable = true);
  FIELD(Nullable<String>, transactional_id, .versions = "0+", .initial = kEmpty,
        .about = "Null for a producer that is only idempotent.");
  FIELD(std::int32_t, transaction_timeout_ms, .versions = "0+",
        .about = "After it an open transaction is aborted; ignored without a transactional id.");
  FIELD(std::int64_t, producer_id, .versions = "3+", .initial = -1,
        .about = "The id in use, to go on with it; -1 asks for a new one.");
  FIELD(std::int16_t, producer_epoch, .versions = "3+", .initial = -1,
        .about = "The epoch in use, or -1.");
  FIELD(bool, enable2_pc, .versions = "6+",
        .about = "Two-phase commit: the transaction never times out.");
  FIELD(bool, keep_prepared_txn, .versions = "6+",
        .about = "Leaves a prepared transaction alone instead of aborting it.");
  WIRE_END;
};

struct InitProducerIdResponse {
  WIRE_STRUCT(InitProducerIdResponse, .key = 22, .versions = "0-6", .flexible = "2+");
  FIELD(std::int32_t, throttle_time_ms, .versions = "0+", .ignorable = true);
  FIELD(ErrorCode, error_code, .versions = "0+");
  FIELD(std::int64_t, producer_id, .versions = "0+", .initial = -1, .about = "-1 on an error.");
  FIELD(std::int16_t, producer_epoch, .versions = "0+");
  FIELD(std::int64_t, ongoing_txn_producer_id, .versions = "6+", .initial = -1);
  FIELD(std::int16_t, ongoing_txn_producer_epoch, .versions = "6+", .initial = -1);
  WIRE_END;
};

}  // namespace understudy::wire
