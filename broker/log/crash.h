// What a crash may leave of a data directory. Nothing of it may be open; a start follows.
#pragma once

#include <cstdint>
#include <string>

#include "broker/log/environment.h"

namespace understudy::broker {

struct Crash {
  enum class Kind : std::uint8_t {
    kKeepEverything,     // the process dies, its writes do not: kill -9
    kLoseUnsynced,       // the power goes: only what was synced is left
    kLoseTail,           // the last `batches` batches of every partition are gone
    kLoseProducerState,  // the log is whole, what was known of its producers is not
    kStaleSnapshot,      // the newest producer snapshot holds what an older one held
  };

  Kind kind = Kind::kKeepEverything;
  std::int32_t batches = 0;  // kLoseTail

  // In a sentence.
  std::string describe() const;
  // Why a batch that is appended after it might be a duplicate; empty if it cannot be.
  std::string doubt() const;
  // Whether it is made by damage to a directory that was stopped cleanly.
  bool follows_clean_stop() const {
    return kind == Kind::kLoseProducerState || kind == Kind::kStaleSnapshot;
  }
};

// Does to the files of one partition what the crash does to them; kKeepEverything and kLoseUnsynced
// do nothing to a single one. False: the storage refused.
[[nodiscard]] bool damage_partition(const LogEnvironment& environment, const std::string& directory,
                                    const Crash& crash);

// The same for all partitions of the storage.
[[nodiscard]] bool damage_storage(const LogEnvironment& environment, const Crash& crash);

}  // namespace understudy::broker
