#include "broker/cluster/config_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "broker/cluster/broker_config.h"

namespace understudy::broker {
namespace {

class ConfigValues : public ::testing::Test {
 protected:
  BrokerLayers layers() const { return {defs, node, cluster, properties}; }

  std::optional<std::string> value(std::string_view name) const {
    return broker_value(layers(), *defs.find_broker(name));
  }
  TopicConfig topic_config(const ConfigMap& configs = {}) const {
    return make_topic_config(configs, inherited_configs(layers()));
  }
  std::optional<std::string> check(const ConfigMap& configs) const {
    return check_topic_configs(defs, configs, inherited_configs(layers()));
  }

  ConfigDefs defs{Profile::newest()};
  ConfigMap node;
  ConfigMap cluster;
  ConfigMap properties;
};

TEST_F(ConfigValues, TheNearestLayerDecides) {
  EXPECT_EQ(value("message.max.bytes"), "1048588");
  properties["message.max.bytes"] = " 1 ";
  EXPECT_EQ(value("message.max.bytes"), "1");
  cluster["message.max.bytes"] = "2";
  EXPECT_EQ(value("message.max.bytes"), "2");
  node["message.max.bytes"] = "3";
  EXPECT_EQ(value("message.max.bytes"), "3");
  EXPECT_EQ(topic_config().max_message_bytes, 3);
  EXPECT_EQ(topic_config({{"max.message.bytes", "4"}}).max_message_bytes, 4);
}

TEST_F(ConfigValues, NullIsNothing) { EXPECT_EQ(value("log.roll.ms"), std::nullopt); }

TEST_F(ConfigValues, TheNearestUnitDecidesWhereverItIsSet) {
  EXPECT_EQ(topic_config().retention_ms, 604'800'000);
  properties["log.retention.hours"] = "2";
  EXPECT_EQ(topic_config().retention_ms, 7'200'000);
  properties["log.retention.minutes"] = "3";
  EXPECT_EQ(topic_config().retention_ms, 180'000);
  cluster["log.retention.ms"] = "5";
  EXPECT_EQ(topic_config().retention_ms, 5);
}

TEST_F(ConfigValues, EveryNegativeRetentionIsNoLimit) {
  properties["log.retention.hours"] = "-7";
  EXPECT_EQ(topic_config().retention_ms, -1);
}

TEST_F(ConfigValues, FlushFallsBackToTheSchedulersInterval) {
  properties["log.flush.scheduler.interval.ms"] = "10";
  const InheritedConfigs inherited = inherited_configs(layers());
  const auto flush = std::ranges::find_if(
      inherited, [](const InheritedConfig& config) { return config.def->name == "flush.ms"; });
  ASSERT_NE(flush, inherited.end());
  EXPECT_EQ(flush->value, "10");
  EXPECT_TRUE(flush->synonyms.empty());
}

TEST_F(ConfigValues, ATopicConfigHasKafkasDefaults) {
  const TopicConfig config = topic_config();
  EXPECT_TRUE(config.cleanup_delete);
  EXPECT_FALSE(config.cleanup_compact);
  EXPECT_EQ(config.compression_type, std::nullopt);
  EXPECT_EQ(config.max_message_bytes, 1'048'588);
  EXPECT_EQ(config.max_decompressed_message_bytes, 2'147'483'639);
  EXPECT_EQ(config.message_timestamp_type, codec::TimestampType::kCreateTime);
  EXPECT_EQ(config.message_timestamp_before_max_ms, INT64_MAX);
  EXPECT_EQ(config.message_timestamp_after_max_ms, 3'600'000);
  EXPECT_EQ(config.min_insync_replicas, 1);
  EXPECT_EQ(config.segment_bytes, 1'073'741'824);
  EXPECT_EQ(config.segment_ms, 604'800'000);
  EXPECT_EQ(config.segment_index_bytes, 10'485'760);
  EXPECT_EQ(config.index_interval_bytes, 4096);
  EXPECT_EQ(config.retention_bytes, -1);
  EXPECT_EQ(config.file_delete_delay_ms, 60'000);
}

TEST_F(ConfigValues, ATopicSetsWhatItLikes) {
  const TopicConfig config = topic_config({{"cleanup.policy", "compact"},
                                           {"compression.type", "zstd"},
                                           {"compression.zstd.level", "7"},
                                           {"message.timestamp.type", "LogAppendTime"},
                                           {"min.insync.replicas", "2"}});
  EXPECT_FALSE(config.cleanup_delete);
  EXPECT_TRUE(config.cleanup_compact);
  EXPECT_EQ(config.compression_type, codec::CompressionType::kZstd);
  EXPECT_EQ(config.compression_levels.zstd, 7);
  EXPECT_EQ(config.message_timestamp_type, codec::TimestampType::kLogAppendTime);
  EXPECT_EQ(config.min_insync_replicas, 2);
}

TEST_F(ConfigValues, EmptyPolicyKeepsRecordsForever) {
  const TopicConfig config = topic_config({{"cleanup.policy", ""}});
  EXPECT_FALSE(config.cleanup_delete);
  EXPECT_FALSE(config.cleanup_compact);
}

TEST_F(ConfigValues, TestsMayHaveSmallSegments) {
  EXPECT_EQ(topic_config({{"internal.segment.bytes", "100"}}).segment_bytes, 100);
  properties["internal.segment.bytes"] = "200";
  EXPECT_EQ(topic_config().segment_bytes, 200);
  EXPECT_EQ(topic_config({{"internal.segment.bytes", "100"}}).segment_bytes, 100);
}

TEST_F(ConfigValues, ChecksATopicsOwnConfigs) {
  EXPECT_EQ(check({{"retention.ms", "5"}}), std::nullopt);
  EXPECT_EQ(check({{"nosuch", "5"}, {"retention.ms", "x"}}), "Unknown topic config name: nosuch");
  EXPECT_NE(check({{"retention.ms", "x"}}), std::nullopt);
  EXPECT_NE(check({{"remote.storage.enable", "true"}}), std::nullopt);
  cluster["log.cleaner.max.compaction.lag.ms"] = "10";
  EXPECT_EQ(check({{"min.compaction.lag.ms", "11"}}),
            "min.compaction.lag.ms (11) > max.compaction.lag.ms (10)");
}

TEST_F(ConfigValues, AListenerHasItsOwnOrTheBrokersValue) {
  const ConfigDef& def = *defs.find_broker("max.connections");
  EXPECT_EQ(listener_value(layers(), def), "2147483647");
  properties["max.connections"] = "7";
  EXPECT_EQ(listener_value(layers(), def), "7");
  properties["listener.name.plaintext.max.connections"] = "6";
  EXPECT_EQ(listener_value(layers(), def), "6");
  cluster["listener.name.plaintext.max.connections"] = " 5";
  EXPECT_EQ(listener_value(layers(), def), "5");
  cluster["listener.name.other.max.connections"] = "1";
  EXPECT_EQ(listener_value(layers(), def), "5");
}

TEST_F(ConfigValues, ABrokerReadsWhatItHeeds) {
  properties = {
      {"broker.rack", "r"},
      {"log.cleaner.io.buffer.load.factor", "0.5"},
      {"max.connections", "9"},
      {"listener.name.plaintext.max.connections", "8"},
      {"max.connections.per.ip.overrides", "localhost:2, ::1:3,:4"},
      {"replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector"},
      {"socket.send.buffer.bytes", "-1"}};
  const BrokerConfig config = make_broker_config(layers());
  EXPECT_EQ(config.broker_rack, "r");
  EXPECT_EQ(config.log_cleaner_io_buffer_load_factor, 0.5);
  EXPECT_EQ(config.max_connections, 9);
  EXPECT_EQ(config.max_connections_of_listener, 8);
  EXPECT_EQ(config.max_connections_per_ip_overrides,
            (std::vector<AddressLimit>{{"localhost", 2}, {"::1", 3}, {"", 4}}));
  EXPECT_EQ(config.replica_selector, ReplicaSelector::kRackAware);
  EXPECT_EQ(config.socket_send_buffer_bytes, -1);
  EXPECT_EQ(config.socket_receive_buffer_bytes, std::nullopt) << "the system decides";
}

TEST_F(ConfigValues, NumbersMayBeSmallerThanThoseWithAllTheirDigits) {
  properties["log.cleaner.io.buffer.load.factor"] = "1e-310";
  EXPECT_EQ(make_broker_config(layers()).log_cleaner_io_buffer_load_factor, 1e-310);
  properties["log.cleaner.io.buffer.load.factor"] = "Infinity";
  EXPECT_EQ(make_broker_config(layers()).log_cleaner_io_buffer_load_factor,
            std::numeric_limits<double>::infinity());
  EXPECT_EQ(topic_config({{"min.cleanable.dirty.ratio", "4.9E-324"}}).min_cleanable_dirty_ratio,
            std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(
      std::isnan(topic_config({{"min.cleanable.dirty.ratio", "NaN"}}).min_cleanable_dirty_ratio));
}

TEST_F(ConfigValues, AddressLimitsAreHostsWithCounts) {
  EXPECT_EQ(parse_address_limits(""), std::vector<AddressLimit>());
  EXPECT_EQ(parse_address_limits("h:0,"), (std::vector<AddressLimit>{{"h", 0}}));
  for (const char* text : {"h", "h:", "h:x", "h:1:", ",h:1", "h:2147483648", "1"}) {
    EXPECT_EQ(parse_address_limits(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace understudy::broker
