// What Controls say of groups and do to them.
#include <algorithm>
#include <memory>
#include <utility>

#include "broker/core/controls.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/group_listing.h"
#include "broker/group/group_offsets.h"
#include "broker/group/interventions.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::string_view kConsumerProtocolType = "consumer";

GroupSummaryView summary_of(const Group& group, NodeId coordinator) {
  return {.id = group.id(),
          .type = std::string(name_of(group.type())),
          .state = std::string(group.state()),
          .protocol_type = group.protocol_type(),
          .coordinator = coordinator};
}

// What the leader of a group of consumers has assigned. A member may write what it wants there.
void read_assignment(GroupMemberView& member) {
  using Assignment = wire::ConsumerProtocolAssignment;
  const std::optional<std::int16_t> version = stored_prefix(member.assignment);
  if (!version || *version < 0) return;
  const wire::Struct& schema = wire::schema_of<Assignment>;
  Assignment assignment;
  // Later versions add to what earlier ones have.
  const wire::Version known = std::min(*version, schema.message.versions.last);
  if (!decode_stored(member.assignment, schema, &assignment, known)) return;
  for (const auto& topic : assignment.assigned_partitions) {
    member.partitions[topic.topic] = topic.partitions;
  }
}

GroupView whole_view(GroupShard& shard, const Group& group) {
  GroupView view = group.view();
  if (group.type() == GroupType::kConsumer) {
    view.protocol = shard.consumer().describe(group.id()).assignor_name;
  }
  const bool is_readable =
      group.type() == GroupType::kClassic && group.protocol_type() == kConsumerProtocolType;
  if (is_readable) std::ranges::for_each(view.members, read_assignment);
  return view;
}

std::int64_t lag_of(const Cluster& cluster, const std::string& topic, std::int32_t partition,
                    std::int64_t offset) {
  const Partition* const found = cluster.find_partition(topic, partition);
  // Any number can be committed.
  if (found == nullptr || offset < 0) return -1;
  return std::max<std::int64_t>(found->high_watermark() - offset, 0);
}

std::vector<GroupOffsetView> offsets_of(const Cluster& cluster, GroupShard& shard,
                                        const std::string& id) {
  std::vector<GroupOffsetView> views;
  shard.offsets().committed().for_each(
      id, [&](const CommittedOffsets::Topic& topic, std::int32_t partition,
              const CommittedOffset& offset) {
        views.push_back({.topic = topic.name,
                         .partition = partition,
                         .offset = offset.offset,
                         .leader_epoch = offset.leader_epoch,
                         .metadata = offset.metadata,
                         .commit_ms = offset.commit_ms,
                         .expire_ms = offset.expire_ms,
                         .lag = lag_of(cluster, topic.name, partition, offset.offset)});
      });
  return views;
}

std::vector<PendingOffsetView> pending_offsets_of(GroupShard& shard, const std::string& id) {
  std::vector<PendingOffsetView> views;
  shard.offsets().pending().for_each_offset(
      id, [&](std::string_view topic, std::int32_t partition, std::int64_t producer_id,
              const CommittedOffset& offset) {
        views.push_back({.topic = std::string(topic),
                         .partition = partition,
                         .producer_id = producer_id,
                         .offset = offset.offset});
      });
  return views;
}

}  // namespace

Outcome<GroupShard*> Controls::find_shard(const std::string& group_id) const {
  if (!parts_.life) return down();
  ErrorCode error = ErrorCode::kNotCoordinator;
  for (const Node& node : parts_.life->cluster.nodes()) {
    const auto found = parts_.life->groups.find(node.id, group_id);
    if (found) return *found;
    if (found.error() != ErrorCode::kNotCoordinator) error = found.error();
  }
  if (error == ErrorCode::kCoordinatorLoadInProgress) {
    return ApiError{error, "the coordinator of group '" + group_id + "' is loading"};
  }
  return ApiError{error, "no node coordinates group '" + group_id + "'"};
}

std::vector<GroupSummaryView> Controls::groups() const {
  std::vector<GroupSummaryView> views;
  if (!parts_.life) return views;
  for (const Node& node : parts_.life->cluster.nodes()) {
    for (const GroupShard* shard : parts_.life->groups.led_by(node.id)) {
      for (const auto& [id, group] : shard->groups()) views.push_back(summary_of(*group, node.id));
    }
  }
  std::ranges::sort(views, {}, &GroupSummaryView::id);
  return views;
}

Outcome<GroupDetailsView> Controls::group(const std::string& id) const {
  const Outcome<GroupShard*> found = find_shard(id);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  GroupShard& shard = *std::get<GroupShard*>(found);
  const Group* const group = shard.find(id);
  if (group == nullptr) {
    return ApiError{ErrorCode::kGroupIdNotFound, "there is no group '" + id + "'"};
  }
  return GroupDetailsView{.summary = summary_of(*group, shard.shard().node()),
                          .group = whole_view(shard, *group),
                          .offsets = offsets_of(parts_.life->cluster, shard, id),
                          .pending_offsets = pending_offsets_of(shard, id)};
}

ApiError Controls::rebalance(const std::string& id) {
  const Outcome<GroupShard*> found = find_shard(id);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  return parts_.life->news.during(
      [&] { return rebalance_group(*std::get<GroupShard*>(found), id); });
}

ApiError Controls::evict(const std::string& id, const std::string& member_id) {
  const Outcome<GroupShard*> found = find_shard(id);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  return parts_.life->news.during(
      [&] { return evict_member(*std::get<GroupShard*>(found), id, member_id); });
}

ApiError Controls::check_change(const OffsetChange& change) const {
  const Outcome<Partition*> found = find(change.partition);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  if (!change.offset || *change.offset >= 0) return {};
  return {ErrorCode::kInvalidRequest, "an offset is not negative"};
}

ApiError Controls::set_offsets(const std::string& id, const std::vector<OffsetChange>& changes) {
  const Outcome<GroupShard*> found = find_shard(id);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  GroupShard& shard = *std::get<GroupShard*>(found);
  std::vector<CoordinatorRecord> records;
  for (const OffsetChange& change : changes) {
    if (ApiError error = check_change(change); error.failed()) return error;
    const auto& [topic, index] = change.partition;
    if (change.offset) {
      const CommittedOffset offset{.offset = *change.offset,
                                   .commit_ms = parts_.life->environment.clock.wall_ms(),
                                   .topic_id = parts_.life->cluster.find_topic(topic)->id};
      records.push_back(shard.offsets().record_of_commit(id, topic, index, offset));
    } else {
      records.push_back(
          tombstone_of(wire::OffsetCommitKey{.group = id, .topic = topic, .partition = index}));
    }
  }
  // What the log refuses is known at once; what is not replicated yet is there all the same.
  const auto outcome = std::make_shared<ErrorCode>(ErrorCode::kNone);
  parts_.life->news.during(
      [&] { shard.shard().write(records, [outcome](ErrorCode error) { *outcome = error; }); });
  if (*outcome == ErrorCode::kNone) return {};
  return {*outcome, "the offsets of group '" + id + "' could not be written"};
}

}  // namespace understudy::broker
