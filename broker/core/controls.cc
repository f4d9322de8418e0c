#include "broker/core/controls.h"

#include <algorithm>
#include <utility>

namespace understudy::broker {
namespace {

using wire::ErrorCode;

TopicView view_of(const Topic& topic) {
  return {.name = topic.name,
          .id = topic.id,
          .is_internal = topic.is_internal,
          .partition_count = static_cast<std::int32_t>(topic.partitions.size()),
          .configs = {topic.configs.begin(), topic.configs.end()}};
}

PartitionView view_of(const Partition& partition) {
  const Leadership& leadership = partition.leadership();
  return {.key = partition.key(),
          .leader = leadership.leader,
          .leader_epoch = leadership.leader_epoch,
          .partition_epoch = leadership.partition_epoch,
          .replicas = leadership.replicas,
          .isr = leadership.isr,
          .log_start_offset = partition.log_start_offset(),
          .log_end_offset = partition.log_end_offset(),
          .high_watermark = partition.high_watermark(),
          .last_stable_offset = partition.last_stable_offset(),
          .recovery_point = partition.recovery_point(),
          .size_bytes = partition.size_bytes(),
          .is_offline = partition.is_offline(),
          .is_replication_held = partition.replication_held()};
}

ProducerView view_of(std::int64_t producer_id, const ProducerEntry& entry) {
  ProducerView view{.producer_id = producer_id,
                    .producer_epoch = entry.epoch,
                    .last_sequence = entry.last_sequence(),
                    .last_timestamp_ms = entry.last_timestamp,
                    .coordinator_epoch = entry.coordinator_epoch,
                    .transaction_first_offset = entry.transaction_first_offset,
                    .batches = {}};
  for (std::size_t i = 0; i < entry.batches.size(); ++i) {
    const BatchMetadata& batch = entry.batches[i];
    view.batches.push_back({.first_sequence = batch.first_sequence(),
                            .last_sequence = batch.last_sequence,
                            .first_offset = batch.first_offset(),
                            .last_offset = batch.last_offset,
                            .max_timestamp = batch.max_timestamp});
  }
  return view;
}

ApiError no_topic(const std::string& name) {
  return {ErrorCode::kUnknownTopicOrPartition, "there is no topic '" + name + "'"};
}

}  // namespace

ApiError Controls::down() const {
  return {ErrorCode::kBrokerNotAvailable,
          "the broker is down: " + parts_.failure.value_or("it has not started")};
}

template <class Change>
void Controls::during(const Change& change) {
  if (parts_.life) {
    parts_.life->news.during(change);
  } else {
    change();
  }
}

Outcome<Partition*> Controls::find(const PartitionName& name) const {
  if (!parts_.life) return down();
  const Cluster& cluster = parts_.life->cluster;
  if (cluster.find_topic(name.topic) == nullptr) return no_topic(name.topic);
  Partition* partition = cluster.find_partition(name.topic, name.index);
  if (partition != nullptr) return partition;
  return ApiError{ErrorCode::kUnknownTopicOrPartition,
                  "topic '" + name.topic + "' has no partition " + std::to_string(name.index)};
}

// Looks the partition up and runs `change` on it, which says what went wrong.
template <class Change>
ApiError Controls::change(const PartitionName& name, const Change& change) {
  const Outcome<Partition*> found = find(name);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  return parts_.life->news.during(
      [&]() -> ApiError { return change(*std::get<Partition*>(found)); });
}

bool Controls::has_node(NodeId node) const {
  return std::ranges::find(parts_.cluster.nodes, node, &Node::id) != parts_.cluster.nodes.end();
}

std::shared_ptr<const BrokerConfig> Controls::broker_config(NodeId node) const {
  return parts_.life ? parts_.life->cluster.configs().shared(node) : nullptr;
}

std::vector<TopicView> Controls::topics() const {
  std::vector<TopicView> views;
  if (!parts_.life) return views;
  for (const auto& [name, topic] : parts_.life->cluster.topics()) views.push_back(view_of(*topic));
  return views;
}

std::optional<TopicView> Controls::find_topic(const std::string& name) const {
  const Topic* topic = parts_.life ? parts_.life->cluster.find_topic(name) : nullptr;
  return topic == nullptr ? std::nullopt : std::optional(view_of(*topic));
}

ApiError Controls::create_topic(const TopicSpec& topic) {
  if (!parts_.life) return down();
  Cluster& cluster = parts_.life->cluster;
  return parts_.life->news.during(
      [&] { return broker::create_topic(cluster, cluster.nodes().front().id, topic).error; });
}

ApiError Controls::delete_topic(const std::string& name) {
  if (!parts_.life) return down();
  Topic* topic = parts_.life->cluster.find_topic(name);
  if (topic == nullptr) return no_topic(name);
  const bool is_done =
      parts_.life->news.during([&] { return parts_.life->cluster.remove_topic(*topic); });
  if (is_done) return {};
  return {ErrorCode::kKafkaStorageError,
          "the deletion of '" + name + "' could not be written to the disk"};
}

Outcome<PartitionView> Controls::partition(const PartitionName& name) const {
  const Outcome<Partition*> found = find(name);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  return view_of(*std::get<Partition*>(found));
}

Outcome<wire::Slice> Controls::read(const PartitionName& name, std::int64_t offset,
                                    std::int64_t max_bytes) const {
  const Outcome<Partition*> found = find(name);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  const Partition& partition = *std::get<Partition*>(found);
  const auto bytes = partition.read({.fetch_offset = offset,
                                     .max_bytes = max_bytes,
                                     .upper_offset = partition.log_end_offset(),
                                     .at_least_one_batch = true});
  if (bytes) return *bytes;
  return ApiError{bytes.error(), "the log of " + name.topic + "-" + std::to_string(name.index) +
                                     " cannot be read from offset " + std::to_string(offset)};
}

ApiError Controls::move_leader(const PartitionName& name, NodeId node, Partition::Tail tail) {
  return change(name, [&](Partition& partition) -> ApiError {
    if (!has_node(node)) {
      return {ErrorCode::kReplicaNotAvailable, "there is no node " + std::to_string(node)};
    }
    parts_.life->cluster.elect(partition, node, tail);
    return {};
  });
}

ApiError Controls::hold_replication(const PartitionName& name) {
  return change(name, [](Partition& partition) {
    partition.hold_replication();
    return ApiError{};
  });
}

ApiError Controls::release_replication(const PartitionName& name) {
  return change(name, [](Partition& partition) {
    partition.release_replication();
    return ApiError{};
  });
}

Outcome<std::vector<ProducerView>> Controls::producers(const PartitionName& name) const {
  const Outcome<Partition*> found = find(name);
  if (const auto* error = std::get_if<ApiError>(&found)) return *error;
  const ProducerStateManager& producers = std::get<Partition*>(found)->producers();
  std::vector<ProducerView> views;
  for (const std::int64_t producer_id : producers.producer_ids()) {
    views.push_back(view_of(producer_id, *producers.find(producer_id)));
  }
  return views;
}

ApiError Controls::set_next_sequence(const PartitionName& name, std::int64_t producer_id,
                                     std::int32_t sequence) {
  if (sequence < 0) return {ErrorCode::kInvalidRequest, "a sequence is not negative"};
  return change(name, [&](Partition& partition) {
    partition.producers().set_next_sequence(producer_id, sequence);
    return ApiError{};
  });
}

ApiError Controls::set_producer_epoch(const PartitionName& name, std::int64_t producer_id,
                                      std::int16_t epoch) {
  if (epoch < 0) return {ErrorCode::kInvalidRequest, "an epoch is not negative"};
  return change(name, [&](Partition& partition) {
    partition.producers().set_epoch(producer_id, epoch);
    return ApiError{};
  });
}

ApiError Controls::forget_producer(const PartitionName& name, std::int64_t producer_id) {
  return change(name, [&](Partition& partition) {
    partition.producers().forget(producer_id);
    return ApiError{};
  });
}

Outcome<Faults::RuleId> Controls::add_rule(Rule rule) {
  if (auto why = why_invalid(rule)) return ApiError{ErrorCode::kInvalidRequest, std::move(why)};
  if (rule.match.api && parts_.apis.find(*rule.match.api) == nullptr) {
    return ApiError{ErrorCode::kInvalidRequest,
                    std::string(wire::name_of(*rule.match.api)) +
                        " is not served, so the rule could never strike"};
  }
  return parts_.faults.add(std::move(rule));
}

void Controls::remove_rule(Faults::RuleId rule) {
  parts_.faults.remove(rule);
  release_rule(rule);
}

void Controls::remove_all_rules() {
  parts_.faults.clear();
  during([&] {
    if (parts_.life) parts_.life->parked.release_all();
  });
}

void Controls::release_rule(Faults::RuleId rule) {
  during([&] {
    if (parts_.life) parts_.life->parked.release(rule);
  });
}

std::vector<ConnectionView> Controls::connections() const {
  std::vector<ConnectionView> views;
  for (const auto& [id, session] : parts_.sessions.all()) views.push_back({id, *session});
  std::ranges::sort(views, {}, &ConnectionView::id);
  return views;
}

}  // namespace understudy::broker
