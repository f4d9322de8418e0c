// Which partitions every member of a consumer group should have (TargetAssignmentBuilder): what an
// assignor makes of who subscribes to what, and of the targets so far.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/group/assignment.h"
#include "broker/group/assignors.h"
#include "broker/group/consumer_group.h"
#include "broker/group/consumer_member.h"

namespace understudy::broker {

struct TargetQuestion {
  const Cluster& cluster;
  const ConsumerGroup& group;
  // In the place of the group's member with its id, or a new one.
  const ConsumerMember& updated;
  // The member whose instance, and so whose target, `updated` takes over; null: none.
  const ConsumerMember* replaced = nullptr;
  SubscriptionType type = SubscriptionType::kHomogeneous;
  const Assignor& assignor;
};

struct MemberTarget {
  std::string member_id;
  Assignment target;
};

struct ComputedTarget {
  // Those whose target is another one now, and new members, in the hash order of their ids.
  std::vector<MemberTarget> changed;
  Assignment of_updated;
};

ComputedTarget compute_target(const TargetQuestion& question);

// The assignor that most members want once `updated` is one of them (`gone` is it before, or null).
// What nobody knows here counts as the default.
const Assignor& preferred_assignor(const ConsumerGroup& group, const ConsumerMember* gone,
                                   const ConsumerMember* updated,
                                   const std::vector<std::string>& configured);

}  // namespace understudy::broker
