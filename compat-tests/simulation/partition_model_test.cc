// What the model of a partition notices, planted once each.
#include "simulation/partition_model.h"

#include <gmock/gmock.h>

#include "codec/record_batch.h"
#include "simulation/client.h"

namespace understudy::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using EventKind = broker::BatchEvent::Verdict;

class PartitionModelTest : public ::testing::Test {
 protected:
  SentBatch sent(std::int32_t sequence, std::int16_t epoch = 0) {
    const Name name{0, 0, sequence};
    return {.sequences = {.producer_id = 7, .epoch = epoch, .first = sequence, .last = sequence},
            .record_count = 1,
            .max_timestamp = 1000,
            .bytes = make_batch({7, epoch}, sequence, {name}, 1000),
            .names = {name}};
  }
  void judged(EventKind kind, const SentBatch& batch, std::int64_t base_offset,
              wire::ErrorCode error = wire::ErrorCode::kNone, Circumstances circumstances = {}) {
    broker::BatchEvent event{.verdict = kind, .base_offset = base_offset, .error = error};
    model.observe(event, batch, circumstances, findings);
  }
  void append(std::int32_t sequence) {
    const SentBatch batch = sent(sequence);
    judged(EventKind::kAppended, batch, model.end_offset());
    const wire::Slice bytes = wire::Slice::copy_of(batch.bytes.view());
    codec::detail::store(bytes.mutable_data(), log.end_offset);
    log.batches.push_back(bytes);
    ++log.end_offset;
  }
  std::vector<Check> checks() const {
    std::vector<Check> checks;
    for (const Finding& finding : findings) checks.push_back(finding.check);
    return checks;
  }

  PartitionModel model{"t-0"};
  LogView log;
  Findings findings;
};

TEST_F(PartitionModelTest, AcceptsWhatFollowsTheRules) {
  for (int i = 0; i < 3; ++i) append(i);
  judged(EventKind::kDuplicate, sent(1), 1);
  judged(EventKind::kRefused, sent(9), -1, wire::ErrorCode::kOutOfOrderSequenceNumber);
  model.compare(log, findings);
  EXPECT_THAT(checks(), IsEmpty());
}

TEST_F(PartitionModelTest, FindsAGapThatIsAppended) {
  append(0);
  judged(EventKind::kAppended, sent(2), 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kRules));
}

TEST_F(PartitionModelTest, FindsADuplicateThatIsAppended) {
  append(0);
  judged(EventKind::kAppended, sent(0), 1);
  EXPECT_THAT(checks(), ElementsAre(Check::kRules));
}

TEST_F(PartitionModelTest, FindsADuplicateWithAnotherOffset) {
  append(0);
  append(1);
  judged(EventKind::kDuplicate, sent(1), 0);
  EXPECT_THAT(checks(), ElementsAre(Check::kRules));
}

TEST_F(PartitionModelTest, FindsARefusalWithoutAReason) {
  append(0);
  judged(EventKind::kRefused, sent(1), -1, wire::ErrorCode::kOutOfOrderSequenceNumber);
  judged(EventKind::kRefused, sent(1), -1, wire::ErrorCode::kKafkaStorageError);
  judged(EventKind::kRefused, sent(1), -1, wire::ErrorCode::kNotLeaderOrFollower);
  EXPECT_THAT(checks(), ElementsAre(Check::kRules, Check::kRules, Check::kRules));
}

TEST_F(PartitionModelTest, FindsAnAppendByANodeThatDoesNotLead) {
  judged(EventKind::kAppended, sent(0), 0, {}, {.is_leader = false});
  EXPECT_THAT(checks(), ElementsAre(Check::kRules));
}

TEST_F(PartitionModelTest, FindsASkippedOffset) {
  append(0);
  judged(EventKind::kAppended, sent(1), 2);
  EXPECT_THAT(checks(), ElementsAre(Check::kOffsets));
}

TEST_F(PartitionModelTest, FindsAChangedByte) {
  append(0);
  *log.batches[0].mutable_data() = 0;
  std::uint8_t* last = log.batches[0].mutable_data() + log.batches[0].size() - 1;
  *last = static_cast<std::uint8_t>(*last ^ 1);
  model.compare(log, findings);
  EXPECT_THAT(checks(), ElementsAre(Check::kBytes));
}

TEST_F(PartitionModelTest, FindsAMissingBatch) {
  append(0);
  append(1);
  log.batches.pop_back();
  log.end_offset = 1;
  model.compare(log, findings);
  EXPECT_THAT(checks(), ElementsAre(Check::kLost));
}

TEST_F(PartitionModelTest, OneBatchIsRememberedAfterARestart) {
  append(0);
  append(1);
  EXPECT_THAT(model.adopt(log, {}, findings), IsEmpty());
  judged(EventKind::kRefused, sent(0), -1, wire::ErrorCode::kOutOfOrderSequenceNumber);
  judged(EventKind::kDuplicate, sent(1), 1);
  EXPECT_THAT(checks(), IsEmpty());
  judged(EventKind::kDuplicate, sent(0), 0);
  EXPECT_THAT(checks(), ElementsAre(Check::kRules));
}

TEST_F(PartitionModelTest, FindsProducerStateThatTheLogDoesNotShow) {
  append(0);
  model.compare(Memories{}, findings);
  EXPECT_THAT(checks(), ElementsAre(Check::kMemory));
}

// A snapshot behind the gap has survived; one behind the end would have been removed.
TEST_F(PartitionModelTest, ProducerStateMayKnowBatchesThatWereLostInAGap) {
  for (int i = 0; i < 4; ++i) append(i);
  log.batches.erase(log.batches.begin() + 1);
  log.batches.pop_back();
  log.end_offset = 3;
  log.may_have_gaps = true;
  EXPECT_THAT(model.adopt(log, {.loses_snapshots = true}, findings), SizeIs(2));
  const auto remembers = [&](std::int32_t sequence) {
    model.compare(Memories{{7,
                            {.epoch = 0,
                             .batches = {{.first = sequence,
                                          .last = sequence,
                                          .base_offset = sequence,
                                          .timestamp = 1000}}}}},
                  findings);
  };
  remembers(1);
  EXPECT_THAT(checks(), IsEmpty());
  remembers(3);
  EXPECT_THAT(checks(), ElementsAre(Check::kMemory));
}

// The segment behind the gap is empty.
TEST_F(PartitionModelTest, AGapMayReachTheEndOfTheLog) {
  append(0);
  append(1);
  log.batches.pop_back();
  log.may_have_gaps = true;
  EXPECT_THAT(model.adopt(log, {.loses_snapshots = true}, findings), SizeIs(1));
  const KnownBatch batch{.first = 1, .last = 1, .base_offset = 1, .timestamp = 1000};
  model.compare(Memories{{7, {.epoch = 0, .batches = {batch}}}}, findings);
  EXPECT_THAT(checks(), IsEmpty());
}

TEST_F(PartitionModelTest, FindsAnotherTimeThanThatOfTheAppend) {
  append(0);
  constexpr std::uint16_t kLogAppendTime = 8;
  codec::detail::store(log.batches[0].mutable_data() + 21, kLogAppendTime);
  model.compare(log, findings);
  EXPECT_THAT(checks(), IsEmpty()) << "the broker's own time, as if it were the same";
  codec::detail::store(log.batches[0].mutable_data() + 35, std::int64_t{999});
  model.compare(log, findings);
  EXPECT_THAT(checks(), ElementsAre(Check::kTime));
}

TEST_F(PartitionModelTest, BatchesAfterALossOfProducerStateAreDoubtfulAndHaveAReason) {
  append(0);
  EXPECT_THAT(model.adopt(log, {.upset = Upset::kMemoryLost}, findings), IsEmpty());
  judged(EventKind::kAppended, sent(0), 1);
  EXPECT_TRUE(model.entries().back().is_doubtful);
  EXPECT_THAT(checks(), ElementsAre(Check::kExplanation)) << "the event has no reason";
}

TEST_F(PartitionModelTest, AcceptsABatchThatWasAppendedWithoutAnEvent) {
  append(0);
  const SentBatch silent = sent(1);
  model.expect_silently(silent);
  const wire::Slice bytes = wire::Slice::copy_of(silent.bytes.view());
  codec::detail::store(bytes.mutable_data(), std::int64_t{1});
  log.batches.push_back(bytes);
  log.end_offset = 2;
  EXPECT_THAT(model.adopt(log, {}, findings), IsEmpty());
  EXPECT_EQ(model.end_offset(), 2);
  EXPECT_THAT(checks(), IsEmpty());
}

}  // namespace
}  // namespace understudy::simulation
