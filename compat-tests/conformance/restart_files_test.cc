// Section 12 of the log and fetch specification and section 11 of the idempotence specification:
// which files a stopped, or killed, broker leaves, and what they say.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"

namespace understudy::conformance {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsSupersetOf;

constexpr std::int32_t kIndexIntervalBytes = 150;

// "key=value" lines; others are comments.
std::map<std::string, std::string> read_properties(const fs::path& file) {
  std::map<std::string, std::string> properties;
  std::istringstream lines(content_of(file));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string::npos) continue;
    properties[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return properties;
}

// What Kafka's rule puts into the indexes of a segment (LogSegment.append): an entry for a batch in
// front of which more than the interval was appended since the last one, and at the end one more
// for the largest timestamp.
struct Indexes {
  std::vector<OffsetIndexEntry> offsets;
  std::vector<TimeIndexEntry> times;
};

Indexes expected_indexes(const std::vector<StoredBatch>& segment, std::int32_t interval_bytes) {
  Indexes expected;
  TimeIndexEntry largest{.timestamp = -1, .offset = segment.front().base_offset()};
  const auto add_time = [&] {
    const bool is_empty = expected.times.empty();
    if (largest.timestamp > (is_empty ? -1 : expected.times.back().timestamp)) {
      expected.times.push_back(largest);
    }
  };
  std::int32_t position = 0;
  std::int32_t since_last_entry = 0;
  for (const StoredBatch& batch : segment) {
    if (batch.max_timestamp() > largest.timestamp) {
      largest = {.timestamp = batch.max_timestamp(), .offset = batch.last_offset()};
    }
    if (since_last_entry > interval_bytes) {
      expected.offsets.push_back({.offset = batch.last_offset(), .position = position});
      add_time();
      since_last_entry = 0;
    }
    since_last_entry += std::int32_t(batch.size_bytes());
    position += std::int32_t(batch.size_bytes());
  }
  add_time();
  return expected;
}

std::int64_t base_offset_of(const fs::path& file) { return std::stoll(file.stem().string()); }

// The batches of one segment: from its base offset to the next segment's.
std::vector<StoredBatch> segment_of(const std::vector<StoredBatch>& batches,
                                    const std::vector<fs::path>& logs, std::size_t index) {
  std::vector<StoredBatch> segment;
  for (const StoredBatch& batch : batches) {
    const bool is_behind =
        index + 1 < logs.size() && batch.base_offset() >= base_offset_of(logs[index + 1]);
    if (batch.base_offset() >= base_offset_of(logs[index]) && !is_behind) segment.push_back(batch);
  }
  return segment;
}

void expect_segment(const fs::path& log, const std::vector<StoredBatch>& batches) {
  SCOPED_TRACE(log.filename());
  ASSERT_FALSE(batches.empty());
  EXPECT_EQ(content_of(log), bytes_of(batches));
  const Indexes expected = expected_indexes(batches, kIndexIntervalBytes);
  EXPECT_EQ(read_offset_index(fs::path(log).replace_extension("index")), expected.offsets);
  EXPECT_EQ(read_time_index(fs::path(log).replace_extension("timeindex")), expected.times);
}

void expect_snapshot_shows(const fs::path& file, const std::vector<ProducerState>& producers) {
  const auto snapshot = read_snapshot(file);
  EXPECT_EQ(snapshot.size(), producers.size());
  for (const ProducerState& state : producers) {
    const auto found = snapshot.find(state.producer_id);
    ASSERT_NE(found, snapshot.end()) << "producer " << state.producer_id;
    EXPECT_EQ(found->second.producer_epoch, state.producer_epoch);
    EXPECT_EQ(found->second.last_sequence, state.last_sequence);
    EXPECT_EQ(found->second.timestamp, state.last_timestamp);
    EXPECT_EQ(found->second.coordinator_epoch, state.coordinator_epoch);
    EXPECT_EQ(found->second.current_txn_first_offset, state.current_txn_start_offset);
  }
}

RESTART_SCENARIO(Files_OfOneSegment, clean_stop) {
  TestTopic topic;
  const std::int64_t stamp = now_ms();
  EXPECT_THAT(topic.produce(idempotent(3, 7, 11, {.timestamp = stamp})), AppendedAt(0));
  EXPECT_THAT(topic.produce(idempotent(0, 0, 0, {.producer_id = 7001})), AppendedAt(5));
  EXPECT_THAT(topic.produce(plain(2)), AppendedAt(6));
  const std::string log = bytes_of(topic.read());
  const std::int32_t leader_epoch = topic.leader_epoch();
  const std::vector<ProducerState> producers = {*topic.producer_state(),
                                                *topic.producer_state(7001)};
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, topic.name());
    EXPECT_THAT(partition.names(),
                ElementsAre("00000000000000000000.index", "00000000000000000000.log",
                            "00000000000000000000.timeindex", "00000000000000000008.snapshot",
                            "leader-epoch-checkpoint", "partition.metadata"));
    EXPECT_EQ(content_of(partition.log()), log);
    EXPECT_EQ(content_of(partition.path() / "partition.metadata"),
              "version: 0\ntopic_id: " + to_string(topic.id()));
    EXPECT_EQ(content_of(partition.path() / "leader-epoch-checkpoint"),
              "0\n1\n" + std::to_string(leader_epoch) + " 0\n");
    expect_snapshot_shows(partition.file(8, "snapshot"), producers);
    const SnapshotEntry entry = read_snapshot(partition.file(8, "snapshot")).at(kProducerId);
    EXPECT_EQ(entry.last_offset, 4);
    EXPECT_EQ(entry.offset_delta, 4);
    EXPECT_EQ(entry.timestamp, stamp);
  });
  EXPECT_EQ(topic.end_offset(), 8);
}

// 24 batches of different sizes, with timestamps that go up and down.
void fill_segments(TestTopic& topic) {
  const std::int64_t stamp = now_ms() - 1'000'000;
  std::int32_t sequence = 0;
  for (int i = 0; i < 24; ++i) {
    const std::int32_t last = sequence + i % 5;
    EXPECT_EQ(topic.produce(idempotent(0, sequence, last, {.timestamp = stamp + (i * 7) % 13}))
                  .error_code,
              ErrorCode::kNone);
    sequence = last + 1;
  }
}

const Configs kSmallSegments = {{"internal.segment.bytes", "700"},
                                {"index.interval.bytes", std::to_string(kIndexIntervalBytes)}};

RESTART_SCENARIO(Files_OfManySegments, clean_stop) {
  TestTopic topic({.configs = kSmallSegments});
  fill_segments(topic);
  const std::vector<StoredBatch> batches = topic.read_all();
  const std::int64_t end = topic.end_offset();
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, topic.name());
    const std::vector<fs::path> logs = partition.all("log");
    ASSERT_GE(logs.size(), 3u);
    std::vector<fs::path> snapshots;  // where each segment but the first begins, and at the end
    for (std::size_t i = 0; i < logs.size(); ++i) {
      expect_segment(logs[i], segment_of(batches, logs, i));
      snapshots.push_back(
          partition.file(i + 1 < logs.size() ? base_offset_of(logs[i + 1]) : end, "snapshot"));
    }
    EXPECT_EQ(partition.all("snapshot"), snapshots);
    EXPECT_EQ(partition.all("index").size(), logs.size());
    EXPECT_EQ(partition.all("timeindex").size(), logs.size());
    EXPECT_EQ(partition.names().size(), 4 * logs.size() + 2);
  });
  EXPECT_EQ(topic.end_offset(), end);
}

// Of the last segment a killed broker may leave index files of any size.
RESTART_SCENARIO(Files_OfManySegments, killed) {
  TestTopic topic({.configs = kSmallSegments});
  fill_segments(topic);
  const std::vector<StoredBatch> batches = topic.read_all();
  restart([&](const fs::path& data_dir) {
    const PartitionDirectory partition(data_dir, topic.name());
    const std::vector<fs::path> logs = partition.all("log");
    ASSERT_GE(logs.size(), 3u);
    for (std::size_t i = 0; i + 1 < logs.size(); ++i) {
      expect_segment(logs[i], segment_of(batches, logs, i));
      EXPECT_TRUE(fs::exists(partition.file(base_offset_of(logs[i + 1]), "snapshot")));
    }
    EXPECT_EQ(content_of(logs.back()), bytes_of(segment_of(batches, logs, logs.size() - 1)));
  });
  EXPECT_EQ(bytes_of(topic.read_all()), bytes_of(batches));
}

RESTART_SCENARIO(Files_OfTheDataDirectory, clean_stop) {
  TestTopic topic({.partitions = 2});
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  EXPECT_THAT(topic.produce({{1, plain(4)}})[0], AppendedAt(0));
  EXPECT_EQ(topic.delete_records(3, 2, 1).low_watermark, 3);
  const std::string cluster_id = topic.client().ask(wire::DescribeClusterRequest{}, 0).cluster_id;
  const std::string node = std::to_string(node_id());
  std::string directory_id;
  restart([&](const fs::path& data_dir) {
    EXPECT_THAT(names_in(data_dir),
                IsSupersetOf({".kafka_cleanshutdown", "meta.properties", "__cluster_metadata-0",
                              "recovery-point-offset-checkpoint", "log-start-offset-checkpoint",
                              "replication-offset-checkpoint"}));
    using Partition = std::pair<std::string, std::int32_t>;
    const OffsetCheckpoint recovery =
        read_checkpoint(data_dir / "recovery-point-offset-checkpoint");
    EXPECT_EQ(recovery.at(Partition{topic.name(), 0}), 10);
    EXPECT_EQ(recovery.at(Partition{topic.name(), 1}), 4);
    const OffsetCheckpoint high_watermark =
        read_checkpoint(data_dir / "replication-offset-checkpoint");
    EXPECT_EQ(high_watermark.at(Partition{topic.name(), 0}), 10);
    EXPECT_EQ(high_watermark.at(Partition{topic.name(), 1}), 4);
    const OffsetCheckpoint log_start = read_checkpoint(data_dir / "log-start-offset-checkpoint");
    EXPECT_FALSE(log_start.contains({topic.name(), 0}));
    EXPECT_EQ(log_start.at(Partition{topic.name(), 1}), 3);
    const auto meta = read_properties(data_dir / "meta.properties");
    EXPECT_EQ(meta.at("version"), "1");
    EXPECT_EQ(meta.at("node.id"), node);
    EXPECT_EQ(meta.at("cluster.id"), cluster_id);
    EXPECT_EQ(meta.at("directory.id").size(), 22u);
    directory_id = meta.at("directory.id");
  });
  EXPECT_EQ(read_properties(data_dir() / "meta.properties").at("directory.id"), directory_id);
  EXPECT_FALSE(fs::exists(data_dir() / ".kafka_cleanshutdown"));
}

RESTART_SCENARIO(Files_OfTheDataDirectory, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  restart([&](const fs::path& data_dir) {
    EXPECT_FALSE(fs::exists(data_dir / ".kafka_cleanshutdown"));
    EXPECT_TRUE(fs::exists(data_dir / "meta.properties"));
    EXPECT_EQ(content_of(PartitionDirectory(data_dir, topic.name()).path() / "partition.metadata"),
              "version: 0\ntopic_id: " + to_string(topic.id()));
  });
  EXPECT_EQ(topic.end_offset(), 10);
}

// The entry of an epoch is where the log ended when it began.
RESTART_SCENARIO(Files_LeaderEpochsAreWrittenDown, clean_stop, killed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const std::int32_t before = topic.leader_epoch();
  restart();
  const std::int32_t after = topic.leader_epoch();
  EXPECT_THAT(topic.produce(plain(1)), AppendedAt(10));
  const fs::path file =
      PartitionDirectory(data_dir(), topic.name()).path() / "leader-epoch-checkpoint";
  EXPECT_EQ(content_of(file),
            "0\n2\n" + std::to_string(before) + " 0\n" + std::to_string(after) + " 10\n");
}

// What is deleted is gone from the disk, at the latest when the broker stops or starts.
RESTART_SCENARIO(Files_DeletedTopicLosesItsFiles, clean_stop, checkpointed) {
  TestTopic topic;
  EXPECT_THAT(topic.produce(plain(10)), AppendedAt(0));
  const PartitionDirectory partition(data_dir(), topic.name());
  EXPECT_TRUE(fs::exists(partition.path()));
  topic.remove();
  restart();
  EXPECT_FALSE(fs::exists(partition.path()));
}

}  // namespace
}  // namespace understudy::conformance
