#include "broker/group/reconciliation.h"

#include <algorithm>
#include <utility>

namespace understudy::broker {
namespace {

const std::map<std::int32_t, std::int32_t> kNoEpochs;
const std::vector<std::int32_t> kNoIndexes;

// Whether the member may still work with one of them: it says so, or says nothing.
bool may_own_one_of(const EpochedPartitions& partitions, const OwnedPartitions& owned) {
  if (!owned) return true;
  return std::ranges::any_of(*owned, [&](const auto& topic) {
    return std::ranges::any_of(topic.partitions, [&](std::int32_t index) {
      return contains(partitions, topic.topic_id, index);
    });
  });
}

// What has to happen to a member's partitions. `to_add` has the epoch that they get.
struct Steps {
  EpochedPartitions to_keep;
  EpochedPartitions to_revoke;
  EpochedPartitions to_add;
  bool has_unreleased = false;
};

class StepsOf {
 public:
  explicit StepsOf(const Reconciliation& input) : input_(input) {}

  Steps work_out() {
    for (const auto& [topic_id, of_topic] : input_.member.assigned) keep_or_revoke(topic_id);
    for (const auto& [topic_id, wanted] : input_.target) add_free_ones(topic_id);
    return std::move(steps_);
  }

 private:
  const std::map<std::int32_t, std::int32_t>& assigned(const wire::Uuid& topic_id) const {
    const auto found = input_.member.assigned.find(topic_id);
    return found == input_.member.assigned.end() ? kNoEpochs : found->second;
  }

  // The target of a topic that it no longer subscribes to counts as empty.
  const std::vector<std::int32_t>& wanted(const wire::Uuid& topic_id) const {
    const auto found = input_.target.find(topic_id);
    if (found == input_.target.end() || !input_.is_subscribed(topic_id)) return kNoIndexes;
    return found->second;
  }

  void keep_or_revoke(const wire::Uuid& topic_id) {
    const std::vector<std::int32_t>& indexes = wanted(topic_id);
    for (const auto& [index, epoch] : assigned(topic_id)) {
      const bool is_kept = std::ranges::binary_search(indexes, index);
      (is_kept ? steps_.to_keep : steps_.to_revoke)[topic_id].emplace(index, epoch);
    }
  }

  void add_free_ones(const wire::Uuid& topic_id) {
    const auto& already = assigned(topic_id);
    for (const std::int32_t index : wanted(topic_id)) {
      if (already.contains(index)) continue;
      if (is_free(topic_id, index)) {
        steps_.to_add[topic_id].emplace(index, input_.target_epoch);
      } else {
        steps_.has_unreleased = true;
      }
    }
  }

  // What it has to give up itself is free for it: no other member can have it.
  bool is_free(const wire::Uuid& topic_id, std::int32_t index) const {
    return contains(input_.member.pending_revocation, topic_id, index) ||
           !input_.has_owner({.topic_id = topic_id, .index = index});
  }

  const Reconciliation& input_;
  Steps steps_;
};

// Every change of the assignment notes the epoch before, even if it stays.
ConsumerMember moved_to(const ConsumerMember& member, std::int32_t epoch) {
  ConsumerMember moved = member;
  moved.previous_epoch = member.epoch;
  moved.epoch = epoch;
  return moved;
}

void merge(EpochedPartitions& into, const EpochedPartitions& from) {
  for (const auto& [topic_id, of_topic] : from) {
    into[topic_id].insert(of_topic.begin(), of_topic.end());
  }
}

ConsumerMember next_step(const Reconciliation& input, std::int32_t epoch_while_revoking) {
  Steps steps = StepsOf(input).work_out();
  if (!steps.to_revoke.empty() && may_own_one_of(steps.to_revoke, input.owned)) {
    ConsumerMember next = moved_to(input.member, epoch_while_revoking);
    next.state = MemberState::kUnrevokedPartitions;
    next.assigned = std::move(steps.to_keep);
    next.pending_revocation = std::move(steps.to_revoke);
    return next;
  }
  ConsumerMember next = moved_to(input.member, input.target_epoch);
  next.state = steps.has_unreleased ? MemberState::kUnreleasedPartitions : MemberState::kStable;
  next.assigned = std::move(steps.to_keep);
  merge(next.assigned, steps.to_add);
  next.pending_revocation.clear();
  return next;
}

// Its target is reached, or is not to be looked at yet, but it wants other topics: what is of none
// of them goes.
ConsumerMember without_unsubscribed(const Reconciliation& input) {
  EpochedPartitions kept;
  EpochedPartitions unsubscribed;
  for (const auto& [topic_id, of_topic] : input.member.assigned) {
    (input.is_subscribed(topic_id) ? kept : unsubscribed)[topic_id] = of_topic;
  }
  if (unsubscribed.empty()) return input.member;
  ConsumerMember next = moved_to(input.member, input.member.epoch);
  next.assigned = std::move(kept);
  merge(unsubscribed, input.member.pending_revocation);
  if (may_own_one_of(unsubscribed, input.owned)) {
    next.state = MemberState::kUnrevokedPartitions;
    next.pending_revocation = std::move(unsubscribed);
  }
  return next;
}

bool owns_nothing(const OwnedPartitions& owned) { return owned && owned->empty(); }

}  // namespace

std::optional<ConsumerMember> reconcile(const Reconciliation& input) {
  const ConsumerMember& member = input.member;
  const auto stay = [&] {
    return input.has_subscription_changed ? without_unsubscribed(input) : member;
  };
  switch (member.state) {
    case MemberState::kStable:
      return member.epoch == input.target_epoch ? stay() : next_step(input, member.epoch);
    case MemberState::kUnrevokedPartitions:
      if (may_own_one_of(member.pending_revocation, input.owned)) return stay();
      return next_step(input, member.epoch);
    case MemberState::kUnreleasedPartitions:
      return next_step(input, member.epoch);
    case MemberState::kUnknown:
      if (!owns_nothing(input.owned)) return std::nullopt;
      return next_step(input, input.target_epoch);
  }
  return member;
}

}  // namespace understudy::broker
