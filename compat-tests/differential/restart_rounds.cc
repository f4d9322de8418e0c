#include "differential/restart_rounds.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "differential/generate.h"
#include "differential/shrink.h"
#include "support/patience.h"

namespace understudy::differential {
namespace {

// With a restart in each play, a few tries must do.
constexpr int kShrinkPlays = 25;

// What lies between two restarts.
struct Part {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::vector<Part> parts_of(const Script& script) {
  std::vector<Part> parts(1);
  for (std::size_t i = 0; i < script.steps.size(); ++i) {
    if (is_restart(script.steps[i])) {
      parts.back().last = i;
      parts.push_back({.first = i + 1});
    }
  }
  parts.back().last = script.steps.size();
  return parts;
}

std::vector<std::string> endings_of(const Script& script) {
  std::vector<std::string> endings;
  for (const Step& step : script.steps) {
    if (is_restart(step)) endings.push_back(text_or(step, "restart", ""));
  }
  return endings;
}

}  // namespace

struct RestartRounds::Playing {
  const Script* script;
  std::vector<Part> parts;
  std::unique_ptr<Player> ours;
  std::unique_ptr<Player> theirs;
};

void RestartRounds::play_phase(std::vector<Playing>& playing, std::size_t phase) const {
  std::atomic<std::size_t> next = 0;
  std::vector<std::future<void>> workers;
  for (int i = 0; i < options_.workers; ++i) {
    workers.push_back(std::async(std::launch::async, [&] {
      for (std::size_t at = next++; at < playing.size(); at = next++) {
        Playing& one = playing[at];
        if (phase >= one.parts.size()) continue;
        Together together;
        const auto play = [&](Player& player, const Side& side) {
          Together::Member member(together);
          if (phase > 0) player.reconnect(side, *one.script);
          player.play(*one.script, one.parts[phase].first, one.parts[phase].last,
                      [&] { member.meet(); });
          if (phase + 1 < one.parts.size()) return;
          player.look_at_logs(*one.script);
        };
        auto theirs =
            std::async(std::launch::async, [&] { play(*one.theirs, brokers_.both().theirs); });
        play(*one.ours, brokers_.both().ours);
        theirs.get();
      }
    }));
  }
  for (auto& worker : workers) worker.get();
}

std::vector<Played> RestartRounds::play(const std::vector<Script>& scripts) {
  std::vector<Playing> playing;
  std::vector<std::string> endings;
  for (const Script& script : scripts) {
    const PlayOptions options{.prefix = new_prefix(),
                              .origin_ms = support::now_ms(),
                              .settling_topic = settling_topic(playing.size()),
                              .with_restarts = true};
    playing.push_back({.script = &script,
                       .parts = parts_of(script),
                       .ours = std::make_unique<Player>(brokers_.both().ours, options),
                       .theirs = std::make_unique<Player>(brokers_.both().theirs, options)});
    const auto own = endings_of(script);
    if (own.size() > endings.size()) endings = own;
  }
  for (std::size_t phase = 0; phase <= endings.size(); ++phase) {
    play_phase(playing, phase);
    if (phase >= endings.size()) continue;
    delete_a_topic(brokers_.both().ours);
    delete_a_topic(brokers_.both().theirs);
    brokers_.restart(endings[phase]);
  }
  std::vector<Played> played;
  for (Playing& one : playing) {
    played.push_back({one.ours->transcript(), one.theirs->transcript()});
    one.ours->reconnect(brokers_.both().ours, *one.script);
    one.theirs->reconnect(brokers_.both().theirs, *one.script);
    one.ours->clean_up();
    one.theirs->clean_up();
  }
  return played;
}

bool RestartRounds::shows(const Script& script, const std::string& wanted) {
  if (!is_well_formed(script)) return false;  // see Run::shows()
  const Played played = play({script}).front();
  for (const Difference& difference : compare(played.ours, played.theirs).differences) {
    if (signature(difference, played.ours[difference.exchange]) == wanted) return true;
  }
  return false;
}

void RestartRounds::shrink_and_tell(const Script& script, const std::string& what) {
  const auto still_fails = [&](const Script& candidate) { return shows(candidate, what); };
  const Script shrunk =
      shrink(script, still_fails, {.plays = std::min(kShrinkPlays, options_.shrink_plays)});
  std::cout << to_text(shrunk) << std::endl;
  if (options_.out_dir.empty()) return;
  std::ofstream(options_.out_dir + "/restart-" + std::to_string(tally_.differences.size()) +
                ".jsonl")
      << to_text(shrunk);
}

void RestartRounds::play_round(std::uint64_t round) {
  std::vector<Script> scripts;
  for (std::uint64_t i = 0; i < kScriptsPerRound; ++i) {
    scripts.push_back(generate(
        {.seed = options_.seed, .number = round * kScriptsPerRound + i, .with_restarts = true}));
  }
  const std::vector<Played> played = play(scripts);
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    const Comparison comparison = compare(played[i].ours, played[i].theirs);
    tally_.add(scripts[i], played[i].ours, comparison);
    investigate(
        scripts[i], played[i], comparison, tally_, mutex_,
        [&](const Script& one, const std::string& what) { return shows(one, what); },
        [&](const Script& one, const std::string& what) { shrink_and_tell(one, what); });
  }
  std::cout << "... round " << round << ", " << tally_.requests << " requests" << std::endl;
}

const Tally& RestartRounds::go(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t round = first; round < first + count; ++round) play_round(round);
  return tally_;
}

}  // namespace understudy::differential
