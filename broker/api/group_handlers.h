// The handlers of groups: their members, their offsets, and what administrators ask.
#pragma once

#include "broker/api/context.h"
#include "wire/messages_fwd.h"

namespace understudy::broker {

void heartbeat(Context&, wire::HeartbeatRequest, Reply<wire::HeartbeatResponse>);
void join_group(Context&, wire::JoinGroupRequest, Reply<wire::JoinGroupResponse>);
void leave_group(Context&, wire::LeaveGroupRequest, Reply<wire::LeaveGroupResponse>);
void sync_group(Context&, wire::SyncGroupRequest, Reply<wire::SyncGroupResponse>);

}  // namespace understudy::broker
