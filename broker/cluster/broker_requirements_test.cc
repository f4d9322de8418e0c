// Each of these was asked of an Apache Kafka 4.3.1 as well.
#include "broker/cluster/broker_requirements.h"

#include <gmock/gmock.h>

#include "broker/base/profile.h"

namespace understudy::broker {
namespace {

class BrokerRequirements : public ::testing::Test {
 protected:
  bool allows(const ConfigMap& properties) const {
    return !check_static_configs(Profile::newest(), properties);
  }
  // From the defaults to these.
  bool takes(const ConfigMap& cluster, const ConfigMap& node = {}) const {
    return !check_reconfiguration({defs, nothing, nothing, nothing},
                                  {defs, node, cluster, nothing});
  }

  const ConfigDefs defs{Profile::newest()};
  const ConfigMap nothing;
};

TEST_F(BrokerRequirements, TimesOfALog) {
  EXPECT_FALSE(allows({{"log.roll.ms", "0"}}));
  EXPECT_TRUE(allows({{"log.roll.ms", "1"}}));
  EXPECT_FALSE(allows({{"log.roll.jitter.ms", "-1"}}));
  EXPECT_TRUE(allows({{"log.roll.jitter.ms", "0"}}));
  EXPECT_FALSE(allows({{"log.retention.ms", "0"}}));
  EXPECT_TRUE(allows({{"log.retention.ms", "-1"}}));
  EXPECT_FALSE(allows({{"log.retention.hours", "0"}}));
  EXPECT_TRUE(allows({{"log.retention.hours", "0"}, {"log.retention.ms", "1"}}));
}

TEST_F(BrokerRequirements, TheCleanersBufferIsEnoughForItsThreads) {
  EXPECT_FALSE(allows({{"log.cleaner.dedupe.buffer.size", "1048576"}}));
  EXPECT_TRUE(allows({{"log.cleaner.dedupe.buffer.size", "1048577"}}));
  EXPECT_FALSE(
      allows({{"log.cleaner.dedupe.buffer.size", "2097152"}, {"log.cleaner.threads", "2"}}));
  EXPECT_FALSE(allows({{"log.cleaner.threads", "0"}}));
}

TEST_F(BrokerRequirements, ConnectionsPerIp) {
  for (const char* good : {"", "127.0.0.1:5", "a:1,b:-1", " h : 4 ", "a:b:3", ":5", "h:4,"}) {
    EXPECT_TRUE(allows({{"max.connections.per.ip.overrides", good}})) << good;
  }
  for (const char* bad : {"h", "h:", "h:x", "h:1.5", "h:4,,i:5", "h:99999999999"}) {
    EXPECT_FALSE(allows({{"max.connections.per.ip.overrides", bad}})) << bad;
  }
  EXPECT_FALSE(allows({{"max.connections.per.ip", "0"}}));
  EXPECT_TRUE(
      allows({{"max.connections.per.ip", "0"}, {"max.connections.per.ip.overrides", "h:1"}}));
}

TEST_F(BrokerRequirements, GroupsHaveBounds) {
  EXPECT_FALSE(allows({{"group.consumer.session.timeout.ms", "2000"}})) << "below the minimum";
  EXPECT_TRUE(allows({{"group.consumer.session.timeout.ms", "6000"},
                      {"group.consumer.min.session.timeout.ms", "6000"}}));
  EXPECT_FALSE(allows({{"group.consumer.session.timeout.ms", "60001"}}));
  EXPECT_FALSE(allows({{"group.consumer.heartbeat.interval.ms", "4999"}}));
  EXPECT_FALSE(allows({{"group.consumer.heartbeat.interval.ms", "15001"}}));
  EXPECT_FALSE(allows({{"group.consumer.session.timeout.ms", "5000"},
                       {"group.consumer.min.session.timeout.ms", "5000"}}))
      << "not above the heartbeat interval";
  EXPECT_FALSE(allows({{"group.consumer.assignment.interval.ms", "15001"}}));
  EXPECT_FALSE(allows({{"group.consumer.min.session.timeout.ms", "60001"}}));
}

TEST_F(BrokerRequirements, GroupsHaveWordsOfTheirOwn) {
  for (const char* good : {"disabled", "Upgrade", "DOWNGRADE", "bidirectional"}) {
    EXPECT_TRUE(allows({{"group.consumer.migration.policy", good}})) << good;
  }
  EXPECT_FALSE(allows({{"group.consumer.migration.policy", "disable"}}));
  EXPECT_TRUE(allows({{"group.consumer.assignors", "range"}}));
  EXPECT_TRUE(allows({{"group.consumer.assignors",
                       "org.apache.kafka.coordinator.group.assignor.RangeAssignor, uniform"}}));
  EXPECT_FALSE(allows({{"group.consumer.assignors", "sticky"}}));
  EXPECT_FALSE(allows({{"group.consumer.assignors", ""}}));
  EXPECT_TRUE(allows({{"group.coordinator.rebalance.protocols", "classic"}}));
  EXPECT_FALSE(allows({{"group.coordinator.rebalance.protocols", "foo"}}));
  EXPECT_FALSE(allows({{"group.coordinator.rebalance.protocols", "consumer"}}))
      << "the classic protocol cannot be switched off";
}

TEST_F(BrokerRequirements, ThreadsGrowToTwiceAndShrinkToHalf) {
  EXPECT_TRUE(takes({{"num.io.threads", "16"}}));
  EXPECT_FALSE(takes({{"num.io.threads", "17"}}));
  EXPECT_TRUE(takes({{"num.io.threads", "4"}}));
  EXPECT_FALSE(takes({{"num.io.threads", "3"}}));
  EXPECT_TRUE(takes({{"num.io.threads", "100"}}, {{"num.io.threads", "8"}})) << "by its own";
  EXPECT_FALSE(takes({}, {{"listener.name.plaintext.num.network.threads", "7"}}));
  EXPECT_TRUE(takes({{"num.network.threads", "7"}},
                    {{"listener.name.plaintext.num.network.threads", "6"}}));
  EXPECT_TRUE(allows({{"num.io.threads", "100"}})) << "at a start";
}

TEST_F(BrokerRequirements, WhatARunningBrokerTakes) {
  EXPECT_FALSE(takes({{"max.connections", "0"}}));
  EXPECT_FALSE(takes({{"listener.name.plaintext.max.connections", "0"}}));
  EXPECT_FALSE(takes({{"max.connection.creation.rate", "0"}}));
  EXPECT_FALSE(takes({{"max.connections.per.ip.overrides", "[::1]:2"}})) << "no brackets";
  EXPECT_TRUE(takes({{"max.connections.per.ip.overrides", "::1:2,no_host:3"}}));
}

TEST_F(BrokerRequirements, LocalRetentionIsNotLargerThanTotalRetention) {
  for (const std::string unit : {"ms", "bytes"}) {
    const auto keeps = [&](const char* all, const char* local) {
      return takes({{"log.retention." + unit, all}, {"log.local.retention." + unit, local}});
    };
    EXPECT_FALSE(keeps("1000", "2000")) << unit;
    EXPECT_TRUE(keeps("1000", "1000")) << unit;
    EXPECT_FALSE(keeps("1000", "-1")) << unit;
    EXPECT_TRUE(keeps("1000", "-2")) << unit;
    EXPECT_TRUE(keeps("-1", "5")) << unit;
  }
  EXPECT_FALSE(takes({{"log.local.retention.ms", "2147483648"}})) << "more than a week";
}

}  // namespace
}  // namespace understudy::broker
