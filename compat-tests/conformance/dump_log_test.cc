// Scenario 37 of the log and fetch specification: Apache Kafka's own DumpLogSegments reads every
// file that the broker leaves without a complaint, and prints the batches that Fetch returned and
// the producers that DescribeProducers showed.
//
// The cycle: a clean stop (looked at), more data, a kill and a recovery, more data, a clean stop
// (looked at again).
#include "support/dump_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "conformance/directory.h"
#include "conformance/matchers.h"
#include "conformance/restart.h"
#include "conformance/topic.h"
#include "conformance/transactions.h"

namespace understudy::conformance {
namespace {

namespace fs = std::filesystem;

using testing::IsEmpty;

constexpr const char* kMetadataLog = "__cluster_metadata-0";

using codec::CompressionType;
using support::DumpedFields;
using support::DumpedFile;
using support::DumpedFiles;
using support::number_in;

// Everything about a data directory, by as few runs of the tool as possible.
struct Dump {
  DumpedFiles files;    // all segments with their records, indexes and snapshots
  DumpedFiles indexes;  // only whether they are sane
};

// Not of the metadata log, which has a decoder of its own, and not of what waits for its deletion:
// a real broker doesn't finish those files.
bool is_partition(const fs::path& directory) {
  const std::string name = directory.filename().string();
  return name != kMetadataLog && !name.ends_with("-delete");
}

std::vector<fs::path> files_of_partitions(const fs::path& data_dir,
                                          const std::set<std::string>& extensions) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(data_dir)) {
    if (is_partition(entry.path().parent_path()) &&
        extensions.contains(entry.path().extension().string())) {
      files.push_back(entry.path());
    }
  }
  return files;
}

// Throws if the tool does not get through.
DumpedFiles dump_log(const std::vector<fs::path>& files, const std::string& options) {
  const auto run = support::run_dump_log(settings().dump_command + " " + options, files);
  DumpedFiles dumped = support::parse_dump(run.output);
  if (dumped.size() != files.size() || dumped.contains("")) {
    throw std::runtime_error("DumpLogSegments has not looked at all files: " + run.output);
  }
  return dumped;
}

// The scenarios share one dump per stop: they all look at the same directory.
const Dump& dump_of(const fs::path& data_dir) {
  static Dump dump;
  static int dumped_at_start = -1;
  if (dumped_at_start != starts()) {
    dump.files = dump_log(
        files_of_partitions(data_dir, {".log", ".index", ".timeindex", ".txnindex", ".snapshot"}),
        "--deep-iteration");
    dump.indexes =
        dump_log(files_of_partitions(data_dir, {".index", ".timeindex"}), "--index-sanity-check");
    dumped_at_start = starts();
  }
  return dump;
}

// What the broker said about a partition just before it stopped.
struct Shown {
  std::int64_t end = 0;
  std::vector<StoredBatch> batches;  // from the log start on
  std::vector<ProducerState> producers;
};

Shown shown_by(TestTopic& topic) {
  return {.end = topic.end_offset(), .batches = topic.read_all(), .producers = topic.producers()};
}

void expect_batch(const DumpedFields& dumped, const StoredBatch& batch) {
  SCOPED_TRACE("batch at " + std::to_string(batch.base_offset()));
  EXPECT_EQ(number_in(dumped, "baseOffset"), batch.base_offset());
  EXPECT_EQ(number_in(dumped, "lastOffset"), batch.last_offset());
  EXPECT_EQ(number_in(dumped, "count"), batch.record_count());
  EXPECT_EQ(number_in(dumped, "baseSequence"), batch.base_sequence());
  EXPECT_EQ(number_in(dumped, "lastSequence"), batch.last_sequence());
  EXPECT_EQ(number_in(dumped, "producerId"), batch.producer_id());
  EXPECT_EQ(number_in(dumped, "producerEpoch"), batch.producer_epoch());
  EXPECT_EQ(number_in(dumped, "partitionLeaderEpoch"), batch.partition_leader_epoch());
  EXPECT_EQ(number_in(dumped, "size"), std::int64_t(batch.size_bytes()));
  EXPECT_EQ(number_in(dumped, "crc"), batch.crc());
  EXPECT_EQ(dumped.at("isvalid"), "true");
  EXPECT_EQ(dumped.at("isTransactional"), batch.is_transactional() ? "true" : "false");
  EXPECT_EQ(dumped.at("isControl"), batch.is_control() ? "true" : "false");
  EXPECT_EQ(dumped.at("compresscodec"), codec::name_of(batch.compression()));
  const bool is_create_time = batch.timestamp_type() == codec::TimestampType::kCreateTime;
  EXPECT_EQ(number_in(dumped, is_create_time ? "CreateTime" : "LogAppendTime"),
            batch.max_timestamp());
}

void expect_batches(const PartitionDirectory& partition, const Shown& shown, const Dump& dump) {
  std::vector<DumpedFields> batches;
  std::vector<DumpedFields> records;
  for (const fs::path& log : partition.all("log")) {
    const DumpedFile& file = dump.files.at(log);
    batches.insert(batches.end(), file.entries.begin(), file.entries.end());
    records.insert(records.end(), file.records.begin(), file.records.end());
  }
  ASSERT_FALSE(shown.batches.empty());
  const auto is_below_log_start = [&](const DumpedFields& fields) {
    return number_in(fields, fields.contains("baseOffset") ? "baseOffset" : "offset") <
           shown.batches.front().base_offset();
  };
  std::erase_if(batches, is_below_log_start);
  std::erase_if(records, is_below_log_start);
  ASSERT_EQ(batches.size(), shown.batches.size());
  std::size_t record = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    expect_batch(batches[i], shown.batches[i]);
    for (const auto& read : shown.batches[i].read()) {
      ASSERT_LT(record, records.size());
      EXPECT_EQ(number_in(records[record++], "offset"), read.offset);
    }
  }
  EXPECT_EQ(record, records.size());
}

void expect_producers(const DumpedFile& snapshot, const std::vector<ProducerState>& producers) {
  ASSERT_EQ(snapshot.entries.size(), producers.size());
  std::map<std::int64_t, DumpedFields> dumped;
  for (const DumpedFields& entry : snapshot.entries) {
    dumped[number_in(entry, "producerId")] = entry;
  }
  for (const ProducerState& state : producers) {
    SCOPED_TRACE("producer " + std::to_string(state.producer_id));
    ASSERT_TRUE(dumped.contains(state.producer_id));
    const DumpedFields& entry = dumped.at(state.producer_id);
    EXPECT_EQ(number_in(entry, "producerEpoch"), state.producer_epoch);
    EXPECT_EQ(number_in(entry, "coordinatorEpoch"), state.coordinator_epoch);
    EXPECT_EQ(number_in(entry, "lastTimestamp"), state.last_timestamp);
    EXPECT_EQ(entry.at("currentTxnFirstOffset"),
              state.current_txn_start_offset < 0
                  ? "OptionalLong.empty"
                  : "OptionalLong[" + std::to_string(state.current_txn_start_offset) + "]");
    if (state.last_sequence >= 0) {
      EXPECT_EQ(number_in(entry, "lastSequence"), state.last_sequence);
    } else {
      EXPECT_FALSE(entry.contains("lastSequence"));
    }
  }
}

void expect_no_complaint(const PartitionDirectory& partition, const Dump& dump) {
  for (const auto& entry : fs::directory_iterator(partition.path())) {
    const auto dumped = dump.files.find(entry.path());
    if (dumped == dump.files.end()) continue;
    SCOPED_TRACE(entry.path().filename());
    EXPECT_THAT(dumped->second.complaints, IsEmpty());
    EXPECT_TRUE(!dumped->second.is_called_empty || entry.file_size() == 0);
    const auto index = dump.indexes.find(entry.path());
    if (index == dump.indexes.end()) continue;
    EXPECT_TRUE(index->second.passed_sanity_check || index->second.is_called_empty);
    EXPECT_THAT(index->second.complaints, IsEmpty());
  }
}

// Compaction leaves gaps, and batches without a record, whose timestamp the tool cannot find again:
// it says so of a real broker's files too.
enum class Compaction { kNo, kYes };

void expect_no_dislike(const PartitionDirectory& partition, const Dump& dump,
                       Compaction compaction) {
  for (const fs::path& index : partition.all("timeindex")) {
    for (const auto& [in_index, in_log] : dump.files.at(index).time_mismatches) {
      EXPECT_TRUE(compaction == Compaction::kYes && in_log == -1)
          << index << ": " << in_index << " in the index, " << in_log << " in the log";
    }
  }
  if (compaction == Compaction::kYes) return;
  for (const fs::path& log : partition.all("log")) {
    for (const auto& [from, to] : dump.files.at(log).gaps) {
      EXPECT_EQ(from, -1);  // the tool only wonders that a segment does not begin at 0
      EXPECT_EQ(to, std::stoll(log.stem().string()));
    }
  }
}

void expect_files_show(const PartitionDirectory& partition, const Shown& shown, const Dump& dump) {
  expect_no_complaint(partition, dump);
  expect_batches(partition, shown, dump);
  expect_producers(dump.files.at(partition.file(shown.end, "snapshot")), shown.producers);
}

// `write` gets the number of the round: it is called three times, before each of the endings.
template <class Write>
void expect_dumps_show(Scenario& scenario, TestTopic& topic, Write write,
                       Compaction compaction = Compaction::kNo) {
  const auto stop_and_look = [&] {
    const Shown shown = shown_by(topic);
    scenario.restart([&](const fs::path& data_dir) {
      const PartitionDirectory partition(data_dir, topic.name());
      expect_files_show(partition, shown, dump_of(data_dir));
      expect_no_dislike(partition, dump_of(data_dir), compaction);
    });
  };
  write(0);
  stop_and_look();
  write(1);
  scenario.restart();
  write(2);
  stop_and_look();
}

void expect_appended(const Produced& answer) {
  EXPECT_EQ(answer.error_code, ErrorCode::kNone) << testing::PrintToString(answer);
}

RESTART_SCENARIO(LogAndFetch_S37_Codecs, dumped) {
  TestTopic topic;
  expect_dumps_show(*this, topic, [&](int round) {
    std::vector<TestRecord> records(30, TestRecord{.timestamp = now_ms()});
    records[7].key.reset();
    records[8].value.reset();
    records[9].value = std::string(3000, char('a' + round));
    for (const CompressionType codec :
         {CompressionType::kNone, CompressionType::kGzip, CompressionType::kSnappy,
          CompressionType::kLz4, CompressionType::kZstd}) {
      expect_appended(topic.produce(batch_of({.compression = codec}, records)));
    }
  });
}

RESTART_SCENARIO(LogAndFetch_S37_RecompressedByTheBroker, dumped) {
  TestTopic topic({.configs = {{"compression.type", "zstd"}}});
  expect_dumps_show(*this, topic, [&](int) {
    const std::vector<TestRecord> records(30, TestRecord{.timestamp = now_ms()});
    expect_appended(topic.produce(batch_of({.compression = CompressionType::kLz4}, records)));
    expect_appended(topic.produce(plain(3)));
  });
}

RESTART_SCENARIO(LogAndFetch_S37_IdempotentProducers, dumped) {
  constexpr std::int32_t kMaxSequence = 2147483647;
  TestTopic topic;
  expect_dumps_show(*this, topic, [&](int round) {
    const std::int32_t first = 10 * round;
    expect_appended(topic.send(3, first, first + 4));
    expect_appended(topic.send(3, first + 5, first + 9));
    expect_appended(topic.produce(idempotent(round, 0, 2, {.producer_id = 7001})));
    expect_appended(
        topic.produce(idempotent(0, kMaxSequence - 1, 1, {.producer_id = 8000 + round})));
    expect_appended(topic.produce(plain(2)));
    expect_appended(topic.produce(idempotent(-1, 5, 5, {.producer_id = 9000 + round})));
  });
}

RESTART_SCENARIO(LogAndFetch_S37_ManySegments, dumped) {
  TestTopic topic(
      {.configs = {{"internal.segment.bytes", "900"}, {"index.interval.bytes", "150"}}});
  std::int32_t sequence = 0;
  const std::int64_t stamp = now_ms() - 1'000'000;
  expect_dumps_show(*this, topic, [&](int round) {
    for (int i = 0; i < 30; ++i) {
      const std::int32_t last = sequence + i % 4;
      const std::int64_t at = stamp + 1000 * round + (i * 7) % 13;
      expect_appended(topic.produce(idempotent(0, sequence, last, {.timestamp = at})));
      sequence = last + 1;
    }
  });
}

RESTART_SCENARIO(LogAndFetch_S37_IndexesOfOneSegment, dumped) {
  TestTopic topic({.configs = {{"index.interval.bytes", "100"}}});
  const std::int64_t stamp = now_ms() - 1'000'000;
  expect_dumps_show(*this, topic, [&](int round) {
    for (int i = 0; i < 20; ++i) {
      expect_appended(topic.produce(plain(1 + i % 3, stamp + 100 * round + i % 11)));
    }
  });
}

RESTART_SCENARIO(LogAndFetch_S37_LogAppendTime, dumped) {
  TestTopic topic({.configs = {{"message.timestamp.type", "LogAppendTime"},
                               {"internal.segment.bytes", "500"},
                               {"index.interval.bytes", "1"}}});
  expect_dumps_show(*this, topic, [&](int round) {
    for (int i = 0; i < 10; ++i) expect_appended(topic.send(0, 10 * round + i, 10 * round + i));
  });
}

// Records without a timestamp, and records of long ago.
RESTART_SCENARIO(LogAndFetch_S37_OddTimestamps, dumped) {
  TestTopic topic({.configs = {{"internal.segment.bytes", "500"},
                               {"index.interval.bytes", "1"},
                               {"retention.ms", "-1"}}});
  expect_dumps_show(*this, topic, [&](int round) {
    for (const std::int64_t stamp : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1'000}}) {
      for (int i = 0; i < 4; ++i) expect_appended(topic.produce(plain(2, stamp)));
    }
    if (round == 1) expect_appended(topic.produce(plain(1)));
  });
}

RESTART_SCENARIO(LogAndFetch_S37_DeletedRecords, dumped) {
  TestTopic topic;
  expect_dumps_show(*this, topic, [&](int round) {
    for (int i = 0; i < 4; ++i)
      expect_appended(topic.send(0, 20 * round + 5 * i, 20 * round + 5 * i + 4));
    EXPECT_EQ(topic.delete_records(20 * round + 12).error_code, ErrorCode::kNone);
  });
}

// The key of producer 7000's batches is overwritten by another one's, so that an empty batch stays.
RESTART_SCENARIO(LogAndFetch_S37_EmptyBatchOfACompactedLog, dumped) {
  TestTopic topic({.configs = {{"cleanup.policy", "compact"},
                               {"internal.segment.bytes", "200"},
                               {"min.cleanable.dirty.ratio", "0.01"}}});
  std::int32_t other = 0;
  expect_dumps_show(
      *this, topic,
      [&](int round) {
        expect_appended(topic.send(0, 3 * round, 3 * round + 2));
        for (int i = 0; i < 6; ++i, ++other) {
          expect_appended(topic.produce(idempotent(0, other, other, {.producer_id = 7001})));
        }
        // The cleaner is at rest when it has left the empty batch, the last record that it may
        // look at, and the one or two batches of the active segment.
        const std::size_t left = round == 1 ? 4 : 3;
        EXPECT_TRUE(eventually([&] { return topic.read_all().size() == left; }));
        EXPECT_EQ(topic.read_all().at(0).record_count(), 0);
      },
      Compaction::kYes);
}

RESTART_SCENARIO(LogAndFetch_S37_Transactions, dumped) {
  const std::string missing = missing_transactions();
  if (!missing.empty()) GTEST_SKIP() << missing;
  TestTopic topic;
  TransactionalProducer producer(unique_name("tx"));
  expect_dumps_show(*this, topic, [&](int) {
    expect_appended(producer.send(topic, 3));
    expect_appended(producer.send(topic, 2));
    producer.end(topic, Outcome::kCommit);
    expect_appended(producer.send(topic, 4));
    producer.end(topic, Outcome::kAbort);
    expect_appended(topic.produce(plain(1)));
  });
}

// The metadata log ------------------------------------------------------------------------------

std::string string_in(const std::string& payload, const std::string& name) {
  const std::string before = "\"" + name + "\":\"";
  const std::size_t at = payload.find(before);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + before.size();
  return payload.substr(begin, payload.find('"', begin) - begin);
}

// What replaying the log comes to. A broker may write it anew, without what is gone.
struct ReplayedMetadata {
  std::map<std::string, std::string> topics;  // the name of each id
  std::map<std::string, int> partitions;      // how many each id has
  std::map<std::string, std::string> retention_ms;
};

ReplayedMetadata replayed(const DumpedFile& log) {
  ReplayedMetadata metadata;
  for (const std::string& payload : log.payloads) {
    const std::string type = string_in(payload, "type");
    const std::string id = string_in(payload, "topicId");
    if (type == "TOPIC_RECORD") metadata.topics[id] = string_in(payload, "name");
    if (type == "PARTITION_RECORD") ++metadata.partitions[id];
    if (type == "REMOVE_TOPIC_RECORD") metadata.topics.erase(id);
    if (type == "CONFIG_RECORD" && string_in(payload, "name") == "retention.ms") {
      metadata.retention_ms[string_in(payload, "resourceName")] = string_in(payload, "value");
    }
  }
  return metadata;
}

std::map<std::string, std::string> topics_shown() {
  RawClient client = connect();
  const auto answer = client.ask(wire::MetadataRequest{.topics = std::nullopt}, 12);
  std::map<std::string, std::string> topics;
  for (const auto& topic : answer.topics) topics[to_string(topic.topic_id)] = topic.name.value();
  return topics;
}

RESTART_SCENARIO(Cluster_MetadataLog, dumped) {
  TestTopic kept({.partitions = 2, .configs = {{"retention.ms", "123456"}}});
  TestTopic removed({.partitions = 2});
  removed.remove();
  kept.set_configs({{"retention.ms", "654321"}});
  const std::map<std::string, std::string> shown = topics_shown();
  EXPECT_TRUE(shown.contains(to_string(kept.id())));
  EXPECT_FALSE(shown.contains(to_string(removed.id())));
  const auto look = [&](const fs::path& data_dir) {
    const fs::path log = PartitionDirectory(data_dir, "__cluster_metadata").log();
    const DumpedFile dumped = dump_log({log}, "--cluster-metadata-decoder").at(log);
    EXPECT_THAT(dumped.complaints, IsEmpty());
    EXPECT_THAT(dumped.gaps, IsEmpty());
    EXPECT_FALSE(dumped.entries.empty());
    for (const DumpedFields& batch : dumped.entries) EXPECT_EQ(batch.at("isvalid"), "true");
    ReplayedMetadata metadata = replayed(dumped);
    EXPECT_EQ(metadata.topics, shown);
    EXPECT_EQ(metadata.partitions[to_string(kept.id())], 2);
    EXPECT_EQ(metadata.retention_ms[kept.name()], "654321");
  };
  restart(look);
  restart();
  restart(look);
}

}  // namespace
}  // namespace understudy::conformance
