// Rows F11 and F12: the leader moves and loses what was not replicated, and metadata that forgets
// partitions for a moment.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>

#include "librdkafka/scenario.h"

namespace understudy::compat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Debian's librdkafka drops partitions that metadata does not show; newer ones (2.16 is tested)
// keep them as long as the topic's id stays.
bool drops_missing_partitions() { return rd_kafka_version() <= 0x020002ff; }

// The leader moves there and back, and both times the tail is lost that no follower had yet. With
// acks = all nobody was told that this tail is safe: all of it is sent again, and nothing is
// refused for its sequence.
TEST(Faults, F11_LeaderMovesAndLosesWhatNobodyHasAcknowledged) {
  Cluster cluster(quiet(3));
  cluster.create_topic(kTopic, {.partitions = 1, .replication_factor = 3});
  cluster.move_leader(kTopic, 0, 1, Tail::kKeep);
  Producer producer(cluster.bootstrap());
  produce_and_wait(producer, "0");
  for (const std::int32_t next_leader : {2, 1}) {
    const std::string name = std::to_string(next_leader);
    const std::int64_t end = cluster.log_end_offset(kTopic, 0);
    cluster.hold_replication(kTopic, 0);
    // One in flight: of several, librdkafka may send a later one to the new leader while it still
    // tries the first one at the old leader, and is told that it is out of order.
    ASSERT_EQ(producer.produce(kTopic, 0, "a" + name), RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_TRUE(cluster.wait_for_event([&](const Event& event) {
      return event.kind == Event::Kind::kAppended && event.base_offset == end;
    }));
    cluster.move_leader(kTopic, 0, next_leader, Tail::kLose);
    cluster.release_replication(kTopic, 0);
    ASSERT_TRUE(producer.wait_for_all());
    produce_and_wait(producer, "b" + name);
  }
  // Appended, lost, and appended again.
  EXPECT_THAT(story(cluster), Contains("appended e0 s1 @1").Times(2));
  EXPECT_THAT(story(cluster), Contains("appended e0 s3 @3").Times(2));
  EXPECT_THAT(story(cluster), Contains(HasSubstr("OUT_OF_ORDER_SEQUENCE_NUMBER")).Times(0));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("0", "a2", "b2", "a1", "b1"));
  expect_all_is_well(producer, cluster);
}

// A leader that lost what it had acknowledged (an unclean election). Such a loss does not happen to
// a log that answers acks = all by its high watermark, so the new leader's producer state is
// edited: it expects less than the client has acknowledged. For librdkafka that is the end.
TEST(Faults, F11_NewLeaderKnowsLessThanWasAcknowledged) {
  Cluster cluster(quiet(3));
  cluster.create_topic(kTopic, {.partitions = 1, .replication_factor = 3});
  cluster.move_leader(kTopic, 0, 1, Tail::kKeep);
  Producer producer(cluster.bootstrap());
  for (const char* value : {"0", "1", "2"}) produce_and_wait(producer, value);
  cluster.set_next_sequence(kTopic, 0, cluster.producers(kTopic, 0).at(0).producer_id, 1);
  cluster.move_leader(kTopic, 0, 2, Tail::kKeep);
  ASSERT_EQ(producer.produce(kTopic, 0, "a"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(story(cluster).back(), "refused e0 s3 OUT_OF_ORDER_SEQUENCE_NUMBER");
  EXPECT_THAT(cluster.events().back().reason, HasSubstr("expected 1, got 3"));
  EXPECT_THAT(outcomes(producer.messages()),
              ElementsAre("0 delivered @0", "1 delivered @1", "2 delivered @2",
                          "a OUT_OF_ORDER_SEQUENCE_NUMBER possibly persisted"));
  const auto fatal = producer.fatal_error();
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->code, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  EXPECT_THAT(fatal->text, HasSubstr("sequence desynchronization"));
  EXPECT_EQ(producer.produce(kTopic, 0, "b"), RD_KAFKA_RESP_ERR__FATAL);
  EXPECT_THAT(values_in_log(cluster), ElementsAre("0", "1", "2"));
  expect_at_most_once_in_order(producer.messages(), cluster.records(kTopic, 0));
}

// How many partitions of four metadata shows for a moment; 0: no topic at all.
class ForgottenPartitions : public ::testing::TestWithParam<std::int32_t> {
 protected:
  static constexpr std::int32_t kPartitions = 4;

  ForgottenPartitions() { cluster.create_topic(kTopic, {.partitions = kPartitions}); }

  Fault forget() {
    return cluster.inject({.seam = Seam::kResponse,
                           .match = {.api = "Metadata"},
                           .trigger = Trigger::every_time(),
                           .action = Action::show_partitions(kTopic, GetParam())});
  }

  // Whether this librdkafka drops partition 3 when metadata does not show it.
  static bool is_dropped() { return GetParam() == 0 || drops_missing_partitions(); }

  // A partition count that shrinks is worth a line in librdkafka's log.
  void wait_until_forgotten() {
    if (is_dropped()) {
      ASSERT_TRUE(producer.wait_for_log("PARTCNT"));
    } else {
      ASSERT_TRUE(producer.wait_for_answers(kMetadataApi, producer.answers(kMetadataApi) + 5));
    }
  }

  // Partition 2 shares the fate of partition 3: it takes a message when both are back.
  void wait_until_known() {
    for (int answer = 0; answer < kAnswersMax; ++answer) {
      if (producer.produce(kTopic, 2, "probe") == RD_KAFKA_RESP_ERR_NO_ERROR) return;
      ASSERT_TRUE(producer.wait_for_answers(kMetadataApi, producer.answers(kMetadataApi) + 1));
    }
    FAIL() << "the partitions do not come back";
  }

  static constexpr int kAnswersMax = 100;
  Cluster cluster{quiet()};
  Producer producer{cluster.bootstrap(),
                    {{"log_level", "5"},
                     {"topic.metadata.refresh.interval.ms", "50"},
                     {"metadata.max.age.ms", "1000"},
                     {"topic.metadata.propagation.max.ms", "0"}}};
};

// The row's symptom, sequences that begin at 0 again and are taken for duplicates, is not to be had
// from these releases: they keep or save a partition's counter.
TEST_P(ForgottenPartitions, F12_GoOnWithTheirSequences) {
  for (const std::int32_t partition : {0, 3}) {
    for (const char* value : {"0", "1", "2"}) produce_and_wait(producer, value, partition);
  }
  Fault forgotten = forget();
  ASSERT_TRUE(forgotten.wait_for_hits(1));
  wait_until_forgotten();
  forgotten.remove();
  wait_until_known();
  for (const char* value : {"3", "4", "5"}) {
    for (const std::int32_t partition : {0, 3}) produce_and_wait(producer, value, partition);
  }
  EXPECT_THAT(values_in_log(cluster, kTopic, 0), ElementsAre("0", "1", "2", "3", "4", "5"));
  for (const std::int32_t partition : {0, 3}) {
    for (const std::string& decision : story(cluster, kTopic, partition)) {
      EXPECT_THAT(decision, HasSubstr("appended e0 ")) << "no duplicate, no refusal, no new epoch";
    }
    expect_all_is_well(producer, cluster, kTopic, partition);
  }
}

// A message waits for its retry while its partition is not shown. Who drops the partition fails the
// message, and goes on in a new epoch, since its sequence is missing now.
TEST_P(ForgottenPartitions, F12_WithAMessageThatWaits) {
  produce_and_wait(producer, "0", 3);
  Fault refused = cluster.inject({.seam = Seam::kBeforeAppend,
                                  .match = {.topic = kTopic, .partition = 3},
                                  .trigger = Trigger::every_time(),
                                  .action = Action::error("NOT_LEADER_OR_FOLLOWER")});
  ASSERT_EQ(producer.produce(kTopic, 3, "waits"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(refused.wait_for_hits(2));
  Fault forgotten = forget();
  ASSERT_TRUE(forgotten.wait_for_hits(1));
  wait_until_forgotten();
  forgotten.remove();
  wait_until_known();
  refused.remove();  // not before: a retry could overtake the removal of the partition
  ASSERT_TRUE(producer.wait_for_all());
  produce_and_wait(producer, "1", 3);
  produce_and_wait(producer, "2", 3);
  const auto messages = producer.messages(kTopic, 3);
  const auto reports = outcomes(messages);
  if (is_dropped()) {
    // The error depends on how far the partition's removal has come.
    EXPECT_THAT(reports[1], ::testing::AnyOf("waits _UNKNOWN_PARTITION not persisted",
                                             "waits _DESTROY not persisted"));
    EXPECT_THAT(reports,
                ElementsAre("0 delivered @0", reports[1], "1 delivered @1", "2 delivered @2"));
  } else {
    EXPECT_THAT(reports, ElementsAre("0 delivered @0", "waits delivered @1", "1 delivered @2",
                                     "2 delivered @3"));
  }
  EXPECT_EQ(story(cluster, kTopic, 3).back(),
            is_dropped() ? "appended e1 s1 @2" : "appended e0 s3 @3");
  expect_at_most_once_in_order(producer.messages(kTopic, 3), cluster.records(kTopic, 3));
}

INSTANTIATE_TEST_SUITE_P(Faults, ForgottenPartitions, ::testing::Values(2, 0),
                         [](const auto& info) -> std::string {
                           return info.param == 0 ? "TheWholeTopic" : "TheLastOnes";
                         });

}  // namespace
}  // namespace understudy::compat
