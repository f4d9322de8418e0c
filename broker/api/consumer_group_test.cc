// ConsumerGroupHeartbeat and ConsumerGroupDescribe as clients send them.
#include "broker/api/group_handlers.h"
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "broker/cluster/changes.h"
#include "wire/messages/consumer_group_describe.h"
#include "wire/messages/consumer_group_heartbeat.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

class ConsumerGroupApiTest : public HandlerTest {
 protected:
  explicit ConsumerGroupApiTest(HandlerTestOptions options = {}) : HandlerTest(options) {
    news.during([&] { find_coordinator(cluster, 1, InternalTopic::kOffsets, "g"); });
    topic_id = add_topic("t", 2).id;
  }

  wire::ConsumerGroupHeartbeatRequest joining(const std::string& group) const {
    return {.group_id = group,
            .member_id = "A",
            .rebalance_timeout_ms = 60'000,
            .subscribed_topic_names = {{"t"}},
            .topic_partitions = {
                wire::Array<wire::consumer_group_heartbeat_request::TopicPartitions>{}}};
  }
  auto join(const std::string& group, NodeId node = 1) {
    return call(consumer_group_heartbeat, 1, joining(group), node);
  }
  auto describe(std::vector<std::string> groups, bool includes_operations = false,
                wire::Version version = 1, NodeId node = 1) {
    return call(consumer_group_describe, version,
                wire::ConsumerGroupDescribeRequest{
                    .group_ids = std::move(groups),
                    .include_authorized_operations = includes_operations},
                node)
        .groups;
  }

  wire::Uuid topic_id;
};

TEST_F(ConsumerGroupApiTest, AMemberJoins) {
  const auto answer = join("g");
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.error_message, std::nullopt);
  ASSERT_TRUE(answer.assignment.has_value());
  ASSERT_EQ(answer.assignment->topic_partitions.size(), 1u);
  EXPECT_EQ(answer.assignment->topic_partitions[0].topic_id, topic_id);
  EXPECT_EQ(answer.assignment->topic_partitions[0].partitions, (std::vector<std::int32_t>{0, 1}));
}

TEST_F(ConsumerGroupApiTest, RefusalsHaveNoMember) {
  auto request = joining("g");
  request.server_assignor = "foo";
  const auto answer = call(consumer_group_heartbeat, 1, request);
  EXPECT_EQ(answer.error_code, ErrorCode::kUnsupportedAssignor);
  EXPECT_EQ(answer.error_message,
            "ServerAssignor foo is not supported. Supported assignors: uniform, range.");
  EXPECT_EQ(answer.member_id, std::nullopt);
  EXPECT_EQ(answer.member_epoch, 0);
  EXPECT_EQ(answer.heartbeat_interval_ms, 0);
}

TEST_F(ConsumerGroupApiTest, DescribesAGroupAndItsMembers) {
  join("g");
  const auto groups = describe({"g"});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].group_state, "Stable");
  EXPECT_EQ(groups[0].group_epoch, 2);
  EXPECT_EQ(groups[0].assignment_epoch, 2);
  EXPECT_EQ(groups[0].assignor_name, "uniform");
  EXPECT_EQ(groups[0].authorized_operations, INT32_MIN);
  ASSERT_EQ(groups[0].members.size(), 1u);
  const auto& member = groups[0].members[0];
  EXPECT_EQ(member.member_id, "A");
  EXPECT_EQ(member.member_epoch, 2);
  EXPECT_EQ(member.subscribed_topic_names, std::vector<std::string>{"t"});
  EXPECT_EQ(member.subscribed_topic_regex, "");
  EXPECT_EQ(member.member_type, 1);
  ASSERT_EQ(member.assignment.topic_partitions.size(), 1u);
  EXPECT_EQ(member.assignment.topic_partitions[0].topic_name, "t");
  EXPECT_EQ(member.target_assignment.topic_partitions.size(), 1u);
  EXPECT_EQ(describe({"g"}, true)[0].authorized_operations, 3400);
  EXPECT_EQ(describe({"g"}, false, 0)[0].members[0].member_type, -1) << "not in version 0";
}

TEST_F(ConsumerGroupApiTest, DescribesWhatIsNoConsumerGroup) {
  join("g");
  const auto groups = describe({"g", "missing", "", "g"}, true);
  ASSERT_EQ(groups.size(), 4u);
  EXPECT_EQ(groups[0].group_id, "") << "it is refused before any partition is asked";
  EXPECT_EQ(groups[0].error_code, ErrorCode::kInvalidGroupId);
  EXPECT_EQ(groups[0].authorized_operations, INT32_MIN);
  int found = 0;
  for (const auto& group : groups) {
    if (group.group_id == "g") ++found;
    if (group.group_id != "missing") continue;
    EXPECT_EQ(group.error_code, ErrorCode::kGroupIdNotFound);
    EXPECT_EQ(group.error_message, "Group missing not found.");
  }
  EXPECT_EQ(found, 2) << "twice, as it was asked";
  EXPECT_TRUE(describe({}).empty());
}

TEST_F(ConsumerGroupApiTest, WhileThePartitionIsLoadedTheClientWaits) {
  groups.runtime().hold_loading(true);
  const auto answer = join("other");
  EXPECT_EQ(answer.error_code, ErrorCode::kCoordinatorLoadInProgress);
  EXPECT_TRUE(answer.error_message.has_value());
  EXPECT_EQ(describe({"other"})[0].error_code, ErrorCode::kCoordinatorLoadInProgress);
}

class TwoNodeConsumerGroupApiTest : public ConsumerGroupApiTest {
 protected:
  TwoNodeConsumerGroupApiTest() : ConsumerGroupApiTest({.node_count = 2}) {}
};

TEST_F(TwoNodeConsumerGroupApiTest, OnlyTheCoordinatorAnswers) {
  const NodeId coordinator = find_coordinator(cluster, 1, InternalTopic::kOffsets, "g")->id;
  const NodeId other = coordinator == 1 ? 2 : 1;
  EXPECT_EQ(join("g", other).error_code, ErrorCode::kNotCoordinator);
  EXPECT_EQ(join("g", coordinator).error_code, ErrorCode::kNone);
  EXPECT_EQ(describe({"g"}, false, 1, other)[0].error_code, ErrorCode::kNotCoordinator);
  EXPECT_EQ(describe({"g"}, false, 1, coordinator)[0].error_code, ErrorCode::kNone);
}

class ClassicOnlyTest : public ConsumerGroupApiTest {
 protected:
  ClassicOnlyTest()
      : ConsumerGroupApiTest(
            {.properties = {{"group.coordinator.rebalance.protocols", "classic"}}}) {}
};

TEST_F(ClassicOnlyTest, Groups_S72_WithoutTheProtocolBothAnswerThatTheyAreNotSupported) {
  EXPECT_EQ(join("g").error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(join("g").error_message, std::nullopt);
  EXPECT_EQ(describe({"g", ""})[0].error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_NE(apis.find(wire::ApiKey::kConsumerGroupHeartbeat), nullptr);
}

TEST(ConsumerGroupApis, CameWithKafka4) {
  for (const char* release : {"2.4", "3.6"}) {
    const ServedApis old(*Profile::named(release));
    EXPECT_EQ(old.find(wire::ApiKey::kConsumerGroupHeartbeat), nullptr);
    EXPECT_EQ(old.find(wire::ApiKey::kConsumerGroupDescribe), nullptr);
  }
  const ServedApis now(Profile::newest());
  EXPECT_EQ(now.find(wire::ApiKey::kConsumerGroupHeartbeat)->versions.max, 1);
}

}  // namespace
}  // namespace understudy::broker
