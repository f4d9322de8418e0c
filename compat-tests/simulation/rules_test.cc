// The rules as the simulation knows them, row by row.
#include "simulation/rules.h"

#include <gtest/gtest.h>

namespace understudy::simulation {
namespace {

using wire::ErrorCode;
using Kind = Ruling::Kind;

constexpr std::int32_t kMax = 2147483647;

Sequences batch(std::int16_t epoch, std::int32_t first, std::int32_t last) {
  return {.producer_id = 7000, .epoch = epoch, .first = first, .last = last};
}

Memory after(std::initializer_list<Sequences> batches) {
  MaybeMemory memory;
  std::int64_t offset = 0;
  for (const Sequences& one : batches) memory = remember(memory, one, offset++, 0);
  return *memory;
}

TEST(SimulationRules, SequencesWrap) {
  EXPECT_EQ(sequence_after(kMax, 1), 0);
  EXPECT_EQ(sequence_after(kMax - 2, 4), 1);
  EXPECT_EQ(sequence_after(5, 0), 5);
}

TEST(SimulationRules, AnUnknownProducerMayBeginAnywhere) {
  EXPECT_EQ(rule_on({}, batch(0, 0, 4)).row, Row::kFirst);
  EXPECT_EQ(rule_on({}, batch(3, 37, 41)).row, Row::kFirstInTheMiddle);
}

TEST(SimulationRules, FiveBatchesAreRemembered) {
  const Memory memory = after({batch(0, 0, 0), batch(0, 1, 1), batch(0, 2, 2), batch(0, 3, 3),
                               batch(0, 4, 4), batch(0, 5, 5)});
  EXPECT_EQ(rule_on(memory, batch(0, 0, 0)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(rule_on(memory, batch(0, 1, 1)).kind, Kind::kDuplicate);
  EXPECT_EQ(rule_on(memory, batch(0, 1, 1)).original.base_offset, 1);
  EXPECT_EQ(rule_on(memory.newest(1), batch(0, 4, 4)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(rule_on(memory.newest(1), batch(0, 5, 5)).kind, Kind::kDuplicate);
}

TEST(SimulationRules, GapsAndOtherSizesAreRefused) {
  const Memory memory = after({batch(0, 0, 9)});
  for (const Sequences& one : {batch(0, 0, 4), batch(0, 5, 14), batch(0, 11, 11)}) {
    EXPECT_EQ(rule_on(memory, one).error, ErrorCode::kOutOfOrderSequenceNumber) << one.text();
  }
  EXPECT_EQ(rule_on(memory, batch(0, 10, 10)).row, Row::kNext);
}

TEST(SimulationRules, EpochsOnlyRiseAndBeginAtZero) {
  const Memory memory = after({batch(3, 0, 4)});
  EXPECT_EQ(rule_on(memory, batch(2, 5, 5)).error, ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(rule_on(memory, batch(4, 5, 5)).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(rule_on(memory, batch(7, 0, 0)).row, Row::kNewEpoch);
  EXPECT_EQ(after({batch(3, 0, 4), batch(7, 0, 0)}).batches.size(), 1u);
}

TEST(SimulationRules, AfterTheLargestSequenceComesZero) {
  const Memory memory = after({batch(0, kMax, kMax)});
  EXPECT_EQ(rule_on(memory, batch(0, 0, 0)).row, Row::kNext);
  EXPECT_EQ(rule_on(memory, batch(0, 1, 1)).error, ErrorCode::kOutOfOrderSequenceNumber);
}

TEST(SimulationRules, WithoutAProducerEverythingGoesIn) {
  EXPECT_EQ(rule_on({}, {}).row, Row::kNoProducer);
}

}  // namespace
}  // namespace understudy::simulation
