#include "broker/server/storage_errors.h"

#include <cerrno>
#include <string_view>
#include <system_error>

#include "broker/server/logging.h"

namespace understudy::server {
namespace {

std::string_view verb_of(FileOperation operation) {
  switch (operation) {
    case FileOperation::kOpen:
      return "open";
    case FileOperation::kRead:
      return "read";
    case FileOperation::kWrite:
      return "write";
    case FileOperation::kWriteTemporary:
      return "write temporary files in";
    case FileOperation::kCut:
      return "cut";
    case FileOperation::kSync:
      return "sync";
    case FileOperation::kRename:
      return "rename";
    case FileOperation::kRemove:
      return "remove";
    case FileOperation::kList:
      return "list";
  }
  return "use";
}

std::string_view consequence_of(FileOperation operation, const std::string& path, int error) {
  if (is_out_of_descriptors(error)) return "; raise the limit of open files (ulimit -n)";
  const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  if (operation == FileOperation::kWriteTemporary) {
    return is_full ? "; partitions refuse writes until there is room"
                   : "; partitions refuse writes";
  }
  if (!path.ends_with(".log")) return "";
  switch (operation) {
    case FileOperation::kOpen:
    case FileOperation::kWrite:
      return is_full ? "; its partition refuses writes until there is room"
                     : "; its partition refuses writes";
    case FileOperation::kRead:
      return "; its partition refuses what has to be read from there";
    case FileOperation::kSync:
      return "; its last writes may not be on the disk, restart the broker once the disk is well";
    case FileOperation::kWriteTemporary:
    case FileOperation::kCut:
    case FileOperation::kRename:
    case FileOperation::kRemove:
    case FileOperation::kList:
      return "";
  }
  return "";
}

}  // namespace

bool is_out_of_descriptors(int error) { return error == EMFILE || error == ENFILE; }

std::string to_sentence(FileOperation operation, const std::string& path, int error) {
  std::string sentence = "cannot ";
  sentence += verb_of(operation);
  sentence += ' ';
  sentence += path;
  sentence += ": ";
  sentence += std::generic_category().message(error);
  sentence += consequence_of(operation, path, error);
  return sentence;
}

void StorageErrors::log_once(FileOperation operation, const std::string& path, int error) {
  const std::string subject = is_out_of_descriptors(error) ? std::string() : path;
  if (logged_.size() >= kLoggedMax || !logged_.emplace(operation, subject).second) return;
  log(LogLevel::kError, to_sentence(operation, path, error));
  if (logged_.size() == kLoggedMax) {
    log(LogLevel::kError, "further failures of files are not logged");
  }
}

}  // namespace understudy::server
