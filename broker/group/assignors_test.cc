#include "broker/group/assignors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace understudy::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr wire::Uuid topic(std::uint8_t number) {
  wire::Uuid id;
  id.bytes[15] = number;
  return id;
}

const std::vector<wire::Uuid> kOrders{topic(1)};
const std::vector<wire::Uuid> kBoth{topic(1), topic(2)};

AssignorInput input(SubscriptionType type, std::vector<AssignorMember> members,
                    std::int32_t orders = 3, std::int32_t payments = 3) {
  return {type, {{topic(1), orders}, {topic(2), payments}}, std::move(members)};
}

// By member: for each topic, its partitions.
std::vector<std::map<int, std::vector<std::int32_t>>> assign(std::string_view assignor,
                                                             const AssignorInput& input) {
  std::vector<std::map<int, std::vector<std::int32_t>>> readable;
  for (const Assignment& assignment : find_assignor(assignor)->assign(input)) {
    auto& member = readable.emplace_back();
    for (const auto& [id, partitions] : assignment) member[id.bytes[15]] = partitions;
  }
  return readable;
}

using enum SubscriptionType;

TEST(SubscriptionType, IsHomogeneousIfAllSubscribeToTheSameNames) {
  EXPECT_EQ(subscription_type(2, {{"a", 2}, {"b", 2}}, {}), kHomogeneous);
  EXPECT_EQ(subscription_type(2, {{"a", 2}, {"b", 1}}, {}), kHeterogeneous);
  EXPECT_EQ(subscription_type(2, {}, {}), kHomogeneous);
  EXPECT_EQ(subscription_type(0, {}, {}), kHomogeneous);
}

TEST(SubscriptionType, IsHomogeneousIfAllUseOneRegularExpressionAndNobodyNames) {
  EXPECT_EQ(subscription_type(2, {}, {{"a.*", 2}}), kHomogeneous);
  EXPECT_EQ(subscription_type(2, {}, {{"a.*", 1}}), kHeterogeneous);
  EXPECT_EQ(subscription_type(2, {}, {{"a.*", 1}, {"b.*", 1}}), kHeterogeneous);
  EXPECT_EQ(subscription_type(2, {{"a", 2}}, {{"a.*", 2}}), kHeterogeneous);
  EXPECT_EQ(subscription_type(2, {{"a", 1}}, {{"a.*", 1}}), kHeterogeneous);
}

TEST(PreferredAssignor, IsTheOneThatMostMembersWant) {
  const std::vector<std::string_view> votes{"range", "uniform", "range"};
  EXPECT_EQ(preferred_assignor(votes, "uniform"), "range");
  EXPECT_EQ(preferred_assignor({}, "uniform"), "uniform");
  EXPECT_EQ(preferred_assignor({}, "range"), "range");
}

// groups.md, scenario 48.
TEST(PreferredAssignor, IsTheFirstInHashOrderIfVotesAreEven) {
  const std::vector<std::string_view> votes{"range", "uniform"};
  EXPECT_EQ(preferred_assignor(votes, "range"), "uniform");
}

TEST(Assignors, AreFoundByTheirNames) {
  EXPECT_EQ(find_assignor("uniform")->name, "uniform");
  EXPECT_EQ(find_assignor("range")->name, "range");
  EXPECT_EQ(find_assignor("Range"), nullptr);
  EXPECT_EQ(find_assignor(""), nullptr);
  EXPECT_EQ(all_assignors().size(), 2u);
}

TEST(Assignors, GiveNothingToNobody) {
  for (const Assignor& assignor : all_assignors()) {
    EXPECT_THAT(assignor.assign({}), IsEmpty());
    EXPECT_THAT(assignor.assign(input(kHeterogeneous, {})), IsEmpty());
    const auto idle = assignor.assign(input(kHomogeneous, {{.id = "a"}, {.id = "b"}}));
    EXPECT_THAT(idle, ElementsAre(Assignment{}, Assignment{}));
  }
}

// groups.md, scenario 38, as the next one.
TEST(RangeAssignor, GivesTheFirstMembersOneMoreOfEachTopic) {
  const AssignorInput two =
      input(kHomogeneous, {{.id = "b", .topics = kBoth}, {.id = "a", .topics = kBoth}});
  EXPECT_THAT(
      assign("range", two),
      ElementsAre(UnorderedElementsAre(Pair(1, ElementsAre(2)), Pair(2, ElementsAre(2))),
                  UnorderedElementsAre(Pair(1, ElementsAre(0, 1)), Pair(2, ElementsAre(0, 1)))));
}

TEST(RangeAssignor, LinesUpStaticMembersBeforeTheOthers) {
  const AssignorInput three =
      input(kHomogeneous, {{.id = "a", .topics = kOrders},
                           {.id = "b", .topics = kOrders},
                           {.id = "z", .instance_id = "z", .topics = kOrders}});
  EXPECT_THAT(assign("range", three), ElementsAre(ElementsAre(Pair(1, ElementsAre(1))),
                                                  ElementsAre(Pair(1, ElementsAre(2))),
                                                  ElementsAre(Pair(1, ElementsAre(0)))));
}

TEST(RangeAssignor, KeepsNothingInItsPlace) {
  const AssignorInput moved =
      input(kHomogeneous, {{.id = "a", .topics = kOrders, .current = {{topic(1), {2}}}},
                           {.id = "b", .topics = kOrders, .current = {{topic(1), {0, 1}}}}});
  EXPECT_THAT(assign("range", moved), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1))),
                                                  ElementsAre(Pair(1, ElementsAre(2)))));
}

TEST(RangeAssignor, LeavesTheLastMembersWithoutPartitions) {
  const AssignorInput few =
      input(kHomogeneous, {{.id = "a", .topics = kOrders}, {.id = "b", .topics = kOrders}}, 1);
  EXPECT_THAT(assign("range", few), ElementsAre(ElementsAre(Pair(1, ElementsAre(0))), IsEmpty()));
}

// groups.md 8.9: six partitions, a third of what two have.
TEST(UniformAssignor, TakesFromThoseWhoHaveMost) {
  const AssignorInput joined =
      input(kHomogeneous,
            {{.id = "a", .topics = kOrders, .current = {{topic(1), {0, 1, 2}}}},
             {.id = "b", .topics = kOrders, .current = {{topic(1), {3, 4, 5}}}},
             {.id = "c", .topics = kOrders}},
            6);
  EXPECT_THAT(assign("uniform", joined), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1))),
                                                     ElementsAre(Pair(1, ElementsAre(3, 4))),
                                                     ElementsAre(Pair(1, ElementsAre(2, 5)))));
}

TEST(UniformAssignor, LeavesAnExtraPartitionWithWhoHasIt) {
  const AssignorInput swapped =
      input(kHomogeneous, {{.id = "a", .topics = kOrders, .current = {{topic(1), {0}}}},
                           {.id = "b", .topics = kOrders, .current = {{topic(1), {1, 2}}}}});
  EXPECT_THAT(assign("uniform", swapped), ElementsAre(ElementsAre(Pair(1, ElementsAre(0))),
                                                      ElementsAre(Pair(1, ElementsAre(1, 2)))));
}

TEST(UniformAssignor, DropsTopicsThatAreGoneOrNotWanted) {
  const OrderedAssignment before{{topic(2), {0, 1}}, {topic(9), {0}}, {topic(1), {1}}};
  const AssignorInput left =
      input(kHomogeneous, {{.id = "a", .topics = kOrders, .current = before}});
  EXPECT_THAT(assign("uniform", left), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1, 2)))));
  const AssignorInput other =
      input(kHeterogeneous,
            {{.id = "a", .topics = kOrders, .current = before}, {.id = "b", .topics = kBoth}});
  EXPECT_THAT(assign("uniform", other), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1, 2))),
                                                    ElementsAre(Pair(2, ElementsAre(0, 1, 2)))));
}

TEST(UniformAssignor, BalancesLoadsAndNotTopicsIfSubscriptionsDiffer) {
  const AssignorInput different =
      input(kHeterogeneous, {{.id = "a", .topics = kOrders}, {.id = "b", .topics = kBoth}}, 5, 1);
  EXPECT_THAT(
      assign("uniform", different),
      ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 2, 4))),
                  UnorderedElementsAre(Pair(1, ElementsAre(1, 3)), Pair(2, ElementsAre(0)))));
}

TEST(UniformAssignor, MovesPartitionsWhenMembersBecomeUneven) {
  const AssignorInput uneven =
      input(kHeterogeneous,
            {{.id = "a", .topics = kBoth, .current = {{topic(1), {0, 1, 2}}}},
             {.id = "b", .topics = kOrders}},
            3, 0);
  EXPECT_THAT(assign("uniform", uneven), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1))),
                                                     ElementsAre(Pair(1, ElementsAre(2)))));
}

// Kafka's classes fail on such input, which only damaged records give.
TEST(UniformAssignor, MakesSenseOfPartitionsThatTwoHaveOrThatDoNotExist) {
  AssignorInput damaged =
      input(kHomogeneous, {{.id = "a", .topics = kOrders, .current = {{topic(1), {1, 1, -1, 3}}}},
                           {.id = "b", .topics = kOrders, .current = {{topic(1), {1, 2}}}}});
  EXPECT_THAT(assign("uniform", damaged), ElementsAre(ElementsAre(Pair(1, ElementsAre(1))),
                                                      ElementsAre(Pair(1, ElementsAre(0, 2)))));
  damaged.type = kHeterogeneous;
  EXPECT_THAT(assign("uniform", damaged), ElementsAre(ElementsAre(Pair(1, ElementsAre(0, 1))),
                                                      ElementsAre(Pair(1, ElementsAre(2)))));
}

TEST(Assignors, HandleALargeGroupQuickly) {
  std::vector<std::string> names;
  for (int i = 0; i < 5000; ++i) names.push_back("member-" + std::to_string(i));
  std::vector<AssignorMember> members;
  for (const std::string& name : names) {
    members.push_back({.id = name, .topics = members.size() % 2 == 0 ? kBoth : kOrders});
  }
  for (const Assignor& assignor : all_assignors()) {
    AssignorInput large = input(kHeterogeneous, members, 10000, 4000);
    const std::vector<Assignment> first = assignor.assign(large);
    std::size_t count = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      large.members[i].current = in_hash_order(first[i]);
      count += partition_count(first[i]);
    }
    EXPECT_EQ(count, 14000u);
    EXPECT_EQ(assignor.assign(large), first) << "nothing has changed";
  }
}

}  // namespace
}  // namespace understudy::broker
