// ListGroups, DescribeGroups, DeleteGroups.
#include "broker/api/authorized_operations.h"
#include "broker/api/groups_test.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ErrorCode;
using wire::Version;

constexpr std::int32_t kNoOperations = INT32_MIN;

class GroupAdminTest : public GroupsTest {
 protected:
  explicit GroupAdminTest(std::string_view profile_name = "4.4", int nodes = 1,
                          std::string_view partitions = "1")
      : GroupsTest(profile_name, nodes, partitions) {
    create("t");
  }

  static wire::ListGroupsRequest filter(const std::vector<std::string>& states,
                                        const std::vector<std::string>& types = {}) {
    wire::ListGroupsRequest request;
    request.states_filter = states;
    request.types_filter = types;
    return request;
  }
  auto described(Version version, const std::string& id, bool with_operations = false) {
    wire::DescribeGroupsRequest request;
    request.groups = {id};
    request.include_authorized_operations = with_operations;
    return call(describe_groups, version, request).groups.at(0);
  }
  Written deleted(const std::vector<std::string>& ids, Version version = 2) {
    wire::DeleteGroupsRequest request;
    request.groups_names = ids;
    Written lines;
    for (const auto& result : call(delete_groups, version, request).results) {
      EXPECT_EQ(result.error_message, std::nullopt);
      lines.push_back(result.group_id + ": " + std::string(wire::name_of(result.error_code)));
    }
    return lines;
  }
};

// ListGroups.

TEST_F(GroupAdminTest, EveryVersionListsWhatItCanSay) {
  put_group("c").its_type = GroupType::kConsumer;
  for (Version version = 0; version <= 5; ++version) {
    const auto response = call(list_groups, version, wire::ListGroupsRequest{});
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    ASSERT_EQ(response.groups.size(), 1u) << version;
    const auto& group = response.groups[0];
    EXPECT_EQ(group.group_id, "c");
    EXPECT_EQ(group.protocol_type, "consumer");
    EXPECT_EQ(group.group_state, version < 4 ? "" : "Stable");
    EXPECT_EQ(group.group_type, version < 5 ? "" : "consumer");
  }
}

TEST_F(GroupAdminTest, S84_FiltersOfListGroups) {
  put_group("empty").its_state = "Empty";
  ScriptedGroup& stable = put_group("stable");
  stable.its_type = GroupType::kConsumer;
  ScriptedGroup& preparing = put_group("preparing");
  preparing.its_state = "PreparingRebalance";
  ScriptedGroup& empty_consumer = put_group("empty-consumer");
  empty_consumer.its_state = "Empty";
  empty_consumer.its_type = GroupType::kConsumer;
  EXPECT_THAT(listed(5, filter({"STABLE"})), ElementsAre("stable"));
  EXPECT_THAT(listed(4, filter({"stable"})), ElementsAre("stable"));
  EXPECT_THAT(listed(4, filter({" \tpreparingREBALANCE "})), ElementsAre("preparing"));
  EXPECT_THAT(listed(4, filter({"Stable", "Empty"})),
              ElementsAre("empty", "empty-consumer", "stable"));
  for (const char* nothing : {"foo", "", "Unknown"}) {
    EXPECT_THAT(listed(5, filter({nothing})), IsEmpty()) << nothing;
    EXPECT_THAT(listed(5, filter({}, {nothing})), IsEmpty()) << nothing;
  }
  EXPECT_THAT(listed(5, filter({}, {"CONSUMER"})), ElementsAre("empty-consumer", "stable"));
  EXPECT_THAT(listed(5, filter({}, {"Classic"})), ElementsAre("empty", "preparing"));
  EXPECT_THAT(listed(5, filter({}, {" classic"})), IsEmpty());
  EXPECT_THAT(listed(5, filter({"Empty"}, {"consumer"})), ElementsAre("empty-consumer"));
  EXPECT_THAT(listed(5, filter({}, {"share", "streams"})), IsEmpty());
}

TEST_F(GroupAdminTest, WhileLoadingIsHeldListGroupsSaysSo) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  groups.runtime().hold_loading(true);
  reload();
  const auto response = call(list_groups, Version{5}, wire::ListGroupsRequest{});
  EXPECT_EQ(response.error_code, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_THAT(response.groups, IsEmpty());
}

TEST_F(GroupAdminTest, AnIdThatLeavesNoRoomForASentenceIsDescribedAllTheSame) {
  wire::DescribeGroupsRequest request;
  request.groups = {std::string(32'767, 'g')};
  const auto response = call(describe_groups, Version{6}, request);
  EXPECT_EQ(response.groups.at(0).error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(response.groups.at(0).group_id.size(), 32'767u);
}

class GroupsOfThreeNodesTest : public GroupAdminTest {
 protected:
  GroupsOfThreeNodesTest() : GroupAdminTest("4.4", 3, "6") {}
};

TEST_F(GroupsOfThreeNodesTest, ANodeListsAndChangesOnlyTheGroupsThatItCoordinates) {
  constexpr int kGroups = 30;
  std::vector<std::string> all;
  for (int i = 0; i < kGroups; ++i) {
    const std::string id = "group-" + std::to_string(i);
    for (NodeId node = 1; node <= 3; ++node) {
      const auto response = commit(8, commit_of(id, {{"t", 0, 7}}), node);
      const Node* const coordinator =
          broker::find_coordinator(cluster, node, InternalTopic::kOffsets, id);
      EXPECT_EQ(response.topics.at(0).partitions.at(0).error_code,
                coordinator->id == node ? ErrorCode::kNone : ErrorCode::kNotCoordinator);
    }
    all.push_back(id);
  }
  std::vector<std::string> found;
  for (NodeId node = 1; node <= 3; ++node) {
    for (const std::string& id : listed(5, {}, node)) {
      EXPECT_EQ(broker::find_coordinator(cluster, node, InternalTopic::kOffsets, id)->id, node);
      found.push_back(id);
    }
  }
  std::ranges::sort(all);
  std::ranges::sort(found);
  EXPECT_EQ(found, all);
}

// DescribeGroups.

TEST_F(GroupAdminTest, AStableGroupIsShownWithAllThatItsMembersSaid) {
  ScriptedGroup& group = put_group();
  group.its_view.protocol = "range";
  group.its_view.members.push_back({.member_id = "m",
                                    .instance_id = "i",
                                    .client_id = "c",
                                    .client_host = "/1.2.3.4",
                                    .metadata = wire::Slice::copy_of("metadata"),
                                    .assignment = wire::Slice::copy_of("assignment")});
  for (Version version = 0; version <= 6; ++version) {
    const auto one = described(version, "g");
    EXPECT_EQ(one.error_code, ErrorCode::kNone);
    EXPECT_EQ(one.error_message, std::nullopt);
    EXPECT_EQ(one.group_state, "Stable");
    EXPECT_EQ(one.protocol_type, "consumer");
    EXPECT_EQ(one.protocol_data, "range");
    EXPECT_EQ(one.authorized_operations, kNoOperations);
    ASSERT_EQ(one.members.size(), 1u);
    EXPECT_EQ(one.members[0].member_id, "m");
    EXPECT_EQ(one.members[0].group_instance_id,
              version < 4 ? std::nullopt : std::optional<std::string>("i"));
    EXPECT_EQ(one.members[0].client_id, "c");
    EXPECT_EQ(one.members[0].client_host, "/1.2.3.4");
    EXPECT_EQ(one.members[0].member_metadata.view(), "metadata");
    EXPECT_EQ(one.members[0].member_assignment.view(), "assignment");
  }
}

TEST_F(GroupAdminTest, InAnyOtherStateWhatWasSaidBelongsToNoProtocol) {
  ScriptedGroup& group = put_group();
  group.its_state = "PreparingRebalance";
  group.its_view.protocol = "range";
  group.its_view.members.push_back({.member_id = "m",
                                    .metadata = wire::Slice::copy_of("metadata"),
                                    .assignment = wire::Slice::copy_of("assignment")});
  const auto one = described(5, "g");
  EXPECT_EQ(one.group_state, "PreparingRebalance");
  EXPECT_EQ(one.protocol_data, "");
  EXPECT_EQ(one.members.at(0).member_metadata.view(), "");
  EXPECT_EQ(one.members.at(0).member_assignment.view(), "assignment");
}

TEST_F(GroupAdminTest, S27_AMissingGroupIsDead) {
  for (Version version = 0; version <= 5; ++version) {
    const auto one = described(version, "g");
    EXPECT_EQ(one.error_code, ErrorCode::kNone);
    EXPECT_EQ(one.group_id, "g");
    EXPECT_EQ(one.group_state, "Dead");
  }
  const auto one = described(6, "g");
  EXPECT_EQ(one.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(one.error_message, "Group g not found.");
  EXPECT_EQ(one.group_state, "Dead");
}

TEST_F(GroupAdminTest, AGroupThatIsNotClassicIsDeadToo) {
  put_group().its_type = GroupType::kConsumer;
  EXPECT_EQ(described(5, "g").error_code, ErrorCode::kNone);
  EXPECT_EQ(described(5, "g").group_state, "Dead");
  EXPECT_EQ(described(6, "g").error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(described(6, "g").error_message, "Group g is not a classic group.");
}

TEST_F(GroupAdminTest, OperationsAreShownOnRequestUnlessThereIsAnError) {
  put_group();
  EXPECT_EQ(described(3, "g", true).authorized_operations, 3400);
  EXPECT_EQ(described(5, "missing", true).authorized_operations, 3400);
  EXPECT_EQ(described(6, "missing", true).authorized_operations, kNoOperations);
}

TEST_F(GroupAdminTest, AnIdThatIsNamedTwiceIsDescribedTwice) {
  wire::DescribeGroupsRequest request;
  request.groups = {"g", "h", "g"};
  const auto groups_of = call(describe_groups, Version{5}, request).groups;
  ASSERT_EQ(groups_of.size(), 3u);
  EXPECT_EQ(groups_of[2].group_id, "g");
  EXPECT_THAT(call(describe_groups, Version{5}, wire::DescribeGroupsRequest{}).groups, IsEmpty());
}

TEST_F(GroupAdminTest, WhoDoesNotLeadDescribesAndDeletesNothing) {
  news.during([&] { cluster.elect(offsets_partition(), -1, Partition::Tail::kKeep); });
  EXPECT_EQ(described(5, "g").error_code, ErrorCode::kNotCoordinator);
  EXPECT_THAT(deleted({"g"}), ElementsAre("g: NOT_COORDINATOR"));
  EXPECT_THAT(listed(), IsEmpty());
}

class GroupAdminOf36Test : public GroupAdminTest {
 protected:
  GroupAdminOf36Test() : GroupAdminTest("3.6") {}
};

TEST_F(GroupAdminOf36Test, GroupsHaveNoConfigurations) {
  put_group();
  EXPECT_EQ(described(5, "g", true).authorized_operations, kGroupOperationsWithoutConfigs);
  EXPECT_EQ(kGroupOperationsWithoutConfigs, 328);
}

// DeleteGroups.

TEST_F(GroupAdminTest, S86_DeletionOfEachKindOfGroup) {
  put_group("live-consumer").delete_error = ErrorCode::kNonEmptyGroup;
  put_group("live-classic").delete_error = ErrorCode::kNonEmptyGroup;
  commit(8, commit_of("simple", {{"t", 1, 7}, {"t", 0, 7}}));
  put_group("empty");
  EXPECT_THAT(
      deleted({"live-consumer", "live-classic", "simple", "empty", "missing", "", "empty"}),
      ElementsAre("live-consumer: NON_EMPTY_GROUP", "live-classic: NON_EMPTY_GROUP", "simple: NONE",
                  "empty: NONE", "missing: GROUP_ID_NOT_FOUND", ": GROUP_ID_NOT_FOUND"));
  EXPECT_THAT(written(2), ElementsAre("1T simple t-0", "1T simple t-1", "2T simple", "2T empty"));
  EXPECT_EQ(fetched("simple", "t", 0), -1);
}

TEST_F(GroupAdminTest, EveryVersionDeletes) {
  for (Version version = 0; version <= 3; ++version) {
    put_group();
    EXPECT_THAT(deleted({"g"}, version), ElementsAre("g: NONE"));
  }
  EXPECT_THAT(deleted({}), IsEmpty());
}

TEST_F(GroupAdminTest, WhatTransactionsHavePendingGoesWithTheGroup) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  replay_in_transaction(1000, "g", "t", 1, 9);
  EXPECT_THAT(deleted({"g"}), ElementsAre("g: NONE"));
  EXPECT_THAT(written(3), ElementsAre("1T g t-0", "1T g t-1", "2T g"));
  EXPECT_TRUE(shard().offsets().pending().empty());
}

TEST_F(GroupAdminTest, S93_TheSecondStory) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  commit(8, commit_of("g", {{"t", 1, 7}}));
  auto expiring = commit_of("g", {{"t", 2, 7}});
  expiring.retention_time_ms = 100'000;
  commit(2, expiring);
  wire::OffsetDeleteRequest request;
  request.group_id = "g";
  request.topics.emplace_back().name = "t";
  request.topics[0].partitions.push_back({.partition_index = 0});
  call(offset_delete, Version{0}, request);
  deleted({"g"});
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0", "1 v4 g t-1", "1 v1 g t-2", "1T g t-0",
                                     "1T g t-1", "1T g t-2", "2T g"));
}

}  // namespace
}  // namespace understudy::broker
