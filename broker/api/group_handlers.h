// The handlers of groups: their members, their offsets, and what administrators ask.
#pragma once

#include "broker/api/context.h"
#include "wire/messages_fwd.h"

namespace understudy::broker {

void consumer_group_describe(Context&, wire::ConsumerGroupDescribeRequest,
                             Reply<wire::ConsumerGroupDescribeResponse>);
void consumer_group_heartbeat(Context&, wire::ConsumerGroupHeartbeatRequest,
                              Reply<wire::ConsumerGroupHeartbeatResponse>);
void delete_groups(Context&, wire::DeleteGroupsRequest, Reply<wire::DeleteGroupsResponse>);
void describe_groups(Context&, wire::DescribeGroupsRequest, Reply<wire::DescribeGroupsResponse>);
void heartbeat(Context&, wire::HeartbeatRequest, Reply<wire::HeartbeatResponse>);
void join_group(Context&, wire::JoinGroupRequest, Reply<wire::JoinGroupResponse>);
void leave_group(Context&, wire::LeaveGroupRequest, Reply<wire::LeaveGroupResponse>);
void list_groups(Context&, wire::ListGroupsRequest, Reply<wire::ListGroupsResponse>);
void offset_commit(Context&, wire::OffsetCommitRequest, Reply<wire::OffsetCommitResponse>);
void offset_delete(Context&, wire::OffsetDeleteRequest, Reply<wire::OffsetDeleteResponse>);
void offset_fetch(Context&, wire::OffsetFetchRequest, Reply<wire::OffsetFetchResponse>);
void sync_group(Context&, wire::SyncGroupRequest, Reply<wire::SyncGroupResponse>);

}  // namespace understudy::broker
