#include "broker/server/buffer_pool.h"

#include <array>
#include <bit>
#include <mutex>
#include <utility>
#include <vector>

namespace understudy::server {

struct BufferPool::Shelves {
  using Memory = std::unique_ptr<std::uint8_t[]>;
  std::mutex mutex;
  // One shelf per power of two.
  std::array<std::vector<Memory>, 64> free;
  std::size_t free_bytes = 0;

  void put(Memory memory, std::size_t shelf) {
    const std::size_t capacity = std::size_t{1} << shelf;
    const std::lock_guard lock(mutex);
    if (free_bytes + capacity > kFreeBytesMax) return;
    free_bytes += capacity;
    free[shelf].push_back(std::move(memory));
  }

  Memory take(std::size_t shelf) {
    const std::size_t capacity = std::size_t{1} << shelf;
    const std::lock_guard lock(mutex);
    if (free[shelf].empty()) return Memory(new std::uint8_t[capacity]);
    Memory memory = std::move(free[shelf].back());
    free[shelf].pop_back();
    free_bytes -= capacity;
    return memory;
  }
};

BufferPool::BufferPool() : shelves_(std::make_shared<Shelves>()) {}

Buffer BufferPool::take(std::size_t size) {
  const std::size_t capacity = std::bit_ceil(size < kSizeMin ? kSizeMin : size);
  const auto shelf = static_cast<std::size_t>(std::countr_zero(capacity));
  std::uint8_t* memory = shelves_->take(shelf).release();
  return {{memory, [shelves = shelves_,
                    shelf](std::uint8_t* done) { shelves->put(Shelves::Memory(done), shelf); }},
          capacity};
}

void BufferPool::trim() {
  const std::lock_guard lock(shelves_->mutex);
  for (auto& shelf : shelves_->free) {
    shelf.clear();
    shelf.shrink_to_fit();
  }
  shelves_->free_bytes = 0;
}

std::size_t BufferPool::free_bytes() const {
  const std::lock_guard lock(shelves_->mutex);
  return shelves_->free_bytes;
}

}  // namespace understudy::server
