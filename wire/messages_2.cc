// The tables of the APIs 27 to 60.
#include "wire/messages/alter_client_quotas.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/alter_partition.h"
#include "wire/messages/alter_partition_reassignments.h"
#include "wire/messages/alter_replica_log_dirs.h"
#include "wire/messages/alter_user_scram_credentials.h"
#include "wire/messages/begin_quorum_epoch.h"
#include "wire/messages/create_acls.h"
#include "wire/messages/create_delegation_token.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/delete_acls.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_acls.h"
#include "wire/messages/describe_client_quotas.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_delegation_token.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_quorum.h"
#include "wire/messages/describe_user_scram_credentials.h"
#include "wire/messages/elect_leaders.h"
#include "wire/messages/end_quorum_epoch.h"
#include "wire/messages/envelope.h"
#include "wire/messages/expire_delegation_token.h"
#include "wire/messages/fetch_snapshot.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_partition_reassignments.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/renew_delegation_token.h"
#include "wire/messages/sasl_authenticate.h"
#include "wire/messages/txn_offset_commit.h"
#include "wire/messages/update_features.h"
#include "wire/messages/vote.h"
#include "wire/messages/write_txn_markers.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

// A table: its length is the number of its rows. NOLINTNEXTLINE(readability-function-size)
std::span<const Message> api_messages_2() {
  static constexpr Message kMessages[] = {
      request<WriteTxnMarkersRequest>(),
      response<WriteTxnMarkersResponse>(),
      request<TxnOffsetCommitRequest>(),
      response<TxnOffsetCommitResponse>(),
      request<DescribeAclsRequest>(),
      response<DescribeAclsResponse>(),
      request<CreateAclsRequest>(),
      response<CreateAclsResponse>(),
      request<DeleteAclsRequest>(),
      response<DeleteAclsResponse>(),
      request<DescribeConfigsRequest>(),
      response<DescribeConfigsResponse>(),
      request<AlterConfigsRequest>(),
      response<AlterConfigsResponse>(),
      request<AlterReplicaLogDirsRequest>(),
      response<AlterReplicaLogDirsResponse>(),
      request<DescribeLogDirsRequest>(),
      response<DescribeLogDirsResponse>(),
      request<SaslAuthenticateRequest>(),
      response<SaslAuthenticateResponse>(),
      request<CreatePartitionsRequest>(),
      response<CreatePartitionsResponse>(),
      request<CreateDelegationTokenRequest>(),
      response<CreateDelegationTokenResponse>(),
      request<RenewDelegationTokenRequest>(),
      response<RenewDelegationTokenResponse>(),
      request<ExpireDelegationTokenRequest>(),
      response<ExpireDelegationTokenResponse>(),
      request<DescribeDelegationTokenRequest>(),
      response<DescribeDelegationTokenResponse>(),
      request<DeleteGroupsRequest>(),
      response<DeleteGroupsResponse>(),
      request<ElectLeadersRequest>(),
      response<ElectLeadersResponse>(),
      request<IncrementalAlterConfigsRequest>(),
      response<IncrementalAlterConfigsResponse>(),
      request<AlterPartitionReassignmentsRequest>(),
      response<AlterPartitionReassignmentsResponse>(),
      request<ListPartitionReassignmentsRequest>(),
      response<ListPartitionReassignmentsResponse>(),
      request<OffsetDeleteRequest>(),
      response<OffsetDeleteResponse>(),
      request<DescribeClientQuotasRequest>(),
      response<DescribeClientQuotasResponse>(),
      request<AlterClientQuotasRequest>(),
      response<AlterClientQuotasResponse>(),
      request<DescribeUserScramCredentialsRequest>(),
      response<DescribeUserScramCredentialsResponse>(),
      request<AlterUserScramCredentialsRequest>(),
      response<AlterUserScramCredentialsResponse>(),
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
      request<UpdateFeaturesRequest>(),
      response<UpdateFeaturesResponse>(),
      request<EnvelopeRequest>(),
      response<EnvelopeResponse>(),
      request<FetchSnapshotRequest>(),
      response<FetchSnapshotResponse>(),
      request<DescribeClusterRequest>(),
      response<DescribeClusterResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
