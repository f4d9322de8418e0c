// understudy_simulate: runs schedules drawn from seeds, and shrinks the ones that fail.
#include <errno.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "simulation/shrink.h"
#include "simulation/world.h"

namespace {

using namespace understudy::simulation;

constexpr int kFailed = 1;
constexpr std::size_t kFindingsShown = 10;
constexpr std::size_t kFailingSeedsMax = 5;

struct Arguments {
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 1000;
  std::uint64_t twice_every = 20;
  std::optional<std::uint64_t> seed;
  std::string troubles;
  std::string clients;
  int records = -1;
  bool is_calm = false;
  bool is_traced = false;
  bool shrinks = true;
  bool tallies = false;
};

// What runs now, for the case that the core ends the program.
volatile std::uint64_t current_seed = 0;

// Of `count` things.
std::set<int> numbers_in(const std::string& list, const std::string& option, std::size_t count) {
  std::set<int> numbers;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "none") continue;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size() || number >= count) {
      std::string text = option;
      text.append(": '").append(word).append("' is none of the seed's 0 to ");
      throw std::runtime_error(text.append(std::to_string(count - 1)));
    }
    numbers.insert(int(number));
  }
  return numbers;
}

Restriction restriction_of(const Arguments& arguments, const Schedule& schedule) {
  Restriction restriction{.is_calm = arguments.is_calm};
  if (!arguments.troubles.empty()) {
    restriction.troubles = numbers_in(arguments.troubles, "--troubles", schedule.troubles.size());
  }
  if (!arguments.clients.empty()) {
    restriction.clients = numbers_in(arguments.clients, "--clients", schedule.clients.size());
  }
  if (arguments.records >= 0) restriction.records_max = arguments.records;
  return restriction;
}

// An assertion of the core says where it stands; this says in which schedule.
void tell_seed(int signal) {
  char text[64];
  const int size = std::snprintf(text, sizeof text, "seed %llu ended the program\n",
                                 static_cast<unsigned long long>(current_seed));
  static_cast<void>(::write(STDERR_FILENO, text, std::size_t(size)));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void print(const Findings& findings) {
  for (std::size_t i = 0; i < std::min(findings.size(), kFindingsShown); ++i) {
    std::cout << "  " << name_of(findings[i].check) << ": " << findings[i].text << "\n";
  }
  if (findings.size() > kFindingsShown) {
    std::cout << "  ... " << findings.size() - kFindingsShown << " more\n";
  }
}

void print(const Counts& counts) {
  std::cout << counts.runs << " schedules: " << counts.requests << " requests, " << counts.batches
            << " batches (" << counts.appended << " appended, " << counts.duplicates
            << " duplicates, " << counts.refused << " refused); " << counts.handed_over
            << " records handed over, " << counts.acknowledged << " acknowledged, "
            << counts.given_up << " given up, " << counts.lost_as_predicted
            << " lost as predicted\n";
  for (const auto& [mischief, count] : counts.troubles) {
    std::cout << "  " << count << " x " << name_of(mischief) << "\n";
  }
}

int run_one(const Arguments& arguments) {
  current_seed = *arguments.seed;
  const Schedule drawn = draw_schedule(*arguments.seed);
  const Schedule schedule = restricted(drawn, restriction_of(arguments, drawn));
  RunOptions options;
  if (arguments.is_traced) {
    options.trace = [](const std::string& line) { std::cout << line << "\n"; };
  }
  const Findings findings = run_twice(schedule, options).findings;
  if (findings.empty()) {
    std::cout << "seed " << *arguments.seed << ": nothing is wrong\n";
    return 0;
  }
  print(findings);
  return kFailed;
}

void report_failure(std::uint64_t seed, const Findings& findings, bool shrinks) {
  std::cout << "seed " << seed << " FAILED\n";
  print(findings);
  Restriction restriction;
  if (shrinks) restriction = shrink(seed, findings.front().check);
  std::cout << "Repeat it: " << program_invocation_name << " --seed " << seed << restriction.text()
            << " --trace\n"
            << std::flush;
}

int run_many(const Arguments& arguments) {
  Counts counts;
  std::map<Check, std::uint64_t> failures;
  std::uint64_t failed = 0;
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    const std::uint64_t seed = arguments.first_seed + i;
    current_seed = seed;
    const Schedule schedule = draw_schedule(seed);
    const bool twice = arguments.twice_every != 0 && seed % arguments.twice_every == 0;
    const RunResult result = twice ? run_twice(schedule) : run_schedule(schedule);
    counts.add(result.counts);
    if (result.findings.empty()) continue;
    ++failed;
    std::set<Check> checks;
    for (const Finding& finding : result.findings) checks.insert(finding.check);
    for (const Check check : checks) ++failures[check];
    if (arguments.tallies) continue;
    report_failure(seed, result.findings, arguments.shrinks);
    if (failed >= kFailingSeedsMax) {
      std::cout << failed << " schedules failed, the rest is not run\n";
      break;
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "seeds " << arguments.first_seed << " to "
            << arguments.first_seed + (counts.runs == 0 ? 0 : counts.runs - 1) << ": ";
  print(counts);
  for (const auto& [check, count] : failures) {
    std::cout << "check " << name_of(check) << ": " << count << " seeds\n";
  }
  std::printf("%llu of %llu schedules failed; %.1f s\n", static_cast<unsigned long long>(failed),
              static_cast<unsigned long long>(counts.runs), seconds.count());
  return failed == 0 ? 0 : kFailed;
}

int main_with_exceptions(int argc, char** argv) {
  CLI::App app{"Runs simulated clusters, each drawn from a seed.\n"};
  Arguments arguments;
  app.add_option("--first-seed", arguments.first_seed, "[1]")->check(CLI::NonNegativeNumber);
  app.add_option("--seeds", arguments.seeds, "How many [1000]")->check(CLI::PositiveNumber);
  app.add_option("--twice-every", arguments.twice_every,
                 "Run every n-th seed a second time and compare all bytes [20]; 0: none");
  app.add_option("--seed", arguments.seed, "Run this one alone, twice")
      ->check(CLI::NonNegativeNumber)
      ->excludes("--seeds")
      ->excludes("--first-seed")
      ->excludes("--twice-every");
  app.add_option("--troubles", arguments.troubles, "Of it only these troubles: 0,3 or none")
      ->needs("--seed");
  app.add_option("--clients", arguments.clients, "Of it only these clients")->needs("--seed");
  app.add_option("--records", arguments.records, "At most so many records per client")
      ->check(CLI::NonNegativeNumber)
      ->needs("--seed");
  app.add_flag("--calm", arguments.is_calm, "Every frame takes as long")->needs("--seed");
  app.add_flag("--trace", arguments.is_traced, "Say what happens")->needs("--seed");
  app.add_flag("!--no-shrink", arguments.shrinks, "Leave failing schedules as they are")
      ->excludes("--seed");
  app.add_flag("--tally", arguments.tallies, "Run them all, and count the checks that fail")
      ->excludes("--seed");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGABRT, tell_seed);
  std::signal(SIGSEGV, tell_seed);
  return arguments.seed ? run_one(arguments) : run_many(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return main_with_exceptions(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "understudy_simulate, seed %llu: %s\n",
                 static_cast<unsigned long long>(current_seed), error.what());
    return kFailed;
  }
}
