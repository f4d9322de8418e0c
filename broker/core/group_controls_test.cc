// Groups as tests and operators see them and change them, and faults that are meant for one of
// them.
#include <gmock/gmock.h>

#include "broker/core/test_broker.h"
#include "broker/group/group_offsets.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/group_coordinator_records.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_fetch.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using wire::ErrorCode;

class GroupControlsTest : public BrokerTest {
 protected:
  GroupControlsTest() : BrokerTest(1, "4.4", {{"offsets.topic.replication.factor", "1"}}) {
    create_topic("t", 3);
    find_coordinator("g");
  }

  Controls& controls() { return broker->controls(); }
  void find_coordinator(const std::string& group) {
    wire::FindCoordinatorRequest request;
    request.coordinator_keys = {group};
    ask<wire::FindCoordinatorResponse>(request, 4);
  }
  static wire::OffsetCommitRequest commit_of(const std::string& group, std::int32_t partition,
                                             std::int64_t offset) {
    wire::OffsetCommitRequest request;
    request.group_id = group;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.push_back(
        {.partition_index = partition, .committed_offset = offset, .committed_metadata = "note"});
    return request;
  }
  ErrorCode commit(const std::string& group, std::int32_t partition, std::int64_t offset) {
    return ask<wire::OffsetCommitResponse>(commit_of(group, partition, offset), 8)
        .topics.at(0)
        .partitions.at(0)
        .error_code;
  }
  GroupDetailsView details(const std::string& group) {
    return std::get<GroupDetailsView>(controls().group(group));
  }
  ErrorCode error_of(const std::string& group) {
    const auto found = controls().group(group);
    const auto* error = std::get_if<ApiError>(&found);
    return error == nullptr ? ErrorCode::kNone : error->code;
  }
  GroupShard& shard(const std::string& group) {
    return **BrokerInside(*broker).life().groups.find(1, group);
  }
};

TEST_F(GroupControlsTest, ShowsGroupsInTheOrderOfTheirIds) {
  EXPECT_THAT(controls().groups(), IsEmpty());
  for (const char* group : {"b", "c", "a"}) commit(group, 0, 7);
  std::vector<std::string> ids;
  for (const GroupSummaryView& group : controls().groups()) {
    ids.push_back(group.id);
    EXPECT_EQ(group.type, "classic");
    EXPECT_EQ(group.state, "Empty");
    EXPECT_EQ(group.protocol_type, "");
    EXPECT_EQ(group.coordinator, 1);
  }
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
}

TEST_F(GroupControlsTest, ShowsOffsetsWithWhatIsStillToRead) {
  produce("t", 1, {.records = 10});
  commit("g", 1, 4);
  commit("g", 2, 9);
  const GroupDetailsView view = details("g");
  ASSERT_THAT(view.offsets, SizeIs(2));
  EXPECT_EQ(view.offsets[0].topic, "t");
  EXPECT_EQ(view.offsets[0].partition, 1);
  EXPECT_EQ(view.offsets[0].offset, 4);
  EXPECT_EQ(view.offsets[0].metadata, "note");
  EXPECT_EQ(view.offsets[0].commit_ms, clock.wall_ms());
  EXPECT_EQ(view.offsets[0].lag, 6);
  EXPECT_EQ(view.offsets[1].lag, 0) << "an offset beyond the end";
  EXPECT_THAT(view.pending_offsets, IsEmpty());
  EXPECT_THAT(view.group.members, IsEmpty());
}

TEST_F(GroupControlsTest, ShowsWhatTransactionsHavePending) {
  commit("g", 0, 4);
  GroupShard& of_g = shard("g");
  of_g.offsets().replay(of_g.offsets().record_of_commit("g", "t", 0, {.offset = 8}),
                        {.id = 1000, .epoch = 0});
  const GroupDetailsView view = details("g");
  ASSERT_THAT(view.pending_offsets, SizeIs(1));
  EXPECT_EQ(view.pending_offsets[0].producer_id, 1000);
  EXPECT_EQ(view.pending_offsets[0].offset, 8);
  EXPECT_EQ(view.offsets.at(0).offset, 4);
}

TEST_F(GroupControlsTest, SaysWhyAGroupCannotBeShown) {
  EXPECT_EQ(error_of("g"), ErrorCode::kGroupIdNotFound);
  const auto found = controls().group("g");
  EXPECT_THAT(*std::get<ApiError>(found).message, HasSubstr("no group 'g'"));
  controls().delete_topic("__consumer_offsets");
  EXPECT_EQ(error_of("g"), ErrorCode::kNotCoordinator);
}

TEST_F(GroupControlsTest, SetsOffsetsOfAnyGroup) {
  EXPECT_FALSE(controls()
                   .set_offsets("g", {{.partition = {"t", 0}, .offset = 3},
                                      {.partition = {"t", 1}, .offset = 5}})
                   .failed());
  EXPECT_THAT(controls().groups(), SizeIs(1));
  EXPECT_FALSE(controls().set_offsets("g", {{.partition = {"t", 0}, .offset = {}}}).failed());
  const auto offsets = details("g").offsets;
  ASSERT_THAT(offsets, SizeIs(1));
  EXPECT_EQ(offsets[0].partition, 1);
  EXPECT_EQ(offsets[0].offset, 5);
}

TEST_F(GroupControlsTest, OffsetsAreSetTogetherOrNotAtAll) {
  EXPECT_EQ(controls()
                .set_offsets("g", {{.partition = {"t", 0}, .offset = 3},
                                   {.partition = {"missing", 0}, .offset = 3}})
                .code,
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(controls().set_offsets("g", {{.partition = {"t", 9}, .offset = 3}}).code,
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(controls().set_offsets("g", {{.partition = {"t", 0}, .offset = -3}}).code,
            ErrorCode::kInvalidRequest);
  EXPECT_THAT(controls().groups(), IsEmpty());
}

// Faults.

TEST_F(GroupControlsTest, AFaultMayBeMeantForOneGroup) {
  const auto rule = inject({.seam = Seam::kResponse,
                            .match = {.api = wire::ApiKey::kOffsetCommit, .group = "g"},
                            .trigger = Trigger::every_time(),
                            .action = Action::error_code(ErrorCode::kNotCoordinator)});
  EXPECT_EQ(commit("h", 0, 1), ErrorCode::kNone);
  EXPECT_EQ(commit("g", 0, 1), ErrorCode::kNotCoordinator);
  EXPECT_EQ(controls().hits(rule), 1u);
}

TEST_F(GroupControlsTest, AFaultMayBeMeantForOneMemberBeforeItIsServed) {
  inject({.seam = Seam::kRequest,
          .match = {.member_id = "m", .instance_id = "i"},
          .trigger = Trigger::every_time(),
          .action = Action::delay(100)});
  auto request = commit_of("g", 0, 1);
  request.member_id = "m";
  deliver(request, 8);
  EXPECT_TRUE(has_answer()) << "another instance";
  take<wire::OffsetCommitResponse>(8);
  request.group_instance_id = "i";
  deliver(request, 8);
  EXPECT_FALSE(has_answer());
  clock.advance(100);
  broker->advance();
  EXPECT_TRUE(has_answer());
}

}  // namespace
}  // namespace understudy::broker
