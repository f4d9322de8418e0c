// How the partitions of its topics are spread over the members of a consumer group (KIP-848), by
// the broker. With the same input as Kafka's classes these give the same results (assignors.md).
//
// Nothing here looks at racks: Kafka hands them to its assignors, and none of 4.3 and 4.4 reads
// them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/group/assignment.h"
#include "broker/group/java_hash_map.h"
#include "wire/types.h"

namespace understudy::broker {

// Homogeneous: all members subscribe to the same. It decides the algorithm.
enum class SubscriptionType : std::uint8_t { kHomogeneous, kHeterogeneous };

// How many members name a topic, or use a regular expression.
using SubscriberCounts = JavaHashMap<std::string, std::size_t>;

// ModernGroup.subscriptionType. The names of topics that do not exist count as well; regular
// expressions count by their text, whatever they come to. Entries with no member must not be there.
SubscriptionType subscription_type(std::size_t member_count, const SubscriberCounts& names,
                                   const SubscriberCounts& patterns);

struct AssignorTopic {
  wire::Uuid id;
  std::int32_t partition_count = 0;
};

struct AssignorMember {
  std::string_view id;
  std::optional<std::string_view> instance_id;
  // What its names and its regular expression come to: topics that exist, each once.
  std::span<const wire::Uuid> topics;
  // Its target until now. Topics that are gone, or that it no longer wants, may be among them.
  OrderedAssignment current;
};

// Names, ids and topics of members are borrowed for the call.
struct AssignorInput {
  SubscriptionType type = SubscriptionType::kHomogeneous;
  // All that somebody subscribes to, each once, in any order.
  std::vector<AssignorTopic> topics;
  // In the hash order of their ids.
  std::vector<AssignorMember> members;
};

struct Assignor {
  std::string_view name;
  // One assignment for each member, in their order. Any input is fine: of a partition that several
  // members have the first one keeps it, and what does not exist is left out.
  std::vector<Assignment> (*assign)(const AssignorInput& input);
};

// In no order of preference: that is for group.consumer.assignors to say.
std::span<const Assignor> all_assignors();
// Null if there is none.
const Assignor* find_assignor(std::string_view name);

// The name that most members want; a tie goes to the first in hash order. `votes`: the
// ServerAssignor of each member that has one.
std::string_view preferred_assignor(std::span<const std::string_view> votes,
                                    std::string_view otherwise);

}  // namespace understudy::broker
