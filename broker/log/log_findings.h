// What a person may want to know of the files of a partition that another broker wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace understudy::broker {

struct LogFindings {
  std::uint64_t old_messages = 0;   // of the formats before magic 2; compressed ones count as one
  std::uint64_t gaps = 0;           // places where offsets are missing
  std::uint64_t unknown_files = 0;  // which stay where they are
  static constexpr std::size_t kNamesMax = 10;
  std::vector<std::string> unknown_names = {};  // of the first of them

  // A file of the partition's directory: noted if it is not known.
  void note_file(const std::string& name);

  // "3 messages of ...; offsets are missing in 2 places"; empty if there is nothing to say.
  std::string describe() const;
};

}  // namespace understudy::broker
