// DescribeCluster, DescribeLogDirs, DescribeProducers, DescribeTopicPartitions, DeleteRecords,
// FindCoordinator and ListConfigResources.
#include "broker/api/admin_handlers.h"
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "broker/cluster/java_string.h"
#include "broker/log/test_batches.h"
#include "wire/messages/delete_records.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_log_dirs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/describe_topic_partitions.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/list_config_resources.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

void append_batch(Partition& partition, int records) {
  ASSERT_EQ(partition.append(make_batch({.records = records}), {}).error, ErrorCode::kNone);
}

class ClusterHandlersTest : public HandlerTest {
 protected:
  using HandlerTest::HandlerTest;

  ErrorCode describe_endpoint(wire::Version version, std::int8_t type) {
    wire::DescribeClusterRequest request;
    request.endpoint_type = type;
    return call(describe_cluster, version, request).error_code;
  }
  auto delete_up_to(const std::string& topic, std::int64_t offset, NodeId node = 1) {
    wire::DeleteRecordsRequest request;
    auto& added = request.topics.emplace_back();
    added.name = topic;
    added.partitions.emplace_back().offset = offset;
    return call(delete_records, 2, request, node).topics.at(0).partitions.at(0);
  }
  auto find_group(const std::string& group, wire::Version version = 6) {
    wire::FindCoordinatorRequest request;
    request.coordinator_keys = {group};
    return call(find_coordinator, version, request).coordinators.at(0);
  }
  auto list_resources(wire::Version version, std::vector<std::int8_t> types) {
    wire::ListConfigResourcesRequest request;
    request.resource_types = std::move(types);
    return call(list_config_resources, version, request);
  }
};

TEST_F(ClusterHandlersTest, DescribesTheCluster) {
  wire::DescribeClusterRequest request;
  request.include_cluster_authorized_operations = true;
  const auto response = call(describe_cluster, 2, request);
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_EQ(response.error_message, std::nullopt);
  EXPECT_EQ(response.cluster_id, "abcdefghijklmnopqrstuv");
  EXPECT_EQ(response.controller_id, 1);
  EXPECT_EQ(response.cluster_authorized_operations, 0x1FA0);
  ASSERT_EQ(response.brokers.size(), 1u);
  EXPECT_EQ(response.brokers[0].port, 9001);
}

TEST_F(ClusterHandlersTest, KnowsBrokerEndpointsOnly) {
  EXPECT_EQ(describe_endpoint(1, 2), ErrorCode::kMismatchedEndpointType);
  EXPECT_EQ(describe_endpoint(1, 7), ErrorCode::kUnsupportedEndpointType);
  EXPECT_EQ(describe_endpoint(0, 2), ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe_endpoint(0, 1), ErrorCode::kNone);
}

TEST_F(ClusterHandlersTest, DescribesLogDirs) {
  Topic& topic = add_topic("t", 2);
  append_batch(*topic.partition(1), 3);
  wire::DescribeLogDirsRequest all;
  all.topics = std::nullopt;
  const auto response = call(describe_log_dirs, 5, all);
  ASSERT_EQ(response.results.size(), 1u);
  EXPECT_EQ(response.results[0].log_dir, "memory");
  EXPECT_EQ(response.results[0].total_bytes, -1);
  ASSERT_EQ(response.results[0].topics.size(), 1u);
  const auto& partitions = response.results[0].topics[0].partitions;
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].partition_size, 0);
  EXPECT_GT(partitions[1].partition_size, 61);
  EXPECT_EQ(partitions[1].offset_lag, 0);
}

TEST_F(ClusterHandlersTest, OmitsUnknownPartitionsOfLogDirs) {
  add_topic("t");
  wire::DescribeLogDirsRequest request;
  auto& known = request.topics.emplace().emplace_back();
  known.topic = "t";
  known.partitions = {0, 7};
  request.topics->emplace_back().topic = "missing";
  const auto response = call(describe_log_dirs, 1, request);
  ASSERT_EQ(response.results.at(0).topics.size(), 1u);
  EXPECT_EQ(response.results[0].topics[0].partitions.size(), 1u);
}

TEST_F(ThreeNodesTest, LogDirsShowTheNodesReplicasOnly) {
  const Topic& topic = add_topic("t", 3, 1);
  wire::DescribeLogDirsRequest all;
  all.topics = std::nullopt;
  for (NodeId node = 1; node <= 3; ++node) {
    const auto response = call(describe_log_dirs, 4, all, node);
    ASSERT_EQ(response.results.at(0).topics.size(), 1u);
    ASSERT_EQ(response.results[0].topics[0].partitions.size(), 1u);
    const std::int32_t index = response.results[0].topics[0].partitions[0].partition_index;
    EXPECT_EQ(topic.partition(index)->leadership().leader, node);
  }
}

TEST_F(ClusterHandlersTest, PagesThroughPartitions) {
  add_topic("s");
  add_topic("t", 3);
  wire::DescribeTopicPartitionsRequest request;
  request.topics.emplace_back().name = "t";
  request.response_partition_limit = 1;
  for (std::int32_t index = 0; index < 3; ++index) {
    const auto response = call(describe_topic_partitions, 0, request);
    ASSERT_EQ(response.topics.size(), 1u);
    ASSERT_EQ(response.topics[0].partitions.size(), 1u);
    EXPECT_EQ(response.topics[0].partitions[0].partition_index, index);
    EXPECT_EQ(response.next_cursor.has_value(), index < 2);
    if (!response.next_cursor) break;
    auto& cursor = request.cursor.emplace();
    cursor.topic_name = response.next_cursor->topic_name;
    cursor.partition_index = response.next_cursor->partition_index;
  }
}

TEST_F(ClusterHandlersTest, PagesThroughTopics) {
  add_topic("a");
  add_topic("b");
  wire::DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 1;
  const auto response = call(describe_topic_partitions, 0, request);
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].name, "a");
  EXPECT_EQ(response.topics[0].topic_authorized_operations, 0x0DF8);
  ASSERT_TRUE(response.next_cursor);
  EXPECT_EQ(response.next_cursor->topic_name, "b");
  EXPECT_EQ(response.next_cursor->partition_index, 0);
}

TEST_F(ClusterHandlersTest, DescribesMissingTopicsThatAreNamed) {
  wire::DescribeTopicPartitionsRequest request;
  request.topics.emplace_back().name = "missing";
  request.topics.emplace_back().name = "a b";
  const auto response = call(describe_topic_partitions, 0, request);
  EXPECT_EQ(named(response.topics, "missing").error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(named(response.topics, "a b").error_code, ErrorCode::kInvalidTopicException);
}

TEST_F(ClusterHandlersTest, TopicWithoutANameFailsTheRequestUnlessTheCursorIsThere) {
  add_topic("t");
  wire::DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 2000;
  for (const char* name : {"t", "", "t"}) request.topics.emplace_back().name = name;
  const auto failed = call(describe_topic_partitions, 0, request);
  ASSERT_EQ(failed.topics.size(), 3u) << "as asked for, and as often";
  for (const auto& topic : failed.topics) {
    EXPECT_EQ(topic.error_code, ErrorCode::kUnknownServerError);
    EXPECT_TRUE(topic.topic_id.is_zero());
    EXPECT_TRUE(topic.partitions.empty());
  }
  request.cursor.emplace();  // "", 0
  const auto answered = call(describe_topic_partitions, 0, request);
  ASSERT_EQ(answered.topics.size(), 2u);
  EXPECT_EQ(named(answered.topics, "").error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(named(answered.topics, "t").error_code, ErrorCode::kNone);
}

TEST_F(ClusterHandlersTest, PageThatBeginsNearTheLargestIndexWraps) {
  add_topic("t", 2);
  wire::DescribeTopicPartitionsRequest request;
  request.topics.emplace_back().name = "t";
  request.topics.emplace_back().name = "u";
  request.response_partition_limit = 2000;
  auto& cursor = request.cursor.emplace();
  cursor.topic_name = "t";
  cursor.partition_index = INT32_MAX;
  const auto response = call(describe_topic_partitions, 0, request);
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_TRUE(response.topics[0].partitions.empty());
  ASSERT_TRUE(response.next_cursor);
  EXPECT_EQ(response.next_cursor->topic_name, "t");
  EXPECT_EQ(response.next_cursor->partition_index, INT32_MIN + 1999);
}

TEST_F(ClusterHandlersTest, RefusesABadCursor) {
  add_topic("t");
  wire::DescribeTopicPartitionsRequest request;
  request.topics.emplace_back().name = "t";
  request.cursor.emplace().topic_name = "s";
  EXPECT_EQ(call(describe_topic_partitions, 0, request).topics.at(0).error_code,
            ErrorCode::kInvalidRequest);
  request.cursor->topic_name = "t";
  request.cursor->partition_index = -1;
  EXPECT_EQ(call(describe_topic_partitions, 0, request).topics.at(0).error_code,
            ErrorCode::kInvalidRequest);
}

TEST_F(ClusterHandlersTest, DeletesRecords) {
  Topic& topic = add_topic("t");
  append_batch(*topic.partition(0), 10);
  const PartitionKey key = topic.partition(0)->key();
  int completed = 0;
  purgatory.wait(std::make_unique<Waiter>(completed), {&key, 1}, clock.monotonic_ms() + 1000, 1);
  const auto some = delete_up_to("t", 4);
  EXPECT_EQ(some.error_code, ErrorCode::kNone);
  EXPECT_EQ(some.low_watermark, 4);
  EXPECT_EQ(completed, 1);
  EXPECT_EQ(delete_up_to("t", 2).low_watermark, 4);
  EXPECT_EQ(delete_up_to("t", 11).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(delete_up_to("t", 11).low_watermark, -1);
  EXPECT_EQ(delete_up_to("t", -2).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(delete_up_to("t", -1).low_watermark, 10);
  EXPECT_EQ(topic.partition(0)->log_start_offset(), 10);
}

TEST_F(ClusterHandlersTest, RefusesToDeleteOtherRecords) {
  EXPECT_EQ(delete_up_to("missing", -1).error_code, ErrorCode::kUnknownTopicOrPartition);
  add_topic("__consumer_offsets");
  EXPECT_EQ(delete_up_to("__consumer_offsets", -1).error_code, ErrorCode::kInvalidTopicException);
  add_topic("compacted", 1, 1, {{"cleanup.policy", "compact"}});
  EXPECT_EQ(delete_up_to("compacted", -1).error_code, ErrorCode::kPolicyViolation);
  add_topic("both", 1, 1, {{"cleanup.policy", "compact,delete"}});
  EXPECT_EQ(delete_up_to("both", -1).error_code, ErrorCode::kNone);
  add_topic("t");
  EXPECT_EQ(delete_up_to("t", -1, 2).error_code, ErrorCode::kNotLeaderOrFollower);
}

TEST_F(ClusterHandlersTest, LastOffsetCountsWhenAPartitionIsNamedTwice) {
  Topic& topic = add_topic("t", 2);
  append_batch(*topic.partition(0), 10);
  wire::DeleteRecordsRequest request;
  request.topics.push_back({.name = "t", .partitions = {{.partition_index = 0, .offset = 8}}});
  request.topics.push_back({.name = "missing"});
  request.topics.push_back(
      {.name = "t",
       .partitions = {{.partition_index = 1, .offset = 0}, {.partition_index = 0, .offset = 3}}});
  const auto response = call(delete_records, 2, request);
  ASSERT_EQ(response.topics.size(), 1u) << "what was named without partitions is not answered";
  ASSERT_EQ(response.topics[0].partitions.size(), 2u);
  EXPECT_EQ(topic.partition(0)->log_start_offset(), 3);
}

TEST_F(ClusterHandlersTest, AnIllegalTopicHasNoProducers) {
  add_topic("t");
  wire::DescribeProducersRequest request;
  request.topics.push_back({.name = "a b", .partition_indexes = {0}});
  request.topics.push_back({.name = "missing", .partition_indexes = {0}});
  request.topics.push_back({.name = "t", .partition_indexes = {5}});
  const auto response = call(describe_producers, 0, request);
  const auto answer = [&](std::size_t topic) { return response.topics.at(topic).partitions.at(0); };
  EXPECT_EQ(answer(0).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_TRUE(answer(0).error_message.has_value());
  EXPECT_EQ(answer(1).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_TRUE(answer(1).error_message.has_value());
  EXPECT_EQ(answer(2).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(answer(2).error_message, std::nullopt);
}

TEST_F(ClusterHandlersTest, CreatesTheOffsetsTopicWhenAGroupIsLookedUp) {
  const auto first = find_group("g");
  EXPECT_EQ(first.error_code, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(first.node_id, -1);
  EXPECT_EQ(first.port, -1);
  EXPECT_EQ(first.error_message, "");
  ASSERT_NE(cluster.find_topic("__consumer_offsets"), nullptr);
  EXPECT_EQ(cluster.find_topic("__consumer_offsets")->partitions.size(), 50u);
  const auto second = find_group("g");
  EXPECT_EQ(second.error_code, ErrorCode::kNone);
  EXPECT_EQ(second.node_id, 1);
  EXPECT_EQ(second.host, "host-1");
  EXPECT_EQ(second.port, 9001);
  EXPECT_EQ(second.error_message, "");
}

TEST_F(ClusterHandlersTest, AnswersAGroupInEveryVersion) {
  find_group("g");
  for (wire::Version version = 0; version < 4; ++version) {
    wire::FindCoordinatorRequest request;
    request.key = "g";
    const auto response = call(find_coordinator, version, request);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(response.node_id, 1);
    if (version >= 1) {
      EXPECT_EQ(response.error_message, "NONE");
    }
  }
  for (wire::Version version = 4; version <= 6; ++version) {
    EXPECT_EQ(find_group("g", version).node_id, 1);
  }
}

TEST_F(ClusterHandlersTest, HasNoCoordinatorForGroupsOfMissingPartitions) {
  add_topic("__consumer_offsets", 1);
  EXPECT_EQ(find_group("").error_code, ErrorCode::kNone);                      // hash 0
  EXPECT_EQ(find_group("a").error_code, ErrorCode::kCoordinatorNotAvailable);  // 97 % 50
}

TEST_F(ClusterHandlersTest, RefusesOtherKeyTypes) {
  const auto find = [&](std::int8_t type, wire::Version version) {
    wire::FindCoordinatorRequest request;
    request.key_type = type;
    request.coordinator_keys = {"k", "l"};
    return call(find_coordinator, version, request).coordinators.at(1);
  };
  EXPECT_EQ(find(1, 4).error_code, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(find(1, 4).key, "l");
  EXPECT_EQ(find(2, 5).error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(find(2, 5).error_message, "");
  EXPECT_EQ(find(2, 6).error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(find(9, 6).error_code, ErrorCode::kInvalidRequest);
  EXPECT_NE(find(9, 6).error_message, "");
}

TEST_F(ClusterHandlersTest, MakesTheTransactionTopicThatNobodyCoordinates) {
  wire::FindCoordinatorRequest request;
  request.key_type = 1;
  request.key = "t";
  EXPECT_EQ(call(find_coordinator, 1, request).error_code, ErrorCode::kCoordinatorNotAvailable);
  const Topic* topic = cluster.find_topic("__transaction_state");
  ASSERT_NE(topic, nullptr);
  EXPECT_TRUE(topic->is_internal);
  EXPECT_EQ(topic->configs.at("compression.type"), "uncompressed");
  EXPECT_EQ(topic->configs.at("unclean.leader.election.enable"), "false");
}

TEST_F(ThreeNodesTest, GroupsAreSpreadOverTheNodes) {
  wire::FindCoordinatorRequest request;
  request.coordinator_keys = {"a", "b", "c"};
  call(find_coordinator, 4, request);
  const auto response = call(find_coordinator, 4, request);
  const Topic* topic = cluster.find_topic("__consumer_offsets");
  EXPECT_EQ(topic->partition(0)->leadership().replicas.size(), 3u);
  std::set<NodeId> nodes;
  for (const auto& coordinator : response.coordinators) {
    const auto* partition = topic->partition(java_partition_for(coordinator.key, 50));
    EXPECT_EQ(coordinator.node_id, partition->leadership().leader);
    nodes.insert(coordinator.node_id);
  }
  EXPECT_EQ(nodes.size(), 3u);
}

TEST_F(ClusterHandlersTest, ListsConfigResources) {
  add_topic("t");
  const auto topics = list_resources(1, {2});
  ASSERT_EQ(topics.config_resources.size(), 1u);
  EXPECT_EQ(topics.config_resources[0].resource_name, "t");
  EXPECT_EQ(topics.config_resources[0].resource_type, 2);
  EXPECT_EQ(list_resources(1, {}).config_resources.size(), 3u);  // topic, broker, logger
  EXPECT_EQ(list_resources(1, {99}).error_code, ErrorCode::kUnsupportedVersion);
  EXPECT_TRUE(list_resources(0, {}).config_resources.empty());
  EXPECT_EQ(list_resources(0, {}).error_code, ErrorCode::kNone);
}

}  // namespace
}  // namespace understudy::broker
