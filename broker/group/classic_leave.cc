// LeaveGroup of a classic group.
#include <memory>
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_groups.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::leave_group_request::MemberIdentity;

// Who leaves: a member, a static member that an administrator names by its instance id alone, or an
// error.
wire::Result<std::string> leaving_id(const ClassicGroup& group, const MemberIdentity& member) {
  if (member.member_id.empty()) {
    const std::string* const id =
        member.group_instance_id ? group.find_static(*member.group_instance_id) : nullptr;
    if (id == nullptr) return ErrorCode::kUnknownMemberId;
    return *id;
  }
  if (group.is_pending_join(member.member_id)) return member.member_id;
  const ErrorCode error = group.check_member(member.member_id, member.group_instance_id);
  if (error != ErrorCode::kNone) return error;
  return member.member_id;
}

std::string reason_of(const MemberIdentity& member) {
  const std::string who = member.member_id.empty() ? "removed by an administrator" : "by itself";
  const std::string said = member.reason.value_or("");
  return said.empty() ? who : who + " (" + said + ")";
}

}  // namespace

wire::Result<std::string> ClassicGroups::leave_one(ClassicGroup& group,
                                                   const MemberIdentity& member) {
  wire::Result<std::string> id = leaving_id(group, member);
  if (!id) return id;
  if (const ClassicMember* const leaving = group.find_member(*id)) {
    tell_left(group, *leaving, reason_of(member));
  }
  group.remove(*id);
  return id;
}

ClassicGroups::Records ClassicGroups::members_left(ClassicGroup& group,
                                                   const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  const std::string who =
      ids.size() == 1 ? "member " + ids.front() : std::to_string(ids.size()) + " members";
  switch (group.current_state()) {
    case ClassicState::kStable:
    case ClassicState::kCompletingRebalance:
      return prepare_rebalance(group, who + " left");
    case ClassicState::kPreparingRebalance:
      return complete_if_all_joined(group);
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      break;
  }
  return {};
}

void ClassicGroups::leave(const wire::LeaveGroupRequest& request,
                          Reply<wire::LeaveGroupResponse> reply) {
  const auto members = leaving_members(request, reply.request().version);
  ClassicGroup* const group = find(request.group_id);
  wire::LeaveGroupResponse response = leave_errors(members, ErrorCode::kUnknownMemberId);
  if (group == nullptr) return send_leave(std::move(reply), std::move(response));
  std::vector<std::string> left;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const wire::Result<std::string> id = leave_one(*group, members[i]);
    response.members[i].error_code = id ? ErrorCode::kNone : id.error();
    if (id) left.push_back(*id);
  }
  const Records records = members_left(*group, left);
  const auto kept = std::make_shared<Reply<wire::LeaveGroupResponse>>(std::move(reply));
  write(group->id(), records, [kept, response = std::move(response)](const Written& written) {
    wire::LeaveGroupResponse answer;
    answer.error_code = written.error;
    if (written.error == ErrorCode::kNone) answer = response;
    send_leave(std::move(*kept), std::move(answer));
  });
}

}  // namespace understudy::broker
