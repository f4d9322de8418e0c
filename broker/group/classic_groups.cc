#include "broker/group/classic_groups.h"

#include <utility>

#include "broker/group/classic_answers.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

ClassicGroup* classic_of(Group* group) { return dynamic_cast<ClassicGroup*>(group); }

std::vector<ClassicGroup*> classic_groups_of(const GroupShard& shard) {
  std::vector<ClassicGroup*> classic;
  for (const auto& [id, group] : shard.groups()) {
    if (ClassicGroup* const one = classic_of(group.get())) classic.push_back(one);
  }
  return classic;
}

}  // namespace

ClassicGroup* ClassicGroups::find(std::string_view id) { return classic_of(shard_.find(id)); }

void ClassicGroups::replay(const CoordinatorRecord& record) {
  const auto key = read_key<wire::GroupMetadataKey>(record);
  if (!key) return;
  if (own_record_ == key->group) return own_record_.reset();
  if (!record.value) {
    // An empty one that became a consumer group may have gone already.
    const Group* const group = shard_.find(key->group);
    if (group != nullptr && group->type() == GroupType::kClassic) shard_.remove(key->group);
    return;
  }
  const auto value = read_value<wire::GroupMetadataValue>(record);
  if (value) shard_.put(group_of_record(*key, *value));
}

void ClassicGroups::loaded() {
  const std::int64_t size_max = shard_.config().group_max_size;
  for (ClassicGroup* const group : classic_groups_of(shard_)) {
    group->set_sessions(this);
    for (auto& [id, member] : group->members()) restart_session(*group, member);
    if (static_cast<std::int64_t>(group->members().size()) > size_max) {
      write(group->id(), prepare_rebalance(*group, "more members than group.max.size, which is " +
                                                       std::to_string(size_max)));
    }
  }
}

void ClassicGroups::unloaded() {
  for (ClassicGroup* const group : classic_groups_of(shard_)) {
    group->move_to(ClassicState::kDead, shard_.environment().clock.wall_ms());
    for (auto& [id, member] : group->members()) {
      group->answer_join(member, join_error(ErrorCode::kNotCoordinator, id));
      ClassicGroup::answer_sync(member, sync_error(ErrorCode::kNotCoordinator));
    }
  }
}

ClassicGroup& ClassicGroups::adopt(std::unique_ptr<ClassicGroup> group) {
  ClassicGroup& adopted = *group;
  shard_.put(std::move(group));
  adopted.set_sessions(this);
  for (auto& [id, member] : adopted.members()) restart_session(adopted, member);
  return adopted;
}

// Replay takes `own_record_` away, so if it is still there the log has refused the records.
void ClassicGroups::write(const std::string& id, const Records& records, WriteDone done) {
  if (!records.empty()) own_record_ = id;
  shard_.shard().write(records, [this, done = std::move(done)](ErrorCode error) {
    const bool is_refused = own_record_.has_value();
    own_record_.reset();
    done({.error = error, .is_refused = is_refused});
  });
  own_record_.reset();
}

// If the log refuses an Empty group, the members of the generation before come back with the next
// load, and expire: so nothing is lost that somebody still needs.
void ClassicGroups::write(const std::string& id, const Records& records) {
  if (!records.empty()) write(id, records, [](const Written&) {});
}

void ClassicGroups::set_timer(OneTimer& timer, std::int64_t delay_ms,
                              std::function<void()> action) {
  timer.set(shard_.shard().timers(), shard_.environment().clock.monotonic_ms() + delay_ms,
            std::move(action));
}

void ClassicGroups::restart_session(ClassicGroup& group, ClassicMember& member) {
  start_session(group, member, member.session_timeout_ms);
}

void ClassicGroups::start_session(ClassicGroup& group, ClassicMember& member,
                                  std::int64_t timeout_ms) {
  set_timer(member.session, timeout_ms,
            [this, &group, &member] { session_expired(group, member); });
}

void ClassicGroups::session_expired(ClassicGroup& group, const ClassicMember& member) {
  if (member.has_satisfied_heartbeat()) return;
  const std::string timeout = std::to_string(member.session_timeout_ms) + " ms";
  const std::string reason = member.is_new
                                 ? "member " + member.id + "'s first join was not answered in time"
                                 : "member " + member.id + "'s session expired after " + timeout;
  write(group.id(), remove_member(group, std::string(member.id), reason));
}

ClassicGroups::Records ClassicGroups::remove_member(ClassicGroup& group,
                                                    const std::string& member_id,
                                                    const std::string& reason) {
  tell_left(group, *group.find_member(member_id), reason);
  group.remove(member_id);
  if (group.can_rebalance()) return prepare_rebalance(group, reason);
  if (group.is(ClassicState::kPreparingRebalance) && group.has_all_joined()) {
    return complete_join(group);
  }
  return {};
}

void ClassicGroups::tell_left(const ClassicGroup& group, const ClassicMember& member,
                              std::string reason) {
  shard_.tell({.verdict = GroupEvent::Verdict::kMemberLeft,
               .client_id = member.client_id,
               .group = group.id(),
               .member = member.id,
               .generation = group.generation(),
               .reason = std::move(reason)});
}

}  // namespace understudy::broker
