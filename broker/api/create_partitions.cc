// CreatePartitions (37): adds partitions to topics.
#include "wire/messages/create_partitions.h"

#include <algorithm>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/api/controller_deadline.h"
#include "broker/api/repeated_keys.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_partitions_request::CreatePartitionsTopic;
using Names = RepeatedKeys<std::string_view>;

// Those that are not named twice.
std::vector<CreatePartitionsTopic> asked_of_controller(
    const std::vector<CreatePartitionsTopic>& topics, const Names& names) {
  std::vector<CreatePartitionsTopic> asked;
  std::ranges::copy_if(topics, std::back_inserter(asked), [&](const CreatePartitionsTopic& topic) {
    return !names.contains(topic.name);
  });
  return asked;
}

// Why the controller refuses all of them.
ApiError check_request(const Cluster& cluster, const wire::CreatePartitionsRequest& request,
                       const Names& names) {
  const std::vector<CreatePartitionsTopic> asked = asked_of_controller(request.topics, names);
  if (asked.empty()) return {};
  if (is_overdue(request.timeout_ms)) return {ErrorCode::kRequestTimedOut};
  if (count_new_partitions(cluster, asked) > kPartitionsPerRequestMax) {
    return {ErrorCode::kPolicyViolation,
            "Excessively large number of additional partitions per request."};
  }
  return {};
}

wire::CreatePartitionsResponse refuse_all(const std::vector<CreatePartitionsTopic>& topics,
                                          const ApiError& error) {
  wire::CreatePartitionsResponse response;
  for (const CreatePartitionsTopic& topic : topics) {
    response.results.push_back(
        {.name = topic.name, .error_code = error.code, .error_message = error.message});
  }
  return response;
}

}  // namespace

void create_partitions(Context& context, wire::CreatePartitionsRequest request,
                       Reply<wire::CreatePartitionsResponse> reply) {
  const ChangeMode mode = request.validate_only ? ChangeMode::kValidateOnly : ChangeMode::kApply;
  Names names(request.topics, &CreatePartitionsTopic::name);
  if (ApiError error = check_request(context.cluster, request, names); error.failed()) {
    return std::move(reply).send(refuse_all(request.topics, error));
  }
  wire::CreatePartitionsResponse response;
  for (const CreatePartitionsTopic& topic : request.topics) {
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
