// Rows F04, F05, F06, F19 and F20: sequences that do not follow each other, their wrap, and epochs
// that are raised until there is none left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "librdkafka/raw_producer.h"
#include "librdkafka/scenario.h"

namespace understudy::compat {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;

constexpr std::int32_t kSequenceMax = INT32_MAX;

// Refuses the batch with this sequence once, without an append.
Rule refuse(std::int32_t base_sequence, std::int32_t partition = 0) {
  return {.seam = Seam::kBeforeAppend,
          .match = {.topic = kTopic, .partition = partition, .base_sequence = base_sequence},
          .action = Action::error("NOT_LEADER_OR_FOLLOWER")};
}

wire::ErrorCode ask(RawProducer& producer, const RawBatch& batch) {
  return producer.ask(request_of(kTopic, 0, batch)).error_code;
}

// B to E are refused for their sequence until A is there. A retry of A and then of the others under
// the same epoch would do; librdkafka takes the refusal of B for a reason to raise the epoch
// (librdkafka#4953), and with nothing of A to E in the log that harms nobody.
TEST(Faults, F04_RetriableErrorWithoutAppendWhileOthersAreInFlight) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(refuse(1));
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0");
  produce_in_flight(producer, cluster, {"A", "B", "C", "D", "E"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "refused e0 s1 NOT_LEADER_OR_FOLLOWER",
                          "refused e0 s2 OUT_OF_ORDER_SEQUENCE_NUMBER",
                          "refused e0 s3 OUT_OF_ORDER_SEQUENCE_NUMBER",
                          "refused e0 s4 OUT_OF_ORDER_SEQUENCE_NUMBER",
                          "refused e0 s5 OUT_OF_ORDER_SEQUENCE_NUMBER", "appended e1 s0 @1",
                          "appended e1 s1 @2", "appended e1 s2 @3", "appended e1 s3 @4",
                          "appended e1 s4 @5"));
  expect_all_is_well(producer, cluster);
}

// What the rules ask of a client: the same without a new epoch.
TEST(Faults, F04_RawRetriesUnderTheSameEpoch) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(refuse(1));
  RawProducer producer(cluster.bootstrap());
  EXPECT_EQ(ask(producer, {.base_sequence = 0, .values = {"0"}}), wire::ErrorCode::kNone);
  EXPECT_EQ(ask(producer, {.base_sequence = 1, .values = {"A"}}),
            wire::ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(ask(producer, {.base_sequence = 2, .values = {"B"}}),
            wire::ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(ask(producer, {.base_sequence = 1, .values = {"A"}}), wire::ErrorCode::kNone);
  EXPECT_EQ(ask(producer, {.base_sequence = 2, .values = {"B"}}), wire::ErrorCode::kNone);
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("0", "A", "B"));
}

// Up to Kafka 4.4 a partition takes any first sequence of a producer that it does not know: B is
// appended while A is not (KAFKA-15591). librdkafka takes B's success for a proof that A is in the
// log, and reports A as delivered: the silent loss of the row, both the broker's rule and the
// client's reasoning having their part in it.
TEST(Faults, F05_UnknownProducerBefore45LosesTheFirstMessage) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(refuse(0));
  Producer producer(cluster.bootstrap());
  produce_in_flight(producer, cluster, {"A", "B", "C"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster), ElementsAre("refused e0 s0 NOT_LEADER_OR_FOLLOWER",
                                          "appended e0 s1 @0", "appended e0 s2 @1"));
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("A delivered", "B delivered @0", "C delivered @1"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("B", "C")) << "A is lost";
  EXPECT_FALSE(producer.fatal_error());
}

// A client that does retry A is refused for as long as it tries.
TEST(Faults, F05_RawUnknownProducerBefore45RefusesTheFirstBatchForever) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(refuse(0));
  RawProducer producer(cluster.bootstrap());
  EXPECT_EQ(ask(producer, {.base_sequence = 0, .values = {"A"}}),
            wire::ErrorCode::kNotLeaderOrFollower);
  EXPECT_EQ(ask(producer, {.base_sequence = 1, .values = {"B"}}), wire::ErrorCode::kNone);
  for (int retry = 0; retry < 3; ++retry) {
    EXPECT_EQ(ask(producer, {.base_sequence = 0, .values = {"A"}}),
              wire::ErrorCode::kOutOfOrderSequenceNumber);
  }
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("B"));
}

// Kafka 4.5: a log that never held a record takes only sequence 0, and all is well.
TEST(Faults, F05_UnknownProducerSince45) {
  Cluster cluster(quiet(1, "4.5"));
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(refuse(0));
  Producer producer(cluster.bootstrap());
  produce_in_flight(producer, cluster, {"A", "B", "C"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster),
              ElementsAre("refused e0 s0 NOT_LEADER_OR_FOLLOWER",
                          "refused e0 s1 OUT_OF_ORDER_SEQUENCE_NUMBER",
                          "refused e0 s2 OUT_OF_ORDER_SEQUENCE_NUMBER", "appended e1 s0 @0",
                          "appended e1 s1 @1", "appended e1 s2 @2"));
  expect_all_is_well(producer, cluster);
}

// Partition 0 plays the row's p5, partition 1 its p12; each has a leader of its own, so that the
// answer for X can be kept back while A and B are refused. The raised epoch is that of the whole
// producer: X, which is in the log under the old one, is sent again under the new one and written a
// second time. That one duplicate is what the row predicts, and nothing else is.
TEST(Faults, F06_EpochBumpWritesAnUnacknowledgedBatchOfAnotherPartitionAgain) {
  Cluster cluster(quiet(2));
  cluster.create_topic(kTopic, {.partitions = 2});
  cluster.move_leader(kTopic, 0, 1, Tail::kKeep);
  cluster.move_leader(kTopic, 1, 2, Tail::kKeep);
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0", 0);
  produce_and_wait(producer, "0", 1);
  const Match x = {.topic = kTopic, .partition = 1, .base_sequence = 1};
  Fault held = cluster.inject({.seam = Seam::kAfterAppend, .match = x, .action = Action::hold()});
  cluster.inject(
      {.seam = Seam::kAfterAppend, .match = x, .action = Action::error("REQUEST_TIMED_OUT")});
  ASSERT_EQ(producer.produce(kTopic, 1, "X"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(held.wait_for_hits(1));
  cluster.inject(refuse(1, 0));
  const std::uint64_t answers = producer.answers(kProduceApi);
  produce_in_flight(producer, cluster, {"A", "B"}, 0);
  ASSERT_TRUE(producer.wait_for_answers(kProduceApi, answers + 2));
  held.remove();
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_THAT(story(cluster, kTopic, 0),
              ElementsAre("appended e0 s0 @0", "refused e0 s1 NOT_LEADER_OR_FOLLOWER",
                          "refused e0 s2 OUT_OF_ORDER_SEQUENCE_NUMBER", "appended e1 s0 @1",
                          "appended e1 s1 @2"));
  expect_all_is_well(producer, cluster, kTopic, 0);
  EXPECT_THAT(story(cluster, kTopic, 1),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1", "appended e1 s0 @2"));
  EXPECT_THAT(outcomes(producer.messages(kTopic, 1)),
              ElementsAre("0 delivered @0", "X delivered @2"));
  EXPECT_THAT(values_in_log(cluster, kTopic, 1), ElementsAre("0", "X", "X"));
}

// librdkafka counts from 0, and nobody sends 2^31 messages in a test. So the broker is brought to
// the end of the circle instead: partition 1 believes that this producer wrote sequence 2147483647
// last. librdkafka's sequence 0 is then the one behind the wrap, and so is its retry after a lost
// ack. That librdkafka itself wraps is not shown.
TEST(Faults, F19_SequenceZeroFollowsTheLastOne) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 2});
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0", 0);
  const std::int64_t producer_id = cluster.producers(kTopic, 0).at(0).producer_id;
  cluster.set_next_sequence(kTopic, 1, producer_id, 0);
  ASSERT_EQ(cluster.producers(kTopic, 1).at(0).last_sequence, kSequenceMax);
  const Fault lost = cluster.inject({.seam = Seam::kAfterAppend,
                                     .match = {.topic = kTopic, .partition = 1, .base_sequence = 0},
                                     .action = Action::drop_connection()});
  produce_in_flight(producer, cluster, {"a", "b"}, 1);
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(lost.hits(), 1u);
  EXPECT_THAT(story(cluster, kTopic, 1),
              ElementsAre("appended e0 s0 @0", "duplicate e0 s0 @0", "appended e0 s1 @1"));
  expect_all_is_well(producer, cluster, kTopic, 1);
}

// The wrap itself, by batches of one record and by one that spans it.
TEST(Faults, F19_RawSequencesWrap) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  RawProducer producer(cluster.bootstrap());
  const auto offset_of = [&](std::int32_t base_sequence, std::vector<std::string> batch_values) {
    const RawAnswer answer = producer.ask(
        request_of(kTopic, 0, {.base_sequence = base_sequence, .values = std::move(batch_values)}));
    EXPECT_EQ(answer.error_code, wire::ErrorCode::kNone) << base_sequence;
    return answer.base_offset;
  };
  EXPECT_EQ(offset_of(kSequenceMax - 1, {"a"}), 0);
  EXPECT_EQ(offset_of(kSequenceMax, {"b"}), 1);
  EXPECT_EQ(ask(producer, {.base_sequence = 1, .values = {"-"}}),
            wire::ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(offset_of(0, {"c"}), 2);
  EXPECT_EQ(offset_of(kSequenceMax, {"b"}), 1) << "a retry from before the wrap";
  cluster.set_next_sequence(kTopic, 0, RawBatch{}.producer_id, kSequenceMax - 1);
  EXPECT_EQ(offset_of(kSequenceMax - 1, {"d", "e", "f", "g"}), 3) << "it spans the wrap";
  EXPECT_EQ(offset_of(kSequenceMax - 1, {"d", "e", "f", "g"}), 3) << "its retry";
  EXPECT_EQ(offset_of(2, {"h"}), 7);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
  EXPECT_EQ(cluster.records(kTopic, 0).at(6).sequence, 1);
}

// librdkafka is given epoch 32766 and then, twice, a reason to raise it. 32767 is well. After that
// it should ask for a new producer id (KIP-360) and does not: it goes on with epoch 0 of the same
// id (librdkafka#3720), which the broker refuses as stale, and so with every epoch that follows.
// Each of these messages is reported as failed and not persisted, which is true.
TEST(Faults, F20_EpochsComeToTheirEnd) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault initialised = cluster.inject({.seam = Seam::kResponse,
                                            .match = {.api = "InitProducerId"},
                                            .trigger = Trigger::every_time(),
                                            .action = Action::answer_producer_id(4711, 32766)});
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0");
  cluster.inject(refuse(1));
  produce_in_flight(producer, cluster, {"a", "b"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e32766 s0 @0", "refused e32766 s1 NOT_LEADER_OR_FOLLOWER",
                          "refused e32766 s2 OUT_OF_ORDER_SEQUENCE_NUMBER", "appended e32767 s0 @1",
                          "appended e32767 s1 @2"));
  expect_all_is_well(producer, cluster);

  const std::size_t decided_before = story(cluster).size();
  cluster.inject(refuse(2));
  produce_in_flight(producer, cluster, {"c", "d"});
  ASSERT_TRUE(producer.wait_for_all());
  ASSERT_EQ(producer.produce(kTopic, 0, "e"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("0 delivered @0", "a delivered @1", "b delivered @2",
                          "c INVALID_PRODUCER_EPOCH not persisted",
                          "d INVALID_PRODUCER_EPOCH not persisted",
                          "e INVALID_PRODUCER_EPOCH not persisted"));
  auto decisions = story(cluster);
  decisions.erase(decisions.begin(), decisions.begin() + std::ptrdiff_t(decided_before));
  ASSERT_GE(decisions.size(), 5u);
  EXPECT_EQ(decisions[0], "refused e32767 s2 NOT_LEADER_OR_FOLLOWER");
  EXPECT_EQ(decisions[1], "refused e32767 s3 OUT_OF_ORDER_SEQUENCE_NUMBER");
  EXPECT_EQ(decisions[2], "refused e0 s0 INVALID_PRODUCER_EPOCH");
  decisions.erase(decisions.begin(), decisions.begin() + 2);
  EXPECT_THAT(decisions, Each(EndsWith("INVALID_PRODUCER_EPOCH")));
  EXPECT_EQ(initialised.hits(), 1u) << "it asked for no other producer id";
  expect_exactly_once_in_order(producer, cluster);
  EXPECT_FALSE(producer.fatal_error());
}

// What KIP-360 asks of a client at that point: another id, which begins at epoch 0.
TEST(Faults, F20_RawNewProducerIdAfterTheLastEpoch) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  RawProducer producer(cluster.bootstrap());
  EXPECT_EQ(ask(producer, {.producer_epoch = 32766, .base_sequence = 0, .values = {"a"}}),
            wire::ErrorCode::kNone);
  EXPECT_EQ(ask(producer, {.producer_epoch = 32767, .base_sequence = 0, .values = {"b"}}),
            wire::ErrorCode::kNone);
  EXPECT_EQ(ask(producer, {.producer_epoch = 0, .base_sequence = 0, .values = {"-"}}),
            wire::ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(ask(producer, {.producer_epoch = 32767, .base_sequence = 1, .values = {"c"}}),
            wire::ErrorCode::kNone);
  EXPECT_EQ(ask(producer, {.producer_id = 7001, .base_sequence = 0, .values = {"d"}}),
            wire::ErrorCode::kNone);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c", "d"));
}

}  // namespace
}  // namespace understudy::compat
