// Result<T>: a value, or the Kafka error code that stands in its place.
//
// The part of std::expected (C++23) that this project uses, under its member names.
#pragma once

#include <utility>
#include <variant>

#include "wire/assert.h"
#include "wire/error_code.h"

namespace understudy::wire {

template <class T>
class [[nodiscard]] Result {
 public:
  // Implicit, so that a function returns a value or an error as it is.
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(T value) : value_(std::in_place_index<0>, std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(ErrorCode error) : value_(std::in_place_index<1>, error) {
    ASSERT(error != ErrorCode::kNone);
  }

  bool has_value() const { return value_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() { return access(); }
  const T& value() const { return const_cast<Result*>(this)->access(); }
  T& operator*() { return access(); }
  const T& operator*() const { return const_cast<Result*>(this)->access(); }
  T* operator->() { return &access(); }
  const T* operator->() const { return &const_cast<Result*>(this)->access(); }

  ErrorCode error() const {
    ASSERT(!has_value());
    return *std::get_if<1>(&value_);
  }

 private:
  T& access() {
    ASSERT(has_value());
    return *std::get_if<0>(&value_);
  }

  std::variant<T, ErrorCode> value_;
};

}  // namespace understudy::wire
