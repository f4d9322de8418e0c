#include "broker/group/group_listing.h"

#include <algorithm>
#include <utility>

#include "broker/base/fitting.h"
#include "broker/cluster/config_def.h"
#include "broker/group/group_offsets.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_groups_response::DescribedGroup;
using wire::list_groups_response::ListedGroup;

constexpr wire::Version kFirstDescriptionWithNotFound = 6;
constexpr std::string_view kStateWithProtocol = "Stable";

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char one) {
    return one >= 'A' && one <= 'Z' ? static_cast<char>(one - 'A' + 'a') : one;
  });
  return lower;
}

bool allows(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || std::ranges::find(words, in_lower_case(word)) != words.end();
}

DescribedGroup not_described(const std::string& id, wire::Version version, std::string why) {
  DescribedGroup described;
  described.group_id = id;
  described.group_state = "Dead";
  if (version < kFirstDescriptionWithNotFound) return described;
  described.error_code = ErrorCode::kGroupIdNotFound;
  described.error_message = fitting(std::move(why));
  return described;
}

}  // namespace

std::string_view name_of(GroupType type) {
  switch (type) {
    case GroupType::kClassic:
      return "classic";
    case GroupType::kConsumer:
      return "consumer";
  }
  return "";
}

GroupFilter::GroupFilter(const wire::ListGroupsRequest& request) {
  for (const std::string& state : request.states_filter) {
    states_.push_back(in_lower_case(trimmed(state)));
  }
  for (const std::string& type : request.types_filter) types_.push_back(in_lower_case(type));
}

bool GroupFilter::matches(const Group& group) const {
  return allows(states_, group.state()) && allows(types_, name_of(group.type()));
}

std::vector<ListedGroup> list_groups(const GroupShard& shard, const GroupFilter& filter) {
  std::vector<ListedGroup> listed;
  for (const auto& [id, group] : shard.groups()) {
    if (!filter.matches(*group)) continue;
    auto& row = listed.emplace_back();
    row.group_id = id;
    row.protocol_type = group->protocol_type();
    row.group_state = group->state();
    row.group_type = name_of(group->type());
  }
  return listed;
}

DescribedGroup describe_group(GroupShard& shard, const std::string& id, wire::Version version) {
  const Group* const group = shard.find(id);
  if (group == nullptr) return not_described(id, version, "Group " + id + " not found.");
  if (group->type() != GroupType::kClassic) {
    return not_described(id, version, "Group " + id + " is not a classic group.");
  }
  DescribedGroup described;
  described.group_id = id;
  described.group_state = group->state();
  described.protocol_type = group->protocol_type();
  GroupView view = group->view();
  // Until the members agree, what they said does not belong to any protocol.
  const bool is_stable = group->state() == kStateWithProtocol;
  if (is_stable) described.protocol_data = std::move(view.protocol);
  for (GroupMemberView& member : view.members) {
    auto& row = described.members.emplace_back();
    row.member_id = std::move(member.member_id);
    row.group_instance_id = std::move(member.instance_id);
    row.client_id = std::move(member.client_id);
    row.client_host = std::move(member.client_host);
    if (is_stable) row.member_metadata = std::move(member.metadata);
    row.member_assignment = std::move(member.assignment);
  }
  return described;
}

ErrorCode decide_group_deletion(GroupShard& shard, std::string_view id,
                                std::vector<CoordinatorRecord>& records) {
  const Group* const group = shard.find(id);
  if (group == nullptr) return ErrorCode::kGroupIdNotFound;
  const ErrorCode error = group->check_delete();
  if (error != ErrorCode::kNone) return error;
  shard.offsets().add_tombstones(id, records);
  group->add_tombstones(records);
  return ErrorCode::kNone;
}

}  // namespace understudy::broker
