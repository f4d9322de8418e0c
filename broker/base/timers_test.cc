#include "broker/base/timers.h"

#include <gtest/gtest.h>

#include <memory>
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

TEST(TimersScope, CancelsWhatHasNotRunWhenItGoes) {
  Timers timers;
  int ran = 0;
  {
    Timers::Scope scope(timers);
    scope.at(10, [&] { ++ran; });
    scope.at(20, [&] { ++ran; });
    timers.at(20, [&] { ran += 10; });
    timers.run_due(10);
    EXPECT_EQ(scope.size(), 1u);
  }
  timers.run_due(100);
  EXPECT_EQ(ran, 11);
}

TEST(TimersScope, CancelsOneOfItsTimers) {
  Timers timers;
  Timers::Scope scope(timers);
  int ran = 0;
  const Timers::Id id = scope.at(10, [&] { ++ran; });
  scope.cancel(id);
  scope.cancel(id);
  timers.run_due(100);
  EXPECT_EQ(ran, 0);
}

TEST(TimersScope, DoesNotCancelATimerThatIsNotItsOwn) {
  Timers timers;
  Timers::Scope scope(timers);
  int ran = 0;
  scope.cancel(timers.at(10, [&] { ++ran; }));
  timers.run_due(10);
  EXPECT_EQ(ran, 1);
}

TEST(TimersScope, AnActionMayDestroyItsScope) {
  Timers timers;
  auto scope = std::make_unique<Timers::Scope>(timers);
  int ran = 0;
  scope->at(10, [&] {
    scope.reset();
    ++ran;
  });
  scope->at(20, [&] { ++ran; });
  timers.run_due(100);
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace understudy::broker
