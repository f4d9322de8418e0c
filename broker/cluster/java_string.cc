#include "broker/cluster/java_string.h"

#include <limits>

#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

struct CodePoint {
  std::uint32_t value;
  std::size_t size_bytes;
};

// The first character; what is not UTF-8 reads as the replacement character, one byte at a time.
CodePoint decode_first(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {kReplacement, 1};
  std::uint32_t value = lead & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {kReplacement, 1};
    value = value << 6 | (byte(i) & 0x3f);
  }
  return {value, size};
}

}  // namespace

std::int32_t java_hash(std::string_view utf8) {
  std::uint32_t hash = 0;
  while (!utf8.empty()) {
    const CodePoint point = decode_first(utf8);
    utf8.remove_prefix(point.size_bytes);
    if (point.value < 0x10000) {
      hash = 31 * hash + point.value;
      continue;
    }
    // Beyond the basic plane Java sees two surrogates.
    const std::uint32_t offset = point.value - 0x10000;
    hash = 31 * hash + (0xd800 + (offset >> 10));
    hash = 31 * hash + (0xdc00 + (offset & 0x3ff));
  }
  return static_cast<std::int32_t>(hash);
}

std::size_t java_length(std::string_view utf8) {
  std::size_t length = 0;
  while (!utf8.empty()) {
    const CodePoint point = decode_first(utf8);
    utf8.remove_prefix(point.size_bytes);
    length += point.value < 0x10000 ? 1 : 2;
  }
  return length;
}

std::u16string java_units(std::string_view utf8) {
  std::u16string units;
  units.reserve(utf8.size());
  while (!utf8.empty()) {
    const CodePoint point = decode_first(utf8);
    utf8.remove_prefix(point.size_bytes);
    if (point.value < 0x10000) {
      units += static_cast<char16_t>(point.value);
      continue;
    }
    const std::uint32_t offset = point.value - 0x10000;
    units += static_cast<char16_t>(0xd800 + (offset >> 10));
    units += static_cast<char16_t>(0xdc00 + (offset & 0x3ff));
  }
  return units;
}

bool java_less(std::string_view left, std::string_view right) {
  return java_units(left) < java_units(right);
}

std::int32_t java_partition_for(std::string_view key, std::int32_t partition_count) {
  ASSERT(partition_count > 0);
  const std::int32_t hash = java_hash(key);
  if (hash == std::numeric_limits<std::int32_t>::min()) return 0;
  return (hash < 0 ? -hash : hash) % partition_count;
}

}  // namespace understudy::broker
