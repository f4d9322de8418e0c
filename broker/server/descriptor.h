// File descriptors and the bytes behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "wire/types.h"

namespace understudy::server {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const { return fd_; }
  // Someone else closes it.
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// All of it, or false and errno.
[[nodiscard]] bool write_all(int fd, const std::uint8_t* data, std::size_t size,
                             std::uint64_t position);
// ENODATA if the file ends before.
[[nodiscard]] bool read_all(int fd, std::uint8_t* data, std::size_t size, std::uint64_t position);
// The first `size` bytes of one file become those of another.
[[nodiscard]] bool copy_all(int from, int to, std::uint64_t size);

// Milliseconds since the Unix epoch at which the file was last written to; -1 if unknown.
std::int64_t modified_ms_of(int fd);

// Knows whether slices of a file are pages of it. Such a file must not be cut: touching a page that
// is gone kills the process (SIGBUS).
class MappingCount {
 public:
  bool any() const { return token_.use_count() > 1; }
  const std::shared_ptr<const void>& token() const { return token_; }

 private:
  std::shared_ptr<const void> token_ = std::make_shared<char>();
};

// What bytes are read for: to be looked at here, or to be handed to a socket.
enum class Purpose : std::uint8_t { kLooking, kSending };

// A copy of the bytes, or the pages they lie in if they are many. Nothing, and errno, if the
// machine fails. Pages to be sent are not brought into memory here.
std::optional<wire::Slice> read_slice(const std::shared_ptr<Descriptor>& file,
                                      const MappingCount& mappings, std::uint64_t position,
                                      std::size_t size, Purpose purpose);

// Where the bytes of a slice lie, if they were read to be sent, and are many: sendfile() sends them
// without bringing them into memory. The slice keeps the descriptor open.
struct FileRegion {
  int fd = -1;
  std::uint64_t position = 0;
};
std::optional<FileRegion> region_of(const wire::Slice& slice);

}  // namespace understudy::server
