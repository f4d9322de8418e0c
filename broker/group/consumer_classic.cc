// JoinGroup, SyncGroup and Heartbeat to a consumer group: members of the classic protocol take part
// in it (GroupMetadataManager.classicGroup*ToConsumerGroup, KIP-848).
//
// A member's epoch is its generation. Nobody is leader; what the coordinator has assigned comes as
// the answer to SyncGroup, and a heartbeat says when to join again.
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "broker/group/classic_answers.h"
#include "broker/group/classic_consumers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/consumer_records.h"
#include "broker/group/replicated_answer.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr const char* kConsumerType = "consumer";
constexpr wire::Version kFirstJoinWithKnownId = 4;  // KIP-394

// Those that all classic members have; nothing: there are no such members.
std::optional<std::set<std::string_view>> common_protocols(const ConsumerGroup& group) {
  std::optional<std::set<std::string_view>> common;
  for (const auto& [member_id, member] : group.members()) {
    if (!member.classic) continue;
    std::set<std::string_view> names;
    for (const auto& protocol : member.classic->supported_protocols) {
      if (!common || common->contains(protocol.name)) names.insert(protocol.name);
    }
    common = std::move(names);
  }
  return common;
}

bool supports_one_of(const ConsumerGroup& group, const wire::JoinGroupRequest& request) {
  const auto common = common_protocols(group);
  return std::ranges::any_of(request.protocols, [&](const auto& protocol) {
    return !common || common->contains(protocol.name);
  });
}

ErrorCode check_join(const GroupShard& shard, const ConsumerGroup& group,
                     const wire::JoinGroupRequest& request) {
  if (shard.config().group_consumer_migration_policy == MigrationPolicy::kDisabled) {
    return ErrorCode::kInconsistentGroupProtocol;
  }
  const bool is_full =
      static_cast<std::int64_t>(group.members().size()) >= shard.config().group_consumer_max_size;
  const bool may_replace = shard.environment().profile.lets_instances_into_full_groups() &&
                           request.group_instance_id &&
                           group.find_static_member(*request.group_instance_id) != nullptr;
  if (is_full && !may_replace && group.find_member(request.member_id) == nullptr) {
    return ErrorCode::kGroupMaxSizeReached;
  }
  const bool is_supported =
      request.protocol_type == kConsumerType && supports_one_of(group, request);
  return is_supported ? ErrorCode::kNone : ErrorCode::kInconsistentGroupProtocol;
}

// What the request would say in the other protocol.
wire::ConsumerGroupHeartbeatRequest as_heartbeat(
    const Cluster& cluster, const wire::JoinGroupRequest& request,
    const wire::ConsumerProtocolSubscription& subscription) {
  wire::ConsumerGroupHeartbeatRequest asked{.group_id = request.group_id,
                                            .member_id = request.member_id,
                                            .member_epoch = kJoiningEpoch,
                                            .instance_id = request.group_instance_id,
                                            .rack_id = subscription.rack_id,
                                            .rebalance_timeout_ms = request.rebalance_timeout_ms,
                                            .subscribed_topic_names = subscription.topics,
                                            .subscribed_topic_regex = "",
                                            .topic_partitions = owned_of(cluster, subscription)};
  if (asked.rack_id && asked.rack_id->empty()) asked.rack_id.reset();
  return asked;
}

wire::JoinGroupResponse joined(const ConsumerChange& change) {
  wire::JoinGroupResponse response;
  response.member_id = change.member.id;
  response.generation_id = change.member.epoch;
  response.protocol_type = kConsumerType;
  response.protocol_name = change.member.classic->supported_protocols.front().name;
  return response;
}

// Heartbeats and SyncGroups of the same member are refused in the same way.
struct FoundMember {
  ErrorCode error = ErrorCode::kNone;
  const ConsumerMember* member = nullptr;
};
FoundMember find_classic_member(const ConsumerGroup& group, const std::string& member_id,
                                const std::optional<std::string>& instance_id,
                                std::int32_t generation) {
  const auto found = consumer_member_of(group, member_id, instance_id);
  if (const auto* error = std::get_if<ApiError>(&found)) return {.error = error->code};
  const ConsumerMember* const member = std::get<const ConsumerMember*>(found);
  if (!member->uses_classic_protocol()) return {.error = ErrorCode::kUnknownMemberId};
  if (member->epoch != generation) return {.error = ErrorCode::kIllegalGeneration};
  return {.member = member};
}

// A member that offers nothing comes from another program's log.
bool is_other_protocol(const ConsumerMember& member, const wire::SyncGroupRequest& request) {
  const auto& offered = member.classic->supported_protocols;
  return (request.protocol_type && *request.protocol_type != kConsumerType) ||
         (request.protocol_name &&
          (offered.empty() || *request.protocol_name != offered.front().name));
}

// What it waits for is free by now, so that another join would bring something.
bool would_gain(const ConsumerGroup& group, const ConsumerMember& member) {
  if (member.state != MemberState::kUnreleasedPartitions) return false;
  return std::ranges::none_of(group.target(member.id), [&](const auto& topic) {
    return std::ranges::any_of(topic.second, [&](std::int32_t index) {
      return !contains(member.assigned, topic.first, index) &&
             group.has_owner({.topic_id = topic.first, .index = index});
    });
  });
}

}  // namespace

void ConsumerGroups::join(wire::JoinGroupRequest request, Reply<wire::JoinGroupResponse> reply) {
  const ConsumerGroup& group = *find(request.group_id);
  const ErrorCode error = check_join(shard_, group, request);
  if (error != ErrorCode::kNone) return send_join(std::move(reply), join_error(error));
  const bool is_unknown = request.member_id.empty();
  if (is_unknown) request.member_id = wire::to_string(shard_.environment().random.uuid());
  if (is_unknown && !request.group_instance_id &&
      reply.request().version >= kFirstJoinWithKnownId) {
    return send_join(std::move(reply), join_error(ErrorCode::kMemberIdRequired, request.member_id));
  }
  const auto subscription = read_consumer_protocol<wire::ConsumerProtocolSubscription>(
      request.protocols.front().metadata);
  if (!subscription) {
    const bool is_refused = shard_.environment().profile.refuses_malformed_subscriptions();
    return send_join(std::move(reply), join_error(is_refused ? ErrorCode::kInconsistentGroupProtocol
                                                             : ErrorCode::kUnknownServerError));
  }
  const auto asked = as_heartbeat(shard_.environment().cluster, request, *subscription);
  // Not in the call itself, which may move the reply away first.
  const ConsumerRequest said{.asked = asked,
                             .client_id = reply.request().client_id,
                             .client_host = host_of(reply.request()),
                             .classic = classic_metadata_of(request),
                             .replaces_instance = is_unknown};
  join_as_classic(said, std::move(reply));
}

void ConsumerGroups::join_as_classic(const ConsumerRequest& request,
                                     Reply<wire::JoinGroupResponse> reply) {
  auto worked_out = update_consumer_group(shard_, lookups_, request);
  if (const auto* const error = std::get_if<ApiError>(&worked_out)) {
    return send_join(std::move(reply), join_error(error->code));
  }
  const auto& change = std::get<ConsumerChange>(worked_out);
  const std::string& group_id = request.asked.group_id;
  const auto shared = std::make_shared<Reply<wire::JoinGroupResponse>>(std::move(reply));
  const auto answer = [shared, response = joined(change)](ErrorCode error) {
    send_join(std::move(*shared), error == ErrorCode::kNone ? response : join_error(error));
  };
  if (change.downgrade) return downgrade(change, request, answer);
  if (!commit(change, request, answer)) return;
  stop_timer({TimerKind::kJoin, group_id, change.member.id});
  expire_later(TimerKind::kSync, group_id, change.member, "did not sync after it had joined");
}

void ConsumerGroups::sync(const wire::SyncGroupRequest& request,
                          Reply<wire::SyncGroupResponse> reply) {
  const ConsumerGroup& group = *find(request.group_id);
  const auto [error, member] = find_classic_member(
      group, request.member_id, request.group_instance_id, request.generation_id);
  if (error != ErrorCode::kNone) return std::move(reply).send(sync_error(error));
  if (is_other_protocol(*member, request)) {
    return std::move(reply).send(sync_error(ErrorCode::kInconsistentGroupProtocol));
  }
  if (group.target_epoch() > member->epoch && member->state != MemberState::kUnrevokedPartitions) {
    await_join(request.group_id, *member);
    return std::move(reply).send(sync_error(ErrorCode::kRebalanceInProgress));
  }
  stop_timer({TimerKind::kSync, request.group_id, member->id});
  start_session(request.group_id, member->id, member->classic->session_timeout_ms);
  wire::SyncGroupResponse response;
  response.protocol_type = request.protocol_type;
  response.protocol_name = request.protocol_name;
  response.assignment = assignment_for_classic(shard_.environment().cluster, *member);
  const auto shared = std::make_shared<Reply<wire::SyncGroupResponse>>(std::move(reply));
  shard_.shard().write({}, [shared, response = std::move(response)](ErrorCode failed) {
    std::move(*shared).send(failed == ErrorCode::kNone ? response : sync_error(failed));
  });
}

void ConsumerGroups::heartbeat(const wire::HeartbeatRequest& request,
                               Reply<wire::HeartbeatResponse> reply) {
  const ConsumerGroup& group = *find(request.group_id);
  const auto [error, member] = find_classic_member(
      group, request.member_id, request.group_instance_id, request.generation_id);
  if (error != ErrorCode::kNone) return std::move(reply).send({.error_code = error});
  start_session(request.group_id, member->id, member->classic->session_timeout_ms);
  const bool has_to_join = member->epoch < group.target_epoch() ||
                           member->state == MemberState::kUnrevokedPartitions ||
                           would_gain(group, *member);
  if (has_to_join) await_join(request.group_id, *member);
  const ErrorCode answer = has_to_join ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
  answer_when_replicated(shard_.shard(), std::move(reply),
                         wire::HeartbeatResponse{.error_code = answer});
}

// From the first time that it is told.
void ConsumerGroups::await_join(const std::string& group_id, const ConsumerMember& member) {
  if (timers_.contains({TimerKind::kJoin, group_id, member.id})) return;
  expire_later(TimerKind::kJoin, group_id, member, "did not join again");
}

void ConsumerGroups::expire_later(TimerKind kind, const std::string& group_id,
                                  const ConsumerMember& member, const std::string& what) {
  const std::int64_t timeout_ms = member.rebalance_timeout_ms;
  start_timer({.key = {kind, group_id, member.id},
               .reason = what + " within " + std::to_string(timeout_ms) + " ms"},
              timeout_ms);
}

// The records are not replayed into the classic group: it is there already, with more than they
// say.
void ConsumerGroups::downgrade(const ConsumerChange& change, const ConsumerRequest& request,
                               Shard::Done done) {
  const std::string& group_id = request.asked.group_id;
  const ConsumerGroup& group = *find(group_id);
  auto classic = downgraded(shard_.environment().cluster, group, {}, &change.member,
                            shard_.environment().clock.wall_ms());
  become_classic(
      group,
      {.records = change.records,
       .classic = std::move(classic),
       .rebalance_reason = change.has_stale_target ? "member " + change.member.id + " joined" : "",
       .events = GroupEvents(shard_, group_id)},
      std::move(done));
}

void ConsumerGroups::become_classic(const ConsumerGroup& group, Downgrade downgrade,
                                    Shard::Done done) {
  const std::string& group_id = group.id();
  downgrade.records.push_back(record_of_group(*downgrade.classic));
  std::unique_ptr<Group> before = shard_.take(group_id);
  ClassicGroup& adopted = shard_.classic().adopt(std::move(downgrade.classic));
  const auto is_refused = std::make_shared<bool>(false);
  shard_.classic().write(
      group_id, downgrade.records,
      [is_refused, done = std::move(done)](const ClassicGroups::Written& written) {
        *is_refused = written.is_refused;
        done(written.error);
      });
  // Its timers have gone on.
  if (*is_refused) {
    shard_.put(std::move(before));
    return;
  }
  became_classic(static_cast<const ConsumerGroup&>(*before), adopted, std::move(downgrade));
}

void ConsumerGroups::became_classic(const ConsumerGroup& before, ClassicGroup& classic,
                                    Downgrade downgrade) {
  for (const auto& [member_id, member] : before.members()) stop_timers(before.id(), member_id);
  lookups_.forget(before.id());
  downgrade.events.tell();
  if (downgrade.rebalance_reason.empty()) return;
  shard_.classic().write(before.id(),
                         shard_.classic().prepare_rebalance(classic, downgrade.rebalance_reason));
}

// Only members of the classic protocol are left, and they may go on without the others
// (validateOnlineDowngradeWithFencedMembers).
bool ConsumerGroups::may_become_classic(const ConsumerGroup& group,
                                        const std::vector<const ConsumerMember*>& gone) const {
  return may_downgrade(shard_.config(), group, gone) && group.members().size() > gone.size();
}

}  // namespace understudy::broker
