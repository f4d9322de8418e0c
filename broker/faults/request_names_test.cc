#include "broker/faults/request_names.h"

#include <gmock/gmock.h>

#include "wire/messages/add_partitions_to_txn.h"
#include "wire/messages/describe_groups.h"
#include "wire/messages/fetch.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/join_group.h"
#include "wire/messages/leave_group.h"
#include "wire/messages/offset_fetch.h"
#include "wire/messages/produce.h"
#include "wire/messages/sync_group.h"

namespace understudy::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::ApiKey;

template <class Message>
RequestNames names_of(const Message& message, wire::Version version) {
  return names_in(wire::schema_of<Message>, &message, version);
}

TEST(RequestNamesTest, OneMemberOfAGroup) {
  wire::JoinGroupRequest request;
  request.group_id = "g";
  request.member_id = "m";
  EXPECT_THAT(names_of(request, 5).groups, ElementsAre("g"));
  EXPECT_THAT(names_of(request, 5).members, ElementsAre("m"));
  EXPECT_THAT(names_of(request, 5).instances, IsEmpty()) << "it is null";
  request.group_instance_id = "i";
  EXPECT_THAT(names_of(request, 5).instances, ElementsAre("i"));
  EXPECT_THAT(names_of(request, 4).instances, IsEmpty()) << "the version has none";
  EXPECT_THAT(names_of(request, 5).transactional_ids, IsEmpty());
}

TEST(RequestNamesTest, ListsInListsAreLookedThrough) {
  wire::LeaveGroupRequest leave;
  leave.group_id = "g";
  leave.members.emplace_back().member_id = "m";
  leave.members.emplace_back().group_instance_id = "i";
  EXPECT_THAT(names_of(leave, 3).members, ElementsAre("m", ""));
  EXPECT_THAT(names_of(leave, 3).instances, ElementsAre("i"));
  wire::OffsetFetchRequest fetch;
  fetch.groups.emplace_back().group_id = "a";
  fetch.groups.emplace_back().group_id = "b";
  EXPECT_THAT(names_of(fetch, 8).groups, ElementsAre("a", "b"));
  wire::DescribeGroupsRequest describe;
  describe.groups = {"a", "b"};
  EXPECT_THAT(names_of(describe, 5).groups, ElementsAre("a", "b"));
}

TEST(RequestNamesTest, WhomAnAssignmentIsForDoesNotAsk) {
  wire::SyncGroupRequest request;
  request.group_id = "g";
  request.member_id = "leader";
  request.assignments.emplace_back().member_id = "follower";
  EXPECT_THAT(names_of(request, 5).members, ElementsAre("leader"));
}

TEST(RequestNamesTest, TransactionalIds) {
  wire::ProduceRequest produce;
  EXPECT_THAT(names_of(produce, 9).transactional_ids, IsEmpty());
  produce.transactional_id = "t";
  EXPECT_THAT(names_of(produce, 9).transactional_ids, ElementsAre("t"));
  wire::AddPartitionsToTxnRequest add;
  add.transactions.emplace_back().transactional_id = "u";
  EXPECT_THAT(names_of(add, 4).transactional_ids, ElementsAre("u"));
}

TEST(RequestNamesTest, KeysOfCoordinatorsAreWhatTheirTypeSays) {
  wire::FindCoordinatorRequest request;
  request.key = "g";
  EXPECT_THAT(names_of(request, 3).groups, ElementsAre("g"));
  request.key_type = 1;
  request.coordinator_keys = {"t", "u"};
  EXPECT_THAT(names_of(request, 4).groups, IsEmpty());
  EXPECT_THAT(names_of(request, 4).transactional_ids, ElementsAre("t", "u"));
}

TEST(RequestNamesTest, SaysWhichRequestsCanHaveWhich) {
  EXPECT_TRUE(can_name(ApiKey::kOffsetCommit, NameKind::kGroup));
  EXPECT_TRUE(can_name(ApiKey::kOffsetCommit, NameKind::kMember));
  EXPECT_TRUE(can_name(ApiKey::kOffsetCommit, NameKind::kInstance));
  EXPECT_FALSE(can_name(ApiKey::kOffsetCommit, NameKind::kTransactionalId));
  EXPECT_TRUE(can_name(ApiKey::kTxnOffsetCommit, NameKind::kTransactionalId));
  EXPECT_TRUE(can_name(ApiKey::kConsumerGroupHeartbeat, NameKind::kInstance));
  EXPECT_TRUE(can_name(ApiKey::kConsumerGroupDescribe, NameKind::kGroup));
  EXPECT_TRUE(can_name(ApiKey::kDeleteGroups, NameKind::kGroup));
  EXPECT_FALSE(can_name(ApiKey::kListGroups, NameKind::kGroup));
  EXPECT_TRUE(can_name(ApiKey::kFindCoordinator, NameKind::kTransactionalId));
  EXPECT_FALSE(can_name(ApiKey::kFindCoordinator, NameKind::kMember));
  EXPECT_FALSE(can_name(ApiKey::kFetch, NameKind::kGroup));
  EXPECT_TRUE(can_name(ApiKey::kProduce, NameKind::kTransactionalId));
}

}  // namespace
}  // namespace understudy::broker
