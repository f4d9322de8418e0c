#include "broker/group/topic_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "broker/cluster/java_string.h"
#include "broker/group/java_hash_map.h"

namespace understudy::broker {
namespace {

// Everything is little-endian.
template <class Number>
void put(std::string& bytes, Number number) {
  auto left = static_cast<std::uint64_t>(number);
  for (std::size_t i = 0; i < sizeof number; ++i, left >>= 8) {
    bytes += static_cast<char>(left & 0xff);
  }
}

std::int32_t size_of(const std::u16string& units) {
  return static_cast<std::int32_t>(units.size());
}

// Its units, then how many they are.
void put(std::string& bytes, const std::u16string& units) {
  for (const char16_t unit : units) put(bytes, static_cast<std::uint16_t>(unit));
  put(bytes, size_of(units));
}

void put(std::string& bytes, const std::vector<std::string_view>& racks) {
  std::vector<std::u16string> sorted(racks.size());
  std::ranges::transform(racks, sorted.begin(), java_units);
  std::ranges::sort(sorted);
  for (const std::u16string& rack : sorted) {
    put(bytes, size_of(rack));
    put(bytes, rack);
  }
}

std::int64_t hash_of(const std::string& bytes) {
  return static_cast<std::int64_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

}  // namespace

HashedTopic hashed(const Topic& topic, const Cluster& cluster) {
  HashedTopic hashed{topic.name, topic.id, {}};
  for (const auto& partition : topic.partitions) {
    std::vector<std::string_view>& racks = hashed.racks.emplace_back();
    for (const NodeId replica : partition->leadership().replicas) {
      const Node* node = cluster.find_node(replica);
      if (node != nullptr && node->rack) racks.push_back(*node->rack);
    }
  }
  return hashed;
}

std::int64_t topic_hash(const HashedTopic& topic) {
  constexpr std::uint8_t kVersion = 0;
  std::string bytes;
  put(bytes, kVersion);
  const auto [high, low] = java_halves(topic.id);
  put(bytes, high);
  put(bytes, low);
  put(bytes, java_units(topic.name));
  put(bytes, static_cast<std::int32_t>(topic.racks.size()));
  std::int32_t index = 0;
  for (const std::vector<std::string_view>& racks : topic.racks) {
    put(bytes, index++);
    put(bytes, racks);
  }
  return hash_of(bytes);
}

std::int64_t group_hash(std::vector<std::pair<std::string_view, std::int64_t>> topics) {
  if (topics.empty()) return 0;
  std::ranges::sort(topics);
  std::string bytes;
  for (const auto& [name, hash] : topics) put(bytes, hash);
  return hash_of(bytes);
}

}  // namespace understudy::broker
