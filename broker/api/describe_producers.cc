// DescribeProducers (61): what a partition knows of its producers (KIP-664).
//
// Every replica answers, not the leader alone (ReplicaManager.activeProducerState).
#include "wire/messages/describe_producers.h"

#include <utility>

#include "broker/api/error_messages.h"
#include "broker/api/handlers.h"
#include "broker/cluster/topic_names.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_producers_response::PartitionResponse;

PartitionResponse describe(const Context& context, NodeId node, const std::string& topic_name,
                           std::int32_t index) {
  PartitionResponse response{.partition_index = index};
  if (auto why = invalid_topic_name(topic_name)) {
    response.error_code = ErrorCode::kInvalidTopicException;
    response.error_message = std::move(why);
    return response;
  }
  const Topic* topic = context.cluster.find_topic(topic_name);
  const Partition* partition = topic == nullptr ? nullptr : topic->partition(index);
  if (topic == nullptr)
    response.error_message = default_message(ErrorCode::kUnknownTopicOrPartition);
  if (partition == nullptr || !partition->has_replica(node)) {
    response.error_code = partition == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                               : ErrorCode::kNotLeaderOrFollower;
    return response;
  }
  for (const std::int64_t id : partition->producers().producer_ids()) {
    const ProducerEntry& entry = *partition->producers().find(id);
    response.active_producers.push_back(
        {.producer_id = id,
         .producer_epoch = entry.epoch,
         .last_sequence = entry.last_sequence(),
         .last_timestamp = entry.last_timestamp,
         .coordinator_epoch = entry.coordinator_epoch,
         .current_txn_start_offset = entry.transaction_first_offset});
  }
  return response;
}

}  // namespace

void describe_producers(Context& context, wire::DescribeProducersRequest request,
                        Reply<wire::DescribeProducersResponse> reply) {
  wire::DescribeProducersResponse response;
  for (const auto& topic : request.topics) {
    auto& topic_response = response.topics.emplace_back();
    topic_response.name = topic.name;
    for (const std::int32_t index : topic.partition_indexes) {
      topic_response.partitions.push_back(
          describe(context, reply.request().node, topic.name, index));
    }
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
