// What a partition asks of the disk: when it is written to, what is vouched for then, and what
// becomes of a partition whose disk fails.
#include "broker/log/restart_test.h"

namespace understudy::broker {
namespace {

using namespace restart_test;

TEST_F(RestartTest, WithFsyncRecordsAreReplicatedWhenTheDiskHasThem) {
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  EXPECT_EQ(partition->high_watermark(), 0);
  expect_appended(send(0, 5, 9), 5);
  EXPECT_EQ(storage.finish_syncs(), 1u) << "one at a time";
  EXPECT_EQ(partition->high_watermark(), 5);
  EXPECT_EQ(storage.finish_syncs(), 1u);
  EXPECT_EQ(partition->high_watermark(), 10);
  EXPECT_EQ(storage.finish_syncs(), 0u);
  expect_appended(send(0, 10, 14), 10);
  partition.reset();
  storage.lose_unsynced();
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 10);
  expect_duplicate(send(0, 5, 9), 5);
}

// The offset is given again before the disk has said that it holds what was there first.
TEST_F(RestartTest, SyncOfTruncatedBytesCoversNothingElse) {
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  partition->elect(1, Partition::Tail::kLose);
  EXPECT_EQ(partition->log_end_offset(), 0);
  expect_appended(send(0, 0, 4), 0);
  EXPECT_EQ(partition->high_watermark(), 0);
  EXPECT_EQ(storage.finish_syncs(), 2u) << "the second record has a sync of its own";
  EXPECT_EQ(partition->high_watermark(), 5);
}

// What is vouched for after a roll goes back to the recovery point, over a kill as well.
TEST_F(RestartTest, ARollSyncsAllSinceTheRecoveryPoint) {
  config.segment_bytes = 200;
  open();
  for (int i = 0; i < 3; ++i) expect_appended(send(0, i * 5, i * 5 + 4), i * 5);
  partition.reset();
  storage.drop_syncs();
  kill_and_start();
  expect_appended(send(0, 15, 19), 15);
  EXPECT_EQ(partition->recovery_point(), 0);
  EXPECT_EQ(storage.finish_syncs(), 4u) << "three segments, and partition.metadata before all";
  EXPECT_EQ(partition->recovery_point(), 15);
  partition.reset();
  storage.lose_unsynced();
  kill_and_start(15);
  EXPECT_TRUE(storage.load("t-0/partition.metadata").has_value());
  EXPECT_EQ(partition->log_end_offset(), 15);
  EXPECT_TRUE(
      partition->read({.fetch_offset = 0, .max_bytes = 1 << 20, .upper_offset = 15}).has_value());
}

TEST_F(RestartTest, ADiskThatFailsTakesThePartitionOffline) {
  storage.set_synced(true);
  storage.fail_syncs(true);
  expect_appended(send(0, 0, 4), 0);
  storage.finish_syncs();
  EXPECT_TRUE(partition->is_offline());
  EXPECT_EQ(partition->high_watermark(), 0);
  const auto read = partition->read({.fetch_offset = 0, .max_bytes = 100, .upper_offset = 5});
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), ErrorCode::kKafkaStorageError);
  expect_refused(send(0, 5, 9), ErrorCode::kKafkaStorageError);
  EXPECT_FALSE(partition->close());
  storage.fail_syncs(false);
  kill_and_start();
  expect_duplicate(send(0, 0, 4), 0);
}

// The kernel takes the pages of a failed sync for written: the next one succeeds without them.
TEST_F(RestartTest, FailedSyncIsWrittenAgainBeforeItCountsAsSynced) {
  config.segment_bytes = 200;
  open();
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  storage.finish_syncs();
  expect_appended(send(0, 5, 9), 5);
  storage.fail_syncs(true);
  storage.finish_syncs();
  EXPECT_TRUE(partition->is_offline());
  storage.fail_syncs(false);
  kill_and_start();
  EXPECT_EQ(partition->high_watermark(), 10);
  expect_duplicate(send(0, 5, 9), 5);
  partition.reset();
  storage.lose_unsynced();
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 10);
}

TEST_F(RestartTest, ARollThatFailsRefusesTheBatchThatCausedIt) {
  config.segment_bytes = 200;
  open();
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  storage.finish_syncs();
  storage.fail_syncs(true);
  expect_refused(send(0, 5, 9), ErrorCode::kKafkaStorageError);
  EXPECT_TRUE(partition->is_offline());
  storage.fail_syncs(false);
  kill_and_start();
  expect_appended(send(0, 5, 9), 5);
}

// A sync of it may be under way, and when its file is gone nobody says that the sync has ended.
TEST_F(RestartTest, DroppedSegmentDoesNotHoldUpSyncs) {
  config.segment_bytes = 200;
  config.retention_ms = 1000;
  open();
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  expect_appended(send(0, 5, 9), 5);
  EXPECT_EQ(partition->high_watermark(), 5);
  clock.advance(2000);
  EXPECT_TRUE(partition->apply_retention());
  while (storage.finish_syncs() > 0) {
  }
  EXPECT_EQ(partition->log_start_offset(), 5);
  EXPECT_EQ(partition->high_watermark(), 10);
}

TEST_F(RestartTest, FailedRewriteDoesNotCountAsSynced) {
  storage.set_synced(true);
  expect_appended(send(0, 0, 4), 0);
  storage.drop_syncs();
  storage.fail(true);
  kill_and_start();
  EXPECT_TRUE(partition->is_offline());
  EXPECT_EQ(partition->high_watermark(), 0);
}

TEST_F(RestartTest, AFullDiskRefusesAndChangesNothing) {
  expect_appended(send(0, 0, 4), 0);
  storage.fail(true);
  expect_refused(send(0, 5, 9), ErrorCode::kKafkaStorageError);
  storage.fail(false);
  expect_refused(send(0, 6, 6), ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(send(0, 5, 9), 5);
}

// The roll found no room for the snapshot that says where a log without records goes on.
TEST_F(RestartTest, RetentionDropsTheLastRecordsOnlyIfTheirEndIsStored) {
  config.segment_bytes = 200;
  config.retention_ms = 1000;
  open();
  expect_appended(send(0, 0, 4), 0);
  storage.fail(true);
  expect_refused(send(0, 5, 9), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(partition->log().segments().size(), 2u);
  clock.advance(2000);
  EXPECT_FALSE(partition->apply_retention());
  storage.fail(false);
  EXPECT_TRUE(partition->apply_retention());
  kill_and_start();
  EXPECT_EQ(partition->log_end_offset(), 5);
}

TEST_F(RestartTest, FlushMessagesSyncsEveryNRecords) {
  config.flush_messages = 5;
  open();
  send(0, 0, 3);
  EXPECT_EQ(partition->recovery_point(), 0);
  send(0, 4, 4);
  EXPECT_EQ(partition->recovery_point(), 5);
}

TEST_F(RestartTest, FlushMsSyncsWhenItsTimeHasCome) {
  config.flush_ms = 1000;
  open();
  send(0, 0, 3);
  clock.advance(999);
  partition->flush_if_due();
  EXPECT_EQ(partition->recovery_point(), 0);
  clock.advance(1);
  partition->flush_if_due();
  EXPECT_EQ(partition->recovery_point(), 4);
}

}  // namespace
}  // namespace understudy::broker
