// Scripts with restarts, many side by side: a real broker needs seconds to come back.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "differential/brokers.h"
#include "differential/run.h"

namespace understudy::differential {

class RestartRounds {
 public:
  RestartRounds(Brokers& brokers, const RunOptions& options)
      : brokers_(brokers), options_(options) {}

  // The rounds `first` to `first` + `count` - 1 of the seed.
  const Tally& go(std::uint64_t first, std::uint64_t count);

  // Scripts together, each up to its next restart; their restarts must be of the same kinds.
  std::vector<Played> play(const std::vector<Script>& scripts);

 private:
  struct Playing;

  void play_round(std::uint64_t round);
  bool shows(const Script& script, const std::string& wanted);
  void shrink_and_tell(const Script& script, const std::string& what);
  void play_phase(std::vector<Playing>& playing, std::size_t phase) const;

  Brokers& brokers_;
  RunOptions options_;
  std::mutex mutex_;  // what is shared with Run wants one; here there is one thread
  Tally tally_;
};

}  // namespace understudy::differential
