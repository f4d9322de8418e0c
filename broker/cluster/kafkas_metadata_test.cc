// A whole directory of an Apache Kafka: its metadata log, and its meta.properties.
#include "broker/cluster/kafkas_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/cluster/cluster_test_support.h"
#include "broker/cluster/metadata_reader.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kLog = "__cluster_metadata-0/00000000000000000000.log";
constexpr const char* kQuorumState = "__cluster_metadata-0/quorum-state";
constexpr const char* kQuorumStateAside = "__cluster_metadata-0.kafka/quorum-state";

codec::ByteView view(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

class KafkasMetadataTest : public StoredClusterTest {
 protected:
  // Ours is made of Kafka's own records: with a quorum's file beside it, it is Kafka's.
  void stop_and_make_kafkas() {
    cluster->close();
    ASSERT_TRUE(storage.replace(kQuorumState, "{}"));
  }
  void write_properties(const std::string& text) {
    ASSERT_TRUE(storage.replace(kMetaPropertiesFile, text));
  }
  void expect_refused(const std::string& why) {
    start();
    ASSERT_TRUE(failure);
    EXPECT_THAT(*failure, HasSubstr(why));
  }
};

TEST_F(KafkasMetadataTest, TopicsComeWithTheirIdsConfigurationsAndRecords) {
  const wire::Uuid id = cluster->add_topic("t", {{1}, {1}}, {{"cleanup.policy", "compact"}})->id;
  ASSERT_NE(cluster->add_topic("short", {{1}}, {{"retention.ms", "5"}}), nullptr);
  ASSERT_NE(cluster->add_topic("plain", {{1}}, {}), nullptr);
  ASSERT_TRUE(cluster->set_broker_configs(std::nullopt, {{"log.segment.bytes", "2000000"}}));
  ASSERT_TRUE(cluster->set_group_configs(
      "g", {{"consumer.session.timeout.ms", "50000"}, {"share.session.timeout.ms", "50000"}}));
  ASSERT_TRUE(cluster->set_group_configs("shared", {{"share.session.timeout.ms", "50000"}}));
  write("t", 1, 0);
  stop_and_make_kafkas();
  const std::string kafkas = *storage.load(kLog);
  for (int round = 0; round < 2; ++round) {
    kill_and_start();
    EXPECT_EQ(cluster->find_topic("t")->id, id);
    EXPECT_EQ(cluster->find_topic("t")->configs, (ConfigMap{{"cleanup.policy", "compact"}}));
    EXPECT_EQ(cluster->find_partition("t", 1)->log_end_offset(), 1);
    EXPECT_EQ(cluster->find_topic("short")->configs,
              (ConfigMap{{"retention.bytes", "-1"}, {"retention.ms", "5"}}));
    EXPECT_EQ(cluster->find_topic("plain")->configs,
              (ConfigMap{{"retention.bytes", "-1"}, {"retention.ms", "-1"}}));
    EXPECT_EQ(cluster->find_partition("plain", 0)->config().segment_bytes, 2'000'000);
    EXPECT_EQ(cluster->configs().of_all_groups(),
              (NodeConfigs::OfGroups{{"g", {{"consumer.session.timeout.ms", "50000"}}}}))
        << "what is heeded";
    EXPECT_EQ(storage.load("__cluster_metadata-0.kafka/00000000000000000000.log"), kafkas);
    EXPECT_EQ(storage.load(kQuorumStateAside), "{}");
    EXPECT_FALSE(storage.load(kQuorumState));
  }
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0], HasSubstr("memory/__cluster_metadata-0: was an Apache Kafka's, and is now "
                                 "__cluster_metadata-0.kafka; its 3 topics were taken over with "
                                 "their configurations"));
  EXPECT_THAT(told[0], HasSubstr("; 3 partitions have no directory here"));
}

TEST_F(KafkasMetadataTest, AStartThatIsKilledOnTheWayIsFinishedByTheNext) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {{"cleanup.policy", "compact"}}), nullptr);
  write("t", 0, 0);
  stop_and_make_kafkas();
  const std::string kafkas = *storage.load(kLog);
  for (std::size_t operation = 0, changes = 1; operation < changes; ++operation) {
    SCOPED_TRACE(operation);
    // Back to what Kafka left.
    cluster.reset();
    for (const char* name : {"__cluster_metadata-0", kKafkasDirectory, kKafkasDirectoryInUse}) {
      ASSERT_TRUE(storage.remove(name));
    }
    ASSERT_TRUE(storage.replace(kLog, kafkas));
    ASSERT_TRUE(storage.replace(kQuorumState, "{}"));
    storage.fail_between(operation, SIZE_MAX);
    start();
    changes = storage.changes();
    storage.fail(false);
    kill_and_start();
    ASSERT_NE(cluster->find_topic("t"), nullptr);
    EXPECT_EQ(cluster->find_topic("t")->configs, (ConfigMap{{"cleanup.policy", "compact"}}));
    EXPECT_EQ(cluster->find_partition("t", 0)->log_end_offset(), 1);
    kill_and_start();
    EXPECT_EQ(cluster->topics().size(), 1u);
  }
}

// Whichever listing fails, a start knows the topics as Kafka does, or there is none.
TEST_F(KafkasMetadataTest, ADirectoryThatCannotBeListedIsNotTakenForNone) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {{"cleanup.policy", "compact"}}), nullptr);
  write("t", 0, 0);
  stop_and_make_kafkas();
  cluster.reset();
  ASSERT_TRUE(storage.rename("__cluster_metadata-0", kKafkasDirectoryInUse));
  std::size_t listings = 0;
  do {
    SCOPED_TRACE(listings);
    ASSERT_LT(listings, 100u);
    storage.fail_listings_after(listings++);
    start();
    if (failure) continue;
    ASSERT_NE(cluster->find_topic("t"), nullptr);
    EXPECT_EQ(cluster->find_topic("t")->configs, (ConfigMap{{"cleanup.policy", "compact"}}));
  } while (failure);
  EXPECT_GT(listings, 2u);
}

TEST_F(KafkasMetadataTest, ASnapshotIsReadAndThenTheRecordsBehindIt) {
  ASSERT_NE(cluster->add_topic("old", {{1}}, {}), nullptr);
  const std::string before = *storage.load(kLog);
  ASSERT_NE(cluster->add_topic("new", {{1}}, {}), nullptr);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("old")));
  const std::string all = *storage.load(kLog);
  const std::string after = all.substr(before.size());
  const std::int64_t offset = codec::BatchView(view(after)).base_offset();
  cluster->close();
  const std::string snapshot =
      "__cluster_metadata-0/" + offset_file_name(offset, "-0000000001.checkpoint");
  ASSERT_TRUE(storage.remove(kLog));
  ASSERT_TRUE(storage.replace(snapshot, before));
  const std::string segment = "__cluster_metadata-0/" + offset_file_name(offset + 1, ".log");
  ASSERT_TRUE(storage.replace(segment, after));
  expect_refused(segment + ": begins behind what comes before it");
  ASSERT_TRUE(storage.remove(segment));
  ASSERT_TRUE(storage.replace("__cluster_metadata-0/" + offset_file_name(offset, ".log"), after));
  kill_and_start();
  EXPECT_NE(cluster->find_topic("new"), nullptr);
  EXPECT_EQ(cluster->find_topic("old"), nullptr);
}

TEST_F(KafkasMetadataTest, ReplicasComeToTheNodesThatThereAre) {
  start(3);
  ASSERT_NE(cluster->add_topic("t", {{2, 3}, {3, 1}}, {}), nullptr);
  stop_and_make_kafkas();
  write_properties("version=1\nnode.id=7\ncluster.id=kafkas\n");
  start(1);
  ASSERT_EQ(failure, std::nullopt);
  for (const std::int32_t index : {0, 1}) {
    EXPECT_EQ(cluster->find_partition("t", index)->leadership().replicas, (std::vector<NodeId>{1}));
    EXPECT_EQ(cluster->find_partition("t", index)->leadership().leader, 1);
  }
  EXPECT_EQ(cluster->cluster_id(), "kafkas");
  EXPECT_THAT(told, Contains(HasSubstr("meta.properties: is of node 7, which here is node 1")));
}

// What Kafka deleted is not ours to delete.
TEST_F(KafkasMetadataTest, DirectoriesOfTopicsThatKafkaDeletedArePutAside) {
  ASSERT_NE(cluster->add_topic("gone", {{1}}, {}), nullptr);
  write("gone", 0, 0);
  storage.fail_between(1, SIZE_MAX);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("gone")));
  storage.fail(false);
  stop_and_make_kafkas();
  kill_and_start();
  EXPECT_THAT(cluster->topics(), IsEmpty());
  EXPECT_THAT(told, Contains(HasSubstr("memory/gone-0: the metadata log has no topic gone; put "
                                       "aside as gone-0.")));
}

TEST_F(KafkasMetadataTest, WhatCannotBeReadIsRefusedAndLeftAsItIs) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  ASSERT_NE(cluster->add_topic("u", {{1}}, {}), nullptr);
  stop_and_make_kafkas();
  const std::string sound = *storage.load(kLog);
  damage(kLog, 70);
  const std::string damaged = *storage.load(kLog);
  const std::string advice = "copy the directories of its partitions alone into an empty directory";
  expect_refused("00000000000000000000.log: damaged at byte 0; " + advice);
  EXPECT_EQ(storage.load(kLog), damaged);
  ASSERT_TRUE(storage.remove(kLog));
  expect_refused("without any record; " + advice);
  ASSERT_TRUE(storage.replace(kLog, sound));
  ASSERT_TRUE(storage.replace("__cluster_metadata-0.kafka/x", ""));
  expect_refused("another one was put aside already as __cluster_metadata-0.kafka; move one");
}

TEST(MetadataReaderTest, ATransactionThatDoesNotEndNeverWas) {
  const auto batch_of = [](const MetadataRecords& records) {
    codec::RecordBatchBuilder builder({.base_offset = 0});
    for (const std::string& value : records.values()) builder.add({.value = value});
    return std::string(builder.build_slice().view());
  };
  const auto topics_after = [&](auto ending) {
    MetadataRecords records;
    records.add(wire::TopicRecord{.name = "before", .topic_id = {{1}}});
    records.add(wire::BeginTransactionRecord{});
    records.add(wire::TopicRecord{.name = "within", .topic_id = {{2}}});
    ending(records);
    MetadataImage image;
    MetadataReader reader(image);
    const std::string bytes = batch_of(records);
    EXPECT_EQ(reader.apply(codec::BatchView(view(bytes))), std::nullopt);
    reader.end();
    return image.topics.size();
  };
  EXPECT_EQ(topics_after([](auto& records) { records.add(wire::EndTransactionRecord{}); }), 2u);
  EXPECT_EQ(topics_after([](auto& records) { records.add(wire::AbortTransactionRecord{}); }), 1u);
  EXPECT_EQ(topics_after([](auto&) {}), 1u);
}

// From the time of ZooKeeper. Kafka writes it again as version 1, too.
TEST_F(KafkasMetadataTest, PropertiesOfVersion0AreOldAndNotDamaged) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  cluster->close();
  ASSERT_TRUE(storage.remove(kMetadataDirectory));
  write_properties("#\n#Tue Dec 01 04:12:56 UTC 2020\nbroker.id=0\nversion=0\ncluster.id=old\n");
  kill_and_start();
  EXPECT_EQ(cluster->cluster_id(), "old");
  EXPECT_EQ(cluster->find_partition("t", 0)->log_end_offset(), 1);
  EXPECT_THAT(told, Contains(HasSubstr("meta.properties: is of the old version 0, from the time of "
                                       "ZooKeeper; written again, with its cluster id")));
  told.clear();
  kill_and_start();
  EXPECT_THAT(told, IsEmpty());
  EXPECT_EQ(cluster->cluster_id(), "old");
  write_properties("broker.id=1\r\n");  // without a version it is 0, and all may be missing
  kill_and_start();
  EXPECT_THAT(cluster->cluster_id(), Not(IsEmpty()));
}

TEST_F(KafkasMetadataTest, PropertiesThatCannotBeUsedAreRefusedByName) {
  const auto expect_wrong = [&](const std::string& text, const std::string& why) {
    write_properties(text);
    expect_refused("memory/meta.properties: " + why);
    EXPECT_EQ(storage.load(kMetaPropertiesFile), text);
  };
  const std::string advice = "; restore it, or remove it: the cluster then gets a new id";
  expect_wrong("", "damaged" + advice);
  expect_wrong("nothing\n", "damaged" + advice);
  expect_wrong("version=1\nnode.id=x\ncluster.id=c\n", "damaged" + advice);
  expect_wrong("version=1\nnode.id=1\ncluster.id=c", "damaged" + advice);
  expect_wrong("version=1\nnode.id=1\n", "damaged" + advice);
  expect_wrong("version=1\ncluster.id=c\n", "damaged" + advice);
  expect_wrong("version=one\n", "damaged" + advice);
  expect_wrong("version=2\nnode.id=1\n", "is of version 2, and only 0 and 1 are known" + advice);
  expect_wrong("version=1\nnode.id=3\ncluster.id=c\n",
               "is of node 3, and there is no such node; correct the file, or start with as many "
               "nodes as before");
}

// As java.util.Properties reads and writes them.
TEST_F(KafkasMetadataTest, MetaPropertiesAreReadAsJavaReadsThem) {
  const char* const texts[] = {
      "version=1\nnode.id=1\ncluster.id=AA\\=\\=\ndirectory.id=d\n",
      "version = 1\n node.id = 1\n\tcluster.id =  AA==\ndirectory.id=d\n",
      "! hm\r\nversion:1\r\nnode.id 1\r\ncluster.id:AA==\r\ndirectory.id=d\r\n"};
  for (const char* const text : texts) {
    write_properties(text);
    start();
    ASSERT_EQ(failure, std::nullopt) << text;
    EXPECT_EQ(cluster->cluster_id(), "AA==") << text;
    EXPECT_EQ(storage.load(kMetaPropertiesFile), text) << "it is good as it is";
  }
}

TEST_F(KafkasMetadataTest, AnOldMetaPropertiesMayNotKnowItsBrokerYet) {
  write_properties("version=0\nbroker.id=-1\n");
  start();
  EXPECT_EQ(failure, std::nullopt);
  EXPECT_THAT(told,
              Contains(HasSubstr("is of the old version 0, from the time of ZooKeeper; written "
                                 "again, with a new cluster id")));
}

}  // namespace
}  // namespace understudy::broker
