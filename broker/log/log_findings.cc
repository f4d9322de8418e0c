#include "broker/log/log_findings.h"

#include <algorithm>
#include <array>

#include "broker/base/counted.h"
#include "broker/log/files.h"

namespace understudy::broker {

void LogFindings::note_file(const std::string& name) {
  const auto has_suffix = [&](const char* suffix) {
    return offset_in_file_name(name, suffix).has_value();
  };
  const bool is_known =
      name == kLeaderEpochFile || name == kPartitionMetadataFile ||
      std::ranges::any_of(std::array{kLogSuffix, kOffsetIndexSuffix, kTimeIndexSuffix,
                                     kTransactionIndexSuffix, kSnapshotSuffix},
                          has_suffix);
  if (is_known) return;
  ++unknown_files;
  if (unknown_names.size() < kNamesMax) unknown_names.push_back(name);
}

std::string LogFindings::describe() const {
  std::vector<std::string> parts;
  if (old_messages > 0) {
    parts.push_back(counted(old_messages, "message", "messages") +
                    " of a format before magic 2, served unchanged");
  }
  if (gaps > 0) {
    parts.push_back("offsets are missing in " + counted(gaps, "place", "places") +
                    ", as compaction leaves them");
  }
  if (unknown_files > 0) {
    std::string files = "files that are not known, left alone:";
    for (const std::string& name : unknown_names) files += " " + name;
    if (unknown_files > unknown_names.size()) {
      files += " ... and " + std::to_string(unknown_files - unknown_names.size()) + " more";
    }
    parts.push_back(std::move(files));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace understudy::broker
