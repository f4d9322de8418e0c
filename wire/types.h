// The C++ types that a wire message is made of.
//
// Strings are owned (they are short). Record data is a slice: it borrows the bytes of the frame it
// arrived in and keeps that frame alive, so a batch travels from socket to log to fetch without
// being copied.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace understudy::wire {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_zero() const { return *this == Uuid{}; }
};

// URL-safe base64 without padding, 22 characters, as Kafka prints ids.
std::string to_string(const Uuid& uuid);

// Bytes with shared ownership of the memory they lie in.
class Slice {
 public:
  Slice() = default;
  Slice(std::shared_ptr<const void> owner, const std::uint8_t* data, std::size_t size)
      : owner_(std::move(owner)), data_(data), size_(size) {}

  static Slice copy_of(std::string_view text) {
    auto memory = std::make_shared<std::vector<std::uint8_t>>(text.begin(), text.end());
    return {memory, memory->data(), memory->size()};
  }

  const std::uint8_t* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  // For the one writer a received frame has: Partition::append() puts the offset and the leader
  // epoch into a batch before it stores it. The frame must have come from the network.
  std::uint8_t* mutable_data() const { return const_cast<std::uint8_t*>(data_); }

  Slice sub(std::size_t offset, std::size_t count) const { return {owner_, data_ + offset, count}; }

  bool operator==(const Slice& other) const {
    return size_ == other.size_ && (size_ == 0 || std::memcmp(data_, other.data_, size_) == 0);
  }

 private:
  std::shared_ptr<const void> owner_;
  const std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

using String = std::string;
using Bytes = Slice;

// Record batches: on the wire like Bytes, in documents and JSON a type of its own.
class Records : public Slice {
 public:
  Records() = default;
  Records(Slice slice) : Slice(std::move(slice)) {}  // NOLINT: implicit on purpose
};

template <class T>
using Array = std::vector<T>;

template <class T>
using Nullable = std::optional<T>;

}  // namespace understudy::wire
