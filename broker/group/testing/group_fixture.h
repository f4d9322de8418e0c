// The coordinators of groups over a cluster in memory, without handlers: requests may wait, nodes
// lose and get their partitions, the disk fails.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/events.h"
#include "broker/base/partition_news.h"
#include "broker/base/profile.h"
#include "broker/base/random.h"
#include "broker/base/request.h"
#include "broker/base/timers.h"
#include "broker/cluster/changes.h"
#include "broker/cluster/cluster.h"
#include "broker/group/group_coordinator.h"
#include "broker/log/testing/memory_storage.h"
#include "codec/record.h"
#include "wire/engine.h"

namespace understudy::broker {

// A request and what became of it. Its answer has been encoded and decoded in its version, so a
// test sees what a client sees.
template <class Response>
class Asked : public ReplySink {
 public:
  bool is_answered() const { return answer_.has_value(); }
  // Done, and never answered.
  bool got_nothing() const { return got_nothing_; }
  // It has to be there.
  const Response& answer() const {
    if (answer_) return *answer_;
    ADD_FAILURE() << "no answer yet";
    static const Response kNone;
    return kNone;
  }
  wire::ErrorCode error() const { return answer().error_code; }

  void respond(std::unique_ptr<Request> request, const wire::Struct& schema,
               void* response) override {
    ASSERT_EQ(&schema, &wire::schema_of<Response>);
    ASSERT_FALSE(is_answered()) << "a second answer";
    const auto& message = *static_cast<const Response*>(response);
    ASSERT_EQ(wire::unwritable(message, request->version), std::nullopt);
    std::string bytes;
    for (const wire::Slice& piece : wire::encode(message, request->version).finish()) {
      bytes += piece.view();
    }
    wire::DecodeError error;
    ASSERT_TRUE(
        wire::decode(answer_.emplace(), request->version, wire::Slice::copy_of(bytes), error))
        << error.describe();
  }
  void respond_nothing(std::unique_ptr<Request>) override { got_nothing_ = true; }
  void close(std::unique_ptr<Request>, const std::string& reason) override {
    ADD_FAILURE() << "closed: " << reason;
  }
  // Fine at the end of a test alone: the process is gone then.
  void dropped(const Request&) override { was_dropped_ = true; }
  bool was_dropped() const { return was_dropped_; }

 private:
  std::optional<Response> answer_;
  bool got_nothing_ = false;
  bool was_dropped_ = false;
};

// Empty groups without offsets are removed by that look: not while these tests run.
inline constexpr std::int64_t kNextLookAtOffsetsMs = 2'147'483'647;

struct GroupTestOptions {
  int node_count = 2;
  ConfigMap properties = {};
};

// One partition of __consumer_offsets, with a replica on every node; node 1 leads it first.
class GroupTest : public ::testing::Test {
 protected:
  explicit GroupTest(const GroupTestOptions& options = {})
      : cluster(cluster_options(options), profile, random,
                {.storage = storage, .clock = clock, .timers = timers, .news = &news}) {
    news.listen(groups);
    EXPECT_EQ(cluster.load(), std::nullopt);
    news.during([&] { find_coordinator(cluster, 1, InternalTopic::kOffsets, "any"); });
    if (leader() != 1) move_to(1);
  }

  Partition& offsets_partition() { return *cluster.find_partition("__consumer_offsets", 0); }
  NodeId leader() { return offsets_partition().leadership().leader; }
  GroupShard& shard() { return **groups.find(leader(), "any"); }

  // A new leader, which reads the log.
  void move_to(NodeId node) {
    news.during([&] { cluster.elect(offsets_partition(), node, Partition::Tail::kKeep); });
  }
  void reload() { move_to(leader() == 1 ? 2 : 1); }

  // Time goes by, and every timer runs at its own moment.
  void advance(std::int64_t ms) {
    const std::int64_t end_ms = clock.monotonic_ms() + ms;
    tick();
    while (timers.next_deadline_ms() && *timers.next_deadline_ms() <= end_ms) {
      clock.advance(*timers.next_deadline_ms() - clock.monotonic_ms());
      tick();
    }
    clock.advance(end_ms - clock.monotonic_ms());
  }
  // What is due at this moment.
  void tick() {
    news.during([&] { timers.run_due(clock.monotonic_ms()); });
  }

  struct Envelope {
    wire::Version version = 0;
    std::string client_id = "client";
    std::string host = "10.1.2.3";
  };
  template <class Message, class Response>
  Asked<Response>& ask(void (GroupShard::*handle)(Message, Reply<Response>),
                       const Envelope& envelope, std::decay_t<Message> message) {
    const auto asked = std::make_shared<Asked<Response>>();
    asked_.push_back(asked);
    auto request = std::make_unique<Request>();
    request->node = leader();
    request->version = envelope.version;
    request->client_id = envelope.client_id;
    request->session = std::make_shared<Session>();
    request->session->peer.host = envelope.host;
    news.during([&] {
      (shard().*handle)(std::move(message), Reply<Response>(*asked, std::move(request)));
    });
    return *asked;
  }

  // Of the offsets topic, oldest first.
  std::vector<CoordinatorRecord> records() {
    std::vector<CoordinatorRecord> all;
    const auto add = [&](const codec::BatchView& batch) {
      codec::RecordReader reader(batch);
      while (const codec::RecordView* const record = reader.next()) {
        all.push_back({.key = wire::Slice::copy_of(*record->key), .value = std::nullopt});
        if (record->value) all.back().value = wire::Slice::copy_of(*record->value);
      }
      return true;
    };
    offsets_partition().log().for_each_batch(0, add);
    return all;
  }

  // "joined ...", one line for each event of a group, oldest first.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const Event& event : events.stored()) {
      if (std::holds_alternative<GroupEvent>(event.what)) lines.push_back(event.describe());
    }
    return lines;
  }

  Profile profile = Profile::newest();
  ManualClock clock;
  Random random{7};
  MemoryStorage storage;
  Timers timers;
  PartitionNews news;
  Events events;
  Cluster cluster;

 private:
  // They outlive what may still owe them an answer.
  std::vector<std::shared_ptr<ReplySink>> asked_;

 protected:
  GroupCoordinator groups{
      {.profile = profile, .clock = clock, .random = random, .cluster = cluster, .events = events},
      timers};

 private:
  static ClusterOptions cluster_options(const GroupTestOptions& options) {
    ClusterOptions result;
    result.cluster_id = "abcdefghijklmnopqrstuv";
    for (NodeId id = 1; id <= options.node_count; ++id) {
      result.nodes.push_back({.id = id, .host = "host", .port = 9092, .rack = {}});
    }
    result.static_configs = {
        {"offsets.topic.num.partitions", "1"},
        {"offsets.topic.replication.factor", std::to_string(options.node_count)},
        {"offsets.retention.check.interval.ms", std::to_string(kNextLookAtOffsetsMs)},
        {"group.initial.rebalance.delay.ms", "0"}};
    for (const auto& [name, value] : options.properties) result.static_configs[name] = value;
    return result;
  }
};

}  // namespace understudy::broker
