#include "broker/group/target_assignment.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

using MemberPointers = JavaHashMap<std::string_view, const ConsumerMember*>;

MemberPointers members_after(const TargetQuestion& question) {
  MemberPointers members;
  for (const auto& [member_id, member] : question.group.members()) {
    if (question.replaced != nullptr && member_id == question.replaced->id) continue;
    members.try_emplace(member_id, &member);
  }
  members.insert_or_assign(question.updated.id, &question.updated);
  return members;
}

// A member that takes over an instance has that one's target already. Null: it has none yet.
const Assignment* target_before(const TargetQuestion& question, const ConsumerMember& member) {
  const bool takes_over = question.replaced != nullptr && &member == &question.updated;
  return question.group.find_target(takes_over ? question.replaced->id : member.id);
}

std::vector<AssignorTopic> topics_of(const Cluster& cluster, const std::set<wire::Uuid>& ids) {
  std::vector<AssignorTopic> topics;
  for (const wire::Uuid& id : ids) {
    const Topic* const topic = cluster.find_topic(id);
    ASSERT(topic != nullptr);
    topics.push_back(
        {.id = id, .partition_count = static_cast<std::int32_t>(topic->partitions.size())});
  }
  return topics;
}

ComputedTarget take_apart(const TargetQuestion& question, const MemberPointers& members,
                          std::vector<Assignment> targets) {
  ASSERT(targets.size() == members.size());
  ComputedTarget result;
  auto target = targets.begin();
  for (const auto& [member_id, member] : members) {
    Assignment& now = *target++;
    if (member == &question.updated) result.of_updated = now;
    const Assignment* const before = target_before(question, *member);
    if (before != nullptr && now == *before) continue;
    result.changed.push_back({.member_id = std::string(member_id), .target = std::move(now)});
  }
  return result;
}

}  // namespace

ComputedTarget compute_target(const TargetQuestion& question) {
  const MemberPointers members = members_after(question);
  // Borrowed by the input below.
  std::vector<std::vector<wire::Uuid>> topics_by_member;
  topics_by_member.reserve(members.size());
  std::set<wire::Uuid> all_topics;
  AssignorInput input{.type = question.type, .topics = {}, .members = {}};
  for (const auto& [member_id, member] : members) {
    const auto& topics =
        topics_by_member.emplace_back(question.group.subscribed_topic_ids(*member));
    const Assignment* const before = target_before(question, *member);
    all_topics.insert(topics.begin(), topics.end());
    input.members.push_back(
        {.id = member_id,
         .instance_id = member->instance_id,
         .topics = topics,
         .current = before == nullptr ? OrderedAssignment{} : in_hash_order(*before)});
  }
  input.topics = topics_of(question.cluster, all_topics);
  return take_apart(question, members, question.assignor.assign(input));
}

const Assignor& preferred_assignor(const ConsumerGroup& group, const ConsumerMember* gone,
                                   const ConsumerMember* updated,
                                   const std::vector<std::string>& configured) {
  std::vector<std::string_view> votes;
  const auto add_vote = [&](const ConsumerMember& member) {
    if (member.server_assignor) votes.push_back(*member.server_assignor);
  };
  for (const auto& [member_id, member] : group.members()) {
    if (gone == nullptr || member_id != gone->id) add_vote(member);
  }
  if (updated != nullptr) add_vote(*updated);
  const std::string_view otherwise = configured.empty() ? "" : std::string_view(configured.front());
  const Assignor* found = find_assignor(preferred_assignor(votes, otherwise));
  if (found == nullptr) found = find_assignor(otherwise);
  return found != nullptr ? *found : all_assignors().front();
}

}  // namespace understudy::broker
