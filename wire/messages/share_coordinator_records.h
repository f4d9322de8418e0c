// Records of __share_group_state.
#pragma once

#include "wire/schema.h"

namespace understudy::wire {

struct ShareSnapshotKey {
  WIRE_STRUCT(ShareSnapshotKey, .key = 0, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(Uuid, topic_id, .versions = "0");
  FIELD(std::int32_t, partition, .versions = "0");
  WIRE_END;
};

namespace share_snapshot_value {

struct StateBatch {
  WIRE_STRUCT(StateBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int8_t, delivery_state, .versions = "0+");
  FIELD(std::int16_t, delivery_count, .versions = "0+");
  WIRE_END;
};

}  // namespace share_snapshot_value

struct ShareSnapshotValue {
  WIRE_STRUCT(ShareSnapshotValue, .key = 0, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, snapshot_epoch, .versions = "0+");
  FIELD(std::int32_t, state_epoch, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int32_t, delivery_complete_count, .versions = "0+", .tag = 0, .initial = -1);
  FIELD(std::int64_t, create_timestamp, .versions = "0+");
  FIELD(std::int64_t, write_timestamp, .versions = "0+");
  FIELD(Array<share_snapshot_value::StateBatch>, state_batches, .versions = "0+");
  WIRE_END;
};

struct ShareUpdateKey {
  WIRE_STRUCT(ShareUpdateKey, .key = 1, .versions = "0");
  FIELD(String, group_id, .versions = "0");
  FIELD(Uuid, topic_id, .versions = "0");
  FIELD(std::int32_t, partition, .versions = "0");
  WIRE_END;
};

namespace share_update_value {

struct StateBatch {
  WIRE_STRUCT(StateBatch);
  FIELD(std::int64_t, first_offset, .versions = "0+");
  FIELD(std::int64_t, last_offset, .versions = "0+");
  FIELD(std::int8_t, delivery_state, .versions = "0+");
  FIELD(std::int16_t, delivery_count, .versions = "0+");
  WIRE_END;
};

}  // namespace share_update_value

struct ShareUpdateValue {
  WIRE_STRUCT(ShareUpdateValue, .key = 1, .versions = "0", .flexible = "0+");
  FIELD(std::int32_t, snapshot_epoch, .versions = "0+");
  FIELD(std::int32_t, leader_epoch, .versions = "0+");
  FIELD(std::int64_t, start_offset, .versions = "0+");
  FIELD(std::int32_t, delivery_complete_count, .versions = "0+", .tag = 0, .initial = -1);
  FIELD(Array<share_update_value::StateBatch>, state_batches, .versions = "0+");
  WIRE_END;
};

}  // namespace understudy::wire
