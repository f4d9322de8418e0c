#include "broker/server/directory_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace understudy::server {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAdvice =
    "; name a directory that this user may write to, or one that can be made";

std::string cannot(std::string_view verb, const std::string& path, int error) {
  std::string sentence = "cannot ";
  sentence += verb;
  sentence += ' ';
  sentence += path;
  sentence += ": ";
  sentence += std::generic_category().message(error);
  sentence += kAdvice;
  return sentence;
}

// A power cut must not take away a new directory with what was acknowledged in it.
void sync_directory(const fs::path& path) {
  const Descriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened) ::fsync(opened.get());
}

std::error_code make_directories(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path path = directory; !fs::exists(path, error) && path.has_relative_path();
       path = path.parent_path()) {
    missing.push_back(path);
  }
  if (missing.empty()) return {};
  fs::create_directories(directory, error);
  if (error) return error;
  for (const fs::path& made : missing) sync_directory(made.parent_path());
  return {};
}

// The kind of lock that Java takes as well (FileChannel.tryLock): Apache Kafka and we keep each
// other out. Unlike Java's it belongs to the descriptor, so it keeps a second one of this process
// out, too, and is not lost when anyone closes the file.
bool take_lock(int fd) {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

}  // namespace

LockedDirectory lock_directory(const std::string& directory) {
  LockedDirectory locked;
  std::error_code error;
  locked.path = fs::absolute(directory, error).lexically_normal().string();
  while (locked.path.size() > 1 && locked.path.ends_with('/')) locked.path.pop_back();
  const std::string& path = locked.path;
  if (const auto failed = make_directories(path)) {
    locked.failure = cannot("make the directory", path, failed.value());
    return locked;
  }
  if (!fs::is_directory(path, error)) {
    locked.failure = path + " is not a directory" + std::string(kAdvice);
    return locked;
  }
  if (::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK | X_OK, AT_EACCESS) != 0) {
    locked.failure = cannot("write to", path, errno);
    return locked;
  }
  const std::string name = path + "/" + kLockName;
  Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) {
    locked.failure = cannot("write to", name, errno);
  } else if (take_lock(lock.get())) {
    locked.lock = std::move(lock);
  } else if (errno == EAGAIN || errno == EACCES) {
    locked.failure = path + " is used by another process; stop that one, or name another directory";
  } else {
    locked.failure = cannot("lock", name, errno);
  }
  return locked;
}

}  // namespace understudy::server
