// ListGroups, DescribeGroups, DeleteGroups. Scenarios 26, 27 and 84 to 86 of section 15 of the
// group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using wire::ApiKey;

constexpr std::int32_t kNotAsked = INT32_MIN;
// Read, delete, describe of a group, and its two for configurations, as bits of AclOperation.
constexpr std::int32_t kAllOperations = 3400;

std::map<std::string, ErrorCode> remove(RawClient& client, const std::vector<std::string>& ids,
                                        Version version) {
  std::map<std::string, ErrorCode> results;
  for (const auto& one :
       client.ask(wire::DeleteGroupsRequest{.groups_names = ids}, version).results) {
    EXPECT_TRUE(results.emplace(one.group_id, one.error_code).second) << "twice: " << one.group_id;
  }
  return results;
}

TEST(Groups, S26_OnlyAnEmptyGroupIsDeleted) {
  for (Version version = 0; version <= newest(ApiKey::kDeleteGroups); ++version) {
    SCOPED_TRACE("DeleteGroups version " + std::to_string(version));
    TestTopic topic;
    TestGroup group;
    ClassicMember member(group);
    form({&member});
    EXPECT_EQ(member.commit(topic, {.offset = 3}), ErrorCode::kNone);
    EXPECT_THAT(remove(group.client(), {group.id()}, version),
                ElementsAre(Pair(group.id(), ErrorCode::kNonEmptyGroup)));
    EXPECT_EQ(member.leave(), ErrorCode::kNone);
    EXPECT_THAT(remove(group.client(), {group.id()}, version),
                ElementsAre(Pair(group.id(), ErrorCode::kNone)));
    EXPECT_EQ(group.listed(), std::nullopt);
    EXPECT_EQ(group.offset(topic), kNoOffset);
    EXPECT_THAT(remove(group.client(), {group.id()}, version),
                ElementsAre(Pair(group.id(), ErrorCode::kGroupIdNotFound)));
  }
}

TEST(Groups, S27_AMissingGroupIsDescribedAsDead) {
  TestGroup group;
  for (Version version = 0; version <= newest(ApiKey::kDescribeGroups); ++version) {
    SCOPED_TRACE("DescribeGroups version " + std::to_string(version));
    const DescribedGroup described = group.described(version);
    EXPECT_EQ(described.error_code, version >= 6 ? ErrorCode::kGroupIdNotFound : ErrorCode::kNone);
    EXPECT_EQ(described.error_message.value_or(""),
              version >= 6 ? "Group " + group.id() + " not found." : "");
    EXPECT_EQ(described.group_id, group.id());
    EXPECT_EQ(described.group_state, "Dead");
    EXPECT_EQ(described.protocol_type, "");
    EXPECT_EQ(described.protocol_data, "");
    EXPECT_THAT(described.members, IsEmpty());
    EXPECT_EQ(described.authorized_operations, kNotAsked);
  }
}

TEST(Groups, S27_AGroupIsDescribedInEveryVersion) {
  TestGroup group;
  ClassicMember member(group, "somebody");
  member.instance_id = "I1";
  rebalance({&member});
  const auto expect_member = [&](const DescribedGroup& described, Version version) {
    ASSERT_THAT(described.members, SizeIs(1));
    EXPECT_EQ(described.members[0].member_id, member.id);
    EXPECT_EQ(described.members[0].client_id, "somebody");
    EXPECT_EQ(described.members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(described.members[0].group_instance_id.value_or("unknown"),
              version >= 4 ? "I1" : "unknown");
  };
  const DescribedGroup unsettled = group.described();
  EXPECT_EQ(unsettled.group_state, "CompletingRebalance");
  EXPECT_EQ(unsettled.protocol_type, "consumer");
  EXPECT_EQ(unsettled.protocol_data, "");
  expect_member(unsettled, newest(ApiKey::kDescribeGroups));
  EXPECT_TRUE(unsettled.members[0].member_metadata.empty());
  settle({&member});
  for (Version version = 0; version <= newest(ApiKey::kDescribeGroups); ++version) {
    SCOPED_TRACE("DescribeGroups version " + std::to_string(version));
    const DescribedGroup described = group.described(version);
    EXPECT_EQ(described.error_code, ErrorCode::kNone);
    EXPECT_EQ(described.group_state, "Stable");
    EXPECT_EQ(described.protocol_type, "consumer");
    EXPECT_EQ(described.protocol_data, "range");
    expect_member(described, version);
    EXPECT_EQ(described.members[0].member_metadata, member.protocols[0].metadata);
    EXPECT_EQ(described.members[0].member_assignment, wire::Slice::copy_of(member.id));
  }
}

TEST(Groups, S27_AuthorizedOperationsAreToldOnRequest) {
  TestTopic topic;
  TestGroup group;
  TestGroup missing;
  EXPECT_EQ(group.commit(topic, {.offset = 1}), ErrorCode::kNone);
  const auto answer = group.client().ask(
      wire::DescribeGroupsRequest{.groups = {group.id(), missing.id(), group.id()},
                                  .include_authorized_operations = true},
      5);
  ASSERT_THAT(answer.groups, SizeIs(3));
  for (const DescribedGroup& described : answer.groups) {
    EXPECT_EQ(described.authorized_operations, kAllOperations);
  }
}

// The groups of ours that a filter lets through.
std::set<std::string> listed(RawClient& client, const std::set<std::string>& ours,
                             const std::vector<std::string>& states,
                             const std::vector<std::string>& types) {
  const auto answer =
      client.ask(wire::ListGroupsRequest{.states_filter = states, .types_filter = types}, 5);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  std::set<std::string> found;
  for (const ListedGroup& group : answer.groups) {
    if (ours.contains(group.group_id)) found.insert(group.group_id);
  }
  return found;
}

TEST(Groups, S84_GroupsAreListedByStateAndType) {
  TestTopic topic;
  TestGroup simple;
  EXPECT_EQ(simple.commit(topic, {.offset = 1}), ErrorCode::kNone);
  TestGroup stable;
  ClassicMember member(stable);
  form({&member});
  TestGroup consumer;
  ConsumerMember modern(consumer);
  modern.join({});
  TestGroup left;
  ConsumerMember leaver(left);
  leaver.join({});
  leaver.leave();
  const std::set<std::string> ours = {simple.id(), stable.id(), consumer.id(), left.id()};
  RawClient& client = simple.client();
  using Ids = std::set<std::string>;
  EXPECT_EQ(listed(client, ours, {}, {}), ours);
  EXPECT_EQ(listed(client, ours, {"STABLE"}, {}), (Ids{stable.id(), consumer.id()}));
  EXPECT_EQ(listed(client, ours, {"stable"}, {}), (Ids{stable.id(), consumer.id()}));
  EXPECT_EQ(listed(client, ours, {"Empty", "Stable"}, {}), ours);
  for (const std::string word : {"foo", "", "Unknown"}) {
    EXPECT_THAT(listed(client, ours, {word}, {}), IsEmpty()) << word;
    EXPECT_THAT(listed(client, ours, {}, {word}), IsEmpty()) << word;
  }
  EXPECT_EQ(listed(client, ours, {}, {"CONSUMER"}), (Ids{consumer.id(), left.id()}));
  EXPECT_EQ(listed(client, ours, {}, {"Classic"}), (Ids{simple.id(), stable.id()}));
  EXPECT_EQ(listed(client, ours, {"Empty"}, {"consumer"}), Ids{left.id()});
}

TEST(Groups, S84_WhatARowHasByVersion) {
  TestGroup group;
  ConsumerMember member(group);
  member.join({});
  for (Version version = 0; version <= newest(ApiKey::kListGroups); ++version) {
    SCOPED_TRACE("ListGroups version " + std::to_string(version));
    const auto answer = group.client().ask(wire::ListGroupsRequest{}, version);
    bool is_listed = false;
    for (const ListedGroup& row : answer.groups) {
      if (row.group_id != group.id()) continue;
      is_listed = true;
      EXPECT_EQ(row.protocol_type, "consumer");
      EXPECT_EQ(row.group_state, version >= 4 ? "Stable" : "");
      EXPECT_EQ(row.group_type, version >= 5 ? "consumer" : "");
    }
    EXPECT_TRUE(is_listed);
  }
}

TEST(Groups, S85_AGroupOfWhichOnlyAnIdWasGivenIsListed) {
  TestGroup group;
  ClassicMember pending(group);
  EXPECT_EQ(pending.join().error_code, ErrorCode::kMemberIdRequired);
  // A real broker answers before the group is written, and lists what is written.
  std::optional<ListedGroup> row;
  ASSERT_TRUE(eventually([&] { return (row = group.listed()).has_value(); }));
  EXPECT_EQ(row->protocol_type, "");
  EXPECT_EQ(row->group_state, "Empty");
  EXPECT_EQ(row->group_type, "classic");
  EXPECT_EQ(group.remove(), ErrorCode::kNone);
  EXPECT_EQ(group.listed(), std::nullopt);
  EXPECT_EQ(pending.join().error_code, ErrorCode::kUnknownMemberId);
}

TEST(Groups, S86_ManyAreDeletedAtOnce) {
  TestTopic topic;
  TestGroup live_consumer;
  ConsumerMember modern(live_consumer);
  modern.join({});
  TestGroup live_classic;
  ClassicMember member(live_classic);
  form({&member});
  TestGroup simple;
  EXPECT_EQ(simple.commit(topic, {.offset = 1}), ErrorCode::kNone);
  TestGroup empty_consumer;
  ConsumerMember leaver(empty_consumer);
  leaver.join({});
  leaver.leave();
  TestGroup missing;
  EXPECT_THAT(remove(simple.client(),
                     {live_consumer.id(), live_classic.id(), simple.id(), empty_consumer.id(),
                      missing.id(), "", simple.id()},
                     newest(ApiKey::kDeleteGroups)),
              UnorderedElementsAre(Pair(live_consumer.id(), ErrorCode::kNonEmptyGroup),
                                   Pair(live_classic.id(), ErrorCode::kNonEmptyGroup),
                                   Pair(simple.id(), ErrorCode::kNone),
                                   Pair(empty_consumer.id(), ErrorCode::kNone),
                                   Pair(missing.id(), ErrorCode::kGroupIdNotFound),
                                   Pair("", ErrorCode::kGroupIdNotFound)));
}

// There is a field for a text from 4.4 on, but of these errors none is said.
TEST(Groups, S86_ADeletionDoesNotSayWhyNot) {
  constexpr Version kFirstWithMessages = 3;
  if (newest(ApiKey::kDeleteGroups) < kFirstWithMessages) GTEST_SKIP() << "no messages before 4.4";
  TestGroup live;
  ConsumerMember member(live);
  member.join({});
  TestGroup missing;
  const auto answer = live.client().ask(
      wire::DeleteGroupsRequest{.groups_names = {live.id(), missing.id()}}, kFirstWithMessages);
  ASSERT_THAT(answer.results, SizeIs(2));
  for (const auto& result : answer.results) {
    EXPECT_NE(result.error_code, ErrorCode::kNone);
    EXPECT_EQ(result.error_message, std::nullopt);
  }
}

TEST(Groups, S86_DescribeKnowsOnlyItsOwnType) {
  TestGroup consumer;
  ConsumerMember modern(consumer);
  modern.join({});
  const DescribedGroup described = consumer.described();
  EXPECT_EQ(described.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(described.group_state, "Dead");
  EXPECT_EQ(described.error_message, "Group " + consumer.id() + " is not a classic group.");
  TestGroup classic;
  ClassicMember member(classic);
  form({&member});
  const DescribedConsumerGroup other = classic.consumer_described();
  EXPECT_EQ(other.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(other.error_message, "Group " + classic.id() + " is not a consumer group.");
  TestGroup missing;
  EXPECT_EQ(missing.consumer_described().error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(missing.consumer_described().error_message, "Group " + missing.id() + " not found.");
  TestGroup nameless("");
  EXPECT_EQ(nameless.consumer_described().error_code, ErrorCode::kInvalidGroupId);
}

}  // namespace
}  // namespace understudy::conformance
