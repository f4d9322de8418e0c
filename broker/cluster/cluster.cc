#include "broker/cluster/cluster.h"

#include <algorithm>
#include <utility>

#include "broker/cluster/internal_topics.h"
#include "broker/cluster/topic_names.h"
#include "broker/log/files.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr NodeId kNoLeader = -1;

Leadership new_leadership(const std::vector<NodeId>& replicas) {
  ASSERT(!replicas.empty());
  return {.replicas = replicas, .isr = replicas, .leader = replicas.front()};
}

constexpr NodeId kNoNode = -1;

// The name of a resource of brokers: empty for all of them.
std::string broker_resource_name(std::optional<NodeId> node) {
  return node ? std::to_string(*node) : std::string();
}

// The nodes with racks alternating, so that neighbours in the result share no rack if possible.
std::vector<NodeId> in_rack_order(const std::vector<Node>& nodes) {
  std::map<std::string, std::vector<NodeId>> by_rack;
  for (const Node& node : nodes) by_rack[node.rack.value_or("")].push_back(node.id);
  std::vector<NodeId> order;
  for (std::size_t round = 0; order.size() < nodes.size(); ++round) {
    for (const auto& [rack, ids] : by_rack) {
      if (round < ids.size()) order.push_back(ids[round]);
    }
  }
  return order;
}

}  // namespace

Cluster::Cluster(ClusterOptions options, const Profile& profile, Random& random,
                 LogEnvironment environment)
    : options_(std::move(options)),
      profile_(profile),
      random_(random),
      environment_(std::move(environment)),
      configs_(profile, options_.nodes.size(), std::move(options_.static_configs)),
      metadata_log_(environment_),
      logs_(environment_, profile, topics_) {
  ASSERT(!options_.nodes.empty());
  for (Node& node : options_.nodes) {
    if (!node.rack) node.rack = configs_.of(node.id).broker_rack;
  }
  logs_.set_config(configs_.shared(options_.nodes.front().id));
}

Cluster::~Cluster() = default;

const Node* Cluster::find_node(NodeId id) const {
  const auto found = std::ranges::find(options_.nodes, id, &Node::id);
  return found == options_.nodes.end() ? nullptr : &*found;
}

Topic* Cluster::find_topic(std::string_view name) const {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : found->second.get();
}

Topic* Cluster::find_topic(const wire::Uuid& id) const {
  const auto found = by_id_.find({id, -1});
  return found == by_id_.end() ? nullptr : found->second;
}

Partition* Cluster::find_partition(std::string_view topic, std::int32_t index) const {
  const Topic* found = find_topic(topic);
  return found == nullptr ? nullptr : found->partition(index);
}

std::int32_t Cluster::partition_of(InternalTopic topic, NodeId node, std::string_view key) const {
  InternalTopicConfig config = configs_.of(node).internal_topic(topic);
  const std::int64_t found = found_internal_partitions_[static_cast<std::size_t>(topic)];
  if (found > 0) config.num_partitions = found;
  return partition_for(config, key);
}

Partition* Cluster::find_partition(const PartitionKey& key) const {
  const Topic* found = find_topic(key.topic_id);
  return found == nullptr ? nullptr : found->partition(key.index);
}

const std::string* Cluster::find_colliding_topic(std::string_view name) const {
  if (!has_collision_chars(name)) return nullptr;
  const auto found = by_unified_name_.find(unified_topic_name(name));
  return found == by_unified_name_.end() ? nullptr : &*found->second.begin();
}

Topic* Cluster::add_topic(std::string name, const std::vector<std::vector<NodeId>>& assignments,
                          ConfigMap configs) {
  ASSERT(find_topic(name) == nullptr);
  if (!logs_.forget_checkpoints(name)) return nullptr;
  // With a seed that is used again ids are drawn again.
  wire::Uuid id = random_.uuid();
  while (find_topic(id) != nullptr) id = random_.uuid();
  MetadataRecords records;
  records.add(wire::TopicRecord{.name = name, .topic_id = id});
  records.add_config_changes(kTopicResource, name, {}, configs);
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    records.add_partition(id, static_cast<std::int32_t>(i), new_leadership(assignments[i]));
  }
  if (!metadata_log_.append(records)) return nullptr;
  Topic& topic = make_topic(std::move(name), id, std::move(configs));
  topic.partitions.reserve(assignments.size());
  for (const std::vector<NodeId>& replicas : assignments) {
    const auto index = static_cast<std::int32_t>(topic.partitions.size());
    topic.partitions.push_back(make_partition(topic, index, new_leadership(replicas)));
    environment_.led_by({topic.id, index}, kNoLeader, replicas.front());
  }
  environment_.record(TopicCreatedEvent{
      .topic = topic.name, .partition_count = static_cast<std::int32_t>(topic.partitions.size())});
  return &topic;
}

Topic& Cluster::make_topic(std::string name, wire::Uuid id, ConfigMap configs) {
  auto topic = std::make_unique<Topic>();
  topic->name = std::move(name);
  topic->id = id;
  topic->is_internal = is_internal_topic(topic->name);
  topic->configs = std::move(configs);
  topic->effective = make_effective(*topic, kNoNode);
  Topic& added = *topic;
  topics_.emplace(added.name, std::move(topic));
  by_id_.emplace(PartitionKey{added.id, -1}, &added);
  if (has_collision_chars(added.name))
    by_unified_name_[unified_topic_name(added.name)].insert(added.name);
  return added;
}

bool Cluster::add_partitions(Topic& topic, const std::vector<std::vector<NodeId>>& assignments) {
  MetadataRecords records;
  const std::size_t first = topic.partitions.size();
  for (std::size_t i = 0; i < assignments.size(); ++i) {
    records.add_partition(topic.id, static_cast<std::int32_t>(first + i),
                          new_leadership(assignments[i]));
  }
  if (!metadata_log_.append(records)) return false;
  topic.partitions.reserve(first + assignments.size());
  for (const std::vector<NodeId>& replicas : assignments) {
    const auto index = static_cast<std::int32_t>(topic.partitions.size());
    topic.partitions.push_back(make_partition(topic, index, new_leadership(replicas)));
    environment_.led_by({topic.id, index}, kNoLeader, replicas.front());
  }
  return true;
}

std::unique_ptr<Partition> Cluster::make_partition(const Topic& topic, std::int32_t index,
                                                   Leadership leadership) {
  const NodeId leader = leadership.leader;
  return std::make_unique<Partition>(
      topic.id, topic.name, index, std::move(leadership), make_effective(topic, leader),
      ProducerStateOptions{.expiration_ms = configs_.of(leader).producer_id_expiration_ms,
                           .unknown_producer = profile_.unknown_producer_rule()},
      environment_);
}

bool Cluster::remove_topic(Topic& topic) {
  MetadataRecords records;
  records.add(wire::RemoveTopicRecord{.topic_id = topic.id});
  if (!metadata_log_.append(records)) return false;
  by_id_.erase({topic.id, -1});
  if (has_collision_chars(topic.name)) {
    const auto unified = by_unified_name_.find(unified_topic_name(topic.name));
    ASSERT(unified != by_unified_name_.end());
    unified->second.erase(topic.name);
    if (unified->second.empty()) by_unified_name_.erase(unified);
  }
  const std::string name = topic.name;
  std::vector<Partition::Remains> remains;
  for (auto& partition : topic.partitions) {
    if (auto left = partition->remains()) remains.push_back(std::move(*left));
  }
  const wire::Uuid id = topic.id;
  const auto partition_count = static_cast<std::int32_t>(topic.partitions.size());
  topics_.erase(name);
  for (const Partition::Remains& left : remains) {
    discard_later(environment_, left.directory, left.discarded, left.delay_ms);
  }
  logs_.topic_removed(name);
  environment_.record(TopicDeletedEvent{.topic = name});
  for (std::int32_t index = 0; index < partition_count; ++index) {
    environment_.removed({id, index});
  }
  return true;
}

std::optional<std::int64_t> Cluster::allocate_producer_ids(NodeId node) {
  const std::int64_t first = next_producer_id_;
  MetadataRecords records;
  records.add(
      wire::ProducerIdsRecord{.broker_id = node, .next_producer_id = first + kProducerIdBlockSize});
  if (!metadata_log_.append(records)) return std::nullopt;
  next_producer_id_ = first + kProducerIdBlockSize;
  // Whatever the durability: two producers with one id would take each other's batches for
  // duplicates.
  if (!metadata_log_.sync()) return std::nullopt;
  return first;
}

std::vector<std::vector<NodeId>> Cluster::place_replicas(std::size_t count,
                                                         std::size_t replication_factor) {
  const std::vector<NodeId> order = in_rack_order(options_.nodes);
  ASSERT(replication_factor > 0);
  ASSERT(replication_factor <= order.size());
  const std::size_t start = random_.below(order.size());
  std::vector<std::vector<NodeId>> assignments(count);
  for (std::size_t partition = 0; partition < count; ++partition) {
    for (std::size_t replica = 0; replica < replication_factor; ++replica) {
      assignments[partition].push_back(order[(start + partition + replica) % order.size()]);
    }
  }
  return assignments;
}

void Cluster::elect(Partition& partition, NodeId leader, Partition::Tail tail) {
  // As LogManager.truncateTo does, but before anything is cut: no start may meet records in the
  // place of those that go and take them for synced.
  if (tail == Partition::Tail::kLose) {
    partition.lower_recovery_point();
    if (!logs_.write_recovery_points()) {
      environment_.report(partition_directory(partition.topic(), partition.index()) +
                          ": its recovery point could not be written down; it keeps its leader");
      return;
    }
  }
  const NodeId before = partition.leadership().leader;
  partition.elect(leader, tail);
  environment_.record(LeaderMovedEvent{.topic = partition.topic(),
                                       .partition = partition.index(),
                                       .before = before,
                                       .now = leader,
                                       .leader_epoch = partition.leadership().leader_epoch});
  MetadataRecords records;
  records.add(wire::PartitionChangeRecord{.partition_id = partition.index(),
                                          .topic_id = partition.key().topic_id,
                                          .isr = partition.leadership().isr,
                                          .leader = leader});
  if (!metadata_log_.append(records)) {
    environment_.report("the election of node " + std::to_string(leader) + " for " +
                        partition_directory(partition.topic(), partition.index()) +
                        " could not be written down");
  }
  const Topic* topic = find_topic(partition.topic());
  ASSERT(topic != nullptr);
  apply_configs(*topic, partition);
}

bool Cluster::set_topic_configs(Topic& topic, ConfigMap configs) {
  MetadataRecords records;
  records.add_config_changes(kTopicResource, topic.name, topic.configs, configs);
  if (!metadata_log_.append(records)) return false;
  topic.configs = std::move(configs);
  apply_configs(topic);
  return true;
}

bool Cluster::set_broker_configs(std::optional<NodeId> node, ConfigMap configs) {
  MetadataRecords records;
  records.add_config_changes(kBrokerResource, broker_resource_name(node), configs_.dynamic(node),
                             configs);
  if (!metadata_log_.append(records)) return false;
  use_broker_configs(node, std::move(configs));
  for (const auto& [name, topic] : topics_) apply_configs(*topic);
  return true;
}

bool Cluster::set_group_configs(const std::string& group, ConfigMap configs) {
  MetadataRecords records;
  records.add_config_changes(kGroupResource, group, configs_.of_group(group), configs);
  if (!metadata_log_.append(records)) return false;
  configs_.set_of_group(group, std::move(configs));
  return true;
}

// Tasks of the whole broker go by the first node.
void Cluster::use_broker_configs(std::optional<NodeId> node, ConfigMap configs) {
  configs_.set_dynamic(node, std::move(configs));
  logs_.set_config(configs_.shared(options_.nodes.front().id));
}

std::optional<std::string> Cluster::restart_partition(Topic& topic, std::int32_t index,
                                                      const std::optional<Crash>& crash) {
  return logs_.restart_partition(
      topic.partitions[static_cast<std::size_t>(index)], crash,
      [&](Leadership next) { return make_partition(topic, index, std::move(next)); });
}

std::shared_ptr<const TopicConfig> Cluster::make_effective(const Topic& topic,
                                                           NodeId leader) const {
  if (topic.configs.empty()) return configs_.topic_defaults(leader);
  // All partitions under one view share what was made for the topic.
  if (configs_.is_like_others(leader) && topic.effective != nullptr) return topic.effective;
  return std::make_shared<const TopicConfig>(
      make_topic_config(topic.configs, configs_.inherited(leader)));
}

void Cluster::apply_configs(Topic& topic) {
  topic.effective = nullptr;
  topic.effective = make_effective(topic, kNoNode);
  for (const auto& partition : topic.partitions) apply_configs(topic, *partition);
}

void Cluster::apply_configs(const Topic& topic, Partition& partition) {
  const NodeId leader = partition.leadership().leader;
  partition.set_config(make_effective(topic, leader));
  partition.producers().set_expiration_ms(configs_.of(leader).producer_id_expiration_ms);
}

ConfigMap Cluster::properties_of(const Node& node) const {
  ConfigMap properties = configs_.properties();
  const std::string id = std::to_string(node.id);
  const bool is_ipv6 = node.host.find(':') != std::string::npos;
  const std::string listener = "PLAINTEXT://" + (is_ipv6 ? "[" + node.host + "]" : node.host) +
                               ":" + std::to_string(node.port);
  properties.emplace("node.id", id);
  properties.emplace("broker.id", id);
  properties.emplace("process.roles", "broker,controller");
  properties.emplace("listeners", listener);
  properties.emplace("advertised.listeners", listener);
  properties.emplace("log.dirs", environment_.storage.directory());
  if (node.rack) properties.insert_or_assign("broker.rack", *node.rack);
  return properties;
}

}  // namespace understudy::broker
