// A long round of compaction does not hold up requests: each step of it is a turn of its own.
#include "broker/core/test_broker.h"

namespace understudy::broker {
namespace {

class LongCompactionTest : public BrokerTest {
 protected:
  LongCompactionTest() : BrokerTest(1, "4.4", {{"log.cleaner.io.buffer.size", "100"}}) {}
};

TEST_F(LongCompactionTest, RequestsAreAnsweredBetweenTheStepsOfACompaction) {
  ASSERT_NE(cluster().add_topic("t", {{1}},
                                {{"cleanup.policy", "compact"},
                                 {"internal.segment.bytes", "400"},
                                 {"min.cleanable.dirty.ratio", "0.01"}}),
            nullptr);
  int written = 0;
  const auto write = [&] {
    const TestBatch batch{.producer_id = 7, .epoch = 0, .first_sequence = written};
    EXPECT_EQ(produce("t", 0, batch).base_offset, written);
    ++written;
  };
  while (written < 40) write();
  clock.advance(15'000);  // log.cleaner.backoff.ms
  broker->advance();
  int steps = 1;
  for (; cluster().logs().is_compacting(); ++steps) {
    if (written < 60) write();
    EXPECT_FALSE(fetch("t", 0, written - 1).records->empty());
    ASSERT_EQ(broker->next_deadline_ms(), clock.monotonic_ms() + 1)
        << "the next step is a turn later";
    broker->advance();  // too early
    clock.advance(1);
    broker->advance();
  }
  EXPECT_GT(steps, 40);
  EXPECT_EQ(written, 60);
  EXPECT_LT(cluster().find_partition("t", 0)->size_bytes(), 2000u);
}

}  // namespace
}  // namespace understudy::broker
