// What the functions of this folder say about bytes they were given: Kafka's error code and a
// sentence.
//
// The sentence is for people (record_errors, error_message, the event of a refused batch). Its
// wording is ours; clients may only rely on the code.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "wire/error_code.h"
#include "wire/types.h"

namespace understudy::codec {

using wire::ErrorCode;

// Bytes that somebody else owns.
using ByteView = std::span<const std::uint8_t>;

inline ByteView view_of(const wire::Slice& slice) { return {slice.data(), slice.size()}; }
inline ByteView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct [[nodiscard]] Verdict {
  ErrorCode error = ErrorCode::kNone;
  std::string text;

  bool ok() const { return error == ErrorCode::kNone; }

  static Verdict good() { return {}; }
  static Verdict corrupt(std::string text) { return {ErrorCode::kCorruptMessage, std::move(text)}; }
  static Verdict invalid(std::string text) { return {ErrorCode::kInvalidRecord, std::move(text)}; }
  static Verdict unknown(std::string text) {
    return {ErrorCode::kUnknownServerError, std::move(text)};
  }
};

}  // namespace understudy::codec
