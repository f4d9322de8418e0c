// ListGroups (16): the groups that the node coordinates.
//
//   v4   their states, and only those in given states (KIP-518)
//   v5   their types, and only those of given types (KIP-848)
#include "wire/messages/list_groups.h"

#include <utility>
#include <vector>

#include "broker/api/group_handlers.h"
#include "broker/api/partwise_reply.h"
#include "broker/group/group_coordinator.h"
#include "broker/group/group_listing.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::ListGroupsRequest;
using wire::ListGroupsResponse;

// What one partition of the offsets topic has to say.
struct ListedPart {
  ErrorCode error = ErrorCode::kNone;
  std::vector<wire::list_groups_response::ListedGroup> groups;
};

ListGroupsResponse combine_lists(std::vector<ListedPart> parts) {
  ListGroupsResponse response;
  for (ListedPart& part : parts) {
    // Who does not lead any more has no groups. What waits for replicas too long is left out: Kafka
    // shows what was replicated last.
    if (part.error == ErrorCode::kNotCoordinator) continue;
    if (part.error == ErrorCode::kCoordinatorNotAvailable) continue;
    if (part.error != ErrorCode::kNone) response.error_code = part.error;
    for (auto& group : part.groups) response.groups.push_back(std::move(group));
  }
  if (response.error_code != ErrorCode::kNone) response.groups.clear();
  return response;
}

}  // namespace

void list_groups(Context& context, ListGroupsRequest request, Reply<ListGroupsResponse> reply) {
  const NodeId node = reply.request().node;
  if (context.groups.runtime().is_loading(node)) {
    ListGroupsResponse response;
    response.error_code = ErrorCode::kCoordinatorLoadInProgress;
    return std::move(reply).send(std::move(response));
  }
  const GroupFilter filter(request);
  const std::vector<GroupShard*> shards = context.groups.led_by(node);
  const auto answer = PartwiseReply<ListGroupsResponse, ListedPart>::make(
      std::move(reply), shards.size(), combine_lists);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    shards[i]->shard().write(
        {}, [answer, i, groups = list_groups(*shards[i], filter)](ErrorCode error) {
          answer->put(i, {.error = error, .groups = groups});
        });
  }
}

}  // namespace understudy::broker
