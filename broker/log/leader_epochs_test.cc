#include "broker/log/leader_epochs.h"

#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

using EndOffset = LeaderEpochs::EndOffset;
using Entry = LeaderEpochs::Entry;

LeaderEpochs zero_and_two() {
  LeaderEpochs epochs;
  epochs.assign(0, 0);
  epochs.assign(2, 10);
  return epochs;
}

TEST(LeaderEpochs, KnowsWhereAnEpochEnded) {
  const LeaderEpochs epochs = zero_and_two();
  EXPECT_EQ(epochs.end_offset_for(0, 20), (EndOffset{0, 10}));
  EXPECT_EQ(epochs.end_offset_for(1, 20), (EndOffset{0, 10}));  // the largest epoch not above it
  EXPECT_EQ(epochs.end_offset_for(2, 20), (EndOffset{2, 20}));
  EXPECT_EQ(epochs.end_offset_for(3, 20), (EndOffset{-1, -1}));
  EXPECT_EQ(epochs.end_offset_for(-1, 20), (EndOffset{-1, -1}));
}

TEST(LeaderEpochs, AnEpochBelowAllKnownEndsWhereTheyBegin) {
  LeaderEpochs epochs;
  epochs.assign(2, 10);
  epochs.assign(4, 15);
  EXPECT_EQ(epochs.end_offset_for(1, 20), (EndOffset{1, 10}));
}

TEST(LeaderEpochs, KeepsBothColumnsRising) {
  LeaderEpochs epochs = zero_and_two();
  epochs.assign(2, 15);  // known already
  EXPECT_EQ(epochs.entries().size(), 2u);
  epochs.assign(3, 10);  // nothing was written under 2
  EXPECT_EQ(epochs.entries(), (std::vector<Entry>{{0, 0}, {3, 10}}));
}

TEST(LeaderEpochs, IsCutAtBothEnds) {
  LeaderEpochs epochs = zero_and_two();
  epochs.assign(5, 30);
  epochs.truncate_from_end(30);
  EXPECT_EQ(epochs.entries(), (std::vector<Entry>{{0, 0}, {2, 10}}));
  epochs.truncate_from_start(12);
  EXPECT_EQ(epochs.entries(), (std::vector<Entry>{{2, 12}}));
}

TEST(LeaderEpochs, KnowsTheEpochOfAnOffset) {
  const LeaderEpochs epochs = zero_and_two();
  EXPECT_EQ(epochs.epoch_at(9), 0);
  EXPECT_EQ(epochs.epoch_at(10), 2);
  EXPECT_EQ(LeaderEpochs().epoch_at(0), std::nullopt);
}

}  // namespace
}  // namespace understudy::broker
