// The handlers of topics, configurations, the cluster itself, and the security that it lacks.
#pragma once

#include "broker/api/context.h"
#include "wire/messages_fwd.h"

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

// What there is nothing of (without_security.cc).
void create_acls(Context&, wire::CreateAclsRequest, Reply<wire::CreateAclsResponse>);
void create_delegation_token(Context&, wire::CreateDelegationTokenRequest,
                             Reply<wire::CreateDelegationTokenResponse>);
void delete_acls(Context&, wire::DeleteAclsRequest, Reply<wire::DeleteAclsResponse>);
void describe_acls(Context&, wire::DescribeAclsRequest, Reply<wire::DescribeAclsResponse>);
void describe_delegation_token(Context&, wire::DescribeDelegationTokenRequest,
                               Reply<wire::DescribeDelegationTokenResponse>);
void expire_delegation_token(Context&, wire::ExpireDelegationTokenRequest,
                             Reply<wire::ExpireDelegationTokenResponse>);
void renew_delegation_token(Context&, wire::RenewDelegationTokenRequest,
                            Reply<wire::RenewDelegationTokenResponse>);
void sasl_authenticate(Context&, wire::SaslAuthenticateRequest,
                       Reply<wire::SaslAuthenticateResponse>);
void sasl_handshake(Context&, wire::SaslHandshakeRequest, Reply<wire::SaslHandshakeResponse>);

}  // namespace understudy::broker
