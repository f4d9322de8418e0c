// Splits a stream of bytes into frames: an int32 size that does not count itself, then that many
// bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "wire/output.h"

namespace understudy::wire {

inline constexpr std::size_t kFramePrefixSize = 4;

// socket.request.max.bytes of Kafka's broker.
inline constexpr std::int32_t kDefaultMaxFrameSize = 104'857'600;

enum class FrameState {
  kPrefixIncomplete,  // fewer than four bytes; the size is not known yet
  kIncomplete,        // the size is known and allowed, its bytes are not all there
  kComplete,
  kNegative,  // the peer does not speak Kafka: the connection is closed without an answer
  kTooLarge,  // likewise, unless the limit is too small
};

struct FramePeek {
  FrameState state = FrameState::kPrefixIncomplete;
  std::size_t size = 0;        // of header and body; known from kIncomplete on
  std::int32_t announced = 0;  // the number as it stands there, for the log

  // Prefix included: where the next frame begins.
  std::size_t total() const { return kFramePrefixSize + size; }
};

// Looks at the beginning of what was received.
inline FramePeek peek_frame(std::span<const std::uint8_t> received,
                            std::int32_t max_size = kDefaultMaxFrameSize) {
  if (received.size() < kFramePrefixSize) return {};
  std::int32_t announced;
  std::memcpy(&announced, received.data(), sizeof announced);
  announced = big_endian(announced);
  if (announced < 0) return {FrameState::kNegative, 0, announced};
  if (announced > max_size) return {FrameState::kTooLarge, 0, announced};
  const auto size = std::size_t(announced);
  const bool complete = received.size() - kFramePrefixSize >= size;
  return {complete ? FrameState::kComplete : FrameState::kIncomplete, size, announced};
}

}  // namespace understudy::wire
