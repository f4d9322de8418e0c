// A cluster over a storage in memory: it is stopped, or killed, and read again.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {

class StoredClusterTest : public ::testing::Test {
 protected:
  StoredClusterTest() { start(); }

  void start(int nodes = 1) {
    ClusterOptions options;
    options.static_configs = properties;
    options.cluster_id = "cluster-" + std::to_string(++starts);
    for (int id = 1; id <= nodes; ++id) {
      options.nodes.push_back({.id = id, .host = "h", .port = 1, .rack = {}});
    }
    cluster.reset();
    cluster = std::make_unique<Cluster>(std::move(options), profile, random, environment);
    failure = cluster->load();
  }
  void stop_and_start() {
    cluster->close();
    start();
    ASSERT_EQ(failure, std::nullopt);
  }
  void kill_and_start() {
    start();
    ASSERT_EQ(failure, std::nullopt);
  }

  void add_compacted_topic(const std::vector<NodeId>& replicas = {1}) {
    ASSERT_NE(cluster->add_topic("t", {replicas},
                                 {{"cleanup.policy", "compact"},
                                  {"internal.segment.bytes", "400"},
                                  {"min.cleanable.dirty.ratio", "0.01"}}),
              nullptr);
  }
  void write(const std::string& topic, std::int32_t index, std::int32_t sequence,
             std::int64_t producer_id = 7, const std::string& key = "k") {
    const auto result = cluster->find_partition(topic, index)
                            ->append(make_batch({.producer_id = producer_id,
                                                 .epoch = 0,
                                                 .first_sequence = sequence,
                                                 .key = key}),
                                     {});
    ASSERT_EQ(result.kind, AppendResult::Kind::kAppended) << result.reason;
  }
  // To the end: a step sets a timer for the next. The number of steps.
  int compact() {
    return compact([] {});
  }
  template <class BetweenSteps>
  int compact(const BetweenSteps& between_steps) {
    cluster->logs().compact();
    int steps = 1;
    for (; cluster->logs().is_compacting(); ++steps) {
      between_steps();
      clock.advance(1);
      timers.run_due(clock.monotonic_ms());
    }
    return steps;
  }
  void damage(const std::string& path, std::size_t at) {
    std::string bytes = storage.load(path).value();
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    ASSERT_TRUE(storage.replace(path, bytes));
  }

  Profile profile = Profile::newest();
  ConfigMap properties;  // of the starts that follow
  ManualClock clock;
  Random random{1};
  MemoryStorage storage;
  Timers timers;
  std::vector<std::string> told;
  LogEnvironment environment{.storage = storage,
                             .clock = clock,
                             .timers = timers,
                             .tell = [this](const std::string& line) { told.push_back(line); }};
  std::unique_ptr<Cluster> cluster;
  std::optional<std::string> failure;
  int starts = 0;
};

}  // namespace understudy::broker
