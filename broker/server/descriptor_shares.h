// How the descriptors that the process may have are shared between connections and files: neither
// takes the last ones, so that a crowd of clients does not keep records from their files, nor many
// files a client from its connection.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace understudy::server {

struct DescriptorShares {
  std::size_t connections_max = std::numeric_limits<std::size_t>::max();
  std::size_t temporary_files_max = std::numeric_limits<std::size_t>::max();
};

// `limit`: what raise_open_files_limit() returned; 0: unknown.
inline DescriptorShares share_descriptors(std::uint64_t limit, std::size_t listeners) {
  constexpr std::uint64_t kReservedMax = 64;  // for the other side
  constexpr std::uint64_t kOwn = 16;          // streams, epoll, the directory's lock
  if (limit == 0) return {};
  const std::uint64_t taken = std::min(limit / 4, kReservedMax) + kOwn + listeners;
  const auto left = static_cast<std::size_t>(limit > taken ? limit - taken : 1);
  return {.connections_max = left, .temporary_files_max = left};
}

}  // namespace understudy::server
