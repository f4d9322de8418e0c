// CRC-32C (Castagnoli), the checksum of record batches (magic 2) and producer snapshots.
#pragma once

#include <cstddef>
#include <cstdint>

namespace understudy::codec {

// The checksum of `size` bytes. `previous` is the checksum of the bytes before them, so that
// crc32c(b, n, crc32c(a, m)) is the checksum of a followed by b. crc32c("123456789") is 0xe3069283.
std::uint32_t crc32c(const void* data, std::size_t size, std::uint32_t previous = 0);

}  // namespace understudy::codec
