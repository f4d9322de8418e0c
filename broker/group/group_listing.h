// Groups as administrators see them: listed, described, deleted (GroupMetadataManager.listGroups,
// describeGroups, validateDeleteGroup).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/coordinator/record.h"
#include "broker/group/group_shard.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/list_groups.h"

namespace understudy::broker {

// "classic", "consumer".
std::string_view name_of(GroupType type);

// Which groups a ListGroups request asks for. No words ask for all; words that name nothing for
// none.
class GroupFilter {
 public:
  explicit GroupFilter(const wire::ListGroupsRequest& request);
  bool matches(const Group& group) const;

 private:
  std::vector<std::string> states_;  // in lower case
  std::vector<std::string> types_;
};

std::vector<wire::list_groups_response::ListedGroup> list_groups(const GroupShard& shard,
                                                                 const GroupFilter& filter);

// Only classic groups can be described by this request; before version 6 others are just dead.
wire::describe_groups_response::DescribedGroup describe_group(GroupShard& shard,
                                                              const std::string& id,
                                                              wire::Version version);

// Adds what removes the group and all its offsets, or says why it stays.
wire::ErrorCode decide_group_deletion(GroupShard& shard, std::string_view id,
                                      std::vector<CoordinatorRecord>& records);

}  // namespace understudy::broker
