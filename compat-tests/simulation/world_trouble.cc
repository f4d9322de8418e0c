// What befalls the cluster. The checkers are told before it does.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "broker/faults/faults.h"
#include "broker/log/crash.h"
#include "simulation/world.h"

namespace understudy::simulation {
namespace {

using broker::Action;
using broker::Crash;
using broker::Seam;

Crash crash_of(Mischief mischief, broker::Random& random) {
  switch (mischief) {
    case Mischief::kPowerCut:
      return {.kind = Crash::Kind::kLoseUnsynced};
    case Mischief::kLoseMemory:
      return {.kind = Crash::Kind::kLoseProducerState};
    case Mischief::kStaleMemory:
      return {.kind = Crash::Kind::kStaleSnapshot};
    case Mischief::kLoseTail:
      return {.kind = Crash::Kind::kLoseTail, .batches = 1 + std::int32_t(random.below(3))};
    default:
      return {.kind = Crash::Kind::kKeepEverything};
  }
}

}  // namespace

void World::befall(const Trouble& trouble) {
  if (is_over_) return;
  trace([&] {
    return "trouble " + std::to_string(trouble.number) + ": " +
           std::string(name_of(trouble.mischief));
  });
  ++counts_.troubles[trouble.mischief];
  checkers_.look();
  broker::Random random(trouble.draw);
  switch (trouble.mischief) {
    case Mischief::kLoseConnection:
    case Mischief::kLoseConnections:
    case Mischief::kStallConnection:
      return befall_network(trouble, random);
    case Mischief::kMoveLeader:
    case Mischief::kMoveLeaderAndLose:
      return befall_leader(trouble, random);
    case Mischief::kHoldReplication:
      return hold_replication(random);
    case Mischief::kCrash:
    case Mischief::kPowerCut:
    case Mischief::kLoseMemory:
    case Mischief::kStaleMemory:
    case Mischief::kLoseTail:
    case Mischief::kStop:
      return befall_broker(trouble, random);
    case Mischief::kDieInChange:
    case Mischief::kPowerCutInChange:
      cuts_power_in_death_ = trouble.mischief == Mischief::kPowerCutInChange;
      return disk_.die_in(1 + random.below(12));
    case Mischief::kCrashNode:
    case Mischief::kStopNode:
      return befall_node(trouble, random);
    case Mischief::kJumpClock: {
      static constexpr std::int64_t kJumps[] = {900, 4000, 30'000, 3'600'000, 90'000'000};
      return agenda_.advance_to(agenda_.now_ms() + kJumps[random.below(std::size(kJumps))]);
    }
    case Mischief::kSetClock:
      return set_clock(random);
    case Mischief::kFillDisk:
    case Mischief::kFailSyncs:
      return befall_disk(trouble, random);
    case Mischief::kDropAnswers:
    case Mischief::kRefuseBatches:
    case Mischief::kSpoilAnswers:
      return add_fault(trouble, random);
  }
}

// The machine slept, or somebody set its clock. It goes back by less than
// message.timestamp.after.max.ms allows: what clients have stamped already is to get in.
void World::set_clock(broker::Random& random) {
  static constexpr std::int64_t kBackMax = 3'000'000;
  static constexpr std::int64_t kShifts[] = {-kBackMax, -40'000,   -300,      700,
                                             30'000,    7'200'000, 90'000'000};
  latest_wall_ms_ = std::max(latest_wall_ms_, agenda_.wall_ms());
  const std::int64_t wall_ms = agenda_.wall_ms() + kShifts[random.below(std::size(kShifts))];
  agenda_.set_wall(std::max(wall_ms, latest_wall_ms_ - kBackMax));
  trace([&] { return "the machine's clock shows " + std::to_string(agenda_.wall_ms()); });
}

void World::befall_network(const Trouble& trouble, broker::Random& random) {
  const std::vector<ConnectionId> open = network_.open_connections();
  if (open.empty()) return;
  if (trouble.mischief == Mischief::kLoseConnections) {
    for (const ConnectionId connection : open) {
      network_.lose(connection, broker::Random(random.next()));
    }
    return;
  }
  const ConnectionId chosen = open[random.below(open.size())];
  if (trouble.mischief == Mischief::kLoseConnection) {
    return network_.lose(chosen, broker::Random(random.next()));
  }
  static constexpr std::int64_t kDelays[] = {50, 300, 900, 4000};
  network_.stall(chosen, kDelays[random.below(std::size(kDelays))]);
}

void World::befall_leader(const Trouble& trouble, broker::Random& random) {
  const auto slot = Slot(random.below(places_.size()));
  const std::vector<NodeId> isr = scene_.partition(slot).isr;
  move_leader(slot, isr[random.below(isr.size())],
              trouble.mischief == Mischief::kMoveLeaderAndLose ? broker::Partition::Tail::kLose
                                                               : broker::Partition::Tail::kKeep);
}

void World::move_leader(Slot slot, NodeId next, broker::Partition::Tail tail) {
  if (scene_.partition(slot).is_offline) return;  // nothing can be told of it before a restart
  checkers_.befell(LeaderMoves{.slot = slot, .tail = tail});
  const bool is_alive =
      in_core([&] { broker_->controls().move_leader(scene_.partition_name(slot), next, tail); });
  if (is_alive) checkers_.recovered();
}

// Followers catch up in the end, or one of them leads before it has.
void World::hold_replication(broker::Random& random) {
  const auto slot = Slot(random.below(places_.size()));
  checkers_.befell(ReplicationHeld{slot});
  broker_->controls().hold_replication(scene_.partition_name(slot));
  const bool ends_in_loss = random.below(3) == 0;
  const std::uint64_t lasts_ms = ends_in_loss ? 5 + random.below(300) : 100 + random.below(1500);
  agenda_.in(std::int64_t(lasts_ms), [this, slot, ends_in_loss] {
    if (is_over_) return;
    const broker::PartitionView at = scene_.partition(slot);
    if (ends_in_loss && at.is_replication_held) {
      move_leader(slot, at.isr.back(), broker::Partition::Tail::kLose);
    }
    release_replication(slot);
  });
}

void World::release_replication(Slot slot) {
  if (is_over_ || !scene_.partition(slot).is_replication_held) return;
  checkers_.befell(ReplicationReleased{slot});
  in_core([&] { broker_->controls().release_replication(scene_.partition_name(slot)); });
}

void World::befall_broker(const Trouble& trouble, broker::Random& random) {
  if (trouble.mischief == Mischief::kStop) return restart(std::nullopt);
  restart(crash_of(trouble.mischief, random));
}

// Who starts a broker sees to it first that the disk works.
void World::repair_disk() {
  disk_.set_full(false);
  disk_.fail_syncs(false);
}

// The whole broker stops or dies, and comes back on what it left.
void World::restart(const std::optional<Crash>& crash) {
  repair_disk();
  checkers_.befell(BrokerStops{crash});
  disk_.die_in(0);
  network_.broker_died(std::nullopt);
  came_back(crash ? broker_->crash(*crash) : broker_->restart_clean());
}

void World::came_back(const std::optional<std::string>& failure) {
  if (failure) find_fault(Check::kStart, *failure);
  is_over_ = failure.has_value();
  for (const TopicPlan& topic : schedule_.topics) {
    if (is_over_ || broker_->controls().find_topic(topic.name)) continue;
    find_fault(Check::kStart, "topic " + topic.name + " is forgotten");
    is_over_ = true;
  }
  if (!is_over_) checkers_.recovered();
}

// The process died in the middle of a change.
void World::died() {
  trace([] { return "the process dies in the middle of a change"; });
  deciding_ = {};
  broker_.reset();
  disk_.revive();
  checkers_.befell(ProcessDies{.cuts_power = cuts_power_in_death_, .serving = delivering_});
  if (cuts_power_in_death_) disk_.lose_unsynced();
  repair_disk();
  is_over_ = true;  // as long as there is no broker, nothing is asked of it
  network_.broker_died(std::nullopt);
  is_over_ = false;
  start_broker();
  if (!is_over_) came_back(std::nullopt);
}

void World::befall_node(const Trouble& trouble, broker::Random& random) {
  const NodeId node = 1 + NodeId(random.below(std::uint64_t(schedule_.nodes)));
  const bool is_crash = trouble.mischief == Mischief::kCrashNode;
  repair_disk();
  if (scene_.is_any_offline()) return restart(Crash{});
  checkers_.befell(NodeStops{.node = node, .is_crash = is_crash});
  disk_.die_in(0);
  network_.broker_died(node);
  came_back(is_crash ? broker_->crash(Crash{}, node) : broker_->restart_clean(node));
}

void World::befall_disk(const Trouble& trouble, broker::Random& random) {
  const auto lasts_ms = 50 + std::int64_t(random.below(1500));
  if (trouble.mischief == Mischief::kFillDisk) {
    checkers_.befell(DiskIsFull{});
    disk_.set_full(true);
    agenda_.in(lasts_ms, [this] { disk_.set_full(false); });
    return;
  }
  checkers_.befell(SyncsFail{});
  disk_.fail_syncs(true);
  agenda_.in(lasts_ms, [this] {
    disk_.fail_syncs(false);
    // A partition whose disk has failed is offline until a restart.
    if (!is_over_ && scene_.is_any_offline()) restart(Crash{});
  });
}

void World::add_fault(const Trouble& trouble, broker::Random& random) {
  checkers_.befell(AnswersSpoiled{});
  broker::Rule rule;
  rule.match.api = wire::ApiKey::kProduce;
  rule.trigger = broker::Trigger::times(1 + random.below(4));
  switch (trouble.mischief) {
    case Mischief::kDropAnswers:
      rule.seam = Seam::kAfterAppend;
      rule.action = random.below(2) == 0 ? Action::drop_connection() : Action::drop_response();
      break;
    case Mischief::kRefuseBatches: {
      static constexpr wire::ErrorCode kErrors[] = {wire::ErrorCode::kNotLeaderOrFollower,
                                                    wire::ErrorCode::kNotEnoughReplicas,
                                                    wire::ErrorCode::kKafkaStorageError};
      rule.seam = Seam::kBeforeAppend;
      rule.action = Action::error_code(kErrors[random.below(std::size(kErrors))]);
      break;
    }
    default: {
      static constexpr wire::ErrorCode kErrors[] = {wire::ErrorCode::kRequestTimedOut,
                                                    wire::ErrorCode::kNotEnoughReplicasAfterAppend};
      rule.seam = Seam::kAfterAppend;
      rule.action = Action::error_code(kErrors[random.below(std::size(kErrors))]);
    }
  }
  broker_->controls().add_rule(rule);
}

}  // namespace understudy::simulation
