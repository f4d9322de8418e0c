// A script at both brokers.
#pragma once

#include <barrier>
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

// Two who play the same steps begin each together: so their brokers' clocks say much the same.
class Together {
 public:
  // One of the two; whoever leaves, by an exception too, is not waited for any more.
  class Member {
   public:
    explicit Member(Together& together) : barrier_(together.barrier_) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { barrier_.arrive_and_drop(); }
    void meet() { barrier_.arrive_and_wait(); }

   private:
    std::barrier<>& barrier_;
  };

 private:
  std::barrier<> barrier_{2};
};

// Makes what brokers make when somebody first asks for it, and waits until it is there: the topic
// of groups' offsets, the first block of producer ids.
void prepare(const Side& side);

// Makes a topic and deletes it. That is when a real broker, like Understudy, notes where its logs
// begin, so that a kill does not forget it; otherwise it would depend on what other scripts do.
void delete_a_topic(const Side& side);

// A prefix for names of topics that no play has used.
std::string new_prefix();

// The topic of one of those who play at the same time; see Settling.
std::string settling_topic(std::size_t worker);

}  // namespace understudy::differential
