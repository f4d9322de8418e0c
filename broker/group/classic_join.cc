// JoinGroup to a classic group: what a JoinVerdict says is done here.
#include <optional>
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/member_id.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

// A new member may wait for its first join longer than its session: it does not know its id yet,
// and cannot heartbeat (group.new.member.join.timeout.ms, which nobody can set).
constexpr std::int64_t kNewMemberJoinTimeoutMs = 300'000;
constexpr wire::Version kFirstJoinThatSkipsAssignment = 9;  // KIP-814

std::vector<ClassicProtocol> protocols_of(const wire::JoinGroupRequest& request) {
  std::vector<ClassicProtocol> protocols;
  for (const auto& protocol : request.protocols) {
    // A copy, so that the frame does not stay for as long as the member.
    protocols.push_back(
        {.name = protocol.name, .metadata = wire::Slice::copy_of(protocol.metadata.view())});
  }
  return protocols;
}

ClassicMemberDetails details_of(const wire::JoinGroupRequest& request, const Request& envelope,
                                std::string id) {
  // As java.net.InetAddress prints an address without a name.
  const std::string host = envelope.session == nullptr ? "" : envelope.session->peer.host;
  return {.id = std::move(id),
          .instance_id = request.group_instance_id,
          .client_id = envelope.client_id,
          .client_host = "/" + host,
          .rebalance_timeout_ms = request.rebalance_timeout_ms,
          .session_timeout_ms = request.session_timeout_ms,
          .protocols = protocols_of(request)};
}

std::string with_reason_of(const wire::JoinGroupRequest& request, std::string reason) {
  const std::string said = request.reason.value_or("");
  return said.empty() ? reason : reason + " (" + said + ")";
}

void refuse_join(Reply<wire::JoinGroupResponse> reply, ErrorCode error,
                 std::string_view member_id) {
  send_join(std::move(reply), join_error(error, member_id));
}

}  // namespace

void ClassicGroups::join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply) {
  ClassicGroup* const group = find(request.group_id);
  if (group != nullptr) return join_group(*group, {std::move(request), std::move(reply)});
  if (!request.member_id.empty()) {
    return refuse_join(std::move(reply), ErrorCode::kUnknownMemberId, request.member_id);
  }
  create_and_join({std::move(request), std::move(reply)});
}

// The group is there for everybody, and in the log, whatever becomes of the request. An empty
// consumer group goes; its offsets stay.
void ClassicGroups::create_and_join(Join join) {
  const std::string id = join.request.group_id;
  Records records;
  const auto before = std::make_shared<std::unique_ptr<Group>>(shard_.take(id));
  if (*before != nullptr) (*before)->add_tombstones(records);
  ClassicGroup& group = adopt(make_simple_group(id, shard_.environment().clock.wall_ms()));
  records.push_back(record_of_group(group));
  join_group(group, std::move(join));
  const std::string member = group.members().empty() ? "" : group.members().begin()->first;
  write(id, records, [this, id, member, before](const Written& written) {
    if (written.error == ErrorCode::kNone) return;
    if (ClassicGroup* const created = find(id)) refuse_creation(*created, member, written.error);
    if (!written.is_refused) return;
    shard_.remove(id);
    if (*before != nullptr) shard_.put(std::move(*before));
  });
}

void ClassicGroups::refuse_creation(ClassicGroup& group, const std::string& member_id,
                                    ErrorCode error) {
  ClassicMember* const member = group.find_member(member_id);
  if (member != nullptr) group.answer_join(*member, join_error(error));
}

void ClassicGroups::join_group(ClassicGroup& group, Join join) {
  const std::string member_id = join.request.member_id;
  if (!has_room(group, member_id, shard_.config().group_max_size)) {
    return refuse_without_room(group, std::move(join));
  }
  const JoinVerdict verdict = judge_join(group, join.request, join.reply.request().version);
  switch (verdict.kind) {
    case JoinVerdict::Kind::kRefuse: {
      const bool is_lost = verdict.error == ErrorCode::kUnknownServerError;
      return refuse_join(std::move(join.reply), verdict.error, is_lost ? "" : member_id);
    }
    case JoinVerdict::Kind::kGiveId:
      return give_id(group, std::move(join));
    case JoinVerdict::Kind::kAdd:
      return add_member(group, std::move(join));
    case JoinVerdict::Kind::kReplaceStatic:
      return replace_static(group, std::move(join));
    case JoinVerdict::Kind::kRejoin:
      return rejoin(group, verdict.reason, std::move(join));
    case JoinVerdict::Kind::kAnswer:
      return send_join(std::move(join.reply), joined(group, member_id));
  }
}

// A member that was there is not any more: the limit has been lowered, and it comes last.
void ClassicGroups::refuse_without_room(ClassicGroup& group, Join join) {
  const std::string& member_id = join.request.member_id;
  if (const ClassicMember* const member = group.find_member(member_id)) {
    tell_left(group, *member, "group.max.size is reached");
  }
  group.remove(member_id);
  refuse_join(std::move(join.reply), ErrorCode::kGroupMaxSizeReached, "");
}

void ClassicGroups::give_id(ClassicGroup& group, Join join) {
  const std::string id = new_member_id(shard_.environment().random, join.reply.request().client_id);
  set_timer(group.add_pending_join(id), join.request.session_timeout_ms,
            [this, &group, id] { pending_join_expired(group, id); });
  refuse_join(std::move(join.reply), ErrorCode::kMemberIdRequired, id);
}

void ClassicGroups::pending_join_expired(ClassicGroup& group, const std::string& member_id) {
  group.remove(member_id);
  if (group.is(ClassicState::kPreparingRebalance) && group.has_all_joined()) {
    write(group.id(), complete_join(group));
  }
}

std::string ClassicGroups::id_for(const Join& join) {
  if (!join.request.member_id.empty()) return join.request.member_id;
  return new_member_id(shard_.environment().random,
                       join.request.group_instance_id.value_or(join.reply.request().client_id));
}

void ClassicGroups::add_member(ClassicGroup& group, Join join) {
  const std::string id = id_for(join);
  if (group.is_initial_rebalance()) group.set_new_member_added(true);
  ClassicMember& member =
      group.add(details_of(join.request, join.reply.request(), id), join.request.protocol_type);
  member.is_new = true;
  group.park_join(member, std::move(join.reply));
  group.set_sessions(this);
  start_session(group, member, kNewMemberJoinTimeoutMs);
  const std::string reason = with_reason_of(join.request, "member " + id + " joined");
  tell_joined(group, member, join.request.reason.value_or(""));
  write(group.id(), rebalance_or_complete(group, reason));
}

void ClassicGroups::rejoin(ClassicGroup& group, const std::string& reason, Join join) {
  ClassicMember& member = *group.find_member(join.request.member_id);
  const std::string why = with_reason_of(join.request, reason);
  park(group, member, std::move(join));
  write(group.id(), rebalance_or_complete(group, why));
}

void ClassicGroups::park(ClassicGroup& group, ClassicMember& member, Join join) {
  group.update(member, protocols_of(join.request), join.request.rebalance_timeout_ms,
               join.request.session_timeout_ms);
  group.park_join(member, std::move(join.reply));
}

// GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin.
void ClassicGroups::replace_static(ClassicGroup& group, Join join) {
  const std::string instance_id = *join.request.group_instance_id;
  const std::string new_id = id_for(join);
  Replacement replacement = {.group_id = group.id(),
                             .new_id = new_id,
                             .leader_before = group.leader_id(),
                             .version = join.reply.request().version};
  const ClassicMember& old = *group.find_member(*group.find_static(instance_id));
  replacement.before = static_cast<const ClassicMemberDetails&>(old);
  tell_left(group, old, "its instance " + instance_id + " joined again as member " + new_id);

  ClassicMember& member = group.replace_static(instance_id, new_id);
  restart_session(group, member);
  const std::string reason =
      with_reason_of(join.request, "static member " + instance_id + " joined again as " + new_id);
  tell_joined(group, member, join.request.reason.value_or(""));
  park(group, member, std::move(join));
  if (group.is(ClassicState::kStable) && group.protocol_name() == group.select_protocol()) {
    return write(group.id(), {record_of_group(group)},
                 [this, replacement](const Written& written) { replaced(replacement, written); });
  }
  // The leader may have been told of the old id already.
  write(group.id(), rebalance_or_complete(group, reason));
}

void ClassicGroups::replaced(const Replacement& replacement, const Written& written) {
  ClassicGroup* const group = find(replacement.group_id);
  ClassicMember* const member = group == nullptr ? nullptr : group->find_member(replacement.new_id);
  if (member == nullptr) return;  // it has been answered
  if (written.error != ErrorCode::kNone) {
    return take_back(*group, *member, replacement, written.error);
  }
  if (!group->is(ClassicState::kStable)) return;  // a rebalance has begun, which it waits for
  wire::JoinGroupResponse response = joined(*group, replacement.new_id);
  if (replacement.version >= kFirstJoinThatSkipsAssignment) {
    response.skip_assignment = group->is_leader(replacement.new_id);
  } else {
    // Who does not know that it may skip it would make an assignment that nobody wants.
    response.members.clear();
    response.leader = replacement.leader_before;
  }
  group->answer_join(*member, std::move(response));
}

void ClassicGroups::take_back(ClassicGroup& group, ClassicMember& member,
                              const Replacement& replacement, ErrorCode error) {
  const ClassicMemberDetails& before = replacement.before;
  tell_left(group, member, "it could not be stored: it is member " + before.id + " as before");
  wire::JoinGroupResponse response = joined(group, {});
  response.leader = replacement.leader_before;
  response.error_code = error;
  auto reply = group.take_join(member);
  group.update(member, before.protocols, before.rebalance_timeout_ms, before.session_timeout_ms);
  restart_session(group, group.replace_static(*before.instance_id, before.id));
  if (reply) send_join(std::move(*reply), std::move(response));
}

void ClassicGroups::tell_joined(const ClassicGroup& group, const ClassicMember& member,
                                std::string reason) {
  shard_.tell({.verdict = GroupEvent::Verdict::kMemberJoined,
               .client_id = member.client_id,
               .group = group.id(),
               .member = member.id,
               .generation = group.generation(),
               .reason = std::move(reason)});
}

}  // namespace understudy::broker
