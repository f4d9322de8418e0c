#include "broker/faults/parked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ParkedTest : public ::testing::Test {
 protected:
  Faults::RuleId add_hold() {
    return faults.add({.seam = Seam::kResponse, .action = Action::hold()});
  }
  void park(int number, const FaultPlan& plan, NodeId node = 1) {
    parked->run_later(node, plan, [this, number] { ran.push_back(number); });
  }

  ManualClock clock;
  Timers timers;
  Faults faults;
  std::unique_ptr<Parked> parked = std::make_unique<Parked>(faults, clock, timers);
  std::vector<int> ran;
};

TEST_F(ParkedTest, HoldsUntilReleasedAndDelaysUntilDue) {
  const auto rule = add_hold();
  park(1, {.hold = rule});
  park(2, {.delay_ms = 50});
  timers.run_due(49);
  EXPECT_THAT(ran, IsEmpty());
  timers.run_due(50);
  EXPECT_THAT(ran, ElementsAre(2));
  parked->release(rule);
  EXPECT_THAT(ran, ElementsAre(2, 1));
  parked->release(rule);
  EXPECT_THAT(ran, ElementsAre(2, 1));
}

TEST_F(ParkedTest, ReleasesInTheOrderOfArrivalAndOnlyWhatTheRuleHolds) {
  const auto rule = add_hold();
  const auto other = add_hold();
  park(1, {.hold = rule});
  park(2, {.hold = other});
  park(3, {.hold = rule});
  parked->release(rule);
  EXPECT_THAT(ran, ElementsAre(1, 3));
  parked->release_all();
  EXPECT_THAT(ran, ElementsAre(1, 3, 2));
}

TEST_F(ParkedTest, ARuleThatIsGoneHoldsNothing) {
  const auto rule = add_hold();
  faults.remove(rule);
  park(1, {.delay_ms = 0, .hold = rule});
  timers.run_due(1000);
  EXPECT_THAT(ran, ElementsAre(1));
}

TEST_F(ParkedTest, RequestsThatANodeHasReceivedDieWithIt) {
  const auto rule = add_hold();
  park(1, {.hold = rule}, 1);
  park(2, {.delay_ms = 10}, 1);
  park(3, {.hold = rule}, 2);
  parked->drop(1);
  timers.run_due(5000);
  parked->release(rule);
  EXPECT_THAT(ran, ElementsAre(3));
}

TEST_F(ParkedTest, ADelayedActionDiesWithTheProcess) {
  park(1, {.delay_ms = 10});
  parked.reset();
  timers.run_due(5000);
  EXPECT_THAT(ran, IsEmpty());
}

}  // namespace
}  // namespace understudy::broker
