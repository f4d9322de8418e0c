#include "broker/group/reconciliation.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace understudy::broker {
namespace {

wire::Uuid topic(std::uint8_t number) {
  wire::Uuid id;
  id.bytes.back() = number;
  return id;
}
const wire::Uuid kT = topic(1);
const wire::Uuid kU = topic(2);

EpochedPartitions at_epoch(std::int32_t epoch, const wire::Uuid& id,
                           std::initializer_list<std::int32_t> indexes) {
  EpochedPartitions partitions;
  for (const std::int32_t index : indexes) partitions[id].emplace(index, epoch);
  return partitions;
}

// A member at epoch 2 with t0, t1, t2, whose target is at epoch 3.
class ReconciliationTest : public ::testing::Test {
 protected:
  ReconciliationTest() {
    member.id = "A";
    member.epoch = 2;
    member.previous_epoch = 1;
    member.assigned = at_epoch(2, kT, {0, 1, 2});
  }

  void want(std::initializer_list<std::int32_t> indexes) {
    target = {};
    for (const std::int32_t index : indexes) add(target, kT, index);
  }
  void owns(std::initializer_list<std::int32_t> indexes) {
    owned.emplace();
    if (indexes.size() != 0) owned->push_back({.topic_id = kT, .partitions = indexes});
  }

  ConsumerMember next() {
    const auto moved =
        reconcile({.member = member,
                   .target_epoch = target_epoch,
                   .target = target,
                   .has_subscription_changed = has_subscription_changed,
                   .owned = owned,
                   .is_subscribed = [&](const wire::Uuid& id) { return subscribed.contains(id); },
                   .has_owner = [&](const PartitionKey& key) { return taken.contains(key); }});
    EXPECT_TRUE(moved.has_value());
    return moved.value_or(ConsumerMember{});
  }

  ConsumerMember member;
  std::int32_t target_epoch = 3;
  Assignment target;
  bool has_subscription_changed = false;
  OwnedPartitions owned;
  std::set<wire::Uuid> subscribed = {kT};
  std::set<PartitionKey> taken;
};

TEST_F(ReconciliationTest, AStableMemberAtTheTargetStays) {
  target_epoch = 2;
  EXPECT_TRUE(has_same_assignment(next(), member));
}

TEST_F(ReconciliationTest, WhatHasToGoComesFirstAndKeepsTheEpoch) {
  want({0, 3});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnrevokedPartitions);
  EXPECT_EQ(now.epoch, 2);
  EXPECT_EQ(now.previous_epoch, 2) << "every change notes the epoch before";
  EXPECT_EQ(now.assigned, at_epoch(2, kT, {0}));
  EXPECT_EQ(now.pending_revocation, at_epoch(2, kT, {1, 2}));
}

TEST_F(ReconciliationTest, WhatItDoesNotOwnNeedsNoRevocation) {
  want({0});
  owns({0});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_EQ(now.epoch, 3);
  EXPECT_EQ(now.assigned, at_epoch(2, kT, {0}));
}

TEST_F(ReconciliationTest, AFreePartitionComesWithTheTargetsEpoch) {
  want({0, 1, 2, 3});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_EQ(now.epoch, 3);
  EXPECT_EQ(now.previous_epoch, 2);
  EXPECT_EQ(now.assignment_epoch(kT, 0), 2);
  EXPECT_EQ(now.assignment_epoch(kT, 3), 3);
}

TEST_F(ReconciliationTest, OneThatOthersHaveIsWaitedForAtTheNewEpoch) {
  want({0, 1, 2, 3});
  taken.insert({.topic_id = kT, .index = 3});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnreleasedPartitions);
  EXPECT_EQ(now.epoch, 3);
  EXPECT_EQ(now.assigned, member.assigned);
}

TEST_F(ReconciliationTest, SomeComeWhileOthersAreWaitedFor) {
  want({0, 1, 2, 3, 4});
  taken.insert({.topic_id = kT, .index = 3});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnreleasedPartitions);
  EXPECT_TRUE(contains(now.assigned, kT, 4));
  EXPECT_FALSE(contains(now.assigned, kT, 3));
}

TEST_F(ReconciliationTest, AWaitingMemberLooksAgainEachTime) {
  member.state = MemberState::kUnreleasedPartitions;
  target_epoch = 2;
  want({0, 1, 2, 3});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_TRUE(contains(now.assigned, kT, 3));
}

class RevokingTest : public ReconciliationTest {
 protected:
  RevokingTest() {
    member.state = MemberState::kUnrevokedPartitions;
    member.assigned = at_epoch(2, kT, {0});
    member.pending_revocation = at_epoch(2, kT, {1, 2});
    want({0});
  }
};

TEST_F(RevokingTest, StaysWhileItDoesNotSayWhatItOwns) {
  EXPECT_TRUE(has_same_assignment(next(), member));
}

TEST_F(RevokingTest, StaysWhileItOwnsOneOfThem) {
  owns({0, 2});
  EXPECT_TRUE(has_same_assignment(next(), member));
}

TEST_F(RevokingTest, GoesOnOnceItOwnsNoneOfThem) {
  owns({0});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_EQ(now.epoch, 3);
  EXPECT_TRUE(now.pending_revocation.empty());
}

TEST_F(RevokingTest, WhatItGivesUpItselfIsFreeForIt) {
  want({0, 1});
  owns({0});
  taken.insert({.topic_id = kT, .index = 1});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_EQ(now.assignment_epoch(kT, 1), 3) << "it comes back as a new one";
}

TEST_F(RevokingTest, MoreMayHaveToGoAfterwards) {
  want({});
  owns({0});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnrevokedPartitions);
  EXPECT_EQ(now.epoch, 2);
  EXPECT_EQ(now.pending_revocation, at_epoch(2, kT, {0}));
}

TEST_F(ReconciliationTest, TheTargetOfATopicThatIsNotSubscribedCountsAsEmpty) {
  want({0, 1, 2});
  subscribed.clear();
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnrevokedPartitions);
  EXPECT_TRUE(now.assigned.empty());
}

TEST_F(ReconciliationTest, AnotherSubscriptionTakesItsTopicsAwayAtOnce) {
  target_epoch = 2;
  has_subscription_changed = true;
  subscribed = {kU};
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnrevokedPartitions);
  EXPECT_EQ(now.epoch, 2);
  EXPECT_EQ(now.pending_revocation, at_epoch(2, kT, {0, 1, 2}));
}

TEST_F(ReconciliationTest, UnsubscribedPartitionsThatItDoesNotOwnAreJustDropped) {
  target_epoch = 2;
  has_subscription_changed = true;
  subscribed.clear();
  owns({});
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kStable);
  EXPECT_TRUE(now.assigned.empty());
  EXPECT_TRUE(now.pending_revocation.empty());
}

TEST_F(RevokingTest, AnotherSubscriptionAddsToWhatHasToGo) {
  has_subscription_changed = true;
  subscribed.clear();
  const ConsumerMember now = next();
  EXPECT_EQ(now.state, MemberState::kUnrevokedPartitions);
  EXPECT_TRUE(now.assigned.empty());
  EXPECT_EQ(now.pending_revocation, at_epoch(2, kT, {0, 1, 2}));
}

TEST_F(ReconciliationTest, AMemberInAStateOfALaterReleaseStartsAnewWithoutPartitions) {
  member.state = MemberState::kUnknown;
  const auto step = [&] {
    return reconcile({.member = member,
                      .target_epoch = 3,
                      .target = target,
                      .owned = owned,
                      .is_subscribed = [](const wire::Uuid&) { return true; },
                      .has_owner = [](const PartitionKey&) { return false; }});
  };
  EXPECT_FALSE(step().has_value());
  owns({0});
  EXPECT_FALSE(step().has_value());
  owns({});
  ASSERT_TRUE(step().has_value());
  EXPECT_EQ(step()->epoch, 3);
}

}  // namespace
}  // namespace understudy::broker
