#include "wire/messages/describe_configs.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using wire::describe_configs_response::DescribeConfigsResourceResult;
using wire::describe_configs_response::DescribeConfigsResult;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kBrokerLogger = 8;
constexpr std::int8_t kClientMetrics = 16;
constexpr std::int8_t kGroup = 32;

// "retention.ms=1000(1), log.retention.hours=168(5)"
std::string synonyms_of(const DescribeConfigsResourceResult& entry) {
  std::string text;
  for (const auto& synonym : entry.synonyms) {
    if (!text.empty()) text += ", ";
    text += synonym.name + "=" + synonym.value.value_or("null") + "(" +
            std::to_string(synonym.source) + ")";
  }
  return text;
}

class DescribeConfigsTest : public HandlerTest {
 protected:
  using HandlerTest::HandlerTest;

  DescribeConfigsResult describe(std::int8_t type, const std::string& name,
                                 std::vector<std::string> keys = {}) {
    wire::DescribeConfigsRequest request;
    request.include_synonyms = true;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    resource.configuration_keys = std::move(keys);
    return call(describe_configs, 4, std::move(request)).results.at(0);
  }
  DescribeConfigsResourceResult topic_config(const std::string& key) {
    const DescribeConfigsResult result = describe(kTopic, "t", {key});
    return named(result.configs, key);
  }
  DescribeConfigsResourceResult broker_config(const std::string& key) {
    const DescribeConfigsResult result = describe(kBroker, "1", {key});
    return named(result.configs, key);
  }
};

TEST_F(DescribeConfigsTest, ListsAllConfigsOfATopic) {
  add_topic("t");
  const auto result = describe(kTopic, "t");
  EXPECT_EQ(result.error_code, ErrorCode::kNone);
  EXPECT_EQ(result.configs.size(), 37u);
  for (const auto& entry : result.configs) {
    EXPECT_FALSE(entry.read_only);
    EXPECT_FALSE(entry.is_sensitive);
    EXPECT_TRUE(entry.value.has_value());
    EXPECT_EQ(entry.documentation, std::nullopt);
  }
  EXPECT_EQ(topic_config("min.cleanable.dirty.ratio").value, "0.5");
  EXPECT_EQ(topic_config("min.cleanable.dirty.ratio").config_type, 6);
  EXPECT_EQ(topic_config("preallocate").config_type, 1);
  EXPECT_EQ(topic_config("cleanup.policy").config_type, 7);
}

TEST_F(DescribeConfigsTest, ListsSourcesAndSynonyms) {
  add_topic("t");
  EXPECT_EQ(topic_config("retention.ms").value, "604800000");
  EXPECT_EQ(topic_config("retention.ms").config_source, 5);
  EXPECT_EQ(synonyms_of(topic_config("retention.ms")), "");
  EXPECT_EQ(topic_config("segment.bytes").config_source, 5);
  EXPECT_EQ(synonyms_of(topic_config("segment.bytes")), "log.segment.bytes=1073741824(5)");
  EXPECT_EQ(topic_config("min.insync.replicas").config_source, 3);
  EXPECT_EQ(synonyms_of(topic_config("min.insync.replicas")),
            "min.insync.replicas=1(3), min.insync.replicas=1(5)");
  ASSERT_TRUE(cluster.set_topic_configs(*cluster.find_topic("t"), {{"retention.ms", " +1000 "}}));
  EXPECT_EQ(topic_config("retention.ms").value, "1000");
  EXPECT_EQ(topic_config("retention.ms").config_source, 1);
  EXPECT_EQ(synonyms_of(topic_config("retention.ms")), "retention.ms=1000(1)");
}

TEST_F(DescribeConfigsTest, SilentlyOmitsUnknownKeys) {
  add_topic("t");
  const auto result = describe(kTopic, "t", {"retention.ms", "nosuch"});
  ASSERT_EQ(result.configs.size(), 1u);
  EXPECT_EQ(result.configs[0].name, "retention.ms");
}

TEST_F(DescribeConfigsTest, RefusesWhatIsNotThere) {
  EXPECT_EQ(describe(kTopic, "missing").error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(describe(kTopic, "a b").error_code, ErrorCode::kInvalidTopicException);
  EXPECT_EQ(describe(kBroker, "99").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kBroker, "one").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kBrokerLogger, "").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kBrokerLogger, "2").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kClientMetrics, "").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kGroup, "").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(3, "x").error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(describe(kBroker, std::string(32'000, '1')).error_code, ErrorCode::kInvalidRequest);
}

TEST_F(DescribeConfigsTest, DescribesABroker) {
  const auto result = describe(kBroker, "1");
  EXPECT_EQ(result.error_code, ErrorCode::kNone);
  EXPECT_GT(result.configs.size(), 250u);
  EXPECT_EQ(broker_config("node.id").value, "1");
  EXPECT_EQ(broker_config("node.id").config_source, 4);
  EXPECT_TRUE(broker_config("node.id").read_only);
  EXPECT_EQ(broker_config("advertised.listeners").value, "PLAINTEXT://host-1:9001");
  EXPECT_EQ(broker_config("log.retention.ms").value, std::nullopt);
  EXPECT_FALSE(broker_config("log.retention.ms").read_only);
  EXPECT_EQ(broker_config("log.retention.hours").value, "168");
  EXPECT_TRUE(broker_config("log.retention.hours").read_only);
  EXPECT_EQ(synonyms_of(broker_config("log.retention.hours")), "log.retention.hours=168(5)");
  EXPECT_EQ(broker_config("socket.request.max.bytes").config_type, 3);
  EXPECT_TRUE(broker_config("ssl.key.password").is_sensitive);
  EXPECT_EQ(broker_config("ssl.key.password").value, std::nullopt);
  EXPECT_TRUE(describe(kBroker, "1", {"producer.id.expiration.check.interval.ms"}).configs.empty());
}

TEST_F(DescribeConfigsTest, DescribesWhatIsSetForAllBrokers) {
  const auto result = describe(kBroker, "");
  ASSERT_EQ(result.configs.size(), 1u);
  EXPECT_EQ(result.configs[0].name, "min.insync.replicas");
  EXPECT_EQ(result.configs[0].value, "1");
  EXPECT_EQ(synonyms_of(result.configs[0]), "min.insync.replicas=1(3)");
}

TEST_F(DescribeConfigsTest, GroupsAndClientMetricsHaveDefaults) {
  const auto group = describe(kGroup, "any");
  EXPECT_EQ(named(group.configs, "consumer.session.timeout.ms").value, "45000");
  const auto metrics = describe(kClientMetrics, "any");
  EXPECT_EQ(metrics.configs.size(), 3u);
  EXPECT_EQ(named(metrics.configs, "interval.ms").value, "300000");
  EXPECT_TRUE(describe(kBrokerLogger, "1").configs.empty());
  EXPECT_EQ(describe(kBrokerLogger, "1").error_code, ErrorCode::kNone);
}

TEST_F(DescribeConfigsTest, DocumentsOnDemand) {
  add_topic("t");
  wire::DescribeConfigsRequest request;
  request.include_documentation = true;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = kTopic;
  resource.resource_name = "t";
  const auto result = call(describe_configs, 4, request).results.at(0);
  for (const auto& entry : result.configs) {
    EXPECT_FALSE(entry.documentation.value_or("").empty()) << entry.name;
    EXPECT_TRUE(entry.synonyms.empty());
  }
}

class DescribeConfigsOfPropertiesTest : public DescribeConfigsTest {
 protected:
  DescribeConfigsOfPropertiesTest()
      : DescribeConfigsTest(HandlerTestOptions{.properties = {{"log.retention.hours", "100"},
                                                              {"log.roll.ms", "5000"},
                                                              {"plug.in.secret", "x"}}}) {}
};

TEST_F(DescribeConfigsOfPropertiesTest, HidesHoursBehindUnsetMilliseconds) {
  add_topic("t");
  EXPECT_EQ(topic_config("retention.ms").value, "360000000");
  EXPECT_EQ(topic_config("retention.ms").config_source, 5);
  EXPECT_EQ(synonyms_of(topic_config("retention.ms")), "");
  EXPECT_EQ(topic_config("segment.ms").value, "5000");
  EXPECT_EQ(topic_config("segment.ms").config_source, 4);
  EXPECT_EQ(synonyms_of(topic_config("segment.ms")), "log.roll.ms=5000(4), log.roll.hours=168(5)");
}

TEST_F(DescribeConfigsOfPropertiesTest, ShowsThemOnceMillisecondsAreSet) {
  add_topic("t");
  ASSERT_TRUE(cluster.set_broker_configs(std::nullopt, {{"log.retention.ms", "7777"}}));
  EXPECT_EQ(topic_config("retention.ms").value, "7777");
  EXPECT_EQ(topic_config("retention.ms").config_source, 3);
  EXPECT_EQ(synonyms_of(topic_config("retention.ms")),
            "log.retention.ms=7777(3), log.retention.hours=100(4), log.retention.hours=168(5)");
}

TEST_F(DescribeConfigsOfPropertiesTest, KeepsUnknownPropertiesSecret) {
  const auto entry = broker_config("plug.in.secret");
  EXPECT_TRUE(entry.is_sensitive);
  EXPECT_EQ(entry.value, std::nullopt);
  EXPECT_EQ(entry.config_type, 0);
  EXPECT_EQ(synonyms_of(entry), "plug.in.secret=null(4)");
}

class DescribeConfigsOf43Test : public DescribeConfigsTest {
 protected:
  DescribeConfigsOf43Test() : DescribeConfigsTest(HandlerTestOptions{.profile = "4.3"}) {}
};

TEST_F(DescribeConfigsOf43Test, HasThirtyThreeTopicConfigs) {
  add_topic("t");
  EXPECT_EQ(describe(kTopic, "t").configs.size(), 33u);
}

}  // namespace
}  // namespace understudy::broker
