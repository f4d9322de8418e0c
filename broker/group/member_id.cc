#include "broker/group/member_id.h"

#include "broker/base/fitting.h"

namespace understudy::broker {

std::string new_member_id(Random& random, std::string_view prefix) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::size_t kUuidSize = 37;  // as text, with a dash in front
  std::string id(first_bytes(prefix, kStringSizeMax - kUuidSize));
  std::size_t at = 0;
  for (const std::uint8_t byte : random.uuid().bytes) {
    const bool begins_a_group = at == 0 || at == 4 || at == 6 || at == 8 || at == 10;
    if (begins_a_group) id += '-';
    id += kHex[byte >> 4];
    id += kHex[byte & 0x0f];
    ++at;
  }
  return id;
}

}  // namespace understudy::broker
