#include "wire/messages/create_topics.h"

#include <set>

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::create_topics_request::CreatableTopic;

CreatableTopic topic_of(const std::string& name, std::int32_t num_partitions = 1,
                        std::int16_t replication_factor = 1) {
  CreatableTopic topic;
  topic.name = name;
  topic.num_partitions = num_partitions;
  topic.replication_factor = replication_factor;
  return topic;
}

CreatableTopic with_config(const std::string& config, std::optional<std::string> value) {
  CreatableTopic topic = topic_of("t");
  auto& added = topic.configs.emplace_back();
  added.name = config;
  added.value = std::move(value);
  return topic;
}

CreatableTopic assigned(const std::vector<std::pair<std::int32_t, std::vector<NodeId>>>& replicas) {
  CreatableTopic topic = topic_of("t", -1, -1);
  for (const auto& [index, nodes] : replicas) {
    auto& assignment = topic.assignments.emplace_back();
    assignment.partition_index = index;
    assignment.broker_ids = nodes;
  }
  return topic;
}

class CreateTopicsTest : public HandlerTest {
 protected:
  using HandlerTest::HandlerTest;

  wire::CreateTopicsResponse create(const std::vector<CreatableTopic>& topics,
                                    wire::Version version = 7) {
    wire::CreateTopicsRequest request;
    request.topics = topics;
    return call(create_topics, version, std::move(request));
  }
  ErrorCode error_of(const CreatableTopic& topic) {
    return create({topic}).topics.at(0).error_code;
  }
};

TEST_F(CreateTopicsTest, AnswersWithIdCountsAndConfigs) {
  const auto result = create({topic_of("t", 3)}).topics.at(0);
  EXPECT_EQ(result.error_code, ErrorCode::kNone);
  EXPECT_EQ(result.error_message, std::nullopt);
  EXPECT_EQ(result.topic_id, cluster.find_topic("t")->id);
  EXPECT_FALSE(result.topic_id.is_zero());
  EXPECT_EQ(result.num_partitions, 3);
  EXPECT_EQ(result.replication_factor, 1);
  ASSERT_TRUE(result.configs);
  EXPECT_EQ(result.configs->size(), 37u);  // 33 until 4.3
  EXPECT_TRUE(std::ranges::is_sorted(*result.configs, {}, [](const auto& c) { return c.name; }));
  EXPECT_EQ(named(*result.configs, "retention.ms").value, "604800000");
  EXPECT_EQ(named(*result.configs, "retention.ms").config_source, 5);
  EXPECT_EQ(named(*result.configs, "min.insync.replicas").config_source, 3);
  EXPECT_EQ(named(*result.configs, "cleanup.policy").value, "delete");
}

TEST_F(CreateTopicsTest, AnswersInEveryVersion) {
  for (wire::Version version = 2; version <= 7; ++version) {
    const std::string name = "t" + std::to_string(version);
    const auto result = create({topic_of(name)}, version).topics.at(0);
    EXPECT_EQ(result.error_code, ErrorCode::kNone) << version;
    EXPECT_EQ(result.name, name);
  }
}

TEST_F(CreateTopicsTest, RefusesAnExistingTopic) {
  create({topic_of("t")});
  const auto result = create({topic_of("t")}).topics.at(0);
  EXPECT_EQ(result.error_code, ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(result.error_message, "Topic 't' already exists.");
  EXPECT_EQ(result.num_partitions, -1);
  EXPECT_EQ(result.replication_factor, -1);
  EXPECT_TRUE(result.configs->empty());
  EXPECT_TRUE(result.topic_id.is_zero());
}

TEST_F(CreateTopicsTest, RefusesIllegalNames) {
  for (const std::string& name :
       {std::string(), std::string("."), std::string(".."), std::string(250, 'a'),
        std::string("\xc3\xa4"), std::string("a b"), std::string(32'000, 'a')}) {
    EXPECT_EQ(error_of(topic_of(name)), ErrorCode::kInvalidTopicException) << name;
  }
  EXPECT_EQ(error_of(topic_of(std::string(249, 'a'))), ErrorCode::kNone);
}

TEST_F(CreateTopicsTest, RefusesANameThatCollides) {
  create({topic_of("a_b")});
  const auto result = create({topic_of("a.b")}).topics.at(0);
  EXPECT_EQ(result.error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(result.error_message, "Topic 'a.b' collides with existing topic: a_b");
}

TEST_F(CreateTopicsTest, LetsTwoNewNamesCollide) {
  const auto response = create({topic_of("a.b"), topic_of("a_b")});
  EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(response.topics.at(1).error_code, ErrorCode::kNone);
}

TEST_F(CreateTopicsTest, ForgetsACollisionWithTheTopic) {
  create({topic_of("a_b")});
  ASSERT_TRUE(cluster.remove_topic(*cluster.find_topic("a_b")));
  EXPECT_EQ(error_of(topic_of("a.b")), ErrorCode::kNone);
}

TEST_F(CreateTopicsTest, ChecksCounts) {
  EXPECT_EQ(error_of(topic_of("t", 0)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(error_of(topic_of("t", -2)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(error_of(topic_of("t", 1, 0)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(error_of(topic_of("t", 0, 0)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(error_of(topic_of("t", 1, -2)), ErrorCode::kInvalidReplicationFactor);
  const auto result = create({topic_of("t", 1, 2)}).topics.at(0);
  EXPECT_EQ(result.error_code, ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(
      result.error_message,
      "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot "
      "be reached because only 1 broker(s) are registered or some brokers have all their log "
      "directories cordoned.");
  EXPECT_EQ(error_of(topic_of("t", -1, -1)), ErrorCode::kNone);
  EXPECT_EQ(cluster.find_topic("t")->partitions.size(), 1u);
}

TEST_F(CreateTopicsTest, ChecksManualAssignments) {
  CreatableTopic with_count = assigned({{0, {1}}});
  with_count.num_partitions = 2;
  EXPECT_EQ(error_of(with_count), ErrorCode::kInvalidRequest);
  CreatableTopic with_factor = assigned({{0, {1}}});
  with_factor.replication_factor = 1;
  EXPECT_EQ(error_of(with_factor), ErrorCode::kInvalidRequest);
  EXPECT_EQ(error_of(assigned({{0, {1}}, {2, {1}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{1, {1}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{-1, {1}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{0, {1}}, {0, {1}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{0, {99}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{0, {}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{0, {1, 1}}})), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(error_of(assigned({{1, {1}}, {0, {1}}})), ErrorCode::kNone);
}

TEST_F(CreateTopicsTest, ChecksConfigs) {
  EXPECT_EQ(error_of(with_config("retention.ms", "abc")), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_of(with_config("foo", "bar")), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_of(with_config("cleanup.policy", std::nullopt)), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_of(with_config("segment.bytes", "14")), ErrorCode::kInvalidConfig);
  EXPECT_EQ(error_of(with_config("remote.storage.enable", "true")), ErrorCode::kInvalidConfig);
  const auto result = create({with_config("retention.ms", "1000")}).topics.at(0);
  EXPECT_EQ(result.error_code, ErrorCode::kNone);
  EXPECT_EQ(named(*result.configs, "retention.ms").value, "1000");
  EXPECT_EQ(named(*result.configs, "retention.ms").config_source, 1);
  EXPECT_EQ(cluster.find_topic("t")->partition(0)->config().retention_ms, 1000);
}

TEST_F(CreateTopicsTest, ChecksConfigsBeforeCounts) {
  CreatableTopic topic = with_config("foo", "bar");
  topic.num_partitions = 0;
  EXPECT_EQ(error_of(topic), ErrorCode::kInvalidConfig);
}

TEST_F(CreateTopicsTest, AnswersADuplicatedNameOnce) {
  const auto response = create({topic_of("t"), topic_of("u"), topic_of("t")});
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(named(response.topics, "t").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(named(response.topics, "t").error_message, "Duplicate topic name.");
  EXPECT_EQ(named(response.topics, "u").error_code, ErrorCode::kNone);
  EXPECT_EQ(cluster.find_topic("t"), nullptr);
}

TEST_F(CreateTopicsTest, RefusesTheMetadataLogButNotTheOffsetsTopic) {
  EXPECT_EQ(error_of(topic_of("__cluster_metadata")), ErrorCode::kInvalidRequest);
  EXPECT_EQ(error_of(topic_of("__consumer_offsets")), ErrorCode::kNone);
  EXPECT_TRUE(cluster.find_topic("__consumer_offsets")->is_internal);
}

TEST_F(CreateTopicsTest, OnlyValidatesOnDemand) {
  wire::CreateTopicsRequest request;
  request.topics = {topic_of("t", 3)};
  request.validate_only = true;
  const auto response = call(create_topics, 7, request);
  EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
  EXPECT_FALSE(response.topics.at(0).topic_id.is_zero());
  EXPECT_EQ(response.topics.at(0).num_partitions, 3);
  EXPECT_EQ(cluster.find_topic("t"), nullptr);
}

TEST_F(CreateTopicsTest, RefusesTooManyPartitionsForAllTopics) {
  const auto response = create({topic_of("t", 10'000), topic_of("u")});
  ASSERT_EQ(response.topics.size(), 2u);
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kPolicyViolation);
  EXPECT_EQ(response.topics[1].error_code, ErrorCode::kPolicyViolation);
  EXPECT_TRUE(cluster.topics().empty());
  EXPECT_EQ(create({topic_of("t", 9'999)}).topics.at(0).error_code, ErrorCode::kNone);
}

// The controller writes 10,000 records at once: topics, partitions and configurations.
TEST_F(CreateTopicsTest, RefusesWhatTakesTooManyRecords) {
  const auto errors_of = [&](const std::vector<CreatableTopic>& topics) {
    std::set<ErrorCode> errors;
    for (const auto& topic : create(topics).topics) errors.insert(topic.error_code);
    return errors;
  };
  const std::set refused = {ErrorCode::kPolicyViolation};
  EXPECT_EQ(errors_of({topic_of("t", 10'000)}), refused);
  EXPECT_EQ(errors_of({topic_of("t", 5'000), topic_of("u", 5'000)}), refused);
  CreatableTopic configured = with_config("retention.ms", "1");
  configured.num_partitions = 9'999;
  EXPECT_EQ(errors_of({configured}), refused);
  EXPECT_TRUE(cluster.topics().empty());
  // A topic that is wrong takes none.
  EXPECT_EQ(errors_of({topic_of("t", 9'999), topic_of("a b", 1)}),
            (std::set{ErrorCode::kNone, ErrorCode::kInvalidTopicException}));
}

TEST_F(CreateTopicsTest, CreatesNothingWithATimeoutOfZeroOrLess) {
  for (const std::int32_t timeout_ms : {0, -1, INT32_MIN}) {
    wire::CreateTopicsRequest request{.timeout_ms = timeout_ms};
    request.topics = {topic_of("t"), topic_of("a b"), topic_of("u", 20'000), topic_of("d"),
                      topic_of("d")};
    const auto response = call(create_topics, 7, request);
    ASSERT_EQ(response.topics.size(), 5u);  // each entry, also one that is named twice
    for (const auto& topic : response.topics) {
      EXPECT_EQ(topic.error_code, ErrorCode::kRequestTimedOut);
      EXPECT_EQ(topic.error_message, std::nullopt);
    }
    request.topics = {topic_of("t")};
    request.validate_only = true;
    EXPECT_EQ(call(create_topics, 7, request).topics.at(0).error_code, ErrorCode::kRequestTimedOut);
  }
  EXPECT_TRUE(cluster.topics().empty());
}

TEST_F(CreateTopicsTest, RefusesWhatTheControllerIsNotAskedWhateverTheTimeout) {
  wire::CreateTopicsRequest request{.topics = {topic_of("d"), topic_of("d")}, .timeout_ms = 0};
  const auto response = call(create_topics, 7, request);
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].error_code, ErrorCode::kInvalidRequest);
  request.topics.clear();
  EXPECT_TRUE(call(create_topics, 7, request).topics.empty());
}

TEST_F(CreateTopicsTest, MakesManyTopicsAtOnce) {
  std::vector<CreatableTopic> topics;
  for (int i = 0; i < 1000; ++i) topics.push_back(topic_of("topic-" + std::to_string(i), 9));
  const auto response = create(topics);
  for (const auto& topic : response.topics) ASSERT_EQ(topic.error_code, ErrorCode::kNone);
  EXPECT_EQ(cluster.topics().size(), 1000u);
  // Topics that set nothing share one configuration.
  EXPECT_EQ(cluster.find_topic("topic-0")->effective, cluster.find_topic("topic-999")->effective);
}

class CreateTopicsWithPropertiesTest : public CreateTopicsTest {
 protected:
  CreateTopicsWithPropertiesTest()
      : CreateTopicsTest(HandlerTestOptions{
            .properties = {{"num.partitions", "4"}, {"log.retention.hours", "100"}}}) {}
};

TEST_F(CreateTopicsWithPropertiesTest, UsesTheBrokersDefaults) {
  const auto result = create({topic_of("t", -1)}).topics.at(0);
  EXPECT_EQ(result.num_partitions, 4);
  // The controller names the source that DescribeConfigs does not see.
  EXPECT_EQ(named(*result.configs, "retention.ms").value, "360000000");
  EXPECT_EQ(named(*result.configs, "retention.ms").config_source, 4);
}

class CreateTopicsOfOldReleaseTest : public CreateTopicsTest {
 protected:
  CreateTopicsOfOldReleaseTest() : CreateTopicsTest(HandlerTestOptions{.profile = "3.6"}) {}
};

TEST_F(CreateTopicsOfOldReleaseTest, HasItsOwnLimits) {
  EXPECT_EQ(error_of(with_config("segment.bytes", "14")), ErrorCode::kNone);
  EXPECT_EQ(cluster.find_topic("t")->effective->message_timestamp_after_max_ms, INT64_MAX);
}

}  // namespace
}  // namespace understudy::broker
