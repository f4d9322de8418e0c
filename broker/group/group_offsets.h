// Committed offsets of the groups of one partition of __consumer_offsets (OffsetMetadataManager).
#pragma once

#include <cstdint>

#include "broker/coordinator/record.h"
#include "broker/group/group_shard.h"

namespace understudy::broker {

class GroupOffsets {
 public:
  explicit GroupOffsets(GroupShard& shard) : shard_(shard) {}

  // OffsetCommit records.
  void replay(const CoordinatorRecord& record, const RecordProducer& producer);
  void transaction_ended(std::int64_t producer_id, codec::ControlType type);
  void loaded();
  // A topic was created, deleted or grew: offsets of topics that are gone go, too.
  void topics_changed();

 private:
  GroupShard& shard_;
};

}  // namespace understudy::broker
