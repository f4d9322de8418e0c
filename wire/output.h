// The outgoing bytes. Small fields lie in one owned buffer; record data is referenced, not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "wire/assert.h"
#include "wire/types.h"

namespace understudy::wire {

template <class Integer>
constexpr Integer big_endian(Integer value) {
  if constexpr (sizeof value == 2) return Integer(__builtin_bswap16(std::uint16_t(value)));
  if constexpr (sizeof value == 4) return Integer(__builtin_bswap32(std::uint32_t(value)));
  if constexpr (sizeof value == 8) return Integer(__builtin_bswap64(std::uint64_t(value)));
  return value;
}

class Output {
 public:
  explicit Output(std::size_t size_hint = 256) { grow(size_hint); }

  Output(Output&& other) noexcept { *this = std::move(other); }
  Output& operator=(Output&& other) noexcept {
    head_ = std::move(other.head_);
    head_size_ = std::exchange(other.head_size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    slices_ = std::move(other.slices_);
    slices_size_ = std::exchange(other.slices_size_, 0);
    return *this;
  }

  void put(const void* data, std::size_t size) {
    if (size > capacity_ - head_size_) grow(size);
    if (size != 0) std::memcpy(head_.get() + head_size_, data, size);
    head_size_ += size;
  }
  void put_byte(std::uint8_t byte) { put(&byte, 1); }
  void put_int16(std::int16_t value) { put_big_endian(value); }
  void put_int32(std::int32_t value) { put_big_endian(value); }
  void put_int64(std::int64_t value) { put_big_endian(value); }

  // Refers to the bytes; they must not change until the output has been sent.
  void put_slice(const Slice& slice) {
    if (slice.empty()) return;
    slices_.emplace_back(head_size_, slice);
    slices_size_ += slice.size();
  }

  // Leaves room for a number that is known later, such as the size of a frame, and says where.
  std::size_t reserve_int32() {
    put_int32(0);
    return head_size_ - sizeof(std::int32_t);
  }
  void patch_int32(std::size_t position, std::int32_t value) {
    ASSERT(position + sizeof value <= head_size_);
    value = big_endian(value);
    std::memcpy(head_.get() + position, &value, sizeof value);
  }

  // All bytes put so far, those of slices too.
  std::size_t size() const { return head_size_ + slices_size_; }

  // The scatter list for one gathering write. Leaves the output empty.
  std::vector<Slice> finish();

  // The same as one piece, copied together; for tests and files.
  Slice joined();

 private:
  template <class Integer>
  void put_big_endian(Integer value) {
    value = big_endian(value);
    put(&value, sizeof value);
  }
  void grow(std::size_t more);

  std::shared_ptr<std::uint8_t[]> head_;
  std::size_t head_size_ = 0;
  std::size_t capacity_ = 0;
  std::vector<std::pair<std::size_t, Slice>> slices_;  // each before the head byte at that position
  std::size_t slices_size_ = 0;
};

}  // namespace understudy::wire
