// What everybody may do while nothing is forbidden: there is no authorizer (KIP-430).
#pragma once

#include <cstdint>

namespace understudy::broker {

// Bit n stands for the operation with code n (AclOperation).
constexpr std::int32_t operation_bits(auto... codes) { return ((1 << codes) | ...); }

// READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS.
inline constexpr std::int32_t kTopicOperations = operation_bits(3, 4, 5, 6, 7, 8, 10, 11);

// READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS. Before 4.0 groups have no
// configurations.
inline constexpr std::int32_t kGroupOperations = operation_bits(3, 6, 8, 10, 11);
inline constexpr std::int32_t kGroupOperationsWithoutConfigs = operation_bits(3, 6, 8);

// CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE.
inline constexpr std::int32_t kClusterOperations = operation_bits(5, 7, 8, 9, 10, 11, 12);

}  // namespace understudy::broker
