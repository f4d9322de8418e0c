// Zigzag varints as they occur inside record batches: at most 5 bytes for 32 bits, 10 for 64.
//
// Kafka accepts encodings longer than they need be, up to the greatest length, and lets bits that
// do not fit fall off the top (ByteUtils); so does this.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace understudy::codec {

enum class VarintStatus : std::uint8_t {
  kOk,
  kEnd,      // the bytes ran out first
  kTooLong,  // the last possible byte still says that another one follows
};

inline constexpr int kMaxVarintSize = 5;
inline constexpr int kMaxVarlongSize = 10;

inline std::uint32_t zigzag(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}
inline std::uint64_t zigzag64(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline std::int32_t unzigzag(std::uint32_t raw) {
  return static_cast<std::int32_t>((raw >> 1) ^ (~(raw & 1) + 1));
}
inline std::int64_t unzigzag64(std::uint64_t raw) {
  return static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
}

namespace detail {

// The rest of one whose first bytes, `raw`, ask for more: the next one stands at bit `shift`.
template <class Raw>
VarintStatus read_more(const std::uint8_t*& position, const std::uint8_t* end, int shift,
                       int shift_end, Raw& raw) {
  for (; shift < shift_end; shift += 7) {
    if (position == end) return VarintStatus::kEnd;
    const Raw byte = *position++;
    raw |= (byte & 0x7f) << shift;
    if (byte < 0x80) return VarintStatus::kOk;
  }
  return VarintStatus::kTooLong;
}

// Nearly all that small records have are of one byte or two.
template <class Raw>
inline VarintStatus read_raw(const std::uint8_t*& position, const std::uint8_t* end, int size_max,
                             Raw& raw) {
  if (position == end) return VarintStatus::kEnd;
  raw = *position++;
  if (raw < 0x80) return VarintStatus::kOk;
  raw &= 0x7f;
  if (position != end && *position < 0x80) {
    raw |= Raw{*position++} << 7;
    return VarintStatus::kOk;
  }
  return read_more(position, end, 7, 7 * size_max, raw);
}

}  // namespace detail

// Reads from `position`, which moves behind the value if the answer is kOk and is unspecified
// otherwise.
inline VarintStatus read_varint(const std::uint8_t*& position, const std::uint8_t* end,
                                std::int32_t& value) {
  std::uint32_t raw = 0;
  const VarintStatus status = detail::read_raw(position, end, kMaxVarintSize, raw);
  value = unzigzag(raw);
  return status;
}

inline VarintStatus read_varlong(const std::uint8_t*& position, const std::uint8_t* end,
                                 std::int64_t& value) {
  std::uint64_t raw = 0;
  const VarintStatus status = detail::read_raw(position, end, kMaxVarlongSize, raw);
  value = unzigzag64(raw);
  return status;
}

inline int size_of_unsigned_varint(std::uint64_t raw) { return (std::bit_width(raw | 1) + 6) / 7; }
inline int size_of_varint(std::int32_t value) { return size_of_unsigned_varint(zigzag(value)); }
inline int size_of_varlong(std::int64_t value) { return size_of_unsigned_varint(zigzag64(value)); }

inline void append_unsigned_varint(std::vector<std::uint8_t>& out, std::uint64_t raw) {
  while (raw >= 0x80) {
    out.push_back(static_cast<std::uint8_t>(raw | 0x80));
    raw >>= 7;
  }
  out.push_back(static_cast<std::uint8_t>(raw));
}
inline void append_varint(std::vector<std::uint8_t>& out, std::int32_t value) {
  append_unsigned_varint(out, zigzag(value));
}
inline void append_varlong(std::vector<std::uint8_t>& out, std::int64_t value) {
  append_unsigned_varint(out, zigzag64(value));
}

}  // namespace understudy::codec
