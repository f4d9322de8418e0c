#include "wire/utf8.h"

#include <cstddef>
#include <cstdint>

namespace understudy::wire {
namespace {

struct Character {
  std::size_t size;
  bool good;
};

bool is_continuation(std::uint8_t byte) { return (byte & 0xc0) == 0x80; }

// How many bytes make one character, or stand for one replacement character together.
Character next_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? std::uint8_t(text[i]) : 0; };
  const std::uint8_t first = byte(0);
  const std::uint8_t second = byte(1);
  if (first < 0x80) return {1, true};
  if (first >= 0xc2 && first < 0xe0) {
    return is_continuation(second) ? Character{2, true} : Character{1, false};
  }
  if (first >= 0xe0 && first < 0xf0) {
    if (!is_continuation(second) || (first == 0xe0 && second < 0xa0)) return {1, false};
    if (!is_continuation(byte(2))) return {2, false};
    const bool is_surrogate = first == 0xed && second >= 0xa0;
    return {3, !is_surrogate};
  }
  if (first >= 0xf0 && first < 0xf5) {
    if (!is_continuation(second) || (first == 0xf0 && second < 0x90)) return {1, false};
    if (first == 0xf4 && second >= 0x90) return {1, false};
    if (!is_continuation(byte(2))) return {2, false};
    return is_continuation(byte(3)) ? Character{4, true} : Character{3, false};
  }
  return {1, false};
}

}  // namespace

std::string replace_invalid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto [size, good] = next_character(text);
    result += good ? text.substr(0, size) : "\xef\xbf\xbd";
    text.remove_prefix(size);
  }
  return result;
}

}  // namespace understudy::wire
