#include "broker/api/groups_test.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ErrorCode;
using wire::Version;

class OffsetCommitTest : public GroupsTest {
 protected:
  OffsetCommitTest() { create("t"); }
};

TEST_F(OffsetCommitTest, S19_ACommitWithoutAMemberMakesASimpleGroup) {
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 7}})), ElementsAre("t-0: NONE"));
  const auto listed = call(list_groups, Version{5}, wire::ListGroupsRequest{}).groups;
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].group_id, "g");
  EXPECT_EQ(listed[0].protocol_type, "");
  EXPECT_EQ(listed[0].group_state, "Empty");
  EXPECT_EQ(listed[0].group_type, "classic");
  EXPECT_EQ(fetched("g", "t", 0), 7);
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0"));
}

TEST_F(OffsetCommitTest, EveryVersionCommits) {
  for (Version version = 2; version <= 10; ++version) {
    const auto response = commit(version, commit_of("g", {{"t", 1, version}}));
    ASSERT_EQ(response.topics.size(), 1u) << version;
    EXPECT_EQ(response.topics[0].name, version < 10 ? "t" : "");
    EXPECT_EQ(response.topics[0].topic_id,
              version < 10 ? wire::Uuid{} : cluster.find_topic("t")->id);
    EXPECT_EQ(response.topics[0].partitions.at(0).error_code, ErrorCode::kNone);
    EXPECT_EQ(fetched("g", "t", 1), version);
  }
}

TEST_F(OffsetCommitTest, S88_TheEmptyIdIsAGroupLikeAnyOther) {
  EXPECT_THAT(commit_lines(8, commit_of("", {{"t", 0, 7}})), ElementsAre("t-0: NONE"));
  EXPECT_EQ(fetched("", "t", 0), 7);
}

TEST_F(OffsetCommitTest, S21_AGenerationOfAGroupThatDoesNotExist) {
  auto request = commit_of("g", {{"t", 0, 7}});
  request.generation_id_or_member_epoch = 5;
  EXPECT_THAT(commit_lines(8, request), ElementsAre("t-0: ILLEGAL_GENERATION"));
  EXPECT_THAT(commit_lines(9, request), ElementsAre("t-0: GROUP_ID_NOT_FOUND"));
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(OffsetCommitTest, S22_AMissingTopicIsRefusedAloneAndFirst) {
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 7}, {"missing", 0, 1}, {"t", 1, 8}})),
              ElementsAre("missing-0: UNKNOWN_TOPIC_OR_PARTITION", "t-0: NONE", "t-1: NONE"));
  EXPECT_EQ(fetched("g", "t", 0), 7);
}

TEST_F(OffsetCommitTest, S22_APartitionThatTheTopicLacksIsRefusedBeforeItsOthers) {
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 7}, {"t", 9, 1}, {"t", -1, 1}})),
              ElementsAre("t-9: UNKNOWN_TOPIC_OR_PARTITION", "t--1: UNKNOWN_TOPIC_OR_PARTITION",
                          "t-0: NONE"));
}

TEST_F(OffsetCommitTest, S22_AnUnknownTopicIdIsRefusedAlone) {
  auto request = commit_of("g", {{"t", 0, 7}});
  request.topics.emplace_back().topic_id = {{1, 2, 3}};
  request.topics.back().partitions.push_back({.partition_index = 0, .committed_offset = 1});
  const auto response = commit(10, request);
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].topic_id, (wire::Uuid{{1, 2, 3}}));
  EXPECT_EQ(response.topics[0].partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(response.topics[1].topic_id, cluster.find_topic("t")->id);
  EXPECT_EQ(response.topics[1].partitions.at(0).error_code, ErrorCode::kNone);
}

TEST_F(OffsetCommitTest, WithoutAnyTopicThatExistsTheGroupIsNotTouched) {
  auto request = commit_of("g", {{"missing", 0, 1}});
  request.generation_id_or_member_epoch = 5;
  EXPECT_THAT(commit_lines(9, request), ElementsAre("missing-0: UNKNOWN_TOPIC_OR_PARTITION"));
  EXPECT_THAT(commit_lines(9, commit_of("g", {})), IsEmpty());
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(OffsetCommitTest, S22_MetadataMayHave4096Characters) {
  // Characters as Java counts them: two of these are one outside of the basic plane.
  std::string wide;
  for (int i = 0; i < 2048; ++i) wide += "\xf0\x9f\x98\x80";
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 1, std::string(4096, 'x')},
                                              {"t", 1, 1, std::string(4097, 'x')},
                                              {"t", 2, 1, wide},
                                              {"t", 3, 1, wide + "x"}})),
              ElementsAre("t-0: NONE", "t-1: OFFSET_METADATA_TOO_LARGE", "t-2: NONE",
                          "t-3: OFFSET_METADATA_TOO_LARGE"));
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0", "1 v4 g t-2"));
}

TEST_F(OffsetCommitTest, AGroupOfWhichNothingIsStoredIsThereAllTheSame) {
  commit(8, commit_of("g", {{"t", 0, 1, std::string(4097, 'x')}}));
  EXPECT_THAT(listed(), ElementsAre("g"));
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(OffsetCommitTest, NullMetadataIsStoredAsEmpty) {
  commit(8, commit_of("g", {{"t", 0, 1, std::nullopt}}));
  EXPECT_EQ(shard().offsets().committed().find("g", "t", 0)->metadata, "");
}

TEST_F(OffsetCommitTest, AnyOffsetIsStored) {
  commit(8, commit_of("g", {{"t", 0, -5}, {"t", 1, INT64_MAX}}));
  EXPECT_EQ(shard().offsets().committed().find("g", "t", 0)->offset, -5);
  EXPECT_EQ(shard().offsets().committed().find("g", "t", 1)->offset, INT64_MAX);
}

TEST_F(OffsetCommitTest, AllThatIsCommittedIsStored) {
  commit(8, commit_of("g", {{"t", 2, 17, "note", 3}}));
  EXPECT_EQ(*shard().offsets().committed().find("g", "t", 2),
            (CommittedOffset{.offset = 17,
                             .leader_epoch = 3,
                             .metadata = "note",
                             .commit_ms = clock.wall_ms(),
                             .topic_id = cluster.find_topic("t")->id}));
}

TEST_F(OffsetCommitTest, ARetentionTimeOfOldClientsIsStoredWithoutTheTopicsId) {
  auto request = commit_of("g", {{"t", 0, 7}});
  request.retention_time_ms = 1000;
  commit(4, request);
  EXPECT_EQ(*shard().offsets().committed().find("g", "t", 0),
            (CommittedOffset{
                .offset = 7, .commit_ms = clock.wall_ms(), .expire_ms = clock.wall_ms() + 1000}));
  EXPECT_THAT(written(), ElementsAre("1 v1 g t-0"));
}

TEST_F(OffsetCommitTest, ARetentionTimeWithoutEndGoesRoundAsJavasNumbersDo) {
  auto request = commit_of("g", {{"t", 0, 7}});
  request.retention_time_ms = INT64_MAX;
  commit(2, request);
  EXPECT_LT(shard().offsets().committed().find("g", "t", 0)->expire_ms, 0);
}

TEST_F(OffsetCommitTest, TheGroupSaysWhetherItsMemberMayCommit) {
  ScriptedGroup& group = put_group();
  auto request = commit_of("g", {{"t", 0, 7}, {"t", 1, 8}});
  request.member_id = "m";
  request.group_instance_id = "i";
  request.generation_id_or_member_epoch = 3;
  EXPECT_THAT(commit_lines(8, request), ElementsAre("t-0: NONE", "t-1: NONE"));
  EXPECT_EQ(
      group.committer,
      (ScriptedGroup::Client{
          .member = "m", .instance = "i", .generation = 3, .version = 8, .partition_count = 2}));
  EXPECT_EQ(group.commits, 1);
}

TEST_F(OffsetCommitTest, S20_WhatTheGroupRefusesIsRefusedForAllPartitions) {
  ScriptedGroup& group = put_group();
  for (const ErrorCode error : {ErrorCode::kUnknownMemberId, ErrorCode::kIllegalGeneration,
                                ErrorCode::kRebalanceInProgress, ErrorCode::kFencedInstanceId}) {
    group.commit_error = error;
    const std::string name(wire::name_of(error));
    EXPECT_THAT(
        commit_lines(8, commit_of("g", {{"t", 0, 7}, {"missing", 0, 1}, {"t", 1, 8}})),
        ElementsAre("missing-0: UNKNOWN_TOPIC_OR_PARTITION", "t-0: " + name, "t-1: " + name));
  }
  EXPECT_EQ(group.commits, 0);
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(OffsetCommitTest, S35_AMemberOfAConsumerGroupIsToldItsErrors) {
  ScriptedGroup& group = put_group();
  group.its_type = GroupType::kConsumer;
  for (const auto& [error, name] :
       {std::pair{ErrorCode::kStaleMemberEpoch, "t-0: STALE_MEMBER_EPOCH"},
        std::pair{ErrorCode::kUnsupportedVersion, "t-0: UNSUPPORTED_VERSION"}}) {
    group.commit_error = error;
    EXPECT_THAT(commit_lines(9, commit_of("g", {{"t", 0, 7}})), ElementsAre(name));
  }
}

TEST_F(OffsetCommitTest, ARefusalLeavesAnEventThatSaysWhy) {
  ScriptedGroup& group = put_group();
  group.commit_error = ErrorCode::kIllegalGeneration;
  auto request = commit_of("g", {{"t", 0, 7}});
  request.member_id = "m";
  request.generation_id_or_member_epoch = 3;
  commit(8, request);
  ASSERT_EQ(events.count(Event::Kind::kCommitRefused), 1u);
  const auto& event = std::get<GroupEvent>(events.stored().back().what);
  EXPECT_EQ(event.group, "g");
  EXPECT_EQ(event.member, "m");
  EXPECT_EQ(event.generation, 3);
  EXPECT_EQ(event.error, ErrorCode::kIllegalGeneration);
  EXPECT_EQ(event.reason, "the group is not in generation 3");
}

TEST_F(OffsetCommitTest, RefusedPartitionsLeaveEventsThatNameThem) {
  commit(8, commit_of("g", {{"missing", 0, 1},
                            {"missing", 1, 1},
                            {"t", 9, 1},
                            {"t", 0, 1, std::string(5000, 'x')}}));
  std::vector<std::string> reasons;
  for (const Event& event : events.stored()) {
    if (event.kind() == Event::Kind::kCommitRefused) {
      reasons.push_back(std::get<GroupEvent>(event.what).reason);
    }
  }
  EXPECT_THAT(reasons, ElementsAre("missing and 1 more: there is no such partition",
                                   "t-0: its metadata is longer than offset.metadata.max.bytes"))
      << "one for each error";
}

TEST_F(OffsetCommitTest, WhoDoesNotLeadDoesNotCommit) {
  news.during([&] { cluster.elect(offsets_partition(), -1, Partition::Tail::kKeep); });
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 7}})), ElementsAre("t-0: NOT_COORDINATOR"));
}

TEST_F(OffsetCommitTest, WhileLoadingIsHeldCommitsAreToldSo) {
  groups.runtime().hold_loading(true);
  reload();
  EXPECT_THAT(commit_lines(8, commit_of("g", {{"t", 0, 7}})),
              ElementsAre("t-0: COORDINATOR_LOAD_IN_PROGRESS"));
}

TEST_F(OffsetCommitTest, OffsetsAreThereAfterTheLogIsReadAgain) {
  commit(8, commit_of("g", {{"t", 2, 17, "note", 3}, {"t", 0, 4}}));
  auto request = commit_of("h", {{"t", 0, 7}});
  request.retention_time_ms = 1000;
  commit(2, request);
  const auto before = *shard().offsets().committed().find("g", "t", 2);
  const auto of_h = *shard().offsets().committed().find("h", "t", 0);
  clock.advance(50);
  reload();
  EXPECT_EQ(*shard().offsets().committed().find("g", "t", 2), before);
  EXPECT_EQ(*shard().offsets().committed().find("h", "t", 0), of_h);
  EXPECT_EQ(fetched("g", "t", 0), 4);
  EXPECT_THAT(listed(), ElementsAre("g", "h"));
}

class OffsetCommitOf36Test : public GroupsTest {
 protected:
  OffsetCommitOf36Test() : GroupsTest("3.6") { create("t"); }
};

TEST_F(OffsetCommitOf36Test, RecordsHaveNoTopicId) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  EXPECT_THAT(written(), ElementsAre("1 v3 g t-0"));
  EXPECT_TRUE(shard().offsets().committed().find("g", "t", 0)->topic_id.is_zero());
}

// A node that holds replication back.
class SlowReplicationTest : public GroupsTest {
 protected:
  SlowReplicationTest() : GroupsTest("4.4", 3) { create("t"); }

  template <class Message, class Response>
  void ask(void (*handler)(Context&, Message, Reply<Response>), Version version, Message message,
           KeepingSink<Response>& sink) {
    auto request = std::make_unique<Request>();
    request->node = 1;
    request->version = version;
    news.during(
        [&] { handler(context, std::move(message), Reply<Response>(sink, std::move(request))); });
  }
  wire::OffsetFetchRequest fetch_of(const std::string& group) {
    wire::OffsetFetchRequest request;
    request.group_id = group;
    request.topics->emplace_back().name = "t";
    request.topics->front().partition_indexes = {0};
    return request;
  }
};

TEST_F(SlowReplicationTest, ACommitIsAnsweredOnceItIsReplicatedAndNotReadBefore) {
  const NodeId leader = offsets_partition().leadership().leader;
  if (leader != 1) reload(1);
  offsets_partition().hold_replication();
  KeepingSink<wire::OffsetCommitResponse> commit_sink;
  ask(offset_commit, Version{8}, commit_of("g", {{"t", 0, 7}}), commit_sink);
  KeepingSink<wire::OffsetFetchResponse> fetch_sink;
  ask(offset_fetch, Version{7}, fetch_of("g"), fetch_sink);
  EXPECT_FALSE(commit_sink.kept);
  EXPECT_FALSE(fetch_sink.kept);
  news.during([&] { offsets_partition().release_replication(); });
  ASSERT_TRUE(commit_sink.kept);
  ASSERT_TRUE(fetch_sink.kept);
  EXPECT_EQ(fetch_sink.kept->topics.at(0).partitions.at(0).committed_offset, 7);
}

TEST_F(SlowReplicationTest, WhatIsNotReplicatedInTimeIsToBeAskedAgain) {
  if (offsets_partition().leadership().leader != 1) reload(1);
  offsets_partition().hold_replication();
  KeepingSink<wire::OffsetCommitResponse> commit_sink;
  ask(offset_commit, Version{8}, commit_of("g", {{"t", 0, 7}}), commit_sink);
  KeepingSink<wire::OffsetFetchResponse> fetch_sink;
  ask(offset_fetch, Version{7}, fetch_of("g"), fetch_sink);
  advance(5000);
  ASSERT_TRUE(commit_sink.kept);
  EXPECT_THAT(lines_of(*commit_sink.kept), ElementsAre("t-0: COORDINATOR_NOT_AVAILABLE"));
  ASSERT_TRUE(fetch_sink.kept);
  EXPECT_EQ(fetch_sink.kept->error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace understudy::broker
