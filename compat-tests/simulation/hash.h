// One number for all bytes of a run: two runs of a seed have the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/crc32c.h"

namespace understudy::simulation {

class Hash {
 public:
  void add(std::string_view bytes) {
    add(bytes.size());
    add(codec::crc32c(bytes.data(), bytes.size()));
  }
  void add(std::uint64_t number) {
    value_ = (value_ ^ number) * 0x9e3779b97f4a7c15u;
    value_ ^= value_ >> 29;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace understudy::simulation
