#include "broker/api/groups_test.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ErrorCode;

class OffsetDeleteTest : public GroupsTest {
 protected:
  OffsetDeleteTest() {
    create("t");
    create("u");
  }

  wire::OffsetDeleteResponse remove_offsets(
      const std::string& group, const std::vector<std::pair<std::string, std::int32_t>>& which) {
    wire::OffsetDeleteRequest request;
    request.group_id = group;
    for (const auto& [topic, partition] : which) {
      if (request.topics.empty() || request.topics.back().name != topic) {
        request.topics.emplace_back().name = topic;
      }
      request.topics.back().partitions.push_back({.partition_index = partition});
    }
    return call(offset_delete, wire::Version{0}, request);
  }
  static Written lines_of(const wire::OffsetDeleteResponse& response) {
    Written lines;
    for (const auto& topic : response.topics) {
      for (const auto& partition : topic.partitions) {
        lines.push_back(topic.name + "-" + std::to_string(partition.partition_index) + ": " +
                        std::string(wire::name_of(partition.error_code)));
      }
    }
    return lines;
  }
};

TEST_F(OffsetDeleteTest, AnOffsetIsGoneAndTheOthersStay) {
  commit(8, commit_of("g", {{"t", 0, 7}, {"t", 1, 8}}));
  const auto response = remove_offsets("g", {{"t", 0}});
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_THAT(lines_of(response), ElementsAre("t-0: NONE"));
  EXPECT_EQ(fetched("g", "t", 0), -1);
  EXPECT_EQ(fetched("g", "t", 1), 8);
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0", "1 v4 g t-1", "1T g t-0"));
}

TEST_F(OffsetDeleteTest, AnOffsetThatIsNotThereIsNoErrorAndWritesNothing) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  EXPECT_THAT(lines_of(remove_offsets("g", {{"t", 1}, {"u", 0}})),
              ElementsAre("t-1: NONE", "u-0: NONE"));
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0"));
}

TEST_F(OffsetDeleteTest, S25_TopicsThatTheGroupReadsStay) {
  commit(8, commit_of("g", {{"t", 0, 7}, {"u", 0, 8}}));
  put_group().subscribed = "t";
  EXPECT_THAT(
      lines_of(remove_offsets("g", {{"t", 0}, {"t", 1}, {"u", 0}})),
      ElementsAre("t-0: GROUP_SUBSCRIBED_TO_TOPIC", "t-1: GROUP_SUBSCRIBED_TO_TOPIC", "u-0: NONE"));
  EXPECT_EQ(fetched("g", "t", 0), 7);
  EXPECT_EQ(fetched("g", "u", 0), -1);
}

TEST_F(OffsetDeleteTest, S25_AMissingGroup) {
  const auto response = remove_offsets("g", {{"t", 0}, {"missing", 0}});
  EXPECT_EQ(response.error_code, ErrorCode::kGroupIdNotFound);
  EXPECT_THAT(response.topics, IsEmpty());
}

TEST_F(OffsetDeleteTest, S87_PartitionsThatDoNotExistAreRefusedAlone) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  EXPECT_THAT(lines_of(remove_offsets("g", {{"t", 0}, {"t", 7}, {"missing", 0}, {"u", 0}})),
              ElementsAre("t-7: UNKNOWN_TOPIC_OR_PARTITION", "t-0: NONE",
                          "missing-0: UNKNOWN_TOPIC_OR_PARTITION", "u-0: NONE"));
}

TEST_F(OffsetDeleteTest, S87_AGroupOfAnotherProtocolWithMembersIsRefusedAsAWhole) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  put_group().offset_delete_error = ErrorCode::kNonEmptyGroup;
  const auto response = remove_offsets("g", {{"t", 0}, {"missing", 0}});
  EXPECT_EQ(response.error_code, ErrorCode::kNonEmptyGroup);
  EXPECT_THAT(response.topics, IsEmpty());
  EXPECT_EQ(fetched("g", "t", 0), 7);
}

TEST_F(OffsetDeleteTest, S87_TheEmptyIdAndNoTopics) {
  commit(8, commit_of("", {{"t", 0, 7}}));
  EXPECT_EQ(remove_offsets("", {{"t", 0}}).error_code, ErrorCode::kInvalidGroupId);
  commit(8, commit_of("g", {{"t", 0, 7}}));
  const auto response = remove_offsets("g", {});
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_THAT(response.topics, IsEmpty());
}

TEST_F(OffsetDeleteTest, WhatATransactionHasPendingGoesToo) {
  replay_in_transaction(1000, "g", "t", 0, 9);
  EXPECT_THAT(lines_of(remove_offsets("g", {{"t", 0}})), ElementsAre("t-0: NONE"));
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0), -1);
}

TEST_F(OffsetDeleteTest, WhoDoesNotLeadDeletesNothing) {
  news.during([&] { cluster.elect(offsets_partition(), -1, Partition::Tail::kKeep); });
  EXPECT_EQ(remove_offsets("g", {{"t", 0}}).error_code, ErrorCode::kNotCoordinator);
}

}  // namespace
}  // namespace understudy::broker
