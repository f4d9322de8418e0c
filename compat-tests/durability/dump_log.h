// Apache Kafka's tool DumpLogSegments over all files of a data directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "support/dump_log.h"

namespace understudy::durability {

struct DumpLogResult {
  std::size_t batches = 0;  // of all partitions, without the cluster's metadata
  std::vector<std::string> complaints;
};

// `command` is given --files; `folder` holds the directory "data" and gets the tool's output.
DumpLogResult dump_log(const std::string& command, const std::filesystem::path& folder);

// What of the tool's output is wrong, one line each.
std::vector<std::string> complaints_in(const support::DumpedFiles& dumped);

}  // namespace understudy::durability
