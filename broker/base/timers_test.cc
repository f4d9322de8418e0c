#include "broker/base/timers.h"

#include <gtest/gtest.h>

#include <vector>

namespace understudy::broker {
namespace {

TEST(Timers, RunInTheOrderOfTheirTimes) {
  Timers timers;
  std::vector<int> ran;
  timers.at(20, [&] { ran.push_back(2); });
  timers.at(10, [&] { ran.push_back(1); });
  timers.at(20, [&] { ran.push_back(3); });
  EXPECT_EQ(timers.next_deadline_ms(), 10);
  timers.run_due(9);
  EXPECT_TRUE(ran.empty());
  timers.run_due(20);
  EXPECT_EQ(ran, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(timers.next_deadline_ms(), std::nullopt);
}

TEST(Timers, ACancelledTimerDoesNotRun) {
  Timers timers;
  int ran = 0;
  const Timers::Id id = timers.at(10, [&] { ++ran; });
  timers.cancel(id);
  timers.cancel(id);
  timers.run_due(100);
  EXPECT_EQ(ran, 0);
}

TEST(Timers, ATimerMaySetAnother) {
  Timers timers;
  std::vector<int> ran;
  timers.at(10, [&] {
    ran.push_back(1);
    timers.at(10, [&] { ran.push_back(2); });
    timers.at(30, [&] { ran.push_back(3); });
  });
  timers.run_due(20);
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
}

}  // namespace
}  // namespace understudy::broker
