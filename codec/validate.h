// What a broker checks of a client's records before it appends them, in Kafka's order and with
// Kafka's verdicts (stages as in the specification of the Produce path):
//
//   inspect_records()  stage A2 and B4, for every partition before any append: one whole batch,
//   magic 2 validate_batch()   stage E (base offset, size, checksum, codec) and F (LogValidator:
//   header and every record) assign()           writes what the append decided into the batch
//
// Pure functions: the time is handed in, nothing is remembered. An uncompressed batch costs one
// pass of the checksum and one walk over the records, and allocates nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/compression.h"
#include "codec/record.h"
#include "codec/record_batch.h"
#include "codec/verdict.h"

namespace understudy::codec {

// Stages A2 and B4.

// Produce before version 7 does not know zstd (KIP-110): UNSUPPORTED_COMPRESSION_TYPE.
enum class ZstdRule : std::uint8_t { kAllowed, kRefused };

// What a verdict of inspect_records() is about. Kafka looks at the first batch header of every
// partition before anything else, outside of the handling of single partitions: what goes wrong
// there fails them all. Some exceptions come later, once the partition has been found, and fail the
// request as well.
enum class VerdictScope : std::uint8_t { kPartition, kRequestIfPartitionExists, kRequest };

struct RecordsInspection {
  Verdict verdict;
  VerdictScope scope = VerdictScope::kPartition;

  // The one whole batch, if the verdict is good: at least 26 bytes (fewer than a header are
  // validate_batch()'s to refuse). A piece too short to be a batch behind it is left out.
  ByteView batch;

  // From the first batch, even if the verdict is bad; defaults if it is shorter than a header or of
  // an older magic.
  bool transactional = false;
  std::int64_t producer_id = kNoProducerId;
  std::int16_t producer_epoch = kNoProducerEpoch;
};

// `records` is the field of the request; null counts as empty.
RecordsInspection inspect_records(ByteView records, ZstdRule zstd = ZstdRule::kAllowed);

// Stages E and F.

struct ValidationConfig {
  std::int32_t max_message_bytes = 1048588;                   // max.message.bytes
  TimestampType timestamp_type = TimestampType::kCreateTime;  // message.timestamp.type
  std::int64_t timestamp_before_max_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t timestamp_after_max_ms = 3600000;
  std::optional<CompressionType> compression = {};  // compression.type; empty: producer
  CompressionLevels levels = {};
  bool compacted = false;           // cleanup.policy contains compact
  std::string_view partition = {};  // "orders-0", for texts
  // False for what a coordinator writes (AppendOrigin.COORDINATOR): its batches may have a producer
  // and no sequence.
  bool has_sequence = true;
  // max.decompressed.message.bytes; empty before 4.4: then the lengths of compressed records, even
  // negative ones, are not looked at unless the batch is rebuilt.
  std::optional<std::int32_t> max_decompressed_message_bytes = kDefaultMaxDecompressedMessageBytes;
  std::size_t max_decompressed_batch_bytes = kAnySize;
  // Of the records of a batch that is compressed again, before and after they were made anew: a
  // delta of the client's may be shorter than it has to be.
  std::size_t max_rebuilt_bytes = kMaxWholeBytes;
};

// So many refused records are listed at most; Kafka lists them all. A plain batch of the default
// size cannot hold more, a compressed one can, and each costs us a sentence.
inline constexpr std::size_t kMaxRecordErrors = 1 << 18;

// Where a batch was refused.
enum class ValidationStage : std::uint8_t {
  kPassed,
  kBatch,        // E: before the log's lock
  kHeader,       // F 1 to 5: the header's fields against each other
  kStructure,    // F 6: a record cannot be read
  kRecords,      // F 6: records were read and refused; record_errors says which
  kRebuild,      // F 6: the batch would have to be rebuilt and Kafka stumbles
  kRebuiltSize,  // F 7: too large after it was rebuilt
};

struct RecordError {
  std::int32_t batch_index = 0;
  std::string message;
};

enum class Rewrite : std::uint8_t {
  kOffsetAndEpoch,  // only bytes before the CRC change
  kHeaderAndCrc,    // attributes and max_timestamp change, and with them the CRC
  kRebuilt,         // `rebuilt` replaces the batch
};

struct ValidationResult {
  // What the partition is answered. `error_message` is non-null only together with record errors
  // (section 4 of the specification); `reason` says it to people in every case of a refusal.
  ErrorCode error = ErrorCode::kNone;
  ValidationStage stage = ValidationStage::kPassed;
  std::vector<RecordError> record_errors;
  std::optional<std::string> error_message = {};
  std::string reason;

  // If it passed:
  Rewrite rewrite = Rewrite::kOffsetAndEpoch;
  TimestampType timestamp_type = TimestampType::kCreateTime;
  std::int64_t max_timestamp = kNoTimestamp;  // as it will stand in the log
  // Of the first record that has it, as it will stand in the log. None may have it: if the batch
  // claimed log append time on a topic of create time, max_timestamp is what it claimed.
  std::optional<std::int32_t> offset_delta_of_max_timestamp = {};
  std::int32_t record_count = 0;
  std::vector<std::uint8_t> rebuilt;

  bool ok() const { return error == ErrorCode::kNone; }
  // Whether the answer's log_start_offset is the log's or -1: CORRUPT_MESSAGE and MESSAGE_TOO_LARGE
  // leave it out.
  bool answers_log_start_offset() const {
    return error != ErrorCode::kCorruptMessage && error != ErrorCode::kMessageTooLarge;
  }
};

// `batch` is RecordsInspection::batch. `now_ms` is the broker's clock.
ValidationResult validate_batch(const ValidationConfig& config, ByteView batch,
                                std::int64_t now_ms);

// The append.

struct Assignment {
  std::int64_t base_offset = 0;
  std::int32_t partition_leader_epoch = 0;
};

// Writes base offset and leader epoch, and what `result` asks for, into `batch`: the batch that was
// validated, or `result.rebuilt`. Asserts that the result passed.
void assign(std::span<std::uint8_t> batch, const ValidationResult& result,
            const Assignment& assignment);

}  // namespace understudy::codec
