// What several tests of this folder need.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "codec/record.h"

namespace understudy::codec::test {

using Bytes = std::vector<std::uint8_t>;

inline constexpr CompressionType kCodecs[] = {CompressionType::kGzip, CompressionType::kSnappy,
                                              CompressionType::kLz4, CompressionType::kZstd};

inline Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

inline Bytes joined(const Bytes& a, const Bytes& b) {
  Bytes out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

// Hexadecimal digits, with spaces between them as one likes.
inline Bytes from_hex(std::string_view hex) {
  Bytes out;
  std::string digits;
  for (const char c : hex) {
    if (c != ' ') digits += c;
  }
  if (digits.size() % 2 != 0) throw std::invalid_argument("an odd number of digits");
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return out;
}

// What an idempotent producer's first batch says of it.
inline BatchFields idempotent() {
  return {.producer_id = 7000, .producer_epoch = 0, .base_sequence = 0};
}

inline Bytes varint(std::int32_t value) {
  Bytes out;
  std::uint32_t raw =
      (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
  for (; raw >= 0x80; raw >>= 7) out.push_back(static_cast<std::uint8_t>(raw | 0x80));
  out.push_back(static_cast<std::uint8_t>(raw));
  return out;
}

// A record out of its body: the length is put in front.
inline Bytes sized(const Bytes& body) {
  return joined(varint(static_cast<std::int32_t>(body.size())), body);
}

// The golden bytes of the log's specification, section 15.
inline Bytes golden_produced() {  // G1
  return from_hex(
      "0000000000000000 0000003a ffffffff 02 b74aaf9c 0000 00000000 0000018bcfe56800 "
      "0000018bcfe56800 "
      "0000000000001b58 0000 00000000 00000001 10 00 00 00 02 6b 02 76 00");
}
inline Bytes golden_appended() {  // G2: G1 at offset 5 under leader epoch 3
  Bytes bytes = golden_produced();
  const Bytes start = from_hex("0000000000000005 0000003a 00000003");
  std::copy(start.begin(), start.end(), bytes.begin());
  return bytes;
}
inline Bytes golden_marker() {  // G3
  return from_hex(
      "0000000000000006 00000042 00000003 02 3741fb8c 0030 00000000 0000018bcfe569f4 "
      "0000018bcfe569f4 "
      "0000000000001b58 0001 ffffffff 00000001 20 00 00 00 08 00000001 0c 000000000002 00");
}
inline Bytes golden_empty() {  // G6
  return from_hex(
      "000000000000000a 00000031 00000003 02 e32f0961 0000 00000004 ffffffffffffffff "
      "0000018bcfe5687b "
      "0000000000001b58 0000 0000000a 00000000");
}

}  // namespace understudy::codec::test
