// The tables of what administrators ask for: topics, configurations, access, quotas.
#include "wire/messages/alter_client_quotas.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/alter_partition_reassignments.h"
#include "wire/messages/alter_replica_log_dirs.h"
#include "wire/messages/alter_user_scram_credentials.h"
#include "wire/messages/create_acls.h"
#include "wire/messages/create_delegation_token.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_acls.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_acls.h"
#include "wire/messages/describe_client_quotas.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_delegation_token.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_user_scram_credentials.h"
#include "wire/messages/elect_leaders.h"
#include "wire/messages/expire_delegation_token.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_partition_reassignments.h"
#include "wire/messages/renew_delegation_token.h"
#include "wire/messages/update_features.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

std::span<const Message> admin_messages() {
  static constexpr Message kMessages[] = {
      request<CreateTopicsRequest>(),
      response<CreateTopicsResponse>(),
      request<DeleteTopicsRequest>(),
      response<DeleteTopicsResponse>(),
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
      request<ElectLeadersRequest>(),
      response<ElectLeadersResponse>(),
      request<IncrementalAlterConfigsRequest>(),
      response<IncrementalAlterConfigsResponse>(),
      request<AlterPartitionReassignmentsRequest>(),
      response<AlterPartitionReassignmentsResponse>(),
      request<ListPartitionReassignmentsRequest>(),
      response<ListPartitionReassignmentsResponse>(),
      request<DescribeClientQuotasRequest>(),
      response<DescribeClientQuotasResponse>(),
      request<AlterClientQuotasRequest>(),
      response<AlterClientQuotasResponse>(),
      request<DescribeUserScramCredentialsRequest>(),
      response<DescribeUserScramCredentialsResponse>(),
      request<AlterUserScramCredentialsRequest>(),
      response<AlterUserScramCredentialsResponse>(),
      request<UpdateFeaturesRequest>(),
      response<UpdateFeaturesResponse>(),
      request<DescribeClusterRequest>(),
      response<DescribeClusterResponse>(),
      request<ListConfigResourcesRequest>(),
      response<ListConfigResourcesResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
