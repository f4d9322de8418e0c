#include "broker/group/consumer_member.h"

#include <tuple>

#include "wire/engine.h"

namespace understudy::broker {
namespace {

std::optional<std::int32_t> find_epoch(const EpochedPartitions& partitions,
                                       const wire::Uuid& topic_id, std::int32_t index) {
  const auto topic = partitions.find(topic_id);
  if (topic == partitions.end()) return std::nullopt;
  const auto partition = topic->second.find(index);
  if (partition == topic->second.end()) return std::nullopt;
  return partition->second;
}

bool is_same_classic_metadata(const ClassicMetadata& one, const ClassicMetadata& other) {
  if (one.has_value() != other.has_value()) return false;
  return !one || wire::equal(*one, *other);
}

auto plain_metadata(const ConsumerMember& member) {
  return std::tie(member.id, member.instance_id, member.rack_id, member.client_id,
                  member.client_host, member.rebalance_timeout_ms, member.topic_names, member.regex,
                  member.server_assignor);
}

}  // namespace

bool contains(const EpochedPartitions& partitions, const wire::Uuid& topic_id, std::int32_t index) {
  return find_epoch(partitions, topic_id, index).has_value();
}

void for_each_partition(const EpochedPartitions& partitions,
                        const std::function<void(const PartitionKey&, std::int32_t epoch)>& visit) {
  for (const auto& [topic_id, of_topic] : partitions) {
    for (const auto& [index, epoch] : of_topic) {
      visit({.topic_id = topic_id, .index = index}, epoch);
    }
  }
}

std::optional<std::int32_t> ConsumerMember::assignment_epoch(const wire::Uuid& topic_id,
                                                             std::int32_t index) const {
  if (const auto here = find_epoch(assigned, topic_id, index)) return here;
  return find_epoch(pending_revocation, topic_id, index);
}

bool has_same_metadata(const ConsumerMember& one, const ConsumerMember& other) {
  return plain_metadata(one) == plain_metadata(other) &&
         is_same_classic_metadata(one.classic, other.classic);
}

bool has_same_assignment(const ConsumerMember& one, const ConsumerMember& other) {
  return one.state == other.state && one.epoch == other.epoch &&
         one.previous_epoch == other.previous_epoch && one.assigned == other.assigned &&
         one.pending_revocation == other.pending_revocation;
}

}  // namespace understudy::broker
