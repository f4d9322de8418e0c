// Small names that the whole core uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "wire/types.h"

namespace understudy::broker {

using NodeId = std::int32_t;
using ConnectionId = std::uint64_t;

// A partition by topic id and index; what waits for a partition waits under this key.
struct PartitionKey {
  wire::Uuid topic_id;
  std::int32_t index = 0;
  auto operator<=>(const PartitionKey&) const = default;
};

struct PartitionKeyHash {
  std::size_t operator()(const PartitionKey& key) const {
    std::uint64_t half;
    std::memcpy(&half, key.topic_id.bytes.data() + 8, sizeof half);
    return static_cast<std::size_t>(half * 31 + static_cast<std::uint64_t>(key.index));
  }
};

}  // namespace understudy::broker
