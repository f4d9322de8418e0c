// understudy_differential: random scripts at Understudy and at Apache Kafka, answers compared.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

#include "differential/allowed.h"
#include "differential/generate.h"
#include "differential/run.h"

namespace understudy::differential {
namespace {

struct Options {
  std::string understudy;
  std::string kafka;
  std::string play;
  std::uint64_t print_script = 0;
  RunOptions run;
};

// Prints what both answered, and the differences; returns whether there are none.
bool play_file(const Both& both, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  const Script script = parse_script(file);
  const Played played = play_at_both(both, script, 0);
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
  std::cout << comparison.differences.size() << " differences" << std::endl;
  return comparison.differences.empty();
}

int run(int argc, char** argv) {
  Options options;
  int seconds = 0;
  CLI::App app{"Random requests at Understudy and at Apache Kafka; the answers are compared."};
  app.add_option("--understudy", options.understudy, "HOST:PORT of Understudy")->required();
  app.add_option("--kafka", options.kafka, "HOST:PORT of Apache Kafka")->required();
  app.add_option("--seed", options.run.seed, "Where the scripts come from");
  app.add_option("--first-script", options.run.first_script, "The seed's first script to play");
  app.add_option("--requests", options.run.requests, "How many requests are enough");
  app.add_option("--seconds", seconds, "After how many seconds no script is begun any more");
  app.add_option("--workers", options.run.workers, "How many scripts at a time");
  app.add_option("--shrink-plays", options.run.shrink_plays, "How often a script is tried smaller");
  app.add_option("--out", options.run.out_dir, "Where scripts that show a difference are written");
  app.add_option("--play", options.play, "Play the script in this file, and tell everything");
  CLI11_PARSE(app, argc, argv);
  if (seconds > 0) options.run.time_limit = std::chrono::seconds(seconds);

  const Both both{
      .ours = {.name = "Understudy", .address = conformance::parse_address(options.understudy)},
      .theirs = {.name = "Apache Kafka",
                 .address = conformance::parse_address(options.kafka),
                 .settles_late = true}};
  if (!options.play.empty()) return play_file(both, options.play) ? 0 : 1;
  Run many(both, options.run);
  const Tally& tally = many.go();
  print(tally);
  return tally.differences.empty() ? 0 : 1;
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
