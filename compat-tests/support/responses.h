// Which response goes with which request, for the APIs that the scenarios use.
#pragma once

#include "wire/messages/alter_configs.h"
#include "wire/messages/api_versions.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/end_txn.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/init_producer_id.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/list_offsets.h"
#include "wire/messages/metadata.h"
#include "wire/messages/offset_for_leader_epoch.h"
#include "wire/messages/produce.h"

namespace understudy::wire {

// Found by overload: declared only, never called.
AlterConfigsResponse response_of(const AlterConfigsRequest&);
ApiVersionsResponse response_of(const ApiVersionsRequest&);
CreatePartitionsResponse response_of(const CreatePartitionsRequest&);
CreateTopicsResponse response_of(const CreateTopicsRequest&);
DeleteRecordsResponse response_of(const DeleteRecordsRequest&);
DeleteTopicsResponse response_of(const DeleteTopicsRequest&);
DescribeClusterResponse response_of(const DescribeClusterRequest&);
DescribeConfigsResponse response_of(const DescribeConfigsRequest&);
DescribeLogDirsResponse response_of(const DescribeLogDirsRequest&);
DescribeProducersResponse response_of(const DescribeProducersRequest&);
DescribeTopicPartitionsResponse response_of(const DescribeTopicPartitionsRequest&);
EndTxnResponse response_of(const EndTxnRequest&);
FetchResponse response_of(const FetchRequest&);
FindCoordinatorResponse response_of(const FindCoordinatorRequest&);
IncrementalAlterConfigsResponse response_of(const IncrementalAlterConfigsRequest&);
InitProducerIdResponse response_of(const InitProducerIdRequest&);
ListConfigResourcesResponse response_of(const ListConfigResourcesRequest&);
ListOffsetsResponse response_of(const ListOffsetsRequest&);
MetadataResponse response_of(const MetadataRequest&);
OffsetForLeaderEpochResponse response_of(const OffsetForLeaderEpochRequest&);
ProduceResponse response_of(const ProduceRequest&);

template <class Request>
using ResponseOf = decltype(response_of(std::declval<const Request&>()));

}  // namespace understudy::wire
