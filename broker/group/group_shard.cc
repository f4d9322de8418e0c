#include "broker/group/group_shard.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/group_offsets.h"

namespace understudy::broker {
namespace {

// CoordinatorRecordType: the types of keys in __consumer_offsets that are known here.
enum class RecordType : std::int16_t {
  kLegacyOffsetCommit = 0,
  kOffsetCommit = 1,
  kGroupMetadata = 2,
  kConsumerGroupMetadata = 3,
  kConsumerGroupPartitionMetadata = 4,
  kConsumerGroupMemberMetadata = 5,
  kConsumerGroupTargetAssignmentMetadata = 6,
  kConsumerGroupTargetAssignmentMember = 7,
  kConsumerGroupCurrentMemberAssignment = 8,
  kConsumerGroupRegularExpression = 16,
};

}  // namespace

GroupShard::GroupShard(const GroupEnvironment& environment, Shard& shard)
    : environment_(environment),
      shard_(shard),
      offsets_(std::make_unique<GroupOffsets>(*this)),
      classic_(std::make_unique<ClassicGroups>(*this)),
      consumer_(std::make_unique<ConsumerGroups>(*this)) {}

GroupShard::~GroupShard() = default;

Group* GroupShard::find(std::string_view id) {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : found->second.get();
}

Group& GroupShard::put(std::unique_ptr<Group> group) {
  Group& put = *group;
  groups_.insert_or_assign(put.id(), std::move(group));
  return put;
}

std::unique_ptr<Group> GroupShard::take(std::string_view id) {
  const auto found = groups_.find(id);
  if (found == groups_.end()) return nullptr;
  std::unique_ptr<Group> taken = std::move(found->second);
  groups_.erase(id);
  return taken;
}

void GroupShard::remove(std::string_view id) { groups_.erase(id); }

bool GroupShard::is_consumer_group(std::string_view id) {
  const Group* const group = find(id);
  return group != nullptr && group->type() == GroupType::kConsumer;
}

// One without members makes room for a classic group.
bool GroupShard::is_living_consumer_group(std::string_view id) {
  return is_consumer_group(id) && find(id)->has_members();
}

void GroupShard::join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply) {
  if (is_living_consumer_group(request.group_id)) {
    return consumer_->join(std::move(request), std::move(reply));
  }
  classic_->join(std::move(request), std::move(reply));
}

void GroupShard::sync(const wire::SyncGroupRequest& request, Reply<wire::SyncGroupResponse> reply) {
  if (is_consumer_group(request.group_id)) return consumer_->sync(request, std::move(reply));
  classic_->sync(request, std::move(reply));
}

void GroupShard::heartbeat(const wire::HeartbeatRequest& request,
                           Reply<wire::HeartbeatResponse> reply) {
  if (is_consumer_group(request.group_id)) return consumer_->heartbeat(request, std::move(reply));
  classic_->heartbeat(request, std::move(reply));
}

void GroupShard::leave(const wire::LeaveGroupRequest& request,
                       Reply<wire::LeaveGroupResponse> reply) {
  if (is_consumer_group(request.group_id)) return consumer_->leave(request, std::move(reply));
  classic_->leave(request, std::move(reply));
}

void GroupShard::tell(GroupEvent event) {
  environment_.events.add(environment_.clock.wall_ms(), shard_.node(), std::move(event));
}

void GroupShard::topics_changed() { offsets_->topics_changed(); }

void GroupShard::replay(const CoordinatorRecord& record, const RecordProducer& producer) {
  const std::optional<std::int16_t> type = stored_prefix(record.key);
  if (!type) return;
  switch (static_cast<RecordType>(*type)) {
    case RecordType::kLegacyOffsetCommit:
    case RecordType::kOffsetCommit:
      return offsets_->replay(record, producer);
    case RecordType::kGroupMetadata:
      return classic_->replay(record);
    case RecordType::kConsumerGroupMetadata:
    case RecordType::kConsumerGroupPartitionMetadata:
    case RecordType::kConsumerGroupMemberMetadata:
    case RecordType::kConsumerGroupTargetAssignmentMetadata:
    case RecordType::kConsumerGroupTargetAssignmentMember:
    case RecordType::kConsumerGroupCurrentMemberAssignment:
    case RecordType::kConsumerGroupRegularExpression:
      return consumer_->replay(record);
  }
  // Others are of share groups, streams groups, or of a later release.
}

void GroupShard::transaction_ended(std::int64_t producer_id, codec::ControlType type) {
  offsets_->transaction_ended(producer_id, type);
}

void GroupShard::loaded() {
  classic_->loaded();
  consumer_->loaded();
  offsets_->loaded();
}

void GroupShard::unloaded() {
  classic_->unloaded();
  consumer_->unloaded();
}

}  // namespace understudy::broker
