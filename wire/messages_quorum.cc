// The tables of what brokers and controllers send each other, and of the quorum.
#include "wire/messages/add_raft_voter.h"
#include "wire/messages/allocate_producer_ids.h"
#include "wire/messages/alter_partition.h"
#include "wire/messages/assign_replicas_to_dirs.h"
#include "wire/messages/begin_quorum_epoch.h"
#include "wire/messages/broker_heartbeat.h"
#include "wire/messages/broker_registration.h"
#include "wire/messages/controller_registration.h"
#include "wire/messages/describe_quorum.h"
#include "wire/messages/end_quorum_epoch.h"
#include "wire/messages/envelope.h"
#include "wire/messages/fetch_snapshot.h"
#include "wire/messages/remove_raft_voter.h"
#include "wire/messages/unregister_broker.h"
#include "wire/messages/unregister_controller.h"
#include "wire/messages/update_raft_voter.h"
#include "wire/messages/vote.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

std::span<const Message> quorum_messages() {
  static constexpr Message kMessages[] = {
      request<VoteRequest>(),
      response<VoteResponse>(),
      request<BeginQuorumEpochRequest>(),
      response<BeginQuorumEpochResponse>(),
      request<EndQuorumEpochRequest>(),
      response<EndQuorumEpochResponse>(),
      request<DescribeQuorumRequest>(),
      response<DescribeQuorumResponse>(),
      request<AlterPartitionRequest>(),
      response<AlterPartitionResponse>(),
      request<EnvelopeRequest>(),
      response<EnvelopeResponse>(),
      request<FetchSnapshotRequest>(),
      response<FetchSnapshotResponse>(),
      request<BrokerRegistrationRequest>(),
      response<BrokerRegistrationResponse>(),
      request<BrokerHeartbeatRequest>(),
      response<BrokerHeartbeatResponse>(),
      request<UnregisterBrokerRequest>(),
      response<UnregisterBrokerResponse>(),
      request<AllocateProducerIdsRequest>(),
      response<AllocateProducerIdsResponse>(),
      request<ControllerRegistrationRequest>(),
      response<ControllerRegistrationResponse>(),
      request<AssignReplicasToDirsRequest>(),
      response<AssignReplicasToDirsResponse>(),
      request<AddRaftVoterRequest>(),
      response<AddRaftVoterResponse>(),
      request<RemoveRaftVoterRequest>(),
      response<RemoveRaftVoterResponse>(),
      request<UpdateRaftVoterRequest>(),
      response<UpdateRaftVoterResponse>(),
      request<UnregisterControllerRequest>(),
      response<UnregisterControllerResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
