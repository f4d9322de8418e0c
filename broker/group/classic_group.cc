#include "broker/group/classic_group.h"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/group/classic_answers.h"
#include "wire/assert.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/group_coordinator_records.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using enum ClassicState;

constexpr std::string_view kConsumerProtocolType = "consumer";

struct Move {
  ClassicState from;
  ClassicState to;
};

// ClassicGroupState; besides, any state may become Dead.
constexpr std::array kMoves = {
    Move{kPreparingRebalance, kEmpty},
    Move{kStable, kPreparingRebalance},
    Move{kCompletingRebalance, kPreparingRebalance},
    Move{kEmpty, kPreparingRebalance},
    Move{kPreparingRebalance, kCompletingRebalance},
    Move{kCompletingRebalance, kStable},
};

constexpr std::array<std::string_view, kClassicStateCount> kNames = {
    "Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"};

// The oldest form is the beginning of all later ones, so it is enough for the topics
// (ClassicGroup.computeSubscribedTopics). Nothing if the bytes are something else. Where they
// announce more topics than follow, Kafka loses the request and the group stands still; here it is
// a member that nothing is known of.
std::optional<std::vector<std::string>> topics_in(const wire::Bytes& metadata) {
  constexpr wire::Version kOldest = 0;
  wire::ConsumerProtocolSubscription subscription;
  if (!decode_stored(metadata, wire::schema_of<wire::ConsumerProtocolSubscription>, &subscription,
                     kOldest)) {
    return std::nullopt;
  }
  return std::move(subscription.topics);
}

}  // namespace

std::string_view name_of(ClassicState state) { return kNames[static_cast<std::size_t>(state)]; }

bool may_move(ClassicState from, ClassicState to) {
  return to == kDead || std::ranges::any_of(kMoves, [&](const Move& move) {
           return move.from == from && move.to == to;
         });
}

ClassicGroup::ClassicGroup(std::string id, ClassicGroupDetails details, ClassicState state)
    : Group(std::move(id)), details_(std::move(details)), state_(state) {}

ClassicGroup::~ClassicGroup() = default;

void ClassicGroup::move_to(ClassicState state, std::int64_t now_ms) {
  ASSERT(may_move(state_, state));
  previous_state_ = std::exchange(state_, state);
  details_.state_since_ms = now_ms;
}

bool ClassicGroup::uses_consumer_protocol() const {
  return details_.protocol_type == kConsumerProtocolType;
}

bool ClassicGroup::is_simple() const {
  return !details_.protocol_type && is(kEmpty) && pending_joins_.empty();
}

ClassicMember* ClassicGroup::find_member(std::string_view id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

const std::string* ClassicGroup::find_static(std::string_view instance_id) const {
  const auto found = static_ids_.find(instance_id);
  return found == static_ids_.end() ? nullptr : &found->second;
}

ErrorCode ClassicGroup::check_member(std::string_view member_id,
                                     const std::optional<std::string_view>& instance_id) const {
  if (instance_id) {
    const std::string* const owner = find_static(*instance_id);
    if (owner == nullptr) return ErrorCode::kUnknownMemberId;
    if (*owner != member_id) return ErrorCode::kFencedInstanceId;
  }
  return members_.contains(member_id) ? ErrorCode::kNone : ErrorCode::kUnknownMemberId;
}

bool ClassicGroup::supports(std::string_view protocol_type,
                            const std::vector<std::string_view>& protocols) const {
  if (is(kEmpty)) return !protocol_type.empty() && !protocols.empty();
  if (details_.protocol_type != protocol_type) return false;
  return std::ranges::any_of(protocols, [&](std::string_view protocol) {
    const auto support = protocol_support_.find(protocol);
    return (support == protocol_support_.end() ? 0 : support->second) == members_.size();
  });
}

// A name that a member says twice counts once.
void ClassicGroup::count_protocols(const ClassicMemberDetails& member, std::ptrdiff_t by) {
  std::set<std::string_view> names;
  for (const ClassicProtocol& protocol : member.protocols) names.insert(protocol.name);
  for (const std::string_view name : names) {
    protocol_support_.try_emplace(std::string(name)).first->second += static_cast<std::size_t>(by);
  }
}

ClassicMember& ClassicGroup::add(ClassicMemberDetails details, std::string_view protocol_type) {
  if (members_.empty()) details_.protocol_type = protocol_type;
  if (!details_.leader_id) details_.leader_id = details.id;
  if (details.instance_id) {
    const bool is_free = static_ids_.try_emplace(*details.instance_id, details.id).second;
    ASSERT(is_free);
  }
  const std::string id = details.id;
  const auto [place, is_added] = members_.try_emplace(id, std::move(details));
  ASSERT(is_added);
  count_protocols(place->second, 1);
  pending_joins_.erase(id);
  return place->second;
}

void ClassicGroup::elect_first() {
  details_.leader_id.reset();
  if (!members_.empty()) details_.leader_id = members_.begin()->first;
}

void ClassicGroup::remove(std::string_view id) {
  const std::string removed(id);  // it may lie in what is destroyed below
  if (ClassicMember* const member = find_member(removed)) {
    answer_join(*member, join_error(ErrorCode::kUnknownMemberId));
    answer_sync(*member, sync_error(ErrorCode::kUnknownMemberId));
    count_protocols(*member, -1);
    if (member->instance_id) static_ids_.erase(*member->instance_id);
    members_.erase(removed);
  }
  if (is_leader(removed)) elect_first();
  pending_joins_.erase(removed);
  pending_syncs_.erase(removed);
}

// Who has to sync is remembered by the old id: Kafka's group rebalances again if that is still so
// when the time for it is over.
ClassicMember& ClassicGroup::replace_static(const std::string& instance_id,
                                            const std::string& new_id) {
  const std::string old_id = static_ids_.at(instance_id);
  ClassicMember* const old = find_member(old_id);
  ASSERT(old != nullptr);
  answer_join(*old, join_error(ErrorCode::kFencedInstanceId, old_id));
  answer_sync(*old, sync_error(ErrorCode::kFencedInstanceId));
  ClassicMemberDetails details = static_cast<const ClassicMemberDetails&>(*old);
  details.id = new_id;
  members_.erase(old_id);
  const auto [place, is_added] = members_.try_emplace(new_id, std::move(details));
  ASSERT(is_added);
  if (is_leader(old_id)) details_.leader_id = new_id;
  static_ids_[instance_id] = new_id;
  return place->second;
}

void ClassicGroup::update(ClassicMember& member, std::vector<ClassicProtocol> protocols,
                          std::int32_t rebalance_timeout_ms, std::int32_t session_timeout_ms) {
  count_protocols(member, -1);
  member.protocols = std::move(protocols);
  count_protocols(member, 1);
  member.rebalance_timeout_ms = rebalance_timeout_ms;
  member.session_timeout_ms = session_timeout_ms;
}

std::int32_t ClassicGroup::rebalance_timeout_ms() const {
  std::int32_t longest_ms = 0;
  for (const auto& [id, member] : members_) {
    longest_ms = std::max(longest_ms, member.rebalance_timeout_ms);
  }
  return longest_ms;
}

void ClassicGroup::park_join(ClassicMember& member, Reply<wire::JoinGroupResponse> reply) {
  if (!member.join.is_waiting()) ++awaiting_join_count_;
  member.join.park(std::move(reply));
}

std::optional<Reply<wire::JoinGroupResponse>> ClassicGroup::take_join(ClassicMember& member) {
  if (member.join.is_waiting()) --awaiting_join_count_;
  return member.join.take();
}

bool ClassicGroup::answer_join(ClassicMember& member, wire::JoinGroupResponse response) {
  auto reply = take_join(member);
  if (!reply) return false;
  send_join(std::move(*reply), std::move(response));
  return true;
}

bool ClassicGroup::answer_sync(ClassicMember& member, wire::SyncGroupResponse response) {
  auto reply = member.sync.take();
  if (!reply) return false;
  std::move(*reply).send(std::move(response));
  return true;
}

// ClassicGroup.maybeElectNewJoinedLeader.
bool ClassicGroup::elect_joined_leader() {
  const ClassicMember* const leader =
      details_.leader_id ? find_member(*details_.leader_id) : nullptr;
  if (leader == nullptr) return false;
  if (leader->join.is_waiting()) return true;
  const auto joined = std::find_if(members_.begin(), members_.end(), [](const auto& entry) {
    return entry.second.join.is_waiting();
  });
  if (joined == members_.end()) return false;
  details_.leader_id = joined->first;
  return true;
}

std::string ClassicGroup::select_protocol() const {
  JavaHashMap<std::string, int> votes;
  for (const auto& [id, member] : members_) {
    const auto candidate = std::ranges::find_if(member.protocols, [&](const auto& protocol) {
      return protocol_support_.at(protocol.name) == members_.size();
    });
    if (candidate != member.protocols.end()) ++votes[candidate->name];
  }
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  // Members that agree on nothing come from a log that makes no sense.
  return most == votes.end() ? std::string() : most->first;
}

void ClassicGroup::begin_generation(std::int64_t now_ms) {
  details_.generation = epoch_after(details_.generation);
  details_.protocol_name.reset();
  if (!members_.empty()) details_.protocol_name = select_protocol();
  compute_subscribed_topics();
  move_to(members_.empty() ? kEmpty : kCompletingRebalance, now_ms);
  pending_syncs_.clear();
}

void ClassicGroup::compute_subscribed_topics() {
  subscribed_topics_.reset();
  if (!uses_consumer_protocol()) return;
  if (!members_.empty() && !details_.protocol_name) return;
  Topics all;
  for (const auto& [id, member] : members_) {
    const ClassicProtocol* const protocol = member.find_protocol(*details_.protocol_name);
    auto topics = protocol == nullptr ? std::nullopt : topics_in(protocol->metadata);
    if (!topics) return;
    all.insert(topics->begin(), topics->end());
  }
  subscribed_topics_ = std::move(all);
}

GroupView ClassicGroup::view() const {
  GroupView view{
      .generation = generation(), .protocol = protocol_name().value_or(""), .leader = leader_id()};
  for (const auto& [id, member] : members_) {
    const ClassicProtocol* const protocol = member.find_protocol(view.protocol);
    view.members.push_back({.member_id = id,
                            .instance_id = member.instance_id,
                            .client_id = member.client_id,
                            .client_host = member.client_host,
                            .metadata = protocol == nullptr ? wire::Bytes() : protocol->metadata,
                            .assignment = member.assignment});
  }
  return view;
}

// ClassicGroup.validateOffsetCommit.
ErrorCode ClassicGroup::check_commit(const OffsetClient& client,
                                     const std::vector<CommittedPartition>&) const {
  if (is(kDead)) return ErrorCode::kCoordinatorNotAvailable;
  const bool has_generation = client.generation >= 0;
  if (!has_generation && is(kEmpty)) return ErrorCode::kNone;
  if (has_generation || !client.member_id.empty() || client.instance_id) {
    const ErrorCode error = check_member(client.member_id, client.instance_id);
    if (error != ErrorCode::kNone) return error;
    if (client.generation != generation()) return ErrorCode::kIllegalGeneration;
  } else if (!client.is_transactional) {
    return ErrorCode::kUnknownMemberId;
  }
  const bool is_unassigned = is(kCompletingRebalance) && !client.is_transactional;
  return is_unassigned ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
}

void ClassicGroup::committed(const OffsetClient& client) {
  if (!is(kStable) && !is(kPreparingRebalance)) return;
  ClassicMember* const member = find_member(client.member_id);
  if (member != nullptr && sessions_ != nullptr) sessions_->restart_session(*this, *member);
}

ErrorCode ClassicGroup::check_fetch(const OffsetClient&) const {
  return is(kDead) ? ErrorCode::kGroupIdNotFound : ErrorCode::kNone;
}

ErrorCode ClassicGroup::check_offset_delete() const {
  if (is(kDead)) return ErrorCode::kGroupIdNotFound;
  if (is(kEmpty) || uses_consumer_protocol()) return ErrorCode::kNone;
  return ErrorCode::kNonEmptyGroup;
}

// As long as nobody knows what the members want, it may be any topic.
bool ClassicGroup::is_subscribed_to(std::string_view topic) const {
  if (!subscribed_topics_) return uses_consumer_protocol();
  return subscribed_topics_->contains(topic);
}

ErrorCode ClassicGroup::check_delete() const {
  if (is(kDead)) return ErrorCode::kGroupIdNotFound;
  return is(kEmpty) ? ErrorCode::kNone : ErrorCode::kNonEmptyGroup;
}

void ClassicGroup::add_tombstones(std::vector<CoordinatorRecord>& records) const {
  records.push_back(tombstone_of(wire::GroupMetadataKey{.group = id()}));
}

// ClassicGroup.offsetExpirationCondition.
OffsetExpiration ClassicGroup::expiration() const {
  using Base = OffsetExpiration::Base;
  if (!details_.protocol_type) return {.base = Base::kCommit};
  if (is(kEmpty)) return {.base = Base::kEmptySince, .empty_since_ms = details_.state_since_ms};
  const bool is_known = uses_consumer_protocol() && subscribed_topics_ && is(kStable);
  return {.base = is_known ? Base::kCommit : Base::kNever};
}

std::unique_ptr<ClassicGroup> make_simple_group(std::string id, std::int64_t now_ms) {
  return std::make_unique<ClassicGroup>(std::move(id),
                                        ClassicGroupDetails{.state_since_ms = now_ms});
}

}  // namespace understudy::broker
