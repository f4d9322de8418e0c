// understudy_kill: kills a broker under load again and again, and compares its log with what the
// producers were told.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <string>

#include "durability/kill_run.h"

namespace {

namespace fs = std::filesystem;
using namespace understudy::durability;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
constexpr std::size_t kFindingsShown = 20;

constexpr const char* kAbout =
    "Starts a broker on a directory, drives idempotent producers of librdkafka and raw ones, kills "
    "it with SIGKILL at random instants, and checks that every acknowledged record is there "
    "exactly "
    "once.\n";

struct Arguments {
  KillOptions options;
  std::string folder;
  bool expects_loss = false;
};

void declare(CLI::App& app, Arguments& arguments) {
  KillOptions& options = arguments.options;
  app.add_option("--broker", options.broker, "The program of this project");
  app.add_option("--kafka", options.kafka, "In its place scripts/kafka, which starts a real Kafka");
  app.add_option("--folder", arguments.folder,
                 "Where the data directory and the run's notes lie; kept. Without it a temporary "
                 "folder, removed if all is well");
  app.add_option("--kills", options.kills,
                 "How often the broker is killed [20]; the clean stops in between come on top");
  app.add_option("--seed", options.seed, "What is drawn at random is drawn from this number");
  app.add_option("--durability", options.durability, "page-cache (the default) or fsync")
      ->check(CLI::IsMember({"page-cache", "fsync"}));
  app.add_flag("--power-cuts", options.power_cuts,
               "With each death destroy what was not synced, as a power cut would");
  app.add_option("--recorder", options.recorder,
                 "The module that notes what is synced; --power-cuts needs it");
  app.add_option("--check-every", options.check_every,
                 "Compare the log after so many kills, and in the end [50]");
  app.add_option("--librdkafka-producers", options.rdkafka_writers, "[4], every fourth pipelined");
  app.add_option("--raw-producers", options.raw_writers, "[5]");
  app.add_option("--dump-log", options.dump_log,
                 "A command that runs Kafka's DumpLogSegments, which then looks at every file");
  app.add_option("--override", options.overrides, "A broker property; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--expect-loss", arguments.expects_loss,
               "Turn it round: fail unless acknowledged records are missed. Shows that this "
               "program notices a broker that loses some");
}

std::string shown(const KillOptions& options) {
  std::string text = "--seed " + std::to_string(options.seed) + " --kills " +
                     std::to_string(options.kills) + " --durability " + options.durability;
  if (options.power_cuts) text += " --power-cuts";
  for (const std::string& change : options.overrides) text += " --override " + change;
  return text;
}

void print(const Findings& findings) {
  std::map<std::string_view, int> counts;
  for (const Finding& finding : findings) ++counts[name_of(finding.fault)];
  for (const auto& [name, count] : counts) std::cout << "  " << count << " x " << name << "\n";
  for (std::size_t i = 0; i < std::min(findings.size(), kFindingsShown); ++i) {
    std::cout << "  " << name_of(findings[i].fault) << ": " << findings[i].text << "\n";
  }
  if (findings.size() > kFindingsShown) std::cout << "  ...\n";
}

fs::path temporary_folder() {
  std::string pattern = (fs::temp_directory_path() / "understudy-kill.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

int run(const Arguments& arguments) {
  const KillOptions& options = arguments.options;
  std::cout << "understudy_kill " << shown(options) << std::endl;
  KillRun kill_run(options);
  const Findings findings = kill_run.run();
  std::cout << kill_run.statistics() << "\n";
  const auto lost = std::count_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.fault == Fault::kLost;
  });
  const bool is_well = arguments.expects_loss ? lost > 0 : findings.empty();
  if (is_well && arguments.expects_loss) {
    std::cout << "as expected, " << lost << " acknowledged records are missed\n";
  } else if (!is_well) {
    std::cout << "FAILED" << (arguments.expects_loss ? ": nothing acknowledged is missed" : "")
              << "\n";
    print(findings);
    std::cout << "Repeat it: understudy_kill " << shown(options)
              << " (the draws are the same, the threads are not)\n"
              << "Left behind: " << options.folder.string() << "\n";
  }
  if (is_well && arguments.folder.empty()) fs::remove_all(options.folder);
  return is_well ? 0 : kFailed;
}

int main_with_exceptions(int argc, char** argv) {
  Arguments arguments;
  arguments.options.seed = std::random_device{}();
  CLI::App app(kAbout, "understudy_kill");
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  KillOptions& options = arguments.options;
  if (options.broker.empty() == options.kafka.empty()) {
    std::cerr << "understudy_kill: one of --broker and --kafka is needed\n";
    return kWrongUsage;
  }
  if (options.power_cuts && options.recorder.empty()) {
    std::cerr << "understudy_kill: --power-cuts needs --recorder\n";
    return kWrongUsage;
  }
  // A broker that does not start any more has lost everything, but that is not the point.
  options.spares_all_but_records = arguments.expects_loss;
  options.folder = arguments.folder.empty() ? temporary_folder() : fs::path(arguments.folder);
  return run(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return main_with_exceptions(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "understudy_kill: %s\n", error.what());
    return kFailed;
  }
}
