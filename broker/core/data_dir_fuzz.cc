// Any bytes as one file of a data directory that is otherwise sound: the broker starts, or refuses
// with a line that names the file; it serves nothing wrong, takes new records, stops, and finds the
// same when it starts again.
//
// The first byte of the input chooses the file, the second how the directory was left; the rest is
// the file.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/clock.h"
#include "broker/core/broker.h"
#include "broker/core/testing/broker_inside.h"
#include "broker/log/files.h"
#include "broker/log/read_back_fuzz.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"
#include "codec/control_record.h"
#include "codec/crc32c.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

// How the directory was left: bits of the second byte.
constexpr std::uint8_t kKilled = 1;          // no sign of a clean stop
constexpr std::uint8_t kChecksumsRight = 2;  // those of the chosen file
constexpr std::uint8_t kNoSnapshots = 4;
constexpr std::uint8_t kSynced = 8;

struct Target {
  const char* path;
  // Records lie in the file, or it says which there are: then what is served may be less.
  bool decides_on_records = false;
};

// t has closed segments (those at 0 and 4 are meant here) and an active one, c is compacted, x has
// transactions.
constexpr std::array kTargets = {
    Target{"t-0/00000000000000000000.log", true},
    Target{"t-0/00000000000000000004.log", true},
    Target{"t-0/00000000000000000008.log", true},
    Target{"t-0/00000000000000000000.index"},
    Target{"t-0/00000000000000000008.index"},
    Target{"t-0/00000000000000000004.timeindex"},
    Target{"t-0/00000000000000000008.timeindex"},
    Target{"t-0/00000000000000000010.snapshot"},
    Target{"t-0/00000000000000000004.snapshot"},
    Target{"t-0/leader-epoch-checkpoint"},
    Target{"t-0/partition.metadata", true},  // of another topic: put aside
    Target{"c-0/00000000000000000000.log", true},
    Target{"c-0/00000000000000000004.log.swap", true},
    Target{"x-0/00000000000000000000.log", true},
    Target{"x-0/00000000000000000000.txnindex"},
    Target{"x-0/00000000000000000004.snapshot"},
    Target{"recovery-point-offset-checkpoint", true},
    Target{"log-start-offset-checkpoint", true},
    Target{"replication-offset-checkpoint"},
    Target{"cleaner-offset-checkpoint"},
    Target{"meta.properties"},
    Target{"__cluster_metadata-0/00000000000000000000.log", true},
    Target{".kafka_cleanshutdown"},
};

using Directory = std::map<std::string, std::string>;  // content by path
using Contents = std::map<std::string, ReadBack>;      // by "topic-0"

class Nothing : public Outbox {
 public:
  void respond(ConnectionId, std::vector<wire::Slice>) override {}
  void respond_nothing(ConnectionId) override {}
  void close(ConnectionId, const std::string&) override {}
};

// A broker on a storage, without clients.
class Started {
 public:
  explicit Started(Storage& storage)
      : random_(1), broker_(options(), clock_, random_, storage, outbox_) {}

  Broker& broker() { return broker_; }
  Cluster& cluster() { return BrokerInside(broker_).cluster(); }

  void compact() {
    cluster().logs().compact();
    while (cluster().logs().is_compacting()) {
      clock_.advance(1);
      broker_.advance();
    }
  }

  Contents read_all() {
    Contents contents;
    for (const auto& [name, topic] : cluster().topics()) {
      for (const auto& partition : topic->partitions) {
        contents[partition_directory(name, partition->index())] = read_back(*partition);
      }
    }
    return contents;
  }

 private:
  static BrokerOptions options() {
    BrokerOptions options;
    options.cluster.cluster_id = "fuzzed-cluster-id-0000";
    // Small: every input starts two brokers.
    options.cluster.static_configs = {{"log.cleaner.dedupe.buffer.size", "1048577"},
                                      {"log.cleaner.io.buffer.size", "200"}};
    options.cluster.nodes.push_back({.id = 1, .host = "h", .port = 9092, .rack = {}});
    return options;
  }

  ManualClock clock_{kNowMs};
  Random random_;
  Nothing outbox_;
  Broker broker_;
};

void append(Partition& partition, const TestBatch& batch) {
  const AppendResult result = partition.append(make_batch(batch), {});
  ASSERT(result.kind == AppendResult::Kind::kAppended);
}

// What a transactional producer and its coordinator leave, which no broker of ours writes yet.
std::string aborted_transaction() {
  codec::RecordBatchBuilder data({.base_offset = 0,
                                  .partition_leader_epoch = 0,
                                  .transactional = true,
                                  .producer_id = 9,
                                  .producer_epoch = 0,
                                  .base_sequence = 0});
  for (int i = 0; i < 3; ++i) data.add({.timestamp = kNowMs, .key = "k", .value = "v"});
  std::string bytes(data.build_slice().view());
  const auto marker = codec::build_marker_batch({.marker = {.type = codec::ControlType::kAbort},
                                                 .producer_id = 9,
                                                 .producer_epoch = 0,
                                                 .timestamp_ms = kNowMs,
                                                 .base_offset = 3,
                                                 .partition_leader_epoch = 0});
  return bytes.append(marker.begin(), marker.end());
}

void write_topics(Cluster& cluster) {
  const ConfigMap small = {{"internal.segment.bytes", "330"}, {"index.interval.bytes", "0"}};
  ConfigMap compacted = small;
  compacted["cleanup.policy"] = "compact";
  compacted["min.cleanable.dirty.ratio"] = "0.01";
  ASSERT(cluster.add_topic("t", {{1}}, small) != nullptr);
  ASSERT(cluster.add_topic("c", {{1}}, compacted) != nullptr);
  ASSERT(cluster.add_topic("x", {{1}}, {}) != nullptr);
  for (int i = 0; i < 10; ++i) {
    for (const char* topic : {"t", "c"}) {
      append(*cluster.find_topic(topic)->partition(0), {.producer_id = 7 + i % 2,
                                                        .epoch = 0,
                                                        .first_sequence = i / 2,
                                                        .timestamp_ms = kNowMs + i});
    }
  }
}

Directory directory_of(Storage& storage, const std::string& folder = "") {
  Directory directory;
  for (const Storage::Entry& entry : storage.list(folder)) {
    const std::string path = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (entry.is_directory) {
      directory.merge(directory_of(storage, path));
    } else {
      directory[path] = *storage.load(path);
    }
  }
  return directory;
}

struct Sound {
  Directory directory;
  Contents contents;
};

Sound make_sound() {
  MemoryStorage storage;
  {
    Started first(storage);
    ASSERT(!first.broker().failure());
    write_topics(first.cluster());
    const wire::Uuid id = first.cluster().find_topic("x")->id;
    ASSERT(storage.replace("x-0/00000000000000000000.log", aborted_transaction()));
    ASSERT(storage.replace("x-0/partition.metadata", write_partition_metadata(id)));
    first.cluster().logs().write_high_watermarks();
  }
  {
    Started second(storage);
    ASSERT(!second.broker().failure());
    second.broker().close();
  }
  // A compaction was interrupted when its result was complete.
  const std::string segment = "c-0/00000000000000000004.log";
  ASSERT(storage.replace(segment + kSwapSuffix, *storage.load(segment)));
  ASSERT(storage.replace(kCleanerFile, "0\n1\nc 0 2\n"));
  Sound sound;
  sound.directory = directory_of(storage);
  for (const Target& target : kTargets) ASSERT(sound.directory.contains(target.path));
  Started third(storage);
  ASSERT(!third.broker().failure());
  sound.contents = third.read_all();
  for (const char* partition : {"t-0", "c-0", "x-0"}) {
    ASSERT(sound.contents.at(partition).batches.size() >= 2);
  }
  return sound;
}

const Sound& sound() {
  static const Sound made = make_sound();
  return made;
}

std::string with_checksums_right(std::string_view path, std::string content) {
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(content.data()),
                                      content.size());
  if (path.ends_with(kSnapshotSuffix) && content.size() >= 6) {
    codec::detail::store(bytes.data() + 2, codec::crc32c(content.data() + 6, content.size() - 6));
  } else if (path.ends_with(kLogSuffix) || path.ends_with(kSwapSuffix)) {
    put_checksums_right(bytes);
  }
  return content;
}

void fill(MemoryStorage& storage, const Target& target, std::uint8_t how, std::string content) {
  for (const auto& [path, bytes] : sound().directory) {
    if ((how & kKilled) && path == kCleanShutdownFile) continue;
    if ((how & kNoSnapshots) && path.ends_with(kSnapshotSuffix)) continue;
    ASSERT(storage.replace(path, bytes));
  }
  if (how & kChecksumsRight) content = with_checksums_right(target.path, std::move(content));
  ASSERT(storage.replace(target.path, content));
  storage.set_synced((how & kSynced) != 0);
}

// See reaches_beyond(): of the segments at 0 and 4, behind which there is one.
bool is_broken_writer(const Target& target, std::uint8_t how, const std::string& content) {
  const std::string_view path = target.path;
  const bool is_closed_segment = path.find("0000000.log") != std::string_view::npos ||
                                 path.find("0000004.log") != std::string_view::npos;
  if (!is_closed_segment || path.starts_with("x-0") || path.starts_with(kMetadataDirectory) ||
      !(how & kChecksumsRight)) {
    return false;
  }
  const std::int64_t end = path.find("0000004.log") != std::string_view::npos ? 8 : 4;
  return reaches_beyond({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()},
                        end);
}

void check_refusal(const Target& target, const std::string& failure) {
  const std::string path = target.path;
  const bool names_it = failure.find("memory/" + path) != std::string::npos;
  // What the metadata says may be what cannot be used, not how it is written.
  const bool is_metadata = path.starts_with(kMetadataDirectory);
  ASSERT(names_it || (is_metadata && failure.starts_with("memory")));
}

// Nothing was made up, and nothing is missing that the file does not decide on.
void check_contents(const Target& target, const Contents& contents) {
  const std::string folder = std::string(target.path).substr(0, 3);
  for (const auto& [partition, expected] : sound().contents) {
    if (target.decides_on_records) {
      const bool is_elsewhere = target.path[3] == '/' && !partition.starts_with(folder);
      if (!is_elsewhere) continue;
    }
    const auto found = contents.find(partition);
    ASSERT(found != contents.end());
    ASSERT(found->second == expected);
  }
}

void write_more(Cluster& cluster) {
  for (const auto& [name, topic] : cluster.topics()) {
    for (const auto& partition : topic->partitions) {
      const std::int64_t end = partition->log_end_offset();
      const AppendResult result = partition->append(make_batch({}), {});
      const bool is_appended = result.kind == AppendResult::Kind::kAppended;
      ASSERT(partition->log_end_offset() == (is_appended ? end + 1 : end));
    }
  }
}

}  // namespace

void fuzz_data_dir(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return;
  const Target& target = kTargets[data[0] % kTargets.size()];
  const std::string content(data + 2, data + size);
  if (is_broken_writer(target, data[1], content)) return;
  MemoryStorage storage;
  fill(storage, target, data[1], content);
  Contents left;
  {
    Started started(storage);
    if (started.broker().failure()) return check_refusal(target, *started.broker().failure());
    check_contents(target, started.read_all());
    write_more(started.cluster());
    while (storage.finish_syncs() > 0) continue;
    started.compact();
    left = started.read_all();
    started.broker().close();
  }
  Started again(storage);
  ASSERT(!again.broker().failure());
  const Contents found = again.read_all();
  ASSERT(found.size() == left.size());
  // A lie with the right checksum may be noticed by the next start only.
  const bool may_lie = (data[1] & kChecksumsRight) && target.decides_on_records;
  for (const auto& [partition, served] : found) {
    ASSERT(may_lie ? is_part_of(served, left.at(partition)) : served == left.at(partition));
  }
}

}  // namespace understudy::broker

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  understudy::broker::fuzz_data_dir(data, size);
  return 0;
}
