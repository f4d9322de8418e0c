// Section 15 of the idempotence specification: what a partition does with the sequences of one
// producer. Unless a scenario says otherwise: a topic with one partition, producer id 7000.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

constexpr std::int32_t kMaxSequence = 2147483647;

const auto kGap = Refused(ErrorCode::kOutOfOrderSequenceNumber, 0);
const auto kStaleEpoch = Refused(ErrorCode::kInvalidProducerEpoch, 0);

TEST(Idempotence, S01_FirstBatchIsAppended) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_EQ(topic.end_offset(), 1);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 0));
}

TEST(Idempotence, S02_NextSequencesAreAppended) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 1, 10), AppendedAt(1));
  EXPECT_EQ(topic.end_offset(), 11);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 10));
}

TEST(Idempotence, S03_RetryOfTheLastBatchIsADuplicate) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 10, 14), AppendedAt(10));
  EXPECT_THAT(topic.send(0, 10, 14), DuplicateOf(10));
  EXPECT_EQ(topic.end_offset(), 15);
}

TEST(Idempotence, S04_FifthLastBatchIsStillKnown) {
  TestTopic topic;
  for (int i = 0; i < 5; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i));
  EXPECT_THAT(topic.send(0, 0, 0), DuplicateOf(0));
  EXPECT_EQ(topic.end_offset(), 5);
}

TEST(Idempotence, S05_SixthLastBatchIsForgotten) {
  TestTopic topic;
  for (int i = 0; i < 6; ++i) EXPECT_THAT(topic.send(0, i, i), AppendedAt(i));
  EXPECT_THAT(topic.send(0, 0, 0), kGap);
  EXPECT_THAT(topic.send(0, 1, 1), DuplicateOf(1));
  EXPECT_EQ(topic.end_offset(), 6);
}

TEST(Idempotence, S06_GapIsRefusedUntilItIsFilled) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 2, 2), kGap);
  EXPECT_EQ(topic.end_offset(), 1);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 0));
  EXPECT_THAT(topic.send(0, 1, 1), AppendedAt(1));
  EXPECT_THAT(topic.send(0, 2, 2), AppendedAt(2));
}

TEST(Idempotence, S07_PartialOverlapIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 0, 4), kGap);
  EXPECT_THAT(topic.send(0, 5, 9), kGap);
  EXPECT_THAT(topic.send(0, 5, 14), kGap);
  EXPECT_THAT(topic.send(0, 0, 10), kGap);
  EXPECT_THAT(topic.send(0, 0, 9), DuplicateOf(0));
  EXPECT_EQ(topic.end_offset(), 10);
}

TEST(Idempotence, S08_MergedRetryIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 5, 9), AppendedAt(5));
  EXPECT_THAT(topic.send(0, 0, 9), kGap);
}

TEST(Idempotence, S09_DuplicateIsRecognisedBySequencesNotByContent) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(idempotent(0, 0, 9, {.value = "first"})), AppendedAt(0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 9, {.value = "other"})), DuplicateOf(0));
  const std::vector<StoredBatch> log = topic.read();
  ASSERT_EQ(log.size(), 1u);
  const auto records = log.front().read();
  ASSERT_EQ(records.size(), 10u);
  for (const auto& record : records) EXPECT_EQ(record.value, "first");
}

TEST(Idempotence, S10_ProducersAreIndependent) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 2, {.producer_id = 7001})), AppendedAt(5));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(8));
  EXPECT_THAT(topic.producer_state(7000), ProducerAt(0, 5));
  EXPECT_THAT(topic.producer_state(7001), ProducerAt(0, 2));
}

TEST(Idempotence, S11_PartitionsAreIndependent) {
  TestTopic topic({.partitions = 2});
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  EXPECT_THAT(topic.produce({{1, idempotent(0, 0, 0)}}).at(0), AppendedAt(0));
  EXPECT_THAT(topic.producer_state(kProducerId, 0), ProducerAt(0, 9));
  EXPECT_THAT(topic.producer_state(kProducerId, 1), ProducerAt(0, 0));
}

TEST(Idempotence, S12_OneRequestMayHoldADuplicateAndANewBatch) {
  TestTopic topic({.partitions = 2});
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  const auto answers = topic.produce({{0, idempotent(0, 0, 9)}, {1, idempotent(0, 0, 0)}});
  EXPECT_THAT(answers.at(0), DuplicateOf(0));
  EXPECT_THAT(answers.at(1), AppendedAt(0));
  EXPECT_EQ(topic.end_offset(0), 10);
  EXPECT_EQ(topic.end_offset(1), 1);
}

// Since Kafka 2.5 (KIP-360); before, and maybe again from 4.5 on, only 0 was a beginning.
TEST(Idempotence, S13_UnknownProducerMayBeginAnywhere) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 37, 41), AppendedAt(0));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 41));
  EXPECT_THAT(topic.send(0, 42, 42), AppendedAt(5));
  EXPECT_THAT(topic.send(0, 36, 36), kGap);
}

TEST(Idempotence, S14_UnknownProducerMayHaveAnyEpoch) {
  TestTopic topic;
  EXPECT_THAT(topic.send(5, 100, 100), AppendedAt(0));
  EXPECT_THAT(topic.send(4, 101, 101), kStaleEpoch);
  EXPECT_THAT(topic.producer_state(), ProducerAt(5, 100));
}

TEST(Idempotence, S16_RecreatedTopicKnowsNoProducer) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 9), AppendedAt(0));
  topic.create_again();
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  EXPECT_THAT(topic.send(0, 10, 10), AppendedAt(0));
}

TEST(Idempotence, S17_NewEpochFencesTheOld) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(1, 0, 0), AppendedAt(5));
  EXPECT_THAT(topic.producer_state(), ProducerAt(1, 0));
  EXPECT_THAT(topic.send(0, 0, 4), kStaleEpoch);
  EXPECT_THAT(topic.send(0, 5, 5), kStaleEpoch);
  EXPECT_THAT(topic.producer_state(), ProducerAt(1, 0));
}

TEST(Idempotence, S18_NewEpochMustBeginWithZero) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(1, 5, 5), kGap);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 4));
  EXPECT_THAT(topic.send(0, 5, 5), AppendedAt(5));
}

TEST(Idempotence, S19_EpochsMaySkip) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(7, 0, 0), AppendedAt(5));
}

TEST(Idempotence, S20_NewEpochForgetsTheBatchesOfTheOld) {
  TestTopic topic;
  EXPECT_THAT(topic.send(3, 0, 2), AppendedAt(0));
  EXPECT_THAT(topic.send(4, 0, 2), AppendedAt(3));
  EXPECT_THAT(topic.send(4, 0, 2), DuplicateOf(3));
}

TEST(Idempotence, S21_LargestEpochIsNotSpecial) {
  TestTopic topic;
  EXPECT_THAT(topic.send(32767, 0, 4), AppendedAt(0));
  EXPECT_THAT(topic.send(32767, 5, 5), AppendedAt(5));
  EXPECT_THAT(topic.producer_state(), ProducerAt(32767, 5));
}

TEST(Idempotence, S22_SequencesWrapToZero) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence, kMaxSequence), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(1));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 0));
}

TEST(Idempotence, S23_BatchMayStraddleTheWrap) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence - 2, 1), AppendedAt(0));
  EXPECT_EQ(topic.end_offset(), 5);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 1));
  EXPECT_THAT(topic.send(0, kMaxSequence - 2, 1), DuplicateOf(0));
  EXPECT_THAT(topic.send(0, 2, 2), AppendedAt(5));
}

TEST(Idempotence, S24_WrapGoesToZeroOnly) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence, kMaxSequence), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 1, 1), kGap);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, kMaxSequence));
}

TEST(Idempotence, S25_WrapComesFromTheLargestSequenceOnly) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, kMaxSequence - 1, kMaxSequence - 1), AppendedAt(0));
  EXPECT_THAT(topic.send(0, 0, 0), kGap);
  EXPECT_THAT(topic.send(0, kMaxSequence, kMaxSequence), AppendedAt(1));
}

}  // namespace
}  // namespace understudy::conformance
