// Loaded into the program in front of the C library (LD_PRELOAD): the machine's clock goes wrong by
// so many seconds as the file says that $UNDERSTUDY_MOVED_CLOCK names; by none as long as there is
// no such file.
#include <fcntl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

long shift() {
  const char* const path = std::getenv("UNDERSTUDY_MOVED_CLOCK");
  const int fd = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[32] = {};
  const bool is_read = ::read(fd, text, sizeof text - 1) > 0;
  ::close(fd);
  return is_read ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += shift();
  return static_cast<int>(result);
}
