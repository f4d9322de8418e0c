// Loaded into the broker in front of the C library (LD_PRELOAD): notes in a file what fsync() and
// fdatasync() have brought to the disk, so that a power cut can be played after a SIGKILL.
//
// A note is one append, made after the call has succeeded and before the broker learns of it, so
// whatever was acknowledged because of a sync is noted. The size is taken before the call: what is
// appended meanwhile is not covered. Files are known by device and inode, which a rename does not
// change. Other ways to the disk (sync(), O_DSYNC, io_uring) are not seen: a broker that takes one
// looks as if it had lost data, never the other way round.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdlib>

#include "durability/sync_note.h"

namespace {

using understudy::durability::SyncNote;

int notes = -1;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

void note(SyncNote::Kind kind, const struct stat& file, std::uint64_t size) {
  const SyncNote text = {kind, file.st_dev, file.st_ino, size};
  // A file that silently lacks a note would make the test blind: better no broker than that.
  if (::write(notes, &text, sizeof text) != ssize_t{sizeof text}) std::abort();
}

int synced(int fd, const char* name) {
  struct stat file = {};
  const bool is_known = notes >= 0 && ::fstat(fd, &file) == 0;
  const int result = next<int(int)>(name)(fd);
  const int reason = errno;
  if (result == 0 && is_known) note(SyncNote::kSynced, file, std::uint64_t(file.st_size));
  errno = reason;
  return result;
}

int cut(int fd, off_t size, const char* name) {
  const int result = next<int(int, off_t)>(name)(fd, size);
  const int reason = errno;
  struct stat file = {};
  if (result == 0 && notes >= 0 && ::fstat(fd, &file) == 0) {
    note(SyncNote::kCut, file, std::uint64_t(size));
  }
  errno = reason;
  return result;
}

// A new file may have the inode of one that is gone, and an old one may have been emptied.
int opened(int fd, int flags) {
  if (fd < 0 || notes < 0 || (flags & (O_CREAT | O_TRUNC)) == 0) return fd;
  struct stat file = {};
  if (::fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0) {
    note(SyncNote::kCut, file, 0);
  }
  return fd;
}

mode_t mode_of(int flags, va_list rest) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

__attribute__((constructor)) void open_notes() {
  const char* const path = std::getenv(understudy::durability::kSyncNotesVariable);
  if (path == nullptr) return;
  const int fd = next<int(const char*, int, ...)>("open")(
      path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) std::abort();
  notes = fd;
}

}  // namespace

extern "C" {

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }
int ftruncate(int fd, off_t size) noexcept { return cut(fd, size, "ftruncate"); }
int ftruncate64(int fd, off64_t size) noexcept { return cut(fd, size, "ftruncate64"); }

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return opened(next<int(const char*, int, ...)>("open")(path, flags, mode), flags);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return opened(next<int(const char*, int, ...)>("open64")(path, flags, mode), flags);
}

int openat(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return opened(next<int(int, const char*, int, ...)>("openat")(directory, path, flags, mode),
                flags);
}

int openat64(int directory, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = mode_of(flags, rest);
  va_end(rest);
  return opened(next<int(int, const char*, int, ...)>("openat64")(directory, path, flags, mode),
                flags);
}

}  // extern "C"
