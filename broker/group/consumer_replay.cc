// Records of consumer groups become state (GroupMetadataManager.replay). What is out of order is
// taken as it comes: Kafka's loader would give up, and nobody could read the partition.
#include <optional>
#include <utility>

#include "broker/group/consumer_groups.h"
#include "broker/group/consumer_records.h"

namespace understudy::broker {
namespace {

// A group that holds nothing but offsets has no record of its own, so any other one may take its
// place.
bool is_simple(const Group& group) {
  return group.type() == GroupType::kClassic && group.protocol_type().empty() &&
         group.state() == "Empty";
}

}  // namespace

void ConsumerGroups::replay(const CoordinatorRecord& record) {
  switch (*stored_prefix(record.key)) {
    case wire::ConsumerGroupMetadataKey::wire_message.key:
      return replay_epoch(record);
    case wire::ConsumerGroupPartitionMetadataKey::wire_message.key:
      return replay_legacy_metadata(record);
    case wire::ConsumerGroupMemberMetadataKey::wire_message.key:
      return replay_member(record);
    case wire::ConsumerGroupTargetAssignmentMetadataKey::wire_message.key:
      return replay_target_epoch(record);
    case wire::ConsumerGroupTargetAssignmentMemberKey::wire_message.key:
      return replay_target(record);
    case wire::ConsumerGroupCurrentMemberAssignmentKey::wire_message.key:
      return replay_assignment(record);
    case wire::ConsumerGroupRegularExpressionKey::wire_message.key:
      return replay_regex(record);
    default:
      return;
  }
}

// Null: there is none, or the id is another type's.
ConsumerGroup* ConsumerGroups::group_for_replay(const std::string& id, bool is_tombstone) {
  Group* const found = shard_.find(id);
  if (found != nullptr && found->type() == GroupType::kConsumer) {
    return static_cast<ConsumerGroup*>(found);
  }
  if (is_tombstone || (found != nullptr && !is_simple(*found))) return nullptr;
  auto made = std::make_unique<ConsumerGroup>(id, shard_.environment().cluster);
  return static_cast<ConsumerGroup*>(&shard_.put(std::move(made)));
}

void ConsumerGroups::replay_epoch(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupMetadataKey>(record);
  if (!key) return;
  if (!record.value) {
    if (group_for_replay(key->group_id, true) == nullptr) return;
    shard_.remove(key->group_id);
    lookups_.forget(key->group_id);
    return;
  }
  const auto value = read_value<wire::ConsumerGroupMetadataValue>(record);
  if (!value) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, false);
  if (group != nullptr) group->set_epoch(value->epoch, value->metadata_hash);
}

void ConsumerGroups::replay_legacy_metadata(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupPartitionMetadataKey>(record);
  if (!key) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, !record.value);
  if (group != nullptr) group->set_legacy_metadata(record.value.has_value());
}

void ConsumerGroups::replay_member(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupMemberMetadataKey>(record);
  if (!key) return;
  if (!record.value) {
    ConsumerGroup* const group = group_for_replay(key->group_id, true);
    if (group == nullptr) return;
    group->remove_target(key->member_id);
    group->remove_member(key->member_id);
    return stop_timers(key->group_id, key->member_id);
  }
  const auto value = read_value<wire::ConsumerGroupMemberMetadataValue>(record);
  if (!value) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, false);
  if (group == nullptr) return;
  const ConsumerMember* const before = group->find_member(key->member_id);
  ConsumerMember member = before != nullptr ? *before : ConsumerMember{.id = key->member_id};
  take_over(*value, member);
  group->put_member(std::move(member));
}

void ConsumerGroups::replay_target_epoch(const CoordinatorRecord& record) {
  constexpr std::int32_t kNoEpoch = -1;
  const auto key = read_key<wire::ConsumerGroupTargetAssignmentMetadataKey>(record);
  if (!key) return;
  if (!record.value) {
    ConsumerGroup* const group = group_for_replay(key->group_id, true);
    if (group != nullptr) group->set_target_epoch(kNoEpoch, 0);
    return;
  }
  const auto value = read_value<wire::ConsumerGroupTargetAssignmentMetadataValue>(record);
  if (!value) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, false);
  if (group == nullptr) return;
  group->set_target_epoch(value->assignment_epoch, value->assignment_timestamp);
}

void ConsumerGroups::replay_target(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupTargetAssignmentMemberKey>(record);
  if (!key) return;
  if (!record.value) {
    ConsumerGroup* const group = group_for_replay(key->group_id, true);
    if (group != nullptr) group->remove_target(key->member_id);
    return;
  }
  const auto value = read_value<wire::ConsumerGroupTargetAssignmentMemberValue>(record);
  if (!value) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, false);
  if (group != nullptr) group->put_target(key->member_id, assignment_of(*value));
}

// A tombstone leaves the member without anything, until its own record goes.
void ConsumerGroups::replay_assignment(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupCurrentMemberAssignmentKey>(record);
  if (!key) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, !record.value);
  if (group == nullptr) return;
  const ConsumerMember* const before = group->find_member(key->member_id);
  if (before == nullptr && !record.value) return;
  ConsumerMember member = before != nullptr ? *before : ConsumerMember{.id = key->member_id};
  wire::ConsumerGroupCurrentMemberAssignmentValue value;
  value.member_epoch = kLeavingEpoch;
  value.previous_member_epoch = kLeavingEpoch;
  if (record.value) {
    auto stored = read_value<wire::ConsumerGroupCurrentMemberAssignmentValue>(record);
    if (!stored) return;
    value = *std::move(stored);
  }
  take_over(value, member);
  group->put_member(std::move(member));
}

void ConsumerGroups::replay_regex(const CoordinatorRecord& record) {
  const auto key = read_key<wire::ConsumerGroupRegularExpressionKey>(record);
  if (!key) return;
  if (!record.value) {
    ConsumerGroup* const group = group_for_replay(key->group_id, true);
    if (group != nullptr) group->remove_regex(key->regular_expression);
    return;
  }
  const auto value = read_value<wire::ConsumerGroupRegularExpressionValue>(record);
  if (!value) return;
  ConsumerGroup* const group = group_for_replay(key->group_id, false);
  if (group != nullptr) group->put_regex(key->regular_expression, resolved_of(*value));
}

}  // namespace understudy::broker
