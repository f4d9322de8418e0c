#include "broker/group/consumer_update.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "broker/cluster/group_configs.h"
#include "broker/group/classic_consumers.h"
#include "broker/group/classic_group.h"
#include "broker/group/consumer_records.h"
#include "broker/group/reconciliation.h"
#include "broker/group/target_assignment.h"
#include "broker/group/topic_pattern.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

ApiError unknown_member(const ConsumerGroup& group, const std::string& member_id) {
  return {ErrorCode::kUnknownMemberId,
          "Member " + member_id + " is not a member of group " + group.id() + "."};
}

ApiError check_instance(const ConsumerMember* holder, const std::string& member_id,
                        const std::string& instance_id) {
  if (holder == nullptr) {
    return {ErrorCode::kUnknownMemberId, "Instance id " + instance_id + " is unknown."};
  }
  if (holder->id == member_id) return {};
  return {ErrorCode::kFencedInstanceId, "Static member " + member_id + " with instance id " +
                                            instance_id + " was fenced by member " + holder->id +
                                            "."};
}

// Nothing reported is no subset.
bool is_subset(const OwnedPartitions& owned, const EpochedPartitions& assigned) {
  return owned && std::ranges::all_of(*owned, [&](const auto& topic) {
           return assigned.contains(topic.topic_id) &&
                  std::ranges::all_of(topic.partitions, [&](std::int32_t index) {
                    return contains(assigned, topic.topic_id, index);
                  });
         });
}

ApiError fenced(std::string_view how, std::int32_t received, std::int32_t known) {
  return {ErrorCode::kFencedMemberEpoch,
          "The consumer group member has a " + std::string(how) + " member epoch (" +
              std::to_string(received) + ") than the one known by the group coordinator (" +
              std::to_string(known) + "). The member must abandon all its partitions and rejoin."};
}

// The previous epoch is fine as long as nothing speaks against a lost answer.
ApiError check_epoch(const ConsumerMember& member, std::int32_t received,
                     const OwnedPartitions& owned) {
  if (received == kJoiningEpoch || received == member.epoch) return {};
  if (received > member.epoch) return fenced("greater", received, member.epoch);
  const bool is_retry = received == member.previous_epoch && is_subset(owned, member.assigned);
  return is_retry ? ApiError{} : fenced("smaller", received, member.epoch);
}

// What became of the member's regular expression in this request.
enum class RegexChange : std::uint8_t {
  kNone,
  kChanged,   // what it comes to is not known yet
  kResolved,  // it is known, or there is none any more
};

void add_replaced_tombstones(const ConsumerGroup& group, const ConsumerMember& replaced,
                             const std::string& newcomer, std::vector<CoordinatorRecord>& records);

class ConsumerUpdate {
 public:
  ConsumerUpdate(GroupShard& shard, RegexLookups& lookups, const ConsumerRequest& request)
      : shard_(shard),
        cluster_(shard.environment().cluster),
        lookups_(lookups),
        request_(request),
        asked_(request.asked),
        now_ms_(shard.environment().clock.wall_ms()) {}

  std::variant<ApiError, ConsumerChange> work_out() {
    if (ApiError error = find_group(); error.failed()) return error;
    if (ApiError error = check_capacity(); error.failed()) return error;
    if (ApiError error = find_member(); error.failed()) return error;
    take_over_fields();
    note_member();
    if (ApiError error = update_regex(); error.failed()) return error;
    maybe_bump();
    if (is_downgrade()) {
      if (ApiError error = prepare_downgrade(); error.failed()) return error;
      return std::move(change_);
    }
    aim();
    if (ApiError error = step(); error.failed()) return error;
    return std::move(change_);
  }

 private:
  bool is_joining() const { return asked_.member_epoch == kJoiningEpoch; }
  ConsumerMember& member() { return change_.member; }
  void add(CoordinatorRecord record) { change_.records.push_back(std::move(record)); }

  ApiError find_group();
  void start_group() {
    fresh_ = std::make_unique<ConsumerGroup>(asked_.group_id, cluster_);
    group_ = fresh_.get();
  }
  ApiError upgrade(const ClassicGroup& group);
  ApiError check_capacity() const;
  ApiError find_member();
  ApiError find_dynamic_member();
  ApiError find_static_member();
  void replace(const ConsumerMember& old);
  void take_over_fields();
  void note_member();
  ApiError update_regex();
  std::size_t regex_count() const;
  void note_old_regex();
  ApiError check_new_regex();
  Subscriptions subscriptions() const;
  bool has_other_assignor() const;
  std::string reason_to_bump() const;
  bool is_downgrade() const;
  ApiError prepare_downgrade();
  void maybe_bump();
  void aim();
  bool may_compute() const;
  void compute();
  ApiError step();

  GroupShard& shard_;
  const Cluster& cluster_;
  RegexLookups& lookups_;
  const ConsumerRequest& request_;
  const wire::ConsumerGroupHeartbeatRequest& asked_;
  const std::int64_t now_ms_;

  std::unique_ptr<ConsumerGroup> fresh_;  // one that is not there yet
  const ConsumerGroup* group_ = nullptr;
  const ConsumerMember* existing_ = nullptr;  // under the member's own id
  const ConsumerMember* replaced_ = nullptr;  // whose instance it takes over
  ConsumerChange change_;
  bool names_changed_ = false;
  RegexChange regex_change_ = RegexChange::kNone;
  bool brings_new_regex_ = false;
  std::optional<SubscriptionType> type_;  // nothing: the group's as it was
  std::int32_t target_epoch_ = 0;
  Assignment target_;
};

ApiError ConsumerUpdate::find_group() {
  Group* const found = shard_.find(asked_.group_id);
  if (found == nullptr && !is_joining()) {
    return {ErrorCode::kGroupIdNotFound, "Consumer group " + asked_.group_id + " not found."};
  }
  if (found == nullptr) {
    start_group();
    return {};
  }
  if (found->type() == GroupType::kConsumer) {
    group_ = static_cast<const ConsumerGroup*>(found);
    return {};
  }
  if (is_joining() && found->state() == "Empty") {
    found->add_tombstones(change_.records);
    start_group();
    return {};
  }
  if (is_joining()) return upgrade(static_cast<const ClassicGroup&>(*found));
  return {ErrorCode::kGroupIdNotFound, "Group " + asked_.group_id + " is not a consumer group."};
}

// Members keep what they have, at the group's generation (convertToConsumerGroup).
ApiError ConsumerUpdate::upgrade(const ClassicGroup& group) {
  auto result = upgraded(cluster_, shard_.config(), group);
  if (auto* const error = std::get_if<ApiError>(&result)) return std::move(*error);
  fresh_ = std::get<std::unique_ptr<ConsumerGroup>>(std::move(result));
  group_ = fresh_.get();
  change_.is_upgrade = true;
  group.add_tombstones(change_.records);
  for (const auto& [member_id, member] : group_->members()) {
    add(member_record(group_->id(), member));
  }
  add(epoch_record(group_->id(), group_->epoch(), group_->metadata_hash()));
  for (const auto& [member_id, member] : group_->members()) {
    add(target_record(group_->id(), member_id, group_->target(member_id)));
  }
  add(target_epoch_record(group_->id(), group_->target_epoch(), 0));
  for (const auto& [member_id, member] : group_->members()) {
    add(assignment_record(group_->id(), member));
  }
  return {};
}

ApiError ConsumerUpdate::check_capacity() const {
  if (shard_.environment().profile.lets_instances_into_full_groups() && asked_.instance_id &&
      group_->find_static_member(*asked_.instance_id) != nullptr) {
    return {};
  }
  const std::int64_t max = shard_.config().group_consumer_max_size;
  const bool is_full = static_cast<std::int64_t>(group_->members().size()) >= max;
  if (!is_full || group_->find_member(asked_.member_id) != nullptr) return {};
  return {ErrorCode::kGroupMaxSizeReached,
          "The consumer group has reached its maximum capacity of " + std::to_string(max) +
              " members."};
}

ApiError ConsumerUpdate::find_member() {
  ApiError error = asked_.instance_id ? find_static_member() : find_dynamic_member();
  if (error.failed()) return error;
  change_.member = change_.before;
  change_.is_new_member = existing_ == nullptr;
  return {};
}

ApiError ConsumerUpdate::find_dynamic_member() {
  existing_ = group_->find_member(asked_.member_id);
  if (existing_ != nullptr) {
    change_.before = *existing_;
    return check_epoch(*existing_, asked_.member_epoch, asked_.topic_partitions);
  }
  if (!is_joining()) return unknown_member(*group_, asked_.member_id);
  // Clients of version 0 leave the choice of an id to the broker.
  change_.before.id = asked_.member_id.empty() ? wire::to_string(shard_.environment().random.uuid())
                                               : asked_.member_id;
  return {};
}

ApiError ConsumerUpdate::find_static_member() {
  const ConsumerMember* const holder = group_->find_static_member(*asked_.instance_id);
  const bool may_be_new = request_.is_classic() ? request_.replaces_instance : is_joining();
  if (!may_be_new) {
    ApiError error = check_instance(holder, asked_.member_id, *asked_.instance_id);
    if (error.failed()) return error;
    existing_ = holder;
    change_.before = *holder;
    return check_epoch(*holder, asked_.member_epoch, asked_.topic_partitions);
  }
  if (holder == nullptr) return find_dynamic_member();
  if (!request_.is_classic() && !holder->uses_classic_protocol() && holder->epoch != kAwayEpoch) {
    return {ErrorCode::kUnreleasedInstanceId,
            "Static member " + asked_.member_id + " with instance id " + *asked_.instance_id +
                " cannot join the group because the instance id is owned by " + holder->id +
                " member."};
  }
  replace(*holder);
  return {};
}

// The newcomer starts as the one before it was, under its own id. That its old id may be the same
// makes no difference.
void ConsumerUpdate::replace(const ConsumerMember& old) {
  replaced_ = &old;
  change_.before = old;
  change_.before.id = asked_.member_id.empty() ? wire::to_string(shard_.environment().random.uuid())
                                               : asked_.member_id;
  change_.before.epoch = kJoiningEpoch;
  change_.before.previous_epoch = kJoiningEpoch;
  add_member_tombstones(group_->id(), old.id, change_.records);
  add(member_record(group_->id(), change_.before));
  add(target_record(group_->id(), change_.before.id, group_->target(old.id)));
  add(assignment_record(group_->id(), change_.before));
}

void ConsumerUpdate::take_over_fields() {
  ConsumerMember& updated = member();
  if (asked_.instance_id) updated.instance_id = asked_.instance_id;
  if (asked_.rack_id) updated.rack_id = asked_.rack_id;
  if (asked_.rebalance_timeout_ms != -1) updated.rebalance_timeout_ms = asked_.rebalance_timeout_ms;
  if (asked_.server_assignor) updated.server_assignor = asked_.server_assignor;
  if (asked_.subscribed_topic_names) {
    updated.topic_names = {asked_.subscribed_topic_names->begin(),
                           asked_.subscribed_topic_names->end()};
  }
  if (asked_.subscribed_topic_regex) updated.regex = *asked_.subscribed_topic_regex;
  updated.client_id = request_.client_id;
  updated.client_host = request_.client_host;
  updated.classic = request_.classic;
}

void ConsumerUpdate::note_member() {
  names_changed_ = member().topic_names != change_.before.topic_names;
  if (!has_same_metadata(change_.before, member())) add(member_record(group_->id(), member()));
}

// One regular expression may be dropped for another.
ApiError ConsumerUpdate::update_regex() {
  if (member().regex != change_.before.regex) {
    regex_change_ = RegexChange::kChanged;
    note_old_regex();
    if (ApiError error = check_new_regex(); error.failed()) return error;
  }
  if (!brings_new_regex_ && group_->regex_users().empty()) return {};
  change_.wants_lookup = lookups_.is_due(
      {.group = *group_,
       .regex_count = regex_count(),
       .brings_new = brings_new_regex_,
       .now_ms = now_ms_,
       .refresh_interval_ms = shard_.config().group_consumer_regex_refresh_interval_ms});
  return {};
}

// Without the other subscriptions, as every heartbeat asks for it.
std::size_t ConsumerUpdate::regex_count() const {
  const std::string& before = change_.before.regex;
  const std::string& after = change_.member.regex;
  std::size_t count = group_->regex_users().size();
  if (before == after) return count;
  if (!before.empty() && group_->users_of_regex(before) == 1) --count;
  if (!after.empty() && group_->users_of_regex(after) == 0) ++count;
  return count;
}

void ConsumerUpdate::note_old_regex() {
  const std::string& old = change_.before.regex;
  if (old.empty()) return;
  if (member().regex.empty()) regex_change_ = RegexChange::kResolved;
  if (group_->users_of_regex(old) == 1) add(regex_tombstone(group_->id(), old));
}

// Only one that nobody in the group uses yet is looked at.
ApiError ConsumerUpdate::check_new_regex() {
  const std::string& regex = member().regex;
  if (regex.empty()) return {};
  if (group_->users_of_regex(regex) > 0) {
    if (group_->regexes().contains(regex)) regex_change_ = RegexChange::kResolved;
    return {};
  }
  const auto compiled = TopicPattern::compile(regex);
  if (const auto* why = std::get_if<std::string>(&compiled)) {
    return {ErrorCode::kInvalidRegularExpression, *why};
  }
  brings_new_regex_ = true;
  return {};
}

Subscriptions ConsumerUpdate::subscriptions() const {
  const ConsumerMember* const gone = replaced_ != nullptr ? replaced_ : existing_;
  if (gone == nullptr) return group_->subscriptions({}, &change_.member);
  return group_->subscriptions({gone}, &change_.member);
}

// Whoever joins by JoinGroup has no pattern, and says nothing about assignors.
bool ConsumerUpdate::has_other_assignor() const {
  if (request_.is_classic()) return false;
  // All votes are the same as before.
  if (change_.before.server_assignor == change_.member.server_assignor) return false;
  if (!shard_.environment().profile.rebalances_for_another_assignor()) return false;
  const auto& configured = shard_.config().group_consumer_assignors;
  const ConsumerMember* const gone = replaced_ != nullptr ? replaced_ : existing_;
  return preferred_assignor(*group_, nullptr, nullptr, configured).name !=
         preferred_assignor(*group_, gone, &change_.member, configured).name;
}

// Empty: nothing that the member said.
std::string ConsumerUpdate::reason_to_bump() const {
  const std::string who = "member " + change_.member.id;
  const bool is_other_subscription = names_changed_ || regex_change_ == RegexChange::kResolved ||
                                     (request_.is_classic() && regex_change_ != RegexChange::kNone);
  if (is_other_subscription) {
    return who + (change_.is_new_member ? " joined" : " subscribes to other topics");
  }
  return has_other_assignor() ? who + " wants another assignor" : "";
}

void ConsumerUpdate::maybe_bump() {
  change_.group_epoch = group_->epoch();
  change_.metadata_offset = cluster_.metadata_offset();
  std::string reason = reason_to_bump();
  if (reason.empty() && group_->seen_metadata_offset() == change_.metadata_offset) return;
  const Subscriptions after = subscriptions();
  type_ = subscription_type(after.member_count, after.names, after.regexes);
  const std::int64_t hash = subscribed_hash(cluster_, after.topics);
  if (reason.empty() && hash != group_->metadata_hash()) reason = "subscribed topics changed";
  if (!reason.empty()) {
    change_.group_epoch = epoch_after(change_.group_epoch);
    add(epoch_record(group_->id(), change_.group_epoch, hash));
    change_.rebalance_reason = std::move(reason);
  }
  if (group_->has_legacy_metadata()) add(legacy_metadata_tombstone(group_->id()));
}

// The last member of the other protocol is replaced (validateOnlineDowngradeWithReplacedMember).
bool ConsumerUpdate::is_downgrade() const {
  if (!request_.is_classic() || replaced_ == nullptr) return false;
  // The newcomer counts in its place.
  return may_downgrade(shard_.config(), *group_, {replaced_}) &&
         static_cast<std::int64_t>(group_->members().size()) <= shard_.config().group_max_size;
}

// With the same topics it keeps what it has; else all have to join again anyway.
ApiError ConsumerUpdate::prepare_downgrade() {
  change_.downgrade = true;
  change_.has_stale_target = change_.group_epoch > group_->target_epoch();
  if (!change_.has_stale_target) {
    target_epoch_ = group_->target_epoch();
    target_ = group_->target(replaced_->id);
    if (ApiError error = step(); error.failed()) return error;
  }
  add_replaced_tombstones(*group_, *replaced_, change_.member.id, change_.records);
  return {};
}

// While the interval runs, the member keeps to the last target; a new one has none.
void ConsumerUpdate::aim() {
  if (change_.group_epoch > group_->target_epoch() && may_compute()) return compute();
  target_epoch_ = group_->target_epoch();
  const std::optional<std::string>& instance_id = member().instance_id;
  const ConsumerMember* const holder =
      instance_id ? group_->find_static_member(*instance_id) : existing_;
  if (holder != nullptr) target_ = group_->target(holder->id);
}

// GroupMetadataManager.canComputeNextTargetAssignment.
bool ConsumerUpdate::may_compute() const {
  const std::int64_t interval_ms =
      consumer_group_config(cluster_, shard_.shard().node(), group_->id()).assignment_interval_ms;
  const std::int64_t last_ms = group_->target_computed_ms();
  return last_ms == 0 || interval_ms == 0 || now_ms_ >= last_ms + interval_ms;
}

void ConsumerUpdate::compute() {
  if (!type_) {
    const Subscriptions before = group_->subscriptions({}, nullptr);
    type_ = subscription_type(before.member_count, before.names, before.regexes);
  }
  const ConsumerMember* const gone = replaced_ != nullptr ? replaced_ : existing_;
  ComputedTarget computed =
      compute_target({.cluster = cluster_,
                      .group = *group_,
                      .updated = change_.member,
                      .replaced = replaced_,
                      .type = *type_,
                      .assignor = preferred_assignor(*group_, gone, &change_.member,
                                                     shard_.config().group_consumer_assignors)});
  for (const MemberTarget& changed : computed.changed) {
    add(target_record(group_->id(), changed.member_id, changed.target));
  }
  target_epoch_ = change_.group_epoch;
  add(target_epoch_record(group_->id(), target_epoch_, now_ms_));
  target_ = std::move(computed.of_updated);
}

ApiError ConsumerUpdate::step() {
  const bool has_subscription_changed = names_changed_ || regex_change_ != RegexChange::kNone;
  if (!has_subscription_changed && member().is_reconciled_to(target_epoch_)) return {};
  std::optional<ConsumerMember> next = reconcile(
      {.member = member(),
       .target_epoch = target_epoch_,
       .target = target_,
       .has_subscription_changed = has_subscription_changed,
       .owned = asked_.topic_partitions,
       .is_subscribed =
           [&](const wire::Uuid& topic_id) {
             const Topic* const topic = cluster_.find_topic(topic_id);
             return topic != nullptr && group_->subscribes_to(member(), topic->name);
           },
       .has_owner = [&](const PartitionKey& partition) { return group_->has_owner(partition); }});
  if (!next) {
    return {ErrorCode::kFencedMemberEpoch,
            "The consumer group member is in a unknown state. The member must abandon all its "
            "partitions and rejoin."};
  }
  if (has_same_assignment(*next, member())) return {};
  change_.member = *std::move(next);
  add(assignment_record(group_->id(), change_.member));
  return {};
}

// The group as it is in the log by then: with the newcomer in the place of the one before it
// (createGroupTombstoneRecordsWithReplacedMember).
void add_replaced_tombstones(const ConsumerGroup& group, const ConsumerMember& replaced,
                             const std::string& newcomer, std::vector<CoordinatorRecord>& records) {
  std::vector<std::string> ids;
  for (const auto& [member_id, member] : group.members()) {
    ids.push_back(&member == &replaced ? newcomer : member_id);
  }
  for (const std::string& id : ids) records.push_back(assignment_tombstone(group.id(), id));
  for (const std::string& id : ids) records.push_back(target_tombstone(group.id(), id));
  records.push_back(target_epoch_tombstone(group.id()));
  for (const std::string& id : ids) records.push_back(member_tombstone(group.id(), id));
  for (const auto& [regex, resolved] : group.regexes()) {
    records.push_back(regex_tombstone(group.id(), regex));
  }
  records.push_back(legacy_metadata_tombstone(group.id()));
  records.push_back(epoch_tombstone(group.id()));
}

// Regular expressions that nobody but these members uses.
std::vector<std::string> regexes_of_only(const ConsumerGroup& group,
                                         const Subscriptions& without_them) {
  std::vector<std::string> dropped;
  for (const auto& [regex, users] : group.regex_users()) {
    if (!without_them.regexes.contains(regex)) dropped.push_back(regex);
  }
  return dropped;
}

}  // namespace

std::variant<ApiError, ConsumerChange> update_consumer_group(GroupShard& shard,
                                                             RegexLookups& lookups,
                                                             const ConsumerRequest& request) {
  return ConsumerUpdate(shard, lookups, request).work_out();
}

ConsumerRemoval remove_consumer_members(GroupShard& shard, const ConsumerGroup& group,
                                        const std::vector<const ConsumerMember*>& members) {
  ConsumerRemoval removal{.records = {}, .group_epoch = epoch_after(group.epoch())};
  for (const ConsumerMember* member : members) {
    add_member_tombstones(group.id(), member->id, removal.records);
  }
  const Subscriptions left = group.subscriptions(members, nullptr);
  for (const std::string& regex : regexes_of_only(group, left)) {
    removal.records.push_back(regex_tombstone(group.id(), regex));
  }
  const std::int64_t hash = subscribed_hash(shard.environment().cluster, left.topics);
  removal.records.push_back(epoch_record(group.id(), removal.group_epoch, hash));
  if (left.member_count == 0 && shard.environment().profile.assigns_empty_groups()) {
    removal.records.push_back(target_epoch_record(group.id(), removal.group_epoch, 0));
  }
  return removal;
}

std::variant<ApiError, const ConsumerGroup*> consumer_group_of(GroupShard& shard,
                                                               std::string_view id) {
  const Group* const found = shard.find(id);
  if (found == nullptr) {
    return ApiError{ErrorCode::kGroupIdNotFound, "Group " + std::string(id) + " not found."};
  }
  if (found->type() == GroupType::kConsumer) return static_cast<const ConsumerGroup*>(found);
  return ApiError{ErrorCode::kGroupIdNotFound,
                  "Group " + std::string(id) + " is not a consumer group."};
}

std::variant<ApiError, const ConsumerMember*> consumer_member_of(
    const ConsumerGroup& group, const std::string& member_id,
    const std::optional<std::string>& instance_id) {
  if (!instance_id) {
    const ConsumerMember* const found = group.find_member(member_id);
    if (found != nullptr) return found;
    return unknown_member(group, member_id);
  }
  const ConsumerMember* const holder = group.find_static_member(*instance_id);
  if (ApiError error = check_instance(holder, member_id, *instance_id); error.failed()) {
    return error;
  }
  return holder;
}

}  // namespace understudy::broker
