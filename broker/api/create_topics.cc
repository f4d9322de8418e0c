// CreateTopics (19): makes topics, or says what would be wrong with them.
//
//   v5   the answer holds counts and configurations (KIP-525)
//   v7   the answer holds the topic's id (KIP-516)
#include "wire/messages/create_topics.h"

#include <map>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/error_messages.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_topics_request::CreatableTopic;
using wire::create_topics_response::CreatableTopicResult;

constexpr wire::Version kFirstVersionWithConfigs = 5;

struct SortedRequest {
  std::vector<const CreatableTopic*> topics;  // to be created
  std::vector<CreatableTopicResult> refused;
};

CreatableTopicResult refuse(const std::string& name, ErrorCode error, std::string message) {
  CreatableTopicResult result;
  result.name = name;
  result.error_code = error;
  result.error_message = std::move(message);
  return result;
}

SortedRequest sort_request(const std::vector<CreatableTopic>& topics) {
  std::map<std::string_view, int> count_by_name;
  for (const CreatableTopic& topic : topics) ++count_by_name[topic.name];
  SortedRequest sorted;
  for (const CreatableTopic& topic : topics) {
    int& count = count_by_name[topic.name];
    if (count == 0) continue;  // the repetition of a name that has been answered
    if (count > 1) {
      sorted.refused.push_back(
          refuse(topic.name, ErrorCode::kInvalidRequest, "Duplicate topic name."));
      count = 0;
    } else if (topic.name == kMetadataTopic) {
      sorted.refused.push_back(refuse(topic.name, ErrorCode::kInvalidRequest,
                                      "The topic __cluster_metadata cannot be created."));
    } else {
      sorted.topics.push_back(&topic);
    }
  }
  return sorted;
}

std::int64_t count_partitions(const Cluster& cluster, NodeId node,
                              const std::vector<const CreatableTopic*>& topics) {
  std::int64_t count = 0;
  for (const CreatableTopic* topic : topics) {
    if (!topic->assignments.empty()) {
      count += static_cast<std::int64_t>(topic->assignments.size());
    } else if (topic->num_partitions == -1) {
      count += cluster.broker_config_int(node, "num.partitions");
    } else if (topic->num_partitions > 0) {
      count += topic->num_partitions;
    }
  }
  return count;
}

void add_configs(const CreatableTopic& topic, const InheritedConfigs& inherited,
                 CreatableTopicResult& result) {
  ConfigMap own;
  for (const auto& config : topic.configs) own.insert_or_assign(config.name, *config.value);
  result.configs->reserve(inherited.size());
  for (const InheritedConfig& config : inherited) {
    if (config.def->listing == ConfigListing::kInternal) continue;
    auto& entry = result.configs->emplace_back();
    entry.name = config.def->name;
    entry.value = config.creation_value;
    entry.config_source = static_cast<std::int8_t>(config.creation_source);
    const auto set = own.find(config.def->name);
    if (set == own.end()) continue;
    entry.value = set->second;
    entry.config_source = static_cast<std::int8_t>(ConfigSource::kTopic);
  }
}

}  // namespace

void create_topics(Context& context, wire::CreateTopicsRequest request,
                   Reply<wire::CreateTopicsResponse> reply) {
  const NodeId node = reply.request().node;
  SortedRequest sorted = sort_request(request.topics);
  wire::CreateTopicsResponse response;
  if (count_partitions(context.cluster, node, sorted.topics) > kPartitionsPerRequestMax) {
    for (const CreatableTopic& topic : request.topics) {
      response.topics.push_back(
          refuse(topic.name, ErrorCode::kPolicyViolation, "Too many partitions for one request."));
    }
    return std::move(reply).send(std::move(response));
  }
  const ChangeMode mode = request.validate_only ? ChangeMode::kValidateOnly : ChangeMode::kApply;
  std::vector<CreatedTopic> created = create_topics(context.cluster, node, sorted.topics, mode);
  response.topics.reserve(created.size() + sorted.refused.size());
  for (std::size_t i = 0; i < created.size(); ++i) {
    CreatableTopicResult& result = response.topics.emplace_back();
    result.name = sorted.topics[i]->name;
    result.error_code = created[i].error.code;
    result.error_message = fitting(std::move(created[i].error.message));
    if (result.error_code != ErrorCode::kNone) continue;
    result.topic_id = created[i].topic_id;
    result.num_partitions = created[i].num_partitions;
    result.replication_factor = created[i].replication_factor;
    if (reply.request().version < kFirstVersionWithConfigs) continue;  // saves the work
    add_configs(*sorted.topics[i], context.cluster.inherited_configs(node), result);
  }
  std::move(sorted.refused.begin(), sorted.refused.end(), std::back_inserter(response.topics));
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
