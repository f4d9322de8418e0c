// understudy_corrupt: damages the files of a data directory one at a time, starts the broker on it,
// and sees to it that it serves no wrong record, and refuses with a useful line if it refuses.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include "durability/corrupt_run.h"

namespace {

namespace fs = std::filesystem;
using namespace understudy::durability;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

constexpr const char* kAbout =
    "Damages the files of a data directory one at a time, field by field, starts a broker on it, "
    "and checks that it serves no wrong record, or refuses with a line that names the file.\n";

// In memory if the machine has a place for that: a directory is written for every case.
fs::path temporary_folder() {
  const fs::path memory = "/dev/shm";
  const fs::path parent = ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
  std::string pattern = (parent / "understudy-corrupt.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return pattern;
}

int run(const CorruptOptions& options, bool is_kept) {
  std::cout << "understudy_corrupt --seed " << options.seed << " --cases " << options.cases
            << std::endl;
  CorruptRun corrupt_run(options);
  const int wrong = corrupt_run.run();
  corrupt_run.print_summary();
  if (wrong > 0) std::cout << "Repeat one: understudy_corrupt --only NAME, as it is told above\n";
  if (is_kept) {
    std::cout << "Left behind: " << options.folder.string() << "\n";
  } else {
    fs::remove_all(options.folder);
  }
  return wrong == 0 ? 0 : kFailed;
}

int main_with_exceptions(int argc, char** argv) {
  CorruptOptions options;
  options.seed = std::random_device{}();
  std::string folder;
  CLI::App app(kAbout, "understudy_corrupt");
  app.add_option("--broker", options.broker, "The program of this project")->required();
  app.add_option("--folder", folder,
                 "Where the directories lie, kept; what the last case left is in its data. Without "
                 "it a temporary folder");
  app.add_option("--cases", options.cases, "How many, of each kind of file as many; 0: all [400]");
  app.add_option("--only", options.only, "Only cases whose names begin like this");
  app.add_option("--kind", options.kind, "Only files of this kind: .log, .index, ...");
  app.add_option("--seed", options.seed, "Which cases are chosen is drawn from this number");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  options.folder = folder.empty() ? temporary_folder() : fs::path(folder);
  return run(options, !folder.empty());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return main_with_exceptions(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "understudy_corrupt: %s\n", error.what());
    return kFailed;
  }
}
