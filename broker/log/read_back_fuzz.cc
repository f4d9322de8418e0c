#include "broker/log/read_back_fuzz.h"

#include <algorithm>

#include "codec/record.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::int64_t kReadBytes = 1500;  // now and then less than a batch
constexpr std::size_t kDecompressedMax = std::size_t{16} << 20;

codec::BatchView checked(codec::ByteView bytes, std::int64_t offset_min,
                         std::int64_t upper_offset) {
  ASSERT(codec::check_batch(bytes).ok());
  const codec::BatchView batch(bytes);
  ASSERT(batch.base_offset() >= 0);
  ASSERT(batch.last_offset() >= offset_min);
  ASSERT(batch.base_offset() < upper_offset);
  // What is inside may be anything that a checksum was taken over.
  static_cast<void>(
      codec::check_records(bytes, {.max_decompressed_batch_bytes = kDecompressedMax}));
  return batch;
}

// The other ways to ask. What they answer comes from inside the batches, where a lie may have the
// right checksum.
void ask_around(const Partition& partition) {
  const Log& log = partition.log();
  const std::int64_t start = partition.log_start_offset();
  const std::int64_t end = partition.log_end_offset();
  static_cast<void>(log.find_by_timestamp(0));
  static_cast<void>(log.find_by_timestamp(1'700'000'000'001));
  static_cast<void>(log.find_max_timestamp());
  static_cast<void>(partition.aborted_transactions(start, end));
  static_cast<void>(log.available(start, end));
  std::int32_t last_epoch = -1;
  for (const LeaderEpochs::Entry& entry : partition.leader_epochs().entries()) {
    ASSERT(entry.epoch > last_epoch);
    last_epoch = entry.epoch;
    const auto answer = partition.leader_epochs().end_offset_for(entry.epoch, end);
    ASSERT(answer.end_offset <= end);
  }
}

}  // namespace

ReadBack read_back(const Partition& partition) {
  ReadBack result;
  const std::int64_t upper = partition.high_watermark();
  std::int64_t offset = partition.log_start_offset();
  ASSERT(offset >= 0);
  ASSERT(offset <= upper);
  ASSERT(upper <= partition.log_end_offset());
  std::int64_t offset_min = 0;
  while (offset < upper) {
    const auto bytes = partition.read({.fetch_offset = offset,
                                       .max_bytes = kReadBytes,
                                       .upper_offset = upper,
                                       .at_least_one_batch = true});
    if (!bytes) {
      ASSERT(bytes.error() == wire::ErrorCode::kCorruptMessage ||
             bytes.error() == wire::ErrorCode::kKafkaStorageError);
      result.is_whole = false;
      break;
    }
    if (bytes->empty()) break;
    codec::BatchCursor cursor(codec::view_of(*bytes));
    const std::int64_t before = offset;
    while (cursor.next() == codec::BatchCursor::Step::kBatch) {
      const codec::ByteView content = cursor.batch();
      const codec::BatchView batch = checked(content, offset, upper);
      ASSERT(batch.base_offset() >= offset_min);
      result.batches[batch.base_offset()] = std::string(content.begin(), content.end());
      offset_min = batch.next_offset();
      offset = batch.next_offset();
    }
    ASSERT(offset > before);  // at least one whole batch, and a consumer gets on
  }
  ask_around(partition);
  return result;
}

bool is_part_of(const ReadBack& part, const ReadBack& whole) {
  return std::ranges::all_of(part.batches, [&](const auto& batch) {
    const auto found = whole.batches.find(batch.first);
    return found != whole.batches.end() && found->second == batch.second;
  });
}

namespace {

// Of the batch that begins there; 0 if there is none that is whole.
std::size_t size_of_first(std::span<const std::uint8_t> batches) {
  if (batches.size() < codec::kBatchHeaderSize) return 0;
  const auto length = codec::detail::load<std::int32_t>(batches.data() + 8);
  if (length < static_cast<std::int32_t>(codec::kBatchHeaderSize - codec::kLogOverhead)) return 0;
  const std::size_t size = codec::kLogOverhead + static_cast<std::size_t>(length);
  return size <= batches.size() ? size : 0;
}

}  // namespace

bool reaches_beyond(std::span<const std::uint8_t> batches, std::int64_t end) {
  for (std::size_t size = size_of_first(batches); size != 0; size = size_of_first(batches)) {
    const codec::BatchView batch(batches.first(size));
    // A negative one is refused for itself.
    const std::int64_t base = std::max<std::int64_t>(batch.base_offset(), 0);
    if (base >= end || batch.last_offset_delta() >= end - base) return true;
    batches = batches.subspan(size);
  }
  return false;
}

void put_checksums_right(std::span<std::uint8_t> batches) {
  for (std::size_t size = size_of_first(batches); size != 0; size = size_of_first(batches)) {
    codec::MutableBatchView(batches.first(size)).update_crc();
    batches = batches.subspan(size);
  }
}

}  // namespace understudy::broker
