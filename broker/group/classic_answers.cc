#include "broker/group/classic_answers.h"

#include <utility>

namespace understudy::broker {
namespace {

using wire::leave_group_request::MemberIdentity;

constexpr wire::Version kFirstJoinWithNullProtocol = 7;  // KIP-559

}  // namespace

wire::JoinGroupResponse join_error(wire::ErrorCode error, std::string_view member_id) {
  wire::JoinGroupResponse response;
  response.error_code = error;
  response.protocol_name.reset();
  response.member_id = member_id;
  return response;
}

wire::SyncGroupResponse sync_error(wire::ErrorCode error) {
  wire::SyncGroupResponse response;
  response.error_code = error;
  return response;
}

void send_join(Reply<wire::JoinGroupResponse> reply, wire::JoinGroupResponse response) {
  const bool may_be_null = reply.request().version >= kFirstJoinWithNullProtocol;
  if (!may_be_null && !response.protocol_name) response.protocol_name.emplace();
  std::move(reply).send(std::move(response));
}

void send_leave(Reply<wire::LeaveGroupResponse> reply, wire::LeaveGroupResponse response) {
  if (reply.request().version < kFirstLeaveOfManyMembers) {
    if (!response.members.empty()) response.error_code = response.members.front().error_code;
    response.members.clear();
  }
  std::move(reply).send(std::move(response));
}

wire::Array<MemberIdentity> leaving_members(const wire::LeaveGroupRequest& request,
                                            wire::Version version) {
  if (version >= kFirstLeaveOfManyMembers) return request.members;
  return {MemberIdentity{.member_id = request.member_id}};
}

wire::LeaveGroupResponse leave_errors(const wire::Array<MemberIdentity>& members,
                                      wire::ErrorCode error) {
  wire::LeaveGroupResponse response;
  for (const MemberIdentity& member : members) {
    response.members.push_back({.member_id = member.member_id,
                                .group_instance_id = member.group_instance_id,
                                .error_code = error});
  }
  return response;
}

}  // namespace understudy::broker
