// Changes of topics that are interrupted: the process is killed, the disk is full, or one operation
// fails, at each operation of the storage in turn. The next start finds what there was before, or
// what there is after, and never a part of a topic.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/cluster/cluster.h"
#include "broker/log/files.h"
#include "broker/log/put_aside.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"

namespace understudy::broker {
namespace {

constexpr std::size_t kForever = SIZE_MAX;
const ConfigMap kCompacted = {{"cleanup.policy", "compact"}};

// A cluster over a storage that is its own; the same calls give the same ids.
struct World {
  void start() {
    ClusterOptions options;
    options.cluster_id = "c";
    options.nodes.push_back({.id = 1, .host = "h", .port = 1, .rack = {}});
    cluster.reset();
    timers.emplace();
    environment.emplace(LogEnvironment{
        .storage = storage, .clock = clock, .timers = *timers, .tell = [this](const auto& line) {
          told.push_back(line);
        }});
    cluster = std::make_unique<Cluster>(std::move(options), profile, random, *environment);
    failure = cluster->load();
  }
  // False: the storage refused.
  bool write(const std::string& topic, std::int32_t index) const {
    Partition* partition = cluster->find_partition(topic, index);
    return partition->append(make_batch({.producer_id = -1, .key = "k"}), {}).kind ==
           AppendResult::Kind::kAppended;
  }

  Profile profile = Profile::newest();
  ManualClock clock;
  Random random{1};
  MemoryStorage storage;
  std::vector<std::string> told;
  std::optional<Timers> timers;
  std::optional<LogEnvironment> environment;
  std::unique_ptr<Cluster> cluster;
  std::optional<std::string> failure;
};

// What clients can see of the topics.
struct SeenTopic {
  wire::Uuid id;
  ConfigMap configs;
  std::vector<std::int64_t> end_offsets;
  bool operator==(const SeenTopic&) const = default;
};
using Seen = std::map<std::string, SeenTopic>;

Seen topics_of(const World& world) {
  Seen seen;
  for (const auto& [name, topic] : world.cluster->topics()) {
    SeenTopic& one = seen[name];
    one = {.id = topic->id, .configs = topic->configs, .end_offsets = {}};
    for (const auto& partition : topic->partitions) {
      one.end_offsets.push_back(partition->log_end_offset());
    }
  }
  return seen;
}

// Every directory is that of a partition that there is, or has a name that none has.
void expect_all_owned(World& world) {
  for (const auto& entry : world.storage.list("")) {
    if (!entry.is_directory || entry.name == kMetadataDirectory) continue;
    EXPECT_FALSE(is_set_aside_directory(entry.name, kDeleteDirectorySuffix)) << entry.name;
    EXPECT_FALSE(is_set_aside_directory(entry.name, kStrayDirectorySuffix)) << entry.name;
    const auto name = partition_in_directory_name(entry.name);
    ASSERT_TRUE(name) << entry.name;
    const Partition* partition = world.cluster->find_partition(name->topic, name->partition);
    ASSERT_NE(partition, nullptr) << entry.name;
    EXPECT_EQ(topic_id_of(world.storage, entry.name), partition->key().topic_id) << entry.name;
  }
}

void expect_writable(World& world) {
  for (const auto& [name, topic] : world.cluster->topics()) {
    for (const auto& partition : topic->partitions) {
      const std::int64_t before = partition->log_end_offset();
      EXPECT_TRUE(world.write(name, partition->index()));
      EXPECT_EQ(partition->log_end_offset(), before + 1);
    }
  }
}

using Step = std::function<void(World&)>;

void add(World& world, const std::string& name, std::size_t partitions, const ConfigMap& configs) {
  static_cast<void>(
      world.cluster->add_topic(name, std::vector<std::vector<NodeId>>(partitions, {1}), configs));
}

void remove(World& world, const std::string& name) {
  Topic* topic = world.cluster->find_topic(name);
  if (topic != nullptr) static_cast<void>(world.cluster->remove_topic(*topic));
}

void add_with_records(World& world, const std::string& name) {
  add(world, name, 3, kCompacted);
  for (const std::int32_t index : {0, 2}) ASSERT_TRUE(world.write(name, index));
  ASSERT_TRUE(world.cluster->logs().write_recovery_points());
}

struct Change {
  const char* name;
  Step prepare;
  std::vector<Step> steps;  // the state after each is a whole one
};

std::vector<Change> changes() {
  const auto with_topic = [](World& world) { add_with_records(world, "t"); };
  const auto without = [](World&) {};
  const Step create = [](World& world) { add(world, "t", 3, kCompacted); };
  const Step first_records = [](World& world) {
    if (world.cluster->find_topic("t") == nullptr) return;
    static_cast<void>(world.write("t", 1));
  };
  const Step remove_it = [](World& world) { remove(world, "t"); };
  const Step create_again = [](World& world) {
    if (world.cluster->find_topic("t") == nullptr) add(world, "t", 2, {});
  };
  const Step grow = [](World& world) {
    Topic* topic = world.cluster->find_topic("t");
    if (topic != nullptr) static_cast<void>(world.cluster->add_partitions(*topic, {{1}, {1}}));
  };
  const Step configure = [](World& world) {
    Topic* topic = world.cluster->find_topic("t");
    if (topic != nullptr) {
      static_cast<void>(world.cluster->set_topic_configs(*topic, {{"retention.ms", "5"}}));
    }
  };
  return {{"create", without, {create, first_records}},
          {"delete", with_topic, {remove_it}},
          {"grow", with_topic, {grow, first_records}},
          {"configure", with_topic, {configure}},
          {"recreate", with_topic, {remove_it, create_again, first_records}}};
}

// The states between which an interrupted change may stop.
std::vector<Seen> whole_states(const Change& change) {
  World world;
  world.start();
  add_with_records(world, "kept");
  change.prepare(world);
  std::vector<Seen> states = {topics_of(world)};
  for (const Step& step : change.steps) {
    step(world);
    states.push_back(topics_of(world));
  }
  return states;
}

// False: the change was over before the storage failed.
bool interrupt(const Change& change, std::size_t first, std::size_t count, World& world) {
  world.start();
  add_with_records(world, "kept");
  change.prepare(world);
  world.storage.fail_between(first, count == kForever ? kForever : first + count);
  for (const Step& step : change.steps) step(world);
  const bool was_interrupted = world.storage.changes() > first;
  world.storage.fail(false);
  return was_interrupted;
}

TEST(InterruptedChangesTest, AKillLeavesWhatWasBeforeOrWhatIsAfter) {
  for (const Change& change : changes()) {
    const std::vector<Seen> whole = whole_states(change);
    std::size_t interrupted_count = 0;
    for (bool was_interrupted = true; was_interrupted; ++interrupted_count) {
      SCOPED_TRACE(std::string(change.name) + ", operation " + std::to_string(interrupted_count));
      World world;
      was_interrupted = interrupt(change, interrupted_count, kForever, world);
      world.start();
      ASSERT_EQ(world.failure, std::nullopt);
      EXPECT_NE(std::ranges::find(whole, topics_of(world)), whole.end());
      EXPECT_TRUE(world.told.empty()) << world.told.front();
      expect_all_owned(world);
      expect_writable(world);
    }
    EXPECT_GT(interrupted_count, 1u) << change.name;
  }
}

// The disk takes the next operation again, and the broker goes on.
TEST(InterruptedChangesTest, OneFailureLeavesThePastOrTheFutureAndARestartTheSame) {
  for (const Change& change : changes()) {
    std::size_t operation = 0;
    for (bool was_interrupted = true; was_interrupted; ++operation) {
      SCOPED_TRACE(std::string(change.name) + ", operation " + std::to_string(operation));
      World world;
      was_interrupted = interrupt(change, operation, 1, world);
      expect_writable(world);
      const Seen seen = topics_of(world);
      world.start();
      ASSERT_EQ(world.failure, std::nullopt);
      EXPECT_EQ(topics_of(world), seen);
      expect_writable(world);
    }
  }
}

// A start has work of its own: it ends what a killed process had begun.
TEST(InterruptedChangesTest, AStartThatIsKilledIsFinishedByTheNext) {
  for (std::size_t operation = 0, changes = 1; operation < changes; ++operation) {
    SCOPED_TRACE(operation);
    World world;
    world.start();
    add_with_records(world, "kept");
    add_with_records(world, "gone");
    const Seen kept = {{"kept", topics_of(world)["kept"]}};
    world.storage.fail_between(1, kForever);  // the record of the deletion is written, no more
    remove(world, "gone");
    world.storage.fail_between(operation, kForever);
    world.start();
    changes = world.storage.changes();
    world.storage.fail(false);
    world.start();
    ASSERT_EQ(world.failure, std::nullopt);
    EXPECT_EQ(topics_of(world), kept);
    expect_all_owned(world);
    add(world, "gone", 3, {});
    for (const std::int32_t index : {0, 1, 2}) {
      EXPECT_EQ(world.cluster->find_partition("gone", index)->log_end_offset(), 0);
      EXPECT_TRUE(world.write("gone", index));
    }
  }
}

TEST(InterruptedChangesTest, ATakingUpThatIsKilledIsFinishedByTheNextStart) {
  for (std::size_t operation = 0, changes = 1; operation < changes; ++operation) {
    SCOPED_TRACE(operation);
    World world;
    world.start();
    add_with_records(world, "t");
    world.cluster->close();
    ASSERT_TRUE(world.storage.remove(kMetadataDirectory));
    ASSERT_TRUE(world.storage.remove("t-2/partition.metadata"));
    world.storage.fail_between(operation, kForever);
    world.start();
    changes = world.storage.changes();
    world.storage.fail(false);
    world.start();
    ASSERT_EQ(world.failure, std::nullopt);
    const SeenTopic topic = topics_of(world).at("t");
    EXPECT_EQ(topic.end_offsets, (std::vector<std::int64_t>{1, 0, 1}));
    EXPECT_EQ(topic.configs, (ConfigMap{{"retention.bytes", "-1"}, {"retention.ms", "-1"}}));
    expect_all_owned(world);
  }
}

// Its directory takes a longer name while it is deleted, and a name has 255 bytes at most.
TEST(InterruptedChangesTest, ATopicWithTheLongestNameIsDeletedAndMadeAgain) {
  const std::string name(249, 'x');
  World world;
  world.start();
  for (int round = 0; round < 3; ++round) {
    add_with_records(world, name);
    EXPECT_EQ(world.cluster->find_partition(name, 2)->log_end_offset(), 1);
    remove(world, name);
    EXPECT_TRUE(world.storage.list(name + "-2").empty());
  }
  world.start();
  EXPECT_TRUE(world.told.empty()) << world.told.front();
  EXPECT_TRUE(topics_of(world).empty());
  expect_all_owned(world);
}

}  // namespace
}  // namespace understudy::broker
