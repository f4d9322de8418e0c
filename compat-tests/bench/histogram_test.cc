#include "bench/histogram.h"

#include <gtest/gtest.h>

namespace understudy::bench {
namespace {

TEST(Histogram, QuantilesAreNearTheTruth) {
  Histogram histogram;
  for (std::uint64_t us = 1; us <= 10'000; ++us) histogram.add(us * 1000);
  for (const double quantile : {.01, .5, .9, .99, .999}) {
    EXPECT_NEAR(histogram.quantile_us(quantile), quantile * 10'000, quantile * 10'000 * .017);
  }
  EXPECT_EQ(histogram.quantile_us(1), 10'000);
}

TEST(Histogram, MergesAndPrints) {
  Histogram one;
  Histogram other;
  one.add(1000);
  other.add(3000);
  one.merge(other);
  EXPECT_EQ(one.json(), "{\"n\":2,\"p50\":3.0,\"p90\":3.0,\"p99\":3.0,\"p999\":3.0,\"max\":3.0}");
  EXPECT_EQ(Histogram().json(),
            "{\"n\":0,\"p50\":0.0,\"p90\":0.0,\"p99\":0.0,\"p999\":0.0,\"max\":0.0}");
}

// From nothing to longer than any run.
TEST(Histogram, TakesAnyTime) {
  Histogram histogram;
  histogram.add(0);
  histogram.add(63);
  histogram.add(64);
  histogram.add(~std::uint64_t{0});
  EXPECT_EQ(histogram.quantile_us(0), 0);
  EXPECT_NEAR(histogram.quantile_us(.5), .064, .001);
  EXPECT_GT(histogram.quantile_us(.99), 1e6);
}

}  // namespace
}  // namespace understudy::bench
