#include "broker/group/consumer_groups.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "broker/base/fitting.h"
#include "broker/cluster/group_configs.h"
#include "broker/group/classic_answers.h"
#include "broker/group/classic_consumers.h"
#include "broker/group/classic_groups.h"
#include "broker/group/consumer_records.h"
#include "broker/group/group_events.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Response = wire::ConsumerGroupHeartbeatResponse;
using SharedReply = std::shared_ptr<Reply<Response>>;

// What the log refused is tried again after this time, as Kafka's coordinator does.
constexpr std::int64_t kRetryMs = 500;

void refuse(Reply<Response>& reply, ErrorCode code, std::optional<std::string> message = {}) {
  std::move(reply).send({.error_code = code, .error_message = fitting(std::move(message))});
}

// All that a client says after it has lost track, so that it is told everything again.
bool is_full(const wire::ConsumerGroupHeartbeatRequest& asked) {
  return asked.rebalance_timeout_ms != -1 &&
         (asked.subscribed_topic_names || asked.subscribed_topic_regex) && asked.topic_partitions;
}

Response response_to(const wire::ConsumerGroupHeartbeatRequest& asked,
                     const ConsumerChange& change) {
  Response response;
  response.member_id = change.member.id;
  response.member_epoch = change.member.epoch;
  const bool is_told = asked.member_epoch == kJoiningEpoch || is_full(asked) ||
                       !(change.before.assigned == change.member.assigned);
  if (!is_told) return response;
  auto& topics = response.assignment.emplace().topic_partitions;
  for (const auto& [topic_id, of_topic] : change.member.assigned) {
    auto& topic = topics.emplace_back();
    topic.topic_id = topic_id;
    for (const auto& [index, epoch] : of_topic) topic.partitions.push_back(index);
  }
  return response;
}

Response farewell(const std::string& member_id, std::int32_t epoch) {
  return {.member_id = member_id, .member_epoch = epoch};
}

// Answers once what it says is replicated.
Shard::Done answer(SharedReply reply, Response response) {
  return [reply = std::move(reply), response = std::move(response)](ErrorCode error) mutable {
    if (error != ErrorCode::kNone) return refuse(*reply, error);
    std::move(*reply).send(std::move(response));
  };
}

}  // namespace

std::string host_of(const Request& request) {
  return "/" + (request.session == nullptr ? std::string() : request.session->peer.host);
}

ConsumerGroups::ConsumerGroups(GroupShard& shard)
    : shard_(shard), lookups_(shard.environment().cluster) {}

ConsumerGroup* ConsumerGroups::find(std::string_view group_id) const {
  return dynamic_cast<ConsumerGroup*>(shard_.find(group_id));
}

void ConsumerGroups::heartbeat(const wire::ConsumerGroupHeartbeatRequest& asked,
                               Reply<Response> reply) {
  const ConsumerRequest request{.asked = asked,
                                .client_id = reply.request().client_id,
                                .client_host = host_of(reply.request())};
  switch (asked.member_epoch) {
    case kLeavingEpoch:
      return leave_for_good(request, std::move(reply));
    case kAwayEpoch:
      return leave_for_a_while(request, std::move(reply));
    default:
      return keep_up(request, std::move(reply));
  }
}

void ConsumerGroups::keep_up(const ConsumerRequest& request, Reply<Response> reply) {
  auto worked_out = update_consumer_group(shard_, lookups_, request);
  if (auto* const error = std::get_if<ApiError>(&worked_out)) {
    return refuse(reply, error->code, std::move(error->message));
  }
  const auto& change = std::get<ConsumerChange>(worked_out);
  Response response = response_to(request.asked, change);
  response.heartbeat_interval_ms =
      static_cast<std::int32_t>(consumer_group_config(shard_.environment().cluster,
                                                      shard_.shard().node(), request.asked.group_id)
                                    .heartbeat_interval_ms);
  commit(change, request,
         answer(std::make_shared<Reply<Response>>(std::move(reply)), std::move(response)));
}

bool ConsumerGroups::commit(const ConsumerChange& change, const ConsumerRequest& request,
                            Shard::Done done) {
  const std::string& group_id = request.asked.group_id;
  GroupEvents events(shard_, group_id);
  if (change.is_new_member) events.joined(request.client_id, change.member.id, change.member.epoch);
  if (!change.rebalance_reason.empty()) {
    events.rebalanced(change.group_epoch, change.rebalance_reason);
  }
  if (change.is_upgrade) answer_upgraded(group_id);
  if (!write(change.records, std::move(events), std::move(done))) return false;
  if (ConsumerGroup* const group = find(group_id)) {
    group->set_seen_metadata_offset(change.metadata_offset);
    keep_time(change, group_id);
    if (change.wants_lookup) look_up_later(group_id);
  }
  return true;
}

// Only a refusal is told before the write returns: what fails later is in the log all the same.
bool ConsumerGroups::write(const std::vector<CoordinatorRecord>& records, GroupEvents events,
                           Shard::Done done) {
  const auto is_refused = std::make_shared<bool>(false);
  shard_.shard().write(records, [is_refused, events = std::move(events),
                                 done = std::move(done)](ErrorCode error) mutable {
    *is_refused = error != ErrorCode::kNone;
    if (error == ErrorCode::kNone) events.tell();
    done(error);
  });
  return !*is_refused;
}

void ConsumerGroups::keep_time(const ConsumerChange& change, const std::string& group_id) {
  if (change.is_upgrade) {
    for (const auto& [id, member] : find(group_id)->members()) {
      if (member.classic) start_session(group_id, id, member.classic->session_timeout_ms);
    }
  }
  if (change.member.classic) {
    return start_session(group_id, change.member.id, change.member.classic->session_timeout_ms);
  }
  start_session(group_id, change.member.id);
  stop_timer({TimerKind::kJoin, group_id, change.member.id});
  stop_timer({TimerKind::kSync, group_id, change.member.id});
  if (change.moved()) start_rebalance_timer(group_id, change.member);
}

// Whoever waits in the classic group joins again, and then joins this one.
void ConsumerGroups::answer_upgraded(const std::string& group_id) {
  ClassicGroup& group = *shard_.classic().find(group_id);
  for (auto& [id, member] : group.members()) {
    group.answer_join(member, join_error(ErrorCode::kRebalanceInProgress, id));
    ClassicGroup::answer_sync(member, sync_error(ErrorCode::kRebalanceInProgress));
  }
}

void ConsumerGroups::leave_for_good(const ConsumerRequest& request, Reply<Response> reply) {
  const auto group = consumer_group_of(shard_, request.asked.group_id);
  if (const auto* error = std::get_if<ApiError>(&group)) {
    return refuse(reply, error->code, error->message);
  }
  const auto member = consumer_member_of(*std::get<const ConsumerGroup*>(group),
                                         request.asked.member_id, request.asked.instance_id);
  if (const auto* error = std::get_if<ApiError>(&member)) {
    return refuse(reply, error->code, error->message);
  }
  remove_members(request.asked.group_id, {std::get<const ConsumerMember*>(member)->id},
                 "left by itself",
                 answer(std::make_shared<Reply<Response>>(std::move(reply)),
                        farewell(request.asked.member_id, kLeavingEpoch)));
}

// It stays, with all that it has, and its session goes on. What it had to give up is given up.
void ConsumerGroups::leave_for_a_while(const ConsumerRequest& request, Reply<Response> reply) {
  const auto group = consumer_group_of(shard_, request.asked.group_id);
  if (const auto* error = std::get_if<ApiError>(&group)) {
    return refuse(reply, error->code, error->message);
  }
  const auto found = consumer_member_of(*std::get<const ConsumerGroup*>(group),
                                        request.asked.member_id, request.asked.instance_id);
  if (const auto* error = std::get_if<ApiError>(&found)) {
    return refuse(reply, error->code, error->message);
  }
  ConsumerMember member = *std::get<const ConsumerMember*>(found);
  member.epoch = kAwayEpoch;
  member.pending_revocation.clear();
  for (auto& [topic_id, of_topic] : member.assigned) {
    for (auto& [index, epoch] : of_topic) epoch = 0;
  }
  const std::vector<CoordinatorRecord> records{assignment_record(request.asked.group_id, member)};
  shard_.shard().write(records, answer(std::make_shared<Reply<Response>>(std::move(reply)),
                                       farewell(member.id, kAwayEpoch)));
}

void ConsumerGroups::leave(const wire::LeaveGroupRequest& request,
                           Reply<wire::LeaveGroupResponse> reply) {
  wire::LeaveGroupResponse response;
  std::vector<std::string> leaving;
  const ConsumerGroup* const group = find(request.group_id);
  for (const auto& one : leaving_members(request, reply.request().version)) {
    auto& answered = response.members.emplace_back();
    answered.member_id = one.member_id;
    answered.group_instance_id = one.group_instance_id;
    const ConsumerMember* found = nullptr;
    answered.error_code = ErrorCode::kUnknownMemberId;
    if (group != nullptr && one.group_instance_id) {
      found = group->find_static_member(*one.group_instance_id);
    } else if (group != nullptr) {
      found = group->find_member(one.member_id);
    }
    if (found == nullptr) continue;
    const bool is_fenced =
        one.group_instance_id && !one.member_id.empty() && one.member_id != found->id;
    answered.error_code = is_fenced ? ErrorCode::kFencedInstanceId : ErrorCode::kNone;
    if (!is_fenced) leaving.push_back(found->id);
  }
  const auto shared = std::make_shared<Reply<wire::LeaveGroupResponse>>(std::move(reply));
  remove_members(request.group_id, leaving, "was removed by LeaveGroup",
                 [shared, response = std::move(response)](ErrorCode error) mutable {
                   if (error != ErrorCode::kNone) response = {.error_code = error};
                   send_leave(std::move(*shared), std::move(response));
                 });
}

void ConsumerGroups::remove_members(const std::string& group_id,
                                    const std::vector<std::string>& member_ids,
                                    const std::string& reason, Shard::Done done) {
  const ConsumerGroup* const group = find(group_id);
  JavaHashMap<std::string, const ConsumerMember*> leaving;
  for (const std::string& id : member_ids) {
    const ConsumerMember* const member = group == nullptr ? nullptr : group->find_member(id);
    if (member != nullptr) leaving.try_emplace(id, member);
  }
  if (leaving.empty()) return shard_.shard().write({}, std::move(done));
  std::vector<const ConsumerMember*> members;
  GroupEvents events(shard_, group_id);
  for (const auto& [id, member] : leaving) {
    members.push_back(member);
    events.left(member->client_id, id, member->epoch, reason);
  }
  if (may_become_classic(*group, members)) {
    std::vector<CoordinatorRecord> records;
    group->add_tombstones(records);
    auto classic = downgraded(shard_.environment().cluster, *group, members, nullptr,
                              shard_.environment().clock.wall_ms());
    return become_classic(*group,
                          {.records = std::move(records),
                           .classic = std::move(classic),
                           .rebalance_reason = "member " + members.front()->id + " " + reason,
                           .events = std::move(events)},
                          std::move(done));
  }
  const ConsumerRemoval removal = remove_consumer_members(shard_, *group, members);
  events.rebalanced(removal.group_epoch, "member " + members.front()->id + " " + reason);
  write(removal.records, std::move(events), std::move(done));
}

// Apart from the request, as Kafka does it on another thread.
void ConsumerGroups::look_up_later(const std::string& group_id) {
  lookups_.start(group_id);
  shard_.shard().timers().at(shard_.environment().clock.monotonic_ms(),
                             [this, group_id] { look_up(group_id); });
}

void ConsumerGroups::look_up(const std::string& group_id) {
  const ConsumerGroup* const group = find(group_id);
  if (group == nullptr) return lookups_.give_up(group_id);
  GroupEvents events(shard_, group_id);
  const RegexAnswer answer =
      look_up_regexes(shard_.environment().cluster, *group, shard_.environment().clock.wall_ms());
  if (answer.group_epoch != group->epoch()) {
    events.rebalanced(answer.group_epoch, "the topics of a regular expression changed");
  }
  const bool is_written = write(answer.records, std::move(events), [](ErrorCode) {});
  if (is_written) return lookups_.end(group_id);
  lookups_.give_up(group_id);
}

void ConsumerGroups::start_timers(const std::string& group_id, const ConsumerMember& member) {
  start_session(group_id, member.id);
  start_rebalance_timer(group_id, member);
}

void ConsumerGroups::start_session(const std::string& group_id, const std::string& member_id) {
  start_session(group_id, member_id,
                consumer_group_config(shard_.environment().cluster, shard_.shard().node(), group_id)
                    .session_timeout_ms);
}

void ConsumerGroups::start_session(const std::string& group_id, const std::string& member_id,
                                   std::int64_t timeout_ms) {
  start_timer({.key = {TimerKind::kSession, group_id, member_id},
               .reason = "was not heard of for " + std::to_string(timeout_ms) + " ms"},
              timeout_ms);
}

// From when the member is told to give something up, until it has done so.
void ConsumerGroups::start_rebalance_timer(const std::string& group_id,
                                           const ConsumerMember& member) {
  const TimerKey key{TimerKind::kRebalance, group_id, member.id};
  if (member.state != MemberState::kUnrevokedPartitions) return stop_timer(key);
  const std::int64_t timeout_ms = member.rebalance_timeout_ms;
  start_timer({.key = key,
               .reason = "did not give up partitions within " + std::to_string(timeout_ms) + " ms",
               .epoch = member.epoch},
              timeout_ms);
}

void ConsumerGroups::start_timer(Expiry expiry, std::int64_t after_ms) {
  TimerKey key = expiry.key;
  stop_timer(key);
  const std::int64_t at_ms = shard_.environment().clock.monotonic_ms() + after_ms;
  const Timers::Id id = shard_.shard().timers().at(at_ms, [this, expiry = std::move(expiry)] {
    timers_.erase(expiry.key);
    expire(expiry);
  });
  timers_.insert_or_assign(std::move(key), id);
}

void ConsumerGroups::stop_timer(const TimerKey& key) {
  const auto found = timers_.find(key);
  if (found == timers_.end()) return;
  shard_.shard().timers().cancel(found->second);
  timers_.erase(found);
}

void ConsumerGroups::stop_timers(const std::string& group_id, const std::string& member_id) {
  stop_timer({TimerKind::kSession, group_id, member_id});
  stop_timer({TimerKind::kRebalance, group_id, member_id});
  stop_timer({TimerKind::kJoin, group_id, member_id});
  stop_timer({TimerKind::kSync, group_id, member_id});
}

// A write is replayed before it returns, so whoever is there afterwards was refused by the log.
// What a client is told says less: a write that timed out is in the log.
void ConsumerGroups::expire(const Expiry& expiry) {
  const auto& [kind, group_id, member_id] = expiry.key;
  const auto find_now = [this, &expiry]() -> const ConsumerMember* {
    const ConsumerGroup* const group = find(std::get<1>(expiry.key));
    return group == nullptr ? nullptr : group->find_member(std::get<2>(expiry.key));
  };
  const ConsumerMember* const member = find_now();
  if (member == nullptr || (expiry.epoch && *expiry.epoch != member->epoch)) return;
  remove_members(group_id, {member_id}, expiry.reason, [](ErrorCode) {});
  if (find_now() != nullptr) start_timer(expiry, kRetryMs);
}

// The outage itself expires nobody: all timers start anew, in full.
void ConsumerGroups::loaded() {
  lookups_.loaded();
  for (const auto& [id, group] : shard_.groups()) {
    const ConsumerGroup* const consumer = find(id);
    if (consumer == nullptr) continue;
    for (const auto& [member_id, member] : consumer->members()) start_timers(id, member);
  }
}

}  // namespace understudy::broker
