// Partitions whose files another broker wrote, and left: with gaps, with the message formats before
// magic 2, with offsets that are far apart. They are put in the place of a partition's files while
// no broker runs. What the broker under test then serves is checked against what lies there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "codec/stored_batch.h"
#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

namespace fs = std::filesystem;

using Offsets = std::vector<std::int64_t>;
using Segments = std::map<std::int64_t, std::string>;  // by base offset

constexpr std::int64_t kStamp = 1'500'000'000'000;

std::string text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

std::string batch(std::int64_t offset, std::int32_t leader_epoch = 0) {
  return text(
      codec::RecordBatchBuilder({.base_offset = offset, .partition_leader_epoch = leader_epoch})
          .add({.timestamp = kStamp, .key = "k", .value = "v"})
          .build());
}

std::string batches(const Offsets& offsets) {
  std::string bytes;
  for (const std::int64_t offset : offsets) bytes += batch(offset);
  return bytes;
}

std::string old_message(codec::OldMessageFields fields) {
  fields.key = "k";
  if (!fields.value) fields.value = "v";
  return text(codec::build_old_message(fields));
}

std::string compressed_message(const std::string& inner, codec::OldMessageFields fields) {
  const auto compressed = codec::compress(fields.compression, codec::view_of(inner));
  fields.value = codec::text_of(compressed);
  return old_message(fields);
}

std::string all_of(const Segments& segments) {
  std::string bytes;
  for (const auto& [base, content] : segments) bytes += content;
  return bytes;
}

// A topic whose partition's files these segments take the place of.
class Foreign {
 public:
  explicit Foreign(Configs configs = {{"retention.ms", "-1"}})
      : topic({.configs = std::move(configs)}) {
    EXPECT_THAT(topic.produce(plain(1)), AppendedAt(0));  // so that it has files
  }

  WhileDown with(Segments segments) {
    return [this, segments = std::move(segments)](const fs::path& data_dir) {
      directory_ = PartitionDirectory(data_dir, topic.name()).path();
      for (const std::string& name : names_in(directory_)) {
        if (name != "partition.metadata") fs::remove(directory_ / name);
      }
      const PartitionDirectory partition(data_dir, topic.name());
      for (const auto& [base, content] : segments) write_content(partition.log(base), content);
    };
  }

  // Byte for byte, from the log start to the end.
  std::string served() {
    std::string bytes;
    for (std::int64_t offset = topic.start_offset(), end = topic.end_offset(); offset < end;) {
      const FetchedPartition fetched = topic.fetch(offset, {.partition_max_bytes = 1});
      EXPECT_EQ(fetched.error_code, ErrorCode::kNone);
      if (!fetched.records || fetched.records->empty()) break;
      const auto found = codec::StoredBatch::read(codec::view_of(*fetched.records));
      if (!found) break;
      bytes += fetched.records->view().substr(0, found->total_size());
      offset = found->next_offset();
    }
    return bytes;
  }

  void expect_all_of(const Segments& segments, std::int64_t end) {
    EXPECT_EQ(topic.end_offset(), end);
    EXPECT_EQ(served(), all_of(segments));
    EXPECT_THAT(topic.produce(plain(1)), AppendedAt(end));
  }

  TestTopic topic;

 private:
  fs::path directory_;
};

#define FOREIGN_SCENARIO(name, end, ...)               \
  RESTART_SCENARIO(name, killed, adopted_after_kill) { \
    Foreign foreign;                                   \
    const Segments segments = __VA_ARGS__;             \
    restart(foreign.with(segments));                   \
    foreign.expect_all_of(segments, end);              \
  }

FOREIGN_SCENARIO(LogAndFetch_GapsInTheOnlySegment, 10, {{0, batches({0, 5, 9})}})
FOREIGN_SCENARIO(LogAndFetch_GapsInTheLastSegment, 11,
                 {{0, batches({0, 1})}, {2, batches({2, 9, 10})}})
FOREIGN_SCENARIO(LogAndFetch_LastSegmentBeginsAboveItsName, 10,
                 {{0, batches({0, 1})}, {7, batches({9})}})
FOREIGN_SCENARIO(LogAndFetch_FirstRecordsWereCompactedAway, 601,
                 {{0, batches({567, 573, 582, 585, 600})}})
FOREIGN_SCENARIO(LogAndFetch_EmptySegmentInTheMiddle, 10,
                 {{0, batches({0, 1})}, {2, ""}, {7, batches({9})}})
FOREIGN_SCENARIO(LogAndFetch_EmptySegmentAtTheEnd, 7, {{0, batches({0, 1})}, {7, ""}})
FOREIGN_SCENARIO(LogAndFetch_LogThatBeginsLate, 7, {{5, batches({5, 6})}})
FOREIGN_SCENARIO(LogAndFetch_GapOfAThousandMillion, 1000000001, {{0, batches({0, 1000000000})}})
FOREIGN_SCENARIO(LogAndFetch_OffsetsTooFarApartForASegment, 8589934593,
                 {{0, batches({0, 2147483647, 2147483648, 2147483653, 8589934592})}})
FOREIGN_SCENARIO(LogAndFetch_OffsetsNearTheirEnd, 9223372036854775706,
                 {{9223372036854775600, batches({9223372036854775600, 9223372036854775705})}})
FOREIGN_SCENARIO(LogAndFetch_LeaderEpochsThatGoBack, 4,
                 {{0, batch(0, 3) + batch(1, 7) + batch(2, 5) + batch(3, -1)}})
FOREIGN_SCENARIO(LogAndFetch_MessagesOfMagic0, 2,
                 {{0, old_message({.magic = 0, .offset = 0}) +
                          old_message({.magic = 0, .offset = 1})}})
FOREIGN_SCENARIO(LogAndFetch_MessagesOfMagic1, 2,
                 {{0, old_message({.offset = 0, .timestamp = kStamp}) +
                          old_message({.offset = 1, .timestamp = kStamp})}})
FOREIGN_SCENARIO(LogAndFetch_MessagesOfAllFormats, 4,
                 {{0, old_message({.magic = 0, .offset = 0}) + old_message({.offset = 1})},
                  {2, old_message({.offset = 2}) + batch(3)}})
FOREIGN_SCENARIO(LogAndFetch_OldMessagesWithGaps, 10,
                 {{0, old_message({.offset = 3}) + old_message({.offset = 9})}})

// What is cut off by Kafka is cut off here, and no more.
RESTART_SCENARIO(LogAndFetch_OldMessageWithAWrongChecksumIsCutOff, killed, adopted_after_kill) {
  Foreign foreign;
  const std::string sound = old_message({.offset = 0});
  std::string bad = old_message({.offset = 1});
  bad.back() ^= 1;
  restart(foreign.with({{0, sound + bad + old_message({.offset = 2})}}));
  foreign.expect_all_of({{0, sound}}, 1);
}

RESTART_SCENARIO(LogAndFetch_TornOldMessageIsCutOff, killed, adopted_after_kill) {
  Foreign foreign;
  const std::string sound = old_message({.offset = 0});
  restart(foreign.with({{0, sound + old_message({.offset = 1}).substr(0, 20)}}));
  foreign.expect_all_of({{0, sound}}, 1);
}

RESTART_SCENARIO(LogAndFetch_TornSegmentWithoutIndexTakesNoOtherAlong, killed, adopted_after_kill) {
  Foreign foreign;
  restart(foreign.with({{0, batches({0, 1}) + batch(2).substr(0, 40)}, {3, batches({3})}}));
  foreign.expect_all_of({{0, batches({0, 1})}, {3, batches({3})}}, 4);
}

// Compressed messages are served as they are, and searched through for times.
RESTART_SCENARIO(LogAndFetch_CompressedOldMessages, killed, adopted_after_kill) {
  Foreign foreign;
  std::string inner;
  for (const std::int64_t offset : {0, 3, 9}) {
    inner += old_message({.offset = offset, .timestamp = kStamp + offset});
  }
  std::string all;
  std::int64_t end = 0;
  for (const auto codec : {codec::CompressionType::kGzip, codec::CompressionType::kSnappy,
                           codec::CompressionType::kLz4}) {
    end += 20;
    all += compressed_message(inner,
                              {.offset = end - 1, .timestamp = kStamp + 9, .compression = codec});
  }
  restart(foreign.with({{0, all}}));
  const FoundOffset first = foreign.topic.find_offset(kStamp + 1);
  EXPECT_EQ(first.offset, 13);
  EXPECT_EQ(first.timestamp, kStamp + 3);
  EXPECT_EQ(first.leader_epoch, -1);
  EXPECT_EQ(foreign.topic.find_offset(kStamp + 10).offset, -1);
  foreign.expect_all_of({{0, all}}, end);
}

RESTART_SCENARIO(LogAndFetch_FetchInAGapIsAnsweredWithTheNextBatch, killed, adopted_after_kill) {
  Foreign foreign;
  restart(foreign.with({{0, batches({0, 5})}, {7, batches({9})}}));
  EXPECT_EQ(foreign.topic.read(1).at(0).base_offset(), 5);
  EXPECT_EQ(foreign.topic.read(6).at(0).base_offset(), 9);
  EXPECT_EQ(foreign.topic.delete_records(7).error_code, ErrorCode::kNone);
  EXPECT_EQ(foreign.topic.start_offset(), 7);
  EXPECT_EQ(foreign.topic.read(7).at(0).base_offset(), 9);
  EXPECT_EQ(foreign.topic.fetch(6).error_code, ErrorCode::kOffsetOutOfRange);
}

}  // namespace
}  // namespace understudy::conformance
