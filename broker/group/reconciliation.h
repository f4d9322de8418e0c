// How a member of a consumer group gets from what it has to what it should have: it gives up first,
// and gets what others gave up later (KIP-848; CurrentAssignmentBuilder).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "broker/base/ids.h"
#include "broker/group/assignment.h"
#include "broker/group/consumer_member.h"
#include "wire/types.h"

namespace understudy::broker {

struct Reconciliation {
  const ConsumerMember& member;
  std::int32_t target_epoch = 0;
  const Assignment& target;
  // Its subscription changed in this very request.
  bool has_subscription_changed = false;
  // As the request reports them.
  const OwnedPartitions& owned;
  // Whether the member subscribes to the topic, which exists.
  std::function<bool(const wire::Uuid& topic_id)> is_subscribed;
  // Whether some member has the partition, or still has to give it up.
  std::function<bool(const PartitionKey& partition)> has_owner;
};

// The member one step further, or as it was. Nothing: its state is not known here, and it has to
// join again without any partition.
std::optional<ConsumerMember> reconcile(const Reconciliation& input);

}  // namespace understudy::broker
