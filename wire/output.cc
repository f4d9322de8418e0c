#include "wire/output.h"

#include <algorithm>

namespace understudy::wire {

void Output::grow(std::size_t more) {
  constexpr std::size_t kLeast = 64;
  const std::size_t capacity = std::max({kLeast, capacity_ * 2, head_size_ + more});
  auto bigger = std::make_shared_for_overwrite<std::uint8_t[]>(capacity);
  if (head_size_ != 0) std::memcpy(bigger.get(), head_.get(), head_size_);
  head_ = std::move(bigger);
  capacity_ = capacity;
}

std::vector<Slice> Output::finish() {
  const Slice head(head_, head_.get(), head_size_);
  std::vector<Slice> pieces;
  pieces.reserve(2 * slices_.size() + 1);
  std::size_t at = 0;
  for (auto& [position, slice] : slices_) {
    if (position != at) pieces.push_back(head.sub(at, position - at));
    pieces.push_back(std::move(slice));
    at = position;
  }
  if (at != head.size()) pieces.push_back(head.sub(at, head.size() - at));
  head_.reset();
  slices_.clear();
  head_size_ = capacity_ = slices_size_ = 0;
  return pieces;
}

Slice Output::joined() {
  const std::size_t total = size();
  auto memory = std::make_shared_for_overwrite<std::uint8_t[]>(total);
  std::uint8_t* at = memory.get();
  for (const Slice& piece : finish()) {
    std::memcpy(at, piece.data(), piece.size());
    at += piece.size();
  }
  return Slice(memory, memory.get(), total);
}

}  // namespace understudy::wire
