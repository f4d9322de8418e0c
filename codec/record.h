// The records inside a batch: read one after the other, and built.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "codec/compression.h"
#include "codec/record_batch.h"
#include "codec/verdict.h"

namespace understudy::codec {

namespace detail {
class RecordStream;
struct RecordBody;
}  // namespace detail

// Topic config max.decompressed.message.bytes (Kafka 4.4), its default: the largest body of one
// record in a compressed batch.
inline constexpr std::int32_t kDefaultMaxDecompressedMessageBytes = 2147483639;

struct RecordHeader {
  std::string_view key;
  std::optional<std::string_view> value = {};
};

// The headers of a record that was read, still as bytes: iterate them.
class RecordHeaders {
 public:
  RecordHeaders() = default;
  RecordHeaders(std::int32_t count, ByteView bytes) : count_(count), bytes_(bytes) {}

  std::int32_t count() const { return count_; }
  std::vector<RecordHeader> to_vector() const;

 private:
  std::int32_t count_ = 0;
  ByteView bytes_;
};

// One record. Views point into the batch, or for a compressed batch into the reader's buffer, where
// they live until its next call.
struct RecordView {
  std::int64_t offset = 0;  // base_offset + offset_delta
  std::int64_t timestamp =
      0;  // base_timestamp + timestamp_delta, or max_timestamp with log append time
  std::int32_t sequence = kNoSequence;
  std::int32_t length = 0;     // of the body, as it stands in front of it
  std::int8_t attributes = 0;  // unused by Kafka
  std::int64_t timestamp_delta = 0;
  std::int32_t offset_delta = 0;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
  RecordHeaders headers;
};

struct RecordReaderOptions {
  std::int32_t max_decompressed_message_bytes = kDefaultMaxDecompressedMessageBytes;
  std::size_t max_decompressed_batch_bytes = kAnySize;
};

// Reads the records of one batch in order, and decides like Kafka's
// DefaultRecordBatch.streamingIterator: a structural fault is INVALID_RECORD, what a decompressor
// says UNKNOWN_SERVER_ERROR. The checksum is not looked at.
//
//   RecordReader reader(batch);
//   while (const RecordView* record = reader.next()) use(*record);
//   if (!reader.verdict().ok()) ...
class RecordReader {
 public:
  explicit RecordReader(const BatchView& batch, const RecordReaderOptions& options = {});
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // The next record, or null at the end or at a fault.
  const RecordView* next();
  const Verdict& verdict() const { return verdict_; }
  std::int32_t records_read() const { return records_read_; }

 private:
  const RecordView* fail(Verdict verdict);
  const RecordView* next_plain();
  const RecordView* next_compressed();
  const RecordView* deliver(const detail::RecordBody& body, const std::uint8_t* end,
                            std::int32_t length);

  BatchView batch_;
  RecordReaderOptions options_;
  RecordView record_;
  Verdict verdict_;
  std::int32_t records_read_ = 0;
  const std::uint8_t* position_;                  // uncompressed batches
  std::unique_ptr<detail::RecordStream> stream_;  // compressed ones
  std::vector<std::uint8_t> last_;                // their last record
};

// Reads a batch to its end and says what was wrong. UNKNOWN_SERVER_ERROR for one that is shorter
// than its header.
Verdict check_records(ByteView batch, const RecordReaderOptions& options = {});

// A record to be written.
struct Record {
  std::int64_t timestamp = 0;
  std::optional<std::string_view> key = {};
  std::optional<std::string_view> value = {};
  std::vector<RecordHeader> headers = {};
};

// Everything a batch header says. What is empty is derived from the records: a test that wants a
// wrong batch fills it in.
struct BatchFields {
  std::int64_t base_offset = 0;
  std::int32_t partition_leader_epoch = kNoPartitionLeaderEpoch;
  std::int8_t magic = kMagic;
  CompressionType compression = CompressionType::kNone;
  CompressionLevels levels = {};
  SnappyForm snappy_form = SnappyForm::kFramed;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  bool transactional = false;
  bool control = false;
  std::int64_t producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
  std::int32_t base_sequence = kNoSequence;

  std::optional<std::int64_t> delete_horizon_ms = {};  // sets bit 6 and base_timestamp
  std::optional<std::int64_t> base_timestamp = {};     // the first record's
  std::optional<std::int64_t> max_timestamp = {};      // the largest of the records, -1 without any
  std::optional<std::int32_t> last_offset_delta = {};  // the largest of the records; -1 without any
  std::optional<std::int32_t> record_count = {};
  std::optional<std::uint16_t> attributes = {};  // from the fields above
  std::optional<std::int32_t> batch_length = {};
  std::optional<std::uint32_t> crc = {};
};

// Builds one batch.
//
//   std::vector<std::uint8_t> bytes = RecordBatchBuilder({.producer_id = 7000, .producer_epoch = 0,
//   .base_sequence = 0})
//                                         .add({.timestamp = 1000, .key = "k", .value = "v"})
//                                         .build();
class RecordBatchBuilder {
 public:
  explicit RecordBatchBuilder(BatchFields fields = {}) : fields_(std::move(fields)) {}

  // With the next offset delta (one more than the last record's).
  RecordBatchBuilder& add(const Record& record) { return add(record, next_offset_delta_); }
  // With an offset delta of the caller's, which need not make sense.
  RecordBatchBuilder& add(const Record& record, std::int32_t offset_delta);
  // Any bytes in the place of a record (counted as one): for batches that are wrong on purpose.
  RecordBatchBuilder& add_raw(ByteView bytes);

  std::int32_t count() const { return count_; }
  std::size_t records_size_bytes() const { return records_.size(); }  // before compression

  std::vector<std::uint8_t> build() const;
  // The same as bytes that know their owner.
  wire::Slice build_slice() const;

 private:
  BatchFields fields_;
  std::vector<std::uint8_t> records_;
  std::int32_t count_ = 0;
  std::int32_t next_offset_delta_ = 0;
  std::optional<std::int32_t> largest_offset_delta_ = {};
  std::optional<std::int64_t> base_timestamp_ = {};
  std::optional<std::int64_t> max_timestamp_ = {};
};

}  // namespace understudy::codec
