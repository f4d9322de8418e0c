// OffsetFetch (9): how far groups have read.
//
//   v2   all topics of a group; an error of its own
//   v7   require_stable: no offset that a transaction may still change (KIP-447)
//   v8   several groups (KIP-709)
//   v9   members of consumer groups (KIP-848)
//   v10  topic ids
#include "wire/messages/offset_fetch.h"

#include <memory>
#include <utility>
#include <vector>

#include "broker/api/group_handlers.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/offset_requests.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::OffsetFetchRequest;
using wire::OffsetFetchResponse;
using wire::offset_fetch_request::OffsetFetchRequestGroup;
using wire::offset_fetch_request::OffsetFetchRequestTopics;
using wire::offset_fetch_response::OffsetFetchResponseGroup;
using wire::offset_fetch_response::OffsetFetchResponseTopics;

constexpr wire::Version kFirstFetchWithErrorOfGroup = 2;
constexpr wire::Version kFirstFetchOfManyGroups = 8;
constexpr wire::Version kFirstFetchWithTopicIds = 10;

// The one group of an old request, as new ones say it.
OffsetFetchRequestGroup group_of(OffsetFetchRequest& request) {
  OffsetFetchRequestGroup group;
  group.group_id = std::move(request.group_id);
  group.topics.reset();
  if (!request.topics) return group;
  group.topics.emplace();
  for (auto& topic : *request.topics) {
    auto& one = group.topics->emplace_back();
    one.name = std::move(topic.name);
    one.partition_indexes = std::move(topic.partition_indexes);
  }
  return group;
}

OffsetFetchResponseTopics refused_topic(const OffsetFetchRequestTopics& topic, ErrorCode error) {
  OffsetFetchResponseTopics refused;
  refused.name = topic.name;
  refused.topic_id = topic.topic_id;
  for (const std::int32_t index : topic.partition_indexes) {
    auto& partition = refused.partitions.emplace_back();
    partition.partition_index = index;
    partition.committed_offset = -1;
    partition.error_code = error;
  }
  return refused;
}

// OffsetFetchResponse.groupError: before v2 there is no place for the group's error.
OffsetFetchResponseGroup refused_group(const OffsetFetchRequestGroup& group, ErrorCode error,
                                       wire::Version version) {
  OffsetFetchResponseGroup refused;
  refused.group_id = group.group_id;
  refused.error_code = error;
  if (version >= kFirstFetchWithErrorOfGroup || !group.topics) return refused;
  for (const OffsetFetchRequestTopics& topic : *group.topics) {
    refused.topics.push_back(refused_topic(topic, error));
  }
  return refused;
}

OffsetFetchResponse old_response(OffsetFetchResponseGroup group) {
  OffsetFetchResponse response;
  response.error_code = group.error_code;
  for (OffsetFetchResponseTopics& topic : group.topics) {
    auto& old_topic = response.topics.emplace_back();
    old_topic.name = std::move(topic.name);
    for (auto& partition : topic.partitions) {
      auto& old_partition = old_topic.partitions.emplace_back();
      old_partition.partition_index = partition.partition_index;
      old_partition.committed_offset = partition.committed_offset;
      old_partition.committed_leader_epoch = partition.committed_leader_epoch;
      old_partition.metadata = std::move(partition.metadata);
      old_partition.error_code = partition.error_code;
    }
  }
  return response;
}

// Consumers before 3.9 know only this of the two, and look for the coordinator again
// (GroupCoordinatorService.handleOffsetFetchException).
ErrorCode error_for_fetchers(ErrorCode error) {
  return error == ErrorCode::kCoordinatorNotAvailable ? ErrorCode::kNotCoordinator : error;
}

class OffsetFetchOperation : public std::enable_shared_from_this<OffsetFetchOperation> {
 public:
  OffsetFetchOperation(Context& context, OffsetFetchRequest request,
                       Reply<OffsetFetchResponse> reply)
      : context_(context), request_(std::move(request)), reply_(std::move(reply)) {}

  void run() {
    if (version() < kFirstFetchOfManyGroups) request_.groups = {group_of(request_)};
    answered_.resize(request_.groups.size());
    missing_ = request_.groups.size();
    if (missing_ == 0) return answer();
    for (std::size_t i = 0; i < request_.groups.size(); ++i) fetch(i);
  }

 private:
  wire::Version version() const { return reply_.request().version; }

  void fetch(std::size_t at) {
    const OffsetFetchRequestGroup& group = request_.groups[at];
    const auto found = context_.groups.find(reply_.request().node, group.group_id);
    if (!found) return answer_group(at, refused_group(group, found.error(), version()));
    std::vector<OffsetFetchResponseTopics> refused;
    const OffsetFetchRequestGroup wanted = known_topics(group, refused);
    const Stability stability =
        request_.require_stable ? Stability::kRequireStable : Stability::kAny;
    OffsetFetchResponseGroup fetched = fetch_offsets(**found, wanted, version(), stability);
    if (fetched.error_code != ErrorCode::kNone) {
      return answer_group(at, refused_group(group, fetched.error_code, version()));
    }
    fetched.topics.insert(fetched.topics.end(), refused.begin(), refused.end());
    if (!group.topics) use_ids(fetched);
    // What is not replicated yet could still be lost, so nobody sees it before.
    (*found)->shard().write({}, [self = shared_from_this(), at, fetched](ErrorCode error) {
      if (error == ErrorCode::kNone) return self->answer_group(at, fetched);
      self->answer_group(
          at, refused_group(self->request_.groups[at], error_for_fetchers(error), self->version()));
    });
  }

  // With names where there are ids; topics that nobody knows by their ids are refused.
  OffsetFetchRequestGroup known_topics(const OffsetFetchRequestGroup& group,
                                       std::vector<OffsetFetchResponseTopics>& refused) const {
    if (version() < kFirstFetchWithTopicIds || !group.topics) return group;
    OffsetFetchRequestGroup known = group;
    known.topics->clear();
    for (const OffsetFetchRequestTopics& topic : *group.topics) {
      const Topic* const found = context_.cluster.find_topic(topic.topic_id);
      if (found == nullptr) {
        refused.push_back(refused_topic(topic, ErrorCode::kUnknownTopicId));
        continue;
      }
      known.topics->push_back(topic);
      known.topics->back().name = found->name;
    }
    return known;
  }

  // Of all topics of a group those that have an id can be shown to who wants ids.
  void use_ids(OffsetFetchResponseGroup& group) const {
    if (version() < kFirstFetchWithTopicIds) return;
    std::erase_if(group.topics, [&](OffsetFetchResponseTopics& topic) {
      const Topic* const found = context_.cluster.find_topic(topic.name);
      if (found != nullptr) topic.topic_id = found->id;
      return found == nullptr;
    });
  }

  void answer_group(std::size_t at, OffsetFetchResponseGroup group) {
    answered_[at] = std::move(group);
    if (--missing_ == 0) answer();
  }

  void answer() {
    if (version() < kFirstFetchOfManyGroups) {
      return std::move(reply_).send(old_response(std::move(answered_.front())));
    }
    OffsetFetchResponse response;
    response.groups = std::move(answered_);
    std::move(reply_).send(std::move(response));
  }

  Context& context_;
  OffsetFetchRequest request_;
  Reply<OffsetFetchResponse> reply_;
  std::vector<OffsetFetchResponseGroup> answered_;  // in the order of the request
  std::size_t missing_ = 0;
};

}  // namespace

void offset_fetch(Context& context, OffsetFetchRequest request, Reply<OffsetFetchResponse> reply) {
  std::make_shared<OffsetFetchOperation>(context, std::move(request), std::move(reply))->run();
}

}  // namespace understudy::broker
