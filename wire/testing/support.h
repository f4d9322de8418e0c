// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "wire/engine.h"
#include "wire/messages.h"

namespace understudy::wire {

// Owns a message whose type is known only at run time.
class AnyMessage {
 public:
  explicit AnyMessage(const Struct& schema) : schema_(schema), object_(schema.make()) {}
  AnyMessage(const AnyMessage&) = delete;
  AnyMessage& operator=(const AnyMessage&) = delete;
  ~AnyMessage() { schema_.destroy(object_); }

  void* get() { return object_; }

 private:
  const Struct& schema_;
  void* object_;
};

// Spaces, which show a reader where fields begin, are taken out.
inline std::string hex(std::string text) {
  std::erase(text, ' ');
  return text;
}

inline Slice from_hex(std::string_view spaced) {
  const std::string hex = wire::hex(std::string(spaced));
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += char(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return Slice::copy_of(bytes);
}

inline std::string to_hex(const Slice& slice) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (std::size_t i = 0; i < slice.size(); ++i) {
    hex += kDigits[slice.data()[i] >> 4];
    hex += kDigits[slice.data()[i] & 15];
  }
  return hex;
}

// A copy that ends exactly at its last byte, so that the address sanitizer sees one byte too many.
inline Slice exact_copy(const std::uint8_t* data, std::size_t size) {
  std::shared_ptr<std::uint8_t[]> memory(new std::uint8_t[size]);
  if (size != 0) std::memcpy(memory.get(), data, size);
  return Slice(memory, memory.get(), size);
}

}  // namespace understudy::wire
