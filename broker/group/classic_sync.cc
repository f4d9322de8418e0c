// SyncGroup and Heartbeat of classic groups.
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/replicated_answer.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

bool differs(const std::optional<std::string>& given, const std::optional<std::string>& known) {
  return given && known && *given != *known;
}

// GroupMetadataManager.validateSyncGroup.
ErrorCode check_sync(const ClassicGroup& group, const wire::SyncGroupRequest& request) {
  if (group.is(ClassicState::kDead)) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = group.check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return error;
  if (request.generation_id != group.generation()) return ErrorCode::kIllegalGeneration;
  const bool is_inconsistent = differs(request.protocol_type, group.details().protocol_type) ||
                               differs(request.protocol_name, group.protocol_name());
  if (is_inconsistent) return ErrorCode::kInconsistentGroupProtocol;
  return group.is(ClassicState::kPreparingRebalance) ? ErrorCode::kRebalanceInProgress
                                                     : ErrorCode::kNone;
}

ErrorCode check_heartbeat(const ClassicGroup& group, const wire::HeartbeatRequest& request) {
  if (group.is(ClassicState::kDead)) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = group.check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return error;
  return request.generation_id == group.generation() ? ErrorCode::kNone
                                                     : ErrorCode::kIllegalGeneration;
}

wire::SyncGroupResponse assigned(const ClassicGroup& group, const ClassicMember& member) {
  wire::SyncGroupResponse response;
  response.protocol_type = group.details().protocol_type;
  response.protocol_name = group.protocol_name();
  response.assignment = member.assignment;
  return response;
}

ClassicAssignments assignments_of(const wire::SyncGroupRequest& request) {
  ClassicAssignments assignments;
  for (const auto& one : request.assignments) {
    // A copy, so that the frame does not stay for as long as the member.
    assignments.insert_or_assign(one.member_id, wire::Slice::copy_of(one.assignment.view()));
  }
  return assignments;
}

}  // namespace

void ClassicGroups::sync(const wire::SyncGroupRequest& request,
                         Reply<wire::SyncGroupResponse> reply) {
  ClassicGroup* const group = find(request.group_id);
  const bool is_known = group != nullptr && !group->is(ClassicState::kEmpty);
  const ErrorCode error = is_known ? check_sync(*group, request) : ErrorCode::kUnknownMemberId;
  if (error != ErrorCode::kNone) return std::move(reply).send(sync_error(error));
  ClassicMember& member = *group->find_member(request.member_id);
  group->pending_syncs().erase(request.member_id);
  if (group->pending_syncs().empty()) group->sync_timer().cancel();
  if (group->is(ClassicState::kStable)) return std::move(reply).send(assigned(*group, member));
  member.sync.park(std::move(reply));
  if (group->is_leader(member.id)) store_assignments(*group, assignments_of(request));
}

void ClassicGroups::store_assignments(ClassicGroup& group, ClassicAssignments assignments) {
  const Records records = {record_of_group(group, assignments)};
  write(group.id(), records,
        [this, id = group.id(), generation = group.generation(),
         assignments = std::move(assignments)](const Written& written) {
          assignments_stored(id, generation, assignments, written.error);
        });
}

// While the record was on its way another member may have joined: then the assignments are void.
void ClassicGroups::assignments_stored(const std::string& group_id, std::int32_t generation,
                                       const ClassicAssignments& assignments, ErrorCode error) {
  ClassicGroup* const group = find(group_id);
  if (group == nullptr || !group->is(ClassicState::kCompletingRebalance)) return;
  if (group->generation() != generation) return;
  if (error != ErrorCode::kNone) {
    refuse_syncs(*group, error);
    return write(group_id, rebalance_or_complete(*group, "the assignments could not be stored: " +
                                                             std::string(wire::name_of(error))));
  }
  group->move_to(ClassicState::kStable, shard_.environment().clock.wall_ms());
  for (auto& [id, member] : group->members()) {
    const auto found = assignments.find(id);
    member.assignment = found == assignments.end() ? wire::Bytes() : found->second;
    if (ClassicGroup::answer_sync(member, assigned(*group, member))) {
      restart_session(*group, member);
    }
  }
}

void ClassicGroups::refuse_syncs(ClassicGroup& group, ErrorCode error) {
  for (auto& [id, member] : group.members()) {
    member.assignment = {};
    if (ClassicGroup::answer_sync(member, sync_error(error))) restart_session(group, member);
  }
}

void ClassicGroups::heartbeat(const wire::HeartbeatRequest& request,
                              Reply<wire::HeartbeatResponse> reply) {
  ClassicGroup* const group = find(request.group_id);
  const bool is_known = group != nullptr && group->has_members();
  wire::HeartbeatResponse response;
  response.error_code = is_known ? check_heartbeat(*group, request) : ErrorCode::kUnknownMemberId;
  if (response.error_code != ErrorCode::kNone) return std::move(reply).send(std::move(response));
  restart_session(*group, *group->find_member(request.member_id));
  if (group->is(ClassicState::kPreparingRebalance)) {
    response.error_code = ErrorCode::kRebalanceInProgress;
  }
  answer_when_replicated(shard_.shard(), std::move(reply), std::move(response));
}

}  // namespace understudy::broker
