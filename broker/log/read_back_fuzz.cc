#include "broker/log/read_back_fuzz.h"

#include <algorithm>
#include <optional>

#include "codec/record.h"
#include "codec/stored_batch.h"
#include "wire/assert.h"

namespace understudy::broker {
namespace {

constexpr std::int64_t kReadBytes = 1500;  // now and then less than a batch
constexpr std::size_t kDecompressedMax = std::size_t{16} << 20;

codec::StoredBatch checked(codec::ByteView bytes, std::int64_t offset_min,
                           std::int64_t upper_offset) {
  const auto found = codec::StoredBatch::read(bytes);
  ASSERT(found);
  const codec::StoredBatch& batch = *found;
  ASSERT(batch.has_valid_crc());
  ASSERT(batch.base_offset() >= 0);
  ASSERT(batch.last_offset() >= offset_min);
  ASSERT(batch.base_offset() < upper_offset);
  // What is inside may be anything that a checksum was taken over.
  if (batch.is_old()) {
    static_cast<void>(codec::read_old_messages(batch));
  } else {
    static_cast<void>(
        codec::check_records(bytes, {.max_decompressed_batch_bytes = kDecompressedMax}));
  }
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
      const codec::StoredBatch batch = checked(content, offset, upper);
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

// The batch that begins there, if it is whole.
std::optional<codec::StoredBatch> first_in(std::span<const std::uint8_t> batches) {
  auto batch = codec::StoredBatch::read(batches);
  if (!batch || batch->total_size() > batches.size()) return std::nullopt;
  return codec::StoredBatch::read(batches.first(batch->total_size()));
}

}  // namespace

bool reaches_beyond(std::span<const std::uint8_t> batches, std::int64_t end) {
  while (const auto batch = first_in(batches)) {
    // A negative one is refused for itself.
    const std::int64_t base = std::max<std::int64_t>(batch->base_offset(), 0);
    if (base >= end) return true;
    if (!batch->is_old() && batch->current().last_offset_delta() >= end - base) return true;
    batches = batches.subspan(batch->size_bytes());
  }
  return false;
}

void put_checksums_right(std::span<std::uint8_t> batches) {
  while (const auto batch = first_in(batches)) {
    const std::size_t size = batch->size_bytes();
    codec::put_checksum_right(batches.first(size));
    batches = batches.subspan(size);
  }
}

}  // namespace understudy::broker
