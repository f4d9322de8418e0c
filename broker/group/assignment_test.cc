#include "broker/group/assignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::broker {
namespace {

using testing::ElementsAre;
using testing::Pair;

wire::Uuid assigned_topic(std::uint8_t number) {
  wire::Uuid id;
  id.bytes[15] = number;
  return id;
}

TEST(Assignment, HasThePartitionsOfATopicAscendingAndOnce) {
  Assignment assignment;
  for (const std::int32_t partition : {3, 1, 2, 3, 1})
    add(assignment, assigned_topic(1), partition);
  add(assignment, assigned_topic(2), 0);
  EXPECT_THAT(assignment[assigned_topic(1)], ElementsAre(1, 2, 3));
  EXPECT_EQ(partition_count(assignment), 4u);
  EXPECT_TRUE(contains(assignment, assigned_topic(1), 2));
  EXPECT_FALSE(contains(assignment, assigned_topic(1), 0));
  EXPECT_FALSE(contains(assignment, assigned_topic(3), 0));
  EXPECT_EQ(partition_count({}), 0u);
}

TEST(Assignment, IsEqualIfItSaysTheSame) {
  const Assignment one{{assigned_topic(1), {0, 1}}, {assigned_topic(17), {2}}};
  const Assignment same{{assigned_topic(17), {2}}, {assigned_topic(1), {0, 1}}};
  const Assignment other{{assigned_topic(17), {2}}, {assigned_topic(1), {0}}};
  EXPECT_EQ(one, same);
  EXPECT_NE(one, other);
}

TEST(Assignment, IsWalkedInTheOrderOfAMapOfSets) {
  const Assignment assignment{{assigned_topic(9), {0, 1}}, {assigned_topic(2), {5, 20, 35}}};
  // 20 and 35 are 4 and 3 in a table of 16.
  EXPECT_THAT(in_hash_order(assignment),
              ElementsAre(Pair(assigned_topic(2), ElementsAre(35, 20, 5)),
                          Pair(assigned_topic(9), ElementsAre(0, 1))));
  // Twelve have a table of 32.
  const Assignment more{{assigned_topic(2), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 33}}};
  EXPECT_THAT(
      in_hash_order(more),
      ElementsAre(Pair(assigned_topic(2), ElementsAre(0, 1, 33, 2, 3, 4, 5, 6, 7, 8, 9, 20))));
}

}  // namespace
}  // namespace understudy::broker
