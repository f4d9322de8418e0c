// The machine's clock is set, or the machine sleeps, while the broker runs: what goes by that
// clock, and what by the time that has really passed.

#include <gtest/gtest.h>

#include "broker/core/request_clock.h"
#include "broker/core/test_broker.h"

namespace understudy::broker {
namespace {

using wire::ErrorCode;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

class Clocks : public BrokerTest {
 protected:
  void shift_wall(std::int64_t ms) { clock.set_wall(clock.wall_ms() + ms); }
  // Time goes by, and what is due is done.
  void wait(std::int64_t ms) {
    clock.advance(ms);
    broker->advance();
  }
  void create(const std::string& name, std::vector<std::pair<std::string, std::string>> configs) {
    wire::CreateTopicsRequest request;
    request.timeout_ms = 1000;
    request.topics.push_back({.name = name, .num_partitions = 1, .replication_factor = 1});
    for (const auto& [key, value] : configs) {
      request.topics[0].configs.push_back({.name = key, .value = value});
    }
    const auto response = ask<wire::CreateTopicsResponse>(request, 5);
    ASSERT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
  }
  auto produce_stamped(const std::string& topic, std::int64_t timestamp_ms) {
    return produce(topic, 0, {.timestamp_ms = timestamp_ms});
  }
  std::int64_t start_of(const std::string& topic) {
    return cluster().find_topic(topic)->partition(0)->log_start_offset();
  }
};

TEST_F(Clocks, LogAppendTimeIsWhatTheMachinesClockShows) {
  create("t", {{"message.timestamp.type", "LogAppendTime"}});
  std::int64_t offset = 0;
  for (const std::int64_t shift_ms : {std::int64_t{0}, 10 * kHourMs, -11 * kHourMs, -kDayMs}) {
    shift_wall(shift_ms);
    EXPECT_EQ(produce_stamped("t", 5).log_append_time_ms, clock.wall_ms());
    const auto bytes = fetch("t", 0, offset++).records.value();
    EXPECT_EQ(codec::BatchView(codec::view_of(bytes)).max_timestamp(), clock.wall_ms());
  }
}

TEST_F(Clocks, ACurrentRecordIsTakenWhateverTheClockDidBefore) {
  create_topic("t");
  for (const std::int64_t shift_ms : {2 * kHourMs, 30 * kDayMs, -31 * kDayMs, -kDayMs}) {
    shift_wall(shift_ms);
    EXPECT_EQ(produce_stamped("t", clock.wall_ms()).error_code, ErrorCode::kNone) << shift_ms;
  }
}

// message.timestamp.after.max.ms, an hour.
TEST_F(Clocks, ARecordFromBeforeTheClockWentBackIsFromTheFuture) {
  create_topic("t");
  const std::int64_t before_ms = clock.wall_ms();
  shift_wall(-kHourMs);
  EXPECT_EQ(produce_stamped("t", before_ms).error_code, ErrorCode::kNone);
  shift_wall(-1);
  EXPECT_EQ(produce_stamped("t", before_ms).error_code, ErrorCode::kInvalidTimestamp);
}

TEST_F(Clocks, NoTimeoutEndsWhenTheClockIsSet) {
  create_topic("t");
  deliver(fetch_request("t", 0, 0, 500), 12);
  const auto deadline_ms = broker->next_deadline_ms();
  shift_wall(10 * kHourMs);
  wait(499);
  EXPECT_FALSE(has_answer());
  shift_wall(-20 * kHourMs);
  EXPECT_EQ(broker->next_deadline_ms(), deadline_ms);
  wait(1);
  EXPECT_TRUE(has_answer());
  take<wire::FetchResponse>(12);
}

// log.retention.check.interval.ms is five minutes.
TEST_F(Clocks, RetentionGoesByTheMachinesClockAndLooksAgain) {
  create_topic("t");
  produce_stamped("t", clock.wall_ms());
  shift_wall(-30 * kDayMs);
  wait(300'000);
  EXPECT_EQ(start_of("t"), 0) << "a record from the future";
  shift_wall(30 * kDayMs + 6 * kDayMs);
  wait(300'000);
  EXPECT_EQ(start_of("t"), 0);
  shift_wall(kDayMs);
  wait(300'000);
  EXPECT_EQ(start_of("t"), 1) << "it is seven days old";
}

TEST_F(Clocks, ProducersAreForgottenByTheMachinesClock) {
  create_topic("t");
  const auto count = [&] { return cluster().find_topic("t")->partition(0)->producers().size(); };
  produce("t", 0,
          {.producer_id = 7, .epoch = 0, .first_sequence = 0, .timestamp_ms = clock.wall_ms()});
  shift_wall(-kDayMs);
  wait(600'000);
  EXPECT_EQ(count(), 1u) << "its last batch is from the future";
  shift_wall(2 * kDayMs);
  wait(600'000);
  EXPECT_EQ(count(), 0u);
}

// log.cleaner.backoff.ms is 15 seconds.
TEST_F(Clocks, CompactionLagsGoByTheMachinesClockAndCompactionLooksAgain) {
  create("t", {{"cleanup.policy", "compact"},
               {"min.compaction.lag.ms", std::to_string(kHourMs)},
               {"min.cleanable.dirty.ratio", "0"},
               {"segment.bytes", "1048576"}});
  const auto size = [&] { return cluster().find_topic("t")->partition(0)->size_bytes(); };
  for (int i = 0; i < 4; ++i) {
    produce("t", 0, {.timestamp_ms = clock.wall_ms(), .value_bytes = 600'000});
  }
  const auto whole = size();
  shift_wall(-kDayMs);
  wait(15'000);
  EXPECT_EQ(size(), whole);
  shift_wall(kDayMs + 2 * kHourMs);
  for (int i = 0; i < 20; ++i) wait(15'000);
  EXPECT_LT(size(), whole);
}

TEST_F(Clocks, EventsSayWhatTheMachinesClockShowed) {
  create_topic("t");
  shift_wall(-5 * kHourMs);
  produce_stamped("t", clock.wall_ms());
  EXPECT_EQ(broker->controls().events().stored().back().at_ms, clock.wall_ms());
}

// Counts how often it is read.
class CountingClock : public Clock {
 public:
  std::int64_t wall_ms() const override { return ++reads_; }
  std::int64_t monotonic_ms() const override { return 0; }
  std::int64_t reads() const { return reads_; }

 private:
  mutable std::int64_t reads_ = 0;
};

TEST(RequestClock, IsReadOncePerRequest) {
  const CountingClock source;
  RequestClock clock(source);
  {
    const RequestClock::Request first(clock);
    EXPECT_EQ(source.reads(), 0) << "not before it is needed";
    EXPECT_EQ(clock.wall_ms(), 1);
    EXPECT_EQ(clock.wall_ms(), 1);
  }
  EXPECT_EQ(clock.wall_ms(), 2);
  EXPECT_EQ(clock.wall_ms(), 3) << "outside of a request each time";
  const RequestClock::Request second(clock);
  EXPECT_EQ(clock.wall_ms(), 4);
  EXPECT_EQ(clock.wall_ms(), 4);
}

}  // namespace
}  // namespace understudy::broker
