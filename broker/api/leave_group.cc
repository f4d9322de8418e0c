// LeaveGroup (13): members leave a group, or an administrator removes them.
//   v3   several members, static ones by their instance ids (KIP-345)
//   v4   flexible
//   v5   a reason for each (KIP-800)
#include <utility>

#include "broker/api/group_handlers.h"
#include "broker/group/classic_answers.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

wire::LeaveGroupResponse leave_error(ErrorCode error) {
  wire::LeaveGroupResponse response;
  response.error_code = error;
  return response;
}

}  // namespace

void leave_group(Context& context, wire::LeaveGroupRequest request,
                 Reply<wire::LeaveGroupResponse> reply) {
  if (request.group_id.empty()) {
    return send_leave(std::move(reply), leave_error(ErrorCode::kInvalidGroupId));
  }
  const auto shard = context.groups.find(reply.request().node, request.group_id);
  if (!shard) return send_leave(std::move(reply), leave_error(shard.error()));
  (*shard)->leave(request, std::move(reply));
}

}  // namespace understudy::broker
