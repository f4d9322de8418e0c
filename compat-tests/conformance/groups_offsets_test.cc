// Offsets of groups: OffsetCommit, OffsetFetch, OffsetDelete. Scenarios 19 to 25, 73, 87 and 88 of
// section 15 of the group specification.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/consumer_member.h"
#include "conformance/matchers.h"

namespace understudy::conformance {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using wire::ApiKey;

constexpr Version kLastWithNames = 9;

wire::offset_commit_request::OffsetCommitRequestTopic part_of(const std::string& topic,
                                                              std::int32_t partition) {
  return {.name = topic, .partitions = {{.partition_index = partition, .committed_offset = 7}}};
}

void expect_nothing_stored(const FetchedOffset& offset) {
  EXPECT_EQ(offset.error_code, ErrorCode::kNone);
  EXPECT_EQ(offset.committed_offset, kNoOffset);
  EXPECT_EQ(offset.committed_leader_epoch, -1);
  EXPECT_EQ(offset.metadata, "");
}

TEST(Groups, S19_AnybodyMayCommitToAGroupWithoutMembers) {
  TestTopic topic({.partitions = 2});
  for (Version version = 2; version <= newest(ApiKey::kOffsetCommit); ++version) {
    SCOPED_TRACE("OffsetCommit version " + std::to_string(version));
    TestGroup group;
    const Commit commit{
        .partition = 1, .offset = 40 + version, .metadata = "note", .leader_epoch = 3};
    EXPECT_EQ(group.commit(topic, commit, {.version = version}), ErrorCode::kNone);
    const auto row = group.listed();
    ASSERT_TRUE(row);
    EXPECT_EQ(row->protocol_type, "");
    EXPECT_EQ(row->group_state, "Empty");
    EXPECT_EQ(row->group_type, "classic");
    const FetchedOffset fetched = group.fetched(topic, 1);
    EXPECT_EQ(fetched.error_code, ErrorCode::kNone);
    EXPECT_EQ(fetched.committed_offset, 40 + version);
    EXPECT_EQ(fetched.metadata, "note");
    EXPECT_EQ(fetched.committed_leader_epoch, version >= 6 ? 3 : -1);
  }
}

TEST(Groups, S19_OffsetsAreReturnedInEveryVersion) {
  TestTopic topic({.partitions = 2});
  TestGroup group;
  EXPECT_EQ(group.commit(topic, {.offset = 5, .metadata = "note"}), ErrorCode::kNone);
  for (Version version = 1; version <= newest(ApiKey::kOffsetFetch); ++version) {
    SCOPED_TRACE("OffsetFetch version " + std::to_string(version));
    EXPECT_EQ(group.fetched(topic, 0, version).committed_offset, 5);
    EXPECT_EQ(group.fetched(topic, 0, version).metadata, "note");
    expect_nothing_stored(group.fetched(topic, 1, version));
  }
}

TEST(Groups, S19_AnyOffsetIsStoredAsItIs) {
  TestTopic topic;
  TestGroup group;
  for (const std::int64_t offset : {std::int64_t{-5}, std::int64_t{1} << 40}) {
    EXPECT_EQ(group.commit(topic, {.offset = offset, .metadata = std::nullopt}), ErrorCode::kNone);
    EXPECT_EQ(group.offset(topic), offset);
    EXPECT_EQ(group.fetched(topic).metadata, "");
  }
  EXPECT_EQ(group.commit(topic, {.offset = 1}, {.member_id = "whoever"}), ErrorCode::kNone);
  EXPECT_EQ(group.offset(topic), 1);
}

TEST(Groups, S20_OnlyMembersCommitToAGroupThatHasSome) {
  TestTopic topic;
  TestGroup group;
  ClassicMember member(group);
  form({&member});
  EXPECT_EQ(group.commit(topic, {.offset = 1}), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.commit(topic, {.offset = 1}, {.generation_or_epoch = 1, .member_id = "x"}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.commit(topic, {.offset = 1},
                         {.generation_or_epoch = 1, .member_id = member.id, .instance_id = "I1"}),
            ErrorCode::kUnknownMemberId);
  EXPECT_EQ(group.commit(topic, {.offset = 1}, {.generation_or_epoch = 0, .member_id = member.id}),
            ErrorCode::kIllegalGeneration);
  EXPECT_EQ(member.commit(topic, {.offset = 1}), ErrorCode::kNone);

  ClassicMember other(group);
  other.send_enter();
  EXPECT_TRUE(group.awaits_state("PreparingRebalance"));
  EXPECT_EQ(member.commit(topic, {.offset = 2}), ErrorCode::kNone);
  EXPECT_EQ(member.join().generation_id, 2);
  EXPECT_EQ(other.await_joined().generation_id, 2);
  EXPECT_EQ(member.commit(topic, {.offset = 3}), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(group.offset(topic), 2);
}

TEST(Groups, S20_AReplacedStaticMemberIsFenced) {
  TestTopic topic;
  TestGroup group;
  ClassicMember before(group);
  before.instance_id = "I1";
  form({&before});
  ClassicMember after(group);
  after.instance_id = "I1";
  EXPECT_EQ(after.join().error_code, ErrorCode::kNone);
  EXPECT_EQ(before.commit(topic, {.offset = 1}), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(after.commit(topic, {.offset = 1}), ErrorCode::kNone);
}

TEST(Groups, S21_AMemberOfAMissingGroup) {
  TestTopic topic;
  TestGroup group;
  const Committer member{.generation_or_epoch = 5, .member_id = "m", .version = 8};
  EXPECT_EQ(group.commit(topic, {.offset = 1}, member), ErrorCode::kIllegalGeneration);
  Committer newer = member;
  newer.version = 9;
  EXPECT_EQ(group.commit(topic, {.offset = 1}, newer), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(group.listed(), std::nullopt);
}

TEST(Groups, S22_APartitionThatIsNotThereIsRefusedAlone) {
  TestTopic topic;
  TestGroup group;
  const auto answer = group.client().ask(
      wire::OffsetCommitRequest{.group_id = group.id(),
                                .topics = {part_of(unique_name("missing"), 0),
                                           part_of(topic.name(), 0), part_of(topic.name(), 9)}},
      kLastWithNames);
  std::map<std::pair<std::string, std::int32_t>, ErrorCode> errors;
  for (const auto& one : answer.topics) {
    for (const auto& partition : one.partitions) {
      errors[{one.name == topic.name() ? "there" : "missing", partition.partition_index}] =
          partition.error_code;
    }
  }
  EXPECT_EQ((errors[{"missing", 0}]), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ((errors[{"there", 0}]), ErrorCode::kNone);
  EXPECT_EQ((errors[{"there", 9}]), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(group.offset(topic), 7);
}

TEST(Groups, S22_ATopicIdThatIsNotThereIsRefusedAlone) {
  TestTopic topic;
  TestGroup group;
  wire::Uuid unknown;
  unknown.bytes[15] = 77;
  auto good = part_of("", 0);
  good.topic_id = topic.id();
  auto bad = part_of("", 0);
  bad.topic_id = unknown;
  const auto answer =
      group.client().ask(wire::OffsetCommitRequest{.group_id = group.id(), .topics = {bad, good}},
                         kFirstCommitWithTopicIds);
  std::map<wire::Uuid, ErrorCode> errors;
  for (const auto& one : answer.topics) errors[one.topic_id] = one.partitions.at(0).error_code;
  EXPECT_EQ(errors.at(unknown), ErrorCode::kUnknownTopicId);
  EXPECT_EQ(errors.at(topic.id()), ErrorCode::kNone);

  const auto fetched = group.client().ask(
      wire::OffsetFetchRequest{
          .groups = {{.group_id = group.id(),
                      .topics = {{{.topic_id = unknown, .partition_indexes = {0}}}}}}},
      10);
  const auto& found = fetched.groups.at(0).topics.at(0);
  EXPECT_EQ(found.topic_id, unknown);
  EXPECT_EQ(found.partitions.at(0).error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(found.partitions.at(0).committed_offset, kNoOffset);
}

TEST(Groups, S22_MetadataHasALimit) {
  TestTopic topic({.partitions = 3});
  TestGroup group;
  EXPECT_THAT(
      group.commit_all(topic, {{.partition = 0, .offset = 1, .metadata = std::string(4096, 'm')},
                               {.partition = 1, .offset = 1, .metadata = std::string(4097, 'm')},
                               {.partition = 2, .offset = 1}}),
      ElementsAre(ErrorCode::kNone, ErrorCode::kOffsetMetadataTooLarge, ErrorCode::kNone));
  EXPECT_EQ(group.offset(topic, 1), kNoOffset);
  EXPECT_EQ(group.fetched(topic, 0).metadata, std::string(4096, 'm'));
}

TEST(Groups, S23_AMissingGroupHasNoOffsets) {
  TestTopic topic;
  TestGroup group;
  for (Version version = 1; version <= newest(ApiKey::kOffsetFetch); ++version) {
    SCOPED_TRACE("OffsetFetch version " + std::to_string(version));
    expect_nothing_stored(group.fetched(topic, 0, version));
  }
  const auto all = group.client().ask(
      wire::OffsetFetchRequest{.group_id = group.id(), .topics = std::nullopt}, 7);
  EXPECT_EQ(all.error_code, ErrorCode::kNone);
  EXPECT_THAT(all.topics, IsEmpty());
  EXPECT_THAT(group.offsets(), IsEmpty());
  EXPECT_EQ(group.listed(), std::nullopt);
}

TEST(Groups, S23_SeveralGroupsInOneRequest) {
  TestTopic topic;
  TestGroup group;
  TestGroup missing;
  EXPECT_EQ(group.commit(topic, {.offset = 3}), ErrorCode::kNone);
  const auto answer = group.client().ask(
      wire::OffsetFetchRequest{.groups = {{.group_id = missing.id(), .topics = std::nullopt},
                                          {.group_id = group.id(), .topics = std::nullopt}}},
      8);
  std::map<std::string, std::size_t> topics;
  for (const auto& one : answer.groups) {
    EXPECT_EQ(one.error_code, ErrorCode::kNone);
    topics[one.group_id] = one.topics.size();
  }
  EXPECT_THAT(topics, testing::UnorderedElementsAre(testing::Pair(group.id(), 1u),
                                                    testing::Pair(missing.id(), 0u)));
}

TEST(Groups, S23_ATopicThatIsNotThereHasNoOffsets) {
  TestGroup group;
  const std::string name = unique_name("missing");
  const auto answer = group.client().ask(
      wire::OffsetFetchRequest{
          .groups = {{.group_id = group.id(),
                      .topics = {{{.name = name, .partition_indexes = {0, 5}}}}}}},
      kLastWithNames);
  const auto& found = answer.groups.at(0).topics.at(0);
  EXPECT_EQ(found.name, name);
  ASSERT_THAT(found.partitions, SizeIs(2));
  for (const FetchedOffset& offset : found.partitions) expect_nothing_stored(offset);
}

TEST(Groups, S24_ATopicThatWasCreatedAgainHasNoOffsets) {
  TestTopic topic;
  TestTopic other;
  TestGroup group;
  EXPECT_EQ(group.commit(topic, {.offset = 3}), ErrorCode::kNone);
  EXPECT_EQ(group.commit(other, {.offset = 4}), ErrorCode::kNone);
  topic.create_again();
  EXPECT_EQ(group.fetched(topic, 0, kLastWithNames).committed_offset, kNoOffset);
  EXPECT_EQ(group.offset(topic), kNoOffset);
  EXPECT_TRUE(eventually([&] { return group.offsets().size() == 1; }));
  EXPECT_EQ(group.offset(other), 4);
}

TEST(Groups, S25_OffsetsOfASubscribedTopicAreKept) {
  TestTopic mine;
  TestTopic other;
  TestGroup group;
  EXPECT_EQ(group.delete_offset(mine.name()), ErrorCode::kGroupIdNotFound);
  ClassicMember member(group);
  member.subscribe({.topics = {mine.name()}});
  rebalance({&member});
  EXPECT_EQ(group.delete_offset(mine.name()), ErrorCode::kGroupSubscribedToTopic)
      << "while it is CompletingRebalance";
  settle({&member});
  EXPECT_EQ(member.commit(mine, {.offset = 3}), ErrorCode::kNone);
  EXPECT_EQ(member.commit(other, {.offset = 4}), ErrorCode::kNone);
  EXPECT_EQ(group.delete_offset(mine.name()), ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(group.delete_offset(other.name()), ErrorCode::kNone);
  EXPECT_EQ(group.offset(mine), 3);
  EXPECT_EQ(group.offset(other), kNoOffset);
  EXPECT_EQ(member.leave(), ErrorCode::kNone);
  EXPECT_EQ(group.delete_offset(mine.name()), ErrorCode::kNone);
  EXPECT_EQ(group.offset(mine), kNoOffset);
}

TEST(Groups, S73_WhoFetchesOffsetsOfAConsumerGroup) {
  ConsumedTopic topic;
  TestGroup group;
  ConsumerMember member(group);
  member.join({topic.name()});
  EXPECT_EQ(member.commit(topic, {.offset = 3}), ErrorCode::kNone);
  const auto fetch = [&](const std::string& id, std::optional<std::string> member_id,
                         std::int32_t epoch) {
    return group.client()
        .ask(
            wire::OffsetFetchRequest{
                .groups = {{.group_id = id,
                            .member_id = std::move(member_id),
                            .member_epoch = epoch,
                            .topics = {{{.name = topic.name(), .partition_indexes = {0}}}}}}},
            kLastWithNames)
        .groups.at(0);
  };
  const auto error_of = [&](std::optional<std::string> member_id, std::int32_t epoch) {
    const FetchedGroup answer = fetch(group.id(), std::move(member_id), epoch);
    EXPECT_EQ(answer.topics.empty(), answer.error_code != ErrorCode::kNone);
    return answer.error_code;
  };
  EXPECT_EQ(error_of(std::nullopt, -1), ErrorCode::kNone);
  EXPECT_EQ(error_of(member.id, member.epoch), ErrorCode::kNone);
  EXPECT_EQ(error_of(member.id, member.epoch + 1), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(error_of(member.id, member.epoch - 1), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(error_of(std::nullopt, 5), ErrorCode::kUnknownServerError);
  EXPECT_EQ(error_of("", 5), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(error_of("x", 2), ErrorCode::kUnknownMemberId);
  const FetchedGroup missing = fetch(unique_name("missing"), "x", 5);
  EXPECT_EQ(missing.error_code, ErrorCode::kNone);
  expect_nothing_stored(missing.topics.at(0).partitions.at(0));
}

TEST(Groups, S87_WhichOffsetsMayBeDeleted) {
  ConsumedTopic mine;
  ConsumedTopic other;
  TestGroup group;
  ConsumerMember member(group);
  member.join({mine.name()});
  EXPECT_EQ(member.commit(mine, {.offset = 1}), ErrorCode::kNone);
  EXPECT_EQ(member.commit(other, {.offset = 2}), ErrorCode::kNone);
  EXPECT_EQ(group.delete_offset(mine.name()), ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(group.delete_offset(other.name()), ErrorCode::kNone);
  EXPECT_EQ(group.delete_offset(other.name()), ErrorCode::kNone) << "though nothing is left";
  EXPECT_EQ(group.delete_offset(other.name(), 7), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(group.delete_offset(unique_name("missing")), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(group.offsets().size(), 1u);
  const auto nothing =
      group.client().ask(wire::OffsetDeleteRequest{.group_id = group.id(), .topics = {}}, 0);
  EXPECT_EQ(nothing.error_code, ErrorCode::kNone);
  EXPECT_THAT(nothing.topics, IsEmpty());
}

TEST(Groups, S87_OffsetsOfALiveGroupOfAnotherTypeAreKept) {
  TestTopic topic;
  TestGroup group;
  ClassicMember worker(group);
  worker.protocol_type = "connect";
  form({&worker});
  const auto answer = group.delete_offsets(topic.name(), {0});
  EXPECT_EQ(answer.error_code, ErrorCode::kNonEmptyGroup);
  EXPECT_THAT(answer.topics, IsEmpty());
  TestGroup nameless("");
  EXPECT_EQ(nameless.delete_offset(topic.name()), ErrorCode::kInvalidGroupId);
}

TEST(Groups, S88_TheEmptyNameIsAGroupLikeAnyOther) {
  TestTopic topic;
  TestGroup group("");
  EXPECT_EQ(group.commit(topic, {.offset = 3}), ErrorCode::kNone);
  EXPECT_EQ(group.offset(topic), 3);
  const auto row = group.listed();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->group_state, "Empty");
  EXPECT_EQ(group.described().error_code, ErrorCode::kNone);
  EXPECT_EQ(group.state(), "Empty");
  EXPECT_EQ(group.remove(), ErrorCode::kNone);
  EXPECT_EQ(group.listed(), std::nullopt);
}

}  // namespace
}  // namespace understudy::conformance
