#include "broker/group/consumer_records.h"

#include <algorithm>
#include <utility>

namespace understudy::broker {
namespace {

using StoredPartitions = wire::consumer_group_current_member_assignment_value::TopicPartitions;

// Of all records of consumer groups.
constexpr wire::Version kValueVersion = 0;

wire::Array<StoredPartitions> stored(const EpochedPartitions& partitions) {
  wire::Array<StoredPartitions> topics;
  for (const auto& [topic_id, of_topic] : partitions) {
    StoredPartitions& topic = topics.emplace_back();
    topic.topic_id = topic_id;
    topic.assignment_epochs.emplace();
    for (const auto& [index, epoch] : of_topic) {
      topic.partitions.push_back(index);
      topic.assignment_epochs->push_back(epoch);
    }
  }
  return topics;
}

// Before 4.2 there were no epochs: then the member's own counts.
EpochedPartitions loaded(const wire::Array<StoredPartitions>& topics, std::int32_t member_epoch) {
  EpochedPartitions partitions;
  for (const StoredPartitions& topic : topics) {
    const bool has_epochs =
        topic.assignment_epochs && topic.assignment_epochs->size() == topic.partitions.size();
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const std::int32_t epoch = has_epochs ? (*topic.assignment_epochs)[i] : member_epoch;
      partitions[topic.topic_id].insert_or_assign(topic.partitions[i], epoch);
    }
  }
  return partitions;
}

MemberState state_of(std::int8_t number) {
  switch (static_cast<MemberState>(number)) {
    case MemberState::kStable:
    case MemberState::kUnrevokedPartitions:
    case MemberState::kUnreleasedPartitions:
      return static_cast<MemberState>(number);
    case MemberState::kUnknown:
      break;
  }
  return MemberState::kUnknown;
}

}  // namespace

CoordinatorRecord epoch_record(const std::string& group, std::int32_t epoch,
                               std::int64_t metadata_hash) {
  return record_of(wire::ConsumerGroupMetadataKey{.group_id = group},
                   wire::ConsumerGroupMetadataValue{.epoch = epoch, .metadata_hash = metadata_hash},
                   kValueVersion);
}

CoordinatorRecord epoch_tombstone(const std::string& group) {
  return tombstone_of(wire::ConsumerGroupMetadataKey{.group_id = group});
}

CoordinatorRecord legacy_metadata_tombstone(const std::string& group) {
  return tombstone_of(wire::ConsumerGroupPartitionMetadataKey{.group_id = group});
}

CoordinatorRecord member_record(const std::string& group, const ConsumerMember& member) {
  return record_of(
      wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member.id},
      wire::ConsumerGroupMemberMetadataValue{
          .instance_id = member.instance_id,
          .rack_id = member.rack_id,
          .client_id = member.client_id,
          .client_host = member.client_host,
          .subscribed_topic_names = {member.topic_names.begin(), member.topic_names.end()},
          .subscribed_topic_regex = member.regex,
          .rebalance_timeout_ms = member.rebalance_timeout_ms,
          .server_assignor = member.server_assignor,
          .classic_member_metadata = member.classic},
      kValueVersion);
}

CoordinatorRecord member_tombstone(const std::string& group, const std::string& member_id) {
  return tombstone_of(
      wire::ConsumerGroupMemberMetadataKey{.group_id = group, .member_id = member_id});
}

CoordinatorRecord target_epoch_record(const std::string& group, std::int32_t epoch,
                                      std::int64_t computed_ms) {
  return record_of(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = group},
                   wire::ConsumerGroupTargetAssignmentMetadataValue{
                       .assignment_epoch = epoch, .assignment_timestamp = computed_ms},
                   kValueVersion);
}

CoordinatorRecord target_epoch_tombstone(const std::string& group) {
  return tombstone_of(wire::ConsumerGroupTargetAssignmentMetadataKey{.group_id = group});
}

CoordinatorRecord target_record(const std::string& group, const std::string& member_id,
                                const Assignment& target) {
  wire::ConsumerGroupTargetAssignmentMemberValue value;
  for (const auto& [topic_id, partitions] : target) {
    value.topic_partitions.push_back({.topic_id = topic_id, .partitions = partitions});
  }
  return record_of(
      wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member_id},
      value, kValueVersion);
}

CoordinatorRecord target_tombstone(const std::string& group, const std::string& member_id) {
  return tombstone_of(
      wire::ConsumerGroupTargetAssignmentMemberKey{.group_id = group, .member_id = member_id});
}

CoordinatorRecord assignment_record(const std::string& group, const ConsumerMember& member) {
  return record_of(
      wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member.id},
      wire::ConsumerGroupCurrentMemberAssignmentValue{
          .member_epoch = member.epoch,
          .previous_member_epoch = member.previous_epoch,
          .state = static_cast<std::int8_t>(member.state),
          .assigned_partitions = stored(member.assigned),
          .partitions_pending_revocation = stored(member.pending_revocation)},
      kValueVersion);
}

CoordinatorRecord assignment_tombstone(const std::string& group, const std::string& member_id) {
  return tombstone_of(
      wire::ConsumerGroupCurrentMemberAssignmentKey{.group_id = group, .member_id = member_id});
}

CoordinatorRecord regex_record(const std::string& group, const std::string& regex,
                               const ResolvedRegex& resolved) {
  return record_of(
      wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = regex},
      wire::ConsumerGroupRegularExpressionValue{
          .topics = {resolved.topics.begin(), resolved.topics.end()},
          .version = resolved.version,
          .timestamp = resolved.timestamp_ms},
      kValueVersion);
}

CoordinatorRecord regex_tombstone(const std::string& group, const std::string& regex) {
  return tombstone_of(
      wire::ConsumerGroupRegularExpressionKey{.group_id = group, .regular_expression = regex});
}

void add_member_tombstones(const std::string& group, const std::string& member_id,
                           std::vector<CoordinatorRecord>& records) {
  records.push_back(assignment_tombstone(group, member_id));
  records.push_back(target_tombstone(group, member_id));
  records.push_back(member_tombstone(group, member_id));
}

void take_over(const wire::ConsumerGroupMemberMetadataValue& value, ConsumerMember& member) {
  member.instance_id = value.instance_id;
  member.rack_id = value.rack_id;
  member.client_id = value.client_id;
  member.client_host = value.client_host;
  member.topic_names = {value.subscribed_topic_names.begin(), value.subscribed_topic_names.end()};
  member.regex = value.subscribed_topic_regex.value_or("");
  member.rebalance_timeout_ms = value.rebalance_timeout_ms;
  member.server_assignor = value.server_assignor;
  member.classic = value.classic_member_metadata;
}

void take_over(const wire::ConsumerGroupCurrentMemberAssignmentValue& value,
               ConsumerMember& member) {
  member.epoch = value.member_epoch;
  member.previous_epoch = value.previous_member_epoch;
  member.state = state_of(value.state);
  member.assigned = loaded(value.assigned_partitions, value.member_epoch);
  member.pending_revocation = loaded(value.partitions_pending_revocation, value.member_epoch);
}

Assignment assignment_of(const wire::ConsumerGroupTargetAssignmentMemberValue& value) {
  Assignment assignment;
  for (const auto& topic : value.topic_partitions) {
    if (topic.partitions.empty()) continue;
    std::vector<std::int32_t>& partitions = assignment[topic.topic_id];
    partitions.insert(partitions.end(), topic.partitions.begin(), topic.partitions.end());
  }
  for (auto& [topic_id, partitions] : assignment) {
    std::ranges::sort(partitions);
    partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
  }
  return assignment;
}

ResolvedRegex resolved_of(const wire::ConsumerGroupRegularExpressionValue& value) {
  return {.topics = {value.topics.begin(), value.topics.end()},
          .version = value.version,
          .timestamp_ms = value.timestamp};
}

}  // namespace understudy::broker
