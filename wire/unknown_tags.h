// The tagged fields of a struct that its version does not know: kept, so that what was received can
// be shown and sent on unchanged (KIP-482).
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "wire/types.h"

namespace understudy::wire {

struct UnknownTag {
  std::uint32_t tag = 0;
  Bytes data;

  bool operator==(const UnknownTag&) const = default;
};

// A value: copies are deep. One pointer wide, because every struct has one and nearly all are
// empty.
class UnknownTags {
 public:
  UnknownTags() = default;
  UnknownTags(std::initializer_list<UnknownTag> tags);
  UnknownTags(const UnknownTags& other) : list_(other.list_ ? copy_of(*other.list_) : nullptr) {}
  UnknownTags(UnknownTags&& other) noexcept : list_(std::exchange(other.list_, nullptr)) {}
  UnknownTags& operator=(UnknownTags other) noexcept {
    std::swap(list_, other.list_);
    return *this;
  }
  ~UnknownTags() {
    if (list_) release(list_);
  }

  bool empty() const { return list_ == nullptr; }
  std::size_t size() const { return list_ ? list_->size() : 0; }
  const UnknownTag* begin() const { return list_ ? list_->data() : nullptr; }
  const UnknownTag* end() const { return begin() + size(); }

  // Tags come in rising order; the encoder asserts it.
  void add(UnknownTag tag);

  bool operator==(const UnknownTags& other) const {
    if (!list_ || !other.list_) return list_ == other.list_;
    return *list_ == *other.list_;
  }

 private:
  using List = std::vector<UnknownTag>;
  static List* copy_of(const List& list);
  static void release(List* list);

  List* list_ = nullptr;  // never an empty list
};

}  // namespace understudy::wire
