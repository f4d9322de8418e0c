// Any bytes as the records of a Produce request: what is refused is refused within bounds, and what
// passes can be appended, walked over and read again.
//
// The first byte of the input chooses the topic's configuration, the second whether the checksum is
// put right (a fuzzer does not find one by itself); the rest are the records.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "codec/control_record.h"
#include "codec/record.h"
#include "codec/validate.h"
#include "wire/assert.h"

namespace understudy::codec {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::size_t kMaxDecompressed = std::size_t{16} << 20;

ValidationConfig config_from(std::uint8_t choice) {
  ValidationConfig config;
  config.max_message_bytes = 1 << 20;
  config.timestamp_after_max_ms = std::numeric_limits<std::int64_t>::max();
  config.max_decompressed_batch_bytes = kMaxDecompressed;
  const int codec = choice & 7;
  if (codec <= static_cast<int>(CompressionType::kZstd))
    config.compression = static_cast<CompressionType>(codec);
  if (choice & 8) config.timestamp_type = TimestampType::kLogAppendTime;
  if (choice & 16) config.compacted = true;
  if (choice & 32) config.timestamp_after_max_ms = 1000;
  return config;
}

std::int32_t count_records(const BatchView& batch, bool& good) {
  RecordReader reader(batch, {.max_decompressed_batch_bytes = kMaxDecompressed});
  while (const RecordView* record = reader.next()) {
    ASSERT(record->headers.to_vector().size() == static_cast<std::size_t>(record->headers.count()));
  }
  good = reader.verdict().ok();
  return reader.records_read();
}

// As a start reads what lies in a log: the markers among them.
void read_control_records(const BatchView& batch) {
  RecordReader reader(batch, {.max_decompressed_batch_bytes = kMaxDecompressed});
  while (const RecordView* record = reader.next()) {
    const auto type = control_type_of(*record);
    const auto marker = end_transaction_marker_of(*record);
    ASSERT(!marker || type == marker->type);
  }
}

void append(const ValidationConfig& config, std::vector<std::uint8_t> bytes) {
  const ValidationResult result = validate_batch(config, bytes, kNowMs);
  if (!result.ok()) {
    ASSERT(!result.reason.empty());
    ASSERT(result.record_errors.empty() == (result.stage != ValidationStage::kRecords));
    return;
  }
  const bool compressed = BatchView(bytes).compression() != CompressionType::kNone;
  if (result.rewrite == Rewrite::kRebuilt) bytes = result.rebuilt;
  assign(bytes, result, {.base_offset = 1000, .partition_leader_epoch = 7});

  BatchCursor cursor(bytes);
  ASSERT(cursor.next() == BatchCursor::Step::kBatch);
  ASSERT(cursor.batch().size() == bytes.size());
  ASSERT(check_batch(bytes).ok());
  const BatchView batch(bytes);
  ASSERT(batch.base_offset() == 1000);
  ASSERT(batch.last_offset() == 999 + result.record_count);
  ASSERT(batch.timestamp_type() == config.timestamp_type);
  ASSERT(batch.max_timestamp() == result.max_timestamp);
  bool good = false;
  const std::int32_t count = count_records(batch, good);
  // A compressed batch that is kept has been looked at less closely than a reader looks.
  ASSERT((good && count == result.record_count) ||
         (compressed && result.rewrite != Rewrite::kRebuilt));
}

}  // namespace
}  // namespace understudy::codec

// libFuzzer wants this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace understudy::codec;
  if (size < 2) return 0;
  const ValidationConfig config = config_from(data[0]);
  std::vector<std::uint8_t> records(data + 2, data + size);
  if ((data[1] & 1) && records.size() >= kBatchHeaderSize) {
    MutableBatchView batch{std::span(records)};
    batch.set_batch_length(static_cast<std::int32_t>(records.size() - kLogOverhead));
    batch.update_crc();
  }
  const RecordsInspection inspection =
      inspect_records(records, data[1] & 2 ? ZstdRule::kRefused : ZstdRule::kAllowed);
  BatchCursor cursor(records);
  while (cursor.next() == BatchCursor::Step::kBatch) {
    static_cast<void>(check_batch(cursor.batch()));
    static_cast<void>(
        check_records(cursor.batch(), {.max_decompressed_batch_bytes = kMaxDecompressed}));
    if (cursor.batch().size() >= kBatchHeaderSize) read_control_records(BatchView(cursor.batch()));
  }
  ASSERT(cursor.bytes_used() + cursor.bytes_left() == records.size());
  ASSERT(inspection.verdict.ok() == !inspection.batch.empty());
  if (inspection.verdict.ok()) append(config, {inspection.batch.begin(), inspection.batch.end()});
  return 0;
}
