// ListOffsets (2): offsets by time, and the ends of the log.
//
//   v2   isolation_level
//   v4   current_leader_epoch, and the leader epoch of the answer (KIP-320)
//   v5   OFFSET_NOT_AVAILABLE while a new leader's high watermark lags (KIP-207)
//   v7   MAX_TIMESTAMP (KIP-734)
//   v8   EARLIEST_LOCAL, v9 LATEST_TIERED, v11 EARLIEST_PENDING_UPLOAD: tiered storage, of which
//   there
//        is none
#include "wire/messages/list_offsets.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/api/by_topic.h"
#include "broker/api/handlers.h"
#include "broker/api/isolation_level.h"
#include "broker/api/local_log_check.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using PartitionResponse = wire::list_offsets_response::ListOffsetsPartitionResponse;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int64_t kEarliestPendingUpload = -6;
constexpr NodeId kConsumer = -1;
constexpr NodeId kDebuggingConsumer = -2;

wire::Version first_version_of(std::int64_t timestamp) {
  switch (timestamp) {
    case kMaxTimestamp:
      return 7;
    case kEarliestLocal:
      return 8;
    case kLatestTiered:
      return 9;
    case kEarliestPendingUpload:
      return 11;
    default:
      return timestamp >= kEarliest ? wire::Version{1} : wire::Versions::kNoLimit;
  }
}

struct Question {
  std::int64_t timestamp;
  std::int64_t limit;  // what lies at or above it is not shown
};

wire::Result<TimestampOffset> answer(const Partition& partition, const Question& question) {
  const TimestampOffset not_found;
  switch (question.timestamp) {
    case kLatest:
      return TimestampOffset{-1, question.limit, partition.leadership().leader_epoch};
    case kEarliest:
    case kEarliestLocal: {
      const auto& epochs = partition.leader_epochs().entries();
      const std::int64_t start = partition.log_start_offset();
      const bool is_known = !epochs.empty() && epochs.front().start_offset <= start;
      return TimestampOffset{-1, start, is_known ? epochs.front().epoch : -1};
    }
    case kLatestTiered:
    case kEarliestPendingUpload:
      return not_found;
    default:
      break;
  }
  const auto found = question.timestamp == kMaxTimestamp
                         ? partition.log().find_max_timestamp()
                         : partition.log().find_by_timestamp(question.timestamp,
                                                             partition.config().reader_options());
  if (!found) return found.error();
  if (!*found || (*found)->offset >= question.limit) return not_found;
  return **found;
}

class OffsetLister {
 public:
  OffsetLister(const Context& context, const wire::ListOffsetsRequest& request,
               const Request& envelope)
      : context_(context), request_(request), envelope_(envelope) {}

  PartitionResponse list(const std::string& topic_name,
                         const wire::list_offsets_request::ListOffsetsPartition& wanted) const {
    PartitionResponse response{.partition_index = wanted.partition_index};
    const auto found = look_up(topic_name, wanted);
    if (!found) {
      response.error_code = found.error();
      return response;
    }
    response.timestamp = found->timestamp;
    response.offset = found->offset;
    response.leader_epoch = found->leader_epoch;
    return response;
  }

 private:
  wire::Result<TimestampOffset> look_up(
      const std::string& topic_name,
      const wire::list_offsets_request::ListOffsetsPartition& wanted) const {
    if (envelope_.version < first_version_of(wanted.timestamp)) {
      return ErrorCode::kUnsupportedVersion;
    }
    const Partition* partition =
        context_.cluster.find_partition(topic_name, wanted.partition_index);
    if (partition == nullptr) return ErrorCode::kUnknownTopicOrPartition;
    const ErrorCode error = check_local_log(
        *partition, envelope_.node, wanted.current_leader_epoch,
        request_.replica_id == kDebuggingConsumer ? Answers::kReplicas : Answers::kLeader);
    if (error != ErrorCode::kNone) return error;
    std::int64_t limit = partition->log_end_offset();
    if (request_.replica_id == kConsumer) {
      limit = request_.isolation_level == kReadCommitted ? partition->last_stable_offset()
                                                         : partition->high_watermark();
    }
    const auto found = answer(*partition, {.timestamp = wanted.timestamp, .limit = limit});
    const bool is_by_start =
        wanted.timestamp == kEarliest || wanted.timestamp == kEarliestLocal || !found;
    if (is_by_start || !lags_after_election(*partition)) return found;
    if (wanted.timestamp != kLatest && found->offset >= 0) return found;
    constexpr wire::Version kFirstWithOffsetNotAvailable = 5;
    return envelope_.version < kFirstWithOffsetNotAvailable ? ErrorCode::kLeaderNotAvailable
                                                            : ErrorCode::kOffsetNotAvailable;
  }

  // A consumer would see the end of the log go back: the high watermark is below the place where
  // this leader began (Partition.fetchOffsetForTimestamp).
  bool lags_after_election(const Partition& partition) const {
    const auto& epochs = partition.leader_epochs().entries();
    return request_.replica_id == kConsumer && !epochs.empty() &&
           epochs.back().epoch == partition.leadership().leader_epoch &&
           epochs.back().start_offset > partition.high_watermark();
  }

  const Context& context_;
  const wire::ListOffsetsRequest& request_;
  const Request& envelope_;
};

// In Kafka the unknown level is an exception, which becomes the error of everything asked for.
wire::ListOffsetsResponse refuse_all(const wire::ListOffsetsRequest& request) {
  wire::ListOffsetsResponse response;
  for (const auto& topic : request.topics) {
    auto& topic_response = response.topics.emplace_back();
    topic_response.name = topic.name;
    for (const auto& partition : topic.partitions) {
      topic_response.partitions.push_back({.partition_index = partition.partition_index,
                                           .error_code = ErrorCode::kUnknownServerError});
    }
  }
  return response;
}

}  // namespace

void list_offsets(Context& context, wire::ListOffsetsRequest request,
                  Reply<wire::ListOffsetsResponse> reply) {
  if (!is_known_isolation_level(request.isolation_level))
    return std::move(reply).send(refuse_all(request));

  std::set<std::pair<std::string, std::int32_t>> seen, repeated;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      const std::pair place{topic.name, partition.partition_index};
      if (!seen.insert(place).second) repeated.insert(place);
    }
  }
  const OffsetLister lister(context, request, reply.request());
  ByTopic<wire::list_offsets_response::ListOffsetsTopicResponse> topics;
  std::set<std::pair<std::string, std::int32_t>> refused;
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions) {
      const std::pair place{topic.name, partition.partition_index};
      if (!repeated.contains(place)) {
        topics[topic.name].partitions.push_back(lister.list(topic.name, partition));
      } else if (refused.insert(place).second) {
        topics[topic.name].partitions.push_back({.partition_index = partition.partition_index,
                                                 .error_code = ErrorCode::kInvalidRequest});
      }
    }
  }
  std::move(reply).send({.topics = topics.take()});
}

}  // namespace understudy::broker
