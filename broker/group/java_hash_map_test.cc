#include "broker/group/java_hash_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace understudy::broker {
namespace {

std::vector<std::string> names_in(const JavaHashSet<std::string>& set) {
  std::vector<std::string> names;
  for (const auto& [name, in] : set) names.push_back(name);
  return names;
}

std::vector<std::int32_t> numbers_in(const JavaHashSet<std::int32_t>& set) {
  std::vector<std::int32_t> numbers;
  for (const auto& [number, in] : set) numbers.push_back(number);
  return numbers;
}

TEST(JavaHashMap, HashesIdsAndPartitionsAsKafkaDoes) {
  wire::Uuid id;
  id.bytes = {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 8};
  EXPECT_EQ(java_hash(id), 1 ^ 2 ^ 4 ^ 8);
  EXPECT_EQ(java_hash(PartitionKey{id, 7}), 31 * 15 + 7);
  id.bytes = {0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(java_hash(id), -1);
  EXPECT_EQ(java_hash(PartitionKey{id, 7}), -24);
}

// assignors.md 2: slots 8, 9, 10 and 15 of a table of 16.
TEST(JavaHashMap, WalksTheNamesOfTheUsualProtocolsInKafkasOrder) {
  const JavaHashSet<std::string> names{
      {"cooperative-sticky", {}}, {"roundrobin", {}}, {"range", {}}, {"sticky", {}}};
  EXPECT_THAT(names_in(names),
              testing::ElementsAre("sticky", "range", "roundrobin", "cooperative-sticky"));
}

TEST(JavaHashMap, KeepsTheOrderOfInsertionWithinASlotAlsoWhenItGrows) {
  JavaHashSet<std::int32_t> set;
  for (const std::int32_t number : {32, 0, 64, 5}) set.try_emplace(number);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(32, 0, 64, 5));
  // The thirteenth makes it 32 slots.
  for (std::int32_t number = 16; number < 25; ++number) set.try_emplace(number);
  EXPECT_THAT(numbers_in(set),
              testing::ElementsAre(32, 0, 64, 5, 16, 17, 18, 19, 20, 21, 22, 23, 24));
}

TEST(JavaHashMap, GrowsWithTheThirteenthEntryAndNotBefore) {
  JavaHashSet<std::int32_t> set;
  set.try_emplace(16);
  for (std::int32_t number = 0; number < 11; ++number) set.try_emplace(number);
  EXPECT_EQ(numbers_in(set).front(), 16);
  set.try_emplace(11);
  EXPECT_EQ(numbers_in(set).back(), 16);
}

TEST(JavaHashMap, MakesTheTableOfACopyFromTheNumberOfItsElements) {
  // 12 elements: 17 slots are wanted, so 32.
  auto set = JavaHashSet<std::int32_t>::for_copy_of(12);
  for (const std::int32_t number : {16, 0}) set.try_emplace(number);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(0, 16));
  // 11: 15.67 slots and so 16.
  set = JavaHashSet<std::int32_t>::for_copy_of(11);
  for (const std::int32_t number : {16, 0}) set.try_emplace(number);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(16, 0));
  EXPECT_TRUE(JavaHashSet<std::int32_t>::for_copy_of(0).empty());
}

TEST(JavaHashMap, MakesASmallTableForFewEntries) {
  // 4 entries: 7.67 slots, so 8; the seventh entry makes it 16.
  auto set = JavaHashSet<std::int32_t>::for_entries(4);
  for (const std::int32_t number : {8, 0, 5, 1, 2, 3}) set.try_emplace(number);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(8, 0, 1, 2, 3, 5));
  set.try_emplace(4);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(0, 1, 2, 3, 4, 5, 8));
  // None: 2 slots, of which one may be taken.
  set = JavaHashSet<std::int32_t>::for_entries(0);
  set.try_emplace(2);
  set.try_emplace(0);
  EXPECT_THAT(numbers_in(set), testing::ElementsAre(0, 2));
}

TEST(JavaHashMap, FindsChangesAndErasesEntries) {
  JavaHashMap<std::string, int> map{{"a", 1}, {"b", 2}};
  EXPECT_EQ(map.find("a")->second, 1);
  EXPECT_EQ(map.find("c"), map.end());
  EXPECT_FALSE(map.try_emplace("a", 5).second);
  EXPECT_EQ(map["a"], 1);
  map.insert_or_assign("a", 5);
  EXPECT_EQ(map["a"], 5);
  EXPECT_EQ(map.erase("a"), 1u);
  EXPECT_EQ(map.erase("a"), 0u);
  EXPECT_FALSE(map.contains("a"));
  EXPECT_EQ(map.size(), 1u);
  EXPECT_EQ(map.begin()->first, "b");
  EXPECT_EQ(++map.begin(), map.end());
  const JavaHashMap<std::string, int> none;
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(none.find("a"), none.end());
}

TEST(JavaHashMap, KeepsEntriesInPlaceWhileOthersComeAndGo) {
  JavaHashMap<std::int32_t, std::unique_ptr<int>> map;
  std::unique_ptr<int>& first = map[0];
  first = std::make_unique<int>(42);
  for (std::int32_t number = 1; number < 1000; ++number) map[number] = nullptr;
  for (std::int32_t number = 1; number < 1000; ++number) map.erase(number);
  EXPECT_EQ(&map.find(0)->second, &first);
  EXPECT_EQ(*first, 42);
  EXPECT_EQ(map.size(), 1u);
}

TEST(JavaHashMap, IsEqualWhateverTheOrderIs) {
  JavaHashMap<std::int32_t, int> one{{0, 1}, {16, 2}};
  JavaHashMap<std::int32_t, int> other{{16, 2}, {0, 1}};
  EXPECT_EQ(one, other);
  other[0] = 3;
  EXPECT_NE(one, other);
  other.erase(0);
  EXPECT_NE(one, other);
  other[1] = 1;
  EXPECT_NE(one, other);
}

TEST(JavaHashMap, IsCopiedWithItsOrderAndMovedWithItsEntries) {
  JavaHashSet<std::int32_t> set{{16, {}}, {0, {}}, {3, {}}};
  JavaHashSet<std::int32_t> copy = set;
  EXPECT_EQ(numbers_in(copy), numbers_in(set));
  copy.erase(3);
  EXPECT_EQ(set.size(), 3u);
  copy = set;
  EXPECT_EQ(numbers_in(copy), numbers_in(set));
  const auto* entry = &*set.begin();
  JavaHashSet<std::int32_t> moved = std::move(set);
  EXPECT_EQ(&*moved.begin(), entry);
  copy = std::move(moved);
  EXPECT_EQ(&*copy.begin(), entry);
  EXPECT_EQ(copy.size(), 3u);
}

// Ids are the clients' own choice; "Aa" and "BB" have the same hash.
TEST(JavaHashMap, HoldsManyKeysThatAllShareASlot) {
  JavaHashMap<std::string, int> map;
  for (std::uint32_t bits = 0; bits < 2048; ++bits) {
    std::string key;
    for (std::uint32_t i = 0; i < 11; ++i) key += ((bits >> i) & 1) != 0 ? "Aa" : "BB";
    map[key] = 1;
  }
  EXPECT_EQ(map.size(), 2048u);
  EXPECT_EQ(std::distance(map.begin(), map.end()), 2048);
  EXPECT_EQ(map.begin()->first, "BBBBBBBBBBBBBBBBBBBBBB");
  map = {};
  EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace understudy::broker
