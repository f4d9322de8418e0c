#include "simulation/checks/recovery.h"

#include <algorithm>
#include <utility>

#include "simulation/checks/retention.h"

namespace understudy::simulation {
namespace {

using broker::Crash;

Upset upset_of(const std::optional<Crash>& crash) {
  if (crash && crash->kind == Crash::Kind::kLoseProducerState) return Upset::kMemoryLost;
  if (crash && crash->kind == Crash::Kind::kStaleSnapshot) return Upset::kMemoryStale;
  return Upset::kRestart;
}

// The power goes while records are cut: each of the two may take its part.
Loss both(Loss unsynced, const Loss& cut) {
  if (cut.kind == Loss::Kind::kNothing) return unsynced;
  if (unsynced.kind == Loss::Kind::kNothing) return cut;
  unsynced.safe_offset = std::min(unsynced.safe_offset, cut.safe_offset);
  return unsynced;
}

}  // namespace

void Recovery::befell(const Blow& blow) {
  if (std::holds_alternative<DiskIsFull>(blow)) may_lack_files_ = true;
  // Files that are replaced wait for a sync.
  if (std::holds_alternative<SyncsFail>(blow) && scene_.is_fsync()) may_lack_files_ = true;
  const auto* stops = std::get_if<BrokerStops>(&blow);
  const bool was_clean = stops != nullptr && !scene_.is_any_offline() && !may_lack_files_;
  for (Slot slot = 0; slot < logs_.count(); ++slot) {
    std::optional<Expected> expected;
    if (stops != nullptr) expected = expected_of(*stops, slot, was_clean);
    if (const auto* node = std::get_if<NodeStops>(&blow)) expected = expected_of(*node, slot);
    if (const auto* dies = std::get_if<ProcessDies>(&blow)) expected = expected_of(*dies, slot);
    if (const auto* moves = std::get_if<LeaderMoves>(&blow)) expected = expected_of(*moves, slot);
    if (expected) expected_.insert_or_assign(slot, *expected);
  }
}

Recovery::Expected Recovery::expected_of(const BrokerStops& blow, Slot slot, bool was_clean) const {
  Expected expected{.upset = upset_of(blow.crash), .was_clean = was_clean};
  if (blow.crash && blow.crash->kind == Crash::Kind::kLoseUnsynced) expected.loss = unsynced(slot);
  if (blow.crash && blow.crash->kind == Crash::Kind::kLoseTail) {
    expected.loss = {.kind = Loss::Kind::kTail, .batches = std::size_t(blow.crash->batches)};
  }
  return expected;
}

// Other replicas in sync take over what the node leads; without any it is read again.
std::optional<Recovery::Expected> Recovery::expected_of(const NodeStops& blow, Slot slot) const {
  const broker::PartitionView at = scene_.partition(slot);
  if (at.leader != blow.node) return std::nullopt;
  if (scene_.leads_alone(blow.node, slot)) return Expected{};
  Expected expected{.upset = Upset::kTruncation};
  if (blow.is_crash) {
    expected.loss = {.kind = Loss::Kind::kUnreplicated, .safe_offset = at.high_watermark};
  }
  return expected;
}

Recovery::Expected Recovery::expected_of(const ProcessDies& blow, Slot slot) const {
  const Loss loss = blow.cuts_power ? unsynced(slot) : Loss{};
  const auto cut = expected_.find(slot);
  return {.loss = cut == expected_.end() ? loss : both(loss, cut->second.loss)};
}

std::optional<Recovery::Expected> Recovery::expected_of(const LeaderMoves& blow, Slot slot) const {
  if (slot != blow.slot) return std::nullopt;
  Expected expected{.upset = Upset::kTruncation};
  if (blow.tail == broker::Partition::Tail::kLose) {
    expected.loss = {.kind = Loss::Kind::kUnreplicated,
                     .safe_offset = scene_.partition(slot).high_watermark};
  }
  return expected;
}

Loss Recovery::unsynced(Slot slot) const {
  return {.kind = Loss::Kind::kUnsynced,
          .safe_offset = logs_.durable_end(slot),
          .start_before = logs_[slot].start_offset};
}

void Recovery::recovered() {
  for (const auto& [slot, expected] : std::exchange(expected_, {})) settle(slot, expected);
}

void Recovery::settle(Slot slot, const Expected& expected) {
  KnownLog& log = logs_[slot];
  if (scene_.partition(slot).is_offline) {
    return scene_.find_fault(Check::kStart, log.model.name() + " is offline after a start");
  }
  settle_start(slot, expected.loss);
  const std::size_t entries_before = log.model.entries().size();
  const bool is_power_cut = expected.loss.kind == Loss::Kind::kUnsynced;
  const std::vector<Entry> lost =
      log.model.adopt(logs_.read(slot),
                      {.upset = expected.upset,
                       .was_clean = expected.was_clean,
                       .loses_snapshots = is_power_cut && !scene_.is_fsync(),
                       .now_ms = scene_.wall_ms(),
                       .expiration_ms = scene_.schedule.producer_expiration_ms},
                      scene_.findings);
  for (const Entry& entry : lost) settle_lost(slot, entry, expected.loss);
  if (expected.loss.kind == Loss::Kind::kTail &&
      lost.size() > std::min(expected.loss.batches, entries_before)) {
    scene_.find_fault(Check::kLost, log.model.name() + ": more is gone than the last " +
                                        std::to_string(expected.loss.batches) + " batches");
  }
  // Before what was lost may lie a gap, or what retention had taken: the log goes on before it.
  if (expected.loss.kind != Loss::Kind::kNothing && log.has_gaps) {
    scene_.ledger.forgive(slot, {}, log.model.end_offset());
  }
  log.model.compare(read_memories(scene_, slot), scene_.findings);
}

// A power cut may take whole segments, also the first ones.
void Recovery::settle_start(Slot slot, const Loss& loss) {
  KnownLog& log = logs_[slot];
  const std::int64_t before = log.start_offset;
  note_start(scene_, log, slot);
  if (loss.kind != Loss::Kind::kUnsynced || scene_.is_fsync()) return;
  log.has_gaps = true;
  const std::int64_t from = std::max(before, largest_retained_start(scene_, log, slot));
  for (const Entry& entry : log.model.entries()) {
    const bool is_gone = entry.base_offset >= from && entry.end_offset() <= log.start_offset;
    if (is_gone && !may_lose(entry, log, loss)) return;
  }
  scene_.ledger.allow_start(slot, log.start_offset);
}

void Recovery::settle_lost(Slot slot, const Entry& entry, const Loss& loss) const {
  const std::string name = scene_.name_of(slot);
  const std::string offset = "offset " + std::to_string(entry.base_offset);
  if (may_lose(entry, logs_[slot], loss)) {
    scene_.ledger.forgive(slot, entry.sent.names, entry.base_offset);
    return scene_.trace([&] { return name + " lost " + offset; });
  }
  scene_.find_fault(Check::kLost,
                    name + ": " + entry.sent.sequences.text() + " at " + offset + " is gone");
}

bool Recovery::may_lose(const Entry& entry, const KnownLog& log, const Loss& loss) const {
  switch (loss.kind) {
    case Loss::Kind::kNothing:
      return false;
    case Loss::Kind::kTail:
      return entry.base_offset >= log.model.end_offset();
    case Loss::Kind::kUnreplicated:
      return entry.base_offset >= loss.safe_offset && !entry.is_promised;
    case Loss::Kind::kUnsynced:
      if (scene_.is_fsync()) return entry.end_offset() > loss.safe_offset && !entry.is_promised;
      // Or retention had dropped it, and that is forgotten as well.
      return entry.end_offset() > loss.safe_offset || entry.end_offset() <= loss.start_before;
  }
  return false;
}

}  // namespace understudy::simulation
