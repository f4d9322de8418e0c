// The texts of refusals, which clients show and match: word by word those of Apache Kafka 4.4.0.
#include <gmock/gmock.h>

#include "broker/api/admin_handlers.h"
#include "broker/api/handlers.h"
#include "broker/api/test_handler.h"
#include "wire/messages/alter_configs.h"
#include "wire/messages/create_partitions.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/delete_topics.h"
#include "wire/messages/describe_cluster.h"
#include "wire/messages/describe_configs.h"
#include "wire/messages/describe_producers.h"
#include "wire/messages/find_coordinator.h"
#include "wire/messages/incremental_alter_configs.h"

namespace understudy::broker {
namespace {

using wire::create_topics_request::CreatableTopic;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kLogger = 8;
constexpr std::int32_t kTimeoutMs = 1000;
constexpr const char* kMalformed =
    "This most likely occurs because of a request being malformed by the client library or the "
    "message was sent to an incompatible broker. See the broker logs for more details.";

struct Assignment {
  std::int32_t index;
  std::vector<NodeId> nodes;
};

class TextsTest : public HandlerTest {
 protected:
  auto create(CreatableTopic topic) {
    wire::CreateTopicsRequest request;
    request.topics = {std::move(topic)};
    return call(create_topics, 7, std::move(request)).topics.at(0).error_message.value_or("none");
  }
  auto create_named(const std::string& name) {
    return create({.name = name, .num_partitions = 1, .replication_factor = 1});
  }
  auto create_assigned(const std::vector<Assignment>& assignments, std::int32_t count = -1,
                       std::int16_t replicas = -1) {
    CreatableTopic topic{.name = "t", .num_partitions = count, .replication_factor = replicas};
    for (const Assignment& one : assignments) {
      topic.assignments.push_back({.partition_index = one.index, .broker_ids = one.nodes});
    }
    return create(std::move(topic));
  }
  auto edit(std::int8_t type, const std::string& name, std::int8_t operation,
            const std::string& config, const std::string& value = "1") {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back(
        {.resource_type = type,
         .resource_name = name,
         .configs = {{.name = config, .config_operation = operation, .value = value}}});
    return call(incremental_alter_configs, 1, std::move(request))
        .responses.at(0)
        .error_message.value_or("none");
  }
  auto describe(std::int8_t type, const std::string& name) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({.resource_type = type, .resource_name = name});
    return call(describe_configs, 4, std::move(request))
        .results.at(0)
        .error_message.value_or("none");
  }
  auto remove(const std::vector<wire::delete_topics_request::DeleteTopicState>& topics) {
    wire::DeleteTopicsRequest request{.timeout_ms = kTimeoutMs};
    request.topics = topics;
    return call(delete_topics, 6, std::move(request))
        .responses.at(0)
        .error_message.value_or("none");
  }
  auto describe_endpoint(std::int8_t type) {
    wire::DescribeClusterRequest request;
    request.endpoint_type = type;
    return call(describe_cluster, 2, std::move(request)).error_message.value_or("none");
  }
};

TEST_F(TextsTest, OfTopicNames) {
  EXPECT_EQ(create_named(""), "Topic name is invalid: the empty string is not allowed");
  EXPECT_EQ(create_named(".."), "Topic name is invalid: '..' is not allowed");
  EXPECT_EQ(create_named("a b"),
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII "
            "alphanumerics, '.', '_' and '-'");
  const std::string long_name(250, 'n');
  EXPECT_EQ(create_named(long_name), "Topic name is invalid: the length of '" + long_name +
                                         "' is longer than the max allowed length 249");
  std::string umlauts;
  for (int i = 0; i < 130; ++i) umlauts += "\xc3\xa4";
  EXPECT_THAT(create_named(umlauts), ::testing::HasSubstr("characters other than"))
      << "260 bytes, but 130 characters";
  EXPECT_EQ(create_named("__cluster_metadata"),
            "Creation of internal topic __cluster_metadata is prohibited.");
}

TEST_F(TextsTest, OfCountsAndAssignments) {
  EXPECT_EQ(create({.name = "t", .num_partitions = 1, .replication_factor = 0}),
            "Replication factor must be larger than 0, or -1 to use the default value.");
  EXPECT_EQ(create({.name = "t", .num_partitions = 0, .replication_factor = 1}),
            "Number of partitions was set to an invalid non-positive value.");
  EXPECT_EQ(create({.name = "t", .num_partitions = 10'001, .replication_factor = 1}),
            "Excessively large number of partitions per request.");
  EXPECT_EQ(create_assigned({{0, {1}}}, 1),
            "A manual partition assignment was specified, but numPartitions was not set to -1.");
  EXPECT_EQ(
      create_assigned({{0, {1}}}, -1, 1),
      "A manual partition assignment was specified, but replication factor was not set to -1.");
  EXPECT_EQ(create_assigned({{0, {1}}, {0, {1}}}),
            "Found multiple manual partition assignments for partition 0");
  EXPECT_EQ(create_assigned({{1, {1}}}),
            "partitions should be a consecutive 0-based integer sequence");
  EXPECT_EQ(create_assigned({{0, {}}}),
            "The manual partition assignment includes an empty replica list.");
  EXPECT_EQ(create_assigned({{0, {99}}}),
            "The manual partition assignment includes broker 99, but no such broker is "
            "registered.");
  EXPECT_EQ(create_assigned({{0, {1, 1}}}),
            "The manual partition assignment includes the broker 1 more than once.");
}

TEST_F(TextsTest, OfAddedPartitions) {
  add_topic("t");
  wire::CreatePartitionsRequest request{.timeout_ms = kTimeoutMs};
  request.topics.push_back({.name = "t", .count = 3});
  request.topics[0].assignments.emplace().push_back({.broker_ids = {1}});
  EXPECT_EQ(call(create_partitions, 3, request).results.at(0).error_message,
            "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.");
}

TEST_F(TextsTest, OfConfigs) {
  add_topic("t");
  constexpr std::int8_t kAppend = 2;
  constexpr std::int8_t kSubtract = 3;
  EXPECT_EQ(edit(kTopic, "t", kAppend, "retention.ms"),
            "Can't APPEND to key retention.ms because its type is not LIST.");
  EXPECT_EQ(edit(kTopic, "t", kSubtract, "retention.ms"),
            "Can't SUBTRACT to key retention.ms because its type is not LIST.");
  EXPECT_EQ(
      edit(kTopic, "t", 0, "leader.replication.throttled.replicas", "*,0:1"),
      "Invalid value [*, 0:1] for configuration leader.replication.throttled.replicas: "
      "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in "
      "the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
  EXPECT_EQ(edit(kTopic, "", 0, "retention.ms"), "Default topic resources are not allowed.");
  EXPECT_EQ(edit(kBroker, "1", kAppend, "retention.ms"), "Unknown config name: retention.ms");
  EXPECT_EQ(edit(kBroker, "1", kAppend, "num.io.threads"),
            "Config value append is not allowed for config key: num.io.threads");
  EXPECT_EQ(edit(kBroker, "1", kSubtract, "num.io.threads"),
            "Config value subtract is not allowed for config key: num.io.threads");
  EXPECT_EQ(edit(kBroker, "abc", 0, "num.io.threads"),
            "Node id must be an integer, but it is: abc");
  EXPECT_EQ(edit(kBroker, "2", 0, "num.io.threads"),
            "Unexpected broker id, expected 1, but received 2");
  EXPECT_EQ(describe(kBroker, "abc"), "Broker id must be an integer, but it is: abc");
  EXPECT_EQ(describe(kBroker, "2"),
            "Unexpected broker id, expected 1 or empty string, but received 2");
  EXPECT_EQ(describe(kLogger, ""), "Broker id must not be empty");
  EXPECT_EQ(describe(kLogger, "2"), "Unexpected broker id, expected 1 but received 2");
  EXPECT_EQ(describe(3, "x"), kMalformed);
}

TEST_F(TextsTest, OfConfigsThatAreNamedTwice) {
  wire::AlterConfigsRequest request;
  request.resources.push_back(
      {.resource_type = kTopic,
       .resource_name = "t",
       .configs = {{.name = "a", .value = "1"}, {.name = "a", .value = "2"}}});
  EXPECT_EQ(call(alter_configs, 2, request).responses.at(0).error_message,
            "Error due to duplicate config keys");
  request.resources.push_back(request.resources[0]);
  EXPECT_EQ(call(alter_configs, 2, request).responses.at(1).error_message,
            "Each resource must appear at most once.");
}

TEST_F(TextsTest, OfDeletions) {
  const wire::Uuid id = add_topic("t").id;
  EXPECT_EQ(remove({{.name = "t", .topic_id = id}}),
            "You may not specify both topic name and topic id.");
  EXPECT_EQ(remove({{}}), "Neither topic name nor id were specified.");
  EXPECT_EQ(remove({{.name = "no"}}), "This server does not host this topic-partition.");
  EXPECT_EQ(remove({{.name = std::nullopt, .topic_id = {{9}}}}),
            "This server does not host this topic ID.");
  EXPECT_EQ(remove({{.name = "t"}, {.name = std::nullopt, .topic_id = id}}),
            "The provided topic name maps to an ID that was already supplied.");
}

TEST_F(TextsTest, OfQuestionsAboutTheCluster) {
  EXPECT_EQ(describe_endpoint(2),
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type "
            "CONTROLLER");
  EXPECT_EQ(describe_endpoint(23), "Unsupported endpoint type 23");
  wire::DescribeProducersRequest producers;
  producers.topics.push_back({.name = "no", .partition_indexes = {0}});
  EXPECT_EQ(call(describe_producers, 0, producers).topics.at(0).partitions.at(0).error_message,
            "This server does not host this topic-partition.");
  wire::FindCoordinatorRequest coordinator;
  coordinator.key_type = 127;
  coordinator.coordinator_keys = {"g"};
  EXPECT_EQ(call(find_coordinator, 6, coordinator).coordinators.at(0).error_message, kMalformed);
}

}  // namespace
}  // namespace understudy::broker
