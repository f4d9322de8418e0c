#include "broker/group/group_offsets.h"
#include "broker/group/offset_requests.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

ErrorCode check_offset_delete(const Group* group) {
  return group == nullptr ? ErrorCode::kGroupIdNotFound : group->check_offset_delete();
}

bool has_offset(const GroupOffsets& offsets, const std::string& group, const std::string& topic,
                std::int32_t partition) {
  return offsets.committed().contains(group, topic, partition) ||
         offsets.pending().contains(group, topic, partition);
}

}  // namespace

CoordinatorDecision<wire::OffsetDeleteResponse> decide_offset_delete(
    GroupShard& shard, const wire::OffsetDeleteRequest& request) {
  CoordinatorDecision<wire::OffsetDeleteResponse> decision;
  const Group* const group = shard.find(request.group_id);
  decision.error = check_offset_delete(group);
  if (decision.error != ErrorCode::kNone) return decision;
  for (const auto& topic : request.topics) {
    auto& answered = decision.response.topics.emplace_back();
    answered.name = topic.name;
    const bool is_in_use = group->is_subscribed_to(topic.name);
    for (const auto& partition : topic.partitions) {
      const std::int32_t index = partition.partition_index;
      answered.partitions.push_back(
          {.partition_index = index,
           .error_code = is_in_use ? ErrorCode::kGroupSubscribedToTopic : ErrorCode::kNone});
      if (is_in_use || !has_offset(shard.offsets(), request.group_id, topic.name, index)) continue;
      decision.records.push_back(tombstone_of(wire::OffsetCommitKey{
          .group = request.group_id, .topic = topic.name, .partition = index}));
    }
  }
  return decision;
}

}  // namespace understudy::broker
