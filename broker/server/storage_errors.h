// Logs what the machine refuses: once for each file, not for each of a thousand appends.
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
