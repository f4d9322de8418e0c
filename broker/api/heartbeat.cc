// Heartbeat (12): a member of a classic group is alive, and learns that it has to join again.
//   v3   static members (KIP-345)
//   v4   flexible
#include "wire/messages/heartbeat.h"

#include <utility>

#include "broker/api/group_handlers.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

wire::HeartbeatResponse heartbeat_error(ErrorCode error) {
  wire::HeartbeatResponse response;
  response.error_code = error;
  return response;
}

}  // namespace

void heartbeat(Context& context, wire::HeartbeatRequest request,
               Reply<wire::HeartbeatResponse> reply) {
  if (request.group_id.empty()) {
    return std::move(reply).send(heartbeat_error(ErrorCode::kInvalidGroupId));
  }
  const auto shard = context.groups.find(reply.request().node, request.group_id);
  if (shard) return (*shard)->heartbeat(request, std::move(reply));
  // While the group loads nobody knows better than the member (GroupCoordinatorService.heartbeat).
  const bool is_loading = shard.error() == ErrorCode::kCoordinatorLoadInProgress;
  std::move(reply).send(heartbeat_error(is_loading ? ErrorCode::kNone : shard.error()));
}

}  // namespace understudy::broker
