// The tables of the APIs 0 to 26.
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"
#include "wire/messages/sasl_handshake.h"
#include "wire/messages/sync_group.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

std::span<const Message> api_messages_1() {
  static constexpr Message kMessages[] = {
      request<ProduceRequest>(),
      response<ProduceResponse>(),
      request<FetchRequest>(),
      response<FetchResponse>(),
      request<ListOffsetsRequest>(),
      response<ListOffsetsResponse>(),
      request<MetadataRequest>(),
      response<MetadataResponse>(),
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
      request<SaslHandshakeRequest>(),
      response<SaslHandshakeResponse>(),
      request<ApiVersionsRequest>(),
      response<ApiVersionsResponse>(),
      request<CreateTopicsRequest>(),
      response<CreateTopicsResponse>(),
      request<DeleteTopicsRequest>(),
      response<DeleteTopicsResponse>(),
      request<DeleteRecordsRequest>(),
      response<DeleteRecordsResponse>(),
      request<InitProducerIdRequest>(),
      response<InitProducerIdResponse>(),
      request<OffsetForLeaderEpochRequest>(),
      response<OffsetForLeaderEpochResponse>(),
      request<AddPartitionsToTxnRequest>(),
      response<AddPartitionsToTxnResponse>(),
      request<AddOffsetsToTxnRequest>(),
      response<AddOffsetsToTxnResponse>(),
      request<EndTxnRequest>(),
      response<EndTxnResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
