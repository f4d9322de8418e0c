#include "broker/log/offset_map.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include "broker/base/random.h"

namespace understudy::broker {
namespace {

TEST(OffsetMap, KnowsTheNewestOffsetOfAKey) {
  OffsetMap map(10);
  EXPECT_EQ(map.find("a"), OffsetMap::kNone);
  ASSERT_TRUE(map.put("a", 3));
  ASSERT_TRUE(map.put("b", 4));
  ASSERT_TRUE(map.put("a", 7));
  EXPECT_EQ(map.find("a"), 7);
  EXPECT_EQ(map.find("b"), 4);
  EXPECT_EQ(map.find("c"), OffsetMap::kNone);
  EXPECT_EQ(map.find(""), OffsetMap::kNone);
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.latest_offset(), 7);
}

TEST(OffsetMap, AnEmptyKeyIsAKey) {
  OffsetMap map(10);
  ASSERT_TRUE(map.put("", 0));
  EXPECT_EQ(map.find(""), 0);
  EXPECT_EQ(map.size(), 1u);
}

TEST(OffsetMap, TakesNothingWhenFull) {
  OffsetMap map(2);
  ASSERT_TRUE(map.put("a", 0));
  ASSERT_TRUE(map.put("b", 1));
  EXPECT_FALSE(map.put("c", 2));
  EXPECT_FALSE(map.put("a", 3)) << "as in Kafka, not even for a key that it has";
  EXPECT_EQ(map.find("a"), 0);
  EXPECT_EQ(map.find("c"), OffsetMap::kNone);
  EXPECT_EQ(map.latest_offset(), 1);
}

TEST(OffsetMap, HoldsAsManyKeysAsKafkasBuffer) {
  EXPECT_EQ(OffsetMap::max_entries_for(), 5'033'164u);  // 134217728 / 24 * 0.9
  EXPECT_EQ(OffsetMap::max_entries_for(240, 0.9), 9u);
  EXPECT_EQ(OffsetMap::max_entries_for(24, 0.9), 1u) << "with none a round would go nowhere";
  EXPECT_EQ(OffsetMap::max_entries_for(2400, 0.5), 50u);
  EXPECT_EQ(OffsetMap::max_entries_for(2400, 7), 100u) << "no more than there is room";
  for (const double factor : {0.0, -1.0, std::nan("")}) {
    EXPECT_EQ(OffsetMap::max_entries_for(2400, factor), 1u) << factor;
  }
  EXPECT_EQ(OffsetMap::max_entries_for(SIZE_MAX, 1), 89'478'485u) << "2 GiB at most";
}

TEST(OffsetMap, AgreesWithAnOrdinaryMapWhileItGrowsToItsBound) {
  for (const std::size_t bound : {1u, 2u, 63u, 64u, 65u, 1000u, 5000u}) {
    Random random(bound);
    OffsetMap map(bound);
    std::map<std::string, std::int64_t> expected;
    for (std::int64_t offset = 0; offset < 20'000; ++offset) {
      const std::string key = "key-" + std::to_string(random.below(8000));
      if (expected.size() < bound) {
        ASSERT_TRUE(map.put(key, offset));
        expected[key] = offset;
      } else {
        ASSERT_FALSE(map.put(key, offset));
      }
    }
    ASSERT_EQ(map.size(), expected.size());
    for (std::uint64_t i = 0; i < 8000; ++i) {
      const std::string key = "key-" + std::to_string(i);
      const auto found = expected.find(key);
      ASSERT_EQ(map.find(key), found == expected.end() ? OffsetMap::kNone : found->second) << key;
    }
  }
}

TEST(OffsetMap, HoldsItsBoundOfKeysInManyParts) {
  constexpr std::size_t kKeys = 200'000;
  OffsetMap map(kKeys);
  for (std::size_t i = 0; i < kKeys; ++i) {
    ASSERT_TRUE(map.put("key-" + std::to_string(i), static_cast<std::int64_t>(i)));
  }
  EXPECT_FALSE(map.put("one more", 1'000'000));
  for (std::size_t i = 0; i < kKeys; ++i) {
    ASSERT_EQ(map.find("key-" + std::to_string(i)), static_cast<std::int64_t>(i));
  }
  EXPECT_EQ(map.find("one more"), OffsetMap::kNone);
}

}  // namespace
}  // namespace understudy::broker
