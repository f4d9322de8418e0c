#include "wire/api_key.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <set>

namespace understudy::wire {
namespace {

constexpr std::int16_t kLastKey = 94;

// That the names are Kafka's is compared with its definitions: definitions_test.cc.
TEST(ApiKey, EveryKeyHasANameOfItsOwnThatLeadsBack) {
  std::set<std::string_view> names;
  for (std::int16_t number = 0; number <= kLastKey; ++number) {
    const ApiKey key{number};
    ASSERT_FALSE(name_of(key).empty()) << number;
    EXPECT_TRUE(names.insert(name_of(key)).second) << name_of(key);
    EXPECT_EQ(api_key_of(name_of(key)), key);
  }
}

TEST(ApiKey, KeysOutsideOfTheTableHaveNoName) {
  using Limits = std::numeric_limits<std::int16_t>;
  for (const int number : {int{Limits::min()}, -1, kLastKey + 1, int{Limits::max()}}) {
    EXPECT_EQ(name_of(static_cast<ApiKey>(number)), "") << number;
  }
  EXPECT_EQ(api_key_of("produce"), std::nullopt);
  EXPECT_EQ(api_key_of(""), std::nullopt);
}

}  // namespace
}  // namespace understudy::wire
