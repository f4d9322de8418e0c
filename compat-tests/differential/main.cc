// understudy_differential: random scripts at Understudy and at Apache Kafka, answers compared.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>

#include "differential/allowed.h"
#include "differential/brokers.h"
#include "differential/generate.h"
#include "differential/restart_rounds.h"
#include "differential/run.h"

namespace understudy::differential {
namespace {

struct Options {
  std::string understudy;
  std::string kafka;
  std::string play;
  std::optional<Script> script;  // what is in that file
  BrokerCommands commands;
  std::uint64_t restart_rounds = 0;
  RunOptions run;
};

Script read_script(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  try {
    return parse_script(file);
  } catch (const std::runtime_error& wrong) {
    throw std::runtime_error(path + ", " + wrong.what());
  }
}

// Prints what both answered, and the differences; returns whether there are none, and every step
// could be played.
bool play_script(const Both& both, Brokers* brokers, const Script& script) {
  const bool with_restarts = std::any_of(script.steps.begin(), script.steps.end(), is_restart);
  if (with_restarts && brokers == nullptr) {
    throw std::runtime_error("a script with restarts needs --understudy-command");
  }
  const Played played = with_restarts ? RestartRounds(*brokers, {}).play({script}).front()
                                      : play_at_both(both, script, 0);
  for (std::size_t i = 0; i < std::max(played.ours.size(), played.theirs.size()); ++i) {
    const auto show = [&](const Side& side, const Transcript& transcript) {
      if (i >= transcript.size()) return;
      std::cout << i + 1 << " " << transcript[i].api << " " << side.name << ": "
                << transcript[i].outcome << "\n";
    };
    show(both.ours, played.ours);
    show(both.theirs, played.theirs);
  }
  const Comparison comparison = compare(played.ours, played.theirs);
  for (const Difference& difference : comparison.differences) {
    std::cout << "# " << describe(difference, played.ours[difference.exchange]) << "\n";
  }
  const auto unplayed = std::ranges::count_if(played.ours, [](const Exchange& exchange) {
    return exchange.outcome.contains("unplayable");
  });
  if (unplayed > 0) std::cout << unplayed << " steps could not be played" << std::endl;
  std::cout << comparison.differences.size() << " differences" << std::endl;
  return comparison.differences.empty() && unplayed == 0;
}

Both running(const Options& options) {
  return {.ours = {.name = "Understudy", .nodes = support::parse_addresses(options.understudy)},
          .theirs = {.name = "Apache Kafka",
                     .nodes = support::parse_addresses(options.kafka),
                     .settles_late = true}};
}

bool play(const Both& both, Brokers* brokers, const Options& options) {
  for (const Side& side : {both.ours, both.theirs}) {
    if (std::ssize(side.nodes) == options.run.nodes) continue;
    throw std::runtime_error(side.name + " has " + std::to_string(side.nodes.size()) +
                             " nodes, and --nodes says " + std::to_string(options.run.nodes));
  }
  if (options.script) return play_script(both, brokers, *options.script);
  Run many(both, options.run);
  const Tally& tally = many.go();
  print(tally);
  return tally.differences.empty();
}

int run(int argc, char** argv) {
  constexpr int kAll = 100;
  Options options;
  int seconds = 0;
  std::optional<std::uint64_t> printed;
  CLI::App app{"Random requests at Understudy and at Apache Kafka; the answers are compared."};
  app.add_option("--understudy", options.understudy,
                 "HOST:PORT of an Understudy that runs; of several nodes all, between commas");
  app.add_option("--kafka", options.kafka, "The same of an Apache Kafka");
  app.add_option("--understudy-command", options.commands.understudy,
                 "What starts Understudy and prints HOST:PORT; {dir} and {overrides} in it are "
                 "replaced");
  app.add_option("--kafka-command", options.commands.kafka, "The same for Apache Kafka");
  app.add_flag(
      "--two-kafkas", options.commands.are_kafkas,
      "The command for Understudy starts an Apache Kafka, too: what differs then is chance");
  app.add_option("--override", options.commands.overrides, "KEY=VALUE, a broker property of both");
  app.add_option("--restart-rounds", options.restart_rounds,
                 "How many rounds of scripts with restarts; needs the commands")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--nodes", options.run.nodes,
                 "How many nodes each side has; their ids are 1, 2, ...")
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", options.run.seed, "Where the scripts come from")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--first-script", options.run.first_script, "The seed's first script to play")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--requests", options.run.requests, "How many requests are enough")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seconds", seconds, "After how many seconds no script is begun any more");
  app.add_option("--workers", options.run.workers, "How many scripts at a time");
  app.add_option("--group-percent", options.run.group_percent,
                 "How many of 100 scripts are about groups")
      ->check(CLI::Range(0, 100));
  app.add_option("--shrink-plays", options.run.shrink_plays, "How often a script is tried smaller");
  app.add_option("--out", options.run.out_dir, "Where scripts that show a difference are written");
  app.add_option(
      "--print", printed,
      "Print the seed's script of this number (one with restarts if there are rounds, one about "
      "groups if all are), and end");
  app.add_option("--play", options.play, "Play the script in this file, and tell everything");
  CLI11_PARSE(app, argc, argv);
  if (printed) {
    std::cout << to_text(generate({.seed = options.run.seed,
                                   .number = *printed,
                                   .with_restarts = options.restart_rounds > 0,
                                   .nodes = options.run.nodes,
                                   .is_about_groups = options.run.group_percent == kAll}));
    return 0;
  }
  if (!options.play.empty()) options.script = read_script(options.play);
  if (seconds > 0) options.run.time_limit = std::chrono::seconds(seconds);

  const bool starts_brokers = !options.commands.understudy.empty();
  if (!starts_brokers) {
    const Both both = running(options);
    prepare(both.ours);
    prepare(both.theirs);
    return play(both, nullptr, options) ? 0 : 1;
  }
  Brokers brokers(options.commands);
  bool is_equal = play(brokers.both(), &brokers, options);
  if (options.play.empty() && options.restart_rounds > 0) {
    RestartRounds rounds(brokers, options.run);
    std::cout << "with restarts:" << std::endl;
    const Tally& tally = rounds.go(0, options.restart_rounds);
    print(tally);
    is_equal &= tally.differences.empty();
  }
  return is_equal ? 0 : 1;
}

}  // namespace
}  // namespace understudy::differential

int main(int argc, char** argv) {
  try {
    return understudy::differential::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "understudy_differential: " << error.what() << std::endl;
    return 2;
  }
}
