// What Apache Kafka's DumpLogSegments prints about files. Whether that is well, its users judge.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace understudy::support {

// One line of the form "name: value name: value ...".
using DumpedFields = std::map<std::string, std::string>;

struct DumpedFile {
  std::vector<DumpedFields> entries;  // batches of a log, entries of an index or a snapshot
  std::vector<DumpedFields> records;  // of a log, if they were asked for
  std::vector<std::string> payloads;  // of the records, if a decoder printed them
  // "Non-consecutive offsets": the pairs that follow each other. "Found timestamp mismatch": what
  // stands in the time index, and in the log.
  std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
  std::vector<std::pair<std::int64_t, std::int64_t>> time_mismatches;
  bool passed_sanity_check = false;
  bool is_called_empty = false;
  std::vector<std::string> complaints;  // everything else that the tool said
};

using DumpedFiles = std::map<std::filesystem::path, DumpedFile>;

// What the tool says before it names a file (that it cannot start, say) is a complaint about the
// file "".
DumpedFiles parse_dump(const std::string& output);

struct DumpRun {
  std::string output;  // stdout and stderr
  int status = 0;      // 0: well; as system() says it
};

// Runs the tool over all files at once. `command` is a command of the shell without "--files".
DumpRun run_dump_log(const std::string& command, const std::vector<std::filesystem::path>& files);

// The number of a field; throws if it is not there.
std::int64_t number_in(const DumpedFields& fields, const std::string& name);

}  // namespace understudy::support
