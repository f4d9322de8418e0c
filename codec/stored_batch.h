// A batch as it lies in a log, in any of Kafka's formats: a batch of magic 2, or one message of the
// formats before it. No broker from 4.0 on takes those from a client (KIP-724), but logs that began
// before Kafka 0.11 hold them, and they are served as they are.
//
//   magic 0 and 1                         at size field
//    0  8  offset                         18  8  timestamp (magic 1 only)
//    8  4  message size                    .  4  key size, key
//   12  4  crc                             .  4  value size, value
//   16  1  magic
//   17  1  attributes
//
// The CRC-32 (not CRC-32C) covers everything from the magic on. In a compressed message the value
// is further messages; its offset is that of the last of them, its timestamp their largest. Kafka's
// LegacyRecord and AbstractLegacyRecordBatch.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "codec/compression.h"
#include "codec/record_batch.h"
#include "codec/verdict.h"

namespace understudy::codec {

class StoredBatch {
 public:
  // What begins `bytes`, with the header at least. Nothing if the bytes do not hold a whole header,
  // or no format has such a magic or so small a size.
  static std::optional<StoredBatch> read(ByteView bytes);
  StoredBatch(const BatchView& batch) : bytes_(batch.bytes()) {}  // NOLINT: it is one

  std::int8_t magic() const { return load<std::int8_t>(16); }
  bool is_old() const { return magic() < kMagic; }
  // Of magic 2.
  BatchView current() const {
    ASSERT(!is_old());
    return BatchView(bytes_);
  }

  // As its header says; bytes() may end before that.
  std::uint64_t total_size() const {
    return kLogOverhead + static_cast<std::uint64_t>(load<std::int32_t>(8));
  }
  ByteView bytes() const { return bytes_; }
  std::size_t size_bytes() const { return bytes_.size(); }

  // Of an old message the only offset that is known without decompressing: the last one.
  std::int64_t base_offset() const { return load<std::int64_t>(0); }
  std::int64_t last_offset() const { return is_old() ? base_offset() : current().last_offset(); }
  std::int64_t next_offset() const { return last_offset() + 1; }
  // The offsets are neither negative nor too large for one more to follow.
  bool has_possible_offsets() const {
    const std::int64_t more = is_old() ? 0 : std::int64_t{current().last_offset_delta()};
    return base_offset() >= 0 && more >= 0 &&
           base_offset() < std::numeric_limits<std::int64_t>::max() - more;
  }
  // -1: none, as with magic 0.
  std::int64_t max_timestamp() const;
  // -1: none, as in all old messages.
  std::int32_t partition_leader_epoch() const {
    return is_old() ? kNoPartitionLeaderEpoch : current().partition_leader_epoch();
  }
  CompressionType compression() const {
    return is_old() ? static_cast<CompressionType>(load<std::uint8_t>(17) & kCompressionMask)
                    : current().compression();
  }

  // Of a whole batch.
  bool has_valid_crc() const;

 private:
  explicit StoredBatch(ByteView bytes) : bytes_(bytes) {}
  template <class T>
  T load(std::size_t at) const {
    return detail::load<T>(bytes_.data() + at);
  }

  ByteView bytes_;
};

// A record of an old message. Views live as long as the OldMessages they are in.
struct OldRecord {
  std::int64_t offset = 0;
  std::int64_t timestamp = kNoTimestamp;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
};

// The records of one old message: itself, or those that are compressed in it
// (AbstractLegacyRecordBatch.iterator). INVALID_RECORD or CORRUPT_MESSAGE where Kafka's iterator
// throws that, UNKNOWN_SERVER_ERROR for what a decompressor says.
struct OldMessages {
  Verdict verdict;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::vector<OldRecord> records;
  std::vector<std::uint8_t> decompressed = {};  // what the views point into, if not the batch
};
OldMessages read_old_messages(const StoredBatch& batch, std::size_t max_bytes = kMaxWholeBytes);

// Writes the checksum that belongs to a whole batch of any format.
void put_checksum_right(std::span<std::uint8_t> batch);

// For tests and tools: one uncompressed message, or `compressed` ones in the value of one.
struct OldMessageFields {
  std::int8_t magic = 1;
  std::int64_t offset = 0;
  std::int64_t timestamp = kNoTimestamp;  // not in magic 0
  CompressionType compression = CompressionType::kNone;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
};
std::vector<std::uint8_t> build_old_message(const OldMessageFields& fields);

}  // namespace understudy::codec
