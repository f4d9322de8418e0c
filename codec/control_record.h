// Control records: the markers that end a transaction (EndTransactionMarker, ControlRecordType).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "codec/record.h"
#include "codec/verdict.h"

namespace understudy::codec {

// The type in a control record's key. 2 to 6 occur only in a KRaft metadata log.
enum class ControlType : std::int16_t {
  kAbort = 0,
  kCommit = 1,
  kLeaderChange = 2,
  kSnapshotHeader = 3,
  kSnapshotFooter = 4,
  kKraftVersion = 5,
  kKraftVoters = 6,
};

struct EndTransactionMarker {
  ControlType type = ControlType::kAbort;  // kAbort or kCommit
  std::int32_t coordinator_epoch = 0;
};

struct MarkerBatch {
  EndTransactionMarker marker;
  std::int64_t producer_id = 0;
  std::int16_t producer_epoch = 0;
  std::int64_t timestamp_ms = 0;
  std::int64_t base_offset = 0;
  std::int32_t partition_leader_epoch = kNoPartitionLeaderEpoch;
};

// A batch of 78 bytes (for small values) that holds the marker as its only record: never
// compressed.
std::vector<std::uint8_t> build_marker_batch(const MarkerBatch& fields);

// The type that the key of a control record names, whatever version the key claims to have (Kafka
// reads higher ones as version 0). Nothing for a key that is absent or shorter than 4 bytes, for
// which Kafka's clients throw InvalidRecordException. A number without a name is returned as it is.
std::optional<ControlType> control_type_of(const RecordView& record);

// The marker in a control record; nothing if it is no end of a transaction or its value is too
// short.
std::optional<EndTransactionMarker> end_transaction_marker_of(const RecordView& record);

}  // namespace understudy::codec
