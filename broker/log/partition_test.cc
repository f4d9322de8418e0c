#include "broker/log/partition.h"

#include <gtest/gtest.h>

#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Kind = AppendResult::Kind;

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::int64_t kPid = 7000;

class PartitionTest : public ::testing::Test {
 protected:
  explicit PartitionTest(std::size_t replicas = 1) {
    Leadership leadership{.leader = 1};
    for (std::size_t i = 1; i <= replicas; ++i) {
      leadership.replicas.push_back(static_cast<NodeId>(i));
      leadership.isr.push_back(static_cast<NodeId>(i));
    }
    start(std::move(leadership));
  }

  void start(Leadership leadership) {
    partition = std::make_unique<Partition>(wire::Uuid{}, "t", 0, std::move(leadership),
                                            std::make_shared<TopicConfig>(), ProducerStateOptions{},
                                            environment);
  }

  AppendResult send(std::int16_t epoch, std::int32_t first, std::int32_t last,
                    std::int16_t acks = -1) {
    return partition->append(make_batch({.producer_id = kPid,
                                         .epoch = epoch,
                                         .first_sequence = first,
                                         .records = last - first + 1,
                                         .timestamp_ms = clock.wall_ms()}),
                             {.required_acks = acks});
  }

  void change_config(const std::function<void(TopicConfig&)>& change) {
    TopicConfig config = partition->config();
    change(config);
    partition->set_config(std::make_shared<const TopicConfig>(config));
  }

  ManualClock clock{kNow};
  MemoryStorage storage;
  Timers timers;
  LogEnvironment environment{storage, clock, timers};
  std::unique_ptr<Partition> partition;
};

class ThreeReplicas : public PartitionTest {
 protected:
  ThreeReplicas() : PartitionTest(3) {}
};

TEST_F(PartitionTest, AppendsAndRecognisesTheDuplicate) {
  AppendResult result = send(0, 0, 9);
  EXPECT_EQ(result.kind, Kind::kAppended);
  EXPECT_EQ(result.base_offset, 0);
  EXPECT_EQ(result.log_append_time_ms, -1);
  EXPECT_EQ(result.log_start_offset, 0);
  clock.advance(5);
  result = send(0, 10, 14);
  EXPECT_EQ(result.base_offset, 10);
  clock.advance(5);
  result = send(0, 10, 14);
  EXPECT_EQ(result.kind, Kind::kDuplicate);
  EXPECT_EQ(result.base_offset, 10);
  EXPECT_EQ(result.log_append_time_ms, kNow + 5) << "the original's largest timestamp";
  EXPECT_EQ(partition->log_end_offset(), 15);
  EXPECT_EQ(partition->high_watermark(), 15);
}

TEST_F(PartitionTest, AGapIsRefusedAndExplained) {
  send(0, 0, 157);
  const AppendResult result = send(0, 160, 160);
  EXPECT_EQ(result.kind, Kind::kRefused);
  EXPECT_EQ(result.error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(result.expected_sequence, 158);
  EXPECT_EQ(result.reason, "expected 158, got 160");
  EXPECT_EQ(result.base_offset, -1);
  EXPECT_EQ(result.log_start_offset, 0);
  EXPECT_EQ(result.error_message, std::nullopt);
}

TEST_F(PartitionTest, StampsOffsetAndLeaderEpochIntoTheBatch) {
  partition->elect(1, Partition::Tail::kKeep);
  send(0, 0, 4);
  send(0, 5, 5);
  const auto bytes = partition->read({.fetch_offset = 5, .max_bytes = 1 << 20, .upper_offset = 6});
  ASSERT_TRUE(bytes.has_value());
  const codec::BatchView batch(codec::view_of(*bytes));
  EXPECT_EQ(batch.base_offset(), 5);
  EXPECT_EQ(batch.partition_leader_epoch(), 1);
  EXPECT_TRUE(batch.has_valid_crc());
}

TEST_F(PartitionTest, LogAppendTimeIsAnsweredAndRepeatedForADuplicate) {
  change_config([](TopicConfig& config) {
    config.message_timestamp_type = codec::TimestampType::kLogAppendTime;
  });
  EXPECT_EQ(send(0, 0, 0).log_append_time_ms, kNow);
  clock.advance(4000);
  const AppendResult again = send(0, 0, 0);
  EXPECT_EQ(again.kind, Kind::kDuplicate);
  EXPECT_EQ(again.log_append_time_ms, kNow);
}

TEST_F(PartitionTest, ARetryIsValidatedAsIfNew) {
  EXPECT_EQ(send(0, 0, 9).kind, Kind::kAppended);
  change_config([](TopicConfig& config) { config.max_message_bytes = 70; });
  const AppendResult result = send(0, 0, 9);
  EXPECT_EQ(result.error, ErrorCode::kMessageTooLarge);
  EXPECT_EQ(result.log_start_offset, -1);
}

TEST_F(PartitionTest, ABatchLargerThanASegmentIsRefused) {
  change_config([](TopicConfig& config) { config.segment_bytes = 80; });
  const AppendResult result = send(0, 0, 9);
  EXPECT_EQ(result.error, ErrorCode::kRecordListTooLarge);
  EXPECT_EQ(result.log_start_offset, -1);
}

TEST_F(PartitionTest, EvenADuplicateMayRollTheSegment) {
  change_config([](TopicConfig& config) { config.segment_bytes = 200; });
  send(0, 0, 4);
  send(0, 5, 9);
  ASSERT_EQ(partition->log().segments().size(), 2u);
  EXPECT_EQ(send(0, 5, 9).kind, Kind::kDuplicate);
  ASSERT_EQ(partition->log().segments().size(), 3u);
  EXPECT_EQ(partition->log().segments()[2].base_offset(), 10);
  EXPECT_EQ(partition->log_end_offset(), 10);
}

TEST_F(PartitionTest, DeletedRecordsDoNotForgetTheProducer) {
  send(0, 0, 9);
  partition->raise_log_start_offset(10);
  const AppendResult again = send(0, 0, 9);
  EXPECT_EQ(again.kind, Kind::kDuplicate);
  EXPECT_EQ(again.base_offset, 0);
  EXPECT_EQ(again.log_start_offset, 10);
  EXPECT_EQ(send(0, 10, 10).base_offset, 10);
}

TEST_F(PartitionTest, AFullDiskIsAStorageErrorAndNothingElse) {
  send(0, 0, 0);
  storage.fail(true);
  const AppendResult result = send(0, 1, 1);
  EXPECT_EQ(result.error, ErrorCode::kKafkaStorageError);
  EXPECT_EQ(result.log_start_offset, -1);
  storage.fail(false);
  EXPECT_EQ(send(0, 1, 1).base_offset, 1);
}

TEST_F(ThreeReplicas, AcksAllNeedsEnoughReplicasInSync) {
  start({.replicas = {1, 2, 3}, .isr = {1}, .leader = 1});
  change_config([](TopicConfig& config) { config.min_insync_replicas = 2; });
  const AppendResult result = send(0, 0, 0);
  EXPECT_EQ(result.error, ErrorCode::kNotEnoughReplicas);
  EXPECT_EQ(result.log_start_offset, 0);
  EXPECT_EQ(send(0, 0, 0, 1).kind, Kind::kAppended) << "acks = 1 does not ask";
}

TEST_F(PartitionTest, MinInsyncReplicasIsCappedByTheReplicas) {
  change_config([](TopicConfig& config) { config.min_insync_replicas = 2; });
  EXPECT_EQ(send(0, 0, 0).kind, Kind::kAppended);
}

TEST_F(ThreeReplicas, ALostTailIsForgottenByLogAndProducers) {
  send(0, 0, 4);
  partition->hold_replication();
  send(0, 5, 9);
  EXPECT_EQ(partition->high_watermark(), 5);
  EXPECT_EQ(partition->log_end_offset(), 10);
  partition->elect(2, Partition::Tail::kLose);
  EXPECT_EQ(partition->log_end_offset(), 5);
  EXPECT_EQ(partition->leadership().leader_epoch, 1);
  EXPECT_EQ(partition->leader_epochs().end_offset_for(0, 5), (LeaderEpochs::EndOffset{0, 5}));
  EXPECT_EQ(send(0, 10, 10).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(send(0, 0, 4).kind, Kind::kDuplicate) << "what is left is still known";
  EXPECT_EQ(send(0, 5, 9).base_offset, 5);
}

TEST_F(ThreeReplicas, AKeptTailIsReplicatedByTheMove) {
  partition->hold_replication();
  send(0, 0, 4);
  partition->elect(2, Partition::Tail::kKeep);
  partition->release_replication();
  EXPECT_EQ(partition->high_watermark(), 5);
}

TEST_F(PartitionTest, RetentionBySizeNeverGoesBelowTheLimit) {
  change_config([](TopicConfig& config) {
    config.segment_bytes = 1;
    config.retention_bytes = 0;
  });
  change_config([](TopicConfig& config) { config.segment_bytes = 650; });
  for (int i = 0; i < 3; ++i) {
    partition->append(make_batch({.timestamp_ms = kNow, .value_bytes = 530}), {});
  }
  ASSERT_EQ(partition->log().segments().size(), 3u);
  const auto segment = static_cast<std::int64_t>(partition->log().segments()[0].size_bytes());
  change_config([&](TopicConfig& config) { config.retention_bytes = 3 * segment - segment - 200; });
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log_start_offset(), 1);
  EXPECT_FALSE(partition->apply_retention());
}

TEST_F(PartitionTest, RetentionByTimeTakesTheActiveSegmentToo) {
  change_config([](TopicConfig& config) { config.retention_ms = 1000; });
  send(0, 0, 4);
  clock.advance(1000);
  EXPECT_FALSE(partition->apply_retention()) << "exactly the limit is not over it";
  clock.advance(1);
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log_start_offset(), 5);
  EXPECT_EQ(partition->log_end_offset(), 5);
  EXPECT_EQ(partition->size_bytes(), 0u);
  EXPECT_EQ(send(0, 5, 5).base_offset, 5);
}

TEST_F(PartitionTest, RecordsFromTheFutureAreNotExpired) {
  change_config([](TopicConfig& config) { config.retention_ms = 1000; });
  partition->append(make_batch({.timestamp_ms = kNow + 3'000'000}), {});
  clock.advance(60'000);
  EXPECT_FALSE(partition->apply_retention());
}

TEST_F(PartitionTest, WithoutDeleteInThePolicyOnlyTheLogStartCounts) {
  change_config([](TopicConfig& config) {
    config.cleanup_delete = false;
    config.retention_ms = 1000;
    config.segment_bytes = 200;
  });
  send(0, 0, 4);
  send(0, 5, 9);
  clock.advance(60'000);
  EXPECT_FALSE(partition->apply_retention());
  partition->raise_log_start_offset(5);
  EXPECT_TRUE(partition->apply_retention());
  EXPECT_EQ(partition->log().segments().size(), 1u);
}

TEST_F(PartitionTest, ExpiryAsksTheClock) {
  send(0, 0, 4);
  clock.advance(86'400'000);
  partition->expire_producers();
  EXPECT_EQ(send(0, 0, 4).base_offset, 5);
}

// What a coordinator writes: no sequence, and in a transaction of a known producer.
TEST_F(PartitionTest, AppendsTheBrokersOwnRecords) {
  const std::vector<codec::Record> records = {{.timestamp = 1, .key = "a", .value = "1"},
                                              {.timestamp = 2, .key = "b", .value = {}}};
  const AppendResult result = partition->append_own({.records = records}, {});
  EXPECT_EQ(result.kind, AppendResult::Kind::kAppended);
  EXPECT_EQ(result.base_offset, 0);
  EXPECT_EQ(result.last_offset, 1);
  EXPECT_EQ(partition->append_own({.records = records}, {}).base_offset, 2)
      << "the same records again are no duplicate";
  EXPECT_TRUE(partition->producers().entries().empty());
}

TEST_F(PartitionTest, ACoordinatorWritesInATransactionWithoutASequence) {
  const std::vector<codec::Record> records = {{.timestamp = 1, .key = "a", .value = "1"}};
  const OwnBatch own{.records = records, .producer_id = 7, .producer_epoch = 1};
  EXPECT_EQ(partition->append_own(own, {}).error, wire::ErrorCode::kInvalidTxnState)
      << "nobody has verified the transaction";
  partition->producers().verification_started(7, 1, -1);
  EXPECT_EQ(partition->append_own(own, {}).kind, AppendResult::Kind::kAppended);
  EXPECT_EQ(partition->append_own(own, {}).kind, AppendResult::Kind::kAppended);
  EXPECT_EQ(partition->last_stable_offset(), 0);
  const OwnBatch older{.records = records, .producer_id = 7, .producer_epoch = 0};
  EXPECT_EQ(partition->append_own(older, {}).error, wire::ErrorCode::kInvalidProducerEpoch);
}

TEST_F(PartitionTest, AMarkerEndsATransaction) {
  const auto begin = [&](std::int64_t producer_id) {
    partition->producers().verification_started(producer_id, 0, 0);
    return partition
        ->append(make_batch({.producer_id = producer_id,
                             .epoch = 0,
                             .first_sequence = 0,
                             .is_transactional = true}),
                 {})
        .base_offset;
  };
  ASSERT_EQ(begin(7), 0);
  ASSERT_EQ(begin(8), 1);
  const AppendResult aborted = partition->append_marker(
      {.producer_id = 7, .epoch = 0, .timestamp_ms = 5}, codec::ControlType::kAbort);
  EXPECT_EQ(aborted.kind, AppendResult::Kind::kAppended);
  EXPECT_EQ(aborted.base_offset, 2);
  EXPECT_EQ(partition->last_stable_offset(), 1) << "the other transaction is open";
  partition->append_marker({.producer_id = 8, .epoch = 0, .timestamp_ms = 5},
                           codec::ControlType::kCommit);
  EXPECT_EQ(partition->last_stable_offset(), 4);
  const auto list = partition->aborted_transactions(0, 4);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0],
            (AbortedTransaction{
                .producer_id = 7, .first_offset = 0, .last_offset = 2, .last_stable_offset = 1}));
}

TEST_F(PartitionTest, AMarkerOfAnOlderEpochOrCoordinatorIsRefused) {  // M2, M6
  const auto write = [&](std::int16_t epoch, std::int32_t coordinator_epoch) {
    return partition
        ->append_marker({.producer_id = 7, .epoch = epoch, .coordinator_epoch = coordinator_epoch},
                        codec::ControlType::kCommit)
        .error;
  };
  EXPECT_EQ(write(3, 2), wire::ErrorCode::kNone);
  EXPECT_EQ(write(2, 2), wire::ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(write(3, 1), wire::ErrorCode::kTransactionCoordinatorFenced);
  EXPECT_EQ(partition->log_end_offset(), 1);
}

}  // namespace
}  // namespace understudy::broker
