// Rows F01, F02, F03, F09 and F22: the batch is in the log and its answer does not come, comes as
// an error, or comes too late.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "librdkafka/raw_producer.h"
#include "librdkafka/scenario.h"

namespace understudy::compat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr std::size_t kBytesOfAnAnswer = 6;  // its size and a part of its correlation id

// Timeouts that are to pass. The first message takes librdkafka 2.0.2 a second, which it waits
// before it asks for its producer id.
const ProducerConfig kImpatient = {
    {"request.timeout.ms", "1000"}, {"socket.timeout.ms", "1000"}, {"message.timeout.ms", "3000"}};

// Retries later than any test waits.
ProducerConfig without_retries(ProducerConfig config = {}) {
  config["retry.backoff.ms"] = "300000";
  if (rd_kafka_version() > RD_KAFKA_VERSION) config["retry.backoff.max.ms"] = "300000";  // KIP-580
  return config;
}

// The batch with this sequence of partition 0, right behind its append.
Rule after_append(std::int32_t base_sequence, Action action) {
  return {.seam = Seam::kAfterAppend,
          .match = {.topic = kTopic, .base_sequence = base_sequence},
          .action = std::move(action)};
}

// How an answer gets lost; the names of the tests.
Action loss_named(const std::string& name) {
  if (name == "ConnectionDropped") return Action::drop_connection();
  if (name == "ResponseDropped") return Action::drop_response();
  return Action::cut_response(kBytesOfAnAnswer);
}

class LostAck : public ::testing::TestWithParam<const char*> {};

// Three requests are on their way when the answer of the middle one is lost.
TEST_P(LostAck, F01_IsRetriedAndRecognised) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault lost = cluster.inject(after_append(1, loss_named(GetParam())));
  Producer producer(cluster.bootstrap(), {{"socket.timeout.ms", "1000"}});
  produce_in_flight(producer, cluster, {"a", "b", "c"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(lost.hits(), 1u);
  EXPECT_THAT(story(cluster), Contains("appended e0 s1 @1").Times(1));
  EXPECT_THAT(story(cluster), Contains("duplicate e0 s1 @1"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c"));
  expect_all_is_well(producer, cluster);
}

INSTANTIATE_TEST_SUITE_P(Faults, LostAck,
                         ::testing::Values("ConnectionDropped", "ResponseDropped", "ResponseCut"),
                         [](const auto& info) { return std::string(info.param); });

class ErrorAfterAppend : public ::testing::TestWithParam<const char*> {};

// The message is alone with its error. Its retry is answered with its own offset, and no later
// message gets that offset.
TEST_P(ErrorAfterAppend, F02_IsRetriedAndRecognised) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(after_append(1, Action::error(GetParam())));
  Producer producer(cluster.bootstrap());
  for (const char* value : {"a", "b", "c"}) produce_and_wait(producer, value);
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0", "appended e0 s1 @1",
                                          "duplicate e0 s1 @1", "appended e0 s2 @2"));
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("a delivered @0", "b delivered @1", "c delivered @2"));
  expect_all_is_well(producer, cluster);
}

// With others in flight behind it librdkafka does not retry: the success of a later sequence tells
// that the earlier one is in the log, though not at which offset.
TEST_P(ErrorAfterAppend, F02_IsAcknowledgedByALaterSuccess) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(after_append(1, Action::error(GetParam())));
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "a");
  produce_in_flight(producer, cluster, {"b", "c", "d"});
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0", "appended e0 s1 @1",
                                          "appended e0 s2 @2", "appended e0 s3 @3"));
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("a delivered @0", "b delivered", "c delivered @2", "d delivered @3"));
  expect_all_is_well(producer, cluster);
}

INSTANTIATE_TEST_SUITE_P(Faults, ErrorAfterAppend,
                         ::testing::Values("REQUEST_TIMED_OUT", "NOT_ENOUGH_REPLICAS_AFTER_APPEND"),
                         [](const auto& info) { return std::string(info.param); });

// The application gives A up while it waits for its retry. librdkafka does not give A's sequence to
// B, so the row's loss does not happen: B follows A, which is in the log.
TEST(Faults, F03_PurgedMessageKeepsItsSequence) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(after_append(1, Action::error("REQUEST_TIMED_OUT")));
  Producer producer(cluster.bootstrap(), without_retries());
  produce_and_wait(producer, "0");
  ASSERT_EQ(producer.produce(kTopic, 0, "A"), RD_KAFKA_RESP_ERR_NO_ERROR);
  // The thread that reads the answer is the one that then serves the purge.
  ASSERT_TRUE(producer.wait_for_answers(kProduceApi, 2));
  producer.purge_queue();
  ASSERT_TRUE(producer.wait_for_all());
  produce_and_wait(producer, "B");
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1", "appended e0 s2 @2"));
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("0 delivered @0", "A _PURGE_QUEUE possibly persisted", "B delivered @2"));
  expect_at_most_once_in_order(producer.messages(), cluster.records(kTopic, 0));
}

// A's time is over while it waits for its retry. librdkafka begins a new epoch before B.
TEST(Faults, F03_TimedOutMessageEndsTheEpoch) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(after_append(1, Action::error("REQUEST_TIMED_OUT")));
  Producer producer(cluster.bootstrap(), without_retries(kImpatient));
  produce_and_wait(producer, "0");
  ASSERT_EQ(producer.produce(kTopic, 0, "A"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(producer.wait_for_all());
  produce_and_wait(producer, "B");
  EXPECT_EQ(refused.hits(), 1u);
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1", "appended e1 s0 @2"));
  EXPECT_THAT(
      outcomes(producer.messages()),
      ElementsAre("0 delivered @0", "A _MSG_TIMED_OUT possibly persisted", "B delivered @2"));
  expect_at_most_once_in_order(producer.messages(), cluster.records(kTopic, 0));
}

// What librdkafka is too careful for: B takes the sequence of the cancelled A (R15).
TEST(Faults, F03_RawReusedSequenceLosesTheSecondMessage) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  const Fault refused = cluster.inject(after_append(1, Action::error("REQUEST_TIMED_OUT")));
  RawProducer producer(cluster.bootstrap());
  EXPECT_EQ(producer.ask(request_of(kTopic, 0, {.base_sequence = 0, .values = {"0"}})).base_offset,
            0);
  const RawAnswer a = producer.ask(request_of(kTopic, 0, {.base_sequence = 1, .values = {"A"}}));
  EXPECT_EQ(a.error_code, wire::ErrorCode::kRequestTimedOut);
  EXPECT_EQ(refused.hits(), 1u);
  const RawAnswer b = producer.ask(request_of(kTopic, 0, {.base_sequence = 1, .values = {"B"}}));
  EXPECT_EQ(b.error_code, wire::ErrorCode::kNone);
  EXPECT_EQ(b.base_offset, 1) << "B is acknowledged at A's offset";
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1", "duplicate e0 s1 @1"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("0", "A")) << "B is lost";
}

// Answers are held until the messages have timed out. What was appended stays in the log once, is
// reported as possibly persisted, and the producer goes on in a new epoch.
TEST(Faults, F09_AcksHeldBeyondTheMessageTimeout) {
  Cluster cluster(quiet());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap(), kImpatient);
  produce_and_wait(producer, "0");
  Fault held = cluster.inject({.seam = Seam::kAfterAppend,
                               .match = {.topic = kTopic},
                               .trigger = Trigger::every_time(),
                               .action = Action::hold()});
  for (const char* value : {"a", "b", "c"}) {
    ASSERT_EQ(producer.produce(kTopic, 0, value), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  ASSERT_TRUE(producer.wait_for_all());
  for (std::size_t i = 1; i <= 3; ++i) {
    EXPECT_EQ(producer.messages()[i].error, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT);
    EXPECT_EQ(producer.messages()[i].status, RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED);
  }
  held.remove();
  produce_and_wait(producer, "d");
  produce_and_wait(producer, "e");
  EXPECT_THAT(values_in_log(cluster), Contains("a").Times(1));
  expect_at_most_once_in_order(producer.messages(), cluster.records(kTopic, 0));
  const auto records = cluster.records(kTopic, 0);
  const Record& last = records.back();
  EXPECT_EQ(last.value, "e");
  EXPECT_EQ(last.producer_id, records.front().producer_id);
  EXPECT_GT(last.producer_epoch, records.front().producer_epoch);
  EXPECT_EQ(last.sequence, 1) << "d and e are the first of their epoch";
  EXPECT_FALSE(producer.fatal_error());
}

// The request times out at the client and is sent again over a second connection, while the first
// one still waits for its replicas.
TEST(Faults, F22_RetryOverASecondConnectionWhileTheFirstIsInFlight) {
  Cluster cluster(quiet(3));
  cluster.create_topic(kTopic, {.partitions = 1, .replication_factor = 3});
  cluster.hold_replication(kTopic, 0);
  Producer producer(cluster.bootstrap(), {{"socket.timeout.ms", "1000"}});
  ASSERT_EQ(producer.produce(kTopic, 0, "a"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(cluster.wait_for_event(
      [](const Event& event) { return event.kind == Event::Kind::kDuplicate; }));
  EXPECT_EQ(producer.messages().front().reports, 0) << "nobody has it replicated yet";
  cluster.release_replication(kTopic, 0);
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(story(cluster).at(0), "appended e0 s0 @0");
  EXPECT_EQ(story(cluster).at(1), "duplicate e0 s0 @0");
  EXPECT_THAT(outcomes(producer.messages()), ElementsAre("a delivered @0"));
  expect_all_is_well(producer, cluster);
}

// The same bytes from two connections: both get the same answer, and only once they are replicated.
TEST(Faults, F22_RawIdenticalRequestsOverTwoConnections) {
  Cluster cluster(quiet(3));
  cluster.create_topic(kTopic, {.partitions = 1, .replication_factor = 3});
  cluster.move_leader(kTopic, 0, 1, Tail::kKeep);
  RawProducer first(cluster.bootstrap());
  RawProducer second(cluster.bootstrap());
  const auto request = request_of(kTopic, 0, {.base_sequence = 0, .values = {"a", "b"}});
  cluster.hold_replication(kTopic, 0);
  first.send(request);
  ASSERT_TRUE(cluster.wait_for_event(
      [](const Event& event) { return event.kind == Event::Kind::kAppended; }));
  second.send(request);
  ASSERT_TRUE(cluster.wait_for_event(
      [](const Event& event) { return event.kind == Event::Kind::kDuplicate; }));
  EXPECT_FALSE(first.has_answer());
  EXPECT_FALSE(second.has_answer());
  cluster.release_replication(kTopic, 0);
  for (RawProducer* producer : {&first, &second}) {
    const RawAnswer answer = producer->receive();
    EXPECT_EQ(answer.error_code, wire::ErrorCode::kNone);
    EXPECT_EQ(answer.base_offset, 0);
  }
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0", "duplicate e0 s0 @0"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace understudy::compat
