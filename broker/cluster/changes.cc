#include "broker/cluster/changes.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_topics_request::CreatableTopic;
using Assignments = std::vector<std::vector<NodeId>>;

constexpr std::size_t kTopicNameLengthMax = 249;
constexpr std::int32_t kBrokerDefault = -1;

bool is_legal_in_names(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

ApiError check_name(const Cluster& cluster, const std::string& name) {
  if (cluster.find_topic(name) != nullptr) {
    return {ErrorCode::kTopicAlreadyExists, "Topic '" + name + "' already exists."};
  }
  if (const std::string* other = cluster.find_colliding_topic(name)) {
    return {ErrorCode::kInvalidTopicException,
            "Topic '" + name + "' collides with existing topic: " + *other};
  }
  if (std::optional<std::string> reason = invalid_topic_name(name)) {
    return {ErrorCode::kInvalidTopicException, std::move(reason)};
  }
  // However it is to be made: its files are those of the metadata log.
  if (name == kMetadataTopic) {
    return {ErrorCode::kInvalidRequest, "The topic " + name + " cannot be created."};
  }
  return {};
}

ApiError check_null_configs(const CreatableTopic& topic) {
  std::string names;
  for (const auto& config : topic.configs) {
    if (config.value) continue;
    if (!names.empty()) names += ',';
    names += config.name;
  }
  if (names.empty()) return {};
  return {ErrorCode::kInvalidConfig, "Null value not supported for topic configs: " + names};
}

ConfigMap configs_of(const CreatableTopic& topic) {
  ConfigMap configs;
  for (const auto& config : topic.configs) configs.insert_or_assign(config.name, *config.value);
  return configs;
}

// What is common to the replica lists of CreateTopics and CreatePartitions; `expected_count` is the
// size of the lists before.
ApiError check_replicas(const Cluster& cluster, const std::vector<NodeId>& replicas,
                        std::optional<std::size_t> expected_count) {
  const auto refuse = [](std::string why) -> ApiError {
    return {ErrorCode::kInvalidReplicaAssignment, "The assignment has " + why};
  };
  if (replicas.empty()) return refuse("an empty replica list.");
  std::vector<NodeId> sorted = replicas;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (cluster.find_node(sorted[i]) == nullptr) {
      return refuse("broker " + std::to_string(sorted[i]) + ", which does not exist.");
    }
    if (i > 0 && sorted[i] == sorted[i - 1]) {
      return refuse("broker " + std::to_string(sorted[i]) + " more than once.");
    }
  }
  if (expected_count && replicas.size() != *expected_count) {
    return refuse("a partition with " + std::to_string(replicas.size()) +
                  " replica(s) where the others have " + std::to_string(*expected_count) + ".");
  }
  return {};
}

std::variant<Assignments, ApiError> manual_assignments(const Cluster& cluster,
                                                       const CreatableTopic& topic) {
  const auto refuse = [](ErrorCode code, std::string message) {
    return ApiError{code, std::move(message)};
  };
  if (topic.replication_factor != kBrokerDefault) {
    return refuse(ErrorCode::kInvalidRequest,
                  "With assignments the replication factor has to be -1.");
  }
  if (topic.num_partitions != kBrokerDefault) {
    return refuse(ErrorCode::kInvalidRequest,
                  "With assignments the number of partitions has to be -1.");
  }
  std::map<std::int32_t, const std::vector<NodeId>*> by_index;
  std::optional<std::size_t> replica_count;
  for (const auto& assignment : topic.assignments) {
    if (!by_index.emplace(assignment.partition_index, &assignment.broker_ids).second) {
      return refuse(ErrorCode::kInvalidReplicaAssignment,
                    "There is more than one assignment for partition " +
                        std::to_string(assignment.partition_index));
    }
    if (ApiError error = check_replicas(cluster, assignment.broker_ids, replica_count);
        error.failed()) {
      return error;
    }
    replica_count = assignment.broker_ids.size();
  }
  Assignments assignments;
  for (const auto& [index, replicas] : by_index) {
    if (index != static_cast<std::int32_t>(assignments.size())) {
      return refuse(ErrorCode::kInvalidReplicaAssignment,
                    "Partition indexes have to be 0, 1, 2 and so on without a gap.");
    }
    assignments.push_back(*replicas);
  }
  return assignments;
}

// Why so many replicas are too many; nothing if they are not.
std::optional<std::string> too_few_brokers(const Cluster& cluster, std::size_t replication_factor) {
  if (replication_factor <= cluster.nodes().size()) return std::nullopt;
  return "The target replication factor of " + std::to_string(replication_factor) +
         " cannot be reached because only " + std::to_string(cluster.nodes().size()) +
         " broker(s) are registered.";
}

std::variant<Assignments, ApiError> placed_assignments(Cluster& cluster, NodeId node,
                                                       const CreatableTopic& topic) {
  if (topic.replication_factor < kBrokerDefault || topic.replication_factor == 0) {
    return ApiError{ErrorCode::kInvalidReplicationFactor,
                    "The replication factor has to be positive, or -1 for the broker's default."};
  }
  if (topic.num_partitions < kBrokerDefault || topic.num_partitions == 0) {
    return ApiError{ErrorCode::kInvalidPartitions,
                    "The number of partitions has to be positive, or -1 for the broker's default."};
  }
  const std::int64_t partition_count = topic.num_partitions == kBrokerDefault
                                           ? cluster.broker_config_int(node, "num.partitions")
                                           : topic.num_partitions;
  const std::int64_t replication_factor =
      topic.replication_factor == kBrokerDefault
          ? cluster.broker_config_int(node, "default.replication.factor")
          : topic.replication_factor;
  const std::string prefix =
      "Unable to replicate the partition " + std::to_string(replication_factor) + " time(s): ";
  if (replication_factor <= 0) {
    return ApiError{ErrorCode::kInvalidReplicationFactor,
                    prefix + "the replication factor has to be positive."};
  }
  const auto replica_count = static_cast<std::size_t>(replication_factor);
  if (const std::optional<std::string> why = too_few_brokers(cluster, replica_count)) {
    return ApiError{ErrorCode::kInvalidReplicationFactor, prefix + *why};
  }
  return cluster.place_replicas(static_cast<std::size_t>(partition_count), replica_count);
}

CreatedTopic create_topic(Cluster& cluster, NodeId node, const CreatableTopic& topic,
                          ChangeMode mode) {
  if (ApiError error = check_null_configs(topic); error.failed()) return {std::move(error)};
  ConfigMap configs = configs_of(topic);
  if (std::optional<std::string> why =
          check_topic_configs(cluster.config_defs(), configs, cluster.inherited_configs(node))) {
    return {{ErrorCode::kInvalidConfig, std::move(why)}};
  }
  std::variant<Assignments, ApiError> assigned = topic.assignments.empty()
                                                     ? placed_assignments(cluster, node, topic)
                                                     : manual_assignments(cluster, topic);
  if (ApiError* error = std::get_if<ApiError>(&assigned)) return {std::move(*error)};
  const Assignments& assignments = *std::get_if<Assignments>(&assigned);
  CreatedTopic created{.error = {},
                       .num_partitions = static_cast<std::int32_t>(assignments.size()),
                       .replication_factor = static_cast<std::int16_t>(assignments.front().size())};
  if (mode == ChangeMode::kValidateOnly) {
    created.topic_id = cluster.random().uuid();
    return created;
  }
  const Topic* added = cluster.add_topic(topic.name, assignments, std::move(configs));
  if (added == nullptr) return {ApiError{ErrorCode::kKafkaStorageError, kNotKept}};
  created.topic_id = added->id;
  return created;
}

// The inner topics as their coordinators want them
// (GroupCoordinatorService.groupMetadataTopicConfigs and its kin).
CreatableTopic described_inner_topic(const Cluster& cluster, NodeId node, std::string name) {
  const bool is_offsets = name == "__consumer_offsets";
  const std::string prefix = is_offsets                      ? "offsets.topic."
                             : name == "__transaction_state" ? "transaction.state.log."
                                                             : "share.coordinator.state.topic.";
  CreatableTopic topic{.name = std::move(name),
                       .num_partitions = 0,
                       .replication_factor = 0,
                       .assignments = {},
                       .configs = {}};
  topic.num_partitions =
      static_cast<std::int32_t>(cluster.broker_config_int(node, prefix + "num.partitions"));
  topic.replication_factor =
      static_cast<std::int16_t>(cluster.broker_config_int(node, prefix + "replication.factor"));
  topic.configs.push_back(
      {.name = "segment.bytes", .value = cluster.broker_config(node, prefix + "segment.bytes")});
  if (topic.name == "__share_group_state") {
    topic.configs.push_back({.name = "cleanup.policy", .value = "delete"});
    topic.configs.push_back({.name = "retention.ms", .value = "-1"});
  } else {
    topic.configs.push_back({.name = "cleanup.policy", .value = "compact"});
  }
  if (is_offsets) {
    topic.configs.push_back({.name = "compression.type", .value = "producer"});
    return topic;
  }
  topic.configs.push_back(
      {.name = "min.insync.replicas", .value = cluster.broker_config(node, prefix + "min.isr")});
  if (topic.name == "__transaction_state") {
    topic.configs.push_back({.name = "compression.type", .value = "uncompressed"});
    topic.configs.push_back({.name = "unclean.leader.election.enable", .value = "false"});
  }
  return topic;
}

}  // namespace

std::optional<std::string> invalid_topic_name(std::string_view name) {
  if (name.empty()) return "A topic name cannot be empty.";
  if (name == "." || name == "..") return "A topic name cannot be '.' or '..'.";
  if (name.size() > kTopicNameLengthMax) {
    return "The topic name '" + std::string(name) + "' is longer than " +
           std::to_string(kTopicNameLengthMax) + " characters.";
  }
  if (!std::ranges::all_of(name, is_legal_in_names)) {
    return "The topic name '" + std::string(name) +
           "' has characters other than ASCII letters, digits, '.', '_' and '-'.";
  }
  return std::nullopt;
}

std::vector<CreatedTopic> create_topics(Cluster& cluster, NodeId node,
                                        std::span<const CreatableTopic* const> topics,
                                        ChangeMode mode) {
  // All names are looked at before the first topic is made: two new names of one request never
  // collide with each other.
  std::vector<CreatedTopic> results;
  results.reserve(topics.size());
  for (const CreatableTopic* topic : topics) results.push_back({check_name(cluster, topic->name)});
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (!results[i].error.failed()) results[i] = create_topic(cluster, node, *topics[i], mode);
  }
  return results;
}

void auto_create_topic(Cluster& cluster, NodeId node, std::string_view name) {
  const CreatableTopic topic =
      is_internal_topic(name)
          ? described_inner_topic(cluster, node, std::string(name))
          : CreatableTopic{.name = std::string(name),
                           .num_partitions = kBrokerDefault,
                           .replication_factor = static_cast<std::int16_t>(kBrokerDefault),
                           .assignments = {},
                           .configs = {}};
  const CreatableTopic* const one = &topic;
  create_topics(cluster, node, {&one, 1}, ChangeMode::kApply);
}

ApiError create_partitions(Cluster& cluster,
                           const wire::create_partitions_request::CreatePartitionsTopic& request,
                           ChangeMode mode) {
  Topic* topic = cluster.find_topic(request.name);
  if (topic == nullptr) return {ErrorCode::kUnknownTopicOrPartition};
  const auto current = static_cast<std::int64_t>(topic->partitions.size());
  if (request.count == current) {
    return {ErrorCode::kInvalidPartitions,
            "Topic already has " + std::to_string(current) + " partition(s)."};
  }
  if (request.count < current) {
    return {ErrorCode::kInvalidPartitions,
            "The topic " + request.name + " currently has " + std::to_string(current) +
                " partition(s); " + std::to_string(request.count) + " would not be an increase."};
  }
  const auto added_count = static_cast<std::size_t>(request.count - current);
  const std::size_t replica_count = topic->partitions.front()->leadership().replicas.size();
  Assignments assignments;
  if (request.assignments) {
    if (request.assignments->size() != added_count) {
      return {ErrorCode::kInvalidReplicaAssignment,
              "There are " + std::to_string(request.assignments->size()) + " assignment(s) for " +
                  std::to_string(added_count) + " new partition(s)."};
    }
    for (const auto& assignment : *request.assignments) {
      ApiError error = check_replicas(cluster, assignment.broker_ids, replica_count);
      if (error.failed()) return error;
      assignments.push_back(assignment.broker_ids);
    }
  } else {
    if (std::optional<std::string> why = too_few_brokers(cluster, replica_count)) {
      return {ErrorCode::kInvalidReplicationFactor, std::move(why)};
    }
    if (added_count > static_cast<std::size_t>(kPartitionsPerRequestMax)) {
      return {ErrorCode::kPolicyViolation, "Too many partitions for one request."};
    }
    assignments = cluster.place_replicas(added_count, replica_count);
  }
  if (mode == ChangeMode::kApply && !cluster.add_partitions(*topic, assignments)) {
    return {ErrorCode::kKafkaStorageError, kNotKept};
  }
  return {};
}

}  // namespace understudy::broker
