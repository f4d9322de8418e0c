// CreatePartitions (37): adds partitions to topics.
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/repeated_keys.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

void wake_waiting(Context& context, const std::string& name) {
  const Topic* topic = context.cluster.find_topic(name);
  // Who is woken may change the cluster: only keys are kept.
  const auto partition_count = static_cast<std::int32_t>(topic->partitions.size());
  const wire::Uuid id = topic->id;
  for (std::int32_t index = 0; index < partition_count; ++index) {
    context.purgatory.changed({id, index});
  }
}

}  // namespace

void create_partitions(Context& context, wire::CreatePartitionsRequest request,
                       Reply<wire::CreatePartitionsResponse> reply) {
  const ChangeMode mode = request.validate_only ? ChangeMode::kValidateOnly : ChangeMode::kApply;
  RepeatedKeys<std::string_view> names(
      request.topics, &wire::create_partitions_request::CreatePartitionsTopic::name);
  wire::CreatePartitionsResponse response;
  for (const auto& topic : request.topics) {
    const Repetition repetition = names.take(topic.name);
    if (repetition == Repetition::kLater) continue;
    ApiError error;
    if (repetition == Repetition::kFirst) {
      error = {ErrorCode::kInvalidRequest, kDuplicateTopicName};
    } else {
      error = create_partitions(context.cluster, topic, mode);
      if (!error.failed() && mode == ChangeMode::kApply) wake_waiting(context, topic.name);
    }
    response.results.push_back(
        {.name = topic.name, .error_code = error.code, .error_message = std::move(error.message)});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
