#include "broker/group/interventions.h"

#include <memory>

#include "broker/group/classic_groups.h"
#include "broker/group/consumer_groups.h"
#include "broker/group/consumer_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

ApiError no_group(const std::string& id) {
  return {ErrorCode::kGroupIdNotFound, "there is no group '" + id + "'"};
}

constexpr const char* kReason = "it was asked for from outside";

ApiError no_member(const std::string& id, const std::string& member_id) {
  return {ErrorCode::kUnknownMemberId, "'" + member_id + "' is no member of group '" + id + "'"};
}

ApiError not_written(const std::string& id, ErrorCode error) {
  return {error, "the change of group '" + id + "' could not be written"};
}

// Until it returns: whether the log has refused.
class WriteOutcome {
 public:
  Shard::Done done() const {
    return [error = error_](ErrorCode result) { *error = result; };
  }
  ApiError of(const std::string& id) const {
    return *error_ == ErrorCode::kNone ? ApiError{} : not_written(id, *error_);
  }

 private:
  std::shared_ptr<ErrorCode> error_ = std::make_shared<ErrorCode>(ErrorCode::kNone);
};

// A new epoch, for which the target is computed with the next heartbeat.
ApiError bump_epoch(GroupShard& shard, const ConsumerGroup& group) {
  const WriteOutcome outcome;
  shard.shard().write({epoch_record(group.id(), epoch_after(group.epoch()), group.metadata_hash())},
                      outcome.done());
  ApiError result = outcome.of(group.id());
  if (!result.failed()) {
    shard.tell({.verdict = GroupEvent::Verdict::kRebalanced,
                .group = group.id(),
                .generation = group.epoch(),
                .reason = kReason});
  }
  return result;
}

ApiError rebalance_classic(GroupShard& shard, ClassicGroup& group) {
  if (!group.can_rebalance()) return {};  // it does so already
  shard.classic().write(group.id(), shard.classic().prepare_rebalance(group, kReason));
  return {};
}

}  // namespace

ApiError rebalance_group(GroupShard& shard, const std::string& id) {
  const Group* const group = shard.find(id);
  if (group == nullptr) return no_group(id);
  if (!group->has_members()) {
    return {ErrorCode::kInvalidRequest, "group '" + id + "' has no members"};
  }
  if (group->type() == GroupType::kConsumer) {
    return bump_epoch(shard, static_cast<const ConsumerGroup&>(*group));
  }
  return rebalance_classic(shard, *shard.classic().find(id));
}

ApiError evict_member(GroupShard& shard, const std::string& id, const std::string& member_id) {
  constexpr const char* kEvicted = "it was removed from outside";
  Group* const group = shard.find(id);
  if (group == nullptr) return no_group(id);
  if (group->type() == GroupType::kConsumer) {
    const auto& consumer = static_cast<const ConsumerGroup&>(*group);
    if (consumer.find_member(member_id) == nullptr) return no_member(id, member_id);
    const WriteOutcome outcome;
    shard.consumer().remove_members(id, {member_id}, kEvicted, outcome.done());
    return outcome.of(id);
  }
  auto& classic = static_cast<ClassicGroup&>(*group);
  if (classic.find_member(member_id) == nullptr) return no_member(id, member_id);
  shard.classic().write(id, shard.classic().remove_member(classic, member_id, kEvicted));
  return {};
}

}  // namespace understudy::broker
