// CreatePartitions (37): adds partitions to topics.
#include "wire/messages/create_partitions.h"

#include <map>
#include <utility>

#include "broker/api/admin_handlers.h"
#include "broker/cluster/changes.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

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
    }
    response.results.push_back(
        {.name = topic.name, .error_code = error.code, .error_message = std::move(error.message)});
  }
  std::move(reply).send(std::move(response));
}

}  // namespace understudy::broker
