#include "broker/server/descriptor.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace understudy::server {
namespace {

using wire::Slice;

// Below this a copy is cheaper than making and unmaking a mapping.
constexpr std::size_t kMappedSizeMin = 64u << 10;

// Pages of a file in our address space, for as long as a slice of them lives. The file may be
// closed, removed or replaced meanwhile: the mapping keeps its bytes.
class Mapping {
 public:
  Mapping(void* address, std::size_t size, std::shared_ptr<const void> token)
      : address_(address), size_(size), token_(std::move(token)) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address_, size_); }

 private:
  void* address_;
  std::size_t size_;
  std::shared_ptr<const void> token_;
};

std::optional<Slice> read_copy(int fd, std::uint64_t position, std::size_t size) {
  std::shared_ptr<std::uint8_t[]> memory = std::make_shared_for_overwrite<std::uint8_t[]>(size);
  if (!read_all(fd, memory.get(), size, position)) return std::nullopt;
  const std::uint8_t* data = memory.get();
  return Slice(std::move(memory), data, size);
}

std::optional<Slice> read_mapped(int fd, const MappingCount& mappings, std::uint64_t position,
                                 std::size_t size) {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t aligned = position - position % page;
  const auto skipped = static_cast<std::size_t>(position - aligned);
  void* address =
      ::mmap(nullptr, skipped + size, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(aligned));
  if (address == MAP_FAILED) return std::nullopt;
  auto mapping = std::make_shared<Mapping>(address, skipped + size, mappings.token());
  // All pages at once, and unlike MAP_POPULATE it tells when one cannot be had: its first touch
  // would kill the process. Kernels before 5.14 do not know it (EINVAL) and bring pages as needed.
  if (::madvise(address, skipped + size, MADV_POPULATE_READ) != 0 && errno != EINVAL) {
    if (errno == EFAULT) errno = EIO;
    return std::nullopt;
  }
  return Slice(std::move(mapping), static_cast<const std::uint8_t*>(address) + skipped, size);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ < 0) return;
  const int kept = errno;  // what failed is often told after its descriptor is gone
  ::close(fd_);
  errno = kept;
}

bool write_all(int fd, const std::uint8_t* data, std::size_t size, std::uint64_t position) {
  while (size > 0) {
    const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(position));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    if (written == 0) {
      errno = ENOSPC;
      return false;
    }
    data += written;
    size -= static_cast<std::size_t>(written);
    position += static_cast<std::uint64_t>(written);
  }
  return true;
}

bool read_all(int fd, std::uint8_t* data, std::size_t size, std::uint64_t position) {
  while (size > 0) {
    const ssize_t got = ::pread(fd, data, size, static_cast<off_t>(position));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) {
      errno = ENODATA;
      return false;
    }
    data += got;
    size -= static_cast<std::size_t>(got);
    position += static_cast<std::uint64_t>(got);
  }
  return true;
}

bool copy_all(int from, int to, std::uint64_t size) {
  const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(size, 1u << 20));
  const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(chunk);
  for (std::uint64_t position = 0; position < size;) {
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(chunk, size - position));
    if (!read_all(from, buffer.get(), part, position)) return false;
    if (!write_all(to, buffer.get(), part, position)) return false;
    position += part;
  }
  return true;
}

std::int64_t modified_ms_of(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return -1;
  return std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000;
}

std::optional<Slice> read_slice(int fd, const MappingCount& mappings, std::uint64_t position,
                                std::size_t size) {
  if (size < kMappedSizeMin) return read_copy(fd, position, size);
  return read_mapped(fd, mappings, position, size);
}

}  // namespace understudy::server
