// Classic groups of one partition of __consumer_offsets: JoinGroup, SyncGroup, Heartbeat,
// LeaveGroup (GroupMetadataManager.classicGroup*).
#pragma once

#include "broker/coordinator/record.h"
#include "broker/group/group_shard.h"

namespace understudy::broker {

class ClassicGroups {
 public:
  explicit ClassicGroups(GroupShard& shard) : shard_(shard) {}

  // GroupMetadata records.
  void replay(const CoordinatorRecord& record);
  void loaded();
  void unloaded();

 private:
  GroupShard& shard_;
};

}  // namespace understudy::broker
