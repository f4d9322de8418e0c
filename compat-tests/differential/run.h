// Many scripts at both brokers, several at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "differential/both.h"
#include "differential/script.h"

namespace understudy::differential {

struct RunOptions {
  int nodes = 1;  // of each side
  std::uint64_t seed = 1;
  std::uint64_t first_script = 0;
  std::uint64_t requests = 10'000;  // a run ends with the script that reaches this
  std::chrono::seconds time_limit{1'000'000'000};
  int workers = 6;
  int group_percent = 25;  // of the scripts are about groups; none where there are several nodes
  int shrink_plays = 300;
  std::string out_dir;  // where shrunk scripts go; empty: nowhere
};

// What a run came to.
struct Tally {
  std::uint64_t scripts = 0;
  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> requests_by_api;
  std::map<std::string, std::uint64_t> outcomes;      // "answer", "closed", ...
  std::map<std::string, std::uint64_t> differences;   // by signature, those that came again
  std::map<std::string, std::uint64_t> unrepeatable;  // those that did not
  std::vector<std::uint64_t> allowed;

  void add(const Script& script, const Transcript& transcript, const Comparison& comparison);
};

// Whether a play of the script shows the difference with this signature.
using Shows = std::function<bool(const Script&, const std::string& what)>;
using Tell = std::function<void(const Script&, const std::string& what)>;

// Plays again what showed differences, and counts those that come again apart from those of timing;
// one that is met for the first time is told and handed to `shrink_and_tell`. The mutex guards the
// tally and stdout.
void investigate(const Script& script, const Played& played, const Comparison& comparison,
                 Tally& tally, std::mutex& mutex, const Shows& shows, const Tell& shrink_and_tell);

class Run {
 public:
  Run(const Both& both, const RunOptions& options) : both_(both), options_(options) {}

  // Plays until the options say that it is enough; tells on stdout what differs.
  const Tally& go();

 private:
  void work(int worker);
  Script next_script();
  void shrink_and_tell(const Script& script, const std::string& what, int worker);
  bool shows(const Script& script, const std::string& wanted, int worker);
  void tell(const Script& script, const std::string& what, int worker);
  void tell_progress();

  const Both& both_;
  RunOptions options_;
  std::mutex mutex_;  // everything below
  std::uint64_t next_script_ = 0;
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point told_;
  Tally tally_;
  std::string failure_;
};

void print(const Tally& tally);

}  // namespace understudy::differential
