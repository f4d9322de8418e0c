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
struct Mapping {
  std::uint8_t* address;
  std::size_t size;
  std::uint64_t position;            // in the file
  std::shared_ptr<Descriptor> file;  // of what will be sent
  std::shared_ptr<const void> token;

  // As the deleter of a slice's owner, which is how the edge finds it again.
  void operator()(const void*) const { ::munmap(address, size); }
};

std::optional<Slice> read_copy(int fd, std::uint64_t position, std::size_t size) {
  std::shared_ptr<std::uint8_t[]> memory = std::make_shared_for_overwrite<std::uint8_t[]>(size);
  if (!read_all(fd, memory.get(), size, position)) return std::nullopt;
  const std::uint8_t* data = memory.get();
  return Slice(std::move(memory), data, size);
}

std::optional<Slice> read_mapped(const std::shared_ptr<Descriptor>& file,
                                 const MappingCount& mappings, std::uint64_t position,
                                 std::size_t size, Purpose purpose) {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t aligned = position - position % page;
  const auto skipped = static_cast<std::size_t>(position - aligned);
  void* mapped = ::mmap(nullptr, skipped + size, PROT_READ, MAP_SHARED, file->get(),
                        static_cast<off_t>(aligned));
  if (mapped == MAP_FAILED) return std::nullopt;
  auto* const address = static_cast<std::uint8_t*>(mapped);
  const bool is_to_send = purpose == Purpose::kSending;
  std::shared_ptr<const void> owner(
      address,
      Mapping{address, skipped + size, aligned, is_to_send ? file : nullptr, mappings.token()});
  // All pages at once, and unlike MAP_POPULATE it fails when one cannot be had: its first touch
  // would kill the process. Kernels before 5.14 do not know it (EINVAL) and bring pages as needed.
  if (!is_to_send && ::madvise(address, skipped + size, MADV_POPULATE_READ) != 0 &&
      errno != EINVAL) {
    if (errno == EFAULT) errno = EIO;
    return std::nullopt;
  }
  return Slice(std::move(owner), address + skipped, size);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ < 0) return;
  const int kept = errno;  // a failure is often logged after its descriptor is gone
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

std::optional<Slice> read_slice(const std::shared_ptr<Descriptor>& file,
                                const MappingCount& mappings, std::uint64_t position,
                                std::size_t size, Purpose purpose) {
  if (size < kMappedSizeMin) return read_copy(file->get(), position, size);
  return read_mapped(file, mappings, position, size, purpose);
}

std::optional<FileRegion> region_of(const Slice& slice) {
  const auto* mapping = std::get_deleter<Mapping>(slice.owner());
  if (mapping == nullptr || mapping->file == nullptr) return std::nullopt;
  const auto offset = static_cast<std::uint64_t>(slice.data() - mapping->address);
  return FileRegion{mapping->file->get(), mapping->position + offset};
}

}  // namespace understudy::server
