#include "broker/group/consumer_group.h"

#include <algorithm>
#include <utility>

#include "broker/group/consumer_records.h"
#include "broker/group/topic_hash.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

const Assignment kNoTarget;

// OffsetCommit knows member epochs from here on.
constexpr std::int16_t kFirstCommitVersion = 9;

void add_one(SubscriberCounts& counts, const std::string& key) { ++counts[key]; }

void take_one(SubscriberCounts& counts, const std::string& key) {
  const auto found = counts.find(key);
  if (found == counts.end()) return;
  if (--found->second == 0) counts.erase(key);
}

void add_member(const ConsumerMember& member, SubscriberCounts& names, SubscriberCounts& regexes) {
  for (const std::string& name : member.topic_names) add_one(names, name);
  if (!member.regex.empty()) add_one(regexes, member.regex);
}

void take_member(const ConsumerMember& member, SubscriberCounts& names, SubscriberCounts& regexes) {
  for (const std::string& name : member.topic_names) take_one(names, name);
  if (!member.regex.empty()) take_one(regexes, member.regex);
}

ErrorCode wrong_epoch_error(const ConsumerMember& member) {
  return member.uses_classic_protocol() ? ErrorCode::kIllegalGeneration
                                        : ErrorCode::kStaleMemberEpoch;
}

}  // namespace

std::int64_t subscribed_hash(const Cluster& cluster, const std::set<std::string>& topics) {
  std::vector<std::pair<std::string_view, std::int64_t>> hashes;
  for (const std::string& name : topics) {
    const Topic* const topic = cluster.find_topic(name);
    if (topic != nullptr) hashes.emplace_back(name, topic_hash(hashed(*topic, cluster)));
  }
  return group_hash(std::move(hashes));
}

std::string_view ConsumerGroup::state() const {
  if (members_.empty()) return "Empty";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool is_stable = std::ranges::all_of(
      members_, [&](const auto& entry) { return entry.second.is_reconciled_to(target_epoch_); });
  return is_stable ? "Stable" : "Reconciling";
}

// What a member has to give up is shown as its own.
GroupView ConsumerGroup::view() const {
  GroupView view{.generation = epoch_, .assignment_epoch = target_epoch_};
  for (const auto& [member_id, member] : members_) {
    GroupMemberView& shown = view.members.emplace_back();
    shown.member_id = member_id;
    shown.instance_id = member.instance_id;
    shown.client_id = member.client_id;
    shown.client_host = member.client_host;
    shown.epoch = member.epoch;
    const auto show = [&](const PartitionKey& partition, std::int32_t) {
      const Topic* const topic = cluster_.find_topic(partition.topic_id);
      if (topic != nullptr) shown.partitions[topic->name].push_back(partition.index);
    };
    for_each_partition(member.assigned, show);
    for_each_partition(member.pending_revocation, show);
    for (auto& [topic, partitions] : shown.partitions) std::ranges::sort(partitions);
  }
  return view;
}

// ConsumerGroup.validateOffsetCommit. An older epoch is fine for what the member has had since.
ErrorCode ConsumerGroup::check_commit(const OffsetClient& client,
                                      const std::vector<CommittedPartition>& partitions) const {
  const std::int32_t epoch = client.generation;
  if (epoch < 0 && members_.empty()) return ErrorCode::kNone;
  const bool is_anonymous = epoch == -1 && client.member_id.empty() && !client.instance_id;
  if (client.is_transactional && is_anonymous) return ErrorCode::kNone;
  const ConsumerMember* const member = find_member(client.member_id);
  if (member == nullptr) return ErrorCode::kUnknownMemberId;
  if (!client.is_transactional && !member->uses_classic_protocol() &&
      client.api_version < kFirstCommitVersion) {
    return ErrorCode::kUnsupportedVersion;
  }
  if (epoch == member->epoch) return ErrorCode::kNone;
  if (epoch > member->epoch) return wrong_epoch_error(*member);
  const bool may = std::ranges::all_of(partitions, [&](const CommittedPartition& partition) {
    const Topic* const topic = cluster_.find_topic(partition.topic);
    if (topic == nullptr) return false;
    const auto since = member->assignment_epoch(topic->id, partition.partition);
    return since && epoch >= *since;
  });
  return may ? ErrorCode::kNone : wrong_epoch_error(*member);
}

ErrorCode ConsumerGroup::check_fetch(const OffsetClient& client) const {
  // Kafka fails at a member that is null while its epoch is not.
  if (!client.has_member_id) {
    return client.generation < 0 ? ErrorCode::kNone : ErrorCode::kUnknownServerError;
  }
  const ConsumerMember* const member = find_member(client.member_id);
  if (member == nullptr) return ErrorCode::kUnknownMemberId;
  return client.generation == member->epoch ? ErrorCode::kNone : wrong_epoch_error(*member);
}

bool ConsumerGroup::is_subscribed_to(std::string_view topic) const {
  if (name_users_.contains(topic)) return true;
  return std::ranges::any_of(regexes_, [&](const auto& entry) {
    return entry.second.topics.contains(std::string(topic));
  });
}

ErrorCode ConsumerGroup::check_delete() const {
  return members_.empty() ? ErrorCode::kNone : ErrorCode::kNonEmptyGroup;
}

// The order is what Kafka's loader wants: no member without its assignment, no target's epoch
// without the targets.
void ConsumerGroup::add_tombstones(std::vector<CoordinatorRecord>& records) const {
  for (const auto& [member_id, member] : members_) {
    records.push_back(assignment_tombstone(id(), member_id));
  }
  for (const auto& [member_id, member] : members_) {
    records.push_back(target_tombstone(id(), member_id));
  }
  records.push_back(target_epoch_tombstone(id()));
  for (const auto& [member_id, member] : members_) {
    records.push_back(member_tombstone(id(), member_id));
  }
  for (const auto& [regex, resolved] : regexes_) records.push_back(regex_tombstone(id(), regex));
  records.push_back(legacy_metadata_tombstone(id()));
  records.push_back(epoch_tombstone(id()));
}

const ConsumerMember* ConsumerGroup::find_member(std::string_view member_id) const {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : &found->second;
}

const ConsumerMember* ConsumerGroup::find_static_member(std::string_view instance_id) const {
  const auto found = by_instance_.find(instance_id);
  return found == by_instance_.end() ? nullptr : find_member(found->second);
}

const Assignment* ConsumerGroup::find_target(std::string_view member_id) const {
  const auto found = targets_.find(member_id);
  return found == targets_.end() ? nullptr : &found->second;
}

const Assignment& ConsumerGroup::target(std::string_view member_id) const {
  const Assignment* const found = find_target(member_id);
  return found == nullptr ? kNoTarget : *found;
}

std::size_t ConsumerGroup::users_of_regex(std::string_view regex) const {
  const auto found = regex_users_.find(regex);
  return found == regex_users_.end() ? 0 : found->second;
}

bool ConsumerGroup::subscribes_to(const ConsumerMember& member, std::string_view topic) const {
  const std::string name(topic);
  if (member.topic_names.contains(name)) return true;
  const auto resolved = regexes_.find(member.regex);
  return resolved != regexes_.end() && resolved->second.topics.contains(name);
}

std::vector<wire::Uuid> ConsumerGroup::subscribed_topic_ids(const ConsumerMember& member) const {
  std::vector<wire::Uuid> ids;
  const auto add_existing = [&](const std::string& name) {
    if (const Topic* const topic = cluster_.find_topic(name)) ids.push_back(topic->id);
  };
  for (const std::string& name : member.topic_names) add_existing(name);
  const auto resolved = regexes_.find(member.regex);
  if (resolved == regexes_.end()) return ids;
  for (const std::string& name : resolved->second.topics) {
    if (!member.topic_names.contains(name)) add_existing(name);
  }
  return ids;
}

Subscriptions ConsumerGroup::subscriptions(const std::vector<const ConsumerMember*>& gone,
                                           const ConsumerMember* added) const {
  Subscriptions result{.member_count = members_.size() - gone.size(),
                       .names = name_users_,
                       .regexes = regex_users_,
                       .topics = {}};
  for (const ConsumerMember* member : gone) take_member(*member, result.names, result.regexes);
  if (added != nullptr) {
    ++result.member_count;
    add_member(*added, result.names, result.regexes);
  }
  for (const auto& [name, users] : result.names) result.topics.insert(name);
  for (const auto& [regex, resolved] : regexes_) {
    if (!result.regexes.contains(regex)) continue;
    result.topics.insert(resolved.topics.begin(), resolved.topics.end());
  }
  return result;
}

void ConsumerGroup::count(const ConsumerMember& member) {
  add_member(member, name_users_, regex_users_);
  const auto own = [&](const PartitionKey& partition, std::int32_t) {
    owners_.insert_or_assign(partition, member.epoch);
  };
  for_each_partition(member.assigned, own);
  for_each_partition(member.pending_revocation, own);
  if (member.instance_id) by_instance_.insert_or_assign(*member.instance_id, member.id);
}

void ConsumerGroup::uncount(const ConsumerMember& member) {
  take_member(member, name_users_, regex_users_);
  const auto disown = [&](const PartitionKey& partition, std::int32_t) {
    const auto owner = owners_.find(partition);
    if (owner != owners_.end() && owner->second == member.epoch) owners_.erase(owner);
  };
  for_each_partition(member.assigned, disown);
  for_each_partition(member.pending_revocation, disown);
  if (!member.instance_id) return;
  const auto holder = by_instance_.find(*member.instance_id);
  if (holder != by_instance_.end() && holder->second == member.id) {
    by_instance_.erase(*member.instance_id);
  }
}

void ConsumerGroup::put_member(ConsumerMember member) {
  const auto there = members_.find(member.id);
  if (there != members_.end()) uncount(there->second);
  count(member);
  const std::string member_id = member.id;
  members_.insert_or_assign(member_id, std::move(member));
}

void ConsumerGroup::remove_member(std::string_view member_id) {
  const auto there = members_.find(member_id);
  if (there == members_.end()) return;
  uncount(there->second);
  members_.erase(member_id);
}

void ConsumerGroup::set_epoch(std::int32_t epoch, std::int64_t metadata_hash) {
  epoch_ = epoch;
  metadata_hash_ = metadata_hash;
}

void ConsumerGroup::put_target(const std::string& member_id, Assignment target) {
  targets_.insert_or_assign(member_id, std::move(target));
}

void ConsumerGroup::set_target_epoch(std::int32_t epoch, std::int64_t computed_ms) {
  target_epoch_ = epoch;
  target_computed_ms_ = computed_ms;
}

void ConsumerGroup::put_regex(const std::string& regex, ResolvedRegex resolved) {
  regexes_.insert_or_assign(regex, std::move(resolved));
}

}  // namespace understudy::broker
