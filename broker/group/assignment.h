// Which partitions of which topics: what an assignor hands out, a member's target, what it owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "broker/group/java_hash_map.h"
#include "wire/types.h"

namespace understudy::broker {

// Topics in hash order, as they stand in records and answers. The partitions of a topic are
// ascending, each there once, and no topic is without any: so two assignments that say the same are
// equal (==).
using Assignment = JavaHashMap<wire::Uuid, std::vector<std::int32_t>>;

// Puts a partition in its place; nothing if it is there already.
void add(Assignment& assignment, const wire::Uuid& topic_id, std::int32_t partition);
bool contains(const Assignment& assignment, const wire::Uuid& topic_id, std::int32_t partition);
// Partitions of all topics together.
std::size_t partition_count(const Assignment& assignment);

// The same as a list, in whatever order an assignor is to walk it.
using OrderedAssignment = std::vector<std::pair<wire::Uuid, std::vector<std::int32_t>>>;
// In the order in which Kafka walks a target that it has stored: hash sets inside of a hash map.
OrderedAssignment in_hash_order(const Assignment& assignment);

}  // namespace understudy::broker
