// The inside of one record, for code that walks over many: record.cc and validate.cc.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codec/record_batch.h"
#include "codec/varint.h"

namespace understudy::codec::detail {

// A record as it lies in memory. Sizes below 0 are null: Kafka reads any negative length so.
struct RecordBody {
  const std::uint8_t* key = nullptr;
  const std::uint8_t* value = nullptr;
  const std::uint8_t* headers = nullptr;
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::int32_t key_size = -1;
  std::int32_t value_size = -1;
  std::int32_t header_count = 0;
  std::int8_t attributes = 0;
};

enum class BodyFault : std::uint8_t {
  kNone,
  kLengthTooLong,  // the length's varint does not end: UNKNOWN_SERVER_ERROR in an uncompressed
                   // batch
  kLengthCut,      // the batch ends inside the length, or there is no record any more
  kLengthNegative,
  kBodyCut,          // the length goes over the end of the batch
  kFieldCut,         // a field goes over the end of the record, or is a varint that does not end
  kHeaderCount,      // negative, or more than the bytes that are left
  kHeaderKeyLength,  // negative
  kBytesLeft,        // the fields are shorter than the length says
};

// Sentences; `index` is the record's place in its batch.
std::string describe(BodyFault fault, std::int32_t index);
inline Verdict verdict_of(BodyFault fault, std::int32_t index) {
  const auto error = fault == BodyFault::kLengthTooLong ? ErrorCode::kUnknownServerError
                                                        : ErrorCode::kInvalidRecord;
  return {error, describe(fault, index)};
}

inline bool skip_bytes(const std::uint8_t*& position, const std::uint8_t* end, std::int32_t size) {
  if (size <= 0) return true;
  if (end - position < size) return false;
  position += size;
  return true;
}

inline BodyFault skip_headers(const std::uint8_t*& position, const std::uint8_t* end,
                              std::int32_t count) {
  for (; count > 0; --count) {
    std::int32_t size = 0;
    if (read_varint(position, end, size) != VarintStatus::kOk) return BodyFault::kFieldCut;
    if (size < 0) return BodyFault::kHeaderKeyLength;
    if (!skip_bytes(position, end, size)) return BodyFault::kFieldCut;
    if (read_varint(position, end, size) != VarintStatus::kOk) return BodyFault::kFieldCut;
    if (!skip_bytes(position, end, size)) return BodyFault::kFieldCut;
  }
  return BodyFault::kNone;
}

// Reads the body of a record, which is all of [position, end).
inline BodyFault read_body(const std::uint8_t* position, const std::uint8_t* end,
                           RecordBody& body) {
  if (position == end) return BodyFault::kFieldCut;
  body.attributes = static_cast<std::int8_t>(*position++);
  if (read_varlong(position, end, body.timestamp_delta) != VarintStatus::kOk)
    return BodyFault::kFieldCut;
  if (read_varint(position, end, body.offset_delta) != VarintStatus::kOk)
    return BodyFault::kFieldCut;
  if (read_varint(position, end, body.key_size) != VarintStatus::kOk) return BodyFault::kFieldCut;
  body.key = position;
  if (!skip_bytes(position, end, body.key_size)) return BodyFault::kFieldCut;
  if (read_varint(position, end, body.value_size) != VarintStatus::kOk) return BodyFault::kFieldCut;
  body.value = position;
  if (!skip_bytes(position, end, body.value_size)) return BodyFault::kFieldCut;
  if (read_varint(position, end, body.header_count) != VarintStatus::kOk)
    return BodyFault::kFieldCut;
  if (body.header_count < 0 || body.header_count > end - position) return BodyFault::kHeaderCount;
  body.headers = position;
  const BodyFault fault = skip_headers(position, end, body.header_count);
  if (fault != BodyFault::kNone) return fault;
  return position == end ? BodyFault::kNone : BodyFault::kBytesLeft;
}

// Reads the record at `position` of an uncompressed batch that ends at `end`, and moves behind it.
// `length` is that of the body.
inline BodyFault read_record(const std::uint8_t*& position, const std::uint8_t* end,
                             RecordBody& body, std::int32_t& length) {
  switch (read_varint(position, end, length)) {
    case VarintStatus::kOk:
      break;
    case VarintStatus::kEnd:
      return BodyFault::kLengthCut;
    case VarintStatus::kTooLong:
      return BodyFault::kLengthTooLong;
  }
  if (length < 0) return BodyFault::kLengthNegative;
  if (end - position < length) return BodyFault::kBodyCut;
  const std::uint8_t* start = position;
  position += length;
  return read_body(start, position, body);
}

// A record in bytes. The headers of `body` are as they will stand there: `headers_size` bytes.
void append_record(std::vector<std::uint8_t>& out, const RecordBody& body,
                   std::size_t headers_size);

// Java's wrapping arithmetic of offsets and timestamps.
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// What makes absolute values out of the deltas of a batch's records.
struct RecordBase {
  std::int64_t offset;
  std::int64_t timestamp;
  std::int32_t sequence;
  bool log_append_time;  // every record has the batch's max timestamp
  std::int64_t max_timestamp;

  explicit RecordBase(const BatchView& batch)
      : offset(batch.base_offset()),
        timestamp(batch.base_timestamp()),
        sequence(batch.base_sequence()),
        log_append_time(batch.timestamp_type() == TimestampType::kLogAppendTime),
        max_timestamp(batch.max_timestamp()) {}

  std::int64_t offset_of(std::int32_t delta) const { return wrapping_add(offset, delta); }
  std::int64_t timestamp_of(std::int64_t delta) const {
    return log_append_time ? max_timestamp : wrapping_add(timestamp, delta);
  }
  std::int32_t sequence_of(std::int32_t delta) const {
    return sequence >= 0 ? increment_sequence(sequence, delta) : kNoSequence;
  }
};

}  // namespace understudy::codec::detail
