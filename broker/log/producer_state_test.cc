// The rows of the specification's truth table (T1 to T27, M1 to M6), and what else producer state
// does.
#include "broker/log/producer_state.h"

#include <gtest/gtest.h>

#include <limits>

namespace understudy::broker {
namespace {

using wire::ErrorCode;
using Kind = ProducerVerdict::Kind;

constexpr std::int64_t kPid = 7000;
constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();

// A partition as far as producers see it: offsets count up, refused batches change nothing.
class ProducerState : public ::testing::Test {
 protected:
  ProducerVerdict send(std::int16_t epoch, std::int32_t first, std::int32_t last,
                       bool is_transactional = false, bool transaction_v2 = false) {
    const std::int32_t count = last >= first ? last - first + 1 : kMax - first + 1 + last + 1;
    const ProducerVerdict verdict = state.check({.producer_id = pid,
                                                 .epoch = epoch,
                                                 .first_sequence = first,
                                                 .last_sequence = last,
                                                 .is_transactional = is_transactional,
                                                 .log_is_new = next_offset == 0,
                                                 .transaction_v2 = transaction_v2});
    if (verdict.kind != Kind::kAppend) return verdict;
    state.appended({.producer_id = pid,
                    .epoch = epoch,
                    .last_sequence = last,
                    .base_offset = next_offset,
                    .last_offset = next_offset + count - 1,
                    .max_timestamp = timestamp_ms,
                    .is_transactional = is_transactional});
    next_offset += count;
    return verdict;
  }

  void expect_appended(std::int16_t epoch, std::int32_t first, std::int32_t last) {
    const std::int64_t before = next_offset;
    EXPECT_EQ(send(epoch, first, last).kind, Kind::kAppend)
        << "epoch " << epoch << ", " << first << ".." << last;
    EXPECT_GT(next_offset, before);
    expect_state(epoch, last);
  }

  void expect_refused(std::int16_t epoch, std::int32_t first, std::int32_t last, ErrorCode error) {
    const ProducerEntry* entry = state.find(pid);
    const auto before = entry == nullptr ? ProducerEntry{} : *entry;
    const ProducerVerdict verdict = send(epoch, first, last);
    EXPECT_EQ(verdict.kind, Kind::kRefused) << "epoch " << epoch << ", " << first << ".." << last;
    EXPECT_EQ(verdict.error, error) << verdict.reason;
    EXPECT_FALSE(verdict.reason.empty());
    entry = state.find(pid);
    EXPECT_EQ(before.epoch, entry == nullptr ? -1 : entry->epoch);
    EXPECT_EQ(before.last_sequence(), entry == nullptr ? -1 : entry->last_sequence());
  }

  void expect_duplicate(std::int16_t epoch, std::int32_t first, std::int32_t last,
                        std::int64_t offset) {
    const std::int64_t before = next_offset;
    const ProducerVerdict verdict = send(epoch, first, last);
    EXPECT_EQ(verdict.kind, Kind::kDuplicate) << verdict.reason;
    EXPECT_EQ(verdict.duplicate.first_offset(), offset);
    EXPECT_EQ(next_offset, before);
  }

  void expect_state(std::int16_t epoch, std::int32_t last_sequence) {
    const ProducerEntry* entry = state.find(pid);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->epoch, epoch);
    EXPECT_EQ(entry->last_sequence(), last_sequence);
  }

  ErrorCode mark(TransactionMarker marker) {
    marker.producer_id = pid;
    marker.timestamp_ms = timestamp_ms;
    const ErrorCode error = state.check_marker(marker);
    if (error == ErrorCode::kNone) state.marker_appended(marker, next_offset++);
    return error;
  }

  // An open transaction with sequences 0..4.
  void open_transaction(std::int16_t epoch) {
    state.verification_started(pid, epoch, 0);
    ASSERT_EQ(send(epoch, 0, 4, true).kind, Kind::kAppend);
  }

  ProducerStateManager state{ProducerStateOptions{}};
  std::int64_t pid = kPid;
  std::int64_t next_offset = 0;
  std::int64_t timestamp_ms = 1'700'000'000'000;
};

TEST_F(ProducerState, T1_UnknownProducerMayStartAtZero) { expect_appended(3, 0, 0); }

TEST_F(ProducerState, T2_UnknownProducerMayStartAnywhere) { expect_appended(5, 100, 104); }

TEST_F(ProducerState, T3_TransactionV2MustStartAtZero) {
  state.verification_started(kPid, 0, 3);
  const ProducerVerdict verdict = send(0, 3, 3, true, true);
  EXPECT_EQ(verdict.error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(verdict.expected_sequence, 0);
  EXPECT_EQ(state.find(kPid), nullptr);
}

TEST_F(ProducerState, T4_T17_T18_T19_EpochMinusOneIsOnlyCheckedForDuplicates) {
  expect_appended(-1, 5, 5);
  expect_duplicate(-1, 5, 5, 0);
  expect_appended(-1, 9, 9);
  expect_appended(0, 3, 3);
  expect_refused(-1, 10, 10, ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerState, T6_ARepeatedBatchIsADuplicateOfTheOriginal) {
  expect_appended(0, 0, 9);
  expect_appended(0, 10, 14);
  expect_duplicate(0, 10, 14, 10);
  expect_duplicate(0, 0, 9, 0);
  expect_state(0, 14);
}

TEST_F(ProducerState, T6_FiveBatchesAreRemembered) {
  for (std::int32_t i = 0; i < 6; ++i) expect_appended(0, i, i);
  expect_refused(0, 0, 0, ErrorCode::kOutOfOrderSequenceNumber);
  for (std::int32_t i = 1; i < 6; ++i) expect_duplicate(0, i, i, i);
}

TEST_F(ProducerState, T7_AnOlderEpochIsFencedEvenForAWrittenRange) {
  expect_appended(0, 0, 4);
  expect_appended(1, 0, 0);
  expect_refused(0, 0, 4, ErrorCode::kInvalidProducerEpoch);
  expect_refused(0, 5, 5, ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerState, T8_ANewerEpochStartsAtZeroAndForgetsTheOldBatches) {
  expect_appended(3, 0, 2);
  expect_appended(7, 0, 2);
  expect_duplicate(7, 0, 2, 3);
  EXPECT_EQ(state.find(kPid)->batches.size(), 1u);
}

TEST_F(ProducerState, T9_ANewerEpochMustStartAtZero) {
  expect_appended(0, 0, 4);
  expect_refused(1, 5, 5, ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(0, 5, 5);
}

TEST_F(ProducerState, T10_T13_OnlyTheNextSequenceFits) {
  expect_appended(0, 0, 0);
  expect_refused(0, 2, 2, ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(0, 1, 1);
  expect_appended(0, 2, 2);
}

TEST_F(ProducerState, T11_T12_SequencesWrapAfterTheLargest) {
  expect_appended(0, kMax, kMax);
  expect_refused(0, 1, 1, ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(0, 0, 0);
}

TEST_F(ProducerState, T11_ABatchMaySpanTheWrap) {
  expect_appended(0, kMax - 2, 1);
  expect_duplicate(0, kMax - 2, 1, 0);
  expect_appended(0, 2, 2);
}

TEST_F(ProducerState, T12_TheWrapIsOnlyFromTheLargest) {
  expect_appended(0, kMax - 1, kMax - 1);
  expect_refused(0, 0, 0, ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(ProducerState, T13_AGapIsRefusedWithTheExpectedSequence) {
  expect_appended(0, 0, 157);
  const ProducerVerdict verdict = send(0, 160, 160);
  EXPECT_EQ(verdict.expected_sequence, 158);
  EXPECT_EQ(verdict.reason, "expected 158, got 160");
}

TEST_F(ProducerState, T14_OverlapsAreNeitherDuplicatesNorNew) {
  expect_appended(0, 0, 9);
  expect_refused(0, 0, 4, ErrorCode::kOutOfOrderSequenceNumber);
  expect_refused(0, 5, 9, ErrorCode::kOutOfOrderSequenceNumber);
  expect_refused(0, 5, 14, ErrorCode::kOutOfOrderSequenceNumber);
  expect_refused(0, 0, 10, ErrorCode::kOutOfOrderSequenceNumber);
  expect_duplicate(0, 0, 9, 0);
}

TEST_F(ProducerState, T14_AMergeOfTwoBatchesIsRefused) {
  expect_appended(0, 0, 4);
  expect_appended(0, 5, 9);
  expect_refused(0, 0, 9, ErrorCode::kOutOfOrderSequenceNumber);
}

TEST_F(ProducerState, T15_T16_AfterAMarkerOnlyZeroFits) {
  EXPECT_EQ(mark({.epoch = 4}), ErrorCode::kNone);
  expect_state(4, -1);
  expect_refused(4, 1, 1, ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(4, 0, 0);
}

TEST_F(ProducerState, T20_APlainBatchInAnOpenTransactionIsRefused) {
  open_transaction(0);
  expect_refused(0, 5, 5, ErrorCode::kInvalidTxnState);
}

TEST_F(ProducerState, T21_AlsoAtANewerEpoch) {
  open_transaction(0);
  expect_refused(1, 0, 0, ErrorCode::kInvalidTxnState);
}

TEST_F(ProducerState, T22_ATransactionGoesOnWithTheNextSequence) {
  open_transaction(0);
  EXPECT_EQ(send(0, 5, 5, true).kind, Kind::kAppend);
  EXPECT_EQ(state.find(kPid)->transaction_first_offset, 0);
}

TEST_F(ProducerState, T23_AVerifiedTransactionBegins) {
  expect_appended(0, 0, 2);
  state.verification_started(kPid, 0, 3);
  EXPECT_EQ(send(0, 3, 3, true).kind, Kind::kAppend);
  EXPECT_EQ(state.find(kPid)->transaction_first_offset, 3);
  EXPECT_EQ(state.first_unstable_offset(), 3);
}

TEST_F(ProducerState, T24_T25_AnUnverifiedTransactionIsRefused) {
  expect_appended(2, 0, 2);
  EXPECT_EQ(send(2, 3, 3, true).error, ErrorCode::kInvalidTxnState);
  EXPECT_EQ(send(1, 3, 3, true).error, ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerState, TheLowestVerifiedSequenceComesFirst) {
  state.verification_started(kPid, 0, 4);
  state.verification_started(kPid, 0, 2);
  state.verification_started(kPid, 0, 6);
  EXPECT_EQ(send(0, 4, 4, true).error, ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(send(0, 2, 2, true).kind, Kind::kAppend);
}

TEST_F(ProducerState, T26_WithoutAProducerIdNothingIsChecked) {
  pid = -1;
  EXPECT_EQ(send(0, 5, 5).kind, Kind::kAppend);
  EXPECT_EQ(send(0, 5, 5).kind, Kind::kAppend);
  EXPECT_EQ(state.size(), 0u);
}

TEST_F(ProducerState, M1_AMarkerOfTheSameEpochKeepsTheBatches) {
  open_transaction(0);
  EXPECT_EQ(mark({.epoch = 0, .coordinator_epoch = 3}), ErrorCode::kNone);
  expect_state(0, 4);
  EXPECT_EQ(state.find(kPid)->coordinator_epoch, 3);
  EXPECT_FALSE(state.find(kPid)->has_open_transaction());
  expect_duplicate(0, 0, 4, 0);
}

TEST_F(ProducerState, M1_M3_AMarkerOfANewerEpochForgetsThem) {
  for (const std::int16_t version : {std::int16_t{0}, std::int16_t{2}}) {
    state.clear();
    open_transaction(0);
    EXPECT_EQ(mark({.epoch = 1, .transaction_version = version}), ErrorCode::kNone);
    expect_state(1, -1);
  }
}

TEST_F(ProducerState, M2_AMarkerOfAnOlderEpochIsFenced) {
  open_transaction(3);
  EXPECT_EQ(mark({.epoch = 2}), ErrorCode::kInvalidProducerEpoch);
  EXPECT_EQ(mark({.epoch = 2, .transaction_version = 2}), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerState, M4_ARepeatedMarkerIsTolerated) {
  open_transaction(0);
  EXPECT_EQ(mark({.epoch = 1, .transaction_version = 2}), ErrorCode::kNone);
  EXPECT_EQ(mark({.epoch = 1, .transaction_version = 2}), ErrorCode::kNone);
}

TEST_F(ProducerState, M4_TheLastEpochMayBeMarkedAgain) {
  const std::int16_t last = std::numeric_limits<std::int16_t>::max();
  open_transaction(last);
  EXPECT_EQ(mark({.epoch = last, .transaction_version = 2}), ErrorCode::kNone);
}

TEST_F(ProducerState, M5_WithTransactionV2TheEpochMustRise) {
  open_transaction(0);
  EXPECT_EQ(mark({.epoch = 0, .transaction_version = 2}), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProducerState, M6_AnOlderCoordinatorIsFenced) {
  open_transaction(0);
  EXPECT_EQ(mark({.epoch = 0, .coordinator_epoch = 5}), ErrorCode::kNone);
  EXPECT_EQ(mark({.epoch = 0, .coordinator_epoch = 4}), ErrorCode::kTransactionCoordinatorFenced);
}

TEST_F(ProducerState, ATransactionIsUnstableUntilItsMarkerIsReplicated) {
  open_transaction(0);
  EXPECT_EQ(state.first_unstable_offset(), 0);
  EXPECT_EQ(mark({.epoch = 0}), ErrorCode::kNone);  // at offset 5
  EXPECT_EQ(state.first_unstable_offset(), 0);
  state.high_watermark_advanced(5);
  EXPECT_EQ(state.first_unstable_offset(), 0);
  state.high_watermark_advanced(6);
  EXPECT_EQ(state.first_unstable_offset(), std::nullopt);
}

TEST_F(ProducerState, ExpiresByTheTimeOfTheRecordsNotOfTheWrite) {
  expect_appended(0, 0, 4);
  state.expire(timestamp_ms + 86'400'000 - 1);
  EXPECT_NE(state.find(kPid), nullptr);
  state.expire(timestamp_ms + 86'400'000);
  EXPECT_EQ(state.find(kPid), nullptr);
  expect_appended(0, 0, 4);  // the true duplicate is appended again
}

// Nothing keeps a producer from such timestamps, and the difference is more than there are numbers.
TEST_F(ProducerState, TimestampsThatNoClockShowsDoNotExpire) {
  timestamp_ms = std::numeric_limits<std::int64_t>::min();
  expect_appended(0, 0, 4);
  state.expire(1'700'000'000'000);
  EXPECT_NE(state.find(kPid), nullptr);
}

TEST_F(ProducerState, AnOpenTransactionDoesNotExpire) {
  open_transaction(0);
  state.expire(timestamp_ms + 2 * 86'400'000);
  EXPECT_NE(state.find(kPid), nullptr);
}

TEST_F(ProducerState, ProducersAreIndependent) {
  expect_appended(0, 0, 4);
  pid = 7001;
  expect_appended(0, 0, 2);
  pid = kPid;
  expect_appended(0, 5, 5);
  EXPECT_EQ(state.producer_ids(), (std::vector<std::int64_t>{7000, 7001}));
}

TEST(ProducerStateProfile, Before25AnUnknownProducerHadToStartAtZero) {
  const ProducerStateManager state({.unknown_producer = UnknownProducerRule::kUnknownProducerId});
  const ProducerBatch batch{
      .producer_id = kPid, .epoch = 0, .first_sequence = 9, .last_sequence = 9};
  EXPECT_EQ(state.check(batch).error, ErrorCode::kUnknownProducerId);
  EXPECT_EQ(
      state.check({.producer_id = kPid, .epoch = 0, .first_sequence = 0, .last_sequence = 9}).kind,
      Kind::kAppend);
}

TEST(ProducerStateProfile, Since45ANewLogNeedsSequenceZero) {
  const ProducerStateManager state({.unknown_producer = UnknownProducerRule::kAcceptUnlessNewLog});
  ProducerBatch batch{.producer_id = kPid, .epoch = 0, .first_sequence = 9, .last_sequence = 9};
  batch.log_is_new = true;
  EXPECT_EQ(state.check(batch).error, ErrorCode::kOutOfOrderSequenceNumber);
  batch.log_is_new = false;
  EXPECT_EQ(state.check(batch).kind, Kind::kAppend);
}

TEST_F(ProducerState, TheEditorSetsTheNextSequence) {
  expect_appended(0, 0, 4);
  state.set_next_sequence(kPid, 100);
  expect_refused(0, 5, 5, ErrorCode::kOutOfOrderSequenceNumber);
  expect_appended(0, 100, 100);
  state.set_next_sequence(kPid, 0);
  expect_appended(0, 0, 0);
}

TEST_F(ProducerState, TheEditorSetsTheEpoch) {
  expect_appended(0, 0, 4);
  state.set_epoch(kPid, 6);
  expect_refused(0, 5, 5, ErrorCode::kInvalidProducerEpoch);
  expect_appended(6, 0, 0);
}

}  // namespace
}  // namespace understudy::broker
