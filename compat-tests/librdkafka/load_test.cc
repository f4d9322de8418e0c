// A producer under load while its answers get lost and its connections break.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <string_view>
#include <thread>

#include "librdkafka/scenario.h"

namespace understudy::compat {
namespace {

constexpr bool kIsSanitized = !std::string_view(UNDERSTUDY_SANITIZE).empty();
constexpr int kMessages = kIsSanitized ? 50'000 : 1'000'000;
constexpr int kPartitions = 4;
constexpr std::size_t kValueSize = 100;
constexpr std::uint64_t kSeed = 20'260'729;
constexpr double kDropped = 0.02;
constexpr double kTimedOut = 0.03;
constexpr std::uint64_t kEventsBetweenDisconnects = 100;

std::string value_of(int number) {
  std::string value = std::to_string(number);
  value.resize(kValueSize, '.');
  return value;
}

TEST(Load, AMillionMessagesThroughLostAcksAndDisconnects) {
  ClusterOptions options = quiet(2);
  options.seed = kSeed;
  Cluster cluster(options);
  cluster.create_topic(kTopic, {.partitions = kPartitions});
  const auto lose = [&](double probability, std::uint64_t seed, Action action) {
    return cluster.inject({.seam = Seam::kAfterAppend,
                           .match = {.topic = kTopic},
                           .trigger = Trigger::with_probability(probability, seed),
                           .action = std::move(action)});
  };
  const Fault dropped = lose(kDropped, kSeed, Action::drop_connection());
  const Fault timed_out = lose(kTimedOut, kSeed + 1, Action::error("REQUEST_TIMED_OUT"));
  Producer producer(cluster.bootstrap(), {{"batch.num.messages", "500"},
                                          {"linger.ms", "5"},
                                          {"message.timeout.ms", "300000"},
                                          {"queue.buffering.max.messages", "100000"}});
  std::atomic<bool> is_done = false;
  int disconnects = 0;
  std::thread breaker([&] {
    for (std::uint64_t next = kEventsBetweenDisconnects; !is_done;) {
      const auto event = cluster.wait_for_event(
          [&](const Event& one) { return one.number >= next; }, std::chrono::milliseconds(100));
      if (!event) continue;
      cluster.drop_connections();
      ++disconnects;
      next += kEventsBetweenDisconnects;
    }
  });
  for (int number = 0; number < kMessages; ++number) {
    const auto error = producer.produce(kTopic, number % kPartitions, value_of(number));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      ADD_FAILURE() << "message " << number << " was not queued: " << rd_kafka_err2name(error);
      break;
    }
  }
  const bool is_reported = producer.wait_for_all();
  is_done = true;
  breaker.join();
  ASSERT_TRUE(is_reported);

  const auto events = cluster.events();
  const auto count_of = [&](Event::Kind kind) {
    return std::count_if(events.begin(), events.end(),
                         [kind](const Event& event) { return event.kind == kind; });
  };
  std::cout << kMessages << " messages" << (kIsSanitized ? " (fewer: a sanitizer is on)" : "")
            << ", seed " << kSeed << ": " << dropped.hits()
            << " answers lost with their connection, " << timed_out.hits()
            << " answered REQUEST_TIMED_OUT, " << disconnects << " times all connections closed; "
            << count_of(Event::Kind::kAppended) << " batches appended, "
            << count_of(Event::Kind::kDuplicate) << " recognised again, "
            << count_of(Event::Kind::kRefused) << " refused" << std::endl;
  EXPECT_GT(count_of(Event::Kind::kDuplicate), 0);
  EXPECT_EQ(count_of(Event::Kind::kRefused), 0);
  EXPECT_GT(disconnects, 0);
  for (int partition = 0; partition < kPartitions; ++partition) {
    expect_all_is_well(producer, cluster, kTopic, partition);
  }
}

}  // namespace
}  // namespace understudy::compat
