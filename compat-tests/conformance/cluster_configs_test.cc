// Section 17 of the cluster specification, scenarios 21 to 24: configs are described and altered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;
using Config = wire::describe_configs_response::DescribeConfigsResourceResult;
using Described = wire::describe_configs_response::DescribeConfigsResult;
using Keys = wire::Nullable<wire::Array<std::string>>;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;

constexpr std::int8_t kFromTopic = 1;
constexpr std::int8_t kFromDynamicDefault = 3;
constexpr std::int8_t kFromDefault = 5;

constexpr std::int8_t kSet = 0;
constexpr std::int8_t kDelete = 1;
constexpr std::int8_t kAppend = 2;
constexpr std::int8_t kSubtract = 3;

Described describe(std::int8_t type, const std::string& name, const Keys& keys = std::nullopt,
                   Version version = 4) {
  RawClient client = connect();
  const auto response = client.ask(
      wire::DescribeConfigsRequest{
          .resources = {{.resource_type = type, .resource_name = name, .configuration_keys = keys}},
          .include_synonyms = true},
      version);
  EXPECT_EQ(response.results.size(), 1u);
  return response.results.at(0);
}

Config config_of(const TestTopic& topic, const std::string& key, Version version = 4) {
  const Described described = describe(kTopic, topic.name(), Keys{{key}}, version);
  if (described.configs.size() != 1) throw std::runtime_error(key + " is not described");
  return described.configs[0];
}

using Synonyms = std::vector<std::tuple<std::string, std::string, int>>;

Synonyms synonyms_of(const Config& config) {
  Synonyms synonyms;
  for (const auto& synonym : config.synonyms) {
    synonyms.emplace_back(synonym.name, synonym.value.value_or("null"), synonym.source);
  }
  return synonyms;
}

struct Change {
  std::string key;
  std::int8_t operation = kSet;
  std::optional<std::string> value;
};

wire::incremental_alter_configs_request::AlterConfigsResource resource_of(
    const std::string& topic, const std::vector<Change>& changes) {
  wire::incremental_alter_configs_request::AlterConfigsResource resource{.resource_type = kTopic,
                                                                         .resource_name = topic};
  for (const Change& change : changes) {
    resource.configs.push_back(
        {.name = change.key, .config_operation = change.operation, .value = change.value});
  }
  return resource;
}

ErrorCode alter(const TestTopic& topic, const std::vector<Change>& changes,
                bool validate_only = false, Version version = 1) {
  RawClient client = connect();
  const auto response = client.ask(
      wire::IncrementalAlterConfigsRequest{.resources = {resource_of(topic.name(), changes)},
                                           .validate_only = validate_only},
      version);
  EXPECT_EQ(response.responses.size(), 1u);
  return response.responses.at(0).error_code;
}

// A real broker shows a change a moment after it has confirmed it.
void expect_value(const TestTopic& topic, const std::string& key, const std::string& value,
                  std::int8_t source) {
  Config config;
  EXPECT_TRUE(eventually(
      [&] {
        config = config_of(topic, key);
        return config.value == value && config.config_source == source;
      },
      std::chrono::seconds(5)))
      << key << " is " << config.value.value_or("null") << " from " << int(config.config_source);
}

TEST(Cluster, S21_DefaultsAndTheirSynonyms) {
  TestTopic topic;
  for (Version version = 1; version <= newest(ApiKey::kDescribeConfigs); ++version) {
    SCOPED_TRACE("DescribeConfigs version " + std::to_string(version));
    const Config retention = config_of(topic, "retention.ms", version);
    EXPECT_EQ(retention.value, "604800000");
    EXPECT_EQ(retention.config_source, kFromDefault);
    EXPECT_EQ(synonyms_of(retention), Synonyms{});
    EXPECT_FALSE(retention.read_only);
    EXPECT_FALSE(retention.is_sensitive);
    EXPECT_EQ(retention.config_type, version >= 3 ? 5 : 0);

    const Config segment = config_of(topic, "segment.bytes", version);
    EXPECT_EQ(segment.value, "1073741824");
    EXPECT_EQ(segment.config_source, kFromDefault);
    EXPECT_EQ(synonyms_of(segment), (Synonyms{{"log.segment.bytes", "1073741824", kFromDefault}}));
    EXPECT_EQ(segment.config_type, version >= 3 ? 3 : 0);
  }
}

TEST(Cluster, S21_ValueOfTheTopicComesFirst) {
  TestTopic topic;
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, "1000"}}), ErrorCode::kNone);
  expect_value(topic, "retention.ms", "1000", kFromTopic);
  EXPECT_EQ(synonyms_of(config_of(topic, "retention.ms")),
            (Synonyms{{"retention.ms", "1000", kFromTopic}}));
  EXPECT_EQ(alter(topic, {{"retention.ms", kDelete, std::nullopt}}), ErrorCode::kNone);
  expect_value(topic, "retention.ms", "604800000", kFromDefault);
  EXPECT_EQ(alter(topic, {{"segment.bytes", kSet, "1048576"}}, false, 0), ErrorCode::kNone);
  expect_value(topic, "segment.bytes", "1048576", kFromTopic);
  EXPECT_EQ(synonyms_of(config_of(topic, "segment.bytes")),
            (Synonyms{{"segment.bytes", "1048576", kFromTopic},
                      {"log.segment.bytes", "1073741824", kFromDefault}}));
}

// With eligible.leader.replicas.version 1 the cluster holds this one as a dynamic default.
TEST(Cluster, S21_MinInsyncReplicasIsADynamicDefault) {
  TestTopic topic;
  const Config config = config_of(topic, "min.insync.replicas");
  EXPECT_EQ(config.value, "1");
  EXPECT_EQ(config.config_source, kFromDynamicDefault);
  EXPECT_EQ(synonyms_of(config), (Synonyms{{"min.insync.replicas", "1", kFromDynamicDefault},
                                           {"min.insync.replicas", "1", kFromDefault}}));
  const Described cluster = describe(kBroker, "");
  ASSERT_EQ(cluster.configs.size(), 1u);
  EXPECT_EQ(cluster.configs[0].name, "min.insync.replicas");
}

TEST(Cluster, S21_WithoutRequestThereAreNoSynonymsAndNoDocumentation) {
  TestTopic topic;
  wire::DescribeConfigsRequest request{
      .resources = {{.resource_type = kTopic,
                     .resource_name = topic.name(),
                     .configuration_keys = Keys{{"segment.bytes"}}}}};
  auto response = topic.client().ask(request, 4);
  EXPECT_TRUE(response.results.at(0).configs.at(0).synonyms.empty());
  EXPECT_EQ(response.results.at(0).configs.at(0).documentation, std::nullopt);
  request.include_documentation = true;
  response = topic.client().ask(request, 4);
  EXPECT_FALSE(response.results.at(0).configs.at(0).documentation.value_or("").empty());
}

TEST(Cluster, S22_UnknownKeysAreLeftOut) {
  TestTopic topic;
  const Described described = describe(kTopic, topic.name(), Keys{{"retention.ms", "nosuch"}});
  EXPECT_EQ(described.error_code, ErrorCode::kNone);
  ASSERT_EQ(described.configs.size(), 1u);
  EXPECT_EQ(described.configs[0].name, "retention.ms");
  const std::size_t all = is_kafka_4_4() ? 37 : 33;
  EXPECT_EQ(describe(kTopic, topic.name()).configs.size(), all);
  EXPECT_EQ(describe(kTopic, topic.name(), Keys{wire::Array<std::string>{}}).configs.size(), all);
}

TEST(Cluster, S22_UnknownResourcesAreRefused) {
  const auto refusal = [](std::int8_t type, const std::string& name) {
    const Described described = describe(type, name);
    EXPECT_TRUE(described.configs.empty());
    EXPECT_EQ(described.resource_type, type);
    EXPECT_EQ(described.resource_name, name);
    return described.error_code;
  };
  EXPECT_EQ(refusal(kTopic, unique_name("missing")), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(refusal(kTopic, "a b"), ErrorCode::kInvalidTopicException);
  EXPECT_EQ(refusal(kBroker, "99"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(refusal(kBroker, "one"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(refusal(3, "t"), ErrorCode::kInvalidRequest);
}

TEST(Cluster, S22_BrokerDescribesItself) {
  const Described described = describe(kBroker, std::to_string(node_id()),
                                       Keys{{"message.max.bytes", "connections.max.idle.ms"}});
  EXPECT_EQ(described.error_code, ErrorCode::kNone);
  EXPECT_EQ(described.configs.size(), 2u);
}

// Configs that Kafka keeps to itself, until somebody sets them.
TEST(Cluster, S22_InternalBrokerConfigIsHiddenWhileUnset) {
  const std::string me = std::to_string(node_id());
  EXPECT_TRUE(describe(kBroker, me, Keys{{"unstable.api.versions.enable"}}).configs.empty());
}

TEST(Cluster, S22_InternalBrokerConfigIsShownOnceSet) {
  REQUIRE_BROKER_SETTINGS({{"log.initial.task.delay.ms", "500"}});
  const Described described =
      describe(kBroker, std::to_string(node_id()), Keys{{"log.initial.task.delay.ms"}});
  ASSERT_EQ(described.configs.size(), 1u);
  const Config& config = described.configs[0];
  EXPECT_EQ(config.value, "500");
  EXPECT_TRUE(config.read_only);
  EXPECT_FALSE(config.is_sensitive);
  EXPECT_EQ(config.config_source, 4);
  EXPECT_EQ(config.config_type, 5);
  EXPECT_EQ(synonyms_of(config), (Synonyms{{"log.initial.task.delay.ms", "500", 4},
                                           {"log.initial.task.delay.ms", "30000", 5}}));
}

TEST(Cluster, S23_ListsAreAppendedToAndSubtractedFrom) {
  TestTopic topic;
  EXPECT_EQ(alter(topic, {{"cleanup.policy", kAppend, "compact"}}), ErrorCode::kNone);
  expect_value(topic, "cleanup.policy", "delete,compact", kFromTopic);
  EXPECT_EQ(alter(topic, {{"cleanup.policy", kAppend, "compact"}}), ErrorCode::kNone);
  expect_value(topic, "cleanup.policy", "delete,compact", kFromTopic);
  EXPECT_EQ(alter(topic, {{"cleanup.policy", kSubtract, "delete"}}), ErrorCode::kNone);
  expect_value(topic, "cleanup.policy", "compact", kFromTopic);
}

TEST(Cluster, S23_AlterationsAreChecked) {
  TestTopic topic;
  EXPECT_EQ(alter(topic, {{"retention.ms", kAppend, "1"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, "abc"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(alter(topic, {{"nosuch", kSet, "1"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, std::nullopt}}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, "1"}, {"retention.ms", kSet, "2"}}),
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(alter(topic, {{"retention.ms", 9, "1"}}), ErrorCode::kUnknownServerError);
  EXPECT_EQ(alter(topic, {{"nosuch", kDelete, std::nullopt}}), ErrorCode::kNone);
  // All or nothing: the good half of a change is not made either.
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, "5"}, {"segment.ms", kSet, "abc"}}),
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(alter(topic, {{"retention.ms", kSet, "7"}}, true), ErrorCode::kNone);
  EXPECT_EQ(config_of(topic, "retention.ms").value, "604800000");
}

TEST(Cluster, S23_SameResourceTwiceIsRefused) {
  TestTopic topic;
  const auto change = resource_of(topic.name(), {{"retention.ms", kSet, "1"}});
  const auto response =
      topic.client().ask(wire::IncrementalAlterConfigsRequest{.resources = {change, change}}, 1);
  EXPECT_EQ(response.responses.size(), 2u);
  for (const auto& answer : response.responses) {
    EXPECT_EQ(answer.error_code, ErrorCode::kInvalidRequest);
  }
}

TEST(Cluster, S23_MissingTopicIsToldAndOthersAreChanged) {
  TestTopic topic;
  const std::string missing = unique_name("missing");
  const auto response = topic.client().ask(
      wire::IncrementalAlterConfigsRequest{
          .resources = {resource_of(missing, {{"retention.ms", kSet, "1"}}),
                        resource_of(topic.name(), {{"retention.ms", kSet, "77"}})}},
      1);
  EXPECT_EQ(response.responses.size(), 2u);
  for (const auto& answer : response.responses) {
    EXPECT_EQ(answer.error_code, answer.resource_name == missing
                                     ? ErrorCode::kUnknownTopicOrPartition
                                     : ErrorCode::kNone);
  }
  expect_value(topic, "retention.ms", "77", kFromTopic);
}

ErrorCode replace_configs(const TestTopic& topic, const Configs& configs, Version version) {
  RawClient client = connect();
  wire::alter_configs_request::AlterConfigsResource resource{.resource_type = kTopic,
                                                             .resource_name = topic.name()};
  for (const auto& [key, value] : configs) {
    resource.configs.push_back({.name = key, .value = value});
  }
  const auto response = client.ask(wire::AlterConfigsRequest{.resources = {resource}}, version);
  return response.responses.at(0).error_code;
}

TEST(Cluster, S24_AlterConfigsReplacesTheWholeSet) {
  TestTopic topic;
  for (Version version = 0; version <= newest(ApiKey::kAlterConfigs); ++version) {
    EXPECT_EQ(replace_configs(topic, {{"retention.ms", "5"}}, version), ErrorCode::kNone);
    expect_value(topic, "retention.ms", "5", kFromTopic);
    EXPECT_EQ(replace_configs(topic, {{"segment.ms", "6"}}, version), ErrorCode::kNone);
    expect_value(topic, "segment.ms", "6", kFromTopic);
    expect_value(topic, "retention.ms", "604800000", kFromDefault);
    EXPECT_EQ(replace_configs(topic, {{"nosuch", "6"}}, version), ErrorCode::kInvalidConfig);
    expect_value(topic, "segment.ms", "6", kFromTopic);
  }
}

}  // namespace
}  // namespace understudy::conformance
