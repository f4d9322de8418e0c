// AlterConfigs and IncrementalAlterConfigs.
#include "wire/messages/alter_configs.h"

#include "broker/api/admin_handlers.h"
#include "broker/api/test_handler.h"
#include "wire/messages/incremental_alter_configs.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::int8_t kTopic = 2;
constexpr std::int8_t kBroker = 4;
constexpr std::int8_t kBrokerLogger = 8;
constexpr std::int8_t kClientMetrics = 16;
constexpr std::int8_t kGroup = 32;

constexpr std::int8_t kSet = 0;
constexpr std::int8_t kDelete = 1;
constexpr std::int8_t kAppend = 2;
constexpr std::int8_t kSubtract = 3;

struct Edit {
  std::string name;
  std::int8_t operation;
  std::optional<std::string> value;
};

class AlterConfigsTest : public HandlerTest {
 protected:
  explicit AlterConfigsTest(HandlerTestOptions options = {}) : HandlerTest(options) {
    add_topic("t");
  }

  static void add_resource(wire::IncrementalAlterConfigsRequest& request, std::int8_t type,
                           const std::string& name, const std::vector<Edit>& edits) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    for (const Edit& edit : edits) {
      auto& config = resource.configs.emplace_back();
      config.name = edit.name;
      config.config_operation = edit.operation;
      config.value = edit.value;
    }
  }

  auto edit(std::int8_t type, const std::string& name, const std::vector<Edit>& edits,
            NodeId node = 1) {
    wire::IncrementalAlterConfigsRequest request;
    add_resource(request, type, name, edits);
    return call(incremental_alter_configs, 1, std::move(request), node).responses.at(0);
  }
  ErrorCode edit_topic(const std::string& key, std::int8_t operation,
                       std::optional<std::string> value) {
    return edit(kTopic, "t", {{key, operation, std::move(value)}}).error_code;
  }
  ErrorCode replace(std::int8_t type, const std::string& name, const ConfigMap& configs) {
    wire::AlterConfigsRequest request;
    auto& resource = request.resources.emplace_back();
    resource.resource_type = type;
    resource.resource_name = name;
    for (const auto& [key, value] : configs) {
      auto& config = resource.configs.emplace_back();
      config.name = key;
      config.value = value;
    }
    return call(alter_configs, 2, std::move(request)).responses.at(0).error_code;
  }

  const ConfigMap& configs() { return cluster.find_topic("t")->configs; }
  const TopicConfig& effective() { return cluster.find_topic("t")->partition(0)->config(); }
};

TEST_F(AlterConfigsTest, SetsAndDeletes) {
  EXPECT_EQ(edit_topic("retention.ms", kSet, "1000"), ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 1000);
  EXPECT_EQ(edit_topic("retention.ms", kDelete, std::nullopt), ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 604'800'000);
  EXPECT_TRUE(configs().empty());
  EXPECT_EQ(edit_topic("nosuch", kDelete, std::nullopt), ErrorCode::kNone);
}

TEST_F(AlterConfigsTest, EditsLists) {
  EXPECT_EQ(edit_topic("cleanup.policy", kAppend, "compact"), ErrorCode::kNone);
  EXPECT_EQ(configs().at("cleanup.policy"), "delete,compact");
  EXPECT_EQ(edit_topic("cleanup.policy", kAppend, "compact"), ErrorCode::kNone);
  EXPECT_EQ(configs().at("cleanup.policy"), "delete,compact");
  EXPECT_EQ(edit_topic("cleanup.policy", kSubtract, "delete"), ErrorCode::kNone);
  EXPECT_EQ(configs().at("cleanup.policy"), "compact");
  EXPECT_TRUE(effective().cleanup_compact);
  EXPECT_FALSE(effective().cleanup_delete);
  EXPECT_EQ(edit_topic("cleanup.policy", kSubtract, "delete"), ErrorCode::kNone);
  EXPECT_EQ(configs().at("cleanup.policy"), "compact");
}

TEST_F(AlterConfigsTest, SplitsListsAsJavaDoes) {
  EXPECT_EQ(edit_topic("cleanup.policy", kAppend, "compact,,"), ErrorCode::kNone);
  EXPECT_EQ(configs().at("cleanup.policy"), "delete,compact");
  EXPECT_EQ(edit_topic("cleanup.policy", kAppend, ""), ErrorCode::kInvalidConfig);
}

TEST_F(AlterConfigsTest, RefusesBadEdits) {
  EXPECT_EQ(edit_topic("retention.ms", kAppend, "1"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit_topic("nosuch", kAppend, "1"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit_topic("retention.ms", kSet, std::nullopt), ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit_topic("retention.ms", kSet, "abc"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit_topic("nosuch", kSet, "1"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit_topic(std::string(32'000, 'x'), kSet, "1"), ErrorCode::kInvalidConfig);
  const auto unknown_operation = edit(kTopic, "t", {{"retention.ms", 9, "1"}});
  EXPECT_EQ(unknown_operation.error_code, ErrorCode::kUnknownServerError);
  EXPECT_EQ(unknown_operation.error_message, std::nullopt);
  EXPECT_EQ(edit(kTopic, "t", {{"segment.ms", kSet, "5"}, {"segment.ms", kSet, "6"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_TRUE(configs().empty());
}

TEST_F(AlterConfigsTest, NamesNullValues) {
  const auto result = edit(kTopic, "t", {{"a", kSet, std::nullopt}, {"b", kDelete, std::nullopt}});
  EXPECT_EQ(result.error_message, "Null value not supported for : a");
}

TEST_F(AlterConfigsTest, ChangesOfOneResourceAreAtomic) {
  EXPECT_EQ(edit(kTopic, "t", {{"segment.ms", kSet, "5"}, {"retention.ms", kSet, "x"}}).error_code,
            ErrorCode::kInvalidConfig);
  EXPECT_TRUE(configs().empty());
}

TEST_F(AlterConfigsTest, AListHasABound) {
  const std::string half = "1:" + std::string(20'000, '1');
  EXPECT_EQ(edit_topic("leader.replication.throttled.replicas", kAppend, half), ErrorCode::kNone);
  const std::string other = "2:" + std::string(20'000, '1');
  EXPECT_EQ(edit_topic("leader.replication.throttled.replicas", kAppend, other),
            ErrorCode::kInvalidConfig);
}

TEST_F(AlterConfigsTest, LooksAtValuesBeforeTheTopic) {
  EXPECT_EQ(edit(kTopic, "missing", {{"retention.ms", kSet, "1"}}).error_code,
            ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(edit(kTopic, "missing", {{"retention.ms", kSet, "x"}}).error_code,
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit(kTopic, "a b", {{"retention.ms", kSet, "1"}}).error_code,
            ErrorCode::kInvalidTopicException);
  EXPECT_EQ(edit(kTopic, "", {{"retention.ms", kSet, "1"}}).error_code, ErrorCode::kInvalidRequest);
}

TEST_F(AlterConfigsTest, ChecksOneConfigAgainstAnother) {
  EXPECT_EQ(edit_topic("max.compaction.lag.ms", kSet, "10"), ErrorCode::kNone);
  EXPECT_EQ(edit_topic("min.compaction.lag.ms", kSet, "11"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit_topic("min.compaction.lag.ms", kSet, "10"), ErrorCode::kNone);
}

TEST_F(AlterConfigsTest, RefusesARepeatedResourceInBothPlaces) {
  add_topic("u");
  wire::IncrementalAlterConfigsRequest request;
  add_resource(request, kTopic, "t", {{"segment.ms", kSet, "5"}});
  add_resource(request, kTopic, "u", {{"segment.ms", kSet, "5"}});
  add_resource(request, kTopic, "t", {{"segment.ms", kSet, "6"}});
  const auto response = call(incremental_alter_configs, 1, request);
  ASSERT_EQ(response.responses.size(), 3u);
  EXPECT_EQ(response.responses[0].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(response.responses[1].error_code, ErrorCode::kNone);
  EXPECT_EQ(response.responses[2].error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(response.responses[2].resource_name, "t");
}

TEST_F(AlterConfigsTest, OnlyValidatesOnDemand) {
  wire::IncrementalAlterConfigsRequest request;
  add_resource(request, kTopic, "t", {{"segment.ms", kSet, "5"}});
  add_resource(request, kBroker, "1", {{"log.retention.ms", kSet, "5"}});
  request.validate_only = true;
  for (const auto& result : call(incremental_alter_configs, 1, request).responses) {
    EXPECT_EQ(result.error_code, ErrorCode::kNone);
  }
  EXPECT_TRUE(configs().empty());
  EXPECT_EQ(effective().retention_ms, 604'800'000);
}

TEST_F(AlterConfigsTest, ReplacesTheWholeSet) {
  EXPECT_EQ(replace(kTopic, "t", {{"retention.ms", "5"}}), ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 5);
  EXPECT_EQ(replace(kTopic, "t", {{"segment.ms", "6"}}), ErrorCode::kNone);
  EXPECT_EQ(configs(), (ConfigMap{{"segment.ms", "6"}}));
  EXPECT_EQ(effective().retention_ms, 604'800'000);
  EXPECT_EQ(replace(kTopic, "t", {{"nosuch", "6"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(replace(kTopic, "missing", {}), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(replace(kBrokerLogger, "1", {}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(replace(3, "1", {}), ErrorCode::kInvalidRequest);
}

TEST_F(AlterConfigsTest, TopicsFollowTheBroker) {
  EXPECT_EQ(edit(kBroker, "", {{"log.retention.ms", kSet, "7777"}}).error_code, ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 7777);
  EXPECT_EQ(edit(kBroker, "1", {{"log.retention.ms", kSet, "8888"}}).error_code, ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 8888);
  EXPECT_EQ(edit_topic("retention.ms", kSet, "9999"), ErrorCode::kNone);
  EXPECT_EQ(effective().retention_ms, 9999);
}

TEST_F(AlterConfigsTest, KeepsBrokerRules) {
  const auto read_only = edit(kBroker, "1", {{"num.partitions", kSet, "5"}});
  EXPECT_EQ(read_only.error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(read_only.error_message, "Cannot update these configs dynamically: [num.partitions]");
  EXPECT_EQ(edit(kBroker, "", {{"listeners", kSet, "PLAINTEXT://:1"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "1", {{"ssl.keystore.type", kSet, "PEM"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "1", {{"log.retention.ms", kSet, "x"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "2", {{"log.retention.ms", kSet, "5"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "one", {{"log.retention.ms", kSet, "5"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "1", {{"my.plugin.setting", kSet, "5"}}).error_code, ErrorCode::kNone);
}

// What is required of values together: cluster/broker_requirements_test.cc.
TEST_F(AlterConfigsTest, RefusesChangesThatARunningBrokerCannotMake) {
  const auto change = [&](const char* node, const char* name, const char* value) {
    return edit(kBroker, node, {{name, kSet, value}}).error_code;
  };
  EXPECT_EQ(change("", "num.io.threads", "17"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(change("1", "num.io.threads", "4"), ErrorCode::kNone);
  EXPECT_EQ(change("1", "num.io.threads", "9"), ErrorCode::kInvalidRequest) << "4 is what it has";
  EXPECT_EQ(change("", "log.roll.ms", "0"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(change("1", "listeners", "PLAINTEXT://:1"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(change("1", "advertised.listeners", "PLAINTEXT://:1"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(replace(kBroker, "", {{"num.io.threads", "400"}}), ErrorCode::kInvalidConfig)
      << "min.insync.replicas would go";
}

TEST_F(AlterConfigsTest, ConfigsOfOneListener) {
  const auto change = [&](const char* node, const char* name) {
    return edit(kBroker, node, {{name, kSet, "5"}}).error_code;
  };
  EXPECT_EQ(change("", "listener.name.plaintext.max.connections"), ErrorCode::kNone);
  EXPECT_EQ(change("", "listener.name.plaintext.ssl.protocol"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(change("1", "listener.name.plaintext.num.network.threads"), ErrorCode::kNone);
  EXPECT_EQ(change("1", "ssl.keystore.type"), ErrorCode::kInvalidRequest) << "no listener";
}

TEST_F(AlterConfigsTest, RefusesWhatARunningBrokerDoesNotHeed) {
  const auto refused = edit(kBroker, "1", {{"ssl.protocol", kSet, "TLSv1.2"}});
  EXPECT_EQ(refused.error_code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(refused.error_message, "ssl.protocol: Understudy does not heed this, it has no TLS");
  EXPECT_EQ(edit(kBroker, "1", {{"ssl.protocol", kSet, "TLSv1.3"}}).error_code, ErrorCode::kNone)
      << "the default";
  for (const char* name :
       {"listener.name.plaintext.ssl.keystore.location", "sasl.enabled.mechanisms",
        "principal.builder.class", "metric.reporters", "config.providers"}) {
    EXPECT_EQ(edit(kBroker, "1", {{name, kSet, "x"}}).error_code, ErrorCode::kInvalidRequest)
        << name;
    EXPECT_EQ(replace(kBroker, "1", {{name, "x"}}), ErrorCode::kInvalidRequest) << name;
  }
  EXPECT_EQ(edit(kBroker, "", {{"metric.reporters", kSet, "x"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBroker, "1", {{"ssl.protocol", kDelete, std::nullopt}}).error_code,
            ErrorCode::kNone);
}

TEST_F(AlterConfigsTest, MinInsyncReplicasBelongsToTheCluster) {
  EXPECT_EQ(edit(kBroker, "", {{"min.insync.replicas", kSet, "2"}}).error_code, ErrorCode::kNone);
  EXPECT_EQ(effective().min_insync_replicas, 2);
  EXPECT_EQ(edit(kBroker, "", {{"min.insync.replicas", kDelete, std::nullopt}}).error_code,
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit(kBroker, "1", {{"min.insync.replicas", kSet, "3"}}).error_code,
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit(kBroker, "1", {{"min.insync.replicas", kDelete, std::nullopt}}).error_code,
            ErrorCode::kInvalidConfig)
      << "although it is not set";
}

TEST_F(AlterConfigsTest, RefusesConfigsThatHaveNoEffect) {
  EXPECT_EQ(edit(kGroup, "g", {{"share.session.timeout.ms", kSet, "50000"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kClientMetrics, "m", {{"interval.ms", kSet, "1000"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(kBrokerLogger, "1", {{"kafka", kSet, "INFO"}}).error_code,
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(edit(kBrokerLogger, "1", {{"kafka", 9, "INFO"}}).error_code,
            ErrorCode::kUnknownServerError);
  EXPECT_EQ(edit(kBrokerLogger, "1", {{"kafka", kAppend, "INFO"}}).error_code,
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(edit(3, "x", {}).error_code, ErrorCode::kInvalidRequest);
}

TEST_F(AlterConfigsTest, ChangeOfABrokerThatCannotBeWrittenIsRefusedAndHasNoEffect) {
  for (const char* resource : {"", "1"}) {
    storage.fail(true);
    const auto refused = edit(kBroker, resource, {{"log.retention.ms", kSet, "5"}});
    EXPECT_EQ(refused.error_code, ErrorCode::kKafkaStorageError);
    EXPECT_EQ(refused.error_message, "The change could not be written to the disk.");
    EXPECT_EQ(replace(kBroker, resource, {{"min.insync.replicas", "1"}, {"log.retention.ms", "5"}}),
              resource[0] == '\0' ? ErrorCode::kKafkaStorageError : ErrorCode::kInvalidConfig);
    storage.fail(false);
    EXPECT_EQ(cluster.find_partition("t", 0)->config().retention_ms, 604'800'000);
  }
  EXPECT_EQ(edit(kBroker, "", {{"log.retention.ms", kSet, "5"}}).error_code, ErrorCode::kNone);
  EXPECT_EQ(cluster.find_partition("t", 0)->config().retention_ms, 5);
}

class AlterConfigsOfTwoNodesTest : public AlterConfigsTest {
 protected:
  AlterConfigsOfTwoNodesTest() : AlterConfigsTest({.node_count = 2}) {}
};

TEST_F(AlterConfigsOfTwoNodesTest, APartitionFollowsItsLeadersNode) {
  Topic& topic = add_topic("u", 1, 2);
  Partition& partition = *topic.partition(0);
  cluster.elect(partition, 1, Partition::Tail::kKeep);
  EXPECT_EQ(edit(kBroker, "2", {{"log.retention.ms", kSet, "5"}}, 2).error_code, ErrorCode::kNone);
  EXPECT_EQ(partition.config().retention_ms, 604'800'000);
  cluster.elect(partition, 2, Partition::Tail::kKeep);
  EXPECT_EQ(partition.config().retention_ms, 5);
}

}  // namespace
}  // namespace understudy::broker
