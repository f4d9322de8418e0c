// Which response goes with which request, for the APIs that the scenarios use.
#pragma once

#include "wire/messages/alter_configs.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/create_acls.h"
#include "wire/messages/create_delegation_token.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_acls.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_acls.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_delegation_token.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/expire_delegation_token.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"
#include "wire/messages/renew_delegation_token.h"
#include "wire/messages/sasl_authenticate.h"
#include "wire/messages/sasl_handshake.h"
#include "wire/messages/sync_group.h"

namespace understudy::wire {

// Found by overload: declared only, never called.
AlterConfigsResponse response_of(const AlterConfigsRequest&);
ApiVersionsResponse response_of(const ApiVersionsRequest&);
ConsumerGroupDescribeResponse response_of(const ConsumerGroupDescribeRequest&);
ConsumerGroupHeartbeatResponse response_of(const ConsumerGroupHeartbeatRequest&);
CreateAclsResponse response_of(const CreateAclsRequest&);
CreateDelegationTokenResponse response_of(const CreateDelegationTokenRequest&);
CreatePartitionsResponse response_of(const CreatePartitionsRequest&);
CreateTopicsResponse response_of(const CreateTopicsRequest&);
DeleteAclsResponse response_of(const DeleteAclsRequest&);
DeleteGroupsResponse response_of(const DeleteGroupsRequest&);
DeleteRecordsResponse response_of(const DeleteRecordsRequest&);
DeleteTopicsResponse response_of(const DeleteTopicsRequest&);
DescribeAclsResponse response_of(const DescribeAclsRequest&);
DescribeClusterResponse response_of(const DescribeClusterRequest&);
DescribeConfigsResponse response_of(const DescribeConfigsRequest&);
DescribeDelegationTokenResponse response_of(const DescribeDelegationTokenRequest&);
DescribeGroupsResponse response_of(const DescribeGroupsRequest&);
DescribeLogDirsResponse response_of(const DescribeLogDirsRequest&);
DescribeProducersResponse response_of(const DescribeProducersRequest&);
DescribeTopicPartitionsResponse response_of(const DescribeTopicPartitionsRequest&);
EndTxnResponse response_of(const EndTxnRequest&);
ExpireDelegationTokenResponse response_of(const ExpireDelegationTokenRequest&);
FetchResponse response_of(const FetchRequest&);
FindCoordinatorResponse response_of(const FindCoordinatorRequest&);
HeartbeatResponse response_of(const HeartbeatRequest&);
IncrementalAlterConfigsResponse response_of(const IncrementalAlterConfigsRequest&);
InitProducerIdResponse response_of(const InitProducerIdRequest&);
JoinGroupResponse response_of(const JoinGroupRequest&);
LeaveGroupResponse response_of(const LeaveGroupRequest&);
ListConfigResourcesResponse response_of(const ListConfigResourcesRequest&);
ListGroupsResponse response_of(const ListGroupsRequest&);
ListOffsetsResponse response_of(const ListOffsetsRequest&);
MetadataResponse response_of(const MetadataRequest&);
OffsetCommitResponse response_of(const OffsetCommitRequest&);
OffsetDeleteResponse response_of(const OffsetDeleteRequest&);
OffsetFetchResponse response_of(const OffsetFetchRequest&);
OffsetForLeaderEpochResponse response_of(const OffsetForLeaderEpochRequest&);
ProduceResponse response_of(const ProduceRequest&);
RenewDelegationTokenResponse response_of(const RenewDelegationTokenRequest&);
SaslAuthenticateResponse response_of(const SaslAuthenticateRequest&);
SaslHandshakeResponse response_of(const SaslHandshakeRequest&);
SyncGroupResponse response_of(const SyncGroupRequest&);

template <class Request>
using ResponseOf = decltype(response_of(std::declval<const Request&>()));

}  // namespace understudy::wire
