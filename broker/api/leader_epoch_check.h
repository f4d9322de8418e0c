// The fence of KIP-320: a client that knows another leader epoch than the partition's gets an
// error.
#pragma once

#include "broker/log/partition.h"

namespace understudy::broker {

// What a client says that knows no leader epoch. Fetch takes every negative number for it.
inline constexpr std::int32_t kNoKnownLeaderEpoch = -1;

// kNone, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH.
inline wire::ErrorCode check_leader_epoch(const Partition& partition, std::int32_t known_epoch) {
  const std::int32_t epoch = partition.leadership().leader_epoch;
  if (known_epoch == kNoKnownLeaderEpoch || known_epoch == epoch) return wire::ErrorCode::kNone;
  return known_epoch < epoch ? wire::ErrorCode::kFencedLeaderEpoch
                             : wire::ErrorCode::kUnknownLeaderEpoch;
}

}  // namespace understudy::broker
