// What consumer groups make of topics that change, and of regular expressions.
#include <gtest/gtest.h>

#include "broker/group/testing/consumer_fixture.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Names = std::vector<std::string>;

using ConsumerTopicsTest = ConsumerTest;

TEST_F(ConsumerTopicsTest, Groups_S66_ATopicComesGrowsGoesAndComesAgain) {
  EXPECT_EQ(join("A", {"t"}), "2 []");
  add_topic("t", 1);
  EXPECT_EQ(beat("A", 2), "3 [t0]");
  grow_topic("t", 1);
  EXPECT_EQ(beat("A", 3), "4 [t0 t1]");
  remove_topic("t");
  EXPECT_EQ(beat("A", 4), "4 []");
  EXPECT_EQ(beat("A", 4, {}), "5 null");
  add_topic("t", 1);
  EXPECT_EQ(beat("A", 5), "6 [t0]");
}

TEST_F(ConsumerTopicsTest, Groups_S67_DeletedAndCreatedBetweenTwoHeartbeatsIsOneEpoch) {
  add_topic("t", 1);
  join("A", {"t"});
  remove_topic("t");
  const wire::Uuid old_id = id_of("t");
  add_topic("t", 1);
  EXPECT_EQ(beat("A", 2), "2 []");
  EXPECT_EQ(group_text(), "3/3 Reconciling");
  ASSERT_NE(old_id, id_of("t"));
  EXPECT_EQ(beat("A", 2), "2 null") << "it has not said that it has given up the old one";
  EXPECT_EQ(beat("A", 2, {}), "3 [t0]");
}

TEST_F(ConsumerTopicsTest, OtherTopicsAreNobodysBusiness) {
  add_topic("t", 1);
  join("A", {"t"});
  add_topic("other", 3);
  EXPECT_EQ(beat("A", 2), "2 null");
  EXPECT_EQ(group_text(), "2/2 Stable");
}

TEST_F(ConsumerTopicsTest, ALateComerGetsNothingOfATopicThatIsGone) {
  add_topic("t", 2);
  add_topic("u", 1);
  join("A", {"t", "u"});
  remove_topic("t");
  EXPECT_EQ(join("B", {"t", "u"}), "3 []");
  EXPECT_EQ(member_text("A"), "2 [u0], target [u0]") << "and it is not shown either";
}

class RegexTest : public ConsumerTest {
 protected:
  RegexTest() {
    add_topic("ra", 1);
    add_topic("rb", 1);
    add_topic("x", 1);
  }
  std::string join_regex(const std::string& id, const std::string& regex,
                         std::optional<Names> names = {}) {
    Beat beat = joining(id, std::move(names));
    beat.regex = regex;
    return ConsumerTest::beat(beat);
  }
};

TEST_F(RegexTest, Groups_S36_S62_APatternAloneIsResolvedAfterTheFirstAnswer) {
  written();
  EXPECT_EQ(join_regex("A", "r.*"), "1 []");
  EXPECT_EQ(written(), "5A 8A(1,prev 0)");
  EXPECT_EQ(group_text(), "1/1 Stable");
  tick();
  EXPECT_EQ(written(), "16 3(2)");
  EXPECT_EQ(group_text(), "2/1 Assigning");
  EXPECT_EQ(beat("A", 1), "2 [ra0 rb0]");
  EXPECT_TRUE(shard().find("g")->is_subscribed_to("ra"));
  EXPECT_FALSE(shard().find("g")->is_subscribed_to("x"));
}

TEST_F(RegexTest, Groups_S62_WhatIsNoPatternIsRefusedWithItsFault) {
  for (const char* regex : {"(", "(?!x).*", "(a)\\1", "a*+"}) {
    EXPECT_EQ(join_regex("A", regex), "INVALID_REGULAR_EXPRESSION") << regex;
  }
  Beat beat = joining("A", Names{});
  beat.regex = "(";
  EXPECT_EQ(ask(beat).error_message,
            "SubscribedTopicRegex `(` is not a valid regular expression: missing closing ).");
  EXPECT_EQ(group_text(), "none");
}

TEST_F(RegexTest, APatternThatMatchesNothingLeavesTheGroupAsItIs) {
  EXPECT_EQ(join_regex("A", "a"), "1 []");
  tick();
  EXPECT_EQ(group_text(), "1/1 Stable") << "the whole name has to match";
}

TEST_F(RegexTest, InternalTopicsMatchAsWell) {
  join_regex("A", ".*");
  tick();
  EXPECT_NE(beat("A", 1).find("?0"), std::string::npos) << "__consumer_offsets";
}

TEST_F(RegexTest, Groups_S63_ANewTopicIsSeenTenSecondsAfterTheLastLook) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  add_topic("rc", 1);
  EXPECT_EQ(beat("A", 2), "2 null");
  advance(10'000);
  EXPECT_EQ(beat("A", 2), "2 null");
  tick();
  EXPECT_EQ(beat("A", 2), "2 null") << "not more than ten seconds are over";
  advance(1);
  beat("A", 2);
  tick();
  EXPECT_EQ(beat("A", 2), "3 [ra0 rb0 rc0]");
}

TEST_F(RegexTest, Groups_S63_MatchedTopicsThatGoAndGrowAreSeenAtOnce) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  remove_topic("ra");
  EXPECT_EQ(beat("A", 2), "2 [rb0]");
  EXPECT_EQ(beat("A", 2, {"rb0"}), "3 null");
  grow_topic("rb", 1);
  EXPECT_EQ(beat("A", 3), "4 [rb0 rb1]");
}

TEST_F(RegexTest, Groups_S64_AKnownPatternIsTakenAtOnceAndANewOneWaits) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  EXPECT_EQ(join_regex("B", "r.*").substr(0, 2), "3 ");
  EXPECT_EQ(join_regex("C", "x"), "3 []") << "within ten seconds";
  tick();
  EXPECT_EQ(beat("C", 3), "3 null");
  advance(10'001);
  beat("C", 3);
  tick();
  EXPECT_EQ(beat("C", 3), "4 [x0]");
}

TEST_F(RegexTest, Groups_S65_NamesAndAPatternTogether) {
  EXPECT_EQ(join_regex("A", "rb", Names{"ra"}), "2 [ra0]");
  tick();
  EXPECT_EQ(beat("A", 2), "3 [ra0 rb0]");
  written();
  EXPECT_EQ(ConsumerTest::beat({.id = "A", .epoch = 3, .regex = ""}), "3 [ra0]");
  EXPECT_EQ(written(), "5A 16T 3(4) 7A 6(4) 8A(3,prev 3,state 1)");
  EXPECT_EQ(beat("A", 3, {"ra0"}), "4 null");
}

TEST_F(RegexTest, TheLastUserTakesThePatternAlong) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  join_regex("B", "r.*");
  written();
  beat("B", -1);
  EXPECT_EQ(written(), "8TB 7TB 5TB 3(4)");
  beat("A", -1);
  EXPECT_EQ(written(), "8TA 7TA 5TA 16T 3(5,no hash) 6(5)");
}

TEST_F(RegexTest, ALookupThatTheDiskRefusesIsMadeAgain) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  add_topic("rc", 1);
  advance(10'001);
  beat("A", 2);
  storage.fail(true);
  tick();
  storage.fail(false);
  EXPECT_EQ(beat("A", 2), "2 null");
  tick();
  EXPECT_EQ(beat("A", 2), "3 [ra0 rb0 rc0]");
}

TEST_F(RegexTest, WhenAPatternIsDroppedTheOthersAreLookedUp) {
  join_regex("A", "r.*");
  join_regex("B", "x");
  tick();
  const std::int32_t epoch = ask({.id = "A", .epoch = 1}).member_epoch;
  advance(10'001);
  ConsumerTest::beat({.id = "A", .epoch = epoch, .regex = ""});
  written();
  tick();
  EXPECT_EQ(written(), "16");
}

TEST_F(RegexTest, ALookupOfAGroupThatIsGoneDoesNothing) {
  join_regex("A", "r.*");
  beat("A", -1);
  written();
  tick();
  EXPECT_EQ(written(), "");
}

TEST_F(RegexTest, ItIsLookedUpAgainAfterTheRefreshInterval) {
  join_regex("A", "r.*");
  tick();
  beat("A", 1);
  written();
  for (int i = 0; i < 30; ++i) {
    advance(20'000);
    beat("A", 2);
    tick();
  }
  EXPECT_EQ(written(), "") << "nothing is new, and ten minutes are not over";
  advance(20'000);
  beat("A", 2);
  tick();
  EXPECT_EQ(written(), "16");
}

}  // namespace
}  // namespace understudy::broker
