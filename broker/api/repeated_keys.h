// What a request names more than once: it is answered once, with an error.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace understudy::broker {

inline constexpr const char* kDuplicateTopicName = "Duplicate topic name.";

enum class Repetition : std::uint8_t { kNone, kFirst, kLater };

template <class Key>
class RepeatedKeys {
 public:
  RepeatedKeys() = default;
  template <class Items, class Projection>
  RepeatedKeys(const Items& items, Projection key_of) {
    for (const auto& item : items) add(std::invoke(key_of, item));
  }

  void add(Key key) { ++counts_[std::move(key)]; }

  bool contains(const Key& key) const { return counts_.at(key) > 1; }

  // For a loop over the items in order: kFirst is where the error is answered.
  Repetition take(const Key& key) {
    int& count = counts_[key];
    if (count == 1) return Repetition::kNone;
    return std::exchange(count, 0) == 0 ? Repetition::kLater : Repetition::kFirst;
  }

 private:
  std::map<Key, int> counts_;
};

}  // namespace understudy::broker
