// Sections 8 and 12 of the idempotence specification, and its scenarios 47 to 50 and 59: what a
// broker knows of its producers after it was stopped, or killed, and started again.
//
// Most of it must be the same after either, so these scenarios are played in both cycles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

constexpr ErrorCode kGap = ErrorCode::kOutOfOrderSequenceNumber;
constexpr ErrorCode kFenced = ErrorCode::kInvalidProducerEpoch;
constexpr std::int32_t kMaxSequence = 2147483647;
constexpr std::int64_t kDayMs = 86'400'000;

// Single-record batches with the sequences 0 to `last`.
void send_one_by_one(TestTopic& topic, std::int32_t last) {
  for (std::int32_t sequence = 0; sequence <= last; ++sequence) {
    EXPECT_THAT(topic.send(0, sequence, sequence), AppendedAt(sequence));
  }
}

// First of all scenarios, because it is about ids that nobody has asked for yet.
RESTART_SCENARIO(Idempotence_S59_ProducerIdsGoOnWithTheNextBlock, clean_stop, killed) {
  const wire::InitProducerIdRequest new_producer{.transactional_id = std::nullopt,
                                                 .transaction_timeout_ms = 60'000};
  for (std::int64_t id = 0; id < 3; ++id) {
    RawClient client = connect();
    EXPECT_EQ(init_producer_id(client, new_producer, 4).producer_id, id);
  }
  restart();
  RawClient client = connect();
  EXPECT_EQ(init_producer_id(client, new_producer, 4).producer_id, 1000);
  EXPECT_EQ(init_producer_id(client, new_producer, 4).producer_id, 1001);
}

// Scenario 47, and 48 in the cycle that kills.
RESTART_SCENARIO(Idempotence_S47_OneBatchOfAProducerIsRemembered, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  send_one_by_one(topic, 4);
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 4));
  EXPECT_THAT(topic.send(0, 4, 4), DuplicateOf(4));
  EXPECT_THAT(topic.send(0, 3, 3), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 0, 0), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 6, 6), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(5));
  // From here on there are two again.
  EXPECT_THAT(topic.send(0, 4, 4), DuplicateOf(4));
  EXPECT_THAT(topic.send(0, 5, 5), DuplicateOf(5));
  EXPECT_EQ(topic.end_offset(), 6);
}

RESTART_SCENARIO(Idempotence_S49_EpochIsRemembered, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(3, 0, 9), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.send(2, 10, 10), Refused(kFenced, 0));
  EXPECT_THAT(topic.send(3, 10, 10), AppendedAt(10));
}

RESTART_SCENARIO(Idempotence_S07_PartOfTheLastBatchIsNoDuplicate, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.send(0, 5, 9), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 0, 4), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 0, 10), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 0, 9), DuplicateOf(0));
}

RESTART_SCENARIO(Idempotence_S13_FirstSeenAboveZero, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 37, 41), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 41));
  EXPECT_THAT(topic.send(0, 36, 36), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 37, 41), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 42, 42), AppendedAt(5));
}

RESTART_SCENARIO(Idempotence_S16_DeletedTopicTakesItsProducersAlong, clean_stop, checkpointed) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  topic.create_again();
  restart();
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(0));
}

RESTART_SCENARIO(Idempotence_S17_RaisedEpochIsRemembered, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(1, 0, 0), AppendedAt(5));
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(1, 0));
  EXPECT_THAT(topic.send(0, 0, 4), Refused(kFenced, 0));
  EXPECT_THAT(topic.send(0, 5, 5), Refused(kFenced, 0));
  EXPECT_THAT(topic.send(1, 0, 0), DuplicateOf(5));
  EXPECT_THAT(topic.send(1, 1, 1), AppendedAt(6));
}

RESTART_SCENARIO(Idempotence_S18_EpochRisesOnlyFromZero, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.send(1, 5, 5), Refused(kGap, 0));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 4));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(5));
  EXPECT_THAT(topic.send(7, 0, 0), AppendedAt(6));
}

RESTART_SCENARIO(Idempotence_S20_SameSequencesInANewEpoch, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(3, 0, 2), AppendedAt(0));
  EXPECT_THAT(topic.send(4, 0, 2), AppendedAt(3));
  restart();
  EXPECT_THAT(topic.send(4, 0, 2), DuplicateOf(3));
  EXPECT_THAT(topic.send(3, 0, 2), Refused(kFenced, 0));
}

RESTART_SCENARIO(Idempotence_S21_LargestEpoch, clean_stop, killed, adopted, adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(32767, 0, 4), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.send(32767, 0, 4), DuplicateOf(0));
  EXPECT_THAT(topic.send(32767, 5, 5), AppendedAt(5));
}

RESTART_SCENARIO(Idempotence_S22_SequencesWrap, clean_stop, killed, adopted, adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence, kMaxSequence), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, kMaxSequence));
  EXPECT_THAT(topic.send(0, 1, 1), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, kMaxSequence, kMaxSequence), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(1));
}

RESTART_SCENARIO(Idempotence_S23_LastBatchStraddlesTheWrap, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence - 2, 1), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 1));
  EXPECT_THAT(topic.send(0, kMaxSequence - 2, 1), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 2, 2), AppendedAt(5));
}

RESTART_SCENARIO(Idempotence_S27_WithoutProducerIdThereIsNothingToRemember, clean_stop, killed,
                 adopted, adopted_after_kill) {
  TestTopic topic;
  const wire::Slice batch = idempotent(0, 5, 5, {.producer_id = -1});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  restart();
  EXPECT_EQ(topic.producer_state(-1), std::nullopt);
  EXPECT_THAT(topic.produce(batch), AppendedAt(1));
}

RESTART_SCENARIO(Idempotence_S28_NegativeEpochIsRemembered, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.send(-1, 5, 5), AppendedAt(0));
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(-1, 5));
  EXPECT_THAT(topic.send(-1, 5, 5), DuplicateOf(0));
  EXPECT_THAT(topic.send(-1, 9, 9), AppendedAt(1));
  EXPECT_THAT(topic.send(0, 3, 3), AppendedAt(2));
}

RESTART_SCENARIO(Idempotence_S42_RetryOnALogAppendTimeTopicShowsTheFirstAppend, clean_stop, killed,
                 adopted, adopted_after_kill) {
  TestTopic topic({.configs = {{"message.timestamp.type", "LogAppendTime"}}});
  const std::int64_t appended = topic.send(0, 0, 0).log_append_time_ms;
  restart();
  const Produced retry = topic.send(0, 0, 0);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_append_time_ms, appended);
}

RESTART_SCENARIO(Idempotence_S43_RetryShowsTheLargestTimestamp, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  const std::int64_t stamp = now_ms() - 60'000;
  const wire::Slice batch =
      batch_of({.producer_id = kProducerId, .producer_epoch = 0, .base_sequence = 0},
               {TestRecord{.timestamp = stamp}, TestRecord{.timestamp = stamp + 23},
                TestRecord{.timestamp = stamp + 7}});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  restart();
  EXPECT_EQ(topic.producer_state()->last_timestamp, stamp + 23);
  const Produced retry = topic.produce(batch);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_append_time_ms, stamp + 23);
}

RESTART_SCENARIO(Idempotence_S45_LastBatchBelowTheLogStart, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_THAT(topic.produce(plain(5)), AppendedAt(10));
  EXPECT_EQ(topic.delete_records(12).low_watermark, 12);
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 9));
  EXPECT_THAT(topic.send(0, 0, 9), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(15));
}

// What each producer wrote last in each partition; the partitions' numbers make them differ.
RESTART_SCENARIO(Idempotence_S10_ManyProducersInManyPartitions, clean_stop, killed, adopted,
                 adopted_after_kill) {
  constexpr std::int32_t kPartitions = 3;
  constexpr std::int64_t kProducers = 20;
  TestTopic topic({.partitions = kPartitions});
  const auto batch = [](std::int64_t producer, std::int32_t first, std::int32_t last) {
    return idempotent(int(producer % 4), first, last, {.producer_id = kProducerId + producer});
  };
  for (std::int64_t producer = 0; producer < kProducers; ++producer) {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      const auto last = std::int32_t(producer + partition);
      EXPECT_EQ(topic.produce({{partition, batch(producer, 0, last)}})[0].error_code,
                ErrorCode::kNone);
      EXPECT_EQ(topic.produce({{partition, batch(producer, last + 1, last + 2)}})[0].error_code,
                ErrorCode::kNone);
    }
  }
  restart();
  for (std::int64_t producer = 0; producer < kProducers; ++producer) {
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      SCOPED_TRACE("producer " + std::to_string(producer) + " partition " +
                   std::to_string(partition));
      const auto last = std::int32_t(producer + partition);
      EXPECT_THAT(topic.producer_state(kProducerId + producer, partition),
                  ProducerAt(int(producer % 4), last + 2));
      const std::int64_t end = topic.end_offset(partition);
      EXPECT_THAT(topic.produce({{partition, batch(producer, 0, last)}})[0], Refused(kGap, 0));
      EXPECT_EQ(topic.produce({{partition, batch(producer, last + 1, last + 2)}})[0].error_code,
                ErrorCode::kNone);
      EXPECT_EQ(topic.end_offset(partition), end);
      EXPECT_THAT(topic.produce({{partition, batch(producer, last + 3, last + 3)}})[0],
                  AppendedAt(end));
    }
  }
}

// A producer whose batches lie in old segments only is known from the snapshot at the log's end.
RESTART_SCENARIO(Idempotence_R1_ProducersOfOldSegmentsAreRemembered, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  send_one_by_one(topic, 3);
  for (int i = 0; i < 12; ++i) {
    EXPECT_THAT(topic.produce(idempotent(0, i, i, {.producer_id = 7001})), AppendedAt(4 + i));
  }
  restart();
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 3));
  EXPECT_THAT(topic.send(0, 3, 3), DuplicateOf(3));
  EXPECT_THAT(topic.send(0, 2, 2), Refused(kGap, 0));
  EXPECT_THAT(topic.send(0, 4, 4), AppendedAt(16));
  EXPECT_THAT(topic.produce(idempotent(0, 11, 11, {.producer_id = 7001})), DuplicateOf(15));
  EXPECT_THAT(topic.produce(idempotent(0, 10, 10, {.producer_id = 7001})), Refused(kGap, 0));
}

// A producer's age is that of its records, and a snapshot's old producers are not loaded.
RESTART_SCENARIO(Idempotence_S54_ExpiredProducersAreNotLoaded, clean_stop, killed, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  const wire::Slice old = idempotent(0, 0, 4, {.timestamp = now_ms() - 2 * kDayMs});
  EXPECT_THAT(topic.produce(old), AppendedAt(0));
  EXPECT_THAT(topic.produce(old), DuplicateOf(0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0, {.producer_id = 7001})), AppendedAt(5));
  restart();
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.producer_state(7001), ProducerAt(0, 0));
  EXPECT_THAT(topic.produce(old), AppendedAt(6));
}

// DeleteRecords ----------------------------------------------------------------------------------

// R2: where nothing is left of a log, nothing is known of its producers.
RESTART_SCENARIO(Idempotence_S50_EmptiedLogForgetsItsProducers, clean_stop) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(-1).low_watermark, 10);
  restart();
  EXPECT_EQ(topic.start_offset(), 10);
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(10));
}

RESTART_SCENARIO(Idempotence_S50_EmptiedLogOfManySegmentsForgetsItsProducers, clean_stop) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "200"}}});
  send_one_by_one(topic, 9);
  EXPECT_EQ(topic.delete_records(-1).low_watermark, 10);
  restart();
  EXPECT_EQ(topic.start_offset(), 10);
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 9, 9), AppendedAt(10));
}

RESTART_SCENARIO(Idempotence_S50_OneRecordIsEnoughToRemember, clean_stop) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(9).low_watermark, 9);
  restart();
  EXPECT_EQ(topic.start_offset(), 9);
  const Produced retry = topic.send(0, 0, 9);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_start_offset, 9);
}

// The new log start was never written down, so the records are back, and the producers with them.
RESTART_SCENARIO(Idempotence_S50_UncheckpointedLogStartIsForgotten, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(-1).low_watermark, 10);
  restart();
  EXPECT_EQ(topic.start_offset(), 0);
  EXPECT_EQ(topic.end_offset(), 10);
  const Produced retry = topic.send(0, 0, 9);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_start_offset, 0);
}

void await_checkpointed_log_start(const std::filesystem::path& data_dir, const TestTopic& topic,
                                  std::int64_t log_start) {
  EXPECT_TRUE(eventually([&] {
    const OffsetCheckpoint known = read_checkpoint(data_dir / "log-start-offset-checkpoint");
    const auto found = known.find({topic.name(), 0});
    return found != known.end() && found->second == log_start;
  }));
}

RESTART_SCENARIO(Idempotence_S50_CheckpointedLogStartForgetsItsProducers, checkpointed) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(-1).low_watermark, 10);
  await_checkpointed_log_start(data_dir(), topic, 10);
  restart();
  EXPECT_EQ(topic.start_offset(), 10);
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(10));
}

RESTART_SCENARIO(Idempotence_S50_OneRecordIsEnoughToRemember, checkpointed) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(9).low_watermark, 9);
  await_checkpointed_log_start(data_dir(), topic, 9);
  restart();
  EXPECT_EQ(topic.start_offset(), 9);
  const Produced retry = topic.send(0, 0, 9);
  EXPECT_THAT(retry, DuplicateOf(0));
  EXPECT_EQ(retry.log_start_offset, 9);
}

}  // namespace
}  // namespace understudy::conformance
