// CreatePartitions (37): adds partitions to topics.
#include "wire/messages/create_partitions.h"

#include <map>
#include <utility>

#include "broker/api/admin_handlers.h"
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
  std::map<std::string_view, int> count_by_name;
  for (const auto& topic : request.topics) ++count_by_name[topic.name];
  wire::CreatePartitionsResponse response;
  for (const auto& topic : request.topics) {
    int& count = count_by_name[topic.name];
    if (count == 0) continue;  // the repetition of a name that has been answered
    ApiError error;
    if (count > 1) {
      error = {ErrorCode::kInvalidRequest, "Duplicate topic name."};
      count = 0;
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
