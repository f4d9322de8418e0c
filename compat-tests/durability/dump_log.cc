#include "durability/dump_log.h"

#include <algorithm>
#include <cstdlib>
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

void read_output(const fs::path& output, bool counts, DumpLogResult& result) {
  std::ifstream stream(output);
  std::string file;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("Dumping ")) file = line.substr(8);
    if (counts && line.starts_with("baseOffset: ")) ++result.batches;
    if (is_complaint(line)) result.complaints.emplace_back(file).append(": ").append(line);
  }
}

void dump(const std::string& command, const std::string& files, const fs::path& output, bool counts,
          DumpLogResult& result) {
  const std::string whole = command + " --files '" + files + "' > '" + output.string() + "' 2>&1";
  const int status = std::system(whole.c_str());
  if (status != 0) {
    result.complaints.push_back("status " + std::to_string(status) + "; see " + output.string());
  }
  read_output(output, counts, result);
}

}  // namespace

bool is_complaint(const std::string& line) {
  if (line.starts_with("baseOffset: ")) return line.find("isvalid: true") == std::string::npos;
  static constexpr std::string_view kWords[] = {"ismatch",  "on-consecutive", "orrupt",
                                                "xception", "out of order",   "railing",
                                                "ould not", "nvalid",         "nrecognized"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return line.find(word) != std::string::npos; });
}

DumpLogResult dump_log(const std::string& command, const fs::path& folder) {
  DumpLogResult result;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder / "data")) {
    if (is_dumpable(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const bool metadata : {false, true}) {
    std::string gathered;
    int part = 0;
    const auto run = [&] {
      if (gathered.empty()) return;
      const std::string name =
          std::string(metadata ? "dump-log-metadata." : "dump-log.") + std::to_string(part++);
      dump(command, gathered, folder / name, !metadata, result);
      gathered.clear();
    };
    for (const fs::path& file : files) {
      if (is_metadata(file) != metadata) continue;
      if (gathered.size() + file.string().size() > kFilesSizeMax) run();
      gathered += (gathered.empty() ? "" : ",") + file.string();
    }
    run();
  }
  return result;
}

}  // namespace understudy::durability
