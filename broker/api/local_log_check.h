// Whether a node answers for a partition's log: it has a replica, the client knows the leader epoch
// (KIP-320), and the node leads where only the leader may answer.
#pragma once

#include "broker/log/partition.h"

namespace understudy::broker {

// What a client says that knows no leader epoch. Fetch takes every negative number for it.
inline constexpr std::int32_t kNoKnownLeaderEpoch = -1;

enum class Answers : std::uint8_t { kLeader, kReplicas };

// kNone, NOT_LEADER_OR_FOLLOWER, FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH, in Kafka's order: a
// node without a replica knows no epoch either (ReplicaManager.getPartitionOrException, then
// Partition.localLogWithEpochOrThrow).
inline wire::ErrorCode check_local_log(const Partition& partition, NodeId node,
                                       std::int32_t known_epoch, Answers who) {
  if (!partition.has_replica(node)) return wire::ErrorCode::kNotLeaderOrFollower;
  const std::int32_t epoch = partition.leadership().leader_epoch;
  if (known_epoch != kNoKnownLeaderEpoch && known_epoch != epoch) {
    return known_epoch < epoch ? wire::ErrorCode::kFencedLeaderEpoch
                               : wire::ErrorCode::kUnknownLeaderEpoch;
  }
  const bool may_answer = who == Answers::kReplicas || partition.is_leader(node);
  return may_answer ? wire::ErrorCode::kNone : wire::ErrorCode::kNotLeaderOrFollower;
}

}  // namespace understudy::broker
