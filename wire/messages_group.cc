// The tables of groups (classic, consumer, share, streams), their offsets and their coordinators.
#include "wire/messages/alter_share_group_offsets.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/delete_share_group_offsets.h"
#include "wire/messages/delete_share_group_state.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/describe_share_group_offsets.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/initialize_share_group_state.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/read_share_group_state.h"
#include "wire/messages/read_share_group_state_summary.h"
#include "wire/messages/share_acknowledge.h"
#include "wire/messages/share_fetch.h"
#include "wire/messages/share_group_describe.h"
#include "wire/messages/share_group_heartbeat.h"
#include "wire/messages/streams_group_describe.h"
#include "wire/messages/streams_group_heartbeat.h"
#include "wire/messages/streams_group_topology_description_update.h"
#include "wire/messages/sync_group.h"
#include "wire/messages/write_share_group_state.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

std::span<const Message> group_messages() {
  static constexpr Message kMessages[] = {
      request<OffsetCommitRequest>(),
      response<OffsetCommitResponse>(),
      request<OffsetFetchRequest>(),
      response<OffsetFetchResponse>(),
      request<FindCoordinatorRequest>(),
      response<FindCoordinatorResponse>(),
      request<JoinGroupRequest>(),
      response<JoinGroupResponse>(),
      request<HeartbeatRequest>(),
      response<HeartbeatResponse>(),
      request<LeaveGroupRequest>(),
      response<LeaveGroupResponse>(),
      request<SyncGroupRequest>(),
      response<SyncGroupResponse>(),
      request<DescribeGroupsRequest>(),
      response<DescribeGroupsResponse>(),
      request<ListGroupsRequest>(),
      response<ListGroupsResponse>(),
      request<DeleteGroupsRequest>(),
      response<DeleteGroupsResponse>(),
      request<OffsetDeleteRequest>(),
      response<OffsetDeleteResponse>(),
      request<ConsumerGroupHeartbeatRequest>(),
      response<ConsumerGroupHeartbeatResponse>(),
      request<ConsumerGroupDescribeRequest>(),
      response<ConsumerGroupDescribeResponse>(),
      request<ShareGroupHeartbeatRequest>(),
      response<ShareGroupHeartbeatResponse>(),
      request<ShareGroupDescribeRequest>(),
      response<ShareGroupDescribeResponse>(),
      request<ShareFetchRequest>(),
      response<ShareFetchResponse>(),
      request<ShareAcknowledgeRequest>(),
      response<ShareAcknowledgeResponse>(),
      request<InitializeShareGroupStateRequest>(),
      response<InitializeShareGroupStateResponse>(),
      request<ReadShareGroupStateRequest>(),
      response<ReadShareGroupStateResponse>(),
      request<WriteShareGroupStateRequest>(),
      response<WriteShareGroupStateResponse>(),
      request<DeleteShareGroupStateRequest>(),
      response<DeleteShareGroupStateResponse>(),
      request<ReadShareGroupStateSummaryRequest>(),
      response<ReadShareGroupStateSummaryResponse>(),
      request<StreamsGroupHeartbeatRequest>(),
      response<StreamsGroupHeartbeatResponse>(),
      request<StreamsGroupDescribeRequest>(),
      response<StreamsGroupDescribeResponse>(),
      request<DescribeShareGroupOffsetsRequest>(),
      response<DescribeShareGroupOffsetsResponse>(),
      request<AlterShareGroupOffsetsRequest>(),
      response<AlterShareGroupOffsetsResponse>(),
      request<DeleteShareGroupOffsetsRequest>(),
      response<DeleteShareGroupOffsetsResponse>(),
      request<StreamsGroupTopologyDescriptionUpdateRequest>(),
      response<StreamsGroupTopologyDescriptionUpdateResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
