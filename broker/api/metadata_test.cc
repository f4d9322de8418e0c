#include "wire/messages/metadata.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

wire::MetadataRequest named_topics(const std::vector<std::string>& names) {
  wire::MetadataRequest request;
  request.topics.emplace();
  for (const std::string& name : names) request.topics->emplace_back().name = name;
  return request;
}

wire::MetadataRequest identified_topic(const wire::Uuid& id) {
  wire::MetadataRequest request;
  auto& topic = request.topics.emplace().emplace_back();
  topic.topic_id = id;
  topic.name = std::nullopt;
  return request;
}

wire::MetadataRequest all_topics() {
  wire::MetadataRequest request;
  request.topics = std::nullopt;
  return request;
}

using MetadataTest = HandlerTest;

TEST_F(MetadataTest, EmptyListIsAllTopicsInVersion0AndNoneLater) {
  add_topic("a");
  add_topic("b");
  EXPECT_EQ(call(metadata, 0, named_topics({})).topics.size(), 2u);
  EXPECT_EQ(call(metadata, 1, named_topics({})).topics.size(), 0u);
  EXPECT_EQ(call(metadata, 1, all_topics()).topics.size(), 2u);
}

TEST_F(MetadataTest, DescribesAPartition) {
  const Topic& topic = add_topic("t", 2);
  const auto response = call(metadata, 12, named_topics({"t"}));
  EXPECT_EQ(response.cluster_id, "abcdefghijklmnopqrstuv");
  EXPECT_EQ(response.controller_id, 1);
  ASSERT_EQ(response.brokers.size(), 1u);
  EXPECT_EQ(response.brokers[0].host, "host-1");
  EXPECT_EQ(response.brokers[0].port, 9001);
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].topic_id, topic.id);
  EXPECT_FALSE(response.topics[0].is_internal);
  EXPECT_EQ(response.topics[0].topic_authorized_operations, INT32_MIN);
  ASSERT_EQ(response.topics[0].partitions.size(), 2u);
  const auto& partition = response.topics[0].partitions[1];
  EXPECT_EQ(partition.error_code, ErrorCode::kNone);
  EXPECT_EQ(partition.partition_index, 1);
  EXPECT_EQ(partition.leader_id, 1);
  EXPECT_EQ(partition.leader_epoch, 0);
  EXPECT_EQ(partition.replica_nodes, std::vector<NodeId>{1});
  EXPECT_EQ(partition.isr_nodes, std::vector<NodeId>{1});
  EXPECT_TRUE(partition.offline_replicas.empty());
}

TEST_F(MetadataTest, CreatesAMissingTopicButAnswersItOnlyTheNextTime) {
  const auto first = call(metadata, 12, named_topics({"t"}));
  EXPECT_EQ(first.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_TRUE(first.topics.at(0).topic_id.is_zero());
  EXPECT_TRUE(first.topics.at(0).partitions.empty());
  const auto second = call(metadata, 12, named_topics({"t"}));
  EXPECT_EQ(second.topics.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(second.topics.at(0).partitions.size(), 1u);
}

TEST_F(MetadataTest, CreatesNothingUnasked) {
  wire::MetadataRequest request = named_topics({"t"});
  request.allow_auto_topic_creation = false;
  EXPECT_EQ(call(metadata, 12, request).topics.at(0).error_code,
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(cluster.find_topic("t"), nullptr);
}

TEST_F(MetadataTest, RefusesAnIllegalName) {
  EXPECT_EQ(call(metadata, 12, named_topics({"a b"})).topics.at(0).error_code,
            ErrorCode::kInvalidTopicException);
  EXPECT_TRUE(cluster.topics().empty());
}

// Its files would be those of the cluster's own log.
TEST_F(MetadataTest, NeverCreatesTheMetadataTopic) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(call(metadata, 12, named_topics({"__cluster_metadata"})).topics.at(0).error_code,
              ErrorCode::kUnknownTopicOrPartition);
  }
  EXPECT_TRUE(cluster.topics().empty());
}

TEST_F(MetadataTest, StillAnswersUnknownTopicWhenTheNameCollides) {
  add_topic("a_b");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(call(metadata, 12, named_topics({"a.b"})).topics.at(0).error_code,
              ErrorCode::kUnknownTopicOrPartition);
  }
}

TEST_F(MetadataTest, CreatesTheOffsetsTopicWithItsOwnSettings) {
  call(metadata, 12, named_topics({"__consumer_offsets"}));
  const auto response = call(metadata, 12, named_topics({"__consumer_offsets"}));
  EXPECT_TRUE(response.topics.at(0).is_internal);
  EXPECT_EQ(response.topics.at(0).partitions.size(), 50u);
  const Topic* topic = cluster.find_topic("__consumer_offsets");
  EXPECT_TRUE(topic->effective->cleanup_compact);
  EXPECT_FALSE(topic->effective->cleanup_delete);
  EXPECT_EQ(topic->effective->segment_bytes, 104'857'600);
}

TEST_F(MetadataTest, AnswersADuplicatedNameOnce) {
  add_topic("t");
  EXPECT_EQ(call(metadata, 12, named_topics({"t", "t"})).topics.size(), 1u);
}

TEST_F(MetadataTest, LooksUpByIdFromVersion12On) {
  const Topic& topic = add_topic("t");
  const auto known = call(metadata, 12, identified_topic(topic.id));
  EXPECT_EQ(known.topics.at(0).name, "t");
  EXPECT_EQ(known.topics.at(0).partitions.size(), 1u);
  const wire::Uuid missing = random.uuid();
  const auto unknown = call(metadata, 12, identified_topic(missing));
  EXPECT_EQ(unknown.topics.at(0).error_code, ErrorCode::kUnknownTopicId);
  EXPECT_EQ(unknown.topics.at(0).name, std::nullopt);
  EXPECT_EQ(unknown.topics.at(0).topic_id, missing);
}

TEST_F(MetadataTest, IgnoresNamesWhenAnIdIsGiven) {
  const Topic& topic = add_topic("t");
  wire::MetadataRequest request = identified_topic(topic.id);
  request.topics->emplace_back().name = "other";
  const auto response = call(metadata, 12, request);
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].name, "t");
}

TEST_F(MetadataTest, RefusesIdsAndNullNamesBelowVersion12) {
  const Topic& topic = add_topic("t");
  const auto response = call(metadata, 11, identified_topic(topic.id));
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(response.topics[0].name, "");
  EXPECT_TRUE(response.brokers.empty());
}

TEST_F(MetadataTest, AnswersAnEntryWithoutNameAndIdWithUnknownServerError) {
  const auto response = call(metadata, 12, identified_topic({}));
  EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kUnknownServerError);
}

TEST_F(MetadataTest, AnswersTheErrorOfTheWholeRequestFromVersion13On) {
  const auto entry = identified_topic({});
  EXPECT_EQ(call(metadata, 13, entry).error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(call(metadata, 13, named_topics({"t"})).error_code, ErrorCode::kNone);
}

TEST_F(MetadataTest, AnswersADuplicatedIdOnceAndZeroNotAtAll) {
  const Topic& topic = add_topic("t");
  wire::MetadataRequest request = identified_topic(topic.id);
  request.topics->push_back(request.topics->front());
  request.topics->emplace_back().name = "t";
  EXPECT_EQ(call(metadata, 12, request).topics.size(), 1u);
}

TEST_F(MetadataTest, AnswersOperationsOnDemand) {
  add_topic("t");
  wire::MetadataRequest request = named_topics({"t"});
  request.include_topic_authorized_operations = true;
  request.include_cluster_authorized_operations = true;
  const auto response = call(metadata, 8, request);
  EXPECT_EQ(response.topics.at(0).topic_authorized_operations, 0x0DF8);
  EXPECT_EQ(response.cluster_authorized_operations, 0x1FA0);
}

TEST_F(MetadataTest, AnswersInEveryVersion) {
  add_topic("t");
  for (wire::Version version = 0; version <= 13; ++version) {
    EXPECT_EQ(call(metadata, version, named_topics({"t"})).topics.at(0).name, "t") << version;
  }
}

TEST_F(ThreeNodesTest, AnswersAllNodesAndSpreadsLeaders) {
  add_topic("t", 3, 2);
  const auto response = call(metadata, 12, named_topics({"t"}), 2);
  EXPECT_EQ(response.brokers.size(), 3u);
  std::set<NodeId> leaders;
  for (const auto& partition : response.topics.at(0).partitions) {
    leaders.insert(partition.leader_id);
    EXPECT_EQ(partition.replica_nodes.size(), 2u);
    EXPECT_EQ(partition.isr_nodes, partition.replica_nodes);
  }
  EXPECT_EQ(leaders, (std::set<NodeId>{1, 2, 3}));
}

TEST_F(ThreeNodesTest, NamesAnyNodeAsController) {
  std::set<NodeId> controllers;
  for (int i = 0; i < 100; ++i) {
    controllers.insert(call(metadata, 12, named_topics({})).controller_id);
  }
  EXPECT_EQ(controllers, (std::set<NodeId>{1, 2, 3}));
}

TEST_F(ThreeNodesTest, AnswersALeaderChange) {
  Topic& topic = add_topic("t", 1, 3);
  const NodeId next = topic.partition(0)->leadership().replicas[1];
  cluster.elect(*topic.partition(0), next, Partition::Tail::kKeep);
  const auto response = call(metadata, 12, named_topics({"t"}));
  EXPECT_EQ(response.topics.at(0).partitions.at(0).leader_id, next);
  EXPECT_EQ(response.topics.at(0).partitions.at(0).leader_epoch, 1);
}

class MetadataWithoutCreationTest : public HandlerTest {
 protected:
  MetadataWithoutCreationTest()
      : HandlerTest({.properties = {{"auto.create.topics.enable", "false"}}}) {}
};

TEST_F(MetadataWithoutCreationTest, CreatesNothing) {
  call(metadata, 12, named_topics({"t"}));
  EXPECT_EQ(cluster.find_topic("t"), nullptr);
}

class MetadataWithHugeTopicsTest : public HandlerTest {
 protected:
  MetadataWithHugeTopicsTest()
      : HandlerTest({.properties = {{"num.partitions", "100000000"},
                                    {"offsets.topic.num.partitions", "100000000"}}}) {}
};

TEST_F(MetadataWithHugeTopicsTest, NeverCreatesATopicOfMorePartitionsThanARequestMay) {
  for (const char* name : {"t", "__consumer_offsets"}) {
    for (int i = 0; i < 2; ++i) {
      const auto response = call(metadata, 12, named_topics({name}));
      EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
    }
  }
  EXPECT_TRUE(cluster.topics().empty());
}

}  // namespace
}  // namespace understudy::broker
