#include "broker/base/fitting.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

TEST(Fitting, LeavesWhatFitsAsItIs) {
  EXPECT_EQ(fitting(std::nullopt), std::nullopt);
  EXPECT_EQ(fitting("short"), "short");
  EXPECT_EQ(fitting(std::string(2000, 'x')), std::string(2000, 'x'));
}

TEST(Fitting, CutsWhatIsLonger) {
  EXPECT_EQ(fitting(std::string(2001, 'x')), std::string(2000, 'x') + "...");
}

TEST(Fitting, CutsNoCharacterInHalf) {
  const std::string umlauts = "x" + std::string("\xc3\xa4\xc3\xa4");
  EXPECT_EQ(first_bytes(umlauts, 2), "x");
  EXPECT_EQ(first_bytes(umlauts, 3), "x\xc3\xa4");
  EXPECT_EQ(first_bytes("\x80\x80\x80", 2), "") << "bytes that are no text end nowhere";
  EXPECT_EQ(first_bytes("ab", 0), "");
}

}  // namespace
}  // namespace understudy::broker
