#include "codec/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

namespace understudy::codec {

std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t previous) {
  // ISA-L counts in int, does not invert the state at either end, and takes a pointer to bytes it
  // only reads.
  constexpr std::size_t kMost = std::size_t{1} << 30;
  static_assert(kMost <= std::numeric_limits<int>::max());
  auto* at = static_cast<unsigned char*>(const_cast<void*>(data));
  std::uint32_t state = ~previous;
  while (size > 0) {
    const std::size_t step = std::min(size, kMost);
    state = crc32_iscsi(at, static_cast<int>(step), state);
    at += step;
    size -= step;
  }
  return ~state;
}

}  // namespace understudy::codec
