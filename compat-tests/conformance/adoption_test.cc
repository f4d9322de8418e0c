// A directory that a real Apache Kafka wrote: its partitions are copied, and nothing else, and the
// broker under test serves them as if it had written them itself.
//
// Scenarios of the other restart_*_test.cc that only need the partitions' files are played like
// this too; here are the ones that are about the adoption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"
#include "conformance/transactions.h"

namespace understudy::conformance {
namespace {

constexpr std::int8_t kReadCommitted = 1;

// Everything that can be asked about a partition's log.
struct Contents {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t last_stable_offset = 0;
  std::string batches;
  std::vector<ProducerState> producers;  // by id
};

Contents contents_of(TestTopic& topic, std::int32_t partition = 0) {
  Contents contents{
      .start = topic.start_offset(partition),
      .end = topic.end_offset(partition),
      .last_stable_offset = topic.fetch(0, {.partition = partition}).last_stable_offset,
      .batches = bytes_of(topic.read_all(partition)),
      .producers = topic.producers(partition)};
  std::sort(contents.producers.begin(), contents.producers.end(),
            [](const auto& a, const auto& b) { return a.producer_id < b.producer_id; });
  return contents;
}

void expect_same(const Contents& found, const Contents& written) {
  EXPECT_EQ(found.start, written.start);
  EXPECT_EQ(found.end, written.end);
  EXPECT_EQ(found.last_stable_offset, written.last_stable_offset);
  EXPECT_EQ(found.batches, written.batches);
  ASSERT_EQ(found.producers.size(), written.producers.size());
  for (std::size_t i = 0; i < found.producers.size(); ++i) {
    const ProducerState& ours = found.producers[i];
    const ProducerState& theirs = written.producers[i];
    SCOPED_TRACE("producer " + std::to_string(theirs.producer_id));
    EXPECT_EQ(ours.producer_id, theirs.producer_id);
    EXPECT_EQ(ours.producer_epoch, theirs.producer_epoch);
    EXPECT_EQ(ours.last_sequence, theirs.last_sequence);
    EXPECT_EQ(ours.last_timestamp, theirs.last_timestamp);
    EXPECT_EQ(ours.coordinator_epoch, theirs.coordinator_epoch);
    EXPECT_EQ(ours.current_txn_start_offset, theirs.current_txn_start_offset);
  }
}

RESTART_SCENARIO(TopicKeepsItsIdAndItsPartitions, adopted, adopted_after_kill) {
  TestTopic topic({.partitions = 3});
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    EXPECT_THAT(topic.produce({{partition, plain(partition + 1)}})[0], AppendedAt(0));
  }
  restart();
  const auto metadata =
      topic.client().ask(wire::MetadataRequest{.topics = {{{.name = topic.name()}}},
                                               .allow_auto_topic_creation = false},
                         newest(wire::ApiKey::kMetadata));
  const auto& found = metadata.topics.at(0);
  EXPECT_EQ(found.error_code, ErrorCode::kNone);
  EXPECT_EQ(found.topic_id, topic.id());
  ASSERT_EQ(found.partitions.size(), 3u);
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    EXPECT_EQ(topic.end_offset(partition), partition + 1);
  }
}

// The epochs of the log go on: one that a batch was written in is never given again.
RESTART_SCENARIO(LeaderEpochRises, adopted, adopted_after_kill) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  restart();
  EXPECT_GT(topic.leader_epoch(), before);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(10));
  EXPECT_EQ(topic.read(10).at(0).partition_leader_epoch(), topic.leader_epoch());
  EXPECT_EQ(topic.epoch_end(before).end_offset, 10);
}

RESTART_SCENARIO(LogsOfManyProducersAreTheSame, adopted, adopted_after_kill) {
  constexpr std::int32_t kPartitions = 3;
  TestTopic topic({.partitions = kPartitions,
                   .configs = {{"internal.segment.bytes", "1500"}, {"index.interval.bytes", "1"}}});
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (std::int32_t i = 0; i < 40; ++i) {
      const IdempotentOptions options{.producer_id = kProducerId + i % 7,
                                      .timestamp = now_ms() - 1000 * ((i * 5) % 11)};
      const std::int32_t first = 3 * (i / 7);
      EXPECT_EQ(
          topic.produce({{partition, idempotent(2, first, first + 2, options)}})[0].error_code,
          ErrorCode::kNone);
    }
  }
  std::vector<Contents> written;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    written.push_back(contents_of(topic, partition));
  }
  restart();
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    expect_same(contents_of(topic, partition), written.at(std::size_t(partition)));
    EXPECT_THAT(topic.produce({{partition, idempotent(2, 15, 17, {.producer_id = 7004})}})[0],
                DuplicateOf(117));
  }
}

// Compaction has left gaps between the batches and inside them.
RESTART_SCENARIO(CompactedLogsAreTheSame, adopted, adopted_after_kill) {
  TestTopic topic({.configs = {{"cleanup.policy", "compact"},
                               {"min.cleanable.dirty.ratio", "0.001"},
                               {"internal.segment.bytes", "300"}}});
  constexpr int kBatches = 40;
  for (int i = 0; i < kBatches; ++i) {
    const std::vector<TestRecord> records{{.timestamp = now_ms(), .key = "all"},
                                          {.timestamp = now_ms(), .key = std::to_string(i % 5)}};
    EXPECT_EQ(topic.produce(batch_of({}, records)).error_code, ErrorCode::kNone);
  }
  ASSERT_TRUE(eventually([&] { return topic.read_all().size() < kBatches / 2; }));
  // For as long as several of the cleaner's pauses nothing changes any more.
  constexpr int kQuietReads = 50;
  std::string before;
  int quiet = 0;
  ASSERT_TRUE(eventually([&] {
    const std::string now = bytes_of(topic.read_all());
    quiet = std::exchange(before, now) == now ? quiet + 1 : 0;
    return quiet == kQuietReads;
  }));
  const Contents written = contents_of(topic);
  EXPECT_EQ(written.end, 2 * kBatches);
  restart();
  expect_same(contents_of(topic), written);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(2 * kBatches));
}

RESTART_SCENARIO(BatchesOfEveryCodecAreTheSame, adopted, adopted_after_kill) {
  TestTopic topic;
  std::vector<TestRecord> records(30, TestRecord{.timestamp = now_ms()});
  records[7].key.reset();
  records[8].value.reset();
  records[9].value = std::string(3000, 'a');
  for (const auto codec : {codec::CompressionType::kNone, codec::CompressionType::kGzip,
                           codec::CompressionType::kSnappy, codec::CompressionType::kLz4,
                           codec::CompressionType::kZstd}) {
    EXPECT_EQ(topic.produce(batch_of({.compression = codec}, records)).error_code,
              ErrorCode::kNone);
  }
  const Contents written = contents_of(topic);
  restart();
  expect_same(contents_of(topic), written);
  EXPECT_EQ(topic.find_offset(records[0].timestamp).offset, 0);
}

// What transactions left is data like any other, also where nobody can begin a new one.
RESTART_SCENARIO(EndedTransactionsAreTheSame, adopted, adopted_after_kill) {
  TestTopic topic;
  TransactionalProducer producer(unique_name("tx"));
  EXPECT_THAT(producer.send(topic, 3), AppendedAt(0));
  producer.end(topic, Outcome::kCommit);
  EXPECT_THAT(producer.send(topic, 4), AppendedAt(4));
  producer.end(topic, Outcome::kAbort);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(9));
  const Contents written = contents_of(topic);
  EXPECT_EQ(written.end, 10);
  restart();
  expect_same(contents_of(topic), written);
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(10));
}

RESTART_SCENARIO(LogAndFetch_S23_AbortedTransactionsAreTold, adopted, adopted_after_kill) {
  TestTopic topic;
  TransactionalProducer producer(unique_name("tx"));
  EXPECT_THAT(topic.produce(plain(2)), AppendedAt(0));
  EXPECT_THAT(producer.send(topic, 4), AppendedAt(2));
  producer.end(topic, Outcome::kAbort);
  const std::int64_t producer_id = producer.producer_id();
  restart();
  const FetchedPartition fetched = topic.fetch(0, {.isolation_level = kReadCommitted});
  ASSERT_TRUE(fetched.aborted_transactions);
  ASSERT_EQ(fetched.aborted_transactions->size(), 1u);
  EXPECT_EQ(fetched.aborted_transactions->at(0).producer_id, producer_id);
  EXPECT_EQ(fetched.aborted_transactions->at(0).first_offset, 2);
}

RESTART_SCENARIO(LogAndFetch_S22_OpenTransactionHoldsTheLastStableOffset, adopted,
                 adopted_after_kill) {
  TestTopic topic;
  TransactionalProducer producer(unique_name("tx"));
  EXPECT_THAT(topic.produce(plain(2)), AppendedAt(0));
  EXPECT_THAT(producer.send(topic, 4), AppendedAt(2));
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(6));
  const Contents written = contents_of(topic);
  EXPECT_EQ(written.last_stable_offset, 2);
  restart();
  expect_same(contents_of(topic), written);
}

}  // namespace
}  // namespace understudy::conformance
