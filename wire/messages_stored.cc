// The tables of everything that is not a request or a response.
#include "wire/messages/consumer_group_records.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/control_records.h"
#include "wire/messages/group_coordinator_records.h"
#include "wire/messages/headers.h"
#include "wire/messages/metadata_records.h"
#include "wire/messages/remote_log_records.h"
#include "wire/messages/share_coordinator_records.h"
#include "wire/messages/share_group_records.h"
#include "wire/messages/storage_records.h"
#include "wire/messages/streams_group_records.h"
#include "wire/messages/transaction_records.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

// A table: its length is the number of its rows. NOLINTNEXTLINE(readability-function-size)
std::span<const Message> stored_messages() {
  static constexpr Message kMessages[] = {
      header<RequestHeader>(),
      header<ResponseHeader>(),
      data<ConsumerProtocolSubscription>(),
      data<ConsumerProtocolAssignment>(),
      coordinator_key<TransactionLogKey>(),
      coordinator_value<TransactionLogValue>(),
      coordinator_key<ShareSnapshotKey>(),
      coordinator_value<ShareSnapshotValue>(),
      coordinator_key<ShareUpdateKey>(),
      coordinator_value<ShareUpdateValue>(),
      data<ControlRecordTypeSchema>(),
      data<EndTxnMarker>(),
      data<LeaderChangeMessage>(),
      data<SnapshotHeaderRecord>(),
      data<SnapshotFooterRecord>(),
      data<KRaftVersionRecord>(),
      data<VotersRecord>(),
      data<AbortedTxn>(),
      data<ProducerSnapshot>(),
      data<QuorumStateData>(),
      data<DefaultPrincipalData>(),
      metadata<RemoteLogSegmentMetadataRecord>(),
      metadata<RemoteLogSegmentMetadataSnapshotRecord>(),
      metadata<RemoteLogSegmentMetadataUpdateRecord>(),
      metadata<RemotePartitionDeleteMetadataRecord>(),
      coordinator_key<LegacyOffsetCommitKey>(),
      coordinator_value<LegacyOffsetCommitValue>(),
      coordinator_key<OffsetCommitKey>(),
      coordinator_value<OffsetCommitValue>(),
      coordinator_key<GroupMetadataKey>(),
      coordinator_value<GroupMetadataValue>(),
      coordinator_key<ConsumerGroupMetadataKey>(),
      coordinator_value<ConsumerGroupMetadataValue>(),
      coordinator_key<ConsumerGroupPartitionMetadataKey>(),
      coordinator_value<ConsumerGroupPartitionMetadataValue>(),
      coordinator_key<ConsumerGroupMemberMetadataKey>(),
      coordinator_value<ConsumerGroupMemberMetadataValue>(),
      coordinator_key<ConsumerGroupTargetAssignmentMetadataKey>(),
      coordinator_value<ConsumerGroupTargetAssignmentMetadataValue>(),
      coordinator_key<ConsumerGroupTargetAssignmentMemberKey>(),
      coordinator_value<ConsumerGroupTargetAssignmentMemberValue>(),
      coordinator_key<ConsumerGroupCurrentMemberAssignmentKey>(),
      coordinator_value<ConsumerGroupCurrentMemberAssignmentValue>(),
      coordinator_key<ConsumerGroupRegularExpressionKey>(),
      coordinator_value<ConsumerGroupRegularExpressionValue>(),
      coordinator_key<ShareGroupMemberMetadataKey>(),
      coordinator_value<ShareGroupMemberMetadataValue>(),
      coordinator_key<ShareGroupMetadataKey>(),
      coordinator_value<ShareGroupMetadataValue>(),
      coordinator_key<ShareGroupTargetAssignmentMetadataKey>(),
      coordinator_value<ShareGroupTargetAssignmentMetadataValue>(),
      coordinator_key<ShareGroupTargetAssignmentMemberKey>(),
      coordinator_value<ShareGroupTargetAssignmentMemberValue>(),
      coordinator_key<ShareGroupCurrentMemberAssignmentKey>(),
      coordinator_value<ShareGroupCurrentMemberAssignmentValue>(),
      coordinator_key<ShareGroupStatePartitionMetadataKey>(),
      coordinator_value<ShareGroupStatePartitionMetadataValue>(),
      coordinator_key<StreamsGroupMetadataKey>(),
      coordinator_value<StreamsGroupMetadataValue>(),
      coordinator_key<StreamsGroupMemberMetadataKey>(),
      coordinator_value<StreamsGroupMemberMetadataValue>(),
      coordinator_key<StreamsGroupTargetAssignmentMetadataKey>(),
      coordinator_value<StreamsGroupTargetAssignmentMetadataValue>(),
      coordinator_key<StreamsGroupTargetAssignmentMemberKey>(),
      coordinator_value<StreamsGroupTargetAssignmentMemberValue>(),
      coordinator_key<StreamsGroupCurrentMemberAssignmentKey>(),
      coordinator_value<StreamsGroupCurrentMemberAssignmentValue>(),
      coordinator_key<StreamsGroupTopologyKey>(),
      coordinator_value<StreamsGroupTopologyValue>(),
      metadata<RegisterBrokerRecord>(),
      metadata<UnregisterBrokerRecord>(),
      metadata<TopicRecord>(),
      metadata<PartitionRecord>(),
      metadata<ConfigRecord>(),
      metadata<PartitionChangeRecord>(),
      metadata<FenceBrokerRecord>(),
      metadata<UnfenceBrokerRecord>(),
      metadata<RemoveTopicRecord>(),
      metadata<DelegationTokenRecord>(),
      metadata<UserScramCredentialRecord>(),
      metadata<FeatureLevelRecord>(),
      metadata<ClientQuotaRecord>(),
      metadata<ProducerIdsRecord>(),
      metadata<BrokerRegistrationChangeRecord>(),
      metadata<AccessControlEntryRecord>(),
      metadata<RemoveAccessControlEntryRecord>(),
      metadata<NoOpRecord>(),
      metadata<ZkMigrationStateRecord>(),
      metadata<RemoveUserScramCredentialRecord>(),
      metadata<BeginTransactionRecord>(),
      metadata<EndTransactionRecord>(),
      metadata<AbortTransactionRecord>(),
      metadata<RemoveDelegationTokenRecord>(),
      metadata<RegisterControllerRecord>(),
      metadata<ClearElrRecord>(),
      metadata<UnregisterControllerRecord>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
