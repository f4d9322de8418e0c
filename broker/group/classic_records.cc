#include "broker/group/classic_records.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace understudy::broker {
namespace {

using wire::group_metadata_value::MemberMetadata;

// With the instance ids of static members: KIP-345. Kafka has a version 4 as well, which none of
// its releases writes.
constexpr wire::Version kWrittenVersion = 3;

using AssignmentOf = std::function<wire::Bytes(const ClassicMember&)>;

MemberMetadata stored_member(const ClassicGroup& group, const ClassicMember& member) {
  const ClassicProtocol* const protocol =
      group.protocol_name() ? member.find_protocol(*group.protocol_name()) : nullptr;
  return {.member_id = member.id,
          .group_instance_id = member.instance_id,
          .client_id = member.client_id,
          .client_host = member.client_host,
          .rebalance_timeout = member.rebalance_timeout_ms,
          .session_timeout = member.session_timeout_ms,
          .subscription = protocol == nullptr ? wire::Bytes() : protocol->metadata};
}

CoordinatorRecord record_with(const ClassicGroup& group, const AssignmentOf& assignment_of) {
  const ClassicGroupDetails& details = group.details();
  wire::GroupMetadataValue value;
  value.protocol_type = group.protocol_type();
  value.generation = details.generation;
  value.protocol = details.protocol_name;
  value.leader = details.leader_id;
  value.current_state_timestamp = details.state_since_ms;
  value.members.reserve(group.members().size());
  for (const auto& [id, member] : group.members()) {
    value.members.push_back(stored_member(group, member));
    value.members.back().assignment = assignment_of(member);
  }
  return record_of(wire::GroupMetadataKey{.group = group.id()}, value, kWrittenVersion);
}

ClassicMemberDetails living_member(const MemberMetadata& stored, const std::string& protocol) {
  const bool has_timeout = stored.rebalance_timeout != -1;  // version 0 has none
  return {.id = stored.member_id,
          .instance_id = stored.group_instance_id,
          .client_id = stored.client_id,
          .client_host = stored.client_host,
          .rebalance_timeout_ms = has_timeout ? stored.rebalance_timeout : stored.session_timeout,
          .session_timeout_ms = stored.session_timeout,
          .protocols = {{.name = protocol,
                         .metadata = wire::Slice::copy_of(stored.subscription.view())}},
          .assignment = wire::Slice::copy_of(stored.assignment.view())};
}

// Another program may have written what Kafka would not: two members of one id or instance. The
// first one counts.
bool is_known(ClassicGroup& group, const MemberMetadata& stored) {
  return group.find_member(stored.member_id) != nullptr ||
         (stored.group_instance_id && group.find_static(*stored.group_instance_id) != nullptr);
}

// A leader who is no member is none.
std::optional<std::string> leader_in(const wire::GroupMetadataValue& value) {
  const bool is_member =
      value.leader && std::ranges::find(value.members, *value.leader, &MemberMetadata::member_id) !=
                          value.members.end();
  return is_member ? value.leader : std::nullopt;
}

ClassicGroupDetails living_group(const wire::GroupMetadataValue& value) {
  ClassicGroupDetails details;
  details.generation = value.generation;
  if (!value.protocol_type.empty()) details.protocol_type = value.protocol_type;
  details.protocol_name = value.protocol;
  details.leader_id = leader_in(value);
  details.state_since_ms = value.current_state_timestamp;
  return details;
}

}  // namespace

CoordinatorRecord record_of_group(const ClassicGroup& group) {
  return record_with(group, [](const ClassicMember& member) { return member.assignment; });
}

CoordinatorRecord record_of_group(const ClassicGroup& group,
                                  const ClassicAssignments& assignments) {
  return record_with(group, [&](const ClassicMember& member) {
    const auto found = assignments.find(member.id);
    return found == assignments.end() ? wire::Bytes() : found->second;
  });
}

std::unique_ptr<ClassicGroup> group_of_record(const wire::GroupMetadataKey& key,
                                              const wire::GroupMetadataValue& value) {
  const auto state = value.members.empty() ? ClassicState::kEmpty : ClassicState::kStable;
  auto group = std::make_unique<ClassicGroup>(key.group, living_group(value), state);
  const std::string protocol = value.protocol.value_or("");
  for (const MemberMetadata& stored : value.members) {
    if (is_known(*group, stored)) continue;
    group->add(living_member(stored, protocol), value.protocol_type);
  }
  group->compute_subscribed_topics();
  return group;
}

}  // namespace understudy::broker
