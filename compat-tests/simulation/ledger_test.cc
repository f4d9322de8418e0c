// Each thing that the ledger is there to notice, planted once.
#include "simulation/ledger.h"

#include <gmock/gmock.h>

namespace understudy::simulation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LedgerTest : public ::testing::Test {
 protected:
  // A batch of one record of our producer 0, in slot 0.
  void put(std::int64_t offset, std::int32_t sequence, const Name& name, std::int16_t epoch = 0) {
    log.batches.push_back(
        {.base_offset = offset,
         .sequences = {.producer_id = 7, .epoch = epoch, .first = sequence, .last = sequence},
         .names = {name}});
  }
  Name acknowledged(std::int64_t offset) {
    const Name name = ledger.hand_over(0, 0);
    ledger.acknowledge(name, offset);
    return name;
  }
  std::vector<Check> check(bool began_in_the_middle = false) {
    ledger.check(0, log, [&](std::int64_t, std::int16_t) { return began_in_the_middle; }, findings);
    std::vector<Check> checks;
    for (const Finding& finding : findings) checks.push_back(finding.check);
    return checks;
  }

  Ledger ledger;
  ReadLog log;
  Findings findings;
};

TEST_F(LedgerTest, AcceptsALogThatHoldsWhatWasAcknowledged) {
  put(0, 0, acknowledged(0));
  put(1, 1, acknowledged(1));
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, FindsALostRecord) {
  put(0, 0, acknowledged(0));
  acknowledged(1);
  EXPECT_THAT(check(), ElementsAre(Check::kLost));
}

TEST_F(LedgerTest, AcceptsAPredictedLoss) {
  put(0, 0, acknowledged(0));
  ledger.forgive(0, {acknowledged(1)}, 1);
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, FindsTheLossOfARecordThatWasWrittenAgainAfterAPredictedLoss) {
  const Name name = acknowledged(1);
  ledger.forgive(0, {name}, 1);
  ledger.say({name}, 3);
  EXPECT_THAT(check(), ElementsAre(Check::kLost));
  findings.clear();
  put(3, 0, name);
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, AcceptsAWrongConclusionOnlyIfAProducerBeganInTheMiddle) {
  const Name name = ledger.hand_over(0, 0);
  ledger.acknowledge(name, std::nullopt, Ledger::Conclusion{7, 0});
  EXPECT_THAT(check(true), IsEmpty());
  EXPECT_THAT(check(false), ElementsAre(Check::kLost));
}

TEST_F(LedgerTest, FindsARecordAtAnotherOffset) {
  put(0, 0, acknowledged(5));
  EXPECT_THAT(check(), ElementsAre(Check::kOffsets));
}

TEST_F(LedgerTest, FindsALogStartThatNobodyAllowed) {
  log.start_offset = 2;
  EXPECT_THAT(check(), ElementsAre(Check::kLost));
  findings.clear();
  ledger.allow_start(0, 2);
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, FindsABatchThatWasAppendedTwice) {
  const Name name = acknowledged(0);
  put(0, 0, name);
  put(1, 0, name);
  // Once for the sequence, once for the record's place, once for the copy.
  EXPECT_THAT(check(), ElementsAre(Check::kOrder, Check::kOrder, Check::kDuplicated));
}

TEST_F(LedgerTest, AcceptsASecondCopyThatWasAppendedInDoubt) {
  const Name name = acknowledged(0);
  put(0, 0, name);
  put(1, 0, name);
  log.batches.back().is_doubtful = true;
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, AcceptsARecordThatWasSentAgainInAnotherEpoch) {
  const Name name = acknowledged(1);
  put(0, 0, name);
  put(1, 0, name, 1);
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LedgerTest, FindsRecordsInAnotherOrder) {
  const Name first = acknowledged(1);
  const Name second = acknowledged(0);
  put(0, 0, second);
  put(1, 1, first);
  EXPECT_THAT(check(), ElementsAre(Check::kOrder));
}

TEST_F(LedgerTest, FindsSequencesInAnotherOrder) {
  put(0, 1, acknowledged(0));
  put(1, 0, acknowledged(1));
  EXPECT_THAT(check(), ElementsAre(Check::kOrder));
}

TEST_F(LedgerTest, FindsARecordOfAnotherPartition) {
  const Name name = ledger.hand_over(0, 1);
  put(0, 0, name);
  EXPECT_THAT(check(), ElementsAre(Check::kBytes));
}

TEST_F(LedgerTest, FindsARecordThatNobodyHandedOver) {
  put(0, 0, Name{9, 0, 0});
  EXPECT_THAT(check(), ElementsAre(Check::kBytes));
}

TEST_F(LedgerTest, FindsAnOffsetThatShowsAnotherRecordThanBefore) {
  ledger.show(0, 5, Name{0, 0, 0}, findings);
  ledger.show(0, 5, Name{0, 0, 0}, findings);
  EXPECT_THAT(findings, IsEmpty());
  ledger.show(0, 5, Name{0, 0, 1}, findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].check, Check::kOffsets);
  findings.clear();
  ledger.forgive(0, {}, 5);
  ledger.show(0, 5, Name{0, 0, 2}, findings);
  EXPECT_THAT(findings, IsEmpty());
}

TEST_F(LedgerTest, FindsAHighWatermarkThatFalls) {
  ledger.show_watermark(0, 5, findings);
  ledger.show_watermark(0, 4, findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].check, Check::kWatermark);
}

TEST_F(LedgerTest, FindsAProducerIdThatIsGivenTwice) {
  ledger.hand_out_producer_id(3, findings);
  ledger.hand_out_producer_id(3, findings);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].check, Check::kProducerId);
}

}  // namespace
}  // namespace understudy::simulation
