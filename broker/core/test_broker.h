// A whole core without a socket: frames in, frames out, for tests.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/clock.h"
#include "broker/base/events.h"
#include "broker/core/broker.h"
#include "broker/core/testing/broker_inside.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"
#include "wire/messages/create_topics.h"
#include "wire/messages/fetch.h"
#include "wire/messages/produce.h"
#include "wire/request_frame.h"

namespace understudy::broker {

// Notes what leaves the core, connection by connection.
class RecordingOutbox : public Outbox {
 public:
  struct Connection {
    std::deque<std::string> frames;  // without their size prefix
    int unanswered = 0;              // respond_nothing()
    std::optional<std::string> closed;
  };

  void respond(ConnectionId connection, std::vector<wire::Slice> frame) override {
    std::string bytes;
    for (const wire::Slice& piece : frame) bytes += piece.view();
    connections[connection].frames.push_back(bytes.size() < 4 ? "" : bytes.substr(4));
  }
  void respond_nothing(ConnectionId connection) override { ++connections[connection].unanswered; }
  void close(ConnectionId connection, const std::string& reason) override {
    connections[connection].closed = reason;
  }

  std::map<ConnectionId, Connection> connections;
};

class BrokerTest : public ::testing::Test {
 protected:
  static constexpr ConnectionId kConnection = 1;

  explicit BrokerTest(int nodes = 1, std::string_view profile = "4.4", ConfigMap configs = {})
      : nodes(nodes), profile(*Profile::named(profile)), configs(std::move(configs)) {
    make_broker();
  }

  void make_broker() {
    BrokerOptions options;
    options.profile = profile;
    options.cluster.cluster_id = "test-cluster-id-000000";
    options.cluster.static_configs = configs;
    options.trace = trace;
    for (int id = 1; id <= nodes; ++id) {
      options.cluster.nodes.push_back({.id = id,
                                       .host = "localhost",
                                       .port = static_cast<std::uint16_t>(9000 + id),
                                       .rack = {}});
    }
    broker = std::make_unique<Broker>(std::move(options), clock, random, storage, outbox);
    for (int id = 1; id <= nodes; ++id) {
      broker->connected(static_cast<ConnectionId>(id), {.node = id, .host = "127.0.0.1"});
    }
  }

  Cluster& cluster() { return BrokerInside(*broker).cluster(); }
  Faults::RuleId inject(Rule rule) {
    return std::get<Faults::RuleId>(broker->controls().add_rule(std::move(rule)));
  }

  // Delivers a request; its answer, if any, is in the outbox then.
  template <class Message>
  void deliver(const Message& message, wire::Version version,
               ConnectionId connection = kConnection) {
    broker->receive(connection,
                    wire::request_frame({.correlation_id = ++correlation_id, .client_id = "tester"},
                                        message, version));
  }

  template <class Response>
  Response take(wire::Version version, ConnectionId connection = kConnection) {
    auto& frames = outbox.connections[connection].frames;
    Response response;
    if (frames.empty()) {
      ADD_FAILURE() << "no answer";
      return response;
    }
    const wire::Slice frame = wire::Slice::copy_of(frames.front());
    frames.pop_front();
    wire::DecodeError error;
    const auto answer = wire::read_answer(response, version, frame, error);
    EXPECT_TRUE(answer) << error.describe();
    EXPECT_EQ(answer ? answer->correlation_id : correlation_id, correlation_id);
    return response;
  }

  template <class Response, class Message>
  Response ask(const Message& message, wire::Version version,
               ConnectionId connection = kConnection) {
    deliver(message, version, connection);
    return take<Response>(version, connection);
  }

  bool has_answer(ConnectionId connection = kConnection) {
    return !outbox.connections[connection].frames.empty();
  }

  Topic& create_topic(const std::string& name, int partitions = 1, int replicas = 1) {
    wire::CreateTopicsRequest request;
    request.timeout_ms = 1000;
    request.topics.push_back({.name = name,
                              .num_partitions = partitions,
                              .replication_factor = static_cast<std::int16_t>(replicas)});
    const auto response = ask<wire::CreateTopicsResponse>(request, 5);
    EXPECT_EQ(response.topics.at(0).error_code, wire::ErrorCode::kNone);
    return *cluster().find_topic(name);
  }

  static wire::ProduceRequest produce_request(const std::string& topic, std::int32_t partition,
                                              const TestBatch& batch, std::int16_t acks = -1) {
    wire::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 1000;
    request.topic_data.push_back(
        {.name = topic, .partition_data = {{.index = partition, .records = make_batch(batch)}}});
    return request;
  }

  wire::produce_response::PartitionProduceResponse produce(const std::string& topic,
                                                           std::int32_t partition,
                                                           const TestBatch& batch,
                                                           ConnectionId connection = kConnection) {
    const auto response =
        ask<wire::ProduceResponse>(produce_request(topic, partition, batch), 9, connection);
    return response.responses.at(0).partition_responses.at(0);
  }

  static wire::FetchRequest fetch_request(const std::string& topic, std::int32_t partition,
                                          std::int64_t offset, std::int32_t max_wait_ms = 0) {
    wire::FetchRequest request;
    request.max_wait_ms = max_wait_ms;
    request.min_bytes = 1;
    request.max_bytes = 1 << 20;
    request.topics.push_back(
        {.topic = topic,
         .partitions = {
             {.partition = partition, .fetch_offset = offset, .partition_max_bytes = 1 << 20}}});
    return request;
  }

  wire::fetch_response::PartitionData fetch(const std::string& topic, std::int32_t partition,
                                            std::int64_t offset,
                                            ConnectionId connection = kConnection) {
    const auto response =
        ask<wire::FetchResponse>(fetch_request(topic, partition, offset), 12, connection);
    return response.responses.at(0).partitions.at(0);
  }

  const int nodes;
  const Profile profile;
  const ConfigMap configs;
  std::function<void(const std::string&)> trace;
  ManualClock clock;
  Random random{1};
  MemoryStorage storage;
  RecordingOutbox outbox;
  std::unique_ptr<Broker> broker;
  std::int32_t correlation_id = 0;
};

}  // namespace understudy::broker
