#include "support/names.h"

#include <gtest/gtest.h>

namespace understudy::support {
namespace {

TEST(Names, AreReadBackFromKeyAndValueAndFromNothingElse) {
  const Name name{.producer = 12, .slot = 3, .index = 456};
  const std::string key = key_of(name);
  EXPECT_EQ(key, "12.3.456");
  EXPECT_EQ(name_of(key, value_of(name, 0)), name);
  EXPECT_EQ(name_of(key, value_of(name, 100)), name);
  std::string value = value_of(name, 100);
  for (char& c : value) {
    c ^= 1;
    EXPECT_EQ(name_of(key, value), std::nullopt);
    c ^= 1;
  }
  EXPECT_EQ(name_of(key, value.substr(0, value.size() - 1)), std::nullopt);
  EXPECT_EQ(name_of(key, value + "a"), std::nullopt);
  EXPECT_EQ(name_of("12.3.457", value), std::nullopt);
  EXPECT_EQ(name_of("12.3.456.", value), std::nullopt);
  EXPECT_EQ(name_of("12.3", value), std::nullopt);
  EXPECT_EQ(name_of("12.3.0456", value_of(name, 5)), std::nullopt);
  EXPECT_EQ(name_of("", ""), std::nullopt);
}

}  // namespace
}  // namespace understudy::support
