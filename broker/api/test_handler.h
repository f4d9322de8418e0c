// Handlers without a socket: a cluster in memory, and a sink that keeps the one answer. The answer
// has been encoded and decoded in the request's version, so a test sees what a client sees.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/api/context.h"
#include "broker/api/node_state.h"
#include "broker/api/table.h"
#include "broker/faults/parked.h"
#include "broker/group/group_coordinator.h"
#include "broker/log/testing/memory_storage.h"
#include "wire/engine.h"

namespace understudy::broker {

template <class Response>
class KeepingSink : public ReplySink {
 public:
  void respond(std::unique_ptr<Request> request, const wire::Struct& schema,
               void* response) override {
    ASSERT_EQ(&schema, &wire::schema_of<Response>);
    ASSERT_FALSE(kept.has_value());
    const auto& message = *static_cast<const Response*>(response);
    ASSERT_EQ(wire::unwritable(message, request->version), std::nullopt);
    std::string bytes;
    for (const wire::Slice& piece : wire::encode(message, request->version).finish()) {
      bytes += piece.view();
    }
    wire::DecodeError error;
    ASSERT_TRUE(wire::decode(kept.emplace(), request->version, wire::Slice::copy_of(bytes), error))
        << error.describe();
  }
  void respond_nothing(std::unique_ptr<Request>) override { ADD_FAILURE() << "no answer"; }
  void close(std::unique_ptr<Request>, const std::string& reason) override {
    ADD_FAILURE() << "closed: " << reason;
  }
  void dropped(const Request&) override { ADD_FAILURE() << "dropped unanswered"; }

  std::optional<Response> kept;
};

struct HandlerTestOptions {
  int node_count = 1;
  std::string_view profile = "4.4";
  ConfigMap properties = {};
  std::vector<std::string> racks = {};  // of the first nodes
};

class HandlerTest : public ::testing::Test {
 protected:
  explicit HandlerTest(HandlerTestOptions options = {})
      : profile(*Profile::named(options.profile)),
        apis(profile),
        cluster(cluster_options(options), profile, random,
                {.storage = storage, .clock = clock, .timers = timers, .news = &news}) {
    news.listen(purgatory);
    news.listen(groups);
  }

  // Runs a handler as node `node` for a request of `version`.
  template <class Message, class Response>
  Response call(void (*handler)(Context&, Message, Reply<Response>), wire::Version version,
                Message message, NodeId node = 1) {
    auto request = std::make_unique<Request>();
    request->node = node;
    request->version = version;
    KeepingSink<Response> sink;
    news.during(
        [&] { handler(context, std::move(message), Reply<Response>(sink, std::move(request))); });
    if (sink.kept) return std::move(*sink.kept);
    ADD_FAILURE() << "the handler has not answered";
    return {};
  }

  Topic& add_topic(const std::string& name, std::size_t partition_count = 1,
                   std::size_t replication_factor = 1, ConfigMap configs = {}) {
    return *cluster.add_topic(name, cluster.place_replicas(partition_count, replication_factor),
                              std::move(configs));
  }

  Profile profile;
  ServedApis apis;
  ManualClock clock;
  Random random{7};
  MemoryStorage storage;
  Timers timers;
  PartitionNews news;
  Purgatory purgatory{timers};
  Cluster cluster;
  Faults faults;
  Parked parked{faults, clock, timers};
  Events events;
  NodeStates nodes{1000, random};
  GroupCoordinator groups{
      {.profile = profile, .clock = clock, .random = random, .cluster = cluster, .events = events},
      timers};
  Context context{profile, apis,   clock,  random, timers, purgatory,
                  cluster, faults, parked, events, nodes,  groups};

 private:
  static ClusterOptions cluster_options(const HandlerTestOptions& options) {
    ClusterOptions result;
    result.cluster_id = "abcdefghijklmnopqrstuv";
    for (std::size_t id = 1; id <= static_cast<std::size_t>(options.node_count); ++id) {
      const bool has_rack = id <= options.racks.size();
      result.nodes.push_back(
          {.id = static_cast<NodeId>(id),
           .host = "host-" + std::to_string(id),
           .port = static_cast<std::uint16_t>(9000 + id),
           .rack = has_rack ? std::optional(options.racks[id - 1]) : std::nullopt});
    }
    result.static_configs = options.properties;
    return result;
  }
};

class ThreeNodesTest : public HandlerTest {
 protected:
  ThreeNodesTest() : HandlerTest({.node_count = 3}) {}
};

// The element with this name, which has to be there.
template <class Elements>
const auto& named(const Elements& elements, std::string_view name) {
  const auto found = std::find_if(elements.begin(), elements.end(),
                                  [&](const auto& element) { return element.name == name; });
  if (found == elements.end()) {
    ADD_FAILURE() << "nothing is named " << name;
    static const typename Elements::value_type kNothing;
    return kNothing;
  }
  return *found;
}

// Waits under one key and counts its completions.
class Waiter : public DelayedOperation {
 public:
  explicit Waiter(int& completed) : completed_(completed) {}
  bool is_ready() override { return true; }
  void complete() override { ++completed_; }

 private:
  int& completed_;
};

}  // namespace understudy::broker
