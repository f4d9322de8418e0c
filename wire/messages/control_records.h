// Control records: markers in partitions, and records of the Raft layer in the metadata log.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ControlRecordTypeSchema {
  WIRE_STRUCT(ControlRecordTypeSchema, .versions = "0");
  FIELD(std::int16_t, type, .versions = "0+");
  WIRE_END;
};

struct EndTxnMarker {
  WIRE_STRUCT(EndTxnMarker, .versions = "0");
  FIELD(std::int32_t, coordinator_epoch, .versions = "0+");
  WIRE_END;
};

namespace leader_change_message {

struct Voter {
  WIRE_STRUCT(Voter);
  FIELD(std::int32_t, voter_id, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "1+");
  WIRE_END;
};

}  // namespace leader_change_message

struct LeaderChangeMessage {
  WIRE_STRUCT(LeaderChangeMessage, .versions = "0-1", .flexible = "0+");
  FIELD(std::int16_t, version, .versions = "0+");
  FIELD(std::int32_t, leader_id, .versions = "0+");
  FIELD(Array<leader_change_message::Voter>, voters, .versions = "0+");
  FIELD(Array<leader_change_message::Voter>, granting_voters, .versions = "0+");
  WIRE_END;
};

struct SnapshotHeaderRecord {
  WIRE_STRUCT(SnapshotHeaderRecord, .versions = "0", .flexible = "0+");
  FIELD(std::int16_t, version, .versions = "0+");
  FIELD(std::int64_t, last_contained_log_timestamp, .versions = "0+");
  WIRE_END;
};

struct SnapshotFooterRecord {
  WIRE_STRUCT(SnapshotFooterRecord, .versions = "0", .flexible = "0+");
  FIELD(std::int16_t, version, .versions = "0+");
  WIRE_END;
};

struct KRaftVersionRecord {
  WIRE_STRUCT(KRaftVersionRecord, .versions = "0", .flexible = "0+");
  FIELD(std::int16_t, version, .versions = "0+");
  FIELD(std::int16_t, k_raft_version, .versions = "0+");
  WIRE_END;
};

namespace voters_record {

struct Endpoint {
  WIRE_STRUCT(Endpoint);
  FIELD(String, name, .versions = "0+");
  FIELD(String, host, .versions = "0+");
  FIELD(std::uint16_t, port, .versions = "0+");
  WIRE_END;
};

struct KRaftVersionFeature {
  WIRE_STRUCT(KRaftVersionFeature);
  FIELD(std::int16_t, min_supported_version, .versions = "0+");
  FIELD(std::int16_t, max_supported_version, .versions = "0+");
  WIRE_END;
};

struct Voter {
  WIRE_STRUCT(Voter);
  FIELD(std::int32_t, voter_id, .versions = "0+");
  FIELD(Uuid, voter_directory_id, .versions = "0+");
  FIELD(Array<Endpoint>, endpoints, .versions = "0+");
  FIELD(KRaftVersionFeature, k_raft_version_feature, .versions = "0+");
  WIRE_END;
};

}  // namespace voters_record

struct VotersRecord {
  WIRE_STRUCT(VotersRecord, .versions = "0", .flexible = "0+");
  FIELD(std::int16_t, version, .versions = "0+");
  FIELD(Array<voters_record::Voter>, voters, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
