#include "broker/cluster/metadata_check.h"

#include <gtest/gtest.h>

#include <limits>

namespace understudy::broker {
namespace {

class MetadataCheck : public ::testing::Test {
 protected:
  MetadataCheck() {
    image.topics[kId] = {.name = "orders", .partitions = {{0, sound_leadership()}}};
  }

  static Leadership sound_leadership() {
    return {.replicas = {1, 2}, .isr = {1}, .leader = 1, .leader_epoch = 3, .partition_epoch = 4};
  }
  std::string wrong() const { return check_metadata(image, defs).value_or(""); }
  Leadership& leadership() { return image.topics[kId].partitions[0]; }

  static constexpr wire::Uuid kId = {{1}};
  const Profile profile = Profile::newest();
  const ConfigDefs defs{profile};
  MetadataImage image;
};

TEST_F(MetadataCheck, WhatABrokerWroteIsTaken) {
  image.configs[{kTopicResource, "orders"}] = {{"retention.ms", "5"}, {"of.another.release", "x"}};
  image.configs[{kBrokerResource, ""}] = {{"log.retention.ms", "-1"}};
  image.configs[{32, "group"}] = {{"retention.ms", "x"}};
  image.next_producer_id = 4000;
  EXPECT_EQ(wrong(), "");
}

TEST_F(MetadataCheck, ImpossibleTopicsAreRefused) {
  image.topics[kId].name = "a/../b";
  EXPECT_NE(wrong().find("a/../b"), std::string::npos);
  image.topics[kId].name = "";
  EXPECT_EQ(wrong(), "there are partitions of a topic that has no record");
  image.topics[kId] = {.name = "orders"};
  EXPECT_EQ(wrong(), "topic orders has no partition");
}

TEST_F(MetadataCheck, TwoTopicsOfOneNameAreRefused) {
  image.topics[wire::Uuid{{2}}] = image.topics[kId];
  EXPECT_EQ(wrong(), "there are two topics orders");
}

TEST_F(MetadataCheck, ImpossibleLeadershipsAreRefused) {
  leadership().replicas = {1, 1};
  EXPECT_EQ(wrong(), "partition 0 of topic orders: a replica is named twice");
  leadership() = sound_leadership();
  leadership().isr = {3};
  EXPECT_EQ(wrong(), "partition 0 of topic orders: node 3 is in sync and no replica");
  leadership() = sound_leadership();
  leadership().leader_epoch = -1;
  EXPECT_EQ(wrong(), "partition 0 of topic orders: its leader epoch cannot be");
  leadership() = sound_leadership();
  leadership().partition_epoch = -1;
  EXPECT_EQ(wrong(), "partition 0 of topic orders: its partition epoch cannot be");
}

// A log of another cluster may have it, and then it stays.
TEST_F(MetadataCheck, TheLargestLeaderEpochIsTaken) {
  leadership().leader_epoch = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(wrong(), "");
  leadership().partition_epoch = std::numeric_limits<std::int32_t>::max();
  EXPECT_EQ(wrong(), "partition 0 of topic orders: its partition epoch cannot be");
}

TEST_F(MetadataCheck, InvalidConfigurationsAreRefused) {
  image.configs[{kTopicResource, "orders"}] = {{"retention.ms", "soon"}};
  EXPECT_NE(wrong().find("a configuration of topic orders"), std::string::npos) << wrong();
  image.configs.clear();
  image.configs[{kBrokerResource, "1"}] = {{"message.max.bytes", "-1"}};
  EXPECT_NE(wrong().find("a configuration of broker '1'"), std::string::npos) << wrong();
  image.configs[{kBrokerResource, "1"}] = {{"listener.name.plaintext.max.connections", "many"}};
  EXPECT_NE(wrong().find("max.connections: Not a number"), std::string::npos) << wrong();
  image.configs[{kBrokerResource, "1"}] = {{"max.connections.per.ip.overrides", "h"}};
  EXPECT_EQ(wrong(),
            "a configuration of broker '1': max.connections.per.ip.overrides is a list of "
            "host:count, not h");
  image.configs[{kBrokerResource, "1"}] = {{"max.connections.per.ip.overrides", " h:1 "}};
  EXPECT_EQ(wrong(), "");
}

TEST_F(MetadataCheck, ProducerIdsThatRunOutAreRefused) {
  image.next_producer_id = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(wrong(), "the next producer id cannot be 9223372036854775807");
}

}  // namespace
}  // namespace understudy::broker
