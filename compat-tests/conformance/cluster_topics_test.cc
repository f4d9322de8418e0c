// Section 17 of the cluster specification, scenarios 12 to 20: topics are created, deleted and
// grown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "conformance/matchers.h"
#include "conformance/topic.h"
#include "support/topic_configs.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using wire::create_topics_request::CreatableTopic;
using Created = wire::create_topics_response::CreatableTopicResult;
using wire::Uuid;

// Refused: nothing is filled in, and a text says why.
MATCHER_P(NotCreated, error_code, testing::PrintToString(error_code)) {
  *result_listener << wire::name_of(arg.error_code) << " " << arg.error_message.value_or("null");
  return arg.error_code == error_code && arg.error_message.has_value() && arg.topic_id.is_zero() &&
         arg.num_partitions == -1 && arg.replication_factor == -1 && arg.configs.has_value() &&
         arg.configs->empty();
}

CreatableTopic topic_of(const std::string& name, int partitions = 1, int replication_factor = 1) {
  return {.name = name,
          .num_partitions = partitions,
          .replication_factor = std::int16_t(replication_factor)};
}

Created create(const CreatableTopic& topic, Version version = 7) {
  RawClient client = connect();
  const auto response = client.ask(wire::CreateTopicsRequest{.topics = {topic}}, version);
  if (response.topics.size() != 1) throw std::runtime_error("not exactly one answer");
  return response.topics[0];
}

ErrorCode metadata_error(const std::string& name) {
  RawClient client = connect();
  const auto response = client.ask(
      wire::MetadataRequest{.topics = {{{.name = name}}}, .allow_auto_topic_creation = false}, 8);
  return response.topics.at(0).error_code;
}

TEST(Cluster, S12_CreatedTopicIsDescribed) {
  const std::string name = unique_name();
  const Created created = create(topic_of(name, 3));
  EXPECT_EQ(created.error_code, ErrorCode::kNone);
  EXPECT_EQ(created.error_message, std::nullopt);
  EXPECT_EQ(created.name, name);
  EXPECT_FALSE(created.topic_id.is_zero());
  EXPECT_EQ(created.num_partitions, 3);
  EXPECT_EQ(created.replication_factor, 1);
  EXPECT_EQ(created.topic_config_error_code, ErrorCode::kNone);
  std::vector<std::string> names;
  for (const auto& config : created.configs.value()) {
    names.push_back(config.name);
    EXPECT_FALSE(config.read_only) << config.name;
    EXPECT_FALSE(config.is_sensitive) << config.name;
  }
  std::vector<std::string> expected = support::kTopicConfigs;
  if (is_kafka_4_4()) {
    for (const char* name :
         {"errors.deadletterqueue.group.enable", "max.decompressed.message.bytes",
          "remote.copy.lag.bytes", "remote.copy.lag.ms"}) {
      expected.emplace_back(name);
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names, expected);
}

TEST(Cluster, S12_ExistingTopicIsNotCreatedAgain) {
  const std::string name = unique_name();
  EXPECT_EQ(create(topic_of(name)).error_code, ErrorCode::kNone);
  EXPECT_THAT(create(topic_of(name)), NotCreated(ErrorCode::kTopicAlreadyExists));
}

TEST(Cluster, S12_EveryVersionCreatesTopics) {
  for (Version version = 2; version <= newest(ApiKey::kCreateTopics); ++version) {
    SCOPED_TRACE("CreateTopics version " + std::to_string(version));
    const std::string name = unique_name();
    const Created created = create(topic_of(name, 2), version);
    EXPECT_EQ(created.error_code, ErrorCode::kNone);
    EXPECT_EQ(created.error_message, std::nullopt);
    EXPECT_EQ(created.num_partitions, version >= 5 ? 2 : -1);
    EXPECT_EQ(created.topic_id.is_zero(), version < 7);
    EXPECT_TRUE(eventually([&] { return metadata_error(name) == ErrorCode::kNone; }));
  }
}

TEST(Cluster, S13_NamesAreChecked) {
  EXPECT_EQ(create(topic_of("")).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(create(topic_of(".")).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(create(topic_of("..")).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(create(topic_of(std::string(250, 'x'))).error_code, ErrorCode::kInvalidTopicException);
  EXPECT_THAT(create(topic_of("\xc3\xa4")), NotCreated(ErrorCode::kInvalidTopicException));
  EXPECT_THAT(create(topic_of("a b")), NotCreated(ErrorCode::kInvalidTopicException));
  std::string longest = unique_name();
  longest += std::string(249 - longest.size(), 'x');
  EXPECT_EQ(create(topic_of(longest)).error_code, ErrorCode::kNone);
}

TEST(Cluster, S13_NamesThatDifferInDotAndUnderscoreCollide) {
  const std::string stem = unique_name();
  EXPECT_EQ(create(topic_of(stem + "_b")).error_code, ErrorCode::kNone);
  EXPECT_THAT(create(topic_of(stem + ".b")), NotCreated(ErrorCode::kInvalidTopicException));
  EXPECT_THAT(create(topic_of(stem + "_b")), NotCreated(ErrorCode::kTopicAlreadyExists));
}

TEST(Cluster, S13_ClusterMetadataIsNoTopic) {
  EXPECT_EQ(create(topic_of("__cluster_metadata")).error_code, ErrorCode::kInvalidRequest);
}

TEST(Cluster, S14_CountsAreChecked) {
  EXPECT_THAT(create(topic_of(unique_name(), 0)), NotCreated(ErrorCode::kInvalidPartitions));
  EXPECT_THAT(create(topic_of(unique_name(), -2)), NotCreated(ErrorCode::kInvalidPartitions));
  EXPECT_THAT(create(topic_of(unique_name(), 1, 0)),
              NotCreated(ErrorCode::kInvalidReplicationFactor));
  EXPECT_THAT(create(topic_of(unique_name(), 1, -2)),
              NotCreated(ErrorCode::kInvalidReplicationFactor));
  EXPECT_THAT(create(topic_of(unique_name(), 1, 2)),
              NotCreated(ErrorCode::kInvalidReplicationFactor));
  const Created by_default = create(topic_of(unique_name(), -1, -1));
  EXPECT_EQ(by_default.error_code, ErrorCode::kNone);
  EXPECT_EQ(std::to_string(by_default.num_partitions), broker_config("num.partitions"));
  EXPECT_EQ(by_default.replication_factor, 1);
}

TEST(Cluster, S14_TooManyPartitionsInOneRequestAreRefused) {
  EXPECT_THAT(create(topic_of(unique_name(), 10'001)), NotCreated(ErrorCode::kPolicyViolation));
}

CreatableTopic assigned(const std::vector<std::pair<int, std::vector<int>>>& partitions) {
  CreatableTopic topic = topic_of(unique_name(), -1, -1);
  for (const auto& [index, brokers] : partitions) {
    topic.assignments.push_back(
        {.partition_index = index, .broker_ids = {brokers.begin(), brokers.end()}});
  }
  return topic;
}

TEST(Cluster, S15_ReplicasMayBeAssignedByHand) {
  const int me = node_id();
  const int stranger = 99;
  const Created created = create(assigned({{0, {me}}, {1, {me}}}));
  EXPECT_EQ(created.error_code, ErrorCode::kNone);
  EXPECT_EQ(created.num_partitions, 2);
  EXPECT_EQ(created.replication_factor, 1);

  CreatableTopic with_count = assigned({{0, {me}}, {1, {me}}});
  with_count.num_partitions = 2;
  EXPECT_THAT(create(with_count), NotCreated(ErrorCode::kInvalidRequest));
  CreatableTopic with_factor = assigned({{0, {me}}});
  with_factor.replication_factor = 1;
  EXPECT_THAT(create(with_factor), NotCreated(ErrorCode::kInvalidRequest));

  const auto refused = NotCreated(ErrorCode::kInvalidReplicaAssignment);
  EXPECT_THAT(create(assigned({{0, {me}}, {2, {me}}})), refused);
  EXPECT_THAT(create(assigned({{0, {stranger}}})), refused);
  EXPECT_THAT(create(assigned({{0, {}}})), refused);
  EXPECT_THAT(create(assigned({{0, {me, me}}})), refused);
  EXPECT_THAT(create(assigned({{0, {me}}, {0, {me}}})), refused);
}

Created create_with(const std::string& config, const std::optional<std::string>& value) {
  CreatableTopic topic = topic_of(unique_name());
  topic.configs = {{.name = config, .value = value}};
  return create(topic);
}

TEST(Cluster, S16_ConfigsAreChecked) {
  const auto refused = NotCreated(ErrorCode::kInvalidConfig);
  EXPECT_THAT(create_with("retention.ms", "abc"), refused);
  EXPECT_THAT(create_with("retention.ms", "-2"), refused);
  EXPECT_THAT(create_with("foo", "bar"), refused);
  EXPECT_THAT(create_with("cleanup.policy", std::nullopt), refused);
  EXPECT_THAT(create_with("cleanup.policy", "shred"), refused);
  EXPECT_THAT(create_with("segment.bytes", "14"), refused);
  EXPECT_THAT(create_with("compression.type", "brotli"), refused);
  EXPECT_THAT(create_with("message.downconversion.enable", "true"), refused);
  EXPECT_EQ(create_with("retention.ms", "-1").error_code, ErrorCode::kNone);
}

TEST(Cluster, S16_ConfigsAreShownWithTheirSource) {
  const Created created = create_with("retention.ms", "1234");
  for (const auto& config : created.configs.value()) {
    if (config.name == "retention.ms") {
      EXPECT_EQ(config.value, "1234");
      EXPECT_EQ(config.config_source, 1);
    }
    if (config.name == "segment.bytes") {
      EXPECT_EQ(config.value, "1073741824");
      EXPECT_EQ(config.config_source, 5);
    }
  }
}

TEST(Cluster, S17_SameNameTwiceIsRefusedOnce) {
  RawClient client = connect();
  const std::string twice = unique_name();
  const std::string once = unique_name();
  const auto response = client.ask(
      wire::CreateTopicsRequest{.topics = {topic_of(twice), topic_of(once), topic_of(twice)}}, 7);
  ASSERT_EQ(response.topics.size(), 2u);
  for (const Created& created : response.topics) {
    EXPECT_EQ(created.error_code,
              created.name == twice ? ErrorCode::kInvalidRequest : ErrorCode::kNone);
  }
}

TEST(Cluster, S17_ValidateOnlyCreatesNothing) {
  RawClient client = connect();
  const std::string name = unique_name();
  const auto response = client.ask(
      wire::CreateTopicsRequest{.topics = {topic_of(name, 3)}, .validate_only = true}, 7);
  EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
  EXPECT_EQ(response.topics.at(0).num_partitions, 3);
  EXPECT_EQ(metadata_error(name), ErrorCode::kUnknownTopicOrPartition);
}

// DeleteTopics -----------------------------------------------------------------------------------

using Deletion = wire::delete_topics_request::DeleteTopicState;

std::vector<ErrorCode> remove(const std::vector<Deletion>& topics) {
  RawClient client = connect();
  const auto response =
      client.ask(wire::DeleteTopicsRequest{.topics = topics, .timeout_ms = 30'000}, 6);
  std::vector<ErrorCode> errors;
  for (const auto& answer : response.responses) errors.push_back(answer.error_code);
  return errors;
}

TEST(Cluster, S18_DeleteById) {
  TestTopic topic;
  EXPECT_EQ(remove({{.topic_id = topic.id()}}), std::vector{ErrorCode::kNone});
  EXPECT_EQ(remove({{.topic_id = topic.id()}}), std::vector{ErrorCode::kUnknownTopicId});
  EXPECT_TRUE(eventually(
      [&] { return metadata_error(topic.name()) == ErrorCode::kUnknownTopicOrPartition; }));
}

TEST(Cluster, S18_DeleteByName) {
  TestTopic topic;
  EXPECT_EQ(remove({{.name = unique_name("missing")}}),
            std::vector{ErrorCode::kUnknownTopicOrPartition});
  EXPECT_EQ(remove({{.name = topic.name(), .topic_id = topic.id()}}),
            std::vector{ErrorCode::kInvalidRequest});
  EXPECT_EQ(remove({{.name = std::nullopt}}), std::vector{ErrorCode::kInvalidRequest});
  const std::vector<ErrorCode> twice = remove({{.name = topic.name()}, {.name = topic.name()}});
  ASSERT_FALSE(twice.empty());
  for (const ErrorCode error : twice) EXPECT_EQ(error, ErrorCode::kInvalidRequest);
  EXPECT_EQ(metadata_error(topic.name()), ErrorCode::kNone);
  EXPECT_EQ(remove({{.name = topic.name()}}), std::vector{ErrorCode::kNone});
}

TEST(Cluster, S18_OldVersionsDeleteByName) {
  for (Version version = 1; version <= 5; ++version) {
    SCOPED_TRACE("DeleteTopics version " + std::to_string(version));
    TestTopic topic;
    const wire::DeleteTopicsRequest request{.topic_names = {topic.name()}, .timeout_ms = 30'000};
    const auto response = topic.client().ask(request, version);
    ASSERT_EQ(response.responses.size(), 1u);
    EXPECT_EQ(response.responses[0].name, topic.name());
    EXPECT_EQ(response.responses[0].error_code, ErrorCode::kNone);
  }
}

TEST(Cluster, S19_RecreatedTopicHasANewId) {
  TestTopic topic;
  const Uuid old = topic.id();
  const wire::FetchRequest with_old_id = topic.fetch_request(0);
  topic.create_again();
  EXPECT_NE(topic.id(), old);
  const auto response = topic.client().ask(with_old_id, newest(ApiKey::kFetch));
  EXPECT_EQ(partition_of(response, 0).error_code, ErrorCode::kUnknownTopicId);
}

// CreatePartitions -------------------------------------------------------------------------------

using Growth = wire::create_partitions_request::CreatePartitionsTopic;

std::vector<ErrorCode> grow(const std::vector<Growth>& topics, bool validate_only = false,
                            Version version = 3) {
  RawClient client = connect();
  const auto response = client.ask(
      wire::CreatePartitionsRequest{
          .topics = topics, .timeout_ms = 30'000, .validate_only = validate_only},
      version);
  std::vector<ErrorCode> errors;
  for (const auto& result : response.results) {
    errors.push_back(result.error_code);
    // A missing topic is told without a text, everything else that is wrong with one.
    EXPECT_EQ(result.error_message.has_value(),
              result.error_code != ErrorCode::kNone &&
                  result.error_code != ErrorCode::kUnknownTopicOrPartition);
  }
  return errors;
}

TEST(Cluster, S20_PartitionsAreAdded) {
  TestTopic topic({.partitions = 3});
  EXPECT_EQ(grow({{.name = topic.name(), .count = 5, .assignments = std::nullopt}}, true),
            std::vector{ErrorCode::kNone});
  EXPECT_EQ(topic.fetch(0, {.partition = 4}).error_code, ErrorCode::kUnknownTopicOrPartition);
  Version version = 0;
  for (const std::int32_t count : {4, 5, 6, 7}) {
    EXPECT_EQ(grow({{.name = topic.name(), .count = count, .assignments = std::nullopt}}, false,
                   version++),
              std::vector{ErrorCode::kNone});
  }
  EXPECT_TRUE(
      eventually([&] { return topic.fetch(0, {.partition = 6}).error_code == ErrorCode::kNone; }));
  EXPECT_EQ(topic.fetch(0, {.partition = 7}).error_code, ErrorCode::kUnknownTopicOrPartition);
}

TEST(Cluster, S20_PartitionsOnlyGrow) {
  TestTopic topic({.partitions = 3});
  const auto grow_to = [&](const std::string& name, std::int32_t count) {
    return grow({{.name = name, .count = count, .assignments = std::nullopt}});
  };
  EXPECT_EQ(grow_to(topic.name(), 3), std::vector{ErrorCode::kInvalidPartitions});
  EXPECT_EQ(grow_to(topic.name(), 2), std::vector{ErrorCode::kInvalidPartitions});
  EXPECT_EQ(grow_to(topic.name(), 0), std::vector{ErrorCode::kInvalidPartitions});
  EXPECT_EQ(grow_to(unique_name("missing"), 2), std::vector{ErrorCode::kUnknownTopicOrPartition});
}

TEST(Cluster, S20_AssignmentsMustFit) {
  TestTopic topic;
  const auto with = [&](std::int32_t count, const std::vector<std::vector<int>>& brokers) {
    Growth growth{.name = topic.name(), .count = count};
    for (const auto& ids : brokers) {
      growth.assignments->push_back({.broker_ids = {ids.begin(), ids.end()}});
    }
    return grow({growth});
  };
  const int me = node_id();
  EXPECT_EQ(with(3, {{me}}), std::vector{ErrorCode::kInvalidReplicaAssignment});
  EXPECT_EQ(with(2, {{99}}), std::vector{ErrorCode::kInvalidReplicaAssignment});
  EXPECT_EQ(with(3, {{me}, {me}}), std::vector{ErrorCode::kNone});
}

TEST(Cluster, S20_SameTopicTwiceIsRefused) {
  TestTopic topic;
  const Growth growth{.name = topic.name(), .count = 2, .assignments = std::nullopt};
  for (const ErrorCode error : grow({growth, growth})) {
    EXPECT_EQ(error, ErrorCode::kInvalidRequest);
  }
}

}  // namespace
}  // namespace understudy::conformance
