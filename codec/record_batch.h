// A record batch of magic 2: its header as a view over the bytes, and the walk from batch to batch.
//
//   at size field                    at size field
//    0  8  base_offset               27  8  base_timestamp (the delete horizon if bit 6 is set)
//    8  4  batch_length              35  8  max_timestamp
//   12  4  partition_leader_epoch    43  8  producer_id
//   16  1  magic                     51  2  producer_epoch
//   17  4  crc                       53  4  base_sequence
//   21  2  attributes                57  4  record_count
//   23  4  last_offset_delta         61     records
//
// The CRC-32C covers everything from byte 21 on: base offset and leader epoch can be assigned
// without it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "codec/compression.h"
#include "codec/verdict.h"
#include "wire/assert.h"

namespace understudy::codec {

inline constexpr std::int8_t kMagic = 2;
inline constexpr std::size_t kLogOverhead = 12;      // base_offset and batch_length
inline constexpr std::size_t kBatchHeaderSize = 61;  // least size of a whole batch
inline constexpr std::size_t kCrcStart = 21;         // the first byte that the CRC covers

inline constexpr std::int64_t kNoProducerId = -1;
inline constexpr std::int16_t kNoProducerEpoch = -1;
inline constexpr std::int32_t kNoSequence = -1;
inline constexpr std::int64_t kNoTimestamp = -1;
inline constexpr std::int32_t kNoPartitionLeaderEpoch = -1;

enum class TimestampType : std::uint8_t { kCreateTime = 0, kLogAppendTime = 1 };

inline constexpr std::uint16_t kCompressionMask = 0x07;
inline constexpr std::uint16_t kLogAppendTimeBit = 0x08;
inline constexpr std::uint16_t kTransactionalBit = 0x10;
inline constexpr std::uint16_t kControlBit = 0x20;
inline constexpr std::uint16_t kDeleteHorizonBit = 0x40;

// Sequences run from 0 to 2147483647 and then from 0 again (DefaultRecordBatch.incrementSequence).
// With a negative step they do what Java's wrapping arithmetic does; no valid batch asks for it.
std::int32_t increment_sequence(std::int32_t sequence, std::int32_t step);
std::int32_t decrement_sequence(std::int32_t sequence, std::int32_t step);

namespace detail {
template <class U>
U in_wire_order(U raw) {
  if constexpr (std::endian::native == std::endian::big || sizeof(U) == 1) return raw;
  if constexpr (sizeof(U) == 2) return __builtin_bswap16(raw);
  if constexpr (sizeof(U) == 4) return __builtin_bswap32(raw);
  if constexpr (sizeof(U) == 8) return __builtin_bswap64(raw);
}

// Big-endian integers at any address.
template <class T>
T load(const std::uint8_t* at) {
  std::make_unsigned_t<T> raw;
  std::memcpy(&raw, at, sizeof raw);
  return static_cast<T>(in_wire_order(raw));
}
template <class T>
void store(std::uint8_t* at, T value) {
  const auto raw = in_wire_order(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(at, &raw, sizeof raw);
}
}  // namespace detail

// The fields of one batch, read from its bytes each time. Copy it like a pointer.
class BatchView {
 public:
  // `bytes` is exactly one batch: at least a whole header. What the header says about itself
  // (length, magic, CRC) need not be true.
  explicit BatchView(ByteView bytes) : bytes_(bytes) { ASSERT(bytes.size() >= kBatchHeaderSize); }

  ByteView bytes() const { return bytes_; }
  std::size_t size_bytes() const { return bytes_.size(); }

  std::int64_t base_offset() const { return load<std::int64_t>(0); }
  std::int32_t batch_length() const { return load<std::int32_t>(8); }
  std::int32_t partition_leader_epoch() const { return load<std::int32_t>(12); }
  std::int8_t magic() const { return load<std::int8_t>(16); }
  std::uint32_t crc() const { return load<std::uint32_t>(17); }
  std::uint16_t attributes() const { return load<std::uint16_t>(21); }
  std::int32_t last_offset_delta() const { return load<std::int32_t>(23); }
  std::int64_t base_timestamp() const { return load<std::int64_t>(27); }
  std::int64_t max_timestamp() const { return load<std::int64_t>(35); }
  std::int64_t producer_id() const { return load<std::int64_t>(43); }
  std::int16_t producer_epoch() const { return load<std::int16_t>(51); }
  std::int32_t base_sequence() const { return load<std::int32_t>(53); }
  std::int32_t record_count() const { return load<std::int32_t>(57); }
  ByteView records() const {
    return bytes_.subspan(kBatchHeaderSize);
  }  // compressed, if a codec is set

  // May be a type without a name (5 to 7): ask is_known().
  CompressionType compression() const {
    return static_cast<CompressionType>(attributes() & kCompressionMask);
  }
  TimestampType timestamp_type() const {
    return attributes() & kLogAppendTimeBit ? TimestampType::kLogAppendTime
                                            : TimestampType::kCreateTime;
  }
  bool is_transactional() const { return attributes() & kTransactionalBit; }
  bool is_control() const { return attributes() & kControlBit; }
  bool has_delete_horizon() const {
    return attributes() & kDeleteHorizonBit;
  }  // then base_timestamp() is it
  bool has_producer_id() const {
    return producer_id() > kNoProducerId;
  }  // every negative id is none

  // Wraps as in Java; offsets near the end of int64 only occur on purpose.
  std::int64_t last_offset() const {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base_offset()) +
                                     static_cast<std::uint64_t>(std::int64_t{last_offset_delta()}));
  }
  std::int64_t next_offset() const { return last_offset() + 1; }
  std::int32_t last_sequence() const {
    return base_sequence() == kNoSequence
               ? kNoSequence
               : increment_sequence(base_sequence(), last_offset_delta());
  }

  std::uint32_t computed_crc() const;
  bool has_valid_crc() const { return crc() == computed_crc(); }

 protected:
  template <class T>
  T load(std::size_t at) const {
    return detail::load<T>(bytes_.data() + at);
  }

  ByteView bytes_;
};

// The same over bytes that may be changed. Setters do not look at the values: tests lie with them.
class MutableBatchView : public BatchView {
 public:
  explicit MutableBatchView(std::span<std::uint8_t> bytes)
      : BatchView(bytes), data_(bytes.data()) {}

  // Before the CRC:
  void set_base_offset(std::int64_t value) { detail::store(data_, value); }
  void set_batch_length(std::int32_t value) { detail::store(data_ + 8, value); }
  void set_partition_leader_epoch(std::int32_t value) { detail::store(data_ + 12, value); }
  void set_magic(std::int8_t value) { detail::store(data_ + 16, value); }
  void set_crc(std::uint32_t value) { detail::store(data_ + 17, value); }

  // Under the CRC: call update_crc() after the last of them.
  void set_attributes(std::uint16_t value) { detail::store(data_ + 21, value); }
  void set_last_offset_delta(std::int32_t value) { detail::store(data_ + 23, value); }
  void set_base_timestamp(std::int64_t value) { detail::store(data_ + 27, value); }
  void set_max_timestamp(std::int64_t value) { detail::store(data_ + 35, value); }
  void set_producer_id(std::int64_t value) { detail::store(data_ + 43, value); }
  void set_producer_epoch(std::int16_t value) { detail::store(data_ + 51, value); }
  void set_base_sequence(std::int32_t value) { detail::store(data_ + 53, value); }
  void set_record_count(std::int32_t value) { detail::store(data_ + 57, value); }

  void update_crc() { set_crc(computed_crc()); }

 private:
  std::uint8_t* data_;
};

// Walks a buffer batch by batch by the rules of Kafka's ByteBufferLogInputStream: a size field
// below 14 or a magic outside 0..2 is CORRUPT_MESSAGE; a piece at the end that is no whole batch is
// where the data ends.
class BatchCursor {
 public:
  enum class Step : std::uint8_t { kBatch, kEnd, kError };

  explicit BatchCursor(ByteView bytes) : rest_(bytes) {}

  Step next();

  // After kBatch: all bytes of the batch, at least 26. Fewer than kBatchHeaderSize make no
  // BatchView.
  ByteView batch() const { return batch_; }
  std::int8_t magic() const { return detail::load<std::int8_t>(batch_.data() + 16); }

  // After kError: CORRUPT_MESSAGE, or UNKNOWN_SERVER_ERROR for a size field so near 2^31 that
  // Kafka's arithmetic overflows.
  const Verdict& verdict() const { return verdict_; }

  std::size_t bytes_used() const { return used_; }         // by whole batches so far
  std::size_t bytes_left() const { return rest_.size(); }  // behind them

 private:
  ByteView rest_;
  ByteView batch_;
  std::size_t used_ = 0;
  Verdict verdict_;
};

// Size and checksum of what BatchCursor found (DefaultRecordBatch.ensureValid): CORRUPT_MESSAGE
// below 61 bytes or with a wrong CRC.
Verdict check_batch(ByteView batch);

}  // namespace understudy::codec
