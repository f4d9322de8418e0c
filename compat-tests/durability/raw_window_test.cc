#include "durability/raw_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace understudy::durability {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using wire::ErrorCode;

RawBatch batch(std::int64_t number) {
  return {.number = number,
          .names = {{.producer = 1, .slot = 0, .index = number}},
          .max_timestamp = 1000 + number,
          .bytes = {}};
}

RawAnswer appended(std::int64_t offset) { return {.base_offset = offset}; }
RawAnswer duplicate(std::int64_t offset, std::int64_t number) {
  return {.base_offset = offset, .log_append_time_ms = 1000 + number};
}
RawAnswer refused(ErrorCode error = ErrorCode::kOutOfOrderSequenceNumber) {
  return {.error = error};
}

std::optional<Fault> fault(const RawVerdict& verdict) {
  if (!verdict.finding) return std::nullopt;
  return verdict.finding->fault;
}

std::vector<std::int64_t> numbers(const std::vector<RawBatch>& batches) {
  std::vector<std::int64_t> found;
  for (const RawBatch& one : batches) found.push_back(one.number);
  return found;
}

std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> acknowledged(
    const RawVerdict& verdict) {
  std::vector<std::pair<std::int64_t, std::optional<std::int64_t>>> found;
  for (const auto& one : verdict.acknowledged) {
    found.emplace_back(one.batch.number, one.base_offset);
  }
  return found;
}

class RawWindowTest : public testing::Test {
 protected:
  void send(std::int64_t first, std::int64_t last) {
    for (std::int64_t number = first; number <= last; ++number) window.send(batch(number));
  }

  RawWindow window;
};

TEST_F(RawWindowTest, HasFiveInFlightAndSettlesThemInOrder) {
  send(0, 4);
  EXPECT_TRUE(window.is_full());
  for (std::int64_t i = 0; i < 5; ++i) {
    const RawVerdict verdict = window.answer(appended(10 + i));
    EXPECT_THAT(acknowledged(verdict), ElementsAre(Pair(i, 10 + i)));
    EXPECT_EQ(fault(verdict), std::nullopt);
    EXPECT_FALSE(verdict.is_duplicate);
  }
  EXPECT_TRUE(window.is_empty());
  EXPECT_FALSE(window.awaits_answers());
}

TEST_F(RawWindowTest, SendsAgainWhatHasNoAnswer) {
  send(0, 3);
  window.answer(appended(0));
  EXPECT_THAT(numbers(window.reconnect()), ElementsAre(1, 2, 3));
  EXPECT_THAT(numbers(window.reconnect()), ElementsAre(1, 2, 3)) << "and once more";
}

// Batches 1 and 2 were written before the restart: of 2 the broker knows, of 1 no longer.
TEST_F(RawWindowTest, ADuplicateProvesThatTheRefusedOnesBeforeItAreThere) {
  send(0, 3);
  window.answer(appended(0));
  window.reconnect();
  EXPECT_THAT(acknowledged(window.answer(refused())), IsEmpty());
  const RawVerdict verdict = window.answer(duplicate(2, 2));
  EXPECT_THAT(acknowledged(verdict), ElementsAre(Pair(1, std::nullopt), Pair(2, 2)));
  EXPECT_TRUE(verdict.is_duplicate);
  EXPECT_EQ(fault(verdict), std::nullopt);
  EXPECT_THAT(acknowledged(window.answer(appended(3))), ElementsAre(Pair(3, 3)));
}

TEST_F(RawWindowTest, FindsThatEverythingIsRefused) {
  send(0, 1);
  window.reconnect();
  EXPECT_EQ(fault(window.answer(refused())), std::nullopt);
  EXPECT_EQ(fault(window.answer(refused())), Fault::kProducerState);
}

TEST_F(RawWindowTest, FindsARefusalBeforeABatchThatWasInOrder) {
  send(0, 1);
  window.reconnect();
  window.answer(refused());
  EXPECT_EQ(fault(window.answer(appended(1))), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, FindsARefusalWithoutARestart) {
  send(0, 1);
  EXPECT_EQ(fault(window.answer(refused())), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, FindsANewBatchThatIsTakenForADuplicate) {
  send(0, 0);
  EXPECT_EQ(fault(window.answer(duplicate(0, 0))), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, FindsADuplicateWithAnotherTime) {
  send(0, 0);
  window.reconnect();
  EXPECT_EQ(fault(window.answer(duplicate(0, 7))), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, FindsAnyOtherError) {
  send(0, 0);
  EXPECT_EQ(fault(window.answer(refused(ErrorCode::kKafkaStorageError))), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, RepeatsWhatTheBrokerHasToKnow) {
  send(0, 4);
  for (std::int64_t i = 0; i < 5; ++i) window.answer(appended(i));
  EXPECT_THAT(numbers(window.repeatable()), ElementsAre(0, 1, 2, 3, 4));
  window.repeat(batch(0));
  const RawVerdict verdict = window.answer(duplicate(0, 0));
  EXPECT_TRUE(verdict.is_duplicate);
  EXPECT_EQ(fault(verdict), std::nullopt);
  send(5, 6);
  EXPECT_THAT(numbers(window.repeatable()), ElementsAre(2, 3, 4)) << "5 and 6 may push out 0 and 1";
}

TEST_F(RawWindowTest, FindsARepetitionThatWasAppended) {
  send(0, 0);
  window.answer(appended(0));
  window.repeat(batch(0));
  EXPECT_EQ(fault(window.answer(appended(1))), Fault::kContradiction);
}

TEST_F(RawWindowTest, FindsARepetitionThatSaysItWasAppendedInItsPlace) {
  send(0, 0);
  window.answer(appended(0));
  window.repeat(batch(0));
  EXPECT_EQ(fault(window.answer(appended(0))), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, ARepetitionMayBeRefusedOnlyBehindARestart) {
  send(0, 1);
  window.answer(appended(0));
  window.answer(appended(1));
  window.reconnect();
  window.repeat(batch(0));
  EXPECT_EQ(fault(window.answer(refused())), std::nullopt);
  send(2, 2);
  window.answer(appended(2));
  window.repeat(batch(2));
  EXPECT_EQ(fault(window.answer(refused())), Fault::kUnexpectedAnswer);
}

TEST_F(RawWindowTest, ForgetsWhatWasUnderAnotherEpoch) {
  send(0, 0);
  window.answer(appended(0));
  window.start_again();
  EXPECT_THAT(window.repeatable(), IsEmpty());
}

}  // namespace
}  // namespace understudy::durability
