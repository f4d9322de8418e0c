#include "broker/api/groups_test.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ErrorCode;
using wire::Version;
using wire::offset_fetch_response::OffsetFetchResponseGroup;

constexpr wire::Uuid kUnknownTopic{{1, 2, 3}};

class OffsetFetchTest : public GroupsTest {
 protected:
  OffsetFetchTest() { create("t"); }

  // One topic of one group, the way the version asks.
  wire::OffsetFetchRequest fetch_of(Version version, const std::string& group,
                                    const std::vector<std::int32_t>& partitions,
                                    const std::string& topic = "t") {
    wire::OffsetFetchRequest request;
    if (version < 8) {
      request.group_id = group;
      request.topics->push_back({.name = topic, .partition_indexes = partitions});
      return request;
    }
    auto& one = request.groups.emplace_back();
    one.group_id = group;
    auto& wanted = one.topics->emplace_back();
    wanted.name = topic;
    wanted.partition_indexes = partitions;
    const Topic* const found = cluster.find_topic(topic);
    if (version >= 10 && found != nullptr) wanted.topic_id = found->id;
    return request;
  }
  static wire::OffsetFetchRequest fetch_all_of(Version version, const std::string& group) {
    wire::OffsetFetchRequest request;
    request.group_id = group;
    request.topics.reset();
    if (version >= 8) {
      auto& one = request.groups.emplace_back();
      one.group_id = group;
      one.topics.reset();
    }
    return request;
  }

  // "t-0: 7/3 note": offset, leader epoch, metadata, and the error if there is one.
  static Written lines_of(const wire::OffsetFetchResponse& response) {
    Written lines;
    for (const auto& topic : response.topics) {
      for (const auto& partition : topic.partitions) lines.push_back(line(topic.name, partition));
    }
    for (const auto& group : response.groups) {
      const Written of_group = lines_of(group);
      lines.insert(lines.end(), of_group.begin(), of_group.end());
    }
    return lines;
  }
  static Written lines_of(const OffsetFetchResponseGroup& group) {
    Written lines;
    for (const auto& topic : group.topics) {
      for (const auto& partition : topic.partitions) lines.push_back(line(topic.name, partition));
    }
    return lines;
  }
  Written lines(Version version, const wire::OffsetFetchRequest& request) {
    return lines_of(call(offset_fetch, version, request));
  }

 private:
  static std::string line(const std::string& topic, const auto& partition) {
    std::string text = topic + "-" + std::to_string(partition.partition_index) + ": " +
                       std::to_string(partition.committed_offset) + "/" +
                       std::to_string(partition.committed_leader_epoch) + " " +
                       partition.metadata.value_or("null");
    if (partition.error_code != ErrorCode::kNone) {
      text += " " + std::string(wire::name_of(partition.error_code));
    }
    return text;
  }
};

TEST_F(OffsetFetchTest, EveryVersionFetches) {
  commit(8, commit_of("g", {{"t", 1, 7, "note", 3}}));
  for (Version version = 1; version <= 10; ++version) {
    const auto fetched = lines(version, fetch_of(version, "g", {1}));
    std::string line = version < 10 ? "t" : "";
    line.append("-1: 7/").append(version < 5 ? "-1" : "3").append(" note");
    EXPECT_THAT(fetched, ElementsAre(line)) << version;
  }
}

TEST_F(OffsetFetchTest, AllTopicsOfAGroup) {
  create("u");
  commit(8, commit_of("g", {{"u", 1, 9}, {"t", 3, 8}, {"t", 0, 7}}));
  commit(8, commit_of("h", {{"t", 0, 1}}));
  for (Version version = 2; version <= 9; ++version) {
    EXPECT_THAT(lines(version, fetch_all_of(version, "g")),
                ElementsAre("t-0: 7/-1 ", "t-3: 8/-1 ", "u-1: 9/-1 "))
        << version;
  }
  const auto by_id = call(offset_fetch, Version{10}, fetch_all_of(10, "g")).groups.at(0);
  ASSERT_EQ(by_id.topics.size(), 2u);
  EXPECT_EQ(by_id.topics[0].topic_id, cluster.find_topic("t")->id);
  EXPECT_EQ(by_id.topics[1].topic_id, cluster.find_topic("u")->id);
}

TEST_F(OffsetFetchTest, S23_AGroupThatDoesNotExistHasNoOffsetsAndNoError) {
  for (Version version = 1; version <= 10; ++version) {
    const std::string name = version < 10 ? "t" : "";
    EXPECT_THAT(lines(version, fetch_of(version, "g", {0, 9})),
                ElementsAre(name + "-0: -1/-1 ", name + "-9: -1/-1 "))
        << version;
  }
  const auto old_answer = call(offset_fetch, Version{7}, fetch_all_of(7, "g"));
  EXPECT_EQ(old_answer.error_code, ErrorCode::kNone);
  EXPECT_THAT(old_answer.topics, IsEmpty());
  const auto answer = call(offset_fetch, Version{8}, fetch_all_of(8, "g")).groups.at(0);
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_THAT(answer.topics, IsEmpty());
}

TEST_F(OffsetFetchTest, APartitionWithoutAnOffsetIsNoErrorEvenIfItsTopicDoesNotExist) {
  commit(8, commit_of("g", {{"t", 1, 7}}));
  EXPECT_THAT(lines(8, fetch_of(8, "g", {0, 1})), ElementsAre("t-0: -1/-1 ", "t-1: 7/-1 "));
  EXPECT_THAT(lines(9, fetch_of(9, "g", {0}, "missing")), ElementsAre("missing-0: -1/-1 "));
}

TEST_F(OffsetFetchTest, AnUnknownTopicIdIsAnErrorAndComesLast) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  auto request = fetch_of(10, "g", {0});
  auto& unknown = *request.groups[0].topics->emplace(request.groups[0].topics->begin());
  unknown.topic_id = kUnknownTopic;
  unknown.partition_indexes = {4};
  const auto group = call(offset_fetch, Version{10}, request).groups.at(0);
  EXPECT_EQ(group.error_code, ErrorCode::kNone);
  EXPECT_EQ(group.topics.at(1).topic_id, kUnknownTopic);
  EXPECT_THAT(lines_of(group), ElementsAre("-0: 7/-1 ", "-4: -1/-1  UNKNOWN_TOPIC_ID"));
}

TEST_F(OffsetFetchTest, SeveralGroupsAreAnsweredInOrder) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  commit(8, commit_of("h", {{"t", 0, 8}}));
  auto request = fetch_of(8, "h", {0});
  request.groups.push_back(fetch_of(8, "missing", {0}).groups[0]);
  request.groups.push_back(fetch_of(8, "g", {0}).groups[0]);
  const auto response = call(offset_fetch, Version{8}, request);
  ASSERT_EQ(response.groups.size(), 3u);
  EXPECT_EQ(response.groups[0].group_id, "h");
  EXPECT_EQ(response.groups[1].group_id, "missing");
  EXPECT_EQ(response.groups[2].group_id, "g");
  EXPECT_THAT(lines_of(response), ElementsAre("t-0: 8/-1 ", "t-0: -1/-1 ", "t-0: 7/-1 "));
}

TEST_F(OffsetFetchTest, NoGroupsAreAnsweredWithNone) {
  EXPECT_THAT(call(offset_fetch, Version{8}, wire::OffsetFetchRequest{}).groups, IsEmpty());
}

TEST_F(OffsetFetchTest, S24_AnOffsetDoesNotOutliveItsTopic) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  remove("t");
  EXPECT_THAT(written(), ElementsAre("1 v4 g t-0", "1T g t-0"));
  create("t");
  EXPECT_EQ(fetched("g", "t", 0), -1);
}

TEST_F(OffsetFetchTest, OffsetsOfATopicThatWentWhileNobodyLedGoWithTheNextLoad) {
  create("gone");
  commit(8, commit_of("g", {{"gone", 0, 7}, {"t", 0, 8}}));
  groups.runtime().hold_loading(true);
  reload();
  remove("gone");
  create("gone");
  groups.runtime().hold_loading(false);
  reload();
  advance(0);
  EXPECT_EQ(fetched("g", "gone", 0), -1);
  EXPECT_EQ(fetched("g", "t", 0), 8);
}

TEST_F(OffsetFetchTest, S66_AnOffsetThatWasCommittedToAnotherTopicOfTheNameIsNotSeenById) {
  const auto record =
      shard().offsets().record_of_commit("g", "t", 0, {.offset = 7, .topic_id = kUnknownTopic});
  news.during([&] { shard().shard().write({record}, [](ErrorCode) {}); });
  EXPECT_THAT(lines(10, fetch_of(10, "g", {0})), ElementsAre("-0: -1/-1 "));
  EXPECT_THAT(lines(9, fetch_of(9, "g", {0})), ElementsAre("t-0: 7/-1 "));
  auto by_old_id = fetch_of(10, "g", {0});
  by_old_id.groups[0].topics->front().topic_id = kUnknownTopic;
  EXPECT_THAT(lines(10, by_old_id), ElementsAre("-0: -1/-1  UNKNOWN_TOPIC_ID"));
}

TEST_F(OffsetFetchTest, S73_TheGroupSaysWhetherAMemberMayFetch) {
  ScriptedGroup& group = put_group();
  auto request = fetch_of(9, "g", {0});
  call(offset_fetch, Version{9}, request);
  EXPECT_EQ(group.fetcher, (ScriptedGroup::Client{.member = "null", .generation = -1}));
  request.groups[0].member_id = "";
  request.groups[0].member_epoch = 5;
  group.fetch_error = ErrorCode::kUnknownMemberId;
  const auto refused = call(offset_fetch, Version{9}, request).groups.at(0);
  EXPECT_EQ(group.fetcher, (ScriptedGroup::Client{.member = "", .generation = 5}));
  EXPECT_EQ(refused.error_code, ErrorCode::kUnknownMemberId);
  EXPECT_THAT(refused.topics, IsEmpty());
}

TEST_F(OffsetFetchTest, OldVersionsSayTheGroupsErrorWhereTheyCan) {
  put_group().fetch_error = ErrorCode::kUnknownServerError;
  EXPECT_THAT(lines(1, fetch_of(1, "g", {0})), ElementsAre("t-0: -1/-1  UNKNOWN_SERVER_ERROR"));
  const auto with_error = call(offset_fetch, Version{2}, fetch_of(2, "g", {0}));
  EXPECT_EQ(with_error.error_code, ErrorCode::kUnknownServerError);
  EXPECT_THAT(with_error.topics, IsEmpty());
}

TEST_F(OffsetFetchTest, AGroupThatIsDeadHasNoOffsets) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  put_group().fetch_error = ErrorCode::kGroupIdNotFound;
  EXPECT_EQ(fetched("g", "t", 0), -1);
  EXPECT_THAT(call(offset_fetch, Version{8}, fetch_all_of(8, "g")).groups.at(0).topics, IsEmpty());
}

TEST_F(OffsetFetchTest, WhoDoesNotLeadHasNothingToSay) {
  news.during([&] { cluster.elect(offsets_partition(), -1, Partition::Tail::kKeep); });
  EXPECT_THAT(lines(1, fetch_of(1, "g", {0})), ElementsAre("t-0: -1/-1  NOT_COORDINATOR"));
  EXPECT_EQ(call(offset_fetch, Version{5}, fetch_of(5, "g", {0})).error_code,
            ErrorCode::kNotCoordinator);
  EXPECT_EQ(call(offset_fetch, Version{8}, fetch_of(8, "g", {0})).groups.at(0).error_code,
            ErrorCode::kNotCoordinator);
}

TEST_F(OffsetFetchTest, WhileLoadingIsHeldItIsToldSo) {
  groups.runtime().hold_loading(true);
  reload();
  EXPECT_EQ(call(offset_fetch, Version{8}, fetch_of(8, "g", {0})).groups.at(0).error_code,
            ErrorCode::kCoordinatorLoadInProgress);
}

// Offsets in transactions (transactions.md 10.3).

TEST_F(OffsetFetchTest, AnOffsetInATransactionIsNotSeenUntilItIsCommitted) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  EXPECT_EQ(fetched("g", "t", 0), 7);
  EXPECT_EQ(fetched("g", "t", 0, true), kUnstable);
  EXPECT_EQ(fetched("g", "t", 1, true), -1);
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0, true), 9);
}

TEST_F(OffsetFetchTest, AnUnstablePartitionIsShownAmongAllOnesIfItHasAnOffset) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  replay_in_transaction(1000, "g", "t", 1, 9);
  auto request = fetch_all_of(7, "g");
  EXPECT_THAT(lines(7, request), ElementsAre("t-0: 7/-1 "));
  request.require_stable = true;
  EXPECT_THAT(lines(7, request), ElementsAre("t-0: -1/-1  UNSTABLE_OFFSET_COMMIT"));
}

TEST_F(OffsetFetchTest, AnAbortedTransactionLeavesTheOffsetThatWasThere) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  shard().transaction_ended(1000, codec::ControlType::kAbort);
  EXPECT_EQ(fetched("g", "t", 0, true), 7);
  EXPECT_TRUE(shard().offsets().pending().empty());
}

TEST_F(OffsetFetchTest, AnOrdinaryCommitAfterTheTransactionsOneWins) {
  replay_in_transaction(1000, "g", "t", 0, 9);
  commit(8, commit_of("g", {{"t", 0, 7}}));
  EXPECT_EQ(fetched("g", "t", 0, true), kUnstable);
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0, true), 7);
}

TEST_F(OffsetFetchTest, OfTwoTransactionsTheLaterRecordWinsWhicheverEndsFirst) {
  replay_in_transaction(1000, "g", "t", 0, 9);
  replay_in_transaction(2000, "g", "t", 0, 10);
  shard().transaction_ended(2000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0), 10);
  EXPECT_EQ(fetched("g", "t", 0, true), kUnstable);
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0, true), 10);

  replay_in_transaction(1000, "g", "t", 0, 11);
  replay_in_transaction(2000, "g", "t", 0, 12);
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0), 11);
  shard().transaction_ended(2000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0), 12);
}

TEST_F(OffsetFetchTest, ALaterOffsetOfTheSameTransactionTakesThePlaceOfTheFirst) {
  replay_in_transaction(1000, "g", "t", 0, 9);
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 10);
  shard().transaction_ended(1000, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0), 10);
}

TEST_F(OffsetFetchTest, TheEndOfAnUnknownTransactionChangesNothing) {
  replay_in_transaction(1000, "g", "t", 0, 9);
  shard().transaction_ended(4, codec::ControlType::kCommit);
  EXPECT_EQ(fetched("g", "t", 0, true), kUnstable);
}

TEST_F(OffsetFetchTest, OpenTransactionsAreThereAfterTheLogIsReadAgain) {
  commit(8, commit_of("g", {{"t", 0, 7}}));
  replay_in_transaction(1000, "g", "t", 0, 9);
  replay_in_transaction(1000, "only-pending", "t", 0, 9);
  reload();
  EXPECT_EQ(fetched("g", "t", 0), 7);
  EXPECT_EQ(fetched("g", "t", 0, true), kUnstable);
  EXPECT_THAT(listed(), ElementsAre("g", "only-pending"));
}

}  // namespace
}  // namespace understudy::broker
