// The checker itself: a history with one fault each, which has to be found, and by its name.
#include "durability/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::durability {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Fault> faults(const Findings& findings) {
  std::vector<Fault> found;
  found.reserve(findings.size());
  for (const Finding& finding : findings) found.push_back(finding.fault);
  return found;
}

// One producer (number 1, producer id 7000) that wrote three records into slot 0, each a batch.
struct ThreeRecords {
  ThreeRecords() {
    for (std::int32_t i = 0; i < 3; ++i) {
      const Name name = history.hand_over(1, 0);
      add(name);
      history.acknowledge(name, i);
    }
  }

  // At the end of the log, as the next sequence of producer id 7000.
  void add(const Name& name, std::int64_t producer_id = 7000) {
    const auto offset = std::int64_t(logs[0].records.size());
    const auto sequence = std::int32_t(logs[0].batches.size());
    logs[0].batches.push_back({.base_offset = offset,
                               .last_offset = offset,
                               .producer_id = producer_id,
                               .producer_epoch = 0,
                               .base_sequence = sequence,
                               .last_sequence = sequence,
                               .max_timestamp = 1000 + offset});
    logs[0].records.push_back(
        {.offset = offset, .batch = logs[0].batches.size() - 1, .name = name});
  }

  std::vector<Fault> check() const { return faults(history.check(logs)); }

  History history;
  std::vector<LogCopy> logs{1};
};

TEST(HistoryCheck, HasNothingAgainstALogThatHoldsWhatWasAcknowledged) {
  const ThreeRecords given;
  EXPECT_THAT(given.check(), IsEmpty());
  EXPECT_EQ(given.history.handed_over(), 3u);
  EXPECT_EQ(given.history.acknowledged(), 3u);
}

TEST(HistoryCheck, LetsWhatWasNotAcknowledgedBeThereOrNot) {
  ThreeRecords given;
  const Name present = given.history.hand_over(1, 0);
  given.history.hand_over(1, 0);
  given.add(present);
  EXPECT_THAT(given.check(), IsEmpty());
}

TEST(HistoryCheck, FindsALostRecord) {
  ThreeRecords given;
  given.logs[0].records.pop_back();
  given.logs[0].batches.pop_back();
  EXPECT_THAT(given.check(), ElementsAre(Fault::kLost));
}

TEST(HistoryCheck, FindsALostRecordWhoseOffsetWasNotTold) {
  ThreeRecords given;
  given.history.acknowledge(given.history.hand_over(1, 0), std::nullopt);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kLost));
}

TEST(HistoryCheck, FindsThatAnEmptyLogLostEverything) {
  ThreeRecords given;
  given.logs[0] = {};
  EXPECT_THAT(given.check(), ElementsAre(Fault::kLost, Fault::kLost, Fault::kLost));
}

TEST(HistoryCheck, FindsADuplicate) {
  ThreeRecords given;
  given.add({.producer = 1, .slot = 0, .index = 2});
  EXPECT_THAT(given.check(), ElementsAre(Fault::kDuplicated));
}

TEST(HistoryCheck, FindsADuplicateOfWhatWasNeverAcknowledged) {
  ThreeRecords given;
  const Name name = given.history.hand_over(1, 0);
  given.add(name);
  given.add(name);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kDuplicated));
}

TEST(HistoryCheck, FindsAnotherOrder) {
  ThreeRecords given;
  const Name third = given.history.hand_over(1, 0);
  const Name fourth = given.history.hand_over(1, 0);
  given.add(fourth);
  given.add(third);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kReordered));
}

TEST(HistoryCheck, FindsThatAnAcknowledgedOffsetHoldsAnotherRecord) {
  ThreeRecords given;
  std::swap(given.logs[0].records[0].name, given.logs[0].records[1].name);
  EXPECT_THAT(given.check(),
              ElementsAre(Fault::kWrongOffset, Fault::kReordered, Fault::kWrongOffset));
}

TEST(HistoryCheck, FindsTwoOffsetsForOneRecord) {
  ThreeRecords given;
  given.history.acknowledge({.producer = 1, .slot = 0, .index = 2}, 2);
  EXPECT_THAT(given.check(), IsEmpty());
  given.history.acknowledge({.producer = 1, .slot = 0, .index = 2}, 7);
  given.history.acknowledge({.producer = 1, .slot = 0, .index = 2}, 2);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kContradiction, Fault::kContradiction));
}

TEST(HistoryCheck, FindsForeignRecords) {
  ThreeRecords given;
  given.add({.producer = 1, .slot = 0, .index = 3});
  given.add({.producer = 9, .slot = 0, .index = 0});
  given.logs[0].records.push_back({.offset = 5, .batch = 4, .name = std::nullopt});
  EXPECT_THAT(given.check(), ElementsAre(Fault::kUnknownRecord, Fault::kUnknownRecord,
                                         Fault::kUnknownRecord, Fault::kProducerId));
}

TEST(HistoryCheck, FindsARecordInTheWrongPartition) {
  ThreeRecords given;
  const Name name = given.history.hand_over(1, 1);
  given.add(name);
  given.logs.emplace_back();
  EXPECT_THAT(given.check(), ElementsAre(Fault::kMisplaced));
}

TEST(HistoryCheck, FindsAHoleInTheOffsets) {
  ThreeRecords given;
  given.add(given.history.hand_over(1, 0));
  given.logs[0].records.back().offset = 4;
  EXPECT_THAT(given.check(), ElementsAre(Fault::kOffsets));
}

TEST(HistoryCheck, FindsWhatCannotBeRead) {
  ThreeRecords given;
  given.logs[0].unreadable.emplace_back("wrong checksum at offset 3");
  EXPECT_THAT(given.check(), ElementsAre(Fault::kUnreadable));
}

TEST(HistoryCheck, FindsAnIdOfTwoProducers) {
  ThreeRecords given;
  given.add(given.history.hand_over(2, 0));
  EXPECT_THAT(given.check(), ElementsAre(Fault::kProducerId));
}

TEST(HistoryCheck, FindsAnIdThatWasHandedOutTwice) {
  ThreeRecords given;
  given.history.hand_out_producer_id(7000);
  EXPECT_THAT(given.check(), IsEmpty());
  given.history.hand_out_producer_id(7000);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kProducerId));
}

TEST(HistoryCheck, LetsAProducerEndIfTwoOfItsBatchesWereUnheardOf) {
  ThreeRecords given;
  given.add(given.history.hand_over(1, 0));
  given.add(given.history.hand_over(1, 0));
  given.history.end_by_sequence_error(1);
  EXPECT_THAT(given.check(), IsEmpty());
}

TEST(HistoryCheck, FindsAFatalErrorWithoutAReason) {
  ThreeRecords given;
  given.add(given.history.hand_over(1, 0));
  given.history.end_by_sequence_error(1);
  EXPECT_THAT(given.check(), ElementsAre(Fault::kUnexplainedFatal));
}

TEST(Structure, SequencesFollowOneAnother) {
  LogCopy log;
  const auto add = [&log](std::int16_t producer_epoch, std::int32_t first, std::int32_t last) {
    log.batches.push_back({.producer_id = 7000,
                           .producer_epoch = producer_epoch,
                           .base_sequence = first,
                           .last_sequence = last});
  };
  add(0, 0, 4);
  add(0, 5, 5);
  add(1, 0, 2147483647);
  add(1, 0, 1);
  EXPECT_THAT(check_structure(0, log), IsEmpty());
  add(1, 1, 2);
  EXPECT_THAT(faults(check_structure(0, log)), ElementsAre(Fault::kSequences)) << "again";
  log.batches.pop_back();
  add(1, 3, 3);
  EXPECT_THAT(faults(check_structure(0, log)), ElementsAre(Fault::kSequences)) << "a gap";
  log.batches.pop_back();
  add(2, 2, 2);
  EXPECT_THAT(faults(check_structure(0, log)), ElementsAre(Fault::kSequences)) << "a new epoch";
  log.batches.pop_back();
  add(0, 6, 6);
  EXPECT_THAT(faults(check_structure(0, log)), ElementsAre(Fault::kSequences)) << "an old epoch";
}

TEST(ProducerRows, SayWhatTheLastBatchSays) {
  const ThreeRecords given;
  const LogCopy& log = given.logs[0];
  const ProducerRow right{
      .producer_id = 7000, .producer_epoch = 0, .last_sequence = 2, .last_timestamp = 1002};
  EXPECT_THAT(check_producer_rows(0, log, {right}), IsEmpty());
  EXPECT_THAT(faults(check_producer_rows(0, log, {})), ElementsAre(Fault::kProducerState));
  EXPECT_THAT(faults(check_producer_rows(0, log, {right, right})),
              ElementsAre(Fault::kProducerState));
  for (auto member : {&ProducerRow::producer_epoch, &ProducerRow::last_sequence}) {
    ProducerRow wrong = right;
    wrong.*member += 1;
    EXPECT_THAT(faults(check_producer_rows(0, log, {wrong})), ElementsAre(Fault::kProducerState));
  }
  ProducerRow stranger = right;
  stranger.producer_id = 1;
  EXPECT_THAT(faults(check_producer_rows(0, log, {right, stranger})),
              ElementsAre(Fault::kProducerState));
}

}  // namespace
}  // namespace understudy::durability
