// Any bytes as one file of a partition that is otherwise sound, under any checkpoints: it is taken
// up, or refused with a line that names the file; it serves nothing wrong and loses nothing that
// lies in other files, takes new records, and is the same after a clean stop.
//
// The first byte of the input chooses the file, the second how the partition was left, the next
// three are its checkpoints; the rest is the file.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/log/files.h"
#include "broker/log/partition.h"
#include "broker/log/read_back_fuzz.h"
#include "broker/log/test_batches.h"
#include "broker/log/testing/memory_storage.h"
#include "codec/control_record.h"
#include "codec/crc32c.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::int64_t kEndOffset = 10;
constexpr std::size_t kHeadSize = 5;
constexpr std::uint8_t kNoStartOffset = 255;
constexpr std::uint8_t kNoHighWatermark = 255;

// How the partition was left: bits of the second byte.
constexpr std::uint8_t kKilled = 1;          // no sign of a clean stop
constexpr std::uint8_t kChecksumsRight = 2;  // those of the chosen file
constexpr std::uint8_t kNoSnapshots = 4;
constexpr std::uint8_t kSynced = 8;
constexpr std::uint8_t kCompacted = 16;
constexpr std::uint8_t kNoIndexes = 32;

// Three segments: two producers; an aborted transaction; compressed records.
constexpr std::array kFiles = {
    "00000000000000000000.log",       "00000000000000000004.log",
    "00000000000000000008.log",       "00000000000000000000.index",
    "00000000000000000004.index",     "00000000000000000008.index",
    "00000000000000000000.timeindex", "00000000000000000004.timeindex",
    "00000000000000000008.timeindex", "00000000000000000004.txnindex",
    "00000000000000000004.snapshot",  "00000000000000000008.snapshot",
    "00000000000000000010.snapshot",  "leader-epoch-checkpoint",
};

struct Batch {
  std::int64_t base_offset = 0;
  std::int64_t producer_id = -1;
  std::int32_t sequence = -1;
  int records = 1;
  std::int32_t leader_epoch = 0;
  bool is_transactional = false;
  codec::CompressionType compression = codec::CompressionType::kNone;
};

std::string bytes_of(const Batch& batch) {
  codec::RecordBatchBuilder builder(
      {.base_offset = batch.base_offset,
       .partition_leader_epoch = batch.leader_epoch,
       .compression = batch.compression,
       .transactional = batch.is_transactional,
       .producer_id = batch.producer_id,
       .producer_epoch = static_cast<std::int16_t>(batch.producer_id < 0 ? -1 : 0),
       .base_sequence = batch.sequence});
  for (int i = 0; i < batch.records; ++i) {
    builder.add({.timestamp = kNowMs + batch.base_offset + i, .key = "k", .value = "v"});
  }
  return std::string(builder.build_slice().view());
}

std::string abort_marker(std::int64_t offset, std::int64_t producer_id) {
  const auto bytes = codec::build_marker_batch({.marker = {.type = codec::ControlType::kAbort},
                                                .producer_id = producer_id,
                                                .producer_epoch = 0,
                                                .timestamp_ms = kNowMs,
                                                .base_offset = offset,
                                                .partition_leader_epoch = 1});
  return {bytes.begin(), bytes.end()};
}

// A partition on a storage, as a broker has it.
class Taken {
 public:
  Taken(Storage& storage, const TopicConfig& config, const LoadHints& hints)
      : environment_{.storage = storage, .clock = clock_, .timers = timers_},
        partition_(wire::Uuid{{1}}, "t", 0,
                   {.replicas = {1}, .isr = {1}, .leader = 1, .leader_epoch = 3},
                   std::make_shared<TopicConfig>(config), {}, environment_),
        failure_(partition_.load(hints)) {}

  Partition& partition() { return partition_; }
  const std::optional<std::string>& failure() const { return failure_; }

 private:
  ManualClock clock_{kNowMs};
  Timers timers_;
  const LogEnvironment environment_;
  Partition partition_;
  std::optional<std::string> failure_;
};

struct Sound {
  std::map<std::string, std::string> files;
  ReadBack content;
};

Sound make_sound() {
  MemoryStorage storage;
  const auto write = [&](std::int64_t base, const std::string& bytes) {
    ASSERT(storage.replace("t-0/" + offset_file_name(base, kLogSuffix), bytes));
  };
  write(0, bytes_of({.base_offset = 0, .producer_id = 7, .sequence = 0}) +
               bytes_of({.base_offset = 1, .producer_id = 8, .sequence = 0, .records = 2}) +
               bytes_of({.base_offset = 3, .producer_id = 7, .sequence = 1}));
  write(4, bytes_of({.base_offset = 4,
                     .producer_id = 9,
                     .sequence = 0,
                     .records = 3,
                     .leader_epoch = 1,
                     .is_transactional = true}) +
               abort_marker(7, 9));
  write(8,
        bytes_of(
            {.base_offset = 8, .leader_epoch = 2, .compression = codec::CompressionType::kGzip}) +
            bytes_of({.base_offset = 9,
                      .producer_id = 7,
                      .sequence = 2,
                      .leader_epoch = 2,
                      .compression = codec::CompressionType::kZstd}));
  Taken taken(storage, {.index_interval_bytes = 0}, {});
  ASSERT(!taken.failure());
  ASSERT(taken.partition().log_end_offset() == kEndOffset);
  ASSERT(taken.partition().aborted_transactions(0, kEndOffset).size() == 1);
  ASSERT(taken.partition().close());
  Sound sound{.files = {}, .content = read_back(taken.partition())};
  ASSERT(sound.content.batches.size() == 7);
  for (const Storage::Entry& entry : storage.list("t-0")) {
    sound.files[entry.name] = *storage.load("t-0/" + entry.name);
  }
  for (const char* file : kFiles) ASSERT(sound.files.contains(file));
  return sound;
}

const Sound& sound() {
  static const Sound made = make_sound();
  return made;
}

void put_right(std::string_view file, std::string& content) {
  const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(content.data()),
                                      content.size());
  if (file.ends_with(kLogSuffix)) put_checksums_right(bytes);
  if (file.ends_with(kSnapshotSuffix) && content.size() >= 6) {
    codec::detail::store(bytes.data() + 2, codec::crc32c(content.data() + 6, content.size() - 6));
  }
}

void fill(MemoryStorage& storage, std::string_view chosen, std::uint8_t how, std::string content) {
  for (const auto& [file, bytes] : sound().files) {
    if ((how & kNoSnapshots) && file.ends_with(kSnapshotSuffix)) continue;
    if ((how & kNoIndexes) && file.ends_with("index")) continue;
    ASSERT(storage.replace("t-0/" + file, bytes));
  }
  if (how & kChecksumsRight) put_right(chosen, content);
  ASSERT(storage.replace("t-0/" + std::string(chosen), content));
  storage.set_synced((how & kSynced) != 0);
}

// See reaches_beyond(): of the first two segments.
bool is_broken_writer(std::string_view chosen, std::uint8_t how, const std::string& content) {
  const auto base = offset_in_file_name(chosen, kLogSuffix);
  if (!base || *base > 4 || !(how & kChecksumsRight)) return false;
  return reaches_beyond({reinterpret_cast<const std::uint8_t*>(content.data()), content.size()},
                        *base + 4);
}

LoadHints hints_of(const std::uint8_t* head) {
  LoadHints hints{.was_clean = (head[1] & kKilled) == 0,
                  .recovery_point = head[2],
                  .start_offset = {},
                  .high_watermark = {}};
  if (head[4] != kNoHighWatermark) hints.high_watermark = head[4];
  if (head[3] != kNoStartOffset) hints.start_offset = head[3];
  return hints;
}

// All of it from the start offset on. A log that ends before its start offset begins again there.
void check_content(const ReadBack& content, const LoadHints& hints) {
  ReadBack expected = sound().content;
  const std::int64_t start = hints.start_offset.value_or(0);
  std::erase_if(expected.batches, [&](const auto& batch) {
    const codec::ByteView bytes(reinterpret_cast<const std::uint8_t*>(batch.second.data()),
                                batch.second.size());
    return codec::BatchView(bytes).last_offset() < start;
  });
  ASSERT(content == expected);
}

void write_more(MemoryStorage& storage, Partition& partition) {
  const std::int64_t end = partition.log_end_offset();
  for (int i = 0; i < 3; ++i) {
    const AppendResult result =
        partition.append(make_batch({.producer_id = 7, .epoch = 1, .first_sequence = i}), {});
    ASSERT(result.kind != AppendResult::Kind::kAppended || result.base_offset >= end);
  }
  while (storage.finish_syncs() > 0) continue;
  ASSERT(partition.high_watermark() == partition.log_end_offset());
}

void fuzz_partition(const std::uint8_t* data, std::size_t size) {
  if (size < kHeadSize) return;
  const std::string_view chosen = kFiles[data[0] % kFiles.size()];
  const std::uint8_t how = data[1];
  const LoadHints hints = hints_of(data);
  const TopicConfig config{
      .cleanup_compact = (how & kCompacted) != 0, .segment_bytes = 400, .index_interval_bytes = 0};
  const std::string content(data + kHeadSize, data + size);
  if (is_broken_writer(chosen, how, content)) return;
  MemoryStorage storage;
  fill(storage, chosen, how, content);
  LoadHints clean{.was_clean = true};
  ReadBack left;
  {
    Taken taken(storage, config, hints);
    if (taken.failure()) {
      ASSERT(taken.failure()->find("memory/t-0") != std::string::npos);
      return;
    }
    const ReadBack served = read_back(taken.partition());
    if (!chosen.ends_with(kLogSuffix)) check_content(served, hints);
    write_more(storage, taken.partition());
    left = read_back(taken.partition());
    if (!taken.partition().close()) return;
    clean.recovery_point = taken.partition().recovery_point();
    clean.start_offset = taken.partition().log_start_offset();
  }
  Taken again(storage, config, clean);
  ASSERT(!again.failure());
  const ReadBack found = read_back(again.partition());
  // A lie with the right checksum may be noticed by the next start only.
  const bool may_lie = (how & kChecksumsRight) && chosen.ends_with(kLogSuffix);
  ASSERT(may_lie ? is_part_of(found, left) : found == left);
}

}  // namespace
}  // namespace understudy::broker

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  understudy::broker::fuzz_partition(data, size);
  return 0;
}
