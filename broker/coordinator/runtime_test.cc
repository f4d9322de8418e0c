#include "broker/coordinator/runtime.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "broker/cluster/changes.h"
#include "broker/cluster/cluster_test_support.h"

namespace understudy::broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using wire::ErrorCode;

constexpr std::string_view kTopic = "__consumer_offsets";

CoordinatorRecord record(std::string_view key, std::optional<std::string_view> value) {
  CoordinatorRecord made{.key = wire::Slice::copy_of(key), .value = std::nullopt};
  if (value) made.value = wire::Slice::copy_of(*value);
  return made;
}

// Keeps the last value of each key, and what it was called for.
class Dictionary : public StateMachine {
 public:
  explicit Dictionary(std::vector<std::string>& calls) : calls_(calls) {}

  void replay(const CoordinatorRecord& record, const RecordProducer& producer) override {
    const std::string key(record.key.view());
    if (record.value) {
      values[key] = record.value->view();
    } else {
      values.erase(key);
    }
    if (producer.id >= 0) calls_.push_back(key + " of producer " + std::to_string(producer.id));
  }
  void transaction_ended(std::int64_t producer_id, codec::ControlType type) override {
    calls_.push_back((type == codec::ControlType::kCommit ? "committed " : "aborted ") +
                     std::to_string(producer_id));
  }
  void loaded() override { calls_.emplace_back("loaded"); }
  void unloaded() override { calls_.emplace_back("unloaded"); }

  std::map<std::string, std::string> values;

 private:
  std::vector<std::string>& calls_;
};

// Three nodes; every partition of the topic has all of them as replicas.
class CoordinatorRuntimeTest : public StoredClusterTest {
 protected:
  CoordinatorRuntimeTest() {
    environment.news = &news;
    properties = {{"offsets.topic.num.partitions", "2"}};
    start(3);
    run();
    change([&] { auto_create_topic(*cluster, 1, kTopic); });
  }

  // The process dies, or stops in order before.
  void end() {
    listener.runtime = nullptr;
    runtime.reset();
  }
  void run() {
    runtime = std::make_unique<CoordinatorRuntime>(
        InternalTopic::kOffsets, *cluster, clock, timers,
        [this](Shard&) { return std::make_unique<Dictionary>(calls); });
    listener.runtime = runtime.get();
    runtime->start();
  }
  Partition& partition(std::int32_t index = 0) { return *cluster->find_partition(kTopic, index); }
  NodeId leader(std::int32_t index = 0) { return partition(index).leadership().leader; }
  NodeId other_than(NodeId node) { return node == 1 ? 2 : 1; }
  Shard& shard(std::string_view key) {
    auto found = runtime->find(leader(index_of(key)), key);
    EXPECT_TRUE(found);
    return **found;
  }
  std::int32_t index_of(std::string_view key) {
    return partition_for(cluster->configs().of(1).internal_topic(InternalTopic::kOffsets), key);
  }
  std::map<std::string, std::string> values(std::string_view key) {
    return static_cast<Dictionary&>(shard(key).machine()).values;
  }
  // Writes, and notes the answer under a name.
  void write(std::string_view key, const std::vector<CoordinatorRecord>& records,
             const std::string& name) {
    news.during([&] {
      shard(key).write(records, [this, name](ErrorCode error) {
        answers.push_back(name + " " + std::string(wire::name_of(error)));
      });
    });
  }
  template <class Change>
  void change(const Change& change) {
    news.during(change);
  }

  // Runtimes come and go, the news stay.
  struct Listener : PartitionListener {
    void progressed(const PartitionKey& key) override {
      if (runtime != nullptr) runtime->progressed(key);
    }
    void led_by(const PartitionKey& key, NodeId before, NodeId now) override {
      if (runtime != nullptr) runtime->led_by(key, before, now);
    }
    void removed(const PartitionKey& key) override {
      if (runtime != nullptr) runtime->removed(key);
    }
    CoordinatorRuntime* runtime = nullptr;
  };

  PartitionNews news;
  Listener listener;
  bool listens = (news.listen(listener), true);
  std::vector<std::string> calls;
  std::vector<std::string> answers;
  std::unique_ptr<CoordinatorRuntime> runtime;
  // "a" and "c" belong to partition 1, "b" to partition 0.
  const std::string a = "a";
  const std::string b = "b";
};

TEST_F(CoordinatorRuntimeTest, KeysBelongToThePartitionThatTheirHashSays) {
  EXPECT_EQ(index_of("a"), 1);
  EXPECT_EQ(index_of("b"), 0);
  EXPECT_EQ(index_of("c"), 1);
}

TEST_F(CoordinatorRuntimeTest, OnlyTheLeaderOfThePartitionIsTheCoordinator) {
  EXPECT_TRUE(runtime->find(leader(1), a));
  EXPECT_EQ(runtime->find(other_than(leader(1)), a).error(), ErrorCode::kNotCoordinator);
}

TEST_F(CoordinatorRuntimeTest, NobodyIsTheCoordinatorWithoutTheTopic) {
  ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic(kTopic)));
  change([] {});
  EXPECT_EQ(runtime->find(1, a).error(), ErrorCode::kNotCoordinator);
  EXPECT_THAT(runtime->all(), IsEmpty());
}

TEST_F(CoordinatorRuntimeTest, AWriteIsReplayedAndAnsweredAtOnce) {
  write(a, {record("x", "1"), record("y", "2")}, "first");
  EXPECT_THAT(answers, ElementsAre("first NONE"));
  EXPECT_THAT(values(a), ElementsAre(std::pair("x", "1"), std::pair("y", "2")));
  EXPECT_EQ(partition(1).log_end_offset(), 2);
  EXPECT_EQ(partition(0).log_end_offset(), 0);
}

TEST_F(CoordinatorRuntimeTest, AWriteIsOneBatch) {
  write(a, {record("x", "1"), record("y", "2")}, "first");
  int batches = 0;
  partition(1).log().for_each_batch(0, [&](const codec::BatchView&) { return ++batches > 0; });
  EXPECT_EQ(batches, 1);
}

TEST_F(CoordinatorRuntimeTest, ALeaderThatMovesLoadsWhatWasWritten) {
  write(a, {record("x", "1"), record("y", "2")}, "first");
  write(a, {record("x", std::nullopt)}, "second");
  calls.clear();
  change([&] { cluster->elect(partition(1), other_than(leader(1)), Partition::Tail::kKeep); });
  EXPECT_THAT(values(a), ElementsAre(std::pair("y", "2")));
  EXPECT_THAT(calls, ElementsAre("unloaded", "loaded"));
}

TEST_F(CoordinatorRuntimeTest, LoadsFromATimerWhatNobodyAsksFor) {
  EXPECT_THAT(calls, IsEmpty());
  timers.run_due(clock.monotonic_ms());
  EXPECT_THAT(calls, ElementsAre("loaded", "loaded"));
  timers.run_due(clock.monotonic_ms());
  EXPECT_EQ(calls.size(), 2u);
}

TEST_F(CoordinatorRuntimeTest, ARestartLoadsWhatWasWritten) {
  write(a, {record("x", "1")}, "first");
  change([&] { cluster->close(); });
  end();
  start(3);
  run();
  EXPECT_THAT(values(a), ElementsAre(std::pair("x", "1")));
}

TEST_F(CoordinatorRuntimeTest, AnAnswerWaitsUntilItsRecordsAreReplicated) {
  partition(1).hold_replication();
  write(a, {record("x", "1")}, "first");
  write(a, {record("x", "2")}, "second");
  write(a, {}, "read");
  EXPECT_THAT(answers, IsEmpty());
  EXPECT_THAT(values(a), ElementsAre(std::pair("x", "2"))) << "it is replayed at once";
  change([&] { partition(1).release_replication(); });
  EXPECT_THAT(answers, ElementsAre("first NONE", "second NONE", "read NONE"));
}

TEST_F(CoordinatorRuntimeTest, AnAnswerThatWaitsTooLongIsAnError) {
  partition(1).hold_replication();
  write(a, {record("x", "1")}, "first");
  clock.advance(4'999);
  timers.run_due(clock.monotonic_ms());
  EXPECT_THAT(answers, IsEmpty());
  clock.advance(1);
  timers.run_due(clock.monotonic_ms());
  EXPECT_THAT(answers, ElementsAre("first COORDINATOR_NOT_AVAILABLE"));
  change([&] { partition(1).release_replication(); });
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(CoordinatorRuntimeTest, WhoWaitsForALeaderThatGoesIsTold) {
  partition(1).hold_replication();
  write(a, {record("x", "1")}, "first");
  change([&] { cluster->elect(partition(1), other_than(leader(1)), Partition::Tail::kLose); });
  EXPECT_THAT(answers, ElementsAre("first NOT_COORDINATOR"));
  EXPECT_THAT(values(a), IsEmpty()) << "the tail is lost";
}

TEST_F(CoordinatorRuntimeTest, WhoWaitsWhenItStopsIsTold) {
  partition(1).hold_replication();
  write(a, {record("x", "1")}, "first");
  calls.clear();
  runtime->stop();
  EXPECT_THAT(answers, ElementsAre("first NOT_COORDINATOR"));
  EXPECT_THAT(calls, testing::Contains("unloaded"));
  EXPECT_EQ(runtime->find(leader(1), a).error(), ErrorCode::kNotCoordinator);
}

TEST_F(CoordinatorRuntimeTest, APartitionThatGoesOfflineIsUnloaded) {
  storage.set_synced(true);
  change([&] { cluster->close(); });
  end();
  start(3);
  run();
  write(a, {record("x", "1")}, "first");
  EXPECT_THAT(answers, IsEmpty()) << "the disk has it not yet";
  calls.clear();
  storage.fail_syncs(true);
  change([&] { storage.finish_syncs(); });
  ASSERT_TRUE(partition(1).is_offline());
  EXPECT_THAT(answers, ElementsAre("first NOT_COORDINATOR"));
  EXPECT_THAT(calls, ElementsAre("unloaded"));
  EXPECT_EQ(runtime->find(leader(1), a).error(), ErrorCode::kNotCoordinator);
}

TEST_F(CoordinatorRuntimeTest, TheTopicsOwnNumberOfPartitionsCountsFromTheStartOn) {
  write(a, {record("x", "1")}, "first");
  change([&] { cluster->close(); });
  end();
  properties = {{"offsets.topic.num.partitions", "50"}};
  start(3);
  run();
  EXPECT_EQ(cluster->partition_of(InternalTopic::kOffsets, 1, a), 1);
  const auto found = runtime->find(leader(1), a);
  ASSERT_TRUE(found);
  EXPECT_THAT(static_cast<Dictionary&>((*found)->machine()).values,
              ElementsAre(std::pair("x", "1")));
  EXPECT_EQ(find_coordinator(*cluster, 1, InternalTopic::kOffsets, a)->id, leader(1));
}

TEST_F(CoordinatorRuntimeTest, ARefusedWriteChangesNothing) {
  write(a, {record("x", "1")}, "first");
  storage.fail(true);
  write(a, {record("x", "2")}, "second");
  EXPECT_THAT(answers, ElementsAre("first NONE", "second NOT_COORDINATOR"));
  storage.fail(false);
  EXPECT_THAT(values(a), ElementsAre(std::pair("x", "1")));
}

TEST_F(CoordinatorRuntimeTest, AWriteThatIsTooLargeIsAnUnknownError) {
  ASSERT_TRUE(
      cluster->set_topic_configs(*cluster->find_topic(kTopic), {{"max.message.bytes", "100"}}));
  write(a, {record("x", std::string(200, 'v'))}, "large");
  EXPECT_THAT(answers, ElementsAre("large UNKNOWN_SERVER_ERROR"));
}

TEST_F(CoordinatorRuntimeTest, AWriteWithoutATopicIsRefused) {
  change([&] {
    Shard& gone = shard(a);
    ASSERT_TRUE(cluster->remove_topic(*cluster->find_topic(kTopic)));
    gone.write({record("x", "1")},
               [&](ErrorCode error) { answers.emplace_back(wire::name_of(error)); });
  });
  EXPECT_THAT(answers, ElementsAre("COORDINATOR_NOT_AVAILABLE"));
}

TEST_F(CoordinatorRuntimeTest, LoadingMayBeHeld) {
  write(a, {record("x", "1")}, "first");
  runtime->hold_loading(true);
  change([&] { cluster->elect(partition(1), other_than(leader(1)), Partition::Tail::kKeep); });
  timers.run_due(clock.monotonic_ms());
  EXPECT_EQ(runtime->find(leader(1), a).error(), ErrorCode::kCoordinatorLoadInProgress);
  runtime->hold_loading(false);
  EXPECT_THAT(values(a), ElementsAre(std::pair("x", "1")));
}

TEST_F(CoordinatorRuntimeTest, RecordsOfATransactionComeWithTheirProducer) {
  partition(1).producers().verification_started(7, 0, -1);
  calls.clear();
  change([&] {
    shard(a).write({record("x", "1")}, {.id = 7, .epoch = 0},
                   [&](ErrorCode error) { answers.emplace_back(wire::name_of(error)); });
  });
  EXPECT_THAT(answers, ElementsAre("NONE"));
  ASSERT_EQ(partition(1)
                .append_marker({.producer_id = 7, .epoch = 0, .timestamp_ms = 1},
                               codec::ControlType::kAbort)
                .kind,
            AppendResult::Kind::kAppended);
  EXPECT_THAT(calls, ElementsAre("loaded", "x of producer 7"));
  calls.clear();
  change([&] { cluster->elect(partition(1), other_than(leader(1)), Partition::Tail::kKeep); });
  shard(a);
  EXPECT_THAT(calls, ElementsAre("unloaded", "x of producer 7", "aborted 7", "loaded"));
}

TEST_F(CoordinatorRuntimeTest, ListsWhatANodeLeads) {
  EXPECT_EQ(runtime->all().size(), 2u);
  std::size_t count = 0;
  for (const NodeId node : {1, 2, 3}) {
    for (const Shard* one : runtime->led_by(node)) {
      EXPECT_EQ(one->node(), node);
      ++count;
    }
  }
  EXPECT_EQ(count, 2u);
}

TEST(CoordinatorRecord, HasATypeAndAVersionInFront) {
  EXPECT_EQ(stored_prefix(wire::Slice::copy_of("\x01\x02rest")), 0x0102);
  EXPECT_EQ(stored_prefix(wire::Slice::copy_of("\x01")), std::nullopt);
}

}  // namespace
}  // namespace understudy::broker
