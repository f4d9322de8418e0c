#include "bench/batch_template.h"

#include <chrono>

#include "codec/crc32c.h"
#include "codec/record_batch.h"

namespace understudy::bench {
namespace {

using codec::detail::load;
using codec::detail::store;

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected
using Matrix = std::array<std::uint32_t, 32>;      // columns, over GF(2)

std::uint32_t times(const Matrix& matrix, std::uint32_t vector) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; vector != 0; vector >>= 1, ++i) {
    if (vector & 1) sum ^= matrix[i];
  }
  return sum;
}

// What `size` bytes of zeros do to the state.
Matrix zeros(std::size_t size) {
  Matrix power{};   // one byte of zeros, then two, four, ...
  Matrix result{};  // begins as the identity
  for (std::size_t bit = 0; bit < 32; ++bit) {
    std::uint32_t state = std::uint32_t{1} << bit;
    result[bit] = state;
    for (int i = 0; i < 8; ++i) state = (state & 1) ? (state >> 1) ^ kPolynomial : state >> 1;
    power[bit] = state;
  }
  for (; size != 0; size >>= 1) {
    if (size & 1) {
      for (std::uint32_t& column : result) column = times(power, column);
    }
    Matrix square{};
    for (std::size_t bit = 0; bit < 32; ++bit) square[bit] = times(power, power[bit]);
    power = square;
  }
  return result;
}

template <class Integer>
void put(Bytes& bytes, Integer value) {
  bytes.resize(bytes.size() + sizeof value);
  store(bytes.data() + bytes.size() - sizeof value, value);
}

void put_unsigned_varint(Bytes& bytes, std::uint64_t value) {
  for (; value >= 128; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 128));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put_varint(Bytes& bytes, std::int64_t value) {
  put_unsigned_varint(
      bytes, (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

void put_string(Bytes& bytes, const std::string& text) {
  put(bytes, static_cast<std::int16_t>(text.size()));
  bytes.insert(bytes.end(), text.begin(), text.end());
}

std::int64_t wall_clock_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

ChecksumShift::ChecksumShift(std::size_t size) {
  const Matrix matrix = zeros(size);
  for (std::size_t byte = 0; byte < 4; ++byte) {
    for (std::uint32_t value = 0; value < 256; ++value) {
      tables_[byte][value] = times(matrix, value << (8 * byte));
    }
  }
}

BatchTemplate::BatchTemplate(const BatchOptions& options)
    : options_(options), shift_((make_body(), body_.size())) {
  body_crc_ = codec::crc32c(body_.data(), body_.size());
  timestamp_ms_ = wall_clock_ms();
  if (options_.version >= 9) tail_ = {0, 0, 0};  // no tags, three levels deep
}

// Values that no compression makes smaller.
void BatchTemplate::make_body() {
  std::uint32_t noise = 0x9e3779b9;
  Bytes record;
  do {
    record.clear();
    record.push_back(0);           // attributes
    put_varint(record, 0);         // timestamp delta
    put_varint(record, records_);  // offset delta
    put_varint(record, -1);        // no key
    put_varint(record, static_cast<std::int64_t>(options_.message_size));
    for (std::size_t i = 0; i < options_.message_size; ++i) {
      noise = noise * 1664525u + 1013904223u;
      record.push_back(static_cast<std::uint8_t>(noise >> 24));
    }
    put_varint(record, 0);  // no headers
    put_varint(body_, static_cast<std::int64_t>(record.size()));
    body_.insert(body_.end(), record.begin(), record.end());
    ++records_;
  } while (batch_size() + options_.message_size + 10 <= options_.batch_size);
}

std::size_t BatchTemplate::batch_size() const { return codec::kBatchHeaderSize + body_.size(); }

void BatchTemplate::write_head(const Copy& copy, Bytes& head) const {
  head.assign(4, 0);
  put(head, std::int16_t{0});  // Produce
  put(head, options_.version);
  put(head, copy.correlation_id);
  put_string(head, "bench");
  if (options_.version >= 9) {
    head.push_back(0);  // no tags in the header
    head.push_back(0);  // no transactional id
    put(head, options_.acks);
    put(head, std::int32_t{30'000});
    put_unsigned_varint(head, 2);  // one topic
    put_unsigned_varint(head, options_.topic.size() + 1);
    head.insert(head.end(), options_.topic.begin(), options_.topic.end());
    put_unsigned_varint(head, 2);  // one partition
    put(head, copy.partition);
    put_unsigned_varint(head, batch_size() + 1);
  } else {
    put(head, std::int16_t{-1});
    put(head, options_.acks);
    put(head, std::int32_t{30'000});
    put(head, std::int32_t{1});
    put_string(head, options_.topic);
    put(head, std::int32_t{1});
    put(head, copy.partition);
    put(head, static_cast<std::int32_t>(batch_size()));
  }
  write_batch_header(copy, head);
  store(head.data(), static_cast<std::int32_t>(head.size() - 4 + body_.size() + tail_.size()));
}

void BatchTemplate::write_batch_header(const Copy& copy, Bytes& head) const {
  const std::size_t at = head.size();
  put(head, std::int64_t{0});  // base offset
  put(head, static_cast<std::int32_t>(batch_size() - codec::kLogOverhead));
  put(head, codec::kNoPartitionLeaderEpoch);
  put(head, codec::kMagic);
  put(head, std::uint32_t{0});  // the checksum comes last
  put(head, std::int16_t{0});   // attributes
  put(head, records_ - 1);
  put(head, timestamp_ms_);
  put(head, timestamp_ms_);
  put(head, copy.producer_id);
  put(head, copy.producer_epoch);
  put(head, copy.sequence);
  put(head, records_);
  const std::uint32_t crc = codec::crc32c(head.data() + at + codec::kCrcStart,
                                          codec::kBatchHeaderSize - codec::kCrcStart);
  store(head.data() + at + codec::kCrcStart - 4, shift_.combine(crc, body_crc_));
}

std::int16_t error_in_response(const std::uint8_t* response, std::size_t size,
                               std::int16_t version) {
  constexpr std::int16_t kTooShort = -2;
  std::size_t at = 4;  // correlation id
  if (version >= 9) {
    at += 2;  // tags of the header, number of topics
    if (at >= size) return kTooShort;
    at += response[at];  // the byte of a compact size counts itself
    at += 1 + 4;         // number of partitions, index
  } else {
    at += 4;
    if (at + 2 > size) return kTooShort;
    at += 2 + load<std::uint16_t>(response + at) + std::size_t{4} + 4;
  }
  return at + 2 <= size ? load<std::int16_t>(response + at) : kTooShort;
}

}  // namespace understudy::bench
