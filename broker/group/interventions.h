// What an operator or a test does to a group from outside, as no client could.
#pragma once

#include <string>

#include "broker/base/api_error.h"
#include "broker/group/group_shard.h"

namespace understudy::broker {

// All members have to join again, or are given a new epoch. A group without members has nothing to
// distribute.
ApiError rebalance_group(GroupShard& shard, const std::string& id);

// The member is removed as if it had left; it learns that from its next request.
ApiError evict_member(GroupShard& shard, const std::string& id, const std::string& member_id);

}  // namespace understudy::broker
