// OffsetDelete (47): forgets how far a group has read some partitions (KIP-496).
#include "wire/messages/offset_delete.h"

#include <memory>
#include <utility>

#include "broker/api/by_topic.h"
#include "broker/api/group_handlers.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/offset_requests.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::OffsetDeleteRequest;
using wire::OffsetDeleteResponse;
using wire::offset_delete_response::OffsetDeleteResponseTopic;

// The part of a request that exists, and the answer for the other one.
struct SortedDelete {
  OffsetDeleteRequest request;
  ByTopic<OffsetDeleteResponseTopic> refused;
  bool has_refused = false;
};

SortedDelete sort_by_existence(const Cluster& cluster, const OffsetDeleteRequest& request) {
  SortedDelete sorted;
  sorted.request.group_id = request.group_id;
  for (const auto& topic : request.topics) {
    const Topic* const found = cluster.find_topic(topic.name);
    wire::offset_delete_request::OffsetDeleteRequestTopic known;
    known.name = topic.name;
    for (const auto& partition : topic.partitions) {
      if (found != nullptr && found->partition(partition.partition_index) != nullptr) {
        known.partitions.push_back(partition);
        continue;
      }
      sorted.has_refused = true;
      sorted.refused[topic.name].partitions.push_back(
          {.partition_index = partition.partition_index,
           .error_code = ErrorCode::kUnknownTopicOrPartition});
    }
    if (!known.partitions.empty()) sorted.request.topics.push_back(std::move(known));
  }
  return sorted;
}

// OffsetDeleteResponse.Builder.merge: those refused before come first.
OffsetDeleteResponse merge(SortedDelete sorted, OffsetDeleteResponse decided) {
  if (!sorted.has_refused) return decided;
  for (OffsetDeleteResponseTopic& topic : decided.topics) {
    auto& answered = sorted.refused[topic.name];
    answered.partitions.insert(answered.partitions.end(), topic.partitions.begin(),
                               topic.partitions.end());
  }
  decided.topics = sorted.refused.take();
  return decided;
}

}  // namespace

void offset_delete(Context& context, OffsetDeleteRequest request,
                   Reply<OffsetDeleteResponse> reply) {
  const auto refuse = [](Reply<OffsetDeleteResponse>& owed, ErrorCode error) {
    OffsetDeleteResponse response;
    response.error_code = error;
    std::move(owed).send(std::move(response));
  };
  if (request.group_id.empty()) return refuse(reply, ErrorCode::kInvalidGroupId);
  SortedDelete sorted = sort_by_existence(context.cluster, request);
  const auto found = context.groups.find(reply.request().node, request.group_id);
  if (!found) return refuse(reply, found.error());
  auto decision = decide_offset_delete(**found, sorted.request);
  if (decision.error != ErrorCode::kNone) return refuse(reply, decision.error);
  OffsetDeleteResponse response = merge(std::move(sorted), std::move(decision.response));
  const auto owed = std::make_shared<Reply<OffsetDeleteResponse>>(std::move(reply));
  (*found)->shard().write(decision.records,
                          [owed, refuse, response = std::move(response)](ErrorCode error) {
                            if (error != ErrorCode::kNone) return refuse(*owed, error);
                            std::move(*owed).send(response);
                          });
}

}  // namespace understudy::broker
