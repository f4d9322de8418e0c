#include "support/dump_log.h"

#include <cstdio>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace understudy::support {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFirstFieldsOfEntries[] = {
    "baseOffset: ", "offset: ", "timestamp: ", "producerId: ", "version: "};

DumpedFields fields_of(const std::string& line) {
  static const std::regex field(R"((\w+): (\S+))");
  DumpedFields fields;
  for (std::sregex_iterator at(line.begin(), line.end(), field), end; at != end; ++at) {
    fields.emplace((*at)[1], (*at)[2]);
  }
  return fields;
}

bool is_entry(const std::string& line) {
  for (const char* first : kFirstFieldsOfEntries) {
    if (line.starts_with(first)) return true;
  }
  return false;
}

// At its end the tool tells about each file what it did not like, below a headline of this kind.
struct Headline {
  std::string kind;
  fs::path file;
};

std::optional<Headline> headline_of(const std::string& line) {
  static const std::regex headline(
      "(Non-consecutive offsets|Found timestamp mismatch|"
      "Found out of order timestamp|Mismatches) in :?(.*?):?");
  std::smatch found;
  if (!std::regex_match(line, found, headline)) return std::nullopt;
  return Headline{.kind = found[1], .file = found[2].str()};
}

void read_dislike(const std::string& kind, const std::string& line, DumpedFile& file) {
  static const std::regex gap(R"(\s+(-?\d+) is followed by (\d+))");
  static const std::regex mismatch(R"(\s+Index timestamp: (-?\d+), log timestamp: (-?\d+))");
  std::smatch found;
  if (kind == "Non-consecutive offsets" && std::regex_match(line, found, gap)) {
    file.gaps.emplace_back(std::stoll(found[1]), std::stoll(found[2]));
  } else if (kind == "Found timestamp mismatch" && std::regex_match(line, found, mismatch)) {
    file.time_mismatches.emplace_back(std::stoll(found[1]), std::stoll(found[2]));
  } else {
    file.complaints.push_back(kind);
    file.complaints.back() += ": " + line;
  }
}

void read_line(const std::string& line, DumpedFile& file) {
  constexpr const char* kPayload = " payload: ";
  if (line.starts_with("| ")) {
    file.records.push_back(fields_of(line.substr(0, line.find(kPayload))));
    const std::size_t payload = line.find(kPayload);
    if (payload != std::string::npos) file.payloads.push_back(line.substr(payload));
  } else if (is_entry(line)) {
    file.entries.push_back(fields_of(line));
  } else if (line.ends_with(" passed sanity check.")) {
    file.passed_sanity_check = true;
  } else if (line.ends_with(" is empty.")) {
    file.is_called_empty = true;
  } else if (!line.starts_with("Log starting offset: ")) {
    file.complaints.push_back(line);
  }
}

}  // namespace

DumpRun run_dump_log(const std::string& command, const std::vector<fs::path>& files) {
  std::string whole = command + " --files ";
  for (std::size_t i = 0; i < files.size(); ++i) {
    whole += (i > 0 ? ",'" : "'") + files[i].string() + "'";
  }
  FILE* const pipe = popen((whole + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  DumpRun run;
  char buffer[1 << 16];
  for (std::size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    run.output.append(buffer, size);
  }
  run.status = pclose(pipe);
  return run;
}

DumpedFiles parse_dump(const std::string& output) {
  constexpr std::string_view kNewFile = "Dumping ";
  DumpedFiles dumped;
  std::string current;
  std::optional<Headline> headline;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.starts_with(kNewFile)) {
      current = line.substr(kNewFile.size());
      dumped[current];
    } else if (const auto next = headline_of(line)) {
      headline = next;
    } else if (headline) {
      read_dislike(headline->kind, line, dumped[headline->file]);
    } else {
      read_line(line, dumped[current]);
    }
  }
  return dumped;
}

std::int64_t number_in(const DumpedFields& fields, const std::string& name) {
  const auto found = fields.find(name);
  if (found == fields.end()) throw std::runtime_error("DumpLogSegments printed no " + name);
  return std::stoll(found->second);
}

}  // namespace understudy::support
