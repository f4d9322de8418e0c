// The tables of what producers, consumers and transactions send, and of how a client connects.
#include "wire/messages/add_offsets_to_txn.h"
#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/describe_transactions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/fetch.h"
#include "wire/messages/get_telemetry_subscriptions.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/list_transactions.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"
#include "wire/messages/push_telemetry.h"
#include "wire/messages/sasl_authenticate.h"
#include "wire/messages/sasl_handshake.h"
#include "wire/messages/txn_offset_commit.h"
#include "wire/messages/write_txn_markers.h"
#include "wire/messages_parts.h"
#include "wire/schema_tables.h"

namespace understudy::wire {

std::span<const Message> data_messages() {
  static constexpr Message kMessages[] = {
      request<ProduceRequest>(),
      response<ProduceResponse>(),
      request<FetchRequest>(),
      response<FetchResponse>(),
      request<ListOffsetsRequest>(),
      response<ListOffsetsResponse>(),
      request<MetadataRequest>(),
      response<MetadataResponse>(),
      request<SaslHandshakeRequest>(),
      response<SaslHandshakeResponse>(),
      request<ApiVersionsRequest>(),
      response<ApiVersionsResponse>(),
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
      request<WriteTxnMarkersRequest>(),
      response<WriteTxnMarkersResponse>(),
      request<TxnOffsetCommitRequest>(),
      response<TxnOffsetCommitResponse>(),
      request<SaslAuthenticateRequest>(),
      response<SaslAuthenticateResponse>(),
      request<DescribeProducersRequest>(),
      response<DescribeProducersResponse>(),
      request<DescribeTransactionsRequest>(),
      response<DescribeTransactionsResponse>(),
      request<ListTransactionsRequest>(),
      response<ListTransactionsResponse>(),
      request<GetTelemetrySubscriptionsRequest>(),
      response<GetTelemetrySubscriptionsResponse>(),
      request<PushTelemetryRequest>(),
      response<PushTelemetryResponse>(),
      request<DescribeTopicPartitionsRequest>(),
      response<DescribeTopicPartitionsResponse>(),
  };
  return kMessages;
}

}  // namespace understudy::wire
