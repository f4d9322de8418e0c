#include <utility>

#include "broker/group/group_offsets.h"
#include "broker/group/offset_requests.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::offset_fetch_request::OffsetFetchRequestGroup;
using wire::offset_fetch_request::OffsetFetchRequestTopics;
using wire::offset_fetch_response::OffsetFetchResponseGroup;
using wire::offset_fetch_response::OffsetFetchResponsePartitions;
using wire::offset_fetch_response::OffsetFetchResponseTopics;

OffsetFetchResponsePartitions nothing_committed(std::int32_t partition,
                                                ErrorCode error = ErrorCode::kNone) {
  OffsetFetchResponsePartitions answered;
  answered.partition_index = partition;
  answered.committed_offset = -1;
  answered.metadata = "";
  answered.error_code = error;
  return answered;
}

OffsetFetchResponsePartitions answer_of(std::int32_t partition, CommittedOffset offset) {
  OffsetFetchResponsePartitions answered;
  answered.partition_index = partition;
  answered.committed_offset = offset.offset;
  answered.committed_leader_epoch = offset.leader_epoch;
  answered.metadata = std::move(offset.metadata);
  return answered;
}

// What is said about its partitions.
class FetchedGroup {
 public:
  // Null: it has no offsets.
  FetchedGroup(const GroupOffsets* offsets, std::string_view group, Stability stability)
      : offsets_(offsets), group_(group), stability_(stability) {}

  bool is_unstable(std::string_view topic, std::int32_t partition) const {
    return stability_ == Stability::kRequireStable &&
           offsets_->pending().contains(group_, topic, partition);
  }

  OffsetFetchResponsePartitions partition(const OffsetFetchRequestTopics& topic,
                                          std::int32_t index) const {
    if (offsets_ == nullptr) return nothing_committed(index);
    if (is_unstable(topic.name, index)) {
      return nothing_committed(index, ErrorCode::kUnstableOffsetCommit);
    }
    auto offset = offsets_->committed().find(group_, topic.name, index);
    if (!offset || is_of_another_topic(offset->topic_id, topic.topic_id)) {
      return nothing_committed(index);
    }
    return answer_of(index, std::move(*offset));
  }

  std::vector<OffsetFetchResponseTopics> all() const {
    std::vector<OffsetFetchResponseTopics> topics;
    if (offsets_ == nullptr) return topics;
    offsets_->committed().for_each(group_, [&](const CommittedOffsets::Topic& topic,
                                               std::int32_t index, const CommittedOffset& offset) {
      if (topics.empty() || topics.back().name != topic.name)
        topics.emplace_back().name = topic.name;
      topics.back().partitions.push_back(
          is_unstable(topic.name, index)
              ? nothing_committed(index, ErrorCode::kUnstableOffsetCommit)
              : answer_of(index, offset));
    });
    return topics;
  }

 private:
  static bool is_of_another_topic(const wire::Uuid& stored, const wire::Uuid& wanted) {
    return !stored.is_zero() && !wanted.is_zero() && stored != wanted;
  }

  const GroupOffsets* const offsets_;
  const std::string_view group_;
  const Stability stability_;
};

// A group that does not exist has nothing to say about members.
ErrorCode check_fetcher(const Group* group, const OffsetFetchRequestGroup& request,
                        wire::Version version) {
  if (group == nullptr) return ErrorCode::kNone;
  OffsetClient client{.has_member_id = request.member_id.has_value(),
                      .generation = request.member_epoch,
                      .api_version = version};
  if (request.member_id) client.member_id = *request.member_id;
  return group->check_fetch(client);
}

}  // namespace

OffsetFetchResponseGroup fetch_offsets(GroupShard& shard, const OffsetFetchRequestGroup& request,
                                       wire::Version version, Stability stability) {
  OffsetFetchResponseGroup answered;
  answered.group_id = request.group_id;
  const ErrorCode error = check_fetcher(shard.find(request.group_id), request, version);
  // A group that is dead by now has no offsets, and that is no error.
  const bool is_dead = error == ErrorCode::kGroupIdNotFound;
  if (error != ErrorCode::kNone && !is_dead) {
    answered.error_code = error;
    return answered;
  }
  const FetchedGroup group(is_dead ? nullptr : &shard.offsets(), request.group_id, stability);
  if (!request.topics) {
    answered.topics = group.all();
    return answered;
  }
  for (const OffsetFetchRequestTopics& topic : *request.topics) {
    OffsetFetchResponseTopics& answered_topic = answered.topics.emplace_back();
    answered_topic.name = topic.name;
    answered_topic.topic_id = topic.topic_id;
    for (const std::int32_t index : topic.partition_indexes) {
      answered_topic.partitions.push_back(group.partition(topic, index));
    }
  }
  return answered;
}

}  // namespace understudy::broker
