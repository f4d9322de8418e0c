// SyncGroup (14): the leader of a classic group gives the assignments, the others get theirs.
//   v3   static members (KIP-345)
//   v4   flexible
//   v5   protocol type and name (KIP-559)
#include <utility>

#include "broker/api/group_handlers.h"
#include "broker/group/classic_answers.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr wire::Version kFirstSyncWithProtocol = 5;

ErrorCode check_sync_request(const wire::SyncGroupRequest& request, wire::Version version) {
  const bool has_protocol = request.protocol_type && request.protocol_name;
  if (version >= kFirstSyncWithProtocol && !has_protocol) {
    return ErrorCode::kInconsistentGroupProtocol;
  }
  return request.group_id.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kNone;
}

}  // namespace

void sync_group(Context& context, wire::SyncGroupRequest request,
                Reply<wire::SyncGroupResponse> reply) {
  const ErrorCode error = check_sync_request(request, reply.request().version);
  if (error != ErrorCode::kNone) return std::move(reply).send(sync_error(error));
  const auto shard = context.groups.find(reply.request().node, request.group_id);
  if (!shard) return std::move(reply).send(sync_error(shard.error()));
  (*shard)->sync(request, std::move(reply));
}

}  // namespace understudy::broker
