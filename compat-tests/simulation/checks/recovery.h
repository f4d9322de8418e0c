// What blows may take from the logs, predicted before they strike; and whether what is left
// afterwards fits.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "simulation/checks/checker.h"
#include "simulation/checks/known_log.h"

namespace understudy::simulation {

// Which records of one log a blow may take.
struct Loss {
  enum class Kind : std::uint8_t {
    kNothing,
    kUnsynced,      // what the disk had not synced
    kTail,          // the last batches
    kUnreplicated,  // what followers did not have
  };
  Kind kind = Kind::kNothing;
  std::size_t batches = 0;        // kTail
  std::int64_t safe_offset = 0;   // kUnsynced, kUnreplicated: below it nothing
  std::int64_t start_before = 0;  // kUnsynced: where the log started
};

class Recovery {
 public:
  Recovery(const Scene& scene, KnownLogs& logs) : scene_(scene), logs_(logs) {}

  void befell(const Blow& blow);
  // Takes over what is left of each log that the blows may have changed.
  void recovered();

 private:
  struct Expected {
    Upset upset = Upset::kRestart;
    Loss loss = {};
    bool was_clean = true;
  };

  Expected expected_of(const BrokerStops& blow, Slot slot, bool was_clean) const;
  std::optional<Expected> expected_of(const NodeStops& blow, Slot slot) const;
  Expected expected_of(const ProcessDies& blow, Slot slot) const;
  std::optional<Expected> expected_of(const LeaderMoves& blow, Slot slot) const;
  Loss unsynced(Slot slot) const;

  void settle(Slot slot, const Expected& expected);
  void settle_start(Slot slot, const Loss& loss);
  void settle_lost(Slot slot, const Entry& entry, const Loss& loss) const;
  bool may_lose(const Entry& entry, const KnownLog& log, const Loss& loss) const;

  const Scene& scene_;
  KnownLogs& logs_;
  std::map<Slot, Expected> expected_;
  bool may_lack_files_ = false;  // the disk did not take all it was given
};

}  // namespace understudy::simulation
