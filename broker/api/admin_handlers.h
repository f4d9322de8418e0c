// The handlers of topics, configurations and the cluster itself.
#pragma once

#include "broker/api/context.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/incremental_alter_configs.h"
#include "wire/messages/list_config_resources.h"
#include "wire/messages/metadata.h"

namespace understudy::broker {

void alter_configs(Context&, wire::AlterConfigsRequest, Reply<wire::AlterConfigsResponse>);
void create_partitions(Context&, wire::CreatePartitionsRequest,
                       Reply<wire::CreatePartitionsResponse>);
void create_topics(Context&, wire::CreateTopicsRequest, Reply<wire::CreateTopicsResponse>);
void delete_records(Context&, wire::DeleteRecordsRequest, Reply<wire::DeleteRecordsResponse>);
void delete_topics(Context&, wire::DeleteTopicsRequest, Reply<wire::DeleteTopicsResponse>);
void describe_cluster(Context&, wire::DescribeClusterRequest, Reply<wire::DescribeClusterResponse>);
void describe_configs(Context&, wire::DescribeConfigsRequest, Reply<wire::DescribeConfigsResponse>);
void describe_log_dirs(Context&, wire::DescribeLogDirsRequest,
                       Reply<wire::DescribeLogDirsResponse>);
void describe_topic_partitions(Context&, wire::DescribeTopicPartitionsRequest,
                               Reply<wire::DescribeTopicPartitionsResponse>);
void find_coordinator(Context&, wire::FindCoordinatorRequest, Reply<wire::FindCoordinatorResponse>);
void incremental_alter_configs(Context&, wire::IncrementalAlterConfigsRequest,
                               Reply<wire::IncrementalAlterConfigsResponse>);
void list_config_resources(Context&, wire::ListConfigResourcesRequest,
                           Reply<wire::ListConfigResourcesResponse>);
void metadata(Context&, wire::MetadataRequest, Reply<wire::MetadataResponse>);

}  // namespace understudy::broker
