// The bytes that a connection has received and not delivered yet, as frames.
//
// All connections of a loop read into one scratch buffer, which stays in the cache. A connection
// has a buffer of its own only while a part of a frame, or a frame that must wait, is left over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "broker/server/buffer_pool.h"
#include "wire/framing.h"
#include "wire/types.h"

namespace understudy::server {

// What the connections of one loop receive into.
class ReceiveBuffers {
 public:
  static constexpr std::size_t kScratchSize = 64u << 10;

  // The scratch buffer; another one if slices of the last one are still alive somewhere.
  const Buffer& scratch();
  BufferPool& pool() { return pool_; }
  // Gives back all memory that is not in use.
  void trim();

 private:
  BufferPool pool_;
  Buffer scratch_;
};

class Input {
 public:
  // The first memory for a frame that is larger than the scratch buffer. More follows only as bytes
  // arrive: the size that a peer announces is not believed.
  static constexpr std::size_t kFirstSizeMax = 2u << 20;

  // Room for the next bytes. Called only while no whole frame is here.
  std::span<std::uint8_t> room(ReceiveBuffers& buffers, std::int32_t frame_size_max);
  void received(std::size_t size) { end_ += size; }

  wire::FramePeek peek(std::int32_t frame_size_max) const {
    return wire::peek_frame({buffer_.data() + begin_, end_ - begin_}, frame_size_max);
  }
  // The bytes of the complete frame that was peeked at, without its prefix.
  wire::Slice take(const wire::FramePeek& frame);

  // Lets go of the scratch buffer: what is left over moves to memory of this connection.
  void park(ReceiveBuffers& buffers);

  std::size_t size() const { return end_ - begin_; }
  bool holds_memory() const { return static_cast<bool>(buffer_); }

 private:
  void move_to(Buffer buffer);
  void release();

  Buffer buffer_;
  bool in_scratch_ = false;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace understudy::server
