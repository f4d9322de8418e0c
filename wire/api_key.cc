#include "wire/api_key.h"

#include "wire/dense_rows.h"

namespace understudy::wire {
namespace {

struct ApiRow {
  ApiKey number;
  std::string_view name;
};

// Kafka's APIs in the order of their keys.
constexpr ApiRow kApis[] = {
    {ApiKey::kProduce, "Produce"},
    {ApiKey::kFetch, "Fetch"},
    {ApiKey::kListOffsets, "ListOffsets"},
    {ApiKey::kMetadata, "Metadata"},
    {ApiKey::kLeaderAndIsr, "LeaderAndIsr"},
    {ApiKey::kStopReplica, "StopReplica"},
    {ApiKey::kUpdateMetadata, "UpdateMetadata"},
    {ApiKey::kControlledShutdown, "ControlledShutdown"},
    {ApiKey::kOffsetCommit, "OffsetCommit"},
    {ApiKey::kOffsetFetch, "OffsetFetch"},
    {ApiKey::kFindCoordinator, "FindCoordinator"},
    {ApiKey::kJoinGroup, "JoinGroup"},
    {ApiKey::kHeartbeat, "Heartbeat"},
    {ApiKey::kLeaveGroup, "LeaveGroup"},
    {ApiKey::kSyncGroup, "SyncGroup"},
    {ApiKey::kDescribeGroups, "DescribeGroups"},
    {ApiKey::kListGroups, "ListGroups"},
    {ApiKey::kSaslHandshake, "SaslHandshake"},
    {ApiKey::kApiVersions, "ApiVersions"},
    {ApiKey::kCreateTopics, "CreateTopics"},
    {ApiKey::kDeleteTopics, "DeleteTopics"},
    {ApiKey::kDeleteRecords, "DeleteRecords"},
    {ApiKey::kInitProducerId, "InitProducerId"},
    {ApiKey::kOffsetForLeaderEpoch, "OffsetForLeaderEpoch"},
    {ApiKey::kAddPartitionsToTxn, "AddPartitionsToTxn"},
    {ApiKey::kAddOffsetsToTxn, "AddOffsetsToTxn"},
    {ApiKey::kEndTxn, "EndTxn"},
    {ApiKey::kWriteTxnMarkers, "WriteTxnMarkers"},
    {ApiKey::kTxnOffsetCommit, "TxnOffsetCommit"},
    {ApiKey::kDescribeAcls, "DescribeAcls"},
    {ApiKey::kCreateAcls, "CreateAcls"},
    {ApiKey::kDeleteAcls, "DeleteAcls"},
    {ApiKey::kDescribeConfigs, "DescribeConfigs"},
    {ApiKey::kAlterConfigs, "AlterConfigs"},
    {ApiKey::kAlterReplicaLogDirs, "AlterReplicaLogDirs"},
    {ApiKey::kDescribeLogDirs, "DescribeLogDirs"},
    {ApiKey::kSaslAuthenticate, "SaslAuthenticate"},
    {ApiKey::kCreatePartitions, "CreatePartitions"},
    {ApiKey::kCreateDelegationToken, "CreateDelegationToken"},
    {ApiKey::kRenewDelegationToken, "RenewDelegationToken"},
    {ApiKey::kExpireDelegationToken, "ExpireDelegationToken"},
    {ApiKey::kDescribeDelegationToken, "DescribeDelegationToken"},
    {ApiKey::kDeleteGroups, "DeleteGroups"},
    {ApiKey::kElectLeaders, "ElectLeaders"},
    {ApiKey::kIncrementalAlterConfigs, "IncrementalAlterConfigs"},
    {ApiKey::kAlterPartitionReassignments, "AlterPartitionReassignments"},
    {ApiKey::kListPartitionReassignments, "ListPartitionReassignments"},
    {ApiKey::kOffsetDelete, "OffsetDelete"},
    {ApiKey::kDescribeClientQuotas, "DescribeClientQuotas"},
    {ApiKey::kAlterClientQuotas, "AlterClientQuotas"},
    {ApiKey::kDescribeUserScramCredentials, "DescribeUserScramCredentials"},
    {ApiKey::kAlterUserScramCredentials, "AlterUserScramCredentials"},
    {ApiKey::kVote, "Vote"},
    {ApiKey::kBeginQuorumEpoch, "BeginQuorumEpoch"},
    {ApiKey::kEndQuorumEpoch, "EndQuorumEpoch"},
    {ApiKey::kDescribeQuorum, "DescribeQuorum"},
    {ApiKey::kAlterPartition, "AlterPartition"},
    {ApiKey::kUpdateFeatures, "UpdateFeatures"},
    {ApiKey::kEnvelope, "Envelope"},
    {ApiKey::kFetchSnapshot, "FetchSnapshot"},
    {ApiKey::kDescribeCluster, "DescribeCluster"},
    {ApiKey::kDescribeProducers, "DescribeProducers"},
    {ApiKey::kBrokerRegistration, "BrokerRegistration"},
    {ApiKey::kBrokerHeartbeat, "BrokerHeartbeat"},
    {ApiKey::kUnregisterBroker, "UnregisterBroker"},
    {ApiKey::kDescribeTransactions, "DescribeTransactions"},
    {ApiKey::kListTransactions, "ListTransactions"},
    {ApiKey::kAllocateProducerIds, "AllocateProducerIds"},
    {ApiKey::kConsumerGroupHeartbeat, "ConsumerGroupHeartbeat"},
    {ApiKey::kConsumerGroupDescribe, "ConsumerGroupDescribe"},
    {ApiKey::kControllerRegistration, "ControllerRegistration"},
    {ApiKey::kGetTelemetrySubscriptions, "GetTelemetrySubscriptions"},
    {ApiKey::kPushTelemetry, "PushTelemetry"},
    {ApiKey::kAssignReplicasToDirs, "AssignReplicasToDirs"},
    {ApiKey::kListConfigResources, "ListConfigResources"},
    {ApiKey::kDescribeTopicPartitions, "DescribeTopicPartitions"},
    {ApiKey::kShareGroupHeartbeat, "ShareGroupHeartbeat"},
    {ApiKey::kShareGroupDescribe, "ShareGroupDescribe"},
    {ApiKey::kShareFetch, "ShareFetch"},
    {ApiKey::kShareAcknowledge, "ShareAcknowledge"},
    {ApiKey::kAddRaftVoter, "AddRaftVoter"},
    {ApiKey::kRemoveRaftVoter, "RemoveRaftVoter"},
    {ApiKey::kUpdateRaftVoter, "UpdateRaftVoter"},
    {ApiKey::kInitializeShareGroupState, "InitializeShareGroupState"},
    {ApiKey::kReadShareGroupState, "ReadShareGroupState"},
    {ApiKey::kWriteShareGroupState, "WriteShareGroupState"},
    {ApiKey::kDeleteShareGroupState, "DeleteShareGroupState"},
    {ApiKey::kReadShareGroupStateSummary, "ReadShareGroupStateSummary"},
    {ApiKey::kStreamsGroupHeartbeat, "StreamsGroupHeartbeat"},
    {ApiKey::kStreamsGroupDescribe, "StreamsGroupDescribe"},
    {ApiKey::kDescribeShareGroupOffsets, "DescribeShareGroupOffsets"},
    {ApiKey::kAlterShareGroupOffsets, "AlterShareGroupOffsets"},
    {ApiKey::kDeleteShareGroupOffsets, "DeleteShareGroupOffsets"},
    {ApiKey::kStreamsGroupTopologyDescriptionUpdate, "StreamsGroupTopologyDescriptionUpdate"},
    {ApiKey::kUnregisterController, "UnregisterController"},
};
static_assert(is_dense(kApis));

}  // namespace

std::string_view name_of(ApiKey key) {
  const ApiRow* row = find_row(kApis, key);
  return row != nullptr ? row->name : std::string_view();
}

std::optional<ApiKey> api_key_of(std::string_view name) {
  const ApiRow* row = find_row_named(kApis, name);
  return row != nullptr ? std::optional(row->number) : std::nullopt;
}

}  // namespace understudy::wire
