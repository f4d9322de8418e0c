// Records of __consumer_offsets: committed offsets and classic groups.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct LegacyOffsetCommitKey {
  WIRE_STRUCT(LegacyOffsetCommitKey, .key = 0, .versions = "0");
  FIELD(String, group, .versions = "0");
  FIELD(String, topic, .versions = "0");
  FIELD(std::int32_t, partition, .versions = "0");
  WIRE_END;
};

struct LegacyOffsetCommitValue {
  WIRE_STRUCT(LegacyOffsetCommitValue, .key = 0, .versions = "0");
  FIELD(std::int64_t, offset, .versions = "0");
  FIELD(String, metadata, .versions = "0");
  FIELD(std::int64_t, commit_timestamp, .versions = "0");
  WIRE_END;
};

struct OffsetCommitKey {
  WIRE_STRUCT(OffsetCommitKey, .key = 1, .versions = "0");
  FIELD(String, group, .versions = "0");
  FIELD(String, topic, .versions = "0");
  FIELD(std::int32_t, partition, .versions = "0");
  WIRE_END;
};

struct OffsetCommitValue {
  WIRE_STRUCT(OffsetCommitValue, .key = 1, .versions = "0-4", .flexible = "4+");
  FIELD(std::int64_t, offset, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "3+", .initial = -1, .ignorable = true);
  FIELD(String, metadata, .versions = "0+");
  FIELD(std::int64_t, commit_timestamp, .versions = "0+");
  FIELD(std::int64_t, expire_timestamp, .versions = "1", .initial = -1, .ignorable = true);
  FIELD(Uuid, topic_id, .versions = "4+", .tag = 0, .ignorable = true);
  WIRE_END;
};

struct GroupMetadataKey {
  WIRE_STRUCT(GroupMetadataKey, .key = 2, .versions = "0");
  FIELD(String, group, .versions = "0");
  WIRE_END;
};

namespace group_metadata_value {

struct MemberMetadata {
  WIRE_STRUCT(MemberMetadata);
  FIELD(String, member_id, .versions = "0+");
  FIELD(Nullable<String>, group_instance_id, .versions = "3+", .ignorable = true);
  FIELD(String, client_id, .versions = "0+");
  FIELD(String, client_host, .versions = "0+");
  FIELD(std::int32_t, rebalance_timeout, .versions = "1+", .initial = -1, .ignorable = true);
  FIELD(std::int32_t, session_timeout, .versions = "0+");
  FIELD(Bytes, subscription, .versions = "0+");
  FIELD(Bytes, assignment, .versions = "0+");
  WIRE_END;
};

}  // namespace group_metadata_value

struct GroupMetadataValue {
  WIRE_STRUCT(GroupMetadataValue, .key = 2, .versions = "0-4", .flexible = "4+");
  FIELD(String, protocol_type, .versions = "0+");
  FIELD(std::int32_t, generation, .versions = "0+");
  FIELD(Nullable<String>, protocol, .versions = "0+", .initial = kEmpty);
  FIELD(Nullable<String>, leader, .versions = "0+", .initial = kEmpty);
  FIELD(std::int64_t, current_state_timestamp, .versions = "2+", .initial = -1, .ignorable = true);
  FIELD(Array<group_metadata_value::MemberMetadata>, members, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
