// DeleteRecords (21): raises log start offsets (KIP-107).
//
// Kafka waits until the followers have done so too; here they share the leader's log.
#include "wire/messages/delete_records.h"

#include <map>
#include <string_view>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/by_topic.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::delete_records_request::DeleteRecordsPartition;
using wire::delete_records_response::DeleteRecordsPartitionResult;

constexpr std::int64_t kHighWatermark = -1;
constexpr std::int64_t kNoLowWatermark = -1;

// The checks of ReplicaManager.deleteRecordsOnLocalLog and Partition.deleteRecordsOnLeader. The
// order of the first two is KafkaApis' own: a topic that does not exist is never an inner one.
ErrorCode check(const Topic* topic, const Partition* partition, NodeId node, std::int64_t offset) {
  if (topic == nullptr || partition == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  if (topic->is_internal) return ErrorCode::kInvalidTopicException;
  if (!partition->is_leader(node)) return ErrorCode::kNotLeaderOrFollower;
  const TopicConfig& config = partition->config();
  if (config.cleanup_compact && !config.cleanup_delete) return ErrorCode::kPolicyViolation;
  if (offset < 0 || offset > partition->high_watermark()) return ErrorCode::kOffsetOutOfRange;
  return ErrorCode::kNone;
}

DeleteRecordsPartitionResult delete_records_of(NodeId node, const Topic* topic,
                                               const DeleteRecordsPartition& request) {
  DeleteRecordsPartitionResult result{.partition_index = request.partition_index,
                                      .low_watermark = kNoLowWatermark};
  Partition* partition = topic == nullptr ? nullptr : topic->partition(request.partition_index);
  const bool up_to_high_watermark = partition != nullptr && request.offset == kHighWatermark;
  const std::int64_t offset = up_to_high_watermark ? partition->high_watermark() : request.offset;
  result.error_code = check(topic, partition, node, offset);
  if (result.error_code != ErrorCode::kNone) return result;
  if (offset > partition->log_start_offset()) partition->raise_log_start_offset(offset);
  result.low_watermark = partition->log_start_offset();
  return result;
}

}  // namespace

void delete_records(Context& context, wire::DeleteRecordsRequest request,
                    Reply<wire::DeleteRecordsResponse> reply) {
  const NodeId node = reply.request().node;
  // Kafka has the offsets in a map: of a partition that is named twice the last one counts.
  std::map<std::pair<std::string_view, std::int32_t>, const DeleteRecordsPartition*> last;
  for (const auto& wanted : request.topics) {
    for (const DeleteRecordsPartition& partition : wanted.partitions) {
      last[{wanted.name, partition.partition_index}] = &partition;
    }
  }
  ByTopic<wire::delete_records_response::DeleteRecordsTopicResult> topics;
  for (const auto& wanted : request.topics) {
    const Topic* topic = context.cluster.find_topic(wanted.name);
    for (const DeleteRecordsPartition& partition : wanted.partitions) {
      if (last[{wanted.name, partition.partition_index}] != &partition) continue;
      topics[wanted.name].partitions.push_back(delete_records_of(node, topic, partition));
    }
  }
  std::move(reply).send({.topics = topics.take()});
}

}  // namespace understudy::broker
