#include "broker/base/purgatory.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

struct Observed {
  bool is_ready = false;
  int completed = 0;
  int asked = 0;
  bool may_be_short = false;
};

class FakeOperation : public DelayedOperation {
 public:
  explicit FakeOperation(Observed& observed) : observed_(observed) {}
  bool is_ready() override {
    ++observed_.asked;
    return observed_.is_ready;
  }
  void complete() override { ++observed_.completed; }
  bool may_be_cut_short() const override { return observed_.may_be_short; }

 private:
  Observed& observed_;
};

class PurgatoryTest : public ::testing::Test {
 protected:
  void wait(Observed& observed, std::vector<PartitionKey> keys, std::int64_t deadline_ms,
            ConnectionId connection = 1) {
    purgatory.wait(std::make_unique<FakeOperation>(observed), keys, deadline_ms, connection);
  }

  const PartitionKey a{{}, 0};
  const PartitionKey b{{}, 1};
  Timers timers;
  Purgatory purgatory{timers};
  Observed one, two;
};

TEST_F(PurgatoryTest, CompletesOnceWhenReady) {
  wait(one, {a, b}, 100);
  purgatory.progressed(a);
  EXPECT_EQ(one.completed, 0);
  one.is_ready = true;
  purgatory.progressed(b);
  purgatory.progressed(a);
  timers.run_due(1000);
  EXPECT_EQ(one.completed, 1);
  EXPECT_EQ(one.asked, 2);
  EXPECT_EQ(purgatory.size(), 0u);
}

TEST_F(PurgatoryTest, CompletesAtItsDeadline) {
  wait(one, {a}, 100);
  timers.run_due(99);
  EXPECT_EQ(one.completed, 0);
  timers.run_due(100);
  EXPECT_EQ(one.completed, 1);
  purgatory.progressed(a);
  EXPECT_EQ(one.completed, 1);
}

TEST_F(PurgatoryTest, OtherPartitionsDoNotWakeIt) {
  one.is_ready = true;
  wait(one, {a}, 100);
  purgatory.progressed(b);
  EXPECT_EQ(one.asked, 0);
}

TEST_F(PurgatoryTest, ADisconnectedClientIsForgotten) {
  one.is_ready = two.is_ready = true;
  wait(one, {a}, 100, 1);
  wait(two, {a}, 100, 2);
  purgatory.disconnected(1);
  purgatory.progressed(a);
  timers.run_due(1000);
  EXPECT_EQ(one.completed, 0);
  EXPECT_EQ(two.completed, 1);
}

TEST_F(PurgatoryTest, APartitionMayBeNamedTwice) {
  wait(one, {a, a}, 100);
  one.is_ready = true;
  purgatory.progressed(a);
  EXPECT_EQ(one.completed, 1);
}

TEST_F(PurgatoryTest, AnswersWhatMayBeCutShortWhenTheClientSendsNothingMore) {
  one.may_be_short = true;
  wait(one, {a}, 100, 1);
  wait(two, {a}, 100, 1);
  purgatory.peer_finished(2);
  EXPECT_EQ(one.completed, 0);
  purgatory.peer_finished(1);
  purgatory.peer_finished(1);
  EXPECT_EQ(one.completed, 1);
  EXPECT_EQ(two.completed, 0);
  timers.run_due(100);
  EXPECT_EQ(one.completed, 1);
  EXPECT_EQ(two.completed, 1);
}

// One connection closes at the cost of its own requests: what waits for others is not looked at.
TEST_F(PurgatoryTest, ForgetsAllRequestsOfAConnectionAndNoOthers) {
  wait(one, {a}, 100, 1);
  wait(one, {b}, 100, 1);
  wait(two, {a, b}, 100, 2);
  purgatory.disconnected(1);
  EXPECT_EQ(purgatory.size(), 1u);
  purgatory.disconnected(1);
  purgatory.disconnected(3);
  timers.run_due(100);
  purgatory.disconnected(2);
  EXPECT_EQ(one.completed, 0);
  EXPECT_EQ(two.completed, 1);
}

}  // namespace
}  // namespace understudy::broker
