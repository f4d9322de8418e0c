// A script at both brokers.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "differential/compare.h"
#include "differential/player.h"

namespace understudy::differential {

struct Both {
  Side ours;
  Side theirs;
};

struct Played {
  Transcript ours;
  Transcript theirs;
};

// Plays the script from its beginning on topics of its own; a script with restarts is not for this.
// `worker` tells apart those who play at the same time.
Played play_at_both(const Both& both, const Script& script, int worker);

// Makes what brokers make when somebody first asks for it, and waits until it is there: the topic
// of groups' offsets, the first block of producer ids.
void prepare(const Side& side);

// A prefix for names of topics that no play has used.
std::string new_prefix();

// The topic of one of those who play at the same time; see Settling.
std::string settling_topic(std::size_t worker);

std::int64_t now_ms();

}  // namespace understudy::differential
