#include "broker/group/java_hash_map.h"

namespace understudy::broker {
namespace {

std::uint64_t half_of(const wire::Uuid& id, std::size_t from) {
  std::uint64_t half = 0;
  for (std::size_t i = from; i < from + sizeof half; ++i) half = (half << 8) | id.bytes.at(i);
  return half;
}

}  // namespace

// Uuid.hashCode.
std::int32_t java_hash(const wire::Uuid& id) {
  const std::uint64_t both = half_of(id, 0) ^ half_of(id, sizeof(std::uint64_t));
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(both ^ (both >> 32)));
}

std::pair<std::int64_t, std::int64_t> java_halves(const wire::Uuid& id) {
  return {static_cast<std::int64_t>(half_of(id, 0)),
          static_cast<std::int64_t>(half_of(id, sizeof(std::uint64_t)))};
}

// TopicIdPartition's like: 31 * hash(id) + partition.
std::int32_t java_hash(const PartitionKey& partition) {
  const auto of_id = static_cast<std::uint32_t>(java_hash(partition.topic_id));
  return static_cast<std::int32_t>(31 * of_id + static_cast<std::uint32_t>(partition.index));
}

}  // namespace understudy::broker
