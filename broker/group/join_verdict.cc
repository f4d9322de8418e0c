#include "broker/group/join_verdict.h"

#include <optional>
#include <string_view>
#include <vector>

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using enum JoinVerdict::Kind;

constexpr wire::Version kFirstJoinThatRequiresAnId = 4;

JoinVerdict refused(ErrorCode error) { return {.kind = kRefuse, .error = error}; }

bool supports(const ClassicGroup& group, const wire::JoinGroupRequest& request) {
  std::vector<std::string_view> names;
  for (const auto& protocol : request.protocols) names.push_back(protocol.name);
  return group.supports(request.protocol_type, names);
}

// The same names and bytes in the same order.
bool has_same_protocols(const ClassicMember& member, const wire::JoinGroupRequest& request) {
  if (member.protocols.size() != request.protocols.size()) return false;
  for (std::size_t i = 0; i < member.protocols.size(); ++i) {
    const ClassicProtocol& known = member.protocols[i];
    if (known.name != request.protocols[i].name) return false;
    if (!(known.metadata == request.protocols[i].metadata)) return false;
  }
  return true;
}

JoinVerdict judge_without_id(const ClassicGroup& group, const wire::JoinGroupRequest& request,
                             wire::Version version) {
  if (request.group_instance_id) {
    const bool is_known = group.find_static(*request.group_instance_id) != nullptr;
    return {.kind = is_known ? kReplaceStatic : kAdd};
  }
  return {.kind = version >= kFirstJoinThatRequiresAnId ? kGiveId : kAdd};
}

JoinVerdict judge_rejoin(const ClassicGroup& group, const ClassicMember& member,
                         const wire::JoinGroupRequest& request) {
  const bool is_same = has_same_protocols(member, request);
  const JoinVerdict with_changes = {.kind = kRejoin,
                                    .reason = "member " + member.id + " changed its protocols"};
  switch (group.current_state()) {
    case ClassicState::kPreparingRebalance:
      return {.kind = kRejoin};
    case ClassicState::kCompletingRebalance:
      return is_same ? JoinVerdict{.kind = kAnswer} : with_changes;
    case ClassicState::kStable:
      // What only the leader sees may have changed: the number of partitions.
      if (group.is_leader(member.id)) {
        return {.kind = kRejoin, .reason = "leader " + member.id + " joined again"};
      }
      return is_same ? JoinVerdict{.kind = kAnswer} : with_changes;
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      break;
  }
  return refused(ErrorCode::kUnknownMemberId);
}

JoinVerdict judge_with_id(ClassicGroup& group, const wire::JoinGroupRequest& request) {
  if (group.is_pending_join(request.member_id)) {
    // Ids are given to dynamic members only. Kafka fails here (an illegal state).
    if (request.group_instance_id) return refused(ErrorCode::kUnknownServerError);
    return {.kind = kAdd};
  }
  const ErrorCode error = group.check_member(request.member_id, request.group_instance_id);
  if (error != ErrorCode::kNone) return refused(error);
  return judge_rejoin(group, *group.find_member(request.member_id), request);
}

}  // namespace

bool has_room(ClassicGroup& group, const std::string& member_id, std::int64_t size_max) {
  const ClassicMember* const member = group.find_member(member_id);
  const auto is_below = [size_max](std::size_t count) {
    return static_cast<std::int64_t>(count) < size_max;
  };
  switch (group.current_state()) {
    case ClassicState::kPreparingRebalance:
      // By those who wait: if the limit was lowered, who joins last is the one who has to go.
      return (member != nullptr && member->join.is_waiting()) ||
             is_below(group.awaiting_join_count());
    case ClassicState::kCompletingRebalance:
    case ClassicState::kStable:
      return member != nullptr || is_below(group.members().size());
    case ClassicState::kEmpty:
    case ClassicState::kDead:
      break;
  }
  return true;
}

JoinVerdict judge_join(ClassicGroup& group, const wire::JoinGroupRequest& request,
                       wire::Version version) {
  if (group.is(ClassicState::kDead)) return refused(ErrorCode::kCoordinatorNotAvailable);
  if (!supports(group, request)) return refused(ErrorCode::kInconsistentGroupProtocol);
  if (request.member_id.empty()) return judge_without_id(group, request, version);
  return judge_with_id(group, request);
}

}  // namespace understudy::broker
