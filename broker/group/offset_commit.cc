#include <utility>

#include "broker/cluster/java_string.h"
#include "broker/group/classic_group.h"
#include "broker/group/group_offsets.h"
#include "broker/group/offset_requests.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::offset_commit_request::OffsetCommitRequestPartition;

constexpr wire::Version kFirstVersionWithGroupIdNotFound = 9;
constexpr std::int64_t kRetentionOfBroker = -1;

OffsetClient client_of(const wire::OffsetCommitRequest& request, wire::Version version) {
  OffsetClient client{.member_id = request.member_id,
                      .generation = request.generation_id_or_member_epoch,
                      .api_version = version};
  if (request.group_instance_id) client.instance_id = *request.group_instance_id;
  return client;
}

std::vector<CommittedPartition> partitions_of(const wire::OffsetCommitRequest& request) {
  std::vector<CommittedPartition> partitions;
  for (const auto& topic : request.topics) {
    for (const OffsetCommitRequestPartition& partition : topic.partitions) {
      partitions.push_back({.topic = topic.name, .partition = partition.partition_index});
    }
  }
  return partitions;
}

// OffsetMetadataManager.validateOffsetCommit.
ErrorCode check_group(Group* group, const wire::OffsetCommitRequest& request,
                      wire::Version version) {
  if (group != nullptr)
    return group->check_commit(client_of(request, version), partitions_of(request));
  if (request.generation_id_or_member_epoch < 0) return ErrorCode::kNone;
  return version < kFirstVersionWithGroupIdNotFound ? ErrorCode::kIllegalGeneration
                                                    : ErrorCode::kGroupIdNotFound;
}

// Java's sum: an absurd retention time goes round.
std::int64_t expire_time(std::int64_t now_ms, std::int64_t retention_ms) {
  if (retention_ms == kRetentionOfBroker) return CommittedOffset::kNoExpireTime;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(now_ms) +
                                   static_cast<std::uint64_t>(retention_ms));
}

bool is_too_large(const wire::Nullable<wire::String>& metadata, const BrokerConfig& config) {
  return metadata &&
         java_length(*metadata) > static_cast<std::size_t>(config.offset_metadata_max_bytes);
}

}  // namespace

CoordinatorDecision<wire::OffsetCommitResponse> decide_offset_commit(
    GroupShard& shard, const wire::OffsetCommitRequest& request, wire::Version version) {
  CoordinatorDecision<wire::OffsetCommitResponse> decision;
  Group* const group = shard.find(request.group_id);
  decision.error = check_group(group, request, version);
  if (decision.error != ErrorCode::kNone) return decision;
  if (group != nullptr) group->committed(client_of(request, version));
  const std::int64_t now_ms = shard.environment().clock.wall_ms();
  for (const auto& topic : request.topics) {
    auto& answered = decision.response.topics.emplace_back();
    answered.name = topic.name;
    answered.topic_id = topic.topic_id;
    for (const OffsetCommitRequestPartition& partition : topic.partitions) {
      const bool is_refused = is_too_large(partition.committed_metadata, shard.config());
      answered.partitions.push_back(
          {.partition_index = partition.partition_index,
           .error_code = is_refused ? ErrorCode::kOffsetMetadataTooLarge : ErrorCode::kNone});
      if (is_refused) continue;
      decision.records.push_back(shard.offsets().record_of_commit(
          request.group_id, topic.name, partition.partition_index,
          {.offset = partition.committed_offset,
           .leader_epoch = partition.committed_leader_epoch,
           .metadata = partition.committed_metadata.value_or(""),
           .commit_ms = now_ms,
           .expire_ms = expire_time(now_ms, request.retention_time_ms),
           .topic_id = topic.topic_id}));
    }
  }
  // Kafka has the group even if nothing of it is stored.
  if (group == nullptr && decision.records.empty()) shard.put(make_simple_group(request.group_id));
  return decision;
}

std::string why_commit_is_refused(ErrorCode error, const wire::OffsetCommitRequest& request) {
  const std::string number = std::to_string(request.generation_id_or_member_epoch);
  switch (error) {
    case ErrorCode::kUnknownMemberId:
      return request.member_id.empty() ? "the group has members, and the commit names none"
                                       : "'" + request.member_id + "' is no member of the group";
    case ErrorCode::kFencedInstanceId:
      return "instance '" + request.group_instance_id.value_or("") + "' is another member by now";
    case ErrorCode::kIllegalGeneration:
      return "the group is not in generation " + number;
    case ErrorCode::kRebalanceInProgress:
      return "the group has a new generation, and its members have no assignments yet";
    case ErrorCode::kStaleMemberEpoch:
      return "member '" + request.member_id + "' is not at epoch " + number;
    case ErrorCode::kGroupIdNotFound:
      return "there is no such group";
    case ErrorCode::kUnsupportedVersion:
      return "members of a consumer group commit with version 9 or later";
    case ErrorCode::kUnknownTopicOrPartition:
      return "there is no such partition";
    case ErrorCode::kUnknownTopicId:
      return "there is no topic with this id";
    case ErrorCode::kOffsetMetadataTooLarge:
      return "its metadata is longer than offset.metadata.max.bytes";
    case ErrorCode::kNotCoordinator:
      return "the node does not coordinate the group";
    case ErrorCode::kCoordinatorLoadInProgress:
      return "the coordinator is loading the group";
    default:
      return std::string(wire::describe(error));
  }
}

}  // namespace understudy::broker
