// A cluster that is stopped, or killed, and read again from its storage.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker/cluster/cluster_test_support.h"
#include "broker/log/files.h"

namespace understudy::broker {
namespace {

constexpr const char* kMetadataLog = "__cluster_metadata-0/00000000000000000000.log";

using ClusterFilesTest = StoredClusterTest;

TEST_F(ClusterFilesTest, ClusterIdIsStored) {
  EXPECT_EQ(cluster->cluster_id(), "cluster-1");
  kill_and_start();
  EXPECT_EQ(cluster->cluster_id(), "cluster-1");
}

TEST_F(ClusterFilesTest, TopicsAndConfigsSurvive) {
  const wire::Uuid id = cluster->add_topic("kept", {{1}, {1}}, {{"retention.ms", "5"}})->id;
  ASSERT_TRUE(cluster->add_partitions(*cluster->find_topic("kept"), {{1}}));
  ASSERT_NE(cluster->add_topic("gone", {{1}}, {}), nullptr);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("gone")));
  Topic& changed = *cluster->add_topic("changed", {{1}}, {{"retention.ms", "5"}});
  ASSERT_TRUE(cluster->set_topic_configs(changed, {{"segment.ms", "9"}}));
  ASSERT_TRUE(cluster->set_broker_configs(std::nullopt, {{"log.retention.ms", "7"}}));
  ASSERT_TRUE(cluster->set_broker_configs(1, {{"message.max.bytes", "99"}}));
  for (int round = 0; round < 2; ++round) {
    if (round == 0) kill_and_start();
    if (round == 1) stop_and_start();
    ASSERT_EQ(cluster->topics().size(), 2u);
    const Topic* kept = cluster->find_topic("kept");
    ASSERT_NE(kept, nullptr);
    EXPECT_EQ(kept->id, id);
    EXPECT_EQ(kept->partitions.size(), 3u);
    EXPECT_EQ(kept->configs, (ConfigMap{{"retention.ms", "5"}}));
    EXPECT_EQ(kept->partition(2)->config().max_message_bytes, 99);
    const Topic* after = cluster->find_topic("changed");
    EXPECT_EQ(after->configs, (ConfigMap{{"segment.ms", "9"}}));
    EXPECT_EQ(after->partition(0)->config().retention_ms, 7);
    EXPECT_EQ(after->partition(0)->config().segment_ms, 9);
  }
  EXPECT_TRUE(told.empty());
}

TEST_F(ClusterFilesTest, ConfigurationsOfGroupsOutliveEveryStart) {
  const ConfigMap configs = {{"consumer.session.timeout.ms", "50000"}};
  ASSERT_TRUE(cluster->set_group_configs("kept", configs));
  ASSERT_TRUE(cluster->set_group_configs("gone", configs));
  ASSERT_TRUE(cluster->set_group_configs("gone", {}));
  for (int round = 0; round < 2; ++round) {
    if (round == 0) kill_and_start();
    if (round == 1) stop_and_start();
    EXPECT_EQ(cluster->configs().of_group("kept"), configs);
    EXPECT_EQ(cluster->configs().of_all_groups().size(), 1u);
  }
  storage.fail(true);
  EXPECT_FALSE(cluster->set_group_configs("kept", {}));
  storage.fail(false);
  EXPECT_EQ(cluster->configs().of_group("kept"), configs);
}

TEST_F(ClusterFilesTest, RefusedBrokerConfigChangeHasNoEffect) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  ASSERT_TRUE(cluster->set_broker_configs(std::nullopt, {{"log.retention.ms", "7"}}));
  storage.fail(true);
  EXPECT_FALSE(cluster->set_broker_configs(std::nullopt, {{"log.retention.ms", "8"}}));
  EXPECT_FALSE(cluster->set_broker_configs(1, {{"message.max.bytes", "99"}}));
  const auto expect_unchanged = [&] {
    EXPECT_EQ(cluster->configs().dynamic(std::nullopt).at("log.retention.ms"), "7");
    EXPECT_TRUE(cluster->configs().dynamic(1).empty());
    EXPECT_EQ(cluster->find_partition("t", 0)->config().retention_ms, 7);
    EXPECT_EQ(cluster->find_partition("t", 0)->config().max_message_bytes, 1'048'588);
  };
  expect_unchanged();
  storage.fail(false);
  kill_and_start();
  expect_unchanged();
}

TEST_F(ClusterFilesTest, LeaderEpochsRiseWithEveryStart) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->leadership().leader_epoch, 0);
  stop_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->leadership().leader_epoch, 1);
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->leadership().leader_epoch, 2);
}

TEST_F(ClusterFilesTest, ElectionsSurvive) {
  start(2);
  ASSERT_NE(cluster->add_topic("t", {{1, 2}}, {}), nullptr);
  cluster->elect(*cluster->find_topic("t")->partition(0), 2, Partition::Tail::kKeep);
  start(2);
  ASSERT_EQ(failure, std::nullopt);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->leadership().leader, 2);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->leadership().leader_epoch, 2);
}

TEST_F(ClusterFilesTest, S59_ProducerIdsGoOnWithTheNextBlock) {
  EXPECT_EQ(cluster->allocate_producer_ids(1), 0);
  kill_and_start();
  EXPECT_EQ(cluster->allocate_producer_ids(1), 1000);
  stop_and_start();
  EXPECT_EQ(cluster->allocate_producer_ids(1), 2000);
}

// Two producers with one id would take each other's batches for duplicates.
TEST_F(ClusterFilesTest, APowerCutGivesNoProducerIdAgain) {
  EXPECT_EQ(cluster->allocate_producer_ids(1), 0);
  cluster.reset();
  storage.lose_unsynced();
  start();
  ASSERT_EQ(failure, std::nullopt);
  EXPECT_EQ(cluster->allocate_producer_ids(1), 1000);
  storage.fail_syncs(true);
  EXPECT_EQ(cluster->allocate_producer_ids(1), std::nullopt);
}

// What a failed sync should have covered is written once more, or it would take the next block with
// it.
TEST_F(ClusterFilesTest, PowerCutAfterAFailedSyncGivesNoProducerIdAgain) {
  for (const bool is_synced : {false, true}) {
    storage.set_synced(is_synced);
    storage.fail_syncs(true);
    EXPECT_EQ(cluster->allocate_producer_ids(1), std::nullopt);
    storage.fail_syncs(false);
    const auto given = cluster->allocate_producer_ids(1);
    ASSERT_TRUE(given);
    cluster.reset();
    storage.lose_unsynced();
    start();
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_GT(cluster->allocate_producer_ids(1), given);
  }
}

// Whatever becomes of the metadata log.
TEST_F(ClusterFilesTest, IdsThatWroteARecordAreNeverGivenAgain) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0, 4321);
  cluster->close();
  ASSERT_TRUE(storage.remove("__cluster_metadata-0"));
  start();
  ASSERT_EQ(failure, std::nullopt);
  EXPECT_EQ(cluster->allocate_producer_ids(1), 5000);
}

TEST_F(ClusterFilesTest, MissingDirectoryIsReported) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  cluster->close();
  ASSERT_TRUE(storage.remove("t-0"));
  start();
  ASSERT_EQ(failure, std::nullopt);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("t-0: is missing, and with it the records up to offset 1"),
            std::string::npos)
      << told[0];
}

TEST_F(ClusterFilesTest, DeletedTopicsLeaveNothingAfterTheirDelay) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  const auto directories = [&] {
    std::vector<std::string> names;
    for (const auto& entry : storage.list("")) {
      if (entry.is_directory && entry.name != "__cluster_metadata-0") names.push_back(entry.name);
    }
    return names;
  };
  ASSERT_EQ(directories().size(), 1u);
  EXPECT_TRUE(directories()[0].starts_with("t-0."));
  EXPECT_TRUE(directories()[0].ends_with("-delete"));
  clock.advance(60'000);
  timers.run_due(clock.monotonic_ms());
  EXPECT_TRUE(directories().empty());
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 5);  // nothing is known of the producer any more
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  kill_and_start();
  EXPECT_TRUE(directories().empty()) << "a start does not wait";
}

TEST_F(ClusterFilesTest, ADelayThatNeverEndsHoldsUpNoOtherTimer) {
  clock.advance(1'000'000);
  ASSERT_NE(cluster->add_topic("t", {{1}}, {{"file.delete.delay.ms", "9223372036854775807"}}),
            nullptr);
  write("t", 0, 0);
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  EXPECT_EQ(timers.next_deadline_ms(), INT64_MAX);
}

TEST_F(ClusterFilesTest, ATornChangeIsDropped) {
  ASSERT_NE(cluster->add_topic("a", {{1}}, {}), nullptr);
  const std::string before = storage.load(kMetadataLog).value();
  ASSERT_NE(cluster->add_topic("b", {{1}}, {}), nullptr);
  const std::string after = storage.load(kMetadataLog).value();
  for (std::size_t size = before.size() + 1; size < after.size(); ++size) {
    ASSERT_TRUE(storage.replace(kMetadataLog, after.substr(0, size)));
    kill_and_start();
    ASSERT_EQ(cluster->topics().size(), 1u) << size;
  }
}

// Its records take several batches.
TEST_F(ClusterFilesTest, ATornChangeOfManyPartitionsIsDroppedWhole) {
  const std::vector<std::vector<NodeId>> many(2500, {1});
  const std::string before = storage.load(kMetadataLog).value();
  ASSERT_NE(cluster->add_topic("big", many, {{"cleanup.policy", "compact"}}), nullptr);
  const std::string after = storage.load(kMetadataLog).value();
  const std::size_t step = (after.size() - before.size()) / 20;
  for (std::size_t size = before.size(); size < after.size(); size += step) {
    ASSERT_TRUE(storage.replace(kMetadataLog, after.substr(0, size)));
    kill_and_start();
    EXPECT_EQ(cluster->topics().size(), 0u) << size;
  }
  ASSERT_TRUE(storage.replace(kMetadataLog, after));
  kill_and_start();
  ASSERT_NE(cluster->find_topic("big"), nullptr);
  EXPECT_EQ(cluster->find_topic("big")->partitions.size(), 2500u);
  ASSERT_TRUE(cluster->add_partitions(*cluster->find_topic("big"), many));
  std::string grown = storage.load(kMetadataLog).value();
  grown.resize(grown.size() - 1);
  ASSERT_TRUE(storage.replace(kMetadataLog, grown));
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("big")->partitions.size(), 2500u);
}

TEST_F(ClusterFilesTest, DamagedMetadataIsRefusedByName) {
  ASSERT_NE(cluster->add_topic("a", {{1}}, {}), nullptr);
  ASSERT_NE(cluster->add_topic("b", {{1}}, {}), nullptr);
  cluster->close();
  const std::string sound = storage.load(kMetadataLog).value();
  for (std::size_t at = 0; at < sound.size(); ++at) {
    ASSERT_TRUE(storage.replace(kMetadataLog, sound));
    ASSERT_TRUE(storage.replace(kCleanShutdownFile, "{}"));
    damage(kMetadataLog, at);
    start();
    ASSERT_TRUE(failure.has_value()) << at;
    ASSERT_NE(failure->find("00000000000000000000.log: damaged"), std::string::npos) << *failure;
  }
}

// A cluster that could not be loaded does not add to a log that it does not
// know.
TEST_F(ClusterFilesTest, FailedStartAppendsNothingToTheMetadataOfTheLastOne) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  const auto expect_refused = [&] {
    const std::string before = storage.load(kMetadataLog).value();
    EXPECT_EQ(cluster->add_topic("u", {{1}}, {}), nullptr);
    EXPECT_FALSE(cluster->set_broker_configs(std::nullopt, {{"log.retention.ms", "7"}}));
    EXPECT_EQ(cluster->allocate_producer_ids(1), std::nullopt);
    EXPECT_EQ(storage.load(kMetadataLog), before);
  };
  // Before the log was looked at.
  const std::string properties = storage.load(kMetaPropertiesFile).value();
  ASSERT_TRUE(storage.replace(kMetaPropertiesFile, "nothing"));
  start();
  ASSERT_NE(failure, std::nullopt);
  expect_refused();
  ASSERT_TRUE(storage.replace(kMetaPropertiesFile, properties));
  // While it was read.
  const std::string metadata = storage.load(kMetadataLog).value();
  damage(kMetadataLog, 30);
  start();
  ASSERT_NE(failure, std::nullopt);
  expect_refused();
  ASSERT_TRUE(storage.replace(kMetadataLog, metadata));
  kill_and_start();
  EXPECT_NE(cluster->find_topic("t"), nullptr);
  EXPECT_NE(cluster->add_topic("u", {{1}}, {}), nullptr);
}

TEST_F(ClusterFilesTest, DamageInTheMiddleIsNoTornTail) {
  ASSERT_NE(cluster->add_topic("a", {{1}}, {}), nullptr);
  damage(kMetadataLog, 70);  // in the first batch
  start();
  EXPECT_TRUE(failure.has_value());
}

TEST_F(ClusterFilesTest, FewerNodesThanBeforeAreRefused) {
  start(3);
  ASSERT_NE(cluster->add_topic("t", {{1, 2, 3}}, {}), nullptr);
  start(2);
  ASSERT_TRUE(failure.has_value());
  EXPECT_NE(failure->find("node 3"), std::string::npos) << *failure;
}

TEST_F(ClusterFilesTest, AFullDiskRefusesChanges) {
  storage.fail(true);
  EXPECT_EQ(cluster->add_topic("t", {{1}}, {}), nullptr);
  EXPECT_EQ(cluster->allocate_producer_ids(1), std::nullopt);
  storage.fail(false);
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  storage.fail(true);
  Topic& topic = *cluster->find_topic("t");
  EXPECT_FALSE(cluster->set_topic_configs(topic, {{"retention.ms", "5"}}));
  EXPECT_TRUE(topic.configs.empty());
  EXPECT_FALSE(cluster->add_partitions(topic, {{1}}));
  EXPECT_EQ(topic.partitions.size(), 1u);
  EXPECT_FALSE(cluster->remove_topic(topic));
  EXPECT_EQ(cluster->find_topic("t"), &topic);
}

TEST_F(ClusterFilesTest, DamagedCheckpointsAreRebuilt) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  write("t", 0, 1);
  cluster->find_topic("t")->partition(0)->raise_log_start_offset(1);
  for (const char* file : {kRecoveryPointFile, kLogStartFile, kHighWatermarkFile}) {
    cluster->close();
    ASSERT_TRUE(storage.load(file).has_value());
    ASSERT_TRUE(storage.replace(file, "0\n1\nt 0 \n"));
    start();
    ASSERT_EQ(failure, std::nullopt);
    EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 2) << file;
    EXPECT_EQ(cluster->find_topic("t")->partition(0)->high_watermark(), 2) << file;
  }
}

// As an Apache Kafka leaves them that was killed soon after its start.
TEST_F(ClusterFilesTest, EmptyCheckpointsAreNotDamaged) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  for (const char* file : {kRecoveryPointFile, kLogStartFile, kHighWatermarkFile}) {
    ASSERT_TRUE(storage.replace(file, ""));
  }
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 1);
  EXPECT_TRUE(told.empty()) << told.front();
}

// A recovery point that was written down before the log became shorter says nothing of the records
// that come next.
TEST_F(ClusterFilesTest, AfterALostTailNewRecordsAreNotTakenForSynced) {
  storage.set_synced(true);
  start(2);
  ASSERT_NE(cluster->add_topic("t", {{1, 2}}, {}), nullptr);
  Partition& partition = *cluster->find_topic("t")->partition(0);
  partition.hold_replication();
  write("t", 0, 0);
  write("t", 0, 1);
  while (storage.finish_syncs() > 0) {
  }
  ASSERT_TRUE(cluster->logs().write_recovery_points());
  ASSERT_EQ(partition.recovery_point(), 2);
  cluster->elect(partition, 2, Partition::Tail::kLose);
  EXPECT_EQ(partition.log_end_offset(), 0);
  write("t", 0, 0, 8);
  write("t", 0, 1, 8);
  storage.drop_syncs();
  start(2);
  ASSERT_EQ(failure, std::nullopt);
  ASSERT_EQ(cluster->find_topic("t")->partition(0)->high_watermark(), 2);
  cluster.reset();
  storage.lose_unsynced();
  start(2);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 2);
}

TEST_F(ClusterFilesTest, ElectionFailsIfTheRecoveryPointCannotBeLowered) {
  start(2);
  ASSERT_NE(cluster->add_topic("t", {{1, 2}}, {}), nullptr);
  Partition& partition = *cluster->find_topic("t")->partition(0);
  partition.hold_replication();
  write("t", 0, 0);
  ASSERT_TRUE(partition.flush());
  ASSERT_TRUE(cluster->logs().write_recovery_points());
  storage.fail(true);
  cluster->elect(partition, 2, Partition::Tail::kLose);
  EXPECT_EQ(partition.log_end_offset(), 1);
  EXPECT_EQ(partition.leadership().leader, 1);
}

TEST_F(ClusterFilesTest, AfterAShorterLogWasFoundNewRecordsAreNotTakenForSynced) {
  storage.set_synced(true);
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  write("t", 0, 1);
  cluster->close();
  ASSERT_TRUE(storage.remove(kCleanShutdownFile));
  ASSERT_TRUE(storage.replace("t-0/00000000000000000000.log", ""));
  kill_and_start();
  ASSERT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 0);
  write("t", 0, 0, 8);
  write("t", 0, 1, 8);
  storage.drop_syncs();
  kill_and_start();
  ASSERT_EQ(cluster->find_topic("t")->partition(0)->high_watermark(), 2);
  cluster.reset();
  storage.lose_unsynced();
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 2);
}

TEST_F(ClusterFilesTest, NewTopicBeginsAtZeroDespiteCheckpointsOfAnOlderOneOfItsName) {
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  for (int i = 0; i < 3; ++i) write("t", 0, i);
  cluster->find_topic("t")->partition(0)->raise_log_start_offset(2);
  ASSERT_TRUE(cluster->find_topic("t")->partition(0)->flush());
  ASSERT_TRUE(cluster->logs().write_recovery_points());
  ASSERT_TRUE(cluster->logs().write_start_offsets());
  kill_and_start();
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic("t")));
  ASSERT_NE(cluster->add_topic("t", {{1}}, {}), nullptr);
  write("t", 0, 0);
  kill_and_start();
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_start_offset(), 0);
  EXPECT_EQ(cluster->find_topic("t")->partition(0)->log_end_offset(), 1);
}

TEST_F(ClusterFilesTest, DeletingATopicWritesTheStartOffsetsOfTheOthers) {
  for (const char* name : {"t", "gone"}) {
    ASSERT_NE(cluster->add_topic(name, {{1}}, {}), nullptr);
  }
  for (int i = 0; i < 3; ++i) write("t", 0, i);
  const auto start_after = [&](std::int64_t offset) {
    cluster->find_topic("t")->partition(0)->raise_log_start_offset(offset);
    Topic* gone = cluster->find_topic("gone");
    EXPECT_TRUE(gone == nullptr || cluster->remove_topic(*gone));
    kill_and_start();
    return cluster->find_topic("t")->partition(0)->log_start_offset();
  };
  EXPECT_EQ(start_after(1), 1);
  EXPECT_EQ(start_after(2), 1) << "nothing was deleted, and the interval has not passed";
}

}  // namespace
}  // namespace understudy::broker
