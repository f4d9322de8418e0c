// ConsumerGroupDescribe: a consumer group as its members and administrators see it.
#include <string>
#include <utility>

#include "broker/group/consumer_groups.h"
#include "broker/group/target_assignment.h"

namespace understudy::broker {
namespace {

using wire::consumer_group_describe_response::DescribedGroup;
using DescribedAssignment = wire::consumer_group_describe_response::Assignment;
using DescribedMember = wire::consumer_group_describe_response::Member;

enum class MemberType : std::int8_t { kClassic = 0, kConsumer = 1 };

// Topics that are gone have no name, and are left out.
class DescribedPartitions {
 public:
  explicit DescribedPartitions(const Cluster& cluster) : cluster_(cluster) {}

  void add(const wire::Uuid& topic_id, std::int32_t index) {
    const Topic* const topic = cluster_.find_topic(topic_id);
    if (topic == nullptr) return;
    const auto [found, is_new] = places_.try_emplace(topic_id, result_.topic_partitions.size());
    if (is_new) {
      result_.topic_partitions.push_back(
          {.topic_id = topic_id, .topic_name = topic->name, .partitions = {}});
    }
    result_.topic_partitions[found->second].partitions.push_back(index);
  }
  DescribedAssignment take() { return std::move(result_); }

 private:
  const Cluster& cluster_;
  DescribedAssignment result_;
  JavaHashMap<wire::Uuid, std::size_t> places_;
};

// What it has to give up is its own until it has done so.
DescribedAssignment describe_assignment(const Cluster& cluster, const ConsumerMember& member) {
  DescribedPartitions partitions(cluster);
  const auto add = [&](const PartitionKey& partition, std::int32_t) {
    partitions.add(partition.topic_id, partition.index);
  };
  for_each_partition(member.assigned, add);
  for_each_partition(member.pending_revocation, add);
  return partitions.take();
}

DescribedAssignment describe_target(const Cluster& cluster, const Assignment& target) {
  DescribedPartitions partitions(cluster);
  for (const auto& [topic_id, indexes] : target) {
    for (const std::int32_t index : indexes) partitions.add(topic_id, index);
  }
  return partitions.take();
}

DescribedMember describe_member(const Cluster& cluster, const ConsumerGroup& group,
                                const ConsumerMember& member) {
  const MemberType type =
      member.uses_classic_protocol() ? MemberType::kClassic : MemberType::kConsumer;
  return {.member_id = member.id,
          .instance_id = member.instance_id,
          .rack_id = member.rack_id,
          .member_epoch = member.epoch,
          .client_id = member.client_id,
          .client_host = member.client_host,
          .subscribed_topic_names = {member.topic_names.begin(), member.topic_names.end()},
          .subscribed_topic_regex = member.regex,
          .assignment = describe_assignment(cluster, member),
          .target_assignment = describe_target(cluster, group.target(member.id)),
          .member_type = static_cast<std::int8_t>(type)};
}

}  // namespace

DescribedGroup ConsumerGroups::describe(const std::string& id) const {
  DescribedGroup described;
  described.group_id = id;
  const auto found = consumer_group_of(shard_, id);
  if (const auto* error = std::get_if<ApiError>(&found)) {
    described.error_code = error->code;
    described.error_message = error->message;
    return described;
  }
  const ConsumerGroup& group = *std::get<const ConsumerGroup*>(found);
  described.group_state = group.state();
  described.group_epoch = group.epoch();
  described.assignment_epoch = group.target_epoch();
  described.assignor_name =
      preferred_assignor(group, nullptr, nullptr, shard_.config().group_consumer_assignors).name;
  for (const auto& [member_id, member] : group.members()) {
    described.members.push_back(describe_member(shard_.environment().cluster, group, member));
  }
  return described;
}

}  // namespace understudy::broker
