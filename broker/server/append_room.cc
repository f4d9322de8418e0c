#include "broker/server/append_room.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "broker/server/descriptor.h"

namespace understudy::server {
namespace {

// Written again and again: they stay in the cache.
constexpr std::array<std::uint8_t, 8192> kZeros{};

}  // namespace

bool AppendRoom::append(int fd, const std::uint8_t* data, std::size_t size,
                        std::uint64_t position) {
  const std::uint64_t data_end = position + size;
  std::size_t done = 0;
  if (data_end > end_ && data_end >= kFileSizeMin) {
    const std::uint64_t file_end = (data_end / kStep + 2) * kStep;
    std::array<iovec, 1 + 2 * kStep / kZeros.size()> parts;
    parts[0] = {const_cast<std::uint8_t*>(data), size};
    std::size_t count = 1;
    for (std::uint64_t left = file_end - data_end; left > 0; ++count) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, kZeros.size()));
      parts[count] = {const_cast<std::uint8_t*>(kZeros.data()), part};
      left -= part;
    }
    // If it is refused, or cut short, the data comes first: write_all() finds out why.
    const ssize_t written =
        ::pwritev(fd, parts.data(), static_cast<int>(count), static_cast<off_t>(position));
    if (written > 0) {
      end_ = std::max(end_, position + static_cast<std::uint64_t>(written));
      done = std::min(size, static_cast<std::size_t>(written));
    }
  }
  if (!write_all(fd, data + done, size - done, position + done)) return false;
  end_ = std::max(end_, data_end);
  return true;
}

}  // namespace understudy::server
