// The handlers of groups.
#pragma once

#include "broker/api/context.h"
#include "wire/messages_fwd.h"

namespace understudy::broker {

void delete_groups(Context&, wire::DeleteGroupsRequest, Reply<wire::DeleteGroupsResponse>);
void describe_groups(Context&, wire::DescribeGroupsRequest, Reply<wire::DescribeGroupsResponse>);
void list_groups(Context&, wire::ListGroupsRequest, Reply<wire::ListGroupsResponse>);
void offset_commit(Context&, wire::OffsetCommitRequest, Reply<wire::OffsetCommitResponse>);
void offset_delete(Context&, wire::OffsetDeleteRequest, Reply<wire::OffsetDeleteResponse>);
void offset_fetch(Context&, wire::OffsetFetchRequest, Reply<wire::OffsetFetchResponse>);

}  // namespace understudy::broker
