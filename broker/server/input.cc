#include "broker/server/input.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/assert.h"

namespace understudy::server {

const Buffer& ReceiveBuffers::scratch() {
  if (!scratch_ || scratch_.is_shared()) scratch_ = pool_.take(kScratchSize);
  return scratch_;
}

void ReceiveBuffers::trim() {
  scratch_ = {};
  pool_.trim();
}

std::span<std::uint8_t> Input::room(ReceiveBuffers& buffers, std::int32_t frame_size_max) {
  ASSERT(!in_scratch_);
  const wire::FramePeek frame = peek(frame_size_max);
  const std::size_t have = size();
  // An unknown size counts as small.
  const std::size_t total = std::max(frame.total(), have);
  if (total <= ReceiveBuffers::kScratchSize) {
    move_to(buffers.scratch());
    in_scratch_ = true;
    return {buffer_.data() + end_, buffer_.capacity - end_};
  }
  const std::size_t wanted = std::min(total, std::max(kFirstSizeMax, 2 * have));
  // Frames before this one may still be in use: bytes are only ever added behind them.
  const bool is_full = begin_ + have == buffer_.capacity;
  if (is_full || begin_ + std::min(total, kFirstSizeMax) > buffer_.capacity) {
    move_to(buffers.pool().take(wanted));
  }
  const std::size_t end_max = std::min(begin_ + total, buffer_.capacity);
  return {buffer_.data() + end_, end_max - end_};
}

wire::Slice Input::take(const wire::FramePeek& frame) {
  ASSERT(frame.state == wire::FrameState::kComplete);
  const std::uint8_t* data = buffer_.data() + begin_ + wire::kFramePrefixSize;
  wire::Slice slice(buffer_.memory, data, frame.size);
  begin_ += frame.total();
  if (begin_ == end_ && !in_scratch_) release();
  return slice;
}

void Input::park(ReceiveBuffers& buffers) {
  if (!in_scratch_) return;
  if (size() == 0) {
    release();
  } else {
    move_to(buffers.pool().take(size()));
  }
  in_scratch_ = false;
}

void Input::move_to(Buffer buffer) {
  const std::size_t have = size();
  ASSERT(have <= buffer.capacity);
  if (have != 0) std::memcpy(buffer.data(), buffer_.data() + begin_, have);
  buffer_ = std::move(buffer);
  begin_ = 0;
  end_ = have;
}

void Input::release() {
  buffer_ = {};
  begin_ = 0;
  end_ = 0;
}

}  // namespace understudy::server
