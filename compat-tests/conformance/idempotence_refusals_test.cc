// Section 15 of the idempotence specification: batches that are malformed or refused. Whatever was
// refused leaves log and producer state as they were, so each scenario ends with the batch that is
// then the next one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using codec::CompressionType;
using wire::Slice;

// What DescribeProducers shows is the state that the specification speaks of.
void expect_next_is(TestTopic& topic, std::int32_t sequence, std::int64_t offset) {
  EXPECT_EQ(topic.end_offset(), offset);
  EXPECT_THAT(topic.send(0, sequence, sequence), AppendedAt(offset));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, sequence));
}

codec::BatchFields next_batch() {
  return {.producer_id = kProducerId, .producer_epoch = 0, .base_sequence = 1};
}

TEST(Idempotence, S26_ProducerIdWithoutSequenceIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.base_sequence = -1;
  EXPECT_THAT(topic.produce(batch_of(fields, records(1))), Refused(ErrorCode::kInvalidRecord, 0));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S27_SequenceWithoutProducerIdMeansNothing) {
  TestTopic topic;
  const Slice batch = idempotent(0, 5, 5, {.producer_id = -1});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  EXPECT_THAT(topic.produce(batch), AppendedAt(1));
  EXPECT_EQ(topic.producer_state(-1), std::nullopt);
}

// Nothing looks at the sign of an epoch (ProducerAppendInfo.checkSequence).
TEST(Idempotence, S28_NegativeEpochIsAnEpochLikeAnyOther) {
  TestTopic topic;
  EXPECT_THAT(topic.send(-1, 5, 5), AppendedAt(0));
  EXPECT_THAT(topic.producer_state(), ProducerAt(-1, 5));
  EXPECT_THAT(topic.send(-1, 5, 5), DuplicateOf(0));
  EXPECT_THAT(topic.send(-1, 9, 9), AppendedAt(1));
  EXPECT_THAT(topic.send(0, 3, 3), AppendedAt(2));
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 3));
}

TEST(Idempotence, S29_TwoBatchesForOnePartitionAreRefused) {
  TestTopic topic;
  const Slice both = joined({idempotent(0, 0, 0), idempotent(0, 1, 1)});
  EXPECT_THAT(topic.produce(both), Refused(ErrorCode::kInvalidRecord, -1));
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  expect_next_is(topic, 0, 0);
}

TEST(Idempotence, S30_NoBatchAtAllIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.produce(Slice{}), Refused(ErrorCode::kInvalidRecord, -1));
  const Slice whole = idempotent(0, 1, 1);
  EXPECT_THAT(topic.produce(whole.sub(0, whole.size() - 1)),
              Refused(ErrorCode::kInvalidRecord, -1));
  expect_next_is(topic, 1, 1);
}

// ByteBufferLogInputStream ends where what is left is no whole batch.
TEST(Idempotence, S30_PieceBehindTheBatchIsCutOff) {
  TestTopic topic;
  const Slice second = idempotent(0, 1, 1);
  const Slice batch = joined({idempotent(0, 0, 0), second.sub(0, second.size() - 1)});
  EXPECT_THAT(topic.produce(batch), AppendedAt(0));
  const std::vector<StoredBatch> log = topic.read();
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log.front().record_count(), 1);
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S31_ControlBatchIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.control = true;
  EXPECT_THAT(topic.produce(batch_of(fields, records(1))), Refused(ErrorCode::kInvalidRecord, 0));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S32_RecordCountMustFitTheOffsets) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.last_offset_delta = 4;
  EXPECT_THAT(topic.produce(batch_of(fields, records(4))), Refused(ErrorCode::kInvalidRecord, 0));
  fields.last_offset_delta = -1;
  EXPECT_THAT(topic.produce(batch_of(fields, records(0))), Refused(ErrorCode::kInvalidRecord, 0));
  fields.last_offset_delta = 0;
  EXPECT_THAT(topic.produce(batch_of(fields, records(0))), Refused(ErrorCode::kInvalidRecord, 0));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S33_BaseOffsetMustBeZero) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.base_offset = 17;
  EXPECT_THAT(topic.produce(batch_of(fields, records(1))), Refused(ErrorCode::kInvalidRecord, 0));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S34_WrongChecksumIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  const Slice good = idempotent(0, 1, 1);
  const Slice broken = Slice::copy_of(good.view());
  broken.mutable_data()[broken.size() - 2] ^= 1;  // the value: behind it only the header count
  EXPECT_THAT(topic.produce(broken), Refused(ErrorCode::kCorruptMessage, -1));
  EXPECT_THAT(topic.produce(good), AppendedAt(1));
}

TEST(Idempotence, S35_BatchLargerThanMaxMessageBytesIsRefused) {
  TestTopic topic({.configs = {{"max.message.bytes", "1000"}}});
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.produce(batch_of_size(1001, next_batch())),
              Refused(ErrorCode::kMessageTooLarge, -1));
  EXPECT_THAT(topic.produce(batch_of_size(1000, next_batch())), AppendedAt(1));
}

TEST(Idempotence, S36_CompactedTopicWantsKeys) {
  TestTopic topic({.configs = {{"cleanup.policy", "compact"}}});
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  std::vector<TestRecord> three = records(3);
  three[1].key.reset();
  EXPECT_THAT(topic.produce(batch_of(next_batch(), three)),
              RefusedRecords(ErrorCode::kInvalidRecord, 0, std::vector{1}));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S37_RecordTooFarInTheFutureIsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  std::vector<TestRecord> four = records(4);
  four[2].timestamp = now_ms() + 3'600'000 + 60'000;
  EXPECT_THAT(topic.produce(batch_of(next_batch(), four)),
              RefusedRecords(ErrorCode::kInvalidTimestamp, 0, std::vector{2}));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S37_TimestampErrorGivesTheCodeAndEveryBadRecordIsNamed) {
  TestTopic topic({.configs = {{"cleanup.policy", "compact"}}});
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  std::vector<TestRecord> four = records(4);
  four[0].key.reset();
  four[2].timestamp = now_ms() + 3'600'000 + 60'000;
  EXPECT_THAT(topic.produce(batch_of(next_batch(), four)),
              RefusedRecords(ErrorCode::kInvalidTimestamp, 0, (std::vector{0, 2})));
  expect_next_is(topic, 1, 1);
}

// A message set of magic 1 with one message: offset, size, then a CRC-32 over magic, attributes,
// timestamp, key and value.
Slice message_set_of_magic_1() {
  wire::Output body;
  body.put_byte(1);
  body.put_byte(0);
  body.put_int64(now_ms());
  body.put_int32(-1);
  body.put_int32(1);
  body.put_byte('v');
  const Slice checked = body.joined();
  wire::Output out;
  out.put_int64(0);
  out.put_int32(std::int32_t(checked.size() + 4));
  out.put_int32(std::int32_t(crc32(0, checked.data(), unsigned(checked.size()))));
  out.put(checked.data(), checked.size());
  return out.joined();
}

TEST(Idempotence, S38_MessageSetOfMagic1IsRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  EXPECT_THAT(topic.produce(message_set_of_magic_1(), {.version = 3}),
              Refused(ErrorCode::kInvalidRecord, -1));
  EXPECT_THAT(topic.produce(message_set_of_magic_1()), Refused(ErrorCode::kInvalidRecord, -1));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S39_ZstdNeedsProduce7) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.compression = CompressionType::kZstd;
  const Slice batch = batch_of(fields, records(1));
  for (const Version version : {Version(3), Version(6)}) {
    EXPECT_THAT(topic.produce(batch, {.version = version}),
                Refused(ErrorCode::kUnsupportedCompressionType, -1));
  }
  const Produced answer = topic.produce(batch, {.version = 7});
  EXPECT_EQ(answer.error_code, ErrorCode::kNone);
  EXPECT_EQ(answer.base_offset, 1);
}

TEST(Idempotence, S40_AcksMustBeMinusOneZeroOrOne) {
  TestTopic topic;
  for (const std::int16_t acks : {std::int16_t(2), std::int16_t(-2), std::int16_t(32767)}) {
    EXPECT_THAT(topic.produce(idempotent(0, 0, 0), {.acks = acks}),
                Refused(ErrorCode::kInvalidRequiredAcks, -1));
  }
  EXPECT_EQ(topic.producer_state(), std::nullopt);
  expect_next_is(topic, 0, 0);
}

TEST(Idempotence, S40_AcksOneIsJudgedLikeAcksAll) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0), {.acks = 1}), AppendedAt(0));
  EXPECT_THAT(topic.produce(idempotent(0, 2, 2), {.acks = 1}),
              Refused(ErrorCode::kOutOfOrderSequenceNumber, 0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0), {.acks = 1}), DuplicateOf(0));
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S40_AcksZeroIsAppendedWithoutAnAnswer) {
  TestTopic topic;
  const ProduceOptions options{.acks = 0};
  const Version version = newest(wire::ApiKey::kProduce);
  // The duplicate in the middle is no error either: the connection lives on.
  for (const int sequence : {0, 0, 1}) {
    const Slice batch = idempotent(0, sequence, sequence);
    topic.client().send_unanswered(topic.produce_request({{0, batch}}, options), version);
  }
  EXPECT_EQ(topic.end_offset(), 2);
  EXPECT_THAT(topic.producer_state(), ProducerAt(0, 1));
}

TEST(Idempotence, S40_AcksZeroWithAGapClosesTheConnection) {
  TestTopic topic;
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  RawClient client = connect();
  client.send_unanswered(topic.produce_request({{0, idempotent(0, 2, 2)}}, {.acks = 0}),
                         newest(wire::ApiKey::kProduce));
  EXPECT_TRUE(client.is_closed_by_broker());
  expect_next_is(topic, 1, 1);
}

TEST(Idempotence, S41_TransactionalBatchNeedsATransactionalId) {
  TestTopic topic({.partitions = 2});
  EXPECT_THAT(topic.send(0, 0, 0), AppendedAt(0));
  codec::BatchFields fields = next_batch();
  fields.transactional = true;
  const auto answers = topic.produce({{0, batch_of(fields, records(1))}, {1, plain(1)}});
  for (const Produced& answer : answers) {
    EXPECT_THAT(answer, Refused(ErrorCode::kTransactionalIdAuthorizationFailed, -1));
  }
  EXPECT_EQ(topic.end_offset(1), 0);
  expect_next_is(topic, 1, 1);
}

}  // namespace
}  // namespace understudy::conformance
