// Memory that frames are received into, used again and again.
//
// Fresh memory is the most expensive thing a broker can use: on a virtual machine its first touch
// costs more than receiving, checking and storing the bytes together. A buffer goes back to its
// pool when the last slice of it is gone, wherever that slice was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace understudy::server {

// A piece of memory with shared ownership; the frames in it share it.
struct Buffer {
  std::shared_ptr<std::uint8_t> memory;
  std::size_t capacity = 0;

  explicit operator bool() const { return memory != nullptr; }
  std::uint8_t* data() const { return memory.get(); }
  // True if slices of this buffer are alive besides it.
  bool is_shared() const {
    if (memory.use_count() > 1) return true;
    // The last slice may have gone on another thread. Counting, unlike looking at the count, comes
    // after all that was done with it there.
    const std::shared_ptr<std::uint8_t> counted = memory;
    return false;
  }
};

// For the thread of one loop, each has its own; buffers may be freed on any thread, and may
// outlive the pool.
class BufferPool {
 public:
  static constexpr std::size_t kSizeMin = 4096;
  static constexpr std::size_t kFreeBytesMax = 128u << 20;

  BufferPool();

  // At least `size` bytes; sizes are powers of two.
  Buffer take(std::size_t size);

  // Returns unused memory to the system.
  void trim();

  std::size_t free_bytes() const;

 private:
  struct Shelves;
  std::shared_ptr<Shelves> shelves_;
};

}  // namespace understudy::server
