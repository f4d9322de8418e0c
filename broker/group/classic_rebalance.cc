// A rebalance of a classic group: members join, the next generation begins, its leader assigns.
#include <algorithm>
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_groups.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

}  // namespace

ClassicGroups::Records ClassicGroups::rebalance_or_complete(ClassicGroup& group,
                                                            const std::string& reason) {
  return group.can_rebalance() ? prepare_rebalance(group, reason) : complete_if_all_joined(group);
}

ClassicGroups::Records ClassicGroups::complete_if_all_joined(ClassicGroup& group) {
  const bool is_complete = group.is(ClassicState::kPreparingRebalance) &&
                           !group.is_initial_rebalance() && group.has_all_joined();
  return is_complete ? complete_join(group) : Records();
}

ClassicGroups::Records ClassicGroups::prepare_rebalance(ClassicGroup& group,
                                                        const std::string& reason) {
  if (group.is(ClassicState::kCompletingRebalance)) {
    refuse_syncs(group, ErrorCode::kRebalanceInProgress);
  }
  group.pending_syncs().clear();
  group.sync_timer().cancel();
  group.move_to(ClassicState::kPreparingRebalance, shard_.environment().clock.wall_ms());
  shard_.tell({.verdict = GroupEvent::Verdict::kRebalanced,
               .group = group.id(),
               .generation = group.generation(),
               .reason = reason});
  if (group.is_initial_rebalance()) {
    const std::int64_t delay_ms = shard_.config().group_initial_rebalance_delay_ms;
    wait_for_more(group, delay_ms, group.rebalance_timeout_ms() - delay_ms);
    return {};
  }
  if (group.has_all_joined()) return complete_join(group);
  complete_join_later(group);
  return {};
}

// GroupMetadataManager.tryCompleteInitialRebalanceElseSchedule.
void ClassicGroups::wait_for_more(ClassicGroup& group, std::int64_t delay_ms,
                                  std::int64_t remaining_ms) {
  set_timer(group.join_timer(), delay_ms, [this, &group, delay_ms, remaining_ms] {
    if (!group.is_new_member_added() || remaining_ms <= 0) {
      return write(group.id(), complete_join(group));
    }
    group.set_new_member_added(false);
    const std::int64_t next_ms =
        std::min(shard_.config().group_initial_rebalance_delay_ms, remaining_ms);
    wait_for_more(group, next_ms, remaining_ms - delay_ms);
  });
}

void ClassicGroups::complete_join_later(ClassicGroup& group) {
  // Never for now: that would go on for ever, and nothing could come between.
  constexpr std::int64_t kSoonestMs = 1;
  set_timer(group.join_timer(), std::max<std::int64_t>(group.rebalance_timeout_ms(), kSoonestMs),
            [this, &group] { write(group.id(), complete_join(group)); });
}

// GroupMetadataManager.completeClassicGroupJoin.
ClassicGroups::Records ClassicGroups::complete_join(ClassicGroup& group) {
  group.join_timer().cancel();
  remove_not_joined(group);
  if (!group.elect_joined_leader() && group.has_members()) {
    // Static members alone, none of which has come back: their sessions will show who is gone.
    complete_join_later(group);
    return {};
  }
  group.begin_generation(shard_.environment().clock.wall_ms());
  if (group.is(ClassicState::kEmpty)) return {record_of_group(group)};
  answer_joins(group);
  set_timer(group.sync_timer(), group.rebalance_timeout_ms(),
            [this, &group] { syncs_overdue(group); });
  return {};
}

void ClassicGroups::remove_not_joined(ClassicGroup& group) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : group.members()) {
    if (!member.is_static() && !member.join.is_waiting()) gone.push_back(id);
  }
  const std::string timeout = std::to_string(group.rebalance_timeout_ms()) + " ms";
  for (const std::string& id : gone) {
    tell_left(group, *group.find_member(id), "it did not join again within " + timeout);
    group.remove(id);
  }
}

void ClassicGroups::answer_joins(ClassicGroup& group) {
  for (auto& [id, member] : group.members()) {
    group.answer_join(member, joined(group, id));
    restart_session(group, member);
    member.is_new = false;
    group.pending_syncs().insert(id);
  }
}

wire::JoinGroupResponse ClassicGroups::joined(const ClassicGroup& group,
                                              const std::string& member_id) {
  wire::JoinGroupResponse response;
  response.generation_id = group.generation();
  response.protocol_type = group.details().protocol_type;
  response.protocol_name = group.protocol_name();
  response.leader = group.leader_id();
  response.member_id = member_id;
  if (!group.is_leader(member_id)) return response;
  response.members.reserve(group.members().size());
  for (const auto& [id, member] : group.members()) {
    const ClassicProtocol* const protocol =
        member.find_protocol(group.protocol_name().value_or(""));
    response.members.push_back(
        {.member_id = id,
         .group_instance_id = member.instance_id,
         .metadata = protocol == nullptr ? wire::Bytes() : protocol->metadata});
  }
  return response;
}

// Also when the group is Stable: its leader has synced, and others have not.
void ClassicGroups::syncs_overdue(ClassicGroup& group) {
  if (group.pending_syncs().empty()) return;
  const std::string timeout = std::to_string(group.rebalance_timeout_ms()) + " ms";
  const auto overdue = std::exchange(group.pending_syncs(), {});
  for (const std::string& id : overdue) {
    const ClassicMember* const member = group.find_member(id);
    if (member != nullptr) tell_left(group, *member, "it did not sync within " + timeout);
    group.remove(id);
  }
  write(group.id(), prepare_rebalance(group, std::to_string(overdue.size()) +
                                                 " members did not sync within " + timeout));
}

}  // namespace understudy::broker
