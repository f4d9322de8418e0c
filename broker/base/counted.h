// "1 partition", "2 partitions": for what people read.
#pragma once

#include <cstdint>
#include <string>

namespace understudy::broker {

inline std::string counted(std::uint64_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

}  // namespace understudy::broker
