// Loaded into the program in front of the C library (LD_PRELOAD): a disk whose syncs never end,
// from the moment on in which the file exists that $UNDERSTUDY_STUCK_DISK names. Each says so on
// stderr.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace {

int synced(int fd, long call) {
  const char* const path = std::getenv("UNDERSTUDY_STUCK_DISK");
  const auto is_stuck = [path] { return path != nullptr && ::access(path, F_OK) == 0; };
  static constexpr char kStuck[] = "stuck\n";
  if (is_stuck() && ::write(STDERR_FILENO, kStuck, sizeof kStuck - 1) < 0) std::abort();
  while (is_stuck()) ::pause();
  return static_cast<int>(::syscall(call, fd));
}

}  // namespace

extern "C" {

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

}  // extern "C"
