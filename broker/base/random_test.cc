#include "broker/base/random.h"

#include <gtest/gtest.h>

#include <set>

namespace understudy::broker {
namespace {

TEST(Random, TheSameSeedGivesTheSameNumbers) {
  Random a(7), b(7), c(8);
  const auto first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
}

TEST(Random, IdsAreUniqueVersion4AndPrintWithoutALeadingDash) {
  Random random(1);
  std::set<wire::Uuid> seen;
  for (int i = 0; i < 10'000; ++i) {
    const wire::Uuid id = random.uuid();
    EXPECT_EQ(id.bytes[6] >> 4, 4);
    EXPECT_NE(wire::to_string(id).front(), '-');
    EXPECT_TRUE(seen.insert(id).second);
  }
}

}  // namespace
}  // namespace understudy::broker
