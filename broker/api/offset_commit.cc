// OffsetCommit (8): stores how far a group has read.
//
//   v2   retention_time_ms, until v4: when the offsets expire
//   v6   leader epochs (KIP-320)
//   v7   static members (KIP-345)
//   v9   members of consumer groups (KIP-848); a group that does not exist is GROUP_ID_NOT_FOUND
//   v10  topic ids
#include "wire/messages/offset_commit.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "broker/api/by_topic.h"
#include "broker/api/group_handlers.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/offset_requests.h"
#include "wire/error_code.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::OffsetCommitRequest;
using wire::OffsetCommitResponse;
using wire::offset_commit_request::OffsetCommitRequestTopic;
using wire::offset_commit_response::OffsetCommitResponseTopic;

constexpr wire::Version kFirstCommitWithTopicIds = 10;

// From a request to its answer, across the wait for replication.
class OffsetCommitOperation {
 public:
  OffsetCommitOperation(Context& context, OffsetCommitRequest request,
                        Reply<OffsetCommitResponse> reply)
      : context_(context), request_(std::move(request)), reply_(std::move(reply)) {}

  // KafkaApis.handleOffsetCommitRequest: only what exists gets to the coordinator.
  void sort_topics() {
    for (OffsetCommitRequestTopic& topic : std::exchange(request_.topics, {})) {
      const ErrorCode error = resolve(topic);
      if (error != ErrorCode::kNone) {
        refuse(topic, error);
      } else {
        sort_partitions(std::move(topic));
      }
    }
  }

  bool is_answered() const { return request_.topics.empty(); }
  const Request& envelope() const { return reply_.request(); }
  const OffsetCommitRequest& request() const { return request_; }

  // Of all that got to the coordinator.
  void answer(ErrorCode error) {
    OffsetCommitResponse response;
    for (const OffsetCommitRequestTopic& topic : request_.topics) {
      auto& answered = response.topics.emplace_back();
      answered.name = topic.name;
      answered.topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        answered.partitions.push_back(
            {.partition_index = partition.partition_index, .error_code = error});
      }
    }
    note_refusal(error, "");
    answer(std::move(response));
  }

  // What the group took, and the partitions that it refused nevertheless.
  void note_refusals(const OffsetCommitResponse& decided) {
    for (const OffsetCommitResponseTopic& topic : decided.topics) {
      for (const auto& partition : topic.partitions) {
        if (partition.error_code == ErrorCode::kNone) continue;
        note_refusal(partition.error_code,
                     topic.name + "-" + std::to_string(partition.partition_index));
      }
    }
  }

  // OffsetCommitResponse.Builder.merge: those refused before come first.
  void answer(OffsetCommitResponse decided) {
    if (has_refused_) {
      for (OffsetCommitResponseTopic& topic : decided.topics) {
        auto& answered = refused_[topic.name];
        answered.topic_id = topic.topic_id;
        answered.partitions.insert(answered.partitions.end(), topic.partitions.begin(),
                                   topic.partitions.end());
      }
      decided.topics = refused_.take();
    }
    tell_refusals();
    std::move(reply_).send(std::move(decided));
  }

 private:
  // Fills in the name or the id.
  ErrorCode resolve(OffsetCommitRequestTopic& topic) const {
    const Cluster& cluster = context_.cluster;
    if (envelope().version >= kFirstCommitWithTopicIds) {
      const Topic* const found = cluster.find_topic(topic.topic_id);
      if (found == nullptr) return ErrorCode::kUnknownTopicId;
      topic.name = found->name;
      return ErrorCode::kNone;
    }
    const Topic* const found = cluster.find_topic(topic.name);
    topic.topic_id = found == nullptr ? wire::Uuid{} : found->id;
    return found == nullptr ? ErrorCode::kUnknownTopicOrPartition : ErrorCode::kNone;
  }

  OffsetCommitResponseTopic& refused_topic(const OffsetCommitRequestTopic& topic) {
    has_refused_ = true;
    auto& answered = refused_[topic.name.empty() ? to_string(topic.topic_id) : topic.name];
    answered.topic_id = topic.topic_id;
    return answered;
  }

  void refuse(const OffsetCommitRequestTopic& topic, ErrorCode error) {
    auto& answered = refused_topic(topic);
    for (const auto& partition : topic.partitions) {
      answered.partitions.push_back(
          {.partition_index = partition.partition_index, .error_code = error});
    }
    note_refusal(error, answered.name);
  }

  void sort_partitions(OffsetCommitRequestTopic topic) {
    const Topic& found = *context_.cluster.find_topic(topic.name);
    const auto is_missing = [&](const auto& partition) {
      return found.partition(partition.partition_index) == nullptr;
    };
    for (const auto& partition : topic.partitions) {
      if (!is_missing(partition)) continue;
      refused_topic(topic).partitions.push_back(
          {.partition_index = partition.partition_index,
           .error_code = ErrorCode::kUnknownTopicOrPartition});
      note_refusal(ErrorCode::kUnknownTopicOrPartition,
                   topic.name + "-" + std::to_string(partition.partition_index));
    }
    std::erase_if(topic.partitions, is_missing);
    if (!topic.partitions.empty()) request_.topics.push_back(std::move(topic));
  }

  // `what`: the topic or partition that it is about; empty: all of them.
  void note_refusal(ErrorCode error, const std::string& what) {
    Refusal& refusal = refusals_[error];
    if (refusal.count++ == 0) refusal.first = what;
  }

  // One event for each error, however many partitions it strikes.
  void tell_refusals() {
    for (const auto& [error, refusal] : refusals_) {
      const std::string others =
          refusal.count > 1 ? " and " + std::to_string(refusal.count - 1) + " more" : "";
      const std::string what = refusal.first.empty() ? "" : refusal.first + others + ": ";
      context_.events.add(context_.clock.wall_ms(), envelope().node,
                          GroupEvent{.verdict = GroupEvent::Verdict::kCommitRefused,
                                     .client_id = envelope().client_id,
                                     .group = request_.group_id,
                                     .member = request_.member_id,
                                     .generation = request_.generation_id_or_member_epoch,
                                     .error = error,
                                     .reason = what + why_commit_is_refused(error, request_)});
    }
  }

  struct Refusal {
    std::string first;
    std::size_t count = 0;
  };

  Context& context_;
  OffsetCommitRequest request_;  // of its topics those that exist
  Reply<OffsetCommitResponse> reply_;
  ByTopic<OffsetCommitResponseTopic> refused_;
  bool has_refused_ = false;
  std::map<ErrorCode, Refusal> refusals_;
};

}  // namespace

void offset_commit(Context& context, OffsetCommitRequest request,
                   Reply<OffsetCommitResponse> reply) {
  const auto operation =
      std::make_shared<OffsetCommitOperation>(context, std::move(request), std::move(reply));
  operation->sort_topics();
  if (operation->is_answered()) return operation->answer(OffsetCommitResponse{});
  const Request& envelope = operation->envelope();
  const auto found = context.groups.find(envelope.node, operation->request().group_id);
  if (!found) return operation->answer(found.error());
  GroupShard& shard = **found;
  auto decision = decide_offset_commit(shard, operation->request(), envelope.version);
  if (decision.error != ErrorCode::kNone) return operation->answer(decision.error);
  operation->note_refusals(decision.response);
  shard.shard().write(decision.records,
                      [operation, response = std::move(decision.response)](ErrorCode error) {
                        if (error == ErrorCode::kNone) return operation->answer(response);
                        operation->answer(error);
                      });
}

}  // namespace understudy::broker
