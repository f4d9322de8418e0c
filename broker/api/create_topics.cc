// CreateTopics (19): makes topics, or says what would be wrong with them.
//
//   v5   the answer holds counts and configurations (KIP-525)
//   v7   the answer holds the topic's id (KIP-516)
#include "wire/messages/create_topics.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/controller_deadline.h"
#include "broker/api/error_messages.h"
#include "broker/api/repeated_keys.h"
#include "broker/cluster/changes.h"
#include "broker/cluster/topic_names.h"

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

CreatableTopicResult refuse(const std::string& name, ErrorCode error,
                            std::optional<std::string> message) {
  CreatableTopicResult result;
  result.name = name;
  result.error_code = error;
  result.error_message = std::move(message);
  return result;
}

SortedRequest sort_request(const std::vector<CreatableTopic>& topics) {
  RepeatedKeys<std::string_view> names(topics, &CreatableTopic::name);
  SortedRequest sorted;
  for (const CreatableTopic& topic : topics) {
    switch (names.take(topic.name)) {
      case Repetition::kNone:
        break;
      case Repetition::kFirst:
        sorted.refused.push_back(
            refuse(topic.name, ErrorCode::kInvalidRequest, kDuplicateTopicName));
        continue;
      case Repetition::kLater:
        continue;
    }
    if (ApiError error = check_reserved_name(topic.name); error.failed()) {
      sorted.refused.push_back(refuse(topic.name, error.code, std::move(error.message)));
    } else {
      sorted.topics.push_back(&topic);
    }
  }
  return sorted;
}

wire::CreateTopicsResponse refuse_all(const std::vector<CreatableTopic>& topics, ErrorCode error,
                                      const std::optional<std::string>& message) {
  wire::CreateTopicsResponse response;
  for (const CreatableTopic& topic : topics) {
    response.topics.push_back(refuse(topic.name, error, message));
  }
  return response;
}

// What the controller would write at most: a record for each topic, partition and configuration.
std::int64_t count_records(const Cluster& cluster, NodeId node, const SortedRequest& sorted) {
  std::int64_t count = count_new_partitions(cluster, node, sorted.topics);
  for (const CreatableTopic* topic : sorted.topics) count += 1 + std::ssize(topic->configs);
  return count;
}

// The same of the topics that are right.
std::int64_t count_good_records(Cluster& cluster, NodeId node, const SortedRequest& sorted) {
  const std::vector<CreatedTopic> created =
      create_topics(cluster, node, sorted.topics, ChangeMode::kValidateOnly);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < created.size(); ++i) {
    if (created[i].error.failed()) continue;
    count += 1 + created[i].num_partitions + std::ssize(sorted.topics[i]->configs);
  }
  return count;
}

// More than the controller writes at once (MAX_RECORDS_PER_USER_OP).
bool is_too_large(Cluster& cluster, NodeId node, const SortedRequest& sorted) {
  constexpr std::int64_t kRecordsMax = 10'000;
  return count_records(cluster, node, sorted) > kRecordsMax &&
         count_good_records(cluster, node, sorted) > kRecordsMax;
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
  if (!sorted.topics.empty() && is_overdue(request.timeout_ms)) {
    return std::move(reply).send(
        refuse_all(request.topics, ErrorCode::kRequestTimedOut, std::nullopt));
  }
  if (count_new_partitions(context.cluster, node, sorted.topics) > kPartitionsPerRequestMax) {
    return std::move(reply).send(refuse_all(request.topics, ErrorCode::kPolicyViolation,
                                            "Excessively large number of partitions per request."));
  }
  if (is_too_large(context.cluster, node, sorted)) {
    return std::move(reply).send(
        refuse_all(request.topics, ErrorCode::kPolicyViolation,
                   "Unable to perform excessively large batch operation."));
  }
  wire::CreateTopicsResponse response;
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
    add_configs(*sorted.topics[i], context.cluster.configs().inherited(node), result);
  }
  std::move(sorted.refused.begin(), sorted.refused.end(), std::back_inserter(response.topics));
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
