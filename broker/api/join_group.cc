// JoinGroup (11): enters a classic group. The answer comes when all have joined.
//   v1   a rebalance timeout of its own
//   v4   a dynamic member learns its id before it joins (KIP-394)
//   v5   static members (KIP-345)
//   v6   flexible
//   v7   protocol type and name in the answer (KIP-559)
//   v8   the client's reason (KIP-800)
//   v9   a leader may skip the assignment (KIP-814)
#include <utility>

#include "broker/api/group_handlers.h"
#include "broker/group/classic_answers.h"
#include "broker/group/group_coordinator.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr wire::Version kFirstWithRebalanceTimeout = 1;

// Before anybody asks whose the group is (GroupCoordinatorService.joinGroup).
ErrorCode check_join(const wire::JoinGroupRequest& request, const BrokerConfig& config) {
  if (request.group_id.empty()) return ErrorCode::kInvalidGroupId;
  const bool is_too_short = request.session_timeout_ms < config.group_min_session_timeout_ms;
  const bool is_too_long = request.session_timeout_ms > config.group_max_session_timeout_ms;
  return is_too_short || is_too_long ? ErrorCode::kInvalidSessionTimeout : ErrorCode::kNone;
}

}  // namespace

void join_group(Context& context, wire::JoinGroupRequest request,
                Reply<wire::JoinGroupResponse> reply) {
  const NodeId node = reply.request().node;
  const ErrorCode error = check_join(request, context.cluster.configs().of(node));
  if (error != ErrorCode::kNone) {
    return send_join(std::move(reply), join_error(error, request.member_id));
  }
  const auto shard = context.groups.find(node, request.group_id);
  if (!shard) return send_join(std::move(reply), join_error(shard.error()));
  if (reply.request().version < kFirstWithRebalanceTimeout) {
    request.rebalance_timeout_ms = request.session_timeout_ms;
  }
  (*shard)->join(std::move(request), std::move(reply));
}

}  // namespace understudy::broker
