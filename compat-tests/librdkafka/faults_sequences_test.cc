// Rows F04, F05, F06, F19 and F20: sequences that do not follow each other, and epochs that are
// raised because of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>

#include "librdkafka/scenario.h"
#include "librdkafka/raw_producer.h"

namespace understudy::compat {
namespace {

using ::testing::ElementsAre;

constexpr std::int32_t kSequenceMax = INT32_MAX;

// Refuses the batch with this sequence once, without an append.
Rule refuse(std::int32_t base_sequence, const char* error, std::int32_t partition = 0) {
  return {.seam = Seam::kBeforeAppend,
          .match = {.topic = kTopic, .partition = partition, .base_sequence = base_sequence},
          .action = Action::error(error)};
}

TEST(Faults, F04_RetriableErrorWithoutAppendWhileOthersAreInFlight) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 1});
  cluster.inject(refuse(1, "NOT_LEADER_OR_FOLLOWER"));
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0");
  produce_in_flight(producer, cluster, {"A", "B", "C", "D", "E"});
  ASSERT_TRUE(producer.wait_for_all());
  std::cout << ::testing::PrintToString(story(cluster))
            << ::testing::PrintToString(outcomes(producer.messages())) << std::endl;
  expect_all_is_well(producer, cluster);
}

TEST(Faults, F05_UnknownPartitionBefore45) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 1});
  cluster.inject(refuse(0, "NOT_LEADER_OR_FOLLOWER"));
  Producer producer(cluster.bootstrap());
  produce_in_flight(producer, cluster, {"A", "B", "C"});
  ASSERT_TRUE(producer.wait_for_all());
  std::cout << ::testing::PrintToString(story(cluster))
            << ::testing::PrintToString(outcomes(producer.messages())) << std::endl;
  if (const auto fatal = producer.fatal_error()) std::cout << fatal->text << std::endl;
}

TEST(Faults, F05_UnknownPartitionBeforeRaw) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 1});
  RawProducer producer(cluster.bootstrap());
}

TEST(Faults, F05_UnknownPartitionSince45) {
  Cluster cluster({.profile = "4.5"});
  cluster.create_topic(kTopic, {.partitions = 1});
  cluster.inject(refuse(0, "NOT_LEADER_OR_FOLLOWER"));
  Producer producer(cluster.bootstrap());
  produce_in_flight(producer, cluster, {"A", "B", "C"});
  ASSERT_TRUE(producer.wait_for_all());
  std::cout << ::testing::PrintToString(story(cluster))
            << ::testing::PrintToString(outcomes(producer.messages())) << std::endl;
  expect_all_is_well(producer, cluster);
}

TEST(Faults, F06_EpochBumpWhileAnotherPartitionHasAnUnackedBatch) {
  Cluster cluster({.nodes = 2});
  cluster.create_topic(kTopic, {.partitions = 2});
  cluster.move_leader(kTopic, 0, 1, Tail::kKeep);
  cluster.move_leader(kTopic, 1, 2, Tail::kKeep);
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0", 0);
  produce_and_wait(producer, "0", 1);
  const Match unacked = {.topic = kTopic, .partition = 1, .base_sequence = 1};
  Fault held =
      cluster.inject({.seam = Seam::kAfterAppend, .match = unacked, .action = Action::hold()});
  cluster.inject({.seam = Seam::kAfterAppend,
                  .match = unacked,
                  .action = Action::error("REQUEST_TIMED_OUT")});
  ASSERT_EQ(producer.produce(kTopic, 1, "X"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(held.wait_for_hits(1));
  cluster.inject(refuse(1, "NOT_LEADER_OR_FOLLOWER", 0));
  const std::uint64_t answers = producer.answers(kProduceApi);
  produce_in_flight(producer, cluster, {"A", "B"}, 0);
  ASSERT_TRUE(producer.wait_for_answers(kProduceApi, answers + 2));
  held.remove();
  ASSERT_TRUE(producer.wait_for_all());
  for (int p : {0, 1})
    std::cout << ::testing::PrintToString(story(cluster, kTopic, p))
              << ::testing::PrintToString(outcomes(producer.messages(kTopic, p))) << std::endl;
}

std::int64_t only_producer_id(const Cluster& cluster) {
  return cluster.producers(kTopic, 0).at(0).producer_id;
}

TEST(Faults, F19_TheBrokerIsAtTheLastSequence) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 2});
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0", 0);
  const std::int64_t producer_id = only_producer_id(cluster);
  cluster.set_next_sequence(kTopic, 1, producer_id, 0);
  EXPECT_EQ(cluster.producers(kTopic, 1).at(0).last_sequence, kSequenceMax);
  const Fault lost = cluster.inject({.seam = Seam::kAfterAppend,
                                     .match = {.topic = kTopic, .partition = 1, .base_sequence = 0},
                                     .action = Action::drop_connection()});
  produce_in_flight(producer, cluster, {"a", "b"}, 1);
  ASSERT_TRUE(producer.wait_for_all());
  std::cout << ::testing::PrintToString(story(cluster, kTopic, 1)) << std::endl;
  expect_all_is_well(producer, cluster, kTopic, 1);
}

TEST(Faults, F19_RawWrap) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 1});
  RawProducer producer(cluster.bootstrap());
  const auto send = [&](std::int32_t base_sequence, std::vector<std::string> batch_values) {
    const RawAnswer answer = producer.ask(request_of(
        kTopic, 0, {.base_sequence = base_sequence, .values = std::move(batch_values)}));
    EXPECT_EQ(answer.error_code, wire::ErrorCode::kNone) << base_sequence;
    return answer.base_offset;
  };
  EXPECT_EQ(send(kSequenceMax - 1, {"a"}), 0);
  EXPECT_EQ(send(kSequenceMax, {"b"}), 1);
  EXPECT_EQ(send(0, {"c"}), 2);
  EXPECT_EQ(send(kSequenceMax, {"b"}), 1) << "a retry from before the wrap";
  cluster.set_next_sequence(kTopic, 0, 7000, kSequenceMax - 1);
  EXPECT_EQ(send(kSequenceMax - 1, {"d", "e", "f", "g"}), 3) << "a batch that spans the wrap";
  EXPECT_EQ(send(kSequenceMax - 1, {"d", "e", "f", "g"}), 3) << "and its retry";
  EXPECT_EQ(send(2, {"h"}), 7);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
  EXPECT_EQ(cluster.records(kTopic, 0).at(6).sequence, 1);
}

TEST(Faults, F20_EpochsComeToTheirEnd) {
  Cluster cluster;
  cluster.create_topic(kTopic, {.partitions = 1});
  cluster.inject({.seam = Seam::kResponse,
                  .match = {.api = "InitProducerId"},
                  .action = Action::answer_producer_id(4711, 32766)});
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0");
  cluster.inject(refuse(1, "NOT_LEADER_OR_FOLLOWER"));
  produce_in_flight(producer, cluster, {"a", "b"});
  ASSERT_TRUE(producer.wait_for_all());
  produce_and_wait(producer, "c");
  std::cout << ::testing::PrintToString(story(cluster))
            << ::testing::PrintToString(outcomes(producer.messages())) << std::endl;
  cluster.inject(refuse(3, "NOT_LEADER_OR_FOLLOWER"));
  produce_in_flight(producer, cluster, {"d", "e"});
  ASSERT_TRUE(producer.wait_for_all());
  for (const char* v : {"f", "g", "h"}) {
    producer.produce(kTopic, 0, v);
    ASSERT_TRUE(producer.wait_for_all());
  }
  std::cout << ::testing::PrintToString(story(cluster))
            << ::testing::PrintToString(outcomes(producer.messages())) << std::endl;
  if (const auto fatal = producer.fatal_error()) std::cout << fatal->text << std::endl;
}

}  // namespace
}  // namespace understudy::compat
