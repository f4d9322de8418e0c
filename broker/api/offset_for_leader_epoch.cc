// OffsetForLeaderEpoch (23): where a leader epoch ended, for clients that check whether their log
// and ours are the same (KIP-101, KIP-320).
#include "wire/messages/offset_for_leader_epoch.h"

#include <utility>

#include "broker/api/handlers.h"
#include "broker/api/local_log_check.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::offset_for_leader_epoch_request::OffsetForLeaderPartition;
using wire::offset_for_leader_epoch_response::EpochEndOffset;

EpochEndOffset end_offset(const Context& context, NodeId node, const std::string& topic_name,
                          const OffsetForLeaderPartition& wanted) {
  EpochEndOffset answer{.partition = wanted.partition};
  const Partition* partition = context.cluster.find_partition(topic_name, wanted.partition);
  if (partition == nullptr) {
    answer.error_code = ErrorCode::kUnknownTopicOrPartition;
    return answer;
  }
  answer.error_code =
      check_local_log(*partition, node, wanted.current_leader_epoch, Answers::kLeader);
  if (answer.error_code != ErrorCode::kNone) return answer;
  const auto end =
      partition->leader_epochs().end_offset_for(wanted.leader_epoch, partition->log_end_offset());
  answer.leader_epoch = end.epoch;
  answer.end_offset = end.end_offset;
  return answer;
}

}  // namespace

void offset_for_leader_epoch(Context& context, wire::OffsetForLeaderEpochRequest request,
                             Reply<wire::OffsetForLeaderEpochResponse> reply) {
  wire::OffsetForLeaderEpochResponse response;
  for (const auto& topic : request.topics) {
    auto& topic_response = response.topics.emplace_back();
    topic_response.topic = topic.topic;
    for (const auto& partition : topic.partitions) {
      topic_response.partitions.push_back(
          end_offset(context, reply.request().node, topic.topic, partition));
    }
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
