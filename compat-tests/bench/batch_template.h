// A Produce request for one partition that is encoded once and sent many times: producer id, epoch,
// sequence and checksum are put into every copy. The checksum of a copy costs 40 bytes of hashing
// whatever its size, so that the broker is the bottleneck and not the client.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace understudy::bench {

using Bytes = std::vector<std::uint8_t>;

// From the CRC-32C of a to that of a followed by b, given the one of b: a linear map of a's
// checksum, which depends on b's size only (Mark Adler's crc32_combine, as byte tables).
class ChecksumShift {
 public:
  explicit ChecksumShift(std::size_t size);
  std::uint32_t combine(std::uint32_t crc_of_a, std::uint32_t crc_of_b) const {
    return tables_[0][crc_of_a & 255] ^ tables_[1][(crc_of_a >> 8) & 255] ^
           tables_[2][(crc_of_a >> 16) & 255] ^ tables_[3][crc_of_a >> 24] ^ crc_of_b;
  }

 private:
  std::array<std::array<std::uint32_t, 256>, 4> tables_;
};

struct BatchOptions {
  std::string topic;
  std::int16_t version = 9;  // of Produce: 9 or 7
  std::int16_t acks = -1;
  std::size_t message_size = 1024;
  std::size_t batch_size = 16384;  // as many records as fit, at least one
};

class BatchTemplate {
 public:
  explicit BatchTemplate(const BatchOptions& options);

  struct Copy {
    std::int32_t correlation_id = 0;
    std::int32_t partition = 0;
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t sequence = -1;
  };
  // Everything before the records. The request is head, body() and tail().
  void write_head(const Copy& copy, Bytes& head) const;

  const Bytes& body() const { return body_; }
  const Bytes& tail() const { return tail_; }
  std::int32_t records() const { return records_; }
  std::int16_t version() const { return options_.version; }
  std::size_t batch_size() const;

 private:
  void make_body();
  void write_batch_header(const Copy& copy, Bytes& head) const;

  BatchOptions options_;
  std::int32_t records_ = 0;
  Bytes body_;
  Bytes tail_;
  ChecksumShift shift_;
  std::uint32_t body_crc_;
  std::int64_t timestamp_ms_;
};

// The error code of the only partition in a Produce response of version 7 or 9, without its size;
// -2 if the response is shorter than that.
std::int16_t error_in_response(const std::uint8_t* response, std::size_t size,
                               std::int16_t version);

}  // namespace understudy::bench
