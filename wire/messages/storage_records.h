// What Kafka keeps in files of its own, or inside other fields, with a schema of this kind.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct AbortedTxn {
  WIRE_STRUCT(AbortedTxn, .versions = "0");
  FIELD(std::int64_t, producer_id, .versions = "0+");
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int64_t, last_stable_offset, .versions = "0+");
  WIRE_END;
};

namespace producer_snapshot {

struct ProducerEntry {
  WIRE_STRUCT(ProducerEntry);
  FIELD(std::int64_t, producer_id, .versions = "1");
  FIELD(std::int16_t, epoch, .versions = "1");
  FIELD(std::int32_t, last_sequence, .versions = "1");
  FIELD(std::int64_t, last_offset, .versions = "1");
  FIELD(std::int32_t, offset_delta, .versions = "1");
  FIELD(std::int64_t, timestamp, .versions = "1");
  FIELD(std::int32_t, coordinator_epoch, .versions = "1");
  FIELD(std::int64_t, current_txn_first_offset, .versions = "1");
  WIRE_END;
};

}  // namespace producer_snapshot

struct ProducerSnapshot {
  WIRE_STRUCT(ProducerSnapshot, .versions = "1");
  FIELD(std::uint32_t, crc, .versions = "1");
  FIELD(Array<producer_snapshot::ProducerEntry>, producer_entries, .versions = "1");
  WIRE_END;
};

namespace quorum_state_data {

struct Voter {
  WIRE_STRUCT(Voter);
  FIELD(std::int32_t, voter_id, .versions = "0");
  WIRE_END;
};

}  // namespace quorum_state_data

struct QuorumStateData {
  WIRE_STRUCT(QuorumStateData, .versions = "0-1", .flexible = "0+");
  FIELD(String, cluster_id, .versions = "0");
  FIELD(std::int32_t, leader_id, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, leader_epoch, .versions = "0+", .initial = -1);
  FIELD(std::int32_t, voted_id, .versions = "0+", .initial = -1);
  FIELD(Uuid, voted_directory_id, .versions = "1+");
  FIELD(std::int64_t, applied_offset, .versions = "0");
  FIELD(Nullable<Array<quorum_state_data::Voter>>, current_voters, .versions = "0",
        .initial = kEmpty);
  WIRE_END;
};

struct DefaultPrincipalData {
  WIRE_STRUCT(DefaultPrincipalData, .versions = "0", .flexible = "0+");
  FIELD(String, type, .versions = "0+");
  FIELD(String, name, .versions = "0+");
  FIELD(bool, token_authenticated, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
