// Metadata (3): the nodes, and where partitions are led; makes topics that are asked for.
//
//   v1   null topics stand for all, an empty list for none; before, the empty list was all
//   v4   allow_auto_topic_creation; before, creation is always allowed
//   v5   offline_replicas
//   v7   leader_epoch (KIP-320)
//   v8   authorized operations (KIP-430), those of the cluster until v10
//   v10  topic_id in answers, v12 in requests too (KIP-516)
//   v13  an error code for the whole answer (KIP-1102)
#include "wire/messages/metadata.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/authorized_operations.h"
#include "broker/cluster/changes.h"
#include "broker/cluster/topic_names.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::metadata_response::MetadataResponsePartition;
using wire::metadata_response::MetadataResponseTopic;
using RequestTopics = std::vector<wire::metadata_request::MetadataRequestTopic>;

constexpr NodeId kNoLeader = -1;
constexpr wire::Version kFirstVersionWithTopicIds = 12;

enum class MissingTopics : std::uint8_t { kCreate, kReport };

// Why the whole request fails. Kafka throws here, so every entry gets the code.
ErrorCode check_topics(const RequestTopics& topics, wire::Version version) {
  const auto has_id = [](const auto& topic) { return !topic.topic_id.is_zero(); };
  const bool by_id = std::ranges::any_of(topics, has_id);
  const bool has_null_name =
      std::ranges::any_of(topics, [](const auto& topic) { return !topic.name.has_value(); });
  if (version < kFirstVersionWithTopicIds) {
    return by_id || has_null_name ? ErrorCode::kInvalidRequest : ErrorCode::kNone;
  }
  // An entry without name and id is looked up under the name null.
  return has_null_name && !by_id ? ErrorCode::kUnknownServerError : ErrorCode::kNone;
}

wire::MetadataResponse refuse_all(const RequestTopics& topics, ErrorCode error) {
  wire::MetadataResponse response;
  response.error_code = error;  // v13
  for (const auto& topic : topics) {
    MetadataResponseTopic& answer = response.topics.emplace_back();
    answer.error_code = error;
    answer.name = topic.name.value_or("");
    answer.topic_id = topic.topic_id;
  }
  return response;
}

MetadataResponsePartition describe(const Cluster& cluster, const Partition& partition) {
  const Leadership& leadership = partition.leadership();
  const bool has_leader = cluster.find_node(leadership.leader) != nullptr;
  MetadataResponsePartition answer;
  answer.error_code = has_leader ? ErrorCode::kNone : ErrorCode::kLeaderNotAvailable;
  answer.partition_index = partition.index();
  answer.leader_id = has_leader ? leadership.leader : kNoLeader;
  answer.leader_epoch = leadership.leader_epoch;
  answer.replica_nodes = leadership.replicas;
  answer.isr_nodes = leadership.isr;
  return answer;
}

MetadataResponseTopic describe(const Cluster& cluster, const Topic& topic) {
  MetadataResponseTopic answer;
  answer.name = topic.name;
  answer.topic_id = topic.id;
  answer.is_internal = topic.is_internal;
  answer.partitions.reserve(topic.partitions.size());
  for (const auto& partition : topic.partitions) {
    answer.partitions.push_back(describe(cluster, *partition));
  }
  return answer;
}

// A created topic is answered the next time: Kafka creates it while the client already reads the
// answer.
MetadataResponseTopic describe_missing(Cluster& cluster, NodeId node, const std::string& name,
                                       MissingTopics missing) {
  MetadataResponseTopic answer;
  answer.name = name;
  answer.is_internal = is_internal_topic(name);
  answer.error_code = invalid_topic_name(name) ? ErrorCode::kInvalidTopicException
                                               : ErrorCode::kUnknownTopicOrPartition;
  const bool creates = missing == MissingTopics::kCreate;
  if (creates && answer.error_code == ErrorCode::kUnknownTopicOrPartition) {
    auto_create_topic(cluster, node, name);
  }
  return answer;
}

void describe_all(const Cluster& cluster, wire::MetadataResponse& response) {
  response.topics.reserve(cluster.topics().size());
  for (const auto& [name, topic] : cluster.topics()) {
    response.topics.push_back(describe(cluster, *topic));
  }
}

void describe_by_id(const Cluster& cluster, const RequestTopics& topics,
                    wire::MetadataResponse& response) {
  std::set<wire::Uuid> seen;
  for (const auto& wanted : topics) {
    if (wanted.topic_id.is_zero() || !seen.insert(wanted.topic_id).second) continue;
    if (const Topic* topic = cluster.find_topic(wanted.topic_id)) {
      response.topics.push_back(describe(cluster, *topic));
      continue;
    }
    MetadataResponseTopic& answer = response.topics.emplace_back();
    answer.error_code = ErrorCode::kUnknownTopicId;
    answer.name = std::nullopt;
    answer.topic_id = wanted.topic_id;
  }
}

void describe_by_name(Cluster& cluster, NodeId node, const RequestTopics& topics,
                      MissingTopics missing, wire::MetadataResponse& response) {
  std::set<std::string_view> seen;
  for (const auto& wanted : topics) {
    if (!seen.insert(*wanted.name).second) continue;
    const Topic* topic = cluster.find_topic(*wanted.name);
    response.topics.push_back(topic != nullptr
                                  ? describe(cluster, *topic)
                                  : describe_missing(cluster, node, *wanted.name, missing));
  }
}

void describe_nodes(Context& context, wire::MetadataResponse& response) {
  const std::vector<Node>& nodes = context.cluster.nodes();
  for (const Node& node : nodes) {
    response.brokers.push_back(
        {.node_id = node.id, .host = node.host, .port = node.port, .rack = node.rack});
  }
  response.cluster_id = context.cluster.cluster_id();
  // With KRaft any broker passes requests on to the controller, so any one is named.
  response.controller_id = nodes[context.random.below(nodes.size())].id;
}

}  // namespace

void metadata(Context& context, wire::MetadataRequest request,
              Reply<wire::MetadataResponse> reply) {
  const wire::Version version = reply.request().version;
  const NodeId node = reply.request().node;
  Cluster& cluster = context.cluster;
  const bool all_topics = !request.topics || (version == 0 && request.topics->empty());
  if (!all_topics) {
    const ErrorCode error = check_topics(*request.topics, version);
    if (error != ErrorCode::kNone) {
      return std::move(reply).send(refuse_all(*request.topics, error));
    }
  }
  wire::MetadataResponse response;
  if (all_topics) {
    describe_all(cluster, response);
  } else if (std::ranges::any_of(*request.topics,
                                 [](const auto& topic) { return !topic.topic_id.is_zero(); })) {
    describe_by_id(cluster, *request.topics, response);
  } else {
    const bool creates =
        request.allow_auto_topic_creation && cluster.configs().of(node).auto_create_topics_enable;
    describe_by_name(cluster, node, *request.topics,
                     creates ? MissingTopics::kCreate : MissingTopics::kReport, response);
  }
  if (request.include_topic_authorized_operations) {
    for (MetadataResponseTopic& topic : response.topics) {
      if (topic.name) topic.topic_authorized_operations = kTopicOperations;
    }
  }
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kClusterOperations;
  }
  describe_nodes(context, response);
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
