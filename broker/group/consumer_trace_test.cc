// A group of one, two, three and two members, step by step, as a real broker answered; and what is
// written meanwhile.
#include <gtest/gtest.h>

#include "broker/group/testing/consumer_fixture.h"

namespace understudy::broker {
namespace {

using Own = std::optional<std::vector<std::string>>;

struct Step {
  int number;
  const char* id;
  std::int32_t epoch;
  Own own;
  const char* reply;
  const char* group = nullptr;  // null: it is not looked at
};

class ConsumerTraceTest : public ConsumerTest {
 protected:
  ConsumerTraceTest() { add_topic("t", 6); }

  void play(const Step& step) {
    SCOPED_TRACE(step.number);
    const Beat beat = step.epoch == 0 ? joining(step.id, std::vector<std::string>{"t"})
                                      : Beat{.id = step.id, .epoch = step.epoch, .owned = step.own};
    EXPECT_EQ(ConsumerTest::beat(beat), step.reply);
    if (step.group == nullptr) return;
    EXPECT_EQ(group_text(), step.group);
  }
};

TEST_F(ConsumerTraceTest, Groups_S44_OneTwoThreeAndTwoMembersShareSixPartitions) {
  const Own nothing;
  const Own three = {{"t0", "t1", "t2"}};
  const Step steps[] = {
      {1, "A", 0, nothing, "2 [t0 t1 t2 t3 t4 t5]", "2/2 Stable"},
      {2, "B", 0, nothing, "3 []", "3/3 Reconciling"},
      {3, "B", 3, nothing, "3 null"},
      {4, "A", 2, nothing, "2 [t0 t1 t2]", "3/3 Reconciling"},
      {5, "A", 2, three, "3 null"},
      {6, "B", 3, nothing, "3 [t3 t4 t5]", "3/3 Stable"},
      {7, "B", 3, Own{{"t3", "t4", "t5"}}, "3 null"},
      {8, "Cc", 0, nothing, "4 []", "4/4 Reconciling"},
      {9, "A", 3, nothing, "3 [t0 t1]"},
      {9, "A", 3, nothing, "3 null"},
      {9, "A", 3, three, "3 null"},
      {10, "A", 3, Own{{"t0", "t1"}}, "4 null"},
      {11, "Cc", 4, nothing, "4 [t2]", "4/4 Reconciling"},
      {12, "B", 3, nothing, "3 [t3 t4]"},
      {13, "B", 3, Own{{"t3", "t4"}}, "4 null"},
      {14, "Cc", 4, nothing, "4 [t2 t5]", "4/4 Stable"},
      {15, "B", -1, nothing, "-1 null", "5/4 Assigning"},
      {16, "A", 4, nothing, "5 [t0 t1 t4]", "5/5 Reconciling"},
      {17, "Cc", 4, nothing, "5 [t2 t3 t5]", "5/5 Stable"},
      {18, "A", 4, Own{{"t0"}}, "5 null"},
      {18, "A", 4, Own{std::vector<std::string>{}}, "5 null"},
      {19, "A", 4, nothing, "FENCED_MEMBER_EPOCH"},
      {19, "A", 4, Own{{"t0", "t1", "t2", "t3", "t4", "t5"}}, "FENCED_MEMBER_EPOCH"},
  };
  for (const Step& step : steps) play(step);
}

TEST_F(ConsumerTraceTest, WhatAMemberHasToGiveUpIsStillShownAsItsOwn) {
  join("A", {"t"});
  join("B", {"t"});
  beat("A", 2);
  EXPECT_EQ(member_text("A"), "2 [t0 t1 t2 t3 t4 t5], target [t0 t1 t2]");
  EXPECT_EQ(member_text("B"), "3 [], target [t3 t4 t5]");
}

class ConsumerRecordsTest : public ConsumerTest {
 protected:
  ConsumerRecordsTest() { written(); }  // what the fixture wrote
};

TEST_F(ConsumerRecordsTest, Groups_S93_Story3_TwoMembersComeAndGo) {
  add_topic("t", 4);
  join("A", {"t"});
  EXPECT_EQ(written(), "5A 3(2) 7A 6(2) 8A(2,prev 0)");
  join("B", {"t"});
  EXPECT_EQ(written(), "5B 3(3) 7A 7B 6(3) 8B(3,prev 0,state 2)");
  beat("A", 2);
  EXPECT_EQ(written(), "8A(2,prev 2,state 1)");
  const std::vector<std::string> kept = member_text("A").find("target [t0 t1]") != std::string::npos
                                            ? std::vector<std::string>{"t0", "t1"}
                                            : std::vector<std::string>{"t2", "t3"};
  beat("A", 2, kept);
  EXPECT_EQ(written(), "8A(3,prev 2)");
  beat("B", 3);
  EXPECT_EQ(written(), "8B(3,prev 3)");
  beat("B", -1);
  EXPECT_EQ(written(), "8TB 7TB 5TB 3(4)");
  beat("A", 3);
  EXPECT_EQ(written(), "7A 6(4) 8A(4,prev 3)");
  beat("A", -1);
  EXPECT_EQ(written(), "8TA 7TA 5TA 3(5,no hash) 6(5)") << "4.4: an empty group is assigned";
  std::vector<CoordinatorRecord> deletion;
  shard().find("g")->add_tombstones(deletion);
  shard().shard().write(deletion, [](wire::ErrorCode) {});
  EXPECT_EQ(written(), "6T 4T 3T");
  EXPECT_EQ(group_text(), "none");
}

TEST_F(ConsumerRecordsTest, Groups_S93_Story4_AStaticMemberIsReplacedTwice) {
  add_topic("t", 2);
  add_topic("u", 1);
  beat(static_joining("A", "i", {{"t"}}));
  EXPECT_EQ(written(), "5A 3(2) 7A 6(2) 8A(2,prev 0)");
  beat({.id = "A", .epoch = -2, .instance = "i"});
  EXPECT_EQ(written(), "8A(-2,prev 0)");
  beat(static_joining("A2", "i", {{"t"}}));
  EXPECT_EQ(written(), "8TA 7TA 5TA 5A2 7A2 8A2(0,prev 0) 8A2(2,prev 0)");
  beat({.id = "A2", .epoch = -2, .instance = "i"});
  EXPECT_EQ(written(), "8A2(-2,prev 0)");
  beat(static_joining("A3", "i", {{"t", "u"}}));
  EXPECT_EQ(written(), "8TA2 7TA2 5TA2 5A3 7A3 8A3(0,prev 0) 5A3 3(3) 7A3 6(3) 8A3(3,prev 0)");
}

TEST_F(ConsumerRecordsTest, Groups_S93_Story6_ATopicComesAndGoesUnderAMember) {
  join("A", {"t"});
  EXPECT_EQ(written(), "5A 3(2,no hash) 7A 6(2) 8A(2,prev 0)");
  add_topic("t", 2);
  EXPECT_EQ(beat("A", 2), "3 [t0 t1]");
  EXPECT_EQ(written(), "3(3) 7A 6(3) 8A(3,prev 2)");
  remove_topic("t");
  EXPECT_EQ(beat("A", 3), "3 []");
  EXPECT_EQ(written(), "3(4,no hash) 7A 6(4) 8A(3,prev 3,state 1)");
  EXPECT_EQ(beat("A", 3, {}), "4 null");
  EXPECT_EQ(written(), "8A(4,prev 3)");
}

TEST_F(ConsumerRecordsTest, ARequestThatChangesNothingWritesNothing) {
  add_topic("t", 1);
  join("A", {"t"});
  written();
  beat("A", 2);
  beat({.id = "A", .epoch = 2, .names = {{"t"}}, .owned = {{"t0"}}, .rebalance_ms = 60'000});
  join("A", {"t"});
  EXPECT_EQ(written(), "");
}

TEST_F(ConsumerRecordsTest, AnotherSubscriptionWritesTheMemberFirst) {
  add_topic("t", 1);
  add_topic("u", 1);
  join("A", {"t"});
  written();
  beat({.id = "A", .epoch = 2, .names = {{"t", "u"}}});
  EXPECT_EQ(written(), "5A 3(3) 7A 6(3) 8A(3,prev 2)");
}

TEST_F(ConsumerRecordsTest, DeletesALiveGroupInTheOrderThatKafkasLoaderWants) {
  add_topic("t", 2);
  join("A", {"t"});
  join("B", {"t"});
  written();
  std::vector<CoordinatorRecord> deletion;
  shard().find("g")->add_tombstones(deletion);
  shard().shard().write(deletion, [](wire::ErrorCode) {});
  EXPECT_EQ(written(), "8TA 8TB 7TA 7TB 6T 5TA 5TB 4T 3T");
}

TEST_F(ConsumerRecordsTest, WhatAKafka40LeftIsTakenAwayWithTheNextEpoch) {
  add_topic("t", 1);
  join("A", {"t"});
  shard().shard().write({record_of(wire::ConsumerGroupPartitionMetadataKey{.group_id = "g"},
                                   wire::ConsumerGroupPartitionMetadataValue{}, 0)},
                        [](wire::ErrorCode) {});
  written();
  join("B", {"t"});
  EXPECT_EQ(written(), "5B 3(3) 4T 7B 6(3) 8B(3,prev 0)");
  join("C", {"t"});
  EXPECT_EQ(written(), "5C 3(4) 7C 6(4) 8C(4,prev 0)") << "once is enough";
}

}  // namespace
}  // namespace understudy::broker
