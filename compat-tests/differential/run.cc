#include "differential/run.h"

#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>
#include <thread>

#include "differential/allowed.h"
#include "differential/generate.h"
#include "differential/shrink.h"

namespace understudy::differential {
namespace {

using std::chrono::steady_clock;

// How often a difference may come and go before it counts as one of timing.
constexpr int kAttempts = 3;
// Where a broker does not answer, each play takes as long as one is patient.
constexpr std::chrono::seconds kShrinkTime{90};

std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '-';
  return name.substr(0, 100) + ".jsonl";
}

}  // namespace

void Tally::add(const Script& script, const Transcript& transcript, const Comparison& comparison) {
  ++scripts;
  requests += request_count(script);
  for (const Exchange& exchange : transcript) {
    ++requests_by_api[exchange.api];
    if (!is_request(exchange.step)) continue;
    for (const auto& member : exchange.outcome) ++outcomes[std::string(member.key())];
  }
  allowed.resize(comparison.allowed.size());
  for (std::size_t i = 0; i < allowed.size(); ++i) allowed[i] += comparison.allowed[i];
}

const Tally& Run::go() {
  began_ = told_ = steady_clock::now();
  next_script_ = options_.first_script;
  std::vector<std::jthread> workers;
  for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this, i] { work(i); });
  workers.clear();
  if (!failure_.empty()) throw std::runtime_error(failure_);
  return tally_;
}

Script Run::next_script() {
  constexpr std::uint64_t kPercent = 100;
  constexpr std::uint64_t kStride = 37;  // so that neighbours are of both kinds
  const std::uint64_t number = next_script_++;
  const bool is_about_groups =
      options_.nodes == 1 && number * kStride % kPercent < std::uint64_t(options_.group_percent);
  return generate({.seed = options_.seed,
                   .number = number,
                   .nodes = options_.nodes,
                   .is_about_groups = is_about_groups});
}

void Run::work(int worker) {
  for (;;) {
    Script script;
    {
      const std::lock_guard lock(mutex_);
      if (tally_.requests >= options_.requests || !failure_.empty() ||
          steady_clock::now() - began_ > options_.time_limit) {
        return;
      }
      tell_progress();
      script = next_script();
    }
    try {
      const Played played = play_at_both(both_, script, worker);
      const Comparison comparison = compare(played.ours, played.theirs);
      {
        const std::lock_guard lock(mutex_);
        tally_.add(script, played.ours, comparison);
      }
      investigate(
          script, played, comparison, tally_, mutex_,
          [&](const Script& one, const std::string& what) { return shows(one, what, worker); },
          [&](const Script& one, const std::string& what) { shrink_and_tell(one, what, worker); });
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      failure_ = script.origin + ": " + error.what();
    }
  }
}

bool Run::shows(const Script& script, const std::string& wanted, int worker) {
  if (!is_well_formed(script)) return false;  // shrinking leaves some that could not be told again
  const Played played = play_at_both(both_, script, worker);
  for (const Difference& difference : compare(played.ours, played.theirs).differences) {
    if (signature(difference, played.ours[difference.exchange]) == wanted) return true;
  }
  return false;
}

void investigate(const Script& script, const Played& played, const Comparison& comparison,
                 Tally& tally, std::mutex& mutex, const Shows& shows, const Tell& shrink_and_tell) {
  std::set<std::size_t> seen;  // exchanges
  for (const Difference& difference : comparison.differences) {
    // What else an answer differs in mostly has the same cause.
    if (!seen.insert(difference.exchange).second) continue;
    const Exchange& exchange = played.ours[difference.exchange];
    const std::string what = signature(difference, exchange);
    {
      const std::lock_guard lock(mutex);
      if (tally.differences.contains(what)) {
        ++tally.differences[what];
        continue;
      }
    }
    bool comes_again = false;
    for (int i = 0; i < kAttempts && !comes_again; ++i) comes_again = shows(script, what);
    {
      const std::lock_guard lock(mutex);
      const bool is_new = !tally.differences.contains(what);  // nobody else came first
      ++(comes_again ? tally.differences : tally.unrepeatable)[what];
      if (!is_new) continue;
      std::cout << (comes_again ? "--- is shrunk: " : "--- did not come again: ") << script.origin
                << ", " << describe(difference, exchange) << std::endl;
    }
    if (comes_again) shrink_and_tell(script, what);
  }
}

void Run::shrink_and_tell(const Script& script, const std::string& what, int worker) {
  const auto give_up = steady_clock::now() + kShrinkTime;
  const auto still_fails = [&](const Script& candidate) {
    return steady_clock::now() < give_up && shows(candidate, what, worker);
  };
  tell(shrink(script, still_fails, {.plays = options_.shrink_plays}), what, worker);
}

void Run::tell(const Script& script, const std::string& what, int worker) {
  const Played played = play_at_both(both_, script, worker);
  const Comparison comparison = compare(played.ours, played.theirs);
  const std::lock_guard lock(mutex_);
  std::cout << "--- " << what << "\n" << to_text(script);
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, comparison.differences.size()); ++i) {
    const Difference& difference = comparison.differences[i];
    std::cout << "# " << describe(difference, played.ours[difference.exchange]) << "\n";
  }
  std::cout << std::endl;
  if (options_.out_dir.empty()) return;
  std::ofstream(options_.out_dir + "/" + file_name(what)) << to_text(script);
}

void Run::tell_progress() {
  constexpr std::chrono::seconds kPause{10};
  if (steady_clock::now() - told_ < kPause) return;
  told_ = steady_clock::now();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(told_ - began_).count();
  std::cout << "... " << seconds << " s, " << tally_.scripts << " scripts, " << tally_.requests
            << " requests, " << tally_.differences.size() << " kinds of differences" << std::endl;
}

void print(const Tally& tally) {
  std::cout << tally.scripts << " scripts, " << tally.requests << " requests\n";
  for (const auto& [api, count] : tally.requests_by_api) {
    std::cout << "  " << api << " " << count << "\n";
  }
  std::cout << "outcomes:";
  for (const auto& [outcome, count] : tally.outcomes) std::cout << " " << outcome << " " << count;
  std::cout << "\nallowed differences:\n";
  for (std::size_t i = 0; i < tally.allowed.size(); ++i) {
    if (tally.allowed[i] == 0) continue;
    const Allowance& allowance = allowances()[i];
    std::cout << "  " << tally.allowed[i] << " " << allowance.api << " " << allowance.pattern
              << ": " << allowance.reason << "\n";
  }
  for (const auto& [what, count] : tally.unrepeatable) {
    std::cout << "did not come again: " << what << " (" << count << " scripts)\n";
  }
  for (const auto& [what, count] : tally.differences) {
    std::cout << "DIFFERENCE: " << what << " (" << count << " scripts)\n";
  }
  std::cout << std::flush;
}

}  // namespace understudy::differential
