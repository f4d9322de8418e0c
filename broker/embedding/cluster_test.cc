#include "understudy/cluster.h"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace understudy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

// An idempotent librdkafka producer whose deliveries are collected.
class Producer {
 public:
  explicit Producer(const std::string& bootstrap,
                    const std::vector<std::pair<std::string, std::string>>& settings = {}) {
    char why[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    const auto set = [&](const std::string& name, const std::string& value) {
      EXPECT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why),
                RD_KAFKA_CONF_OK)
          << why;
    };
    set("bootstrap.servers", bootstrap);
    set("enable.idempotence", "true");
    set("client.id", "tester");
    set("linger.ms", "0");
    set("retry.backoff.ms", "1");
    set("reconnect.backoff.ms", "1");
    set("log_level", "0");
    for (const auto& [name, value] : settings) set(name, value);
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(
        conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
          static_cast<Producer*>(self)->delivered_.emplace_back(message->err, message->offset);
        });
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    EXPECT_NE(client_, nullptr) << why;
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_destroy(client_);
  }

  void send(const std::string& topic, const std::string& value, std::int32_t partition = 0) {
    EXPECT_EQ(rd_kafka_producev(client_, RD_KAFKA_V_TOPIC(topic.c_str()),
                                RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY("key", 3),
                                RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
              RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  bool flush() { return rd_kafka_flush(client_, 20'000) == RD_KAFKA_RESP_ERR_NO_ERROR; }
  // Error and offset of each delivery, in order.
  const std::vector<std::pair<rd_kafka_resp_err_t, std::int64_t>>& delivered() const {
    return delivered_;
  }

 private:
  rd_kafka_t* client_;
  std::vector<std::pair<rd_kafka_resp_err_t, std::int64_t>> delivered_;
};

std::vector<std::string> values(const Cluster& cluster, const std::string& topic,
                                std::int32_t partition = 0) {
  std::vector<std::string> texts;
  for (const Record& record : cluster.records(topic, partition)) {
    texts.push_back(record.value.value_or("(null)"));
  }
  return texts;
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no error)";
}

std::int64_t only_producer(const Cluster& cluster, const std::string& topic) {
  const auto producers = cluster.producers(topic, 0);
  EXPECT_EQ(producers.size(), 1u);
  return producers.empty() ? -1 : producers.front().producer_id;
}

TEST(Cluster, StartsOnAFreePortForEachNode) {
  const Cluster one;
  EXPECT_THAT(one.bootstrap(), testing::MatchesRegex("127\\.0\\.0\\.1:[0-9]+"));
  const Cluster three({.nodes = 3});
  EXPECT_THAT(three.bootstrap(), testing::MatchesRegex("(127\\.0\\.0\\.1:[0-9]+,?){3}"));
}

TEST(Cluster, RefusesWrongOptions) {
  EXPECT_THAT(error_of([] { Cluster({.nodes = 0}); }), HasSubstr("1 to 1000 nodes"));
  EXPECT_THAT(error_of([] { Cluster({.profile = "1.0"}); }), HasSubstr("'1.0' is not known"));
  EXPECT_THAT(error_of([] { Cluster({.overrides = {{"num.partitons", "1"}}}); }),
              HasSubstr("'num.partitons' is not a broker property"));
  EXPECT_THAT(error_of([] { Cluster({.overrides = {{"num.partitions", "x"}}}); }),
              HasSubstr("num.partitions"));
  EXPECT_THAT(error_of([] { Cluster({.host = "no-such-host.invalid"}); }),
              HasSubstr("unknown host"));
  EXPECT_THAT(error_of([] { Cluster({.log_level = "loud"}); }), HasSubstr("log level 'loud'"));
}

TEST(Cluster, MakesAndDeletesTopics) {
  Cluster cluster({.nodes = 3});
  cluster.create_topic("orders", {.partitions = 5, .replication_factor = 3});
  EXPECT_EQ(cluster.partition_count("orders"), 5);
  try {
    cluster.create_topic("orders");
    ADD_FAILURE() << "the topic was made twice";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), 36);  // TOPIC_ALREADY_EXISTS
    EXPECT_THAT(error.what(), HasSubstr("orders"));
  }
  cluster.delete_topic("orders");
  EXPECT_THAT(error_of([&] { cluster.partition_count("orders"); }), "there is no topic 'orders'");
  EXPECT_THAT(error_of([&] { cluster.create_topic("wide", {.replication_factor = 4}); }),
              HasSubstr("topic 'wide'"));
  EXPECT_THAT(error_of([&] { cluster.create_topic("odd", {.configs = {{"retention.ms", "x"}}}); }),
              HasSubstr("retention.ms"));
}

TEST(Cluster, ShowsRecordsProducersAndEvents) {
  Cluster cluster;
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap(), {{"compression.type", "lz4"}});
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  producer.send("orders", "b");
  ASSERT_TRUE(producer.flush());

  EXPECT_EQ(cluster.log_start_offset("orders", 0), 0);
  EXPECT_EQ(cluster.log_end_offset("orders", 0), 2);
  EXPECT_EQ(cluster.high_watermark("orders", 0), 2);
  const std::vector<Record> records = cluster.records("orders", 0);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].offset, 1);
  EXPECT_EQ(records[1].key, "key");
  EXPECT_EQ(records[1].value, "b");
  EXPECT_EQ(records[1].sequence, 1);
  EXPECT_EQ(records[1].producer_epoch, 0);

  const std::vector<ProducerState> producers = cluster.producers("orders", 0);
  ASSERT_EQ(producers.size(), 1u);
  EXPECT_EQ(producers[0].producer_id, records[1].producer_id);
  EXPECT_EQ(producers[0].last_sequence, 1);
  ASSERT_EQ(producers[0].batches.size(), 2u);
  EXPECT_EQ(producers[0].batches[1].first_sequence, 1);
  EXPECT_EQ(producers[0].batches[1].first_offset, 1);

  const std::vector<Event> events = cluster.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].kind, Event::Kind::kTopicCreated);
  EXPECT_EQ(events[0].topic, "orders");
  EXPECT_EQ(events[2].kind, Event::Kind::kAppended);
  EXPECT_EQ(events[2].client_id, "tester");
  EXPECT_EQ(events[2].topic, "orders");
  EXPECT_EQ(events[2].base_offset, 1);
  EXPECT_EQ(events[2].error_name, "NONE");
  EXPECT_THAT(events[2].description, HasSubstr("orders-0: appended 1 records at offset 1"));
}

TEST(Cluster, ALostAckLeavesOneCopy) {
  Cluster cluster({.log_level = "off"});
  cluster.create_topic("orders");
  Fault fault = cluster.inject({.seam = Seam::kAfterAppend,
                                .match = {.api = "Produce", .topic = "orders", .partition = 0},
                                .action = Action::drop_connection()});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(fault.hits(), 1u);
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("a"));
  const auto duplicate = cluster.wait_for_event(
      [](const Event& event) { return event.kind == Event::Kind::kDuplicate; });
  ASSERT_TRUE(duplicate);
  EXPECT_EQ(duplicate->base_offset, 0);
}

TEST(Cluster, AnErrorIsAnsweredBeforeTheAppend) {
  Cluster cluster;
  cluster.create_topic("orders");
  Fault fault = cluster.inject({.seam = Seam::kBeforeAppend,
                                .match = {.topic = "orders"},
                                .trigger = Trigger::times(2),
                                .action = Action::error("NOT_LEADER_OR_FOLLOWER")});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(fault.hits(), 2u);
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("a"));
}

TEST(Cluster, HoldsARequestUntilItIsReleased) {
  Cluster cluster;
  cluster.create_topic("orders");
  Fault fault = cluster.inject(
      {.seam = Seam::kBeforeAppend, .match = {.topic = "orders"}, .action = Action::hold()});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(fault.wait_for_hits(1));
  EXPECT_EQ(cluster.log_end_offset("orders", 0), 0);
  // Somebody waits while the release happens.
  auto appended = std::async(std::launch::async, [&] {
    return cluster.wait_for_event(
        [](const Event& event) { return event.kind == Event::Kind::kAppended; });
  });
  fault.release();
  EXPECT_TRUE(appended.get());
  ASSERT_TRUE(producer.flush());
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("a"));
}

TEST(Cluster, DelaysByItsOwnClock) {
  Cluster cluster(
      {.overrides = {{"connections.max.idle.ms", "-1"}}, .clock = ClockMotion::kFrozen});
  cluster.create_topic("orders");
  Fault fault = cluster.inject({.seam = Seam::kResponse,
                                .match = {.api = 0},
                                .action = Action::delay(std::chrono::hours(1))});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(fault.wait_for_hits(1));
  cluster.advance_clock(std::chrono::hours(1));
  ASSERT_TRUE(producer.flush());
  // The first answer came, late: nothing was sent twice.
  std::vector<Event::Kind> kinds;
  for (const Event& event : cluster.events()) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, ElementsAre(Event::Kind::kTopicCreated, Event::Kind::kAppended));
}

TEST(Cluster, CutsAndDropsResponses) {
  Cluster cluster({.log_level = "off"});
  cluster.create_topic("orders");
  Fault cut = cluster.inject(
      {.seam = Seam::kResponse, .match = {.api = "Produce"}, .action = Action::cut_response(6)});
  Producer producer(cluster.bootstrap(), {{"socket.timeout.ms", "1000"}});
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  Fault drop = cluster.inject(
      {.seam = Seam::kResponse, .match = {.api = "Produce"}, .action = Action::drop_response()});
  producer.send("orders", "b");
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(cut.hits(), 1u);
  EXPECT_EQ(drop.hits(), 1u);
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("a", "b"));
}

TEST(Cluster, RemovedFaultsStrikeNoMore) {
  Cluster cluster;
  cluster.create_topic("orders");
  Fault fault = cluster.inject(
      {.seam = Seam::kBeforeAppend, .trigger = Trigger::every_time(), .action = Action::error(6)});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(fault.wait_for_hits(3));
  fault.remove();
  ASSERT_TRUE(producer.flush());
  const std::uint64_t hits = fault.hits();
  producer.send("orders", "b");
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(fault.hits(), hits);
}

TEST(Cluster, RefusesRulesThatCannotStrike) {
  Cluster cluster;
  EXPECT_THAT(
      error_of([&] { cluster.inject({.match = {.api = "Prodúce"}, .action = Action::hold()}); }),
      HasSubstr("is not the name of a Kafka API"));
  EXPECT_THAT(error_of([&] { cluster.inject({.action = Action::error("NO_SUCH_ERROR")}); }),
              HasSubstr("is not the name of a Kafka error"));
  EXPECT_THAT(error_of([&] { cluster.inject({.action = Action::error(0)}); }),
              HasSubstr("error code"));
  EXPECT_THAT(
      error_of([&] {
        cluster.inject({.trigger = Trigger::with_probability(2, 1), .action = Action::hold()});
      }),
      HasSubstr("between 0 and 1"));
  EXPECT_THAT(
      error_of([&] {
        cluster.inject({.seam = Seam::kRequest, .match = {.topic = "t"}, .action = Action::hold()});
      }),
      HasSubstr("before a request is parsed"));
  EXPECT_THAT(error_of([&] { cluster.inject({.action = Action::show_partitions("t", 1)}); }),
              HasSubstr("match that API"));
}

TEST(Cluster, WaitingEndsWhenTheTimeIsOver) {
  Cluster cluster;
  Fault fault = cluster.inject({.action = Action::hold()});
  EXPECT_FALSE(fault.wait_for_hits(1, milliseconds(1)));
  EXPECT_EQ(cluster.wait_for_event([](const Event&) { return true; }, milliseconds(1)),
            std::nullopt);
}

TEST(Cluster, MovesLeadersAndLosesTheTail) {
  Cluster cluster({.nodes = 3});
  cluster.create_topic("orders", {.partitions = 1, .replication_factor = 3});
  Producer producer(cluster.bootstrap(), {{"acks", "all"}});
  producer.send("orders", "kept");
  ASSERT_TRUE(producer.flush());

  cluster.hold_replication("orders", 0);
  producer.send("orders", "above the high watermark");
  ASSERT_TRUE(cluster.wait_for_event([](const Event& event) { return event.base_offset == 1; }));
  EXPECT_EQ(cluster.log_end_offset("orders", 0), 2);
  EXPECT_EQ(cluster.high_watermark("orders", 0), 1);
  EXPECT_TRUE(producer.delivered().size() == 1u) << "acks = all waits";

  const std::int32_t before = cluster.leader("orders", 0);
  const std::int32_t epoch = cluster.leader_epoch("orders", 0);
  const std::int32_t after = before % 3 + 1;
  cluster.move_leader("orders", 0, after, Tail::kLose);
  EXPECT_EQ(cluster.leader("orders", 0), after);
  EXPECT_EQ(cluster.leader_epoch("orders", 0), epoch + 1);
  cluster.release_replication("orders", 0);
  // The client finds the new leader and sends again what was cut.
  ASSERT_TRUE(producer.flush());
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("kept", "above the high watermark"));
  EXPECT_THAT(error_of([&] { cluster.move_leader("orders", 0, 9, Tail::kKeep); }),
              "there is no node 9");
}

TEST(Cluster, ReplicationThatIsReleasedAnswersAcksAll) {
  Cluster cluster({.nodes = 3});
  cluster.create_topic("orders", {.partitions = 1, .replication_factor = 3});
  cluster.hold_replication("orders", 0);
  Producer producer(cluster.bootstrap(), {{"acks", "all"}});
  producer.send("orders", "a");
  ASSERT_TRUE(cluster.wait_for_event([](const Event& event) { return event.base_offset == 0; }));
  EXPECT_EQ(cluster.high_watermark("orders", 0), 0);
  cluster.release_replication("orders", 0);
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(cluster.high_watermark("orders", 0), 1);
}

// F19 and F20: sequences near the wrap, epochs near their end.
TEST(Cluster, EditsProducerState) {
  constexpr std::int32_t kLast = std::numeric_limits<std::int32_t>::max();
  Cluster cluster;
  cluster.create_topic("orders");
  cluster.set_next_sequence("orders", 0, 77, kLast);
  cluster.set_producer_epoch("orders", 0, 78, 32767);
  const auto producers = cluster.producers("orders", 0);
  ASSERT_EQ(producers.size(), 2u);
  EXPECT_EQ(producers[0].producer_id, 77);
  EXPECT_EQ(producers[0].last_sequence, kLast - 1);
  EXPECT_EQ(producers[1].producer_id, 78);
  EXPECT_EQ(producers[1].producer_epoch, 32767);
  cluster.forget_producer("orders", 0, 77);
  cluster.forget_producer("orders", 0, 78);
  EXPECT_TRUE(cluster.producers("orders", 0).empty());
}

TEST(Cluster, AnEditedSequenceRefusesTheNextBatch) {
  Cluster cluster;
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  cluster.set_next_sequence("orders", 0, only_producer(cluster, "orders"), 158);
  producer.send("orders", "b");
  const auto refused = cluster.wait_for_event(
      [](const Event& event) { return event.kind == Event::Kind::kRefused; });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error_name, "OUT_OF_ORDER_SEQUENCE_NUMBER");
  EXPECT_EQ(refused->error_code, 45);
  EXPECT_EQ(refused->base_sequence, 1);
  EXPECT_THAT(refused->reason, HasSubstr("158"));
}

TEST(Cluster, TimeExpiresProducers) {
  Cluster cluster({.overrides = {{"connections.max.idle.ms", "-1"}}});
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  EXPECT_EQ(cluster.producers("orders", 0).size(), 1u);
  const std::int64_t before_ms = cluster.now_ms();
  cluster.advance_clock(std::chrono::hours(48));
  EXPECT_GE(cluster.now_ms(), before_ms + 48 * 3'600'000);
  EXPECT_TRUE(cluster.producers("orders", 0).empty());
}

TEST(Cluster, TheMachinesClockMayBeSetWithoutTimeGoingBy) {
  Cluster cluster({.overrides = {{"log.message.timestamp.type", "LogAppendTime"}},
                   .clock = ClockMotion::kFrozen});
  cluster.create_topic("orders");
  const std::int64_t before_ms = cluster.now_ms();
  Producer producer(cluster.bootstrap());
  for (const auto shift : {std::chrono::hours(-30), std::chrono::hours(60)}) {
    cluster.shift_wall_clock(shift);
    producer.send("orders", "a");
    ASSERT_TRUE(producer.flush());
  }
  EXPECT_GT(cluster.connection_count(), 0u) << "none was idle for long";
  const auto records = cluster.records("orders", 0);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].timestamp_ms, before_ms - 30 * 3'600'000);
  EXPECT_EQ(records[1].timestamp_ms, before_ms + 30 * 3'600'000);
}

TEST(Cluster, IdleConnectionsEndWithTheTime) {
  Cluster cluster;
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  EXPECT_GT(cluster.connection_count(), 0u);
  cluster.advance_clock(milliseconds(600'000));
  EXPECT_EQ(cluster.connection_count(), 0u);
  producer.send("orders", "b");
  ASSERT_TRUE(producer.flush()) << "the client connects again";
}

TEST(Cluster, HidesPartitionsFromMetadata) {
  Cluster cluster;
  cluster.create_topic("orders", {.partitions = 2});
  Fault fault = cluster.inject({.match = {.api = "Metadata"},
                                .trigger = Trigger::times(2),
                                .action = Action::show_partitions("orders", 0)});
  Producer producer(cluster.bootstrap(), {{"topic.metadata.refresh.fast.interval.ms", "1"}});
  producer.send("orders", "a", 1);
  ASSERT_TRUE(fault.wait_for_hits(2));
  ASSERT_TRUE(producer.flush());
  EXPECT_THAT(values(cluster, "orders", 1), ElementsAre("a"));
}

// A librdkafka consumer that reads in a group.
class Consumer {
 public:
  Consumer(const std::string& bootstrap, const std::string& group, const std::string& topic) {
    char why[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    const std::vector<std::pair<std::string, std::string>> settings = {
        {"bootstrap.servers", bootstrap}, {"group.id", group},
        {"client.id", "reader"},          {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"},  {"heartbeat.interval.ms", "50"},
        {"session.timeout.ms", "6000"},   {"log_level", "0"}};
    for (const auto& [name, value] : settings) {
      EXPECT_EQ(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why),
                RD_KAFKA_CONF_OK)
          << why;
    }
    client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    EXPECT_NE(client_, nullptr) << why;
    rd_kafka_poll_set_consumer(client_);
    rd_kafka_topic_partition_list_t* topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic.c_str(), RD_KAFKA_PARTITION_UA);
    EXPECT_EQ(rd_kafka_subscribe(client_, topics), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(topics);
  }
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  ~Consumer() { rd_kafka_destroy(client_); }

  // The next value, once there is one; its offset is committed.
  std::string read() {
    for (;;) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 10'000);
      if (message == nullptr) return "(nothing)";
      const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
      const std::string value(static_cast<const char*>(message->payload),
                              is_record ? message->len : 0);
      if (is_record) {
        EXPECT_EQ(rd_kafka_commit_message(client_, message, 0), RD_KAFKA_RESP_ERR_NO_ERROR);
      }
      rd_kafka_message_destroy(message);
      if (is_record) return value;
    }
  }
  // Goes on with what the group says, until it is over.
  void poll_until(const std::function<bool()>& is_over) {
    while (!is_over()) {
      rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 10);
      if (message != nullptr) rd_kafka_message_destroy(message);
    }
  }

 private:
  rd_kafka_t* client_;
};

TEST(Cluster, ShowsGroupsAndChangesThem) {
  Cluster cluster({.overrides = {{"group.initial.rebalance.delay.ms", "0"}}});
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap());
  for (const char* value : {"a", "b", "c"}) producer.send("orders", value);
  ASSERT_TRUE(producer.flush());
  Consumer consumer(cluster.bootstrap(), "billing", "orders");
  EXPECT_EQ(consumer.read(), "a");
  EXPECT_TRUE(cluster.wait_for_group("billing", "Stable"));
  ASSERT_EQ(cluster.groups().size(), 1u);
  EXPECT_EQ(cluster.groups()[0].id, "billing");
  EXPECT_EQ(cluster.groups()[0].type, "classic");
  const GroupState group = cluster.group("billing");
  ASSERT_EQ(group.members.size(), 1u);
  EXPECT_EQ(group.members[0].client_id, "reader");
  EXPECT_EQ(group.members[0].partitions,
            (std::map<std::string, std::vector<std::int32_t>>{{"orders", {0}}}));
  EXPECT_EQ(group.leader, group.members[0].member_id);
  ASSERT_EQ(group.offsets.size(), 1u);
  EXPECT_EQ(group.offsets[0].offset, 1);
  EXPECT_EQ(group.offsets[0].lag, 2);

  const std::int32_t generation = group.generation;
  cluster.rebalance("billing");
  consumer.poll_until([&] {
    const GroupState now = cluster.group("billing");
    return now.generation > generation && now.summary.state == "Stable";
  });
  cluster.evict("billing", group.members[0].member_id);
  EXPECT_TRUE(cluster.wait_for_group("billing", "Empty"));
  cluster.set_offsets("billing", {{.topic = "orders", .partition = 0, .offset = 2}});
  EXPECT_EQ(cluster.group("billing").offsets.at(0).offset, 2);
  EXPECT_EQ(error_of([&] { cluster.group("missing"); }), "there is no group 'missing'");
  EXPECT_FALSE(cluster.wait_for_group("missing", "Stable", milliseconds(0)));
}

TEST(Cluster, AFaultMayBeMeantForOneGroup) {
  Cluster cluster({.overrides = {{"group.initial.rebalance.delay.ms", "0"}}});
  cluster.create_topic("orders");
  Fault fault = cluster.inject({.seam = Seam::kRequest,
                                .match = {.api = "JoinGroup", .group = "billing"},
                                .action = Action::error("COORDINATOR_NOT_AVAILABLE")});
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  Consumer other(cluster.bootstrap(), "shipping", "orders");
  EXPECT_EQ(other.read(), "a");
  EXPECT_EQ(fault.hits(), 0u);
  Consumer consumer(cluster.bootstrap(), "billing", "orders");
  EXPECT_EQ(consumer.read(), "a");
  EXPECT_EQ(fault.hits(), 1u);
}

TEST(Cluster, DropsConnections) {
  Cluster cluster;
  cluster.create_topic("orders");
  Producer producer(cluster.bootstrap());
  producer.send("orders", "a");
  ASSERT_TRUE(producer.flush());
  cluster.drop_connections();
  producer.send("orders", "b");
  ASSERT_TRUE(producer.flush());
  EXPECT_THAT(values(cluster, "orders"), ElementsAre("a", "b"));
}

TEST(Cluster, TheSameSeedDrawsTheSame) {
  Cluster one({.nodes = 3, .seed = 7});
  Cluster other({.nodes = 3, .seed = 7});
  EXPECT_EQ(one.seed(), 7u);
  for (Cluster* cluster : {&one, &other}) cluster->create_topic("orders", {.partitions = 9});
  for (std::int32_t i = 0; i < 9; ++i)
    EXPECT_EQ(one.leader("orders", i), other.leader("orders", i));
}

TEST(Cluster, ThrowsOnceItIsStopped) {
  Cluster cluster;
  Fault fault = cluster.inject({.action = Action::hold()});
  auto waiting =
      std::async(std::launch::async, [&] { return error_of([&] { fault.wait_for_hits(1); }); });
  cluster.stop();
  EXPECT_EQ(waiting.get(), "the cluster is stopped");
  cluster.stop();
  EXPECT_EQ(error_of([&] { cluster.create_topic("late"); }), "the cluster is stopped");
  EXPECT_EQ(error_of([&] { fault.release(); }), "the cluster is stopped");
}

TEST(Cluster, AFaultMayOutliveItsCluster) {
  auto cluster = std::make_unique<Cluster>();
  Fault fault = cluster->inject({.action = Action::hold()});
  cluster.reset();
  EXPECT_EQ(error_of([&] { fault.remove(); }), "the cluster of this fault is gone");
}

TEST(Cluster, ManyMayRunAtOnce) {
  std::vector<std::unique_ptr<Cluster>> clusters;
  for (int i = 0; i < 10; ++i) clusters.push_back(std::make_unique<Cluster>());
  for (const auto& cluster : clusters) {
    cluster->create_topic("orders");
    Producer producer(cluster->bootstrap());
    producer.send("orders", "a");
    ASSERT_TRUE(producer.flush());
    EXPECT_THAT(values(*cluster, "orders"), ElementsAre("a"));
  }
}

// Several threads serve the connections, and one after another enters the core: what happens to all
// of them at once happens between two requests.
TEST(Cluster, RestartsUnderLoadKeepEachRecordOnceAndInOrder) {
  constexpr std::int32_t kProducers = 3;
  constexpr int kRecords = 400;
  Cluster cluster({.nodes = 2, .log_level = "off"});
  cluster.create_topic("orders", {.partitions = kProducers, .replication_factor = 2});
  std::vector<std::future<bool>> done;
  for (std::int32_t partition = 0; partition < kProducers; ++partition) {
    done.push_back(std::async(std::launch::async, [&cluster, partition] {
      Producer producer(cluster.bootstrap());
      for (int i = 0; i < kRecords; ++i) {
        producer.send("orders", std::to_string(i), partition);
        if (i % 50 == 49 && !producer.flush()) return false;
      }
      return true;
    }));
  }
  for (std::int64_t records = 100; records < kRecords; records += 100) {
    const auto reached = [&](const Event& event) { return event.base_offset >= records; };
    ASSERT_TRUE(cluster.wait_for_event(reached));
    if (records == 200) {
      cluster.restart_clean();
    } else {
      cluster.crash(Crash::keep_everything());
    }
    cluster.drop_connections();
  }
  for (auto& producer : done) EXPECT_TRUE(producer.get());
  for (std::int32_t partition = 0; partition < kProducers; ++partition) {
    const std::vector<std::string> kept = values(cluster, "orders", partition);
    ASSERT_EQ(kept.size(), static_cast<std::size_t>(kRecords));
    for (int i = 0; i < kRecords; ++i) {
      ASSERT_EQ(kept[static_cast<std::size_t>(i)], std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace understudy
