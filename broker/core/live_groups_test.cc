// Groups with members, as those see them who commit, administer, and test: over whole frames.
#include <gmock/gmock.h>

#include "broker/core/test_broker.h"
#include "broker/group/group_offsets.h"
#include "wire/messages/consumer_group_heartbeat.h"
#include "wire/messages/consumer_protocol.h"
#include "wire/messages/delete_groups.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/group_coordinator_records.h"
#include "wire/messages/heartbeat.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/list_groups.h"
#include "wire/messages/offset_commit.h"
#include "wire/messages/offset_delete.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using wire::ErrorCode;

class LiveGroupsTest : public BrokerTest {
 protected:
  static constexpr ConnectionId kOther = 11;
  static constexpr wire::Version kJoinVersion = 3;

  LiveGroupsTest()
      : BrokerTest(1, "4.4",
                   {{"offsets.topic.replication.factor", "1"},
                    {"offsets.topic.num.partitions", "1"},
                    {"offsets.retention.minutes", "1"},
                    {"offsets.retention.check.interval.ms", "10000"},
                    {"group.initial.rebalance.delay.ms", "0"}}) {
    create_topic("t", 3);
    create_topic("u", 3);
    broker->connected(kOther, {.node = 1, .host = "10.0.0.7"});
    ask<wire::FindCoordinatorResponse>(wire::FindCoordinatorRequest{.coordinator_keys = {"g"}}, 6);
  }

  Controls& controls() { return broker->controls(); }

  template <class Message>
  static wire::Slice stored(const Message& message) {
    return encode_stored(1, wire::schema_of<Message>, &message, 1);
  }
  void join(const std::string& id, ConnectionId connection = kConnection,
            const std::string& protocol_type = "consumer") {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 20'000;
    request.protocol_type = protocol_type;
    wire::ConsumerProtocolSubscription subscription;
    subscription.topics = {"t"};
    request.protocols.push_back({.name = "range", .metadata = stored(subscription)});
    deliver(request, kJoinVersion, connection);
    broker->advance();
  }
  // The oldest answer of a connection: others may have asked since.
  template <class Response>
  Response answered(wire::Version version, ConnectionId connection) {
    Response response;
    auto& frames = outbox.connections[connection].frames;
    if (frames.empty()) {
      ADD_FAILURE() << "no answer";
      return response;
    }
    wire::DecodeError error;
    EXPECT_TRUE(wire::read_answer(response, version, wire::Slice::copy_of(frames.front()), error));
    frames.pop_front();
    return response;
  }
  wire::JoinGroupResponse joined(ConnectionId connection = kConnection) {
    return answered<wire::JoinGroupResponse>(kJoinVersion, connection);
  }
  // A Stable group of two members, in generation 2.
  struct Two {
    std::string one;
    std::string two;
  };
  Two two_members(const std::string& one) {
    join("", kOther);
    join(one);
    const std::string two = joined(kOther).member_id;
    const bool first_leads = joined().leader == one;
    sync(one, 2, first_leads);
    sync(two, 2, !first_leads, kOther);
    for (const ConnectionId connection : {kConnection, kOther}) {
      EXPECT_EQ(answered<wire::SyncGroupResponse>(3, connection).error_code, ErrorCode::kNone);
    }
    return {one, two};
  }
  void sync(const std::string& id, std::int32_t generation, bool leads,
            ConnectionId connection = kConnection) {
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.generation_id = generation;
    request.member_id = id;
    wire::ConsumerProtocolAssignment assignment;
    assignment.assigned_partitions.push_back({.topic = "t", .partitions = {0, 2}});
    if (leads) request.assignments.push_back({.member_id = id, .assignment = stored(assignment)});
    deliver(request, 3, connection);
  }
  // A Stable group of one member, which reads t.
  std::string member(const std::string& protocol_type = "consumer") {
    join("", kConnection, protocol_type);
    const std::string id = joined().member_id;
    sync(id, 1, true);
    EXPECT_EQ(take<wire::SyncGroupResponse>(3).error_code, ErrorCode::kNone);
    return id;
  }
  ErrorCode heartbeat(const std::string& id, std::int32_t generation) {
    return ask<wire::HeartbeatResponse>(
               wire::HeartbeatRequest{
                   .group_id = "g", .generation_id = generation, .member_id = id},
               4)
        .error_code;
  }
  void leave(const std::string& id) {
    wire::LeaveGroupRequest request;
    request.group_id = "g";
    request.members.push_back({.member_id = id});
    EXPECT_EQ(ask<wire::LeaveGroupResponse>(request, 5).members.at(0).error_code, ErrorCode::kNone);
  }
  ErrorCode commit(const std::string& id, std::int32_t generation, const std::string& topic = "t",
                   std::int32_t partition = 0) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.generation_id_or_member_epoch = generation;
    request.topics.emplace_back().name = topic;
    request.topics[0].partitions.push_back({.partition_index = partition, .committed_offset = 5});
    return ask<wire::OffsetCommitResponse>(request, 8).topics.at(0).partitions.at(0).error_code;
  }
  wire::OffsetDeleteResponse delete_offset(const std::string& topic) {
    wire::OffsetDeleteRequest request;
    request.group_id = "g";
    request.topics.emplace_back().name = topic;
    request.topics[0].partitions.push_back({.partition_index = 0});
    return ask<wire::OffsetDeleteResponse>(request, 0);
  }
  ErrorCode delete_group() {
    wire::DeleteGroupsRequest request;
    request.groups_names = {"g"};
    return ask<wire::DeleteGroupsResponse>(request, 2).results.at(0).error_code;
  }
  auto described() {
    wire::DescribeGroupsRequest request;
    request.groups = {"g"};
    return ask<wire::DescribeGroupsResponse>(request, 5).groups.at(0);
  }
  std::vector<std::string> listed() {
    std::vector<std::string> ids;
    for (const auto& group : ask<wire::ListGroupsResponse>(wire::ListGroupsRequest{}, 5).groups) {
      ids.push_back(group.group_id + " " + group.protocol_type + " " + group.group_state);
    }
    return ids;
  }
  GroupDetailsView details() { return std::get<GroupDetailsView>(controls().group("g")); }
  // Types of records, with a T for tombstones.
  std::vector<std::string> written() {
    std::vector<std::string> types;
    cluster()
        .find_partition("__consumer_offsets", 0)
        ->log()
        .for_each_batch(0, [&](const codec::BatchView& batch) {
          codec::RecordReader reader(batch);
          while (const codec::RecordView* record = reader.next()) {
            types.push_back(std::to_string(*stored_prefix(wire::Slice::copy_of(*record->key))) +
                            (record->value ? "" : "T"));
          }
          return true;
        });
    return types;
  }
  // Every timer at its own moment.
  void pass(std::int64_t ms) {
    const std::int64_t end_ms = clock.monotonic_ms() + ms;
    while (broker->next_deadline_ms() && *broker->next_deadline_ms() <= end_ms) {
      clock.advance(std::max<std::int64_t>(*broker->next_deadline_ms() - clock.monotonic_ms(), 0));
      broker->advance();
    }
    clock.advance(end_ms - clock.monotonic_ms());
  }
};

TEST_F(LiveGroupsTest, S20_CommitsToAGroupWithMembers) {
  const std::string id = member();
  EXPECT_EQ(commit("", -1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit("somebody", 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit(id, 0), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit(id, 2), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit(id, 1), ErrorCode::kNone);
  join("", kOther);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(commit(id, 1), ErrorCode::kNone) << "members join again";
  join(id);
  joined();
  EXPECT_EQ(commit(id, 2), ErrorCode::kRebalanceInProgress) << "nobody has synced";
}

TEST_F(LiveGroupsTest, ACommitKeepsTheSessionAlive) {
  const std::string id = member();
  pass(9'000);
  EXPECT_EQ(commit(id, 1), ErrorCode::kNone);
  pass(9'000);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  pass(10'000);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kUnknownMemberId);
}

TEST_F(LiveGroupsTest, S25_OffsetsOfTopicsThatMembersReadCannotBeDeleted) {
  const std::string id = member();
  commit(id, 1, "t");
  commit(id, 1, "u");
  EXPECT_EQ(delete_offset("t").topics.at(0).partitions.at(0).error_code,
            ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(delete_offset("u").topics.at(0).partitions.at(0).error_code, ErrorCode::kNone);
  leave(id);
  EXPECT_EQ(delete_offset("t").topics.at(0).partitions.at(0).error_code, ErrorCode::kNone);
  EXPECT_THAT(details().offsets, IsEmpty());
}

TEST_F(LiveGroupsTest, S87_OffsetsOfAGroupOfAnotherProtocolCannotBeDeletedWhileItHasMembers) {
  const std::string id = member("connect");
  EXPECT_EQ(delete_offset("u").error_code, ErrorCode::kNonEmptyGroup);
  leave(id);
  EXPECT_EQ(delete_offset("u").error_code, ErrorCode::kNone);
}

TEST_F(LiveGroupsTest, S26_AGroupCanBeDeletedOnceItsMembersHaveLeft) {
  const std::string id = member();
  EXPECT_EQ(delete_group(), ErrorCode::kNonEmptyGroup);
  leave(id);
  EXPECT_THAT(listed(), ElementsAre("g consumer Empty"));
  EXPECT_EQ(delete_group(), ErrorCode::kNone);
  EXPECT_EQ(delete_group(), ErrorCode::kGroupIdNotFound);
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(LiveGroupsTest, S85_AGroupThatOnlyHasAPendingMemberIsListedAndCanBeDeleted) {
  wire::JoinGroupRequest request;
  request.group_id = "g";
  request.session_timeout_ms = 10'000;
  request.protocol_type = "consumer";
  request.protocols.push_back({.name = "range"});
  EXPECT_EQ(ask<wire::JoinGroupResponse>(request, 9).error_code, ErrorCode::kMemberIdRequired);
  EXPECT_THAT(listed(), ElementsAre("g  Empty"));
  EXPECT_EQ(delete_group(), ErrorCode::kNone);
  EXPECT_THAT(listed(), IsEmpty());
  pass(10'000);  // its pending id ends without a group
}

TEST_F(LiveGroupsTest, DescribesAStableGroup) {
  const std::string id = member();
  const auto group = described();
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.protocol_type, "consumer");
  EXPECT_EQ(group.protocol_data, "range");
  ASSERT_THAT(group.members, SizeIs(1));
  EXPECT_EQ(group.members[0].member_id, id);
  EXPECT_EQ(group.members[0].client_id, "tester");
  EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
  EXPECT_FALSE(group.members[0].member_metadata.empty());
  EXPECT_FALSE(group.members[0].member_assignment.empty());
  join("", kOther);
  EXPECT_EQ(described().group_state, "PreparingRebalance");
  EXPECT_EQ(described().protocol_data, "");
  EXPECT_TRUE(described().members.at(0).member_metadata.empty());
}

TEST_F(LiveGroupsTest, S28_AGroupThatIsEmptyForLongLosesItsOffsetsAndGoes) {
  const std::string id = member();
  commit(id, 1);
  for (int i = 0; i < 20; ++i) {
    pass(5'000);
    ASSERT_EQ(heartbeat(id, 1), ErrorCode::kNone);
  }
  EXPECT_THAT(details().offsets, SizeIs(1)) << "a member reads it";
  leave(id);
  pass(59'000);
  EXPECT_THAT(listed(), SizeIs(1));
  pass(11'000);
  EXPECT_THAT(listed(), IsEmpty());
}

TEST_F(LiveGroupsTest, S93_TheFirstStory) {
  const std::string one = member();
  EXPECT_EQ(commit(one, 1, "t", 0), ErrorCode::kNone);
  EXPECT_EQ(commit(one, 1, "t", 1), ErrorCode::kNone);
  const Two members = two_members(one);
  leave(members.one);
  leave(members.two);
  EXPECT_EQ(delete_group(), ErrorCode::kNone);
  EXPECT_THAT(written(), ElementsAre("2", "2", "1", "1", "2", "2", "1T", "1T", "2T"));
}

// Controls.

TEST_F(LiveGroupsTest, ShowsMembersWithWhatTheyRead) {
  const std::string id = member();
  const GroupDetailsView view = details();
  EXPECT_EQ(view.summary.state, "Stable");
  EXPECT_EQ(view.summary.protocol_type, "consumer");
  EXPECT_EQ(view.group.generation, 1);
  EXPECT_EQ(view.group.protocol, "range");
  EXPECT_EQ(view.group.leader, id);
  ASSERT_THAT(view.group.members, SizeIs(1));
  EXPECT_EQ(view.group.members[0].member_id, id);
  EXPECT_EQ(view.group.members[0].client_host, "/127.0.0.1");
  EXPECT_EQ(view.group.members[0].partitions,
            (std::map<std::string, std::vector<std::int32_t>>{{"t", {0, 2}}}));
}

TEST_F(LiveGroupsTest, WhatAnotherKindOfGroupAssignsIsNotLookedInto) {
  member("connect");
  EXPECT_THAT(details().group.members.at(0).partitions, IsEmpty());
}

TEST_F(LiveGroupsTest, ARebalanceFromOutsideMakesMembersJoinAgain) {
  const std::string id = member();
  EXPECT_FALSE(controls().rebalance("g").failed());
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(controls().rebalance("g").failed()) << "it goes on";
  join(id);
  EXPECT_EQ(joined().generation_id, 2);
  EXPECT_GE(controls().events().count(Event::Kind::kRebalanced), 1u);
}

TEST_F(LiveGroupsTest, AMemberThatIsEvictedIsUnknown) {
  const std::string id = member();
  EXPECT_FALSE(controls().evict("g", id).failed());
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(details().summary.state, "Empty");
}

TEST_F(LiveGroupsTest, TheOthersJoinAgainWhenOneIsEvicted) {
  const Two members = two_members(member());
  EXPECT_FALSE(controls().evict("g", members.one).failed());
  EXPECT_EQ(heartbeat(members.one, 2), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(heartbeat(members.two, 2), ErrorCode::kRebalanceInProgress);
}

TEST_F(LiveGroupsTest, SaysWhatCannotBeDoneToAGroup) {
  EXPECT_EQ(controls().rebalance("g").code, ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(controls().evict("g", "m").code, ErrorCode::kGroupIdNotFound);
  controls().set_offsets("g", {{.partition = {"t", 0}, .offset = 3}});
  EXPECT_EQ(controls().rebalance("g").code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(controls().evict("g", "m").code, ErrorCode::kUnknownMemberId);
  EXPECT_THAT(*controls().evict("g", "m").message, HasSubstr("'m' is no member of group 'g'"));
}

TEST_F(LiveGroupsTest, OffsetsOfAGroupWithMembersCanBeSetFromOutside) {
  const std::string id = member();
  EXPECT_FALSE(controls().set_offsets("g", {{.partition = {"t", 0}, .offset = 3}}).failed());
  EXPECT_EQ(details().offsets.at(0).offset, 3);
  EXPECT_EQ(heartbeat(id, 1), ErrorCode::kNone);
}

// Consumer groups.

class LiveConsumerGroupsTest : public LiveGroupsTest {
 protected:
  wire::ConsumerGroupHeartbeatResponse beat(std::int32_t epoch, bool joins = false) {
    wire::ConsumerGroupHeartbeatRequest request;
    request.group_id = "g";
    request.member_id = "m";
    request.member_epoch = epoch;
    if (joins) {
      request.rebalance_timeout_ms = 20'000;
      request.subscribed_topic_names = {"t"};
      request.topic_partitions.emplace();
    }
    return ask<wire::ConsumerGroupHeartbeatResponse>(request, 1);
  }
};

TEST_F(LiveConsumerGroupsTest, ShowsMembersWithWhatTheyRead) {
  EXPECT_EQ(beat(0, true).member_epoch, 2);
  const GroupDetailsView view = details();
  EXPECT_EQ(view.summary.type, "consumer");
  EXPECT_EQ(view.summary.state, "Stable");
  EXPECT_EQ(view.group.generation, 2);
  EXPECT_EQ(view.group.assignment_epoch, 2);
  EXPECT_EQ(view.group.protocol, "uniform");
  ASSERT_THAT(view.group.members, SizeIs(1));
  EXPECT_EQ(view.group.members[0].member_id, "m");
  EXPECT_EQ(view.group.members[0].epoch, 2);
  EXPECT_EQ(view.group.members[0].partitions,
            (std::map<std::string, std::vector<std::int32_t>>{{"t", {0, 1, 2}}}));
}

TEST_F(LiveConsumerGroupsTest, ARebalanceFromOutsideIsANewEpoch) {
  beat(0, true);
  const auto before = controls().events().count(Event::Kind::kRebalanced);
  EXPECT_FALSE(controls().rebalance("g").failed());
  EXPECT_EQ(details().group.generation, 3);
  EXPECT_EQ(controls().events().count(Event::Kind::kRebalanced), before + 1);
  pass(1'000);  // the assignment interval
  EXPECT_EQ(beat(2).member_epoch, 3);
}

TEST_F(LiveConsumerGroupsTest, AMemberThatIsEvictedIsUnknown) {
  beat(0, true);
  EXPECT_EQ(controls().evict("g", "somebody").code, ErrorCode::kUnknownMemberId);
  EXPECT_FALSE(controls().evict("g", "m").failed());
  EXPECT_EQ(beat(2).error_code, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(details().summary.state, "Empty");
}

TEST_F(LiveConsumerGroupsTest, S73_WhoMayFetchOffsets) {
  beat(0, true);
  const auto fetch_error = [&](const std::string& group, wire::Nullable<wire::String> member,
                               std::int32_t epoch) {
    wire::OffsetFetchRequest request;
    auto& one = request.groups.emplace_back();
    one.group_id = group;
    one.member_id = std::move(member);
    one.member_epoch = epoch;
    one.topics->emplace_back().name = "t";
    one.topics->front().partition_indexes = {0};
    return ask<wire::OffsetFetchResponse>(request, 9).groups.at(0).error_code;
  };
  EXPECT_EQ(fetch_error("g", std::nullopt, -1), ErrorCode::kNone);
  EXPECT_EQ(fetch_error("g", std::nullopt, 5), ErrorCode::kUnknownServerError);
  EXPECT_EQ(fetch_error("g", "", -1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(fetch_error("g", "m", 2), ErrorCode::kNone);
  EXPECT_EQ(fetch_error("g", "m", 1), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(fetch_error("missing", std::nullopt, 5), ErrorCode::kNone);
}

TEST_F(LiveConsumerGroupsTest, S35_CommitsOfAMember) {
  beat(0, true);
  const auto commit_error = [&](wire::Version version, std::int32_t epoch) {
    wire::OffsetCommitRequest request;
    request.group_id = "g";
    request.member_id = "m";
    request.generation_id_or_member_epoch = epoch;
    request.topics.emplace_back().name = "t";
    request.topics[0].partitions.push_back({.partition_index = 0, .committed_offset = 5});
    return ask<wire::OffsetCommitResponse>(request, version)
        .topics.at(0)
        .partitions.at(0)
        .error_code;
  };
  EXPECT_EQ(commit_error(9, 2), ErrorCode::kNone);
  EXPECT_EQ(commit_error(9, 3), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(commit_error(9, 1), ErrorCode::kStaleMemberEpoch) << "assigned later";
  EXPECT_EQ(commit_error(8, 2), ErrorCode::kUnsupportedVersion);
}

TEST_F(LiveConsumerGroupsTest, S25_S26_S27_AdministrationOfAConsumerGroup) {
  beat(0, true);
  EXPECT_THAT(listed(), ElementsAre("g consumer Stable"));
  EXPECT_EQ(described().group_state, "Dead");
  EXPECT_EQ(delete_offset("t").topics.at(0).partitions.at(0).error_code,
            ErrorCode::kGroupSubscribedToTopic);
  EXPECT_EQ(delete_group(), ErrorCode::kNonEmptyGroup);
  controls().evict("g", "m");
  controls().set_offsets("g", {{.partition = {"t", 0}, .offset = 3}});
  EXPECT_EQ(delete_group(), ErrorCode::kNone);
  EXPECT_THAT(listed(), IsEmpty());
  const auto types = written();
  EXPECT_THAT(std::vector(types.end() - 4, types.end()), ElementsAre("1T", "6T", "4T", "3T"));
}

}  // namespace
}  // namespace understudy::broker
