// Logs what the machine refuses: once for each file, not for each of a thousand appends, and once
// for all files if it is for want of descriptors.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>

namespace understudy::server {

enum class FileOperation {
  kOpen,
  kRead,
  kWrite,
  kWriteTemporary,
  kCut,
  kSync,
  kRename,
  kRemove,
  kList
};

// EMFILE, ENFILE: the process, or the machine, has no descriptor left.
bool is_out_of_descriptors(int error);

// "cannot write to PATH: No space left on device; its partition refuses writes until there is
// room"
std::string to_sentence(FileOperation operation, const std::string& path, int error);

class StorageErrors {
 public:
  static constexpr std::size_t kLoggedMax = 1000;

  void log_once(FileOperation operation, const std::string& path, int error);

 private:
  std::set<std::pair<FileOperation, std::string>> logged_;
};

}  // namespace understudy::server
