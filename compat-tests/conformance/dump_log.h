// What Apache Kafka's DumpLogSegments prints about files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace understudy::conformance {

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

// Runs the tool with these options over all files at once. Throws if it fails.
DumpedFiles dump_log(const std::vector<std::filesystem::path>& files, const std::string& options);

std::int64_t number_in(const DumpedFields& fields, const std::string& name);

}  // namespace understudy::conformance
