// CreatePartitions (37): adds partitions to topics.
#include "wire/messages/create_partitions.h"

#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/repeated_keys.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

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
    }
    response.results.push_back(
        {.name = topic.name, .error_code = error.code, .error_message = std::move(error.message)});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
