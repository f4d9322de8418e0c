// Section 17 of the cluster specification, scenarios 9 to 11, 25, 26, 37 and 38: what a broker
// tells about itself, its topics and its partitions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::MetadataRequest;
using wire::MetadataResponse;
using MetadataTopic = wire::metadata_response::MetadataResponseTopic;
using MetadataQuestions = wire::Array<wire::metadata_request::MetadataRequestTopic>;

const MetadataQuestions kNone{};
// Operations by bit: READ 3, WRITE 4, CREATE 5, DELETE 6, ALTER 7, DESCRIBE 8, CLUSTER_ACTION 9,
// DESCRIBE_CONFIGS 10, ALTER_CONFIGS 11, IDEMPOTENT_WRITE 12.
constexpr std::int32_t kAllTopicOperations = 0x0DF8;
constexpr std::int32_t kAllClusterOperations = 0x1FA0;

bool names(const MetadataResponse& response, const std::string& name) {
  return std::any_of(response.topics.begin(), response.topics.end(),
                     [&](const MetadataTopic& topic) { return topic.name == name; });
}

TEST(Cluster, S09_AllTopicsOrNone) {
  TestTopic topic;
  for (Version version = 0; version <= newest(ApiKey::kMetadata); ++version) {
    SCOPED_TRACE("Metadata version " + std::to_string(version));
    const auto with_empty_list = topic.client().ask(MetadataRequest{.topics = kNone}, version);
    if (version == 0) {
      EXPECT_TRUE(names(with_empty_list, topic.name()));
      continue;
    }
    EXPECT_TRUE(with_empty_list.topics.empty());
    const auto all = topic.client().ask(MetadataRequest{.topics = std::nullopt}, version);
    EXPECT_TRUE(names(all, topic.name()));
  }
}

TEST(Cluster, S09_BrokersAndPartitionsAreDescribed) {
  TestTopic topic({.partitions = 2});
  for (Version version = 0; version <= newest(ApiKey::kMetadata); ++version) {
    SCOPED_TRACE("Metadata version " + std::to_string(version));
    const auto response =
        topic.client().ask(MetadataRequest{.topics = {{{.name = topic.name()}}}}, version);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    ASSERT_EQ(response.brokers.size(), 1u);
    EXPECT_EQ(response.brokers[0].node_id, node_id());
    EXPECT_EQ(response.brokers[0].port, settings().bootstrap.port);
    EXPECT_EQ(response.brokers[0].rack, std::nullopt);
    EXPECT_EQ(response.controller_id, version >= 1 ? node_id() : -1);
    EXPECT_EQ(response.cluster_id.value_or("").empty(), version < 2);
    EXPECT_EQ(response.cluster_authorized_operations, INT32_MIN);
    ASSERT_EQ(response.topics.size(), 1u);
    const MetadataTopic& described = response.topics[0];
    EXPECT_EQ(described.error_code, ErrorCode::kNone);
    EXPECT_EQ(described.name, topic.name());
    EXPECT_EQ(described.topic_id, version >= 10 ? topic.id() : wire::Uuid{});
    EXPECT_FALSE(described.is_internal);
    EXPECT_EQ(described.topic_authorized_operations, INT32_MIN);
    ASSERT_EQ(described.partitions.size(), 2u);
    for (const auto& partition : described.partitions) {
      EXPECT_EQ(partition.error_code, ErrorCode::kNone);
      EXPECT_EQ(partition.leader_id, node_id());
      EXPECT_EQ(partition.leader_epoch, version >= 7 ? 0 : -1);
      EXPECT_EQ(partition.replica_nodes, std::vector{node_id()});
      EXPECT_EQ(partition.isr_nodes, std::vector{node_id()});
      EXPECT_TRUE(partition.offline_replicas.empty());
    }
    EXPECT_NE(described.partitions[0].partition_index, described.partitions[1].partition_index);
  }
}

TEST(Cluster, S09_AuthorizedOperationsAreToldOnRequest) {
  TestTopic topic;
  MetadataRequest request{.topics = {{{.name = topic.name()}}},
                          .include_cluster_authorized_operations = true,
                          .include_topic_authorized_operations = true};
  const auto with_cluster = topic.client().ask(request, 10);
  EXPECT_EQ(with_cluster.cluster_authorized_operations, kAllClusterOperations);
  EXPECT_EQ(with_cluster.topics.at(0).topic_authorized_operations, kAllTopicOperations);
  request.include_cluster_authorized_operations = false;
  const auto response = topic.client().ask(request, 12);
  EXPECT_EQ(response.topics.at(0).topic_authorized_operations, kAllTopicOperations);
}

TEST(Cluster, S09_NameGivenTwiceIsAnsweredOnce) {
  TestTopic topic;
  const auto response = topic.client().ask(
      MetadataRequest{.topics = {{{.name = topic.name()}, {.name = topic.name()}}}}, 8);
  EXPECT_EQ(response.topics.size(), 1u);
}

TEST(Cluster, S10_MissingTopicIsCreatedByTheWay) {
  RawClient client = connect();
  const std::string name = unique_name();
  const MetadataRequest request{.topics = {{{.name = name}}}, .allow_auto_topic_creation = true};
  const auto first = client.ask(request, 8);
  EXPECT_EQ(first.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_TRUE(first.topics.at(0).partitions.empty());
  MetadataResponse later;
  ASSERT_TRUE(eventually([&] {
    later = client.ask(request, 8);
    return later.topics.at(0).error_code == ErrorCode::kNone;
  }));
  EXPECT_EQ(std::to_string(later.topics[0].partitions.size()), broker_config("num.partitions"));
}

TEST(Cluster, S10_OldVersionsAlwaysCreate) {
  RawClient client = connect();
  const std::string name = unique_name();
  ASSERT_TRUE(eventually([&] {
    const auto response = client.ask(MetadataRequest{.topics = {{{.name = name}}}}, 1);
    return response.topics.at(0).error_code == ErrorCode::kNone;
  }));
}

TEST(Cluster, S10_NothingIsCreatedAgainstTheClientsWill) {
  RawClient client = connect();
  const std::string name = unique_name();
  for (Version version = 4; version <= newest(ApiKey::kMetadata); ++version) {
    const auto response = client.ask(
        MetadataRequest{.topics = {{{.name = name}}}, .allow_auto_topic_creation = false}, version);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
    EXPECT_EQ(response.topics.at(0).name, name);
    EXPECT_TRUE(response.topics.at(0).topic_id.is_zero());
    EXPECT_TRUE(response.topics.at(0).partitions.empty());
  }
  EXPECT_FALSE(names(client.ask(MetadataRequest{.topics = std::nullopt}, 8), name));
}

TEST(Cluster, S10_IllegalNameIsTold) {
  RawClient client = connect();
  for (const std::string& name : {std::string("a b"), std::string(250, 'x'), std::string("..")}) {
    const auto response = client.ask(MetadataRequest{.topics = {{{.name = name}}}}, 8);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kInvalidTopicException) << name;
  }
}

TEST(Cluster, S11_MetadataByTopicId) {
  TestTopic topic;
  wire::Uuid unknown = topic.id();
  unknown.bytes[15] ^= 1;
  for (Version version = 12; version <= newest(ApiKey::kMetadata); ++version) {
    const auto response = topic.client().ask(
        MetadataRequest{.topics = {{{.topic_id = topic.id(), .name = std::nullopt},
                                    {.topic_id = unknown, .name = std::nullopt}}}},
        version);
    ASSERT_EQ(response.topics.size(), 2u);
    for (const MetadataTopic& described : response.topics) {
      if (described.topic_id == topic.id()) {
        EXPECT_EQ(described.error_code, ErrorCode::kNone);
        EXPECT_EQ(described.name, topic.name());
        EXPECT_EQ(described.partitions.size(), 1u);
      } else {
        EXPECT_EQ(described.topic_id, unknown);
        EXPECT_EQ(described.error_code, ErrorCode::kUnknownTopicId);
        EXPECT_EQ(described.name, std::nullopt);
        EXPECT_TRUE(described.partitions.empty());
      }
    }
  }
}

TEST(Cluster, S11_TopicIdsNeedMetadata12) {
  TestTopic topic;
  for (const Version version : {Version(10), Version(11)}) {
    const auto response = topic.client().ask(
        MetadataRequest{.topics = {{{.topic_id = topic.id(), .name = std::nullopt}}}}, version);
    ASSERT_EQ(response.topics.size(), 1u);
    EXPECT_EQ(response.topics[0].error_code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(response.topics[0].name, "");
  }
}

TEST(Cluster, S25_DescribeCluster) {
  RawClient client = connect();
  for (Version version = 0; version <= newest(ApiKey::kDescribeCluster); ++version) {
    SCOPED_TRACE("DescribeCluster version " + std::to_string(version));
    const auto response = client.ask(wire::DescribeClusterRequest{}, version);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_EQ(response.error_message, std::nullopt);
    EXPECT_EQ(response.cluster_id.size(), 22u);
    EXPECT_EQ(response.controller_id, node_id());
    ASSERT_EQ(response.brokers.size(), 1u);
    EXPECT_EQ(response.brokers[0].broker_id, node_id());
    EXPECT_EQ(response.brokers[0].port, settings().bootstrap.port);
    EXPECT_FALSE(response.brokers[0].is_fenced);
    EXPECT_EQ(response.cluster_authorized_operations, INT32_MIN);
  }
  const auto with_operations =
      client.ask(wire::DescribeClusterRequest{.include_cluster_authorized_operations = true}, 0);
  EXPECT_EQ(with_operations.cluster_authorized_operations, kAllClusterOperations);
}

TEST(Cluster, S25_ControllersAreNotDescribedHere) {
  RawClient client = connect();
  for (Version version = 1; version <= newest(ApiKey::kDescribeCluster); ++version) {
    EXPECT_EQ(client.ask(wire::DescribeClusterRequest{.endpoint_type = 2}, version).error_code,
              ErrorCode::kMismatchedEndpointType);
    EXPECT_EQ(client.ask(wire::DescribeClusterRequest{.endpoint_type = 7}, version).error_code,
              ErrorCode::kUnsupportedEndpointType);
  }
}

TEST(Cluster, S26_DescribeLogDirs) {
  TestTopic topic({.partitions = 2});
  const wire::Slice batch = plain(3);
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  for (Version version = 1; version <= newest(ApiKey::kDescribeLogDirs); ++version) {
    SCOPED_TRACE("DescribeLogDirs version " + std::to_string(version));
    const auto response =
        topic.client().ask(wire::DescribeLogDirsRequest{.topics = std::nullopt}, version);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    ASSERT_EQ(response.results.size(), 1u);
    EXPECT_EQ(response.results[0].error_code, ErrorCode::kNone);
    EXPECT_FALSE(response.results[0].log_dir.empty());
    std::map<std::int32_t, std::int64_t> sizes;
    for (const auto& described : response.results[0].topics) {
      if (described.name != topic.name()) continue;
      for (const auto& partition : described.partitions) {
        sizes[partition.partition_index] = partition.partition_size;
        EXPECT_EQ(partition.offset_lag, 0);
        EXPECT_FALSE(partition.is_future_key);
      }
    }
    const std::map<std::int32_t, std::int64_t> expected = {{0, batch.size()}, {1, 0}};
    EXPECT_EQ(sizes, expected);
  }
}

TEST(Cluster, S26_DescribeLogDirsLeavesOutWhatIsNotThere) {
  TestTopic topic;
  const auto response = topic.client().ask(
      wire::DescribeLogDirsRequest{
          .topics = {{{.topic = topic.name(), .partitions = {0, 5}},
                      {.topic = unique_name("missing"), .partitions = {0}}}}},
      newest(ApiKey::kDescribeLogDirs));
  ASSERT_EQ(response.results.size(), 1u);
  ASSERT_EQ(response.results[0].topics.size(), 1u);
  EXPECT_EQ(response.results[0].topics[0].name, topic.name());
  ASSERT_EQ(response.results[0].topics[0].partitions.size(), 1u);
  EXPECT_EQ(response.results[0].topics[0].partitions[0].partition_index, 0);
}

TEST(Cluster, S37_DescribeTopicPartitionsPageByPage) {
  TestTopic topic({.partitions = 3});
  wire::DescribeTopicPartitionsRequest request{.topics = {{.name = topic.name()}},
                                               .response_partition_limit = 1};
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    const auto response = topic.client().ask(request, 0);
    ASSERT_EQ(response.topics.size(), 1u);
    EXPECT_EQ(response.topics[0].error_code, ErrorCode::kNone);
    EXPECT_EQ(response.topics[0].topic_id, topic.id());
    ASSERT_EQ(response.topics[0].partitions.size(), 1u);
    const auto& described = response.topics[0].partitions[0];
    EXPECT_EQ(described.partition_index, partition);
    EXPECT_EQ(described.leader_id, node_id());
    EXPECT_EQ(described.leader_epoch, 0);
    EXPECT_EQ(described.isr_nodes, std::vector{node_id()});
    EXPECT_EQ(response.next_cursor.has_value(), partition < 2);
    if (!response.next_cursor) break;
    EXPECT_EQ(response.next_cursor->topic_name, topic.name());
    EXPECT_EQ(response.next_cursor->partition_index, partition + 1);
    request.cursor = {.topic_name = response.next_cursor->topic_name,
                      .partition_index = response.next_cursor->partition_index};
  }
}

TEST(Cluster, S37_DescribeTopicPartitionsRefusesStrangeCursors) {
  TestTopic topic;
  using Cursor = wire::describe_topic_partitions_request::Cursor;
  const std::string missing = unique_name("missing");
  const auto ask = [&](const std::string& name, const std::optional<Cursor>& cursor) {
    return topic.client().ask(
        wire::DescribeTopicPartitionsRequest{.topics = {{.name = name}}, .cursor = cursor}, 0);
  };
  EXPECT_EQ(ask(missing, {}).topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(ask("a b", {}).topics.at(0).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(ask(topic.name(), Cursor{.topic_name = missing, .partition_index = 0})
                .topics.at(0)
                .error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(ask(topic.name(), Cursor{.topic_name = topic.name(), .partition_index = -1})
                .topics.at(0)
                .error_code,
            ErrorCode::kInvalidRequest);
}

TEST(Cluster, S38_DeleteRecords) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(11).error_code, ErrorCode::kOffsetOutOfRange);
  EXPECT_EQ(topic.delete_records(-1).low_watermark, topic.end_offset());
}

TEST(Cluster, S38_DeleteRecordsOfAnInternalTopicIsRefused) {
  RawClient client = connect();
  const auto response = client.ask(
      wire::DeleteRecordsRequest{.topics = {{.name = "__consumer_offsets",
                                             .partitions = {{.partition_index = 0, .offset = 0}}}},
                                 .timeout_ms = 30'000},
      2);
  const auto& answer = response.topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(answer.low_watermark, -1);
}

}  // namespace
}  // namespace understudy::conformance
