// Section 16 of the log and fetch specification, scenarios 31 to 36: ListOffsets,
// OffsetForLeaderEpoch and DeleteRecords. 33 needs transactions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/matchers.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

using wire::ApiKey;

constexpr std::int64_t kLatest = -1;
constexpr std::int64_t kEarliest = -2;
constexpr std::int64_t kMaxTimestamp = -3;
constexpr std::int64_t kEarliestLocal = -4;
constexpr std::int64_t kLatestTiered = -5;
constexpr std::int64_t kEarliestPendingUpload = -6;

constexpr Version kFirstListOffsets = 1;
constexpr Version kFirstWithLeaderEpoch = 4;

MATCHER_P3(Found, timestamp, offset, leader_epoch,
           "timestamp " + testing::PrintToString(timestamp) + ", offset " +
               testing::PrintToString(offset) + ", leader epoch " +
               testing::PrintToString(leader_epoch)) {
  return arg.error_code == ErrorCode::kNone && arg.timestamp == timestamp && arg.offset == offset &&
         arg.leader_epoch == leader_epoch;
}

MATCHER_P(NotFound, error_code, "nothing, with " + testing::PrintToString(error_code)) {
  return arg.error_code == error_code && arg.timestamp == -1 && arg.offset == -1 &&
         arg.leader_epoch == -1;
}

MATCHER_P2(EpochEndsAt, leader_epoch, end_offset,
           "epoch " + testing::PrintToString(leader_epoch) + " ends at " +
               testing::PrintToString(end_offset)) {
  return arg.error_code == ErrorCode::kNone && arg.leader_epoch == leader_epoch &&
         arg.end_offset == end_offset;
}

Version newest_list_offsets() { return newest(ApiKey::kListOffsets); }

wire::Slice stamped(const std::vector<std::int64_t>& timestamps) {
  std::vector<TestRecord> records;
  records.reserve(timestamps.size());
  for (const std::int64_t timestamp : timestamps) records.push_back({.timestamp = timestamp});
  return batch_of({}, records);
}

TEST(LogAndFetch, S31_EmptyLog) {
  TestTopic topic;
  for (Version version = kFirstListOffsets; version <= newest_list_offsets(); ++version) {
    SCOPED_TRACE("ListOffsets version " + std::to_string(version));
    const std::int32_t epoch = version >= kFirstWithLeaderEpoch ? 0 : -1;
    EXPECT_THAT(topic.find_offset(kLatest, version), Found(-1, 0, epoch));
    EXPECT_THAT(topic.find_offset(kEarliest, version), Found(-1, 0, epoch));
    EXPECT_THAT(topic.find_offset(0, version), NotFound(ErrorCode::kNone));
    EXPECT_THAT(topic.find_offset(now_ms(), version), NotFound(ErrorCode::kNone));
  }
  EXPECT_THAT(topic.find_offset(kMaxTimestamp), NotFound(ErrorCode::kNone));
}

TEST(LogAndFetch, S32_OffsetsByTime) {
  TestTopic topic;
  const std::int64_t now = now_ms();
  EXPECT_THAT(topic.produce(stamped({now, now + 1, now + 2})), AppendedAt(0));
  EXPECT_THAT(topic.produce(stamped({now - 500, now - 499, now - 498})), AppendedAt(3));
  EXPECT_THAT(topic.produce(stamped({now + 2})), AppendedAt(6));
  for (Version version = kFirstListOffsets; version <= newest_list_offsets(); ++version) {
    SCOPED_TRACE("ListOffsets version " + std::to_string(version));
    const std::int32_t epoch = version >= kFirstWithLeaderEpoch ? 0 : -1;
    EXPECT_THAT(topic.find_offset(now - 500, version), Found(now, 0, epoch));
    EXPECT_THAT(topic.find_offset(0, version), Found(now, 0, epoch));
    EXPECT_THAT(topic.find_offset(now + 1, version), Found(now + 1, 1, epoch));
    EXPECT_THAT(topic.find_offset(now + 2, version), Found(now + 2, 2, epoch));
    EXPECT_THAT(topic.find_offset(now + 3, version), NotFound(ErrorCode::kNone));
    if (version >= 7) {
      EXPECT_THAT(topic.find_offset(kMaxTimestamp, version), Found(now + 2, 2, epoch));
    }
  }
}

TEST(LogAndFetch, S32_SearchByTimeBeginsAtTheLogStart) {
  TestTopic topic;
  const std::int64_t now = now_ms();
  EXPECT_THAT(topic.produce(stamped({now, now + 9, now + 2})), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(2).low_watermark, 2);
  EXPECT_THAT(topic.find_offset(kEarliest), Found(-1, 2, 0));
  EXPECT_THAT(topic.find_offset(now), Found(now + 2, 2, 0));
  EXPECT_THAT(topic.find_offset(now + 3), NotFound(ErrorCode::kNone));
  // The record with the largest timestamp is told even if it is deleted.
  EXPECT_THAT(topic.find_offset(kMaxTimestamp), Found(now + 9, 1, 0));
}

// A segment without timestamps counts by the time of its last write, and what is not in the first
// segment that is new enough is not found.
TEST(LogAndFetch, S32_SearchByTimeLooksIntoOneSegmentAlone) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "600"}}});
  const std::int64_t past = now_ms() - 5000;
  EXPECT_THAT(topic.produce(batch_of_size(600, {}, -1)), AppendedAt(0));
  EXPECT_THAT(topic.produce(batch_of_size(600, {}, past)), AppendedAt(1));
  EXPECT_THAT(topic.produce(batch_of_size(600, {}, past + 1'000'000)), AppendedAt(2));
  EXPECT_THAT(topic.find_offset(past), NotFound(ErrorCode::kNone));
  EXPECT_THAT(topic.find_offset(past + 1'000'000), Found(past + 1'000'000, 2, 0));
}

TEST(LogAndFetch, S32_WithoutTieredStorage) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  EXPECT_EQ(topic.delete_records(2).low_watermark, 2);
  EXPECT_THAT(topic.find_offset(kEarliestLocal, 8), Found(-1, 2, 0));
  EXPECT_THAT(topic.find_offset(kLatestTiered, 9), NotFound(ErrorCode::kNone));
  EXPECT_THAT(topic.find_offset(kEarliestPendingUpload, 11), NotFound(ErrorCode::kNone));
}

TEST(LogAndFetch, S32_CompressedBatchesAreSearchedToo) {
  TestTopic topic;
  const std::int64_t now = now_ms();
  EXPECT_THAT(
      topic.produce(batch_of({.compression = codec::CompressionType::kZstd},
                             {TestRecord{.timestamp = now - 9}, TestRecord{.timestamp = now},
                              TestRecord{.timestamp = now - 3}})),
      AppendedAt(0));
  EXPECT_THAT(topic.find_offset(now - 4), Found(now, 1, 0));
  EXPECT_THAT(topic.find_offset(kMaxTimestamp), Found(now, 1, 0));
}

TEST(LogAndFetch, S34_UnknownTimestampsAreRefused) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  for (Version version = kFirstListOffsets; version <= newest_list_offsets(); ++version) {
    SCOPED_TRACE("ListOffsets version " + std::to_string(version));
    EXPECT_THAT(topic.find_offset(-7, version), NotFound(ErrorCode::kUnsupportedVersion));
  }
  const std::vector<std::pair<std::int64_t, Version>> too_old = {
      {kMaxTimestamp, 6}, {kEarliestLocal, 7}, {kLatestTiered, 8}, {kEarliestPendingUpload, 10}};
  for (const auto& [timestamp, version] : too_old) {
    SCOPED_TRACE("timestamp " + std::to_string(timestamp));
    EXPECT_THAT(topic.find_offset(timestamp, version), NotFound(ErrorCode::kUnsupportedVersion));
  }
}

wire::ListOffsetsRequest list_offsets_request(const TestTopic& topic) {
  return {.replica_id = -1,
          .topics = {{.name = topic.name(),
                      .partitions = {{.partition_index = 0, .timestamp = kLatest}}}}};
}

TEST(LogAndFetch, S34_PartitionAskedForTwiceIsRefused) {
  TestTopic topic({.partitions = 2});
  wire::ListOffsetsRequest request = list_offsets_request(topic);
  auto& partitions = request.topics[0].partitions;
  partitions.push_back(partitions[0]);
  partitions.push_back(partitions[0]);
  partitions[2].partition_index = 1;
  const auto response = topic.client().ask(request, newest_list_offsets());
  int answers_for_1 = 0;
  for (const auto& answer : response.topics.at(0).partitions) {
    if (answer.partition_index == 0) {
      EXPECT_THAT(answer, NotFound(ErrorCode::kInvalidRequest));
    } else {
      EXPECT_THAT(answer, Found(-1, 0, 0));
      ++answers_for_1;
    }
  }
  EXPECT_EQ(answers_for_1, 1);
}

TEST(LogAndFetch, S34_UnknownTopicPartitionAndEpoch) {
  TestTopic topic;
  EXPECT_THAT(topic.find_offset(kLatest, {}, 5), NotFound(ErrorCode::kUnknownTopicOrPartition));
  wire::ListOffsetsRequest request = list_offsets_request(topic);
  request.topics[0].name = unique_name("missing");
  auto response = topic.client().ask(request, newest_list_offsets());
  EXPECT_THAT(response.topics.at(0).partitions.at(0),
              NotFound(ErrorCode::kUnknownTopicOrPartition));

  request = list_offsets_request(topic);
  request.topics[0].partitions[0].current_leader_epoch = 1;
  for (Version version = kFirstWithLeaderEpoch; version <= newest_list_offsets(); ++version) {
    response = topic.client().ask(request, version);
    EXPECT_THAT(response.topics.at(0).partitions.at(0), NotFound(ErrorCode::kUnknownLeaderEpoch));
  }
}

TEST(LogAndFetch, S34_ReadCommittedEndsAtTheLastStableOffset) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(3)), AppendedAt(0));
  wire::ListOffsetsRequest request = list_offsets_request(topic);
  request.isolation_level = 1;
  const auto response = topic.client().ask(request, newest_list_offsets());
  EXPECT_THAT(response.topics.at(0).partitions.at(0), Found(-1, 3, 0));
}

// One epoch, 0: it rises with a restart only. More epochs are for the tests that move leaders.
TEST(LogAndFetch, S35_EndOfALeaderEpoch) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(20)), AppendedAt(0));
  EXPECT_THAT(topic.epoch_end(0), EpochEndsAt(0, 20));
  EXPECT_THAT(topic.epoch_end(1), EpochEndsAt(-1, -1));
  EXPECT_THAT(topic.epoch_end(3), EpochEndsAt(-1, -1));
  EXPECT_THAT(topic.epoch_end(-1), EpochEndsAt(-1, -1));
  EXPECT_THAT(topic.epoch_end(0, 0), EpochEndsAt(0, 20));

  const EpochEnd unknown = topic.epoch_end(0, 1);
  EXPECT_EQ(unknown.error_code, ErrorCode::kUnknownLeaderEpoch);
  EXPECT_EQ(unknown.leader_epoch, -1);
  EXPECT_EQ(unknown.end_offset, -1);
  const EpochEnd missing = topic.epoch_end(0, -1, 5);
  EXPECT_EQ(missing.error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(missing.leader_epoch, -1);
  EXPECT_EQ(missing.end_offset, -1);
}

TEST(LogAndFetch, S36_DeleteRecords) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const auto expect_deleted = [&](std::int64_t offset, std::int64_t low_watermark) {
    for (const Version version : {Version(0), Version(1), Version(2)}) {
      const auto answer = topic.delete_records(offset, version);
      EXPECT_EQ(answer.error_code, ErrorCode::kNone) << "offset " << offset;
      EXPECT_EQ(answer.low_watermark, low_watermark) << "offset " << offset;
    }
  };
  const auto expect_refused = [&](std::int64_t offset) {
    const auto answer = topic.delete_records(offset);
    EXPECT_EQ(answer.error_code, ErrorCode::kOffsetOutOfRange) << "offset " << offset;
    EXPECT_EQ(answer.low_watermark, -1) << "offset " << offset;
  };
  expect_deleted(5, 5);
  EXPECT_EQ(topic.start_offset(), 5);
  expect_deleted(3, 5);
  expect_refused(11);
  expect_refused(-2);
  EXPECT_EQ(topic.start_offset(), 5);
  expect_deleted(-1, 10);
  EXPECT_EQ(topic.start_offset(), 10);
  EXPECT_EQ(topic.end_offset(), 10);
  EXPECT_THAT(topic.produce(plain(1)).base_offset, 10);
}

TEST(LogAndFetch, S36_DeleteRecordsNeedsTheDeletePolicy) {
  TestTopic compacted({.configs = {{"cleanup.policy", "compact"}}});
  EXPECT_THAT(compacted.produce(plain(10)), AppendedAt(0));
  const auto refused = compacted.delete_records(5);
  EXPECT_EQ(refused.error_code, ErrorCode::kPolicyViolation);
  EXPECT_EQ(refused.low_watermark, -1);
  EXPECT_EQ(compacted.start_offset(), 0);

  TestTopic both({.configs = {{"cleanup.policy", "compact,delete"}}});
  EXPECT_THAT(both.produce(plain(10)), AppendedAt(0));
  EXPECT_EQ(both.delete_records(5).low_watermark, 5);
}

TEST(LogAndFetch, S36_DeleteRecordsOfAnUnknownPartition) {
  TestTopic topic;
  const auto answer = topic.delete_records(0, 2, 5);
  EXPECT_EQ(answer.error_code, ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(answer.low_watermark, -1);
}

}  // namespace
}  // namespace understudy::conformance
