// Apache Kafka's tool DumpLogSegments over all files of a data directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace understudy::durability {

struct DumpLogResult {
  std::size_t batches = 0;  // of all partitions, without the cluster's metadata
  std::vector<std::string> complaints;
};

// `command` is given --files; `folder` holds the directory "data" and gets the tool's output.
DumpLogResult dump_log(const std::string& command, const std::filesystem::path& folder);

// The same for one line of the output: whether the tool complains in it.
bool is_complaint(const std::string& line);

}  // namespace understudy::durability
