#include "broker/server/connection_quotas.h"

#include <gtest/gtest.h>

namespace understudy::server {
namespace {

TEST(ConnectionRate, ABurstIsLetInUpToTheRateOfAllWindows) {
  ConnectionRate rate;
  rate.configure({.per_second_max = 2, .window_count = 11, .window_ms = 1000});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rate.record(5000), 0) << i;  // 2 in each of 10 windows
  EXPECT_EQ(rate.record(5000), 500) << "21 in 10 s are 2 a second in 10.5 s";
  EXPECT_EQ(rate.record(5500), 500) << "22 in 10.5 s";
}

TEST(ConnectionRate, NobodyWaitsLongerThanAWindow) {
  ConnectionRate rate;
  rate.configure({.per_second_max = 1, .window_count = 2, .window_ms = 1000});
  for (int i = 0; i < 9; ++i) rate.record(0);
  EXPECT_EQ(rate.record(0), 1000);
}

TEST(ConnectionRate, ItIsForgottenWhatWasLongAgo) {
  ConnectionRate rate;
  rate.configure({.per_second_max = 1, .window_count = 3, .window_ms = 1000});
  rate.record(0);
  rate.record(0);
  EXPECT_EQ(rate.record(0), 1000);
  EXPECT_GT(rate.record(2999), 0) << "the windows overlap what is measured";
  EXPECT_EQ(rate.record(5999), 0);
}

TEST(ConnectionRate, ALimitMayBeZeroAndNumbersAsLargeAsTheyAre) {
  ConnectionRate rate;
  rate.configure({.per_second_max = 0, .window_count = 11, .window_ms = 1000});
  EXPECT_EQ(rate.record(0), 1000);
  rate.configure({.per_second_max = INT32_MAX,
                  .window_count = INT32_MAX,
                  .window_ms = INT32_MAX * std::int64_t{1000}});
  EXPECT_EQ(rate.record(0), 0);
}

TEST(ConnectionRate, ANewLimitCountsFromNowOn) {
  ConnectionRate rate;
  rate.configure({.per_second_max = 100, .window_count = 2, .window_ms = 1000});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rate.record(0), 0);
  rate.configure({.per_second_max = 3, .window_count = 2, .window_ms = 1000});
  EXPECT_EQ(rate.record(0), 1000);
}

TEST(ConnectionQuotas, NothingIsLimitedThatNobodyHasConfigured) {
  ConnectionQuotas quotas;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(quotas.record_arrival(0), 0);
    EXPECT_TRUE(quotas.add("a"));
  }
  EXPECT_TRUE(quotas.has_room());
}

TEST(ConnectionQuotas, EachAddressHasItsOwnCount) {
  ConnectionQuotas quotas;
  quotas.configure({.address_connections_max = 2, .addresses = {{"::1", 1}, {"10.0.0.1", 0}}});
  EXPECT_TRUE(quotas.add("127.0.0.1"));
  EXPECT_TRUE(quotas.add("127.0.0.1"));
  EXPECT_FALSE(quotas.add("127.0.0.1"));
  EXPECT_TRUE(quotas.add("::1"));
  EXPECT_FALSE(quotas.add("::1"));
  EXPECT_FALSE(quotas.add("10.0.0.1"));
  quotas.remove("::1");
  EXPECT_TRUE(quotas.add("::1"));
}

TEST(ConnectionQuotas, ALoweredLimitOfAnAddressClosesNobody) {
  ConnectionQuotas quotas;
  EXPECT_TRUE(quotas.add("a"));
  EXPECT_TRUE(quotas.add("a"));
  quotas.configure({.address_connections_max = 1});
  EXPECT_EQ(quotas.excess(), 0);
  quotas.remove("a");
  EXPECT_FALSE(quotas.add("a"));
  quotas.remove("a");
  EXPECT_TRUE(quotas.add("a"));
}

TEST(ConnectionQuotas, ThereIsRoomUnderBothLimits) {
  ConnectionQuotas quotas;
  quotas.configure({.connections_max = 3, .listener_connections_max = 2});
  EXPECT_TRUE(quotas.add("a"));
  EXPECT_TRUE(quotas.has_room());
  EXPECT_TRUE(quotas.add("b"));
  EXPECT_FALSE(quotas.has_room());
  quotas.configure({.connections_max = 3, .listener_connections_max = 9});
  EXPECT_TRUE(quotas.has_room());
  quotas.configure({.connections_max = 1});
  EXPECT_EQ(quotas.excess(), 1);
  quotas.configure({.listener_connections_max = 1});
  EXPECT_EQ(quotas.excess(), 0) << "a listener's own limit closes nobody";
}

TEST(ConnectionQuotas, TheStricterRateCounts) {
  ConnectionQuotas quotas;
  const ConnectionRate::Options strict{.per_second_max = 1, .window_count = 2};
  quotas.configure({.listener_rate = strict});
  EXPECT_EQ(quotas.record_arrival(0), 0);
  EXPECT_EQ(quotas.record_arrival(0), 1000);
}

}  // namespace
}  // namespace understudy::server
