// Maps and sets that are walked in the order of Java's HashMap.
//
// Kafka's coordinators walk hash maps where it decides something: who becomes leader, who gets
// which partition. A stand-in that wants the same results has to walk alike. The order is that of
// slots (the spread hash modulo the table's size, a power of two), and within a slot that of
// insertion; doubling the table keeps it. References to entries stay valid until they are erased.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "broker/base/ids.h"
#include "broker/cluster/java_string.h"
#include "wire/types.h"

namespace understudy::broker {

// hashCode() of what is used as a key, besides texts (cluster/java_string.h).
inline std::int32_t java_hash(std::int32_t number) { return number; }
std::int32_t java_hash(const wire::Uuid& id);
std::int32_t java_hash(const PartitionKey& partition);

// The halves of an id as Java's numbers, which is how Uuid.compareTo() sees them.
std::pair<std::int64_t, std::int64_t> java_halves(const wire::Uuid& id);

template <class Key, class Value>
class JavaHashMap {
  struct Node;

 public:
  using value_type = std::pair<const Key, Value>;

  template <bool kConst>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = JavaHashMap::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<kConst, const value_type&, value_type&>;
    using pointer = std::conditional_t<kConst, const value_type*, value_type*>;

    Iterator() = default;
    Iterator(const JavaHashMap* map, Node* node) : map_(map), node_(node) {}
    // NOLINTNEXTLINE(google-explicit-constructor): as the standard's iterators convert
    operator Iterator<true>() const { return {map_, node_}; }

    reference operator*() const { return node_->entry; }
    pointer operator->() const { return &node_->entry; }
    Iterator& operator++() {
      node_ = node_->next != nullptr ? node_->next.get() : map_->first_from(map_->slot(*node_) + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    friend class JavaHashMap;
    const JavaHashMap* map_ = nullptr;
    Node* node_ = nullptr;
  };
  using iterator = Iterator<false>;
  using const_iterator = Iterator<true>;

  JavaHashMap() = default;
  JavaHashMap(std::initializer_list<value_type> entries) {
    for (const value_type& entry : entries) try_emplace(entry.first, entry.second);
  }
  JavaHashMap(const JavaHashMap& other) { copy(other); }
  JavaHashMap(JavaHashMap&& other) noexcept
      : table_(std::move(other.table_)), size_(std::exchange(other.size_, 0)) {
    other.table_.clear();
  }
  JavaHashMap& operator=(const JavaHashMap& other) {
    if (this != &other) {
      clear();
      copy(other);
    }
    return *this;
  }
  JavaHashMap& operator=(JavaHashMap&& other) noexcept {
    if (this == &other) return *this;
    clear();
    table_.swap(other.table_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  ~JavaHashMap() { clear(); }

  // With the table that `new HashSet<>(collection)` makes for so many elements.
  static JavaHashMap for_copy_of(std::size_t count) {
    const auto wanted = static_cast<std::size_t>(static_cast<double>(count) / 0.75) + 1;
    return JavaHashMap(std::bit_ceil(std::max(wanted, kDefaultSlots)));
  }
  // With the table that Kafka's assignors make for so many entries (AssignorHelpers.newHashMap),
  // which may be smaller than the usual one.
  static JavaHashMap for_entries(std::size_t count) {
    const auto wanted = static_cast<std::size_t>(static_cast<double>(count + 1) / 0.75 + 1);
    return JavaHashMap(std::bit_ceil(wanted));
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  iterator begin() { return {this, first_from(0)}; }
  iterator end() { return {this, nullptr}; }
  const_iterator begin() const { return {this, first_from(0)}; }
  const_iterator end() const { return {this, nullptr}; }

  template <class Query>
  iterator find(const Query& key) {
    return {this, node_of(key)};
  }
  template <class Query>
  const_iterator find(const Query& key) const {
    return {this, node_of(key)};
  }
  template <class Query>
  bool contains(const Query& key) const {
    return node_of(key) != nullptr;
  }

  // An ordinary put: what is there already keeps its place and, with try_emplace, its value.
  template <class... Arguments>
  std::pair<iterator, bool> try_emplace(Key key, Arguments&&... arguments) {
    if (Node* const there = node_of(key)) return {{this, there}, false};
    if (table_.empty()) table_.resize(kDefaultSlots);
    const std::uint32_t hash = spread(java_hash(key));
    auto node = std::make_unique<Node>(std::move(key), hash, std::forward<Arguments>(arguments)...);
    Node* const added = node.get();
    append(std::move(node));
    if (++size_ > table_.size() * 3 / 4) grow();
    return {{this, added}, true};
  }
  template <class Given>
  std::pair<iterator, bool> insert_or_assign(Key key, Given&& value) {
    auto put = try_emplace(std::move(key));
    put.first->second = std::forward<Given>(value);
    return put;
  }
  Value& operator[](Key key) { return try_emplace(std::move(key)).first->second; }

  template <class Query>
  std::size_t erase(const Query& key) {
    if (table_.empty()) return 0;
    std::unique_ptr<Node>* place = &table_[slot(spread(java_hash(key)))];
    while (*place != nullptr && !((*place)->entry.first == key)) place = &(*place)->next;
    if (*place == nullptr) return 0;
    // What is destroyed may look at the map: it is out of it by then.
    const std::unique_ptr<Node> erased = std::exchange(*place, std::move((*place)->next));
    --size_;
    return 1;
  }
  // One node after the other: a destructor that calls the next one's would, with many keys in one
  // slot, need as much stack.
  void clear() {
    for (std::unique_ptr<Node>& first : table_) {
      while (first != nullptr) first = std::move(first->next);
    }
    table_.clear();
    size_ = 0;
  }

  // The same entries, in whatever order.
  bool operator==(const JavaHashMap& other) const {
    if (size_ != other.size_) return false;
    return std::all_of(begin(), end(), [&](const value_type& entry) {
      const auto there = other.find(entry.first);
      return there != other.end() && there->second == entry.second;
    });
  }

 private:
  static constexpr std::size_t kDefaultSlots = 16;

  explicit JavaHashMap(std::size_t slots) : table_(slots) {}

  struct Node {
    template <class... Arguments>
    Node(Key key, std::uint32_t hash, Arguments&&... arguments)
        : entry(std::piecewise_construct, std::forward_as_tuple(std::move(key)),
                std::forward_as_tuple(std::forward<Arguments>(arguments)...)),
          hash(hash) {}
    value_type entry;
    std::uint32_t hash;
    std::unique_ptr<Node> next;
  };

  static std::uint32_t spread(std::int32_t hash) {
    const auto bits = static_cast<std::uint32_t>(hash);
    return bits ^ (bits >> 16);
  }
  std::size_t slot(std::uint32_t hash) const { return hash & (table_.size() - 1); }
  std::size_t slot(const Node& node) const { return slot(node.hash); }

  Node* first_from(std::size_t slot) const {
    for (; slot < table_.size(); ++slot) {
      if (table_[slot] != nullptr) return table_[slot].get();
    }
    return nullptr;
  }
  template <class Query>
  Node* node_of(const Query& key) const {
    if (table_.empty()) return nullptr;
    Node* node = table_[slot(spread(java_hash(key)))].get();
    while (node != nullptr && !(node->entry.first == key)) node = node->next.get();
    return node;
  }
  void append(std::unique_ptr<Node> node) {
    std::unique_ptr<Node>* place = &table_[slot(*node)];
    while (*place != nullptr) place = &(*place)->next;
    *place = std::move(node);
  }
  void grow() {
    std::vector<std::unique_ptr<Node>> before(table_.size() * 2);
    before.swap(table_);
    for (std::unique_ptr<Node>& first : before) {
      while (first != nullptr) {
        std::unique_ptr<Node> node = std::move(first);
        first = std::move(node->next);
        append(std::move(node));
      }
    }
  }
  void copy(const JavaHashMap& other) {
    table_.resize(other.table_.size());
    size_ = other.size_;
    for (const value_type& entry : other) {
      append(std::make_unique<Node>(entry.first, spread(java_hash(entry.first)), entry.second));
    }
  }

  std::vector<std::unique_ptr<Node>> table_;
  std::size_t size_ = 0;
};

struct InSet {
  bool operator==(const InSet&) const = default;
};
// Walked as a map: `for (const auto& [key, in] : set)`.
template <class Key>
using JavaHashSet = JavaHashMap<Key, InSet>;

}  // namespace understudy::broker
