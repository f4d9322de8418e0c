// The answers of classic groups that are the same wherever they come from.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/request.h"
#include "wire/error_code.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {

// No generation, no leader, no protocol.
wire::JoinGroupResponse join_error(wire::ErrorCode error, std::string_view member_id = {});
wire::SyncGroupResponse sync_error(wire::ErrorCode error);

// In the form of the request's version: no protocol name is "" before v7 and null from then on.
void send_join(Reply<wire::JoinGroupResponse> reply, wire::JoinGroupResponse response);

// Before v3 a request names one member, whose error is that of the answer.
inline constexpr wire::Version kFirstLeaveOfManyMembers = 3;
void send_leave(Reply<wire::LeaveGroupResponse> reply, wire::LeaveGroupResponse response);
// The members that a request of any version names.
wire::Array<wire::leave_group_request::MemberIdentity> leaving_members(
    const wire::LeaveGroupRequest& request, wire::Version version);
// Each of them with this error.
wire::LeaveGroupResponse leave_errors(
    const wire::Array<wire::leave_group_request::MemberIdentity>& members, wire::ErrorCode error);

}  // namespace understudy::broker
