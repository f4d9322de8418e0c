// Crashes and restarts under an unmodified producer: F16, F17, F18 and F35, on temporary and on
// kept data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "librdkafka/scenario.h"

namespace understudy::compat {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class CrashTest : public ::testing::TestWithParam<bool> {
 public:
  CrashTest() {
    if (!GetParam()) return;
    std::string name = ::testing::TempDir() + "understudy-crash-XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~CrashTest() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }
  CrashTest(const CrashTest&) = delete;
  CrashTest& operator=(const CrashTest&) = delete;

 protected:
  ClusterOptions options(std::int32_t nodes = 1, const std::string& profile = "4.4") const {
    ClusterOptions options = quiet(nodes, profile);
    options.data_dir = directory_;
    return options;
  }

  std::string directory_;
};

// The batch is in the log and its acknowledgement is not out when the broker dies.
Fault hold_ack_of(Cluster& cluster, std::int32_t base_sequence) {
  return cluster.inject({.seam = Seam::kAfterAppend,
                         .match = {.topic = kTopic, .base_sequence = base_sequence},
                         .action = Action::hold()});
}

// "a" is acknowledged; "b" is written, and the broker crashes before it is acknowledged. Returns
// when librdkafka has heard of both.
void crash_before_second_ack(Cluster& cluster, Producer& producer, const Crash& crash,
                             std::optional<std::int32_t> node = {}) {
  produce_and_wait(producer, "a");
  const Fault held = hold_ack_of(cluster, 1);
  ASSERT_EQ(producer.produce(kTopic, 0, "b"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(held.wait_for_hits(1));
  cluster.crash(crash, node);
  ASSERT_TRUE(producer.wait_for_all());
}

// The classic story, first half: the broker remembers.
TEST_P(CrashTest, F16_StateIsKeptAndTheRetryIsRecognised) {
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  crash_before_second_ack(cluster, producer, Crash::keep_everything());
  produce_and_wait(producer, "c");
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0", "appended e0 s1 @1",
                                          "duplicate e0 s1 @1", "appended e0 s2 @2"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c"));
  expect_all_is_well(producer, cluster);
}

// Second half: it has forgotten. The duplicate is in the log, and the event says why.
TEST_P(CrashTest, F16_StateIsLostAndTheRetryIsASecondCopy) {
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  crash_before_second_ack(cluster, producer, Crash::lose_producer_state());
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1", "appended e0 s1 @2"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "b"));
  const std::vector<Event> events = cluster.events();
  EXPECT_THAT(events.back().description,
              HasSubstr("a crash took what was known of this producer: the log may hold the batch "
                        "already"));
  EXPECT_EQ(events[events.size() - 2].kind, Event::Kind::kRestarted);
  EXPECT_THAT(events[events.size() - 2].reason, HasSubstr("took the state of its producers"));
  EXPECT_THAT(outcomes(producer.messages()), ElementsAre("a delivered @0", "b delivered @2"));
}

// The sequence had gone on, the data is gone: the retry is no duplicate.
TEST_P(CrashTest, F17_LostBatchIsAppendedAgain) {
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  crash_before_second_ack(cluster, producer, Crash::lose_tail(1));
  produce_and_wait(producer, "c");
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0", "appended e0 s1 @1",
                                          "appended e0 s1 @1", "appended e0 s2 @2"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c"));
  expect_all_is_well(producer, cluster);
}

// A request that the crash met before its append never happened.
TEST_P(CrashTest, F17_WaitingRequestDiesWithTheBroker) {
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  Fault held = cluster.inject({.seam = Seam::kBeforeAppend, .action = Action::hold()});
  ASSERT_EQ(producer.produce(kTopic, 0, "a"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(held.wait_for_hits(1));
  cluster.crash(Crash::keep_everything());
  held.release();
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_THAT(story(cluster), ElementsAre("appended e0 s0 @0"));
  expect_all_is_well(producer, cluster);
}

// Stops in order while messages flow, again and again.
TEST_P(CrashTest, F18_CleanRestartsUnderLoad) {
  static constexpr int kMessages = 2000;
  static constexpr int kRestarts = 8;
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  for (int restart = 0; restart < kRestarts; ++restart) {
    for (int i = 0; i < kMessages / kRestarts; ++i) {
      ASSERT_EQ(producer.produce(kTopic, 0, std::to_string(restart * kMessages + i)),
                RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    const std::size_t part = kMessages / kRestarts;
    ASSERT_TRUE(producer.wait_for_reports(static_cast<std::size_t>(restart) * part + part / 2));
    cluster.restart_clean();
  }
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_THAT(story(cluster), Not(Contains(HasSubstr("refused"))));
  expect_all_is_well(producer, cluster);
}

// The broker came back with an older state and refuses for ever. librdkafka takes it for the end of
// this producer; a new one goes on.
TEST_P(CrashTest, F35_StaleStateEndsTheProducerAndNotTheApplication) {
  Cluster cluster(options());
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  for (const char* value : {"a", "b"}) produce_and_wait(producer, value);
  cluster.restart_clean();
  for (const char* value : {"c", "d"}) produce_and_wait(producer, value);
  cluster.crash(Crash::stale_snapshot());
  ASSERT_EQ(producer.produce(kTopic, 0, "e"), RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(producer.wait_for_all());
  EXPECT_EQ(story(cluster).back(), "refused e0 s4 OUT_OF_ORDER_SEQUENCE_NUMBER");
  EXPECT_THAT(cluster.events().back().reason, HasSubstr("expected 2, got 4"));
  const auto fatal = producer.fatal_error();
  ASSERT_TRUE(fatal);
  EXPECT_EQ(fatal->code, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  Producer next(cluster.bootstrap());
  produce_and_wait(next, "e");
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c", "d", "e"));
}

// Kafka 2.4 answered UNKNOWN_PRODUCER_ID; librdkafka begins a new epoch and loses nothing.
TEST_P(CrashTest, F35_UnknownProducerBeginsANewEpoch) {
  Cluster cluster(options(1, "2.4"));
  cluster.create_topic(kTopic, {.partitions = 1});
  Producer producer(cluster.bootstrap());
  for (const char* value : {"a", "b"}) produce_and_wait(producer, value);
  cluster.crash(Crash::lose_producer_state());
  produce_and_wait(producer, "c");
  EXPECT_THAT(story(cluster),
              ElementsAre("appended e0 s0 @0", "appended e0 s1 @1",
                          "refused e0 s2 UNKNOWN_PRODUCER_ID", "appended e1 s0 @2"));
  EXPECT_THAT(values_in_log(cluster), ElementsAre("a", "b", "c"));
  expect_all_is_well(producer, cluster);
}

// One of three nodes dies: the others have what was replicated, and know its producers.
TEST_P(CrashTest, OtherNodesTakeOverThePartitionsOfADeadNode) {
  Cluster cluster(options(3));
  cluster.create_topic(kTopic, {.partitions = 1, .replication_factor = 3});
  Producer producer(cluster.bootstrap());
  const std::int32_t leader = cluster.leader(kTopic, 0);
  const std::int32_t epoch = cluster.leader_epoch(kTopic, 0);
  crash_before_second_ack(cluster, producer, Crash::lose_producer_state(), leader);
  EXPECT_NE(cluster.leader(kTopic, 0), leader);
  EXPECT_EQ(cluster.leader_epoch(kTopic, 0), epoch + 1);
  EXPECT_EQ(story(cluster).back(), "duplicate e0 s1 @1");
  expect_all_is_well(producer, cluster);
}

INSTANTIATE_TEST_SUITE_P(Faults, CrashTest, ::testing::Values(false, true),
                         [](const auto& info) -> std::string {
                           return info.param ? "KeptData" : "TemporaryData";
                         });

}  // namespace
}  // namespace understudy::compat
