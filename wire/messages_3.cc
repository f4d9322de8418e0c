// The tables of the APIs 61 to 94.
#include "wire/messages/add_raft_voter.h"
#include "wire/messages/allocate_producer_ids.h"
#include "wire/messages/alter_share_group_offsets.h"
#include "wire/messages/assign_replicas_to_dirs.h"
#include "wire/messages/broker_heartbeat.h"
#include "wire/messages/broker_registration.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/controller_registration.h"
#include "wire/messages/delete_share_group_offsets.h"
#include "wire/messages/delete_share_group_state.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_share_group_offsets.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/get_telemetry_subscriptions.h"
#include "wire/messages/initialize_share_group_state.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_transactions.h"
#include "wire/messages/push_telemetry.h"
#include "wire/messages/read_share_group_state.h"
#include "wire/messages/read_share_group_state_summary.h"
#include "wire/messages/remove_raft_voter.h"
#include "wire/messages/share_acknowledge.h"
#include "wire/messages/share_fetch.h"
#include "wire/messages/share_group_describe.h"
#include "wire/messages/share_group_heartbeat.h"
#include "wire/messages/streams_group_describe.h"
#include "wire/messages/streams_group_heartbeat.h"
#include "wire/messages/streams_group_topology_description_update.h"
#include "wire/messages/unregister_broker.h"
#include "wire/messages/unregister_controller.h"
#include "wire/messages/update_raft_voter.h"
#include "wire/messages/write_share_group_state.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

// A table: its length is the number of its rows. NOLINTNEXTLINE(readability-function-size)
std::span<const Message> api_messages_3() {
  static constexpr Message kMessages[] = {
      request<DescribeProducersRequest>(),
      response<DescribeProducersResponse>(),
      request<BrokerRegistrationRequest>(),
      response<BrokerRegistrationResponse>(),
      request<BrokerHeartbeatRequest>(),
      response<BrokerHeartbeatResponse>(),
      request<UnregisterBrokerRequest>(),
      response<UnregisterBrokerResponse>(),
      request<DescribeTransactionsRequest>(),
      response<DescribeTransactionsResponse>(),
      request<ListTransactionsRequest>(),
      response<ListTransactionsResponse>(),
      request<AllocateProducerIdsRequest>(),
      response<AllocateProducerIdsResponse>(),
      request<ConsumerGroupHeartbeatRequest>(),
      response<ConsumerGroupHeartbeatResponse>(),
      request<ConsumerGroupDescribeRequest>(),
      response<ConsumerGroupDescribeResponse>(),
      request<ControllerRegistrationRequest>(),
      response<ControllerRegistrationResponse>(),
      request<GetTelemetrySubscriptionsRequest>(),
      response<GetTelemetrySubscriptionsResponse>(),
      request<PushTelemetryRequest>(),
      response<PushTelemetryResponse>(),
      request<AssignReplicasToDirsRequest>(),
      response<AssignReplicasToDirsResponse>(),
      request<ListConfigResourcesRequest>(),
      response<ListConfigResourcesResponse>(),
      request<DescribeTopicPartitionsRequest>(),
      response<DescribeTopicPartitionsResponse>(),
      request<ShareGroupHeartbeatRequest>(),
      response<ShareGroupHeartbeatResponse>(),
      request<ShareGroupDescribeRequest>(),
      response<ShareGroupDescribeResponse>(),
      request<ShareFetchRequest>(),
      response<ShareFetchResponse>(),
      request<ShareAcknowledgeRequest>(),
      response<ShareAcknowledgeResponse>(),
      request<AddRaftVoterRequest>(),
      response<AddRaftVoterResponse>(),
      request<RemoveRaftVoterRequest>(),
      response<RemoveRaftVoterResponse>(),
      request<UpdateRaftVoterRequest>(),
      response<UpdateRaftVoterResponse>(),
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
      request<UnregisterControllerRequest>(),
      response<UnregisterControllerResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
