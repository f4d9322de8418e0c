#include "broker/cluster/java_string.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

TEST(JavaString, HashesAsJavaDoes) {
  EXPECT_EQ(java_hash(""), 0);
  EXPECT_EQ(java_hash("a"), 97);
  EXPECT_EQ(java_hash("ab"), 97 * 31 + 98);
  EXPECT_EQ(java_hash("hello world"), 1794106052);
  EXPECT_EQ(java_hash("polygenelubricants"), INT32_MIN);
  EXPECT_EQ(java_hash("\xc3\xa4"), 0xe4);
  EXPECT_EQ(java_hash("\xe2\x82\xac"), 0x20ac);
  EXPECT_EQ(java_hash("\xf0\x9f\x98\x80"), 0xd83d * 31 + 0xde00);
}

TEST(JavaString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(java_hash("\xff"), 0xfffd);
  EXPECT_EQ(java_hash("\xe2\x82"), 0xfffd * 31 + 0xfffd);
}

TEST(JavaString, HasTheUnitsOfUtf16) {
  EXPECT_EQ(java_units(""), u"");
  EXPECT_EQ(java_units("a\xc3\xa4\xe2\x82\xac"), u"a\u00e4\u20ac");
  EXPECT_EQ(java_units("\xf0\x9f\x98\x80"), u"\U0001f600");
  EXPECT_EQ(java_units("\xff"), u"\ufffd");
}

TEST(JavaString, ComparesUnitsNotCharacters) {
  EXPECT_TRUE(java_less("a", "b"));
  EXPECT_TRUE(java_less("a", "aa"));
  EXPECT_TRUE(java_less("", "a"));
  EXPECT_FALSE(java_less("a", "a"));
  EXPECT_TRUE(java_less("Z", "a"));
  const std::string_view grin = "\xf0\x9f\x98\x80";
  const std::string_view private_use = "\xee\x80\x80";
  EXPECT_TRUE(java_less(grin, private_use));
  EXPECT_FALSE(java_less(private_use, grin));
}

TEST(JavaString, SpreadsKeys) {
  EXPECT_EQ(java_partition_for("", 50), 0);
  EXPECT_EQ(java_partition_for("a", 50), 47);
  EXPECT_EQ(java_partition_for("polygenelubricants", 50), 0);
  EXPECT_EQ(java_hash("my-group"), -1906497762);
  EXPECT_EQ(java_partition_for("my-group", 50), 12);  // the sign does not count: 1906497762 % 50
}

}  // namespace
}  // namespace understudy::broker
