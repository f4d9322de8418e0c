// What befalls the cluster, and which losses that predicts.
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

Upset upset_of(const std::optional<Crash>& crash) {
  if (crash && crash->kind == Crash::Kind::kLoseProducerState) return Upset::kMemoryLost;
  if (crash && crash->kind == Crash::Kind::kStaleSnapshot) return Upset::kMemoryStale;
  return Upset::kRestart;
}

}  // namespace

void World::befall(const Trouble& trouble) {
  if (is_over_) return;
  trace([&] {
    return "trouble " + std::to_string(trouble.number) + ": " +
           std::string(name_of(trouble.mischief));
  });
  ++counts_.troubles[trouble.mischief];
  check_syncs();
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
    case Mischief::kFillDisk:
    case Mischief::kFailSyncs:
      return befall_disk(trouble, random);
    case Mischief::kDropAnswers:
    case Mischief::kRefuseBatches:
    case Mischief::kSpoilAnswers:
      return add_fault(trouble, random);
  }
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
  const auto slot = Slot(random.below(models_.size()));
  const std::vector<NodeId> isr = partition(slot).isr;
  move_leader(slot, isr[random.below(isr.size())],
              trouble.mischief == Mischief::kMoveLeaderAndLose ? broker::Partition::Tail::kLose
                                                               : broker::Partition::Tail::kKeep);
}

void World::move_leader(Slot slot, NodeId next, broker::Partition::Tail tail) {
  const broker::PartitionView before = partition(slot);
  if (before.is_offline) return;  // nothing can be told of it before a restart
  Loss loss;
  if (tail == broker::Partition::Tail::kLose) {
    loss = {.kind = Loss::Kind::kUnreplicated, .safe_offsets = {{slot, before.high_watermark}}};
  }
  cut_ = loss;
  in_core([&] { broker_->controls().move_leader(partition_name(slot), next, tail); });
  // The process may have died over it; then all is settled.
  if (!is_over_ && cut_) settle(slot, Upset::kTruncation, loss, true);
  cut_.reset();
}

// Followers catch up in the end, or one of them leads before it has.
void World::hold_replication(broker::Random& random) {
  const auto slot = Slot(random.below(models_.size()));
  broker_->controls().hold_replication(partition_name(slot));
  held_[slot] = partition(slot).high_watermark;
  const bool ends_in_loss = random.below(3) == 0;
  const std::uint64_t lasts_ms = ends_in_loss ? 5 + random.below(300) : 100 + random.below(1500);
  agenda_.in(std::int64_t(lasts_ms), [this, slot, ends_in_loss] {
    if (ends_in_loss && !is_over_ && held_.contains(slot)) {
      const NodeId next = partition(slot).isr.back();
      move_leader(slot, next, broker::Partition::Tail::kLose);
    }
    release_replication(slot);
  });
}

void World::release_replication(Slot slot) {
  if (is_over_ || held_.erase(slot) == 0) return;
  in_core([&] { broker_->controls().release_replication(partition_name(slot)); });
}

void World::befall_broker(const Trouble& trouble, broker::Random& random) {
  if (trouble.mischief == Mischief::kStop) return restart(std::nullopt);
  restart(crash_of(trouble.mischief, random));
}

// The whole broker stops or dies, and comes back on what it left.
void World::restart(const std::optional<Crash>& crash) {
  // Who starts a broker sees to it first that the disk works.
  disk_.set_full(false);
  disk_.fail_syncs(false);
  const bool was_clean = !is_any_offline() && !was_full_;
  Loss loss;
  if (crash && crash->kind == Crash::Kind::kLoseUnsynced) {
    loss = {.kind = Loss::Kind::kUnsynced, .safe_offsets = durable_ends(), .starts = starts_};
  }
  if (crash && crash->kind == Crash::Kind::kLoseTail) {
    loss = {.kind = Loss::Kind::kTail, .batches = std::size_t(crash->batches)};
  }
  disk_.die_in(0);
  network_.broker_died(std::nullopt);
  in_flight_.clear();
  held_.clear();
  const auto failure = crash ? broker_->crash(*crash) : broker_->restart_clean();
  if (failure) {
    find_fault(Check::kStart, *failure);
    is_over_ = true;
    return;
  }
  settle_all(upset_of(crash), loss, was_clean);
}

// The process died in the middle of a change.
void World::died() {
  trace([] { return "the process dies in the middle of a change"; });
  judging_ = {};
  broker_.reset();
  disk_.revive();
  Loss loss;
  if (cuts_power_in_death_) {
    loss = {.kind = Loss::Kind::kUnsynced, .safe_offsets = durable_ends(), .starts = starts_};
    disk_.lose_unsynced();
  }
  if (const auto cut = std::exchange(cut_, {}); cut && cut->kind != Loss::Kind::kNothing) {
    if (loss.kind == Loss::Kind::kNothing) loss.kind = Loss::Kind::kUnreplicated;
    for (std::size_t index = 0; index < models_.size(); ++index) {
      const auto slot = Slot(index);
      const auto safe = cut->safe_offsets.find(slot);
      std::int64_t& limit = loss.safe_offsets.try_emplace(slot, INT64_MAX).first->second;
      if (safe != cut->safe_offsets.end()) limit = std::min(limit, safe->second);
    }
  }
  disk_.set_full(false);
  disk_.fail_syncs(false);
  // Its batches may be in the log, and nobody has said so.
  std::optional<InFlight> silent;
  if (delivering_ && in_flight_.contains(*delivering_)) silent = in_flight_.at(*delivering_);
  is_over_ = true;  // as long as there is no broker, nothing is asked of it
  network_.broker_died(std::nullopt);
  in_flight_.clear();
  held_.clear();
  is_over_ = false;
  start_broker();
  if (is_over_) return;
  for (Item& item : silent ? silent->items : std::vector<Item>{}) {
    if (!item.is_judged) models_[std::size_t(item.slot)].expect_silently(item.sent);
  }
  settle_all(Upset::kRestart, loss, true);
}

void World::befall_node(const Trouble& trouble, broker::Random& random) {
  const NodeId node = 1 + NodeId(random.below(std::uint64_t(schedule_.nodes)));
  disk_.set_full(false);
  disk_.fail_syncs(false);
  if (is_any_offline()) return restart(Crash{});
  std::map<Slot, std::pair<Upset, Loss>> settled;
  for (std::size_t index = 0; index < models_.size(); ++index) {
    const auto slot = Slot(index);
    const broker::PartitionView at = partition(slot);
    if (at.leader != node) continue;
    const bool has_others =
        std::ranges::any_of(at.isr, [&](NodeId other) { return other != node; });
    Loss loss;
    if (has_others && trouble.mischief == Mischief::kCrashNode) {
      loss = {.kind = Loss::Kind::kUnreplicated, .safe_offsets = {{slot, at.high_watermark}}};
    }
    if (!has_others) held_.erase(slot);
    settled.insert_or_assign(
        slot, std::pair(has_others ? Upset::kTruncation : Upset::kRestart, std::move(loss)));
  }
  disk_.die_in(0);
  network_.broker_died(node);
  const auto failure = trouble.mischief == Mischief::kCrashNode ? broker_->crash(Crash{}, node)
                                                                : broker_->restart_clean(node);
  if (failure) {
    find_fault(Check::kStart, *failure);
    is_over_ = true;
    return;
  }
  for (const auto& [slot, what] : settled) settle(slot, what.first, what.second, true);
}

bool World::is_any_offline() const {
  for (std::size_t slot = 0; slot < models_.size(); ++slot) {
    if (partition(Slot(slot)).is_offline) return true;
  }
  return false;
}

void World::befall_disk(const Trouble& trouble, broker::Random& random) {
  const auto lasts_ms = 50 + std::int64_t(random.below(1500));
  if (trouble.mischief == Mischief::kFillDisk) {
    disk_.set_full(true);
    was_full_ = true;
    agenda_.in(lasts_ms, [this] { disk_.set_full(false); });
    return;
  }
  disk_.fail_syncs(true);
  if (schedule_.durability == Durability::kFsync) was_full_ = true;  // replaced files wait for it
  agenda_.in(lasts_ms, [this] {
    disk_.fail_syncs(false);
    // A partition whose disk has failed is offline until a restart.
    if (!is_over_ && is_any_offline()) restart(Crash{});
  });
}

void World::add_fault(const Trouble& trouble, broker::Random& random) {
  has_faults_ = true;
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

void World::settle_all(Upset upset, const Loss& loss, bool was_clean) {
  for (std::size_t slot = 0; slot < models_.size(); ++slot) {
    if (!broker_->controls().find_topic(places_[slot].topic)) {
      find_fault(Check::kStart, "topic " + places_[slot].topic + " is forgotten");
      is_over_ = true;
      return;
    }
    settle(Slot(slot), upset, loss, was_clean);
  }
}

// Takes over what is left of a partition, and looks whether the trouble may have taken the rest.
void World::settle(Slot slot, Upset upset, const Loss& loss, bool was_clean) {
  PartitionModel& model = models_[std::size_t(slot)];
  if (partition(slot).is_offline) {
    return find_fault(Check::kStart, model.name() + " is offline after a start");
  }
  settle_start(slot, loss);
  const std::size_t entries_before = model.entries().size();
  const std::vector<Entry> lost =
      model.adopt(view_of(slot),
                  {.upset = upset,
                   .was_clean = was_clean,
                   .loses_snapshots = loss.kind == Loss::Kind::kUnsynced &&
                                      schedule_.durability == Durability::kPageCache,
                   .now_ms = agenda_.now_ms(),
                   .expiration_ms = schedule_.producer_expiration_ms},
                  findings_);
  for (const Entry& entry : lost) {
    if (may_lose(entry, slot, loss)) {
      ledger_.forgive(slot, entry.sent.names, entry.base_offset);
      trace([&] { return model.name() + " lost offset " + std::to_string(entry.base_offset); });
      continue;
    }
    find_fault(Check::kLost, model.name() + ": " + entry.sent.sequences.text() + " at offset " +
                                 std::to_string(entry.base_offset) + " is gone");
  }
  if (loss.kind == Loss::Kind::kTail && lost.size() > std::min(loss.batches, entries_before)) {
    find_fault(Check::kLost, model.name() + ": more is gone than the last " +
                                 std::to_string(loss.batches) + " batches");
  }
  // Before what was lost may lie a gap, or what retention had taken: the log goes on before it.
  if (loss.kind != Loss::Kind::kNothing && gapped_.contains(slot)) {
    ledger_.forgive(slot, {}, model.end_offset());
  }
  model.compare(memories_of(slot), findings_);
}

// Where retention may have let the log begin when the trouble came: what it took is safely gone,
// whatever became of the rest.
std::int64_t World::largest_retained_start(Slot slot) const {
  const TopicPlan& plan = *plans_[std::size_t(slot)];
  std::int64_t bytes_behind = 0;
  const auto& entries = models_[std::size_t(slot)].entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const bool by_size = plan.retention_bytes && bytes_behind >= *plan.retention_bytes;
    const bool by_time =
        plan.retention_ms && agenda_.now_ms() - entry->sent.max_timestamp > *plan.retention_ms;
    if (by_size || by_time) return entry->end_offset();
    bytes_behind += std::int64_t(entry->sent.bytes.size());
  }
  return 0;
}

// A power cut may take whole segments, also the first ones.
void World::settle_start(Slot slot, const Loss& loss) {
  const std::int64_t before = starts_[slot];
  note_start(slot);
  if (loss.kind != Loss::Kind::kUnsynced || schedule_.durability == Durability::kFsync) return;
  gapped_.insert(slot);
  const std::int64_t from = std::max(before, largest_retained_start(slot));
  for (const Entry& entry : models_[std::size_t(slot)].entries()) {
    const bool is_gone = entry.base_offset >= from && entry.end_offset() <= starts_[slot];
    if (is_gone && !may_lose(entry, slot, loss)) return;
  }
  ledger_.allow_start(slot, starts_[slot]);
}

bool World::may_lose(const Entry& entry, Slot slot, const Loss& loss) const {
  const auto safe = loss.safe_offsets.find(slot);
  const std::int64_t safe_offset = safe == loss.safe_offsets.end() ? 0 : safe->second;
  const auto started = loss.starts.find(slot);
  const bool is_page_cache = schedule_.durability == Durability::kPageCache;
  const std::int64_t starts_before =
      is_page_cache && started != loss.starts.end() ? started->second : -1;
  switch (loss.kind) {
    case Loss::Kind::kNothing:
      return false;
    case Loss::Kind::kTail:
      return entry.base_offset >= models_[std::size_t(slot)].end_offset();
    case Loss::Kind::kUnreplicated:
      return entry.base_offset >= safe_offset && !entry.is_promised;
    case Loss::Kind::kUnsynced:
      if (schedule_.durability == Durability::kFsync && entry.is_promised) return false;
      // Or retention had dropped it, and that is forgotten as well.
      return entry.end_offset() > safe_offset || entry.end_offset() <= starts_before;
  }
  return false;
}

}  // namespace understudy::simulation
