#include "broker/base/random.h"

namespace understudy::broker {

wire::Uuid Random::uuid() {
  for (;;) {
    wire::Uuid id;
    for (std::size_t half = 0; half < 2; ++half) {
      const std::uint64_t bits = next();
      for (std::size_t i = 0; i < 8; ++i) {
        id.bytes[half * 8 + i] = static_cast<std::uint8_t>(bits >> (8 * i));
      }
    }
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    if (wire::to_string(id).front() != '-') return id;
  }
}

}  // namespace understudy::broker
