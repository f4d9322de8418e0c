#include "durability/dump_log.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

namespace understudy::durability {
namespace {

namespace fs = std::filesystem;

// Together they have to fit into one argument of a command (128 KiB on Linux).
constexpr std::size_t kFilesSizeMax = 100'000;

bool is_dumpable(const fs::path& file) {
  static constexpr std::string_view kEndings[] = {".log", ".index", ".timeindex", ".txnindex",
                                                  ".snapshot"};
  const std::string ending = file.extension().string();
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

bool is_metadata(const fs::path& file) {
  return file.parent_path().filename().string().starts_with("__cluster_metadata");
}

// The output is kept in a file, for whoever looks for the cause of a complaint.
void dump(const std::string& command, const std::vector<fs::path>& files, const fs::path& output,
          DumpLogResult& result) {
  const support::DumpRun run = support::run_dump_log(command, files);
  std::ofstream(output) << run.output;
  if (run.status != 0) {
    result.complaints.push_back("status " + std::to_string(run.status) + "; see " +
                                output.string());
  }
  const support::DumpedFiles dumped = support::parse_dump(run.output);
  for (const auto& [file, content] : dumped) {
    if (file.extension() == ".log" && !is_metadata(file)) result.batches += content.entries.size();
  }
  const auto complaints = complaints_in(dumped);
  result.complaints.insert(result.complaints.end(), complaints.begin(), complaints.end());
}

}  // namespace

std::vector<std::string> complaints_in(const support::DumpedFiles& dumped) {
  std::vector<std::string> complaints;
  for (const auto& [file, content] : dumped) {
    const auto complain = [&](const std::string& text) {
      complaints.push_back(file.string() + ": " + text);
    };
    for (const std::string& text : content.complaints) complain(text);
    for (const auto& [before, after] : content.gaps) {
      complain(std::to_string(before) + " is followed by " + std::to_string(after));
    }
    for (const auto& [index, log] : content.time_mismatches) {
      complain("timestamp " + std::to_string(index) + " in the index, " + std::to_string(log) +
               " in the log");
    }
    for (const support::DumpedFields& entry : content.entries) {
      const auto valid = entry.find("isvalid");
      if (valid != entry.end() && valid->second != "true") {
        complain("the batch at " + entry.at("baseOffset") + " is not valid");
      }
    }
  }
  return complaints;
}

DumpLogResult dump_log(const std::string& command, const fs::path& folder) {
  DumpLogResult result;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "data")) {
    if (is_dumpable(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const bool metadata : {false, true}) {
    std::vector<fs::path> gathered;
    std::size_t size = 0;
    int part = 0;
    const auto run = [&] {
      if (gathered.empty()) return;
      const std::string name =
          std::string(metadata ? "dump-log-metadata." : "dump-log.") + std::to_string(part++);
      dump(command, gathered, folder / name, result);
      gathered.clear();
      size = 0;
    };
    for (const fs::path& file : files) {
      if (is_metadata(file) != metadata) continue;
      if (size + file.string().size() > kFilesSizeMax) run();
      gathered.push_back(file);
      size += file.string().size() + 3;  // a comma and two quotes
    }
    run();
  }
  return result;
}

}  // namespace understudy::durability
