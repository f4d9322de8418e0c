#include "broker/cluster/changes.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "broker/cluster/topic_names.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_topics_request::CreatableTopic;
using Assignments = std::vector<std::vector<NodeId>>;

// In requests.
constexpr std::int32_t kBrokerDefault = -1;

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
  return check_reserved_name(name);
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

// Its configurations have values.
TopicSpec spec_of(const CreatableTopic& topic) {
  TopicSpec spec{.name = topic.name,
                 .partitions = topic.num_partitions,
                 .replication_factor = topic.replication_factor};
  for (const auto& config : topic.configs) {
    spec.configs.insert_or_assign(config.name, *config.value);
  }
  return spec;
}

// What is common to the replica lists of CreateTopics and CreatePartitions; `expected_count` is the
// size of the lists before.
ApiError check_replicas(const Cluster& cluster, const std::vector<NodeId>& replicas,
                        std::optional<std::size_t> expected_count) {
  const auto refuse = [](std::string why) -> ApiError {
    return {ErrorCode::kInvalidReplicaAssignment,
            "The manual partition assignment includes " + why};
  };
  if (replicas.empty()) return refuse("an empty replica list.");
  std::vector<NodeId> sorted = replicas;
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (cluster.find_node(sorted[i]) == nullptr) {
      return refuse("broker " + std::to_string(sorted[i]) + ", but no such broker is registered.");
    }
    if (i > 0 && sorted[i] == sorted[i - 1]) {
      return refuse("the broker " + std::to_string(sorted[i]) + " more than once.");
    }
  }
  if (expected_count && replicas.size() != *expected_count) {
    return refuse("a partition with " + std::to_string(replicas.size()) +
                  " replica(s), but this is not consistent with previous partitions, which have " +
                  std::to_string(*expected_count) + " replica(s).");
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
                  "A manual partition assignment was specified, but replication factor was not set "
                  "to -1.");
  }
  if (topic.num_partitions != kBrokerDefault) {
    return refuse(ErrorCode::kInvalidRequest,
                  "A manual partition assignment was specified, but numPartitions was not set to "
                  "-1.");
  }
  std::map<std::int32_t, const std::vector<NodeId>*> by_index;
  std::optional<std::size_t> replica_count;
  for (const auto& assignment : topic.assignments) {
    if (!by_index.emplace(assignment.partition_index, &assignment.broker_ids).second) {
      return refuse(ErrorCode::kInvalidReplicaAssignment,
                    "Found multiple manual partition assignments for partition " +
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
                    "partitions should be a consecutive 0-based integer sequence");
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
         " broker(s) are registered or some brokers have all their log directories cordoned.";
}

std::int64_t or_default(std::int64_t given, std::int64_t initial) {
  return given == kBrokerDefault ? initial : given;
}

std::variant<Assignments, ApiError> placed_assignments(Cluster& cluster, NodeId node,
                                                       const TopicSpec& topic) {
  const std::int64_t partitions = topic.partitions.value_or(kBrokerDefault);
  const std::int64_t replicas = topic.replication_factor.value_or(kBrokerDefault);
  if (replicas < kBrokerDefault || replicas == 0) {
    return ApiError{ErrorCode::kInvalidReplicationFactor,
                    "Replication factor must be larger than 0, or -1 to use the default value."};
  }
  if (partitions < kBrokerDefault || partitions == 0) {
    return ApiError{ErrorCode::kInvalidPartitions,
                    "Number of partitions was set to an invalid non-positive value."};
  }
  const BrokerConfig& config = cluster.configs().of(node);
  const std::int64_t partition_count = or_default(partitions, config.num_partitions);
  const std::int64_t replication_factor = or_default(replicas, config.default_replication_factor);
  if (partition_count > kPartitionsPerRequestMax) {
    return ApiError{ErrorCode::kPolicyViolation, "A topic is created with at most " +
                                                     std::to_string(kPartitionsPerRequestMax) +
                                                     " partitions, and this one would have " +
                                                     std::to_string(partition_count) + "."};
  }
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

// The name has been checked. `assign` places the partitions, once the configurations are right.
template <class Assign>
CreatedTopic create_checked(Cluster& cluster, NodeId node, TopicSpec topic, ChangeMode mode,
                            const Assign& assign) {
  if (std::optional<std::string> why = check_topic_configs(cluster.configs().defs(), topic.configs,
                                                           cluster.configs().inherited(node))) {
    return {{ErrorCode::kInvalidConfig, std::move(why)}};
  }
  std::variant<Assignments, ApiError> assigned = assign(topic);
  if (ApiError* error = std::get_if<ApiError>(&assigned)) return {std::move(*error)};
  const Assignments& assignments = *std::get_if<Assignments>(&assigned);
  CreatedTopic created{.error = {},
                       .num_partitions = static_cast<std::int32_t>(assignments.size()),
                       .replication_factor = static_cast<std::int16_t>(assignments.front().size())};
  if (mode == ChangeMode::kValidateOnly) {
    created.topic_id = cluster.random().uuid();
    return created;
  }
  const Topic* added =
      cluster.add_topic(std::move(topic.name), assignments, std::move(topic.configs));
  if (added == nullptr) return {ApiError{ErrorCode::kKafkaStorageError, kNotKept}};
  created.topic_id = added->id;
  return created;
}

CreatedTopic create_requested(Cluster& cluster, NodeId node, const CreatableTopic& topic,
                              ChangeMode mode) {
  if (ApiError error = check_null_configs(topic); error.failed()) return {std::move(error)};
  return create_checked(cluster, node, spec_of(topic), mode, [&](const TopicSpec& spec) {
    return topic.assignments.empty() ? placed_assignments(cluster, node, spec)
                                     : manual_assignments(cluster, topic);
  });
}

// An internal topic as its coordinator wants it.
TopicSpec internal_topic_spec(const InternalTopicDef& def, const BrokerConfig& broker) {
  const InternalTopicConfig& config = broker.internal_topic(def.topic);
  return {.name = std::string(def.name),
          .partitions = static_cast<std::int32_t>(config.num_partitions),
          .replication_factor = static_cast<std::int16_t>(config.replication_factor),
          .configs = creation_configs(def, config)};
}

}  // namespace

std::vector<CreatedTopic> create_topics(Cluster& cluster, NodeId node,
                                        std::span<const CreatableTopic* const> topics,
                                        ChangeMode mode) {
  // All names are looked at before the first topic is made: two new names of one request never
  // collide with each other.
  std::vector<CreatedTopic> results;
  results.reserve(topics.size());
  for (const CreatableTopic* topic : topics) results.push_back({check_name(cluster, topic->name)});
  for (std::size_t i = 0; i < topics.size(); ++i) {
    if (!results[i].error.failed()) results[i] = create_requested(cluster, node, *topics[i], mode);
  }
  return results;
}

std::int64_t count_new_partitions(const Cluster& cluster, NodeId node,
                                  std::span<const CreatableTopic* const> topics) {
  std::int64_t count = 0;
  for (const CreatableTopic* topic : topics) {
    if (!topic->assignments.empty()) {
      count += static_cast<std::int64_t>(topic->assignments.size());
    } else {
      count += std::max<std::int64_t>(
          or_default(topic->num_partitions, cluster.configs().of(node).num_partitions), 0);
    }
  }
  return count;
}

std::int64_t count_new_partitions(
    const Cluster& cluster,
    std::span<const wire::create_partitions_request::CreatePartitionsTopic> topics) {
  std::int64_t count = 0;
  for (const auto& wanted : topics) {
    const Topic* topic = cluster.find_topic(wanted.name);
    if (topic == nullptr) continue;
    count += std::max<std::int64_t>(wanted.count - std::ssize(topic->partitions), 0);
  }
  return count;
}

CreatedTopic create_topic(Cluster& cluster, NodeId node, const TopicSpec& topic) {
  if (ApiError error = check_name(cluster, topic.name); error.failed()) return {std::move(error)};
  return create_checked(cluster, node, topic, ChangeMode::kApply, [&](const TopicSpec& spec) {
    return placed_assignments(cluster, node, spec);
  });
}

void auto_create_topic(Cluster& cluster, NodeId node, std::string_view name) {
  const InternalTopicDef* internal = find_internal_topic(name);
  create_topic(cluster, node,
               internal == nullptr ? TopicSpec{.name = std::string(name)}
                                   : internal_topic_spec(*internal, cluster.configs().of(node)));
}

const Node* find_coordinator(Cluster& cluster, NodeId node, InternalTopic topic,
                             std::string_view key) {
  const std::string_view name = def_of(topic).name;
  if (cluster.find_topic(name) == nullptr) {
    auto_create_topic(cluster, node, name);
    return nullptr;
  }
  const std::int32_t index = cluster.partition_of(topic, node, key);
  const Partition* partition = cluster.find_partition(name, index);
  return partition == nullptr ? nullptr : cluster.find_node(partition->leadership().leader);
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
              "Attempted to add " + std::to_string(added_count) +
                  " additional partition(s), but only " +
                  std::to_string(request.assignments->size()) + " assignment(s) were specified."};
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
    assignments = cluster.place_replicas(added_count, replica_count);
  }
  if (mode == ChangeMode::kApply && !cluster.add_partitions(*topic, assignments)) {
    return {ErrorCode::kKafkaStorageError, kNotKept};
  }
  return {};
}

}  // namespace understudy::broker
