#include "broker/group/member_id.h"

namespace understudy::broker {

std::string new_member_id(Random& random, std::string_view prefix) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id(prefix);
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
