#include "broker/group/classic_consumers.h"

#include <utility>

namespace understudy::broker {
namespace {

using wire::ErrorCode;

ApiError no_upgrade(const ClassicGroup& group, const std::string& why) {
  return {ErrorCode::kGroupIdNotFound,
          "Cannot upgrade classic group " + group.id() + " to consumer group because " + why + "."};
}

bool allows_upgrade(MigrationPolicy policy) {
  return policy == MigrationPolicy::kUpgrade || policy == MigrationPolicy::kBidirectional;
}

ApiError check_upgrade(const BrokerConfig& config, const ClassicGroup& group) {
  if (!allows_upgrade(config.group_consumer_migration_policy)) {
    return no_upgrade(group, "online upgrade is disabled");
  }
  if (!group.uses_consumer_protocol()) {
    return no_upgrade(group, "the group does not use the consumer embedded protocol");
  }
  if (static_cast<std::int64_t>(group.members().size()) > config.group_consumer_max_size) {
    return no_upgrade(group, "the group size exceeds the consumer group maximum size");
  }
  return {};
}

Assignment known_partitions(const Cluster& cluster,
                            const wire::ConsumerProtocolAssignment& assigned) {
  Assignment known;
  for (const auto& of_topic : assigned.assigned_partitions) {
    const Topic* const topic = cluster.find_topic(of_topic.topic);
    if (topic == nullptr) continue;
    for (const std::int32_t index : of_topic.partitions) add(known, topic->id, index);
  }
  return known;
}

// Nothing to parse is nothing assigned.
std::variant<ApiError, Assignment> assignment_before(const Cluster& cluster,
                                                     const ClassicGroup& group,
                                                     const ClassicMember& member) {
  if (member.assignment.empty()) return Assignment();
  const auto assigned = read_consumer_protocol<wire::ConsumerProtocolAssignment>(member.assignment);
  if (!assigned) return no_upgrade(group, "the embedded consumer protocol is malformed");
  if (assigned->user_data && !assigned->user_data->empty()) {
    return no_upgrade(group,
                      "an unsupported custom assignor is in use. Please refer to the documentation "
                      "or switch to a default assignor before re-attempting the upgrade");
  }
  return known_partitions(cluster, *assigned);
}

// What the member said with the protocol that was selected, or, before the first was, with the one
// that it prefers.
wire::Bytes subscription_of(const ClassicGroup& group, const ClassicMember& member) {
  const ClassicProtocol* const selected =
      group.protocol_name() ? member.find_protocol(*group.protocol_name()) : nullptr;
  if (selected != nullptr) return selected->metadata;
  return member.protocols.empty() ? wire::Bytes() : member.protocols.front().metadata;
}

ClassicMetadata classic_metadata_of(const ClassicMember& member) {
  ClassicMetadata metadata(std::in_place);
  metadata->session_timeout_ms = member.session_timeout_ms;
  for (const ClassicProtocol& protocol : member.protocols) {
    metadata->supported_protocols.push_back({.name = protocol.name, .metadata = protocol.metadata});
  }
  return metadata;
}

ConsumerMember upgraded_member(const ClassicGroup& group, const ClassicMember& member,
                               const wire::ConsumerProtocolSubscription& subscription,
                               const Assignment& assignment) {
  ConsumerMember result;
  result.id = member.id;
  result.instance_id = member.instance_id;
  if (subscription.rack_id && !subscription.rack_id->empty()) result.rack_id = subscription.rack_id;
  result.client_id = member.client_id;
  result.client_host = member.client_host;
  result.rebalance_timeout_ms = member.rebalance_timeout_ms;
  result.topic_names = {subscription.topics.begin(), subscription.topics.end()};
  result.classic = classic_metadata_of(member);
  result.epoch = group.generation();
  result.previous_epoch = group.generation();
  for (const auto& [topic_id, indexes] : assignment) {
    for (const std::int32_t index : indexes) {
      result.assigned[topic_id].emplace(index, group.generation());
    }
  }
  return result;
}

wire::Bytes stored_assignment(const Cluster& cluster, const Assignment& assignment,
                              wire::Version version) {
  wire::ConsumerProtocolAssignment message;
  for (const auto& [topic_id, indexes] : assignment) {
    const Topic* const topic = cluster.find_topic(topic_id);
    if (topic == nullptr) continue;
    message.assigned_partitions.push_back({.topic = topic->name, .partitions = indexes});
  }
  return encode_stored(version, wire::schema_of<wire::ConsumerProtocolAssignment>, &message,
                       version);
}

// The members of a consumer group that came by JoinGroup have at least one protocol.
wire::Version version_of(const ConsumerMember& member) {
  constexpr wire::Version kNewest = 3;
  if (!member.classic || member.classic->supported_protocols.empty()) return 0;
  const auto version = stored_prefix(member.classic->supported_protocols.front().metadata);
  if (!version || *version < 0) return 0;
  return std::min<wire::Version>(*version, kNewest);
}

ClassicMemberDetails downgraded_member(const Cluster& cluster, const ConsumerMember& member,
                                       const Assignment& target) {
  ClassicMemberDetails details{
      .id = member.id,
      .instance_id = member.instance_id,
      .client_id = member.client_id,
      .client_host = member.client_host,
      .rebalance_timeout_ms = member.rebalance_timeout_ms,
      .session_timeout_ms = member.classic->session_timeout_ms,
      .protocols = {},
      .assignment = stored_assignment(cluster, target, version_of(member))};
  for (const auto& protocol : member.classic->supported_protocols) {
    details.protocols.push_back({.name = protocol.name, .metadata = protocol.metadata});
  }
  return details;
}

bool is_owned_in_part(const ConsumerGroup& group, const Assignment& assignment) {
  return std::ranges::any_of(assignment, [&](const auto& topic) {
    return std::ranges::any_of(topic.second, [&](std::int32_t index) {
      return group.has_owner({.topic_id = topic.first, .index = index});
    });
  });
}

}  // namespace

wire::Bytes assignment_for_classic(const Cluster& cluster, const ConsumerMember& member) {
  Assignment assigned;
  for_each_partition(member.assigned, [&](const PartitionKey& partition, std::int32_t) {
    add(assigned, partition.topic_id, partition.index);
  });
  return stored_assignment(cluster, assigned, version_of(member));
}

ClassicMetadata classic_metadata_of(const wire::JoinGroupRequest& request) {
  ClassicMetadata metadata(std::in_place);
  metadata->session_timeout_ms = request.session_timeout_ms;
  for (const auto& protocol : request.protocols) {
    // A copy, so that the frame does not stay for as long as the member.
    metadata->supported_protocols.push_back(
        {.name = protocol.name, .metadata = wire::Slice::copy_of(protocol.metadata.view())});
  }
  return metadata;
}

OwnedPartitions owned_of(const Cluster& cluster,
                         const wire::ConsumerProtocolSubscription& subscription) {
  OwnedPartitions owned(std::in_place);
  for (const auto& of_topic : subscription.owned_partitions) {
    const Topic* const topic = cluster.find_topic(of_topic.topic);
    if (topic == nullptr) continue;
    owned->push_back({.topic_id = topic->id, .partitions = of_topic.partitions});
  }
  return owned;
}

std::variant<ApiError, std::unique_ptr<ConsumerGroup>> upgraded(const Cluster& cluster,
                                                                const BrokerConfig& config,
                                                                const ClassicGroup& group) {
  if (ApiError error = check_upgrade(config, group); error.failed()) return error;
  auto result = std::make_unique<ConsumerGroup>(group.id(), cluster);
  for (const auto& [member_id, member] : group.members()) {
    auto before = assignment_before(cluster, group, member);
    if (auto* const error = std::get_if<ApiError>(&before)) return std::move(*error);
    auto& assignment = std::get<Assignment>(before);
    const auto subscription =
        read_consumer_protocol<wire::ConsumerProtocolSubscription>(subscription_of(group, member));
    if (!subscription) return no_upgrade(group, "the embedded consumer protocol is malformed");
    // A partition has one owner. Kafka fails at this (addPartitionEpochs) and leaves the group
    // alone.
    if (is_owned_in_part(*result, assignment)) return ApiError{ErrorCode::kUnknownServerError};
    result->put_member(upgraded_member(group, member, *subscription, assignment));
    result->put_target(member_id, std::move(assignment));
  }
  const std::int64_t hash = subscribed_hash(cluster, result->subscriptions({}, nullptr).topics);
  result->set_epoch(group.generation(), hash);
  result->set_target_epoch(group.generation(), 0);
  return result;
}

bool may_downgrade(const BrokerConfig& config, const ConsumerGroup& group,
                   const std::vector<const ConsumerMember*>& gone) {
  const MigrationPolicy policy = config.group_consumer_migration_policy;
  if (policy != MigrationPolicy::kDowngrade && policy != MigrationPolicy::kBidirectional) {
    return false;
  }
  const bool are_classic = std::ranges::all_of(group.members(), [&](const auto& entry) {
    return entry.second.uses_classic_protocol() || std::ranges::count(gone, &entry.second) != 0;
  });
  const auto left = static_cast<std::int64_t>(group.members().size() - gone.size());
  return are_classic && left <= config.group_max_size;
}

std::unique_ptr<ClassicGroup> downgraded(const Cluster& cluster, const ConsumerGroup& group,
                                         const std::vector<const ConsumerMember*>& gone,
                                         const ConsumerMember* joining, std::int64_t now_ms) {
  ClassicGroupDetails details;
  details.generation = group.epoch();
  details.state_since_ms = now_ms;
  auto result = std::make_unique<ClassicGroup>(group.id(), details, ClassicState::kStable);
  const ConsumerMember* const replaced =
      joining == nullptr ? nullptr : group.find_static_member(*joining->instance_id);
  for (const auto& [member_id, member] : group.members()) {
    if (std::ranges::count(gone, &member) != 0 || &member == replaced) continue;
    auto details = downgraded_member(cluster, member, group.target(member_id));
    // Another program may have left an instance with two members: one holds it.
    if (member.instance_id && group.find_static_member(*member.instance_id) != &member) {
      details.instance_id.reset();
    }
    result->add(std::move(details), "consumer");
  }
  if (joining != nullptr) {
    result->add(downgraded_member(cluster, *joining, group.target(replaced->id)), "consumer");
  }
  result->choose_protocol();
  result->compute_subscribed_topics();
  return result;
}

}  // namespace understudy::broker
