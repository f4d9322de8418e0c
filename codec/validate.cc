#include "codec/validate.h"

#include <algorithm>
#include <utility>

#include "codec/record_body.h"
#include "codec/record_stream.h"
#include "wire/assert.h"

namespace understudy::codec {
namespace {

using detail::BodyFault;
using detail::RecordBase;
using detail::RecordBody;

ValidationResult refuse(ValidationStage stage, Verdict verdict) {
  ValidationResult result;
  result.stage = stage;
  result.error = verdict.error;
  result.reason = std::move(verdict.text);
  return result;
}

// F 1 to 5: LogValidator.validateBatch.
Verdict check_header(const ValidationConfig& config, const BatchView& batch) {
  const std::int64_t count_from_offsets = std::int64_t{batch.last_offset_delta()} + 1;
  const std::int32_t count = batch.record_count();
  if (count_from_offsets <= 0) {
    return Verdict::invalid("last_offset_delta is " + std::to_string(batch.last_offset_delta()));
  }
  if (count <= 0) return Verdict::invalid("the batch counts " + std::to_string(count) + " records");
  if (count_from_offsets != count) {
    return Verdict::invalid("last_offset_delta is " + std::to_string(batch.last_offset_delta()) +
                            ", but the batch counts " + std::to_string(count) + " records");
  }
  if (batch.is_control()) return Verdict::invalid("a client may not write control records");
  if (config.has_sequence && batch.has_producer_id() && batch.base_sequence() < 0) {
    return Verdict::invalid("the base sequence is " + std::to_string(batch.base_sequence()) +
                            " in a batch of producer id " + std::to_string(batch.producer_id()));
  }
  return Verdict::good();
}

// What a record must keep to besides its structure (LogValidator.validateRecord), and what the good
// ones come to.
class RecordRules {
 public:
  // Which of Kafka's classes read the records; error texts name it.
  enum class Read : std::uint8_t { kWhole, kPartially };

  RecordRules(const ValidationConfig& config, const BatchView& batch, std::int64_t now_ms,
              Read read)
      : config_(config), base_(batch), now_ms_(now_ms), read_(read) {}

  // Records come in order.
  void check(const RecordBody& body) {
    const std::int32_t index = index_++;
    if (config_.compacted && body.key_size < 0) {
      add_error(index, "Compacted topic cannot accept message without key in topic partition " +
                           std::string(config_.partition));
      return;
    }
    const std::int64_t timestamp = base_.timestamp_of(body.timestamp_delta);
    if (config_.timestamp_type == TimestampType::kCreateTime && timestamp != kNoTimestamp) {
      if (!is_in_range(timestamp)) {
        has_timestamp_error_ = true;
        add_error(index, range_message(body, timestamp));
        return;
      }
    } else if (base_.log_append_time) {
      has_timestamp_error_ = true;
      add_error(index, "Invalid timestamp type in message " + text_of(body, timestamp) +
                           ". Producer should not set timestamp type to LogAppendTime.");
      return;
    }
    note_timestamp(index, timestamp, body.timestamp_delta, body.offset_delta);
    if (body.offset_delta != index) deltas_are_consecutive_ = false;
  }

  bool has_errors() const { return error_count_ > 0; }
  bool deltas_are_consecutive() const { return deltas_are_consecutive_; }
  std::int64_t max_timestamp() const { return max_timestamp_; }
  std::int32_t index_of_max_timestamp() const { return index_of_max_timestamp_; }
  std::optional<std::int32_t> offset_delta_of_max_timestamp() const {
    return offset_delta_of_max_timestamp_;
  }

  // One timestamp error makes the whole batch INVALID_TIMESTAMP.
  ValidationResult refusal() {
    ValidationResult result;
    result.stage = ValidationStage::kRecords;
    result.error = has_timestamp_error_ ? ErrorCode::kInvalidTimestamp : ErrorCode::kInvalidRecord;
    result.error_message = has_timestamp_error_
                               ? "One or more records have been rejected due to invalid timestamp"
                               : first_errors();
    result.reason = has_timestamp_error_ ? errors_.front().message : *result.error_message;
    result.record_errors = std::move(errors_);
    return result;
  }

 private:
  // Both bounds are inclusive. The differences wrap as in Java.
  bool is_in_range(std::int64_t timestamp) const {
    const std::int64_t age = detail::wrapping_subtract(now_ms_, timestamp);
    return age <= config_.timestamp_before_max_ms &&
           detail::wrapping_subtract(0, age) <= config_.timestamp_after_max_ms;
  }

  std::string first_errors() const {
    constexpr std::size_t kShown = 3;
    std::string text =
        "One or more records have been rejected due to " + std::to_string(error_count_) +
        " record errors in total, and only showing the first three errors at most: [";
    for (std::size_t i = 0; i < std::min(kShown, errors_.size()); ++i) {
      if (i > 0) text += ", ";
      text += "RecordError(batchIndex=" + std::to_string(errors_[i].batch_index) + ", message='" +
              errors_[i].message + "')";
    }
    return text + "]";
  }

  // The toString() of Kafka's DefaultRecord and PartialDefaultRecord.
  std::string text_of(const RecordBody& body, std::int64_t timestamp) const {
    const bool is_whole = read_ == Read::kWhole;
    const auto size_text = [&](std::int32_t size) {
      return std::to_string(is_whole ? std::max(size, 0) : size) + " bytes";
    };
    return std::string(is_whole ? "DefaultRecord" : "PartialDefaultRecord") +
           "(offset=" + std::to_string(base_.offset_of(body.offset_delta)) +
           ", timestamp=" + std::to_string(timestamp) + ", key=" + size_text(body.key_size) +
           ", value=" + size_text(body.value_size) + ")";
  }

  std::string range_message(const RecordBody& body, std::int64_t timestamp) const {
    const std::int64_t earliest =
        detail::wrapping_subtract(now_ms_, config_.timestamp_before_max_ms);
    const std::int64_t latest = detail::wrapping_add(now_ms_, config_.timestamp_after_max_ms);
    return "Timestamp " + std::to_string(timestamp) + " of message with offset " +
           std::to_string(base_.offset_of(body.offset_delta)) +
           " is out of range. The timestamp should be within [" + std::to_string(earliest) + ", " +
           std::to_string(latest) + "]";
  }

  // The first record of the greatest timestamp, by its index in case the batch is rebuilt, and by
  // its offset delta in case it is kept: then the records' own timestamps come to light again if
  // the batch claimed log append time.
  void note_timestamp(std::int32_t index, std::int64_t timestamp, std::int64_t timestamp_delta,
                      std::int32_t offset_delta) {
    if (config_.timestamp_type ==
        TimestampType::kLogAppendTime) {  // all the same, whatever they say
      if (index == 0) offset_delta_of_max_timestamp_ = offset_delta;
      return;
    }
    const bool is_greater = timestamp > max_timestamp_;
    if (is_greater) {
      max_timestamp_ = timestamp;
      index_of_max_timestamp_ = index;
    }
    const std::int64_t own = detail::wrapping_add(base_.timestamp, timestamp_delta);
    const bool is_first = !offset_delta_of_max_timestamp_.has_value();
    if (base_.log_append_time ? is_first && own == timestamp
                              : is_greater || (is_first && timestamp == max_timestamp_)) {
      offset_delta_of_max_timestamp_ = offset_delta;
    }
  }

  void add_error(std::int32_t index, std::string message) {
    ++error_count_;
    if (errors_.size() < kMaxRecordErrors) errors_.push_back({index, std::move(message)});
  }

  const ValidationConfig& config_;
  RecordBase base_;
  std::int64_t now_ms_;
  Read read_;
  std::int32_t index_ = 0;
  std::vector<RecordError> errors_;
  std::size_t error_count_ = 0;
  bool has_timestamp_error_ = false;
  bool deltas_are_consecutive_ = true;
  std::int64_t max_timestamp_ = kNoTimestamp;
  std::int32_t index_of_max_timestamp_ = 0;
  std::optional<std::int32_t> offset_delta_of_max_timestamp_;
};

std::string left_behind(const BatchView& batch) {
  return "bytes are left behind the last of " + std::to_string(batch.record_count()) + " records";
}

// Every record of an uncompressed batch.
Verdict walk_plain(const BatchView& batch, RecordRules& rules) {
  const std::uint8_t* position = batch.records().data();
  const std::uint8_t* end = batch.bytes().data() + batch.size_bytes();
  RecordBody body;
  std::int32_t length = 0;
  for (std::int32_t i = 0; i < batch.record_count(); ++i) {
    const BodyFault fault = detail::read_record(position, end, body, length);
    if (fault != BodyFault::kNone) return detail::verdict_of(fault, i);
    rules.check(body);
  }
  return position == end ? Verdict::good() : Verdict::invalid(left_behind(batch));
}

// The fields of one record of a compressed batch, their contents passed over
// (DefaultRecord.readPartiallyFrom). Unlike elsewhere they are not compared with the record's
// length. Returns what is wrong, or null.
const char* skip_fields(detail::RecordStream& stream, RecordBody& body) {
  constexpr const char* kCut = "the data ends inside it, or a varint does not end";
  stream.read_byte();  // attributes
  if (!stream.read_varlong(body.timestamp_delta) || !stream.read_varint(body.offset_delta))
    return kCut;
  if (!stream.read_varint(body.key_size) || !stream.skip(body.key_size)) return kCut;
  if (!stream.read_varint(body.value_size) || !stream.skip(body.value_size)) return kCut;
  if (!stream.read_varint(body.header_count)) return kCut;
  if (body.header_count < 0) return "its number of headers is negative";
  for (std::int32_t i = 0; i < body.header_count; ++i) {
    std::int32_t size = 0;
    if (!stream.read_varint(size)) return kCut;
    if (size < 0) return "a header key has a negative length";
    if (!stream.skip(size) || !stream.read_varint(size) || !stream.skip(size)) return kCut;
  }
  return nullptr;
}

const char* check_length(const ValidationConfig& config, detail::RecordStream& stream) {
  std::int32_t length = 0;
  if (!stream.read_varint(length)) return "the data ends where it should begin";
  if (!config.max_decompressed_message_bytes) return nullptr;
  if (length < 0) return "its length is negative";
  if (length > *config.max_decompressed_message_bytes) {
    return "its length is above max.decompressed.message.bytes";
  }
  return nullptr;
}

// Every record of a compressed batch that will be stored as it is. Memory does not grow with what
// it expands to.
Verdict walk_compressed(const ValidationConfig& config, const BatchView& batch,
                        RecordRules& rules) {
  using Where = detail::RecordStream::Where;
  detail::RecordStream stream(batch.compression(), batch.records(),
                              config.max_decompressed_batch_bytes);
  if (stream.failed()) return stream.verdict(Where::kElsewhere);
  RecordBody body;
  for (std::int32_t i = 0; i < batch.record_count(); ++i) {
    const char* fault = check_length(config, stream);
    if (stream.failed()) return stream.verdict(Where::kElsewhere);
    if (fault == nullptr) fault = skip_fields(stream, body);
    if (stream.failed()) return stream.verdict(Where::kInsideFields);
    if (fault != nullptr) return Verdict::invalid("record " + std::to_string(i) + ": " + fault);
    if (i + 1 == batch.record_count()) {  // Kafka looks behind the last record before it judges it
      const int more = stream.read_byte();
      if (stream.failed()) return stream.verdict(Where::kElsewhere);
      if (more != -1) return Verdict::invalid(left_behind(batch));
    }
    rules.check(body);
  }
  return Verdict::good();
}

// What MemoryRecordsBuilder, which rebuilds batches in Kafka, refuses by an exception that means
// nothing to a client.
Verdict check_rebuild(const BatchView& batch, bool has_negative_timestamp) {
  if (has_negative_timestamp)
    return Verdict::unknown("a batch with a negative timestamp cannot be rebuilt");
  if (batch.is_transactional() && batch.producer_id() == kNoProducerId) {
    return Verdict::unknown("a transactional batch without a producer id cannot be rebuilt");
  }
  if (batch.producer_id() == kNoProducerId) return Verdict::good();
  if (batch.producer_epoch() == kNoProducerEpoch) {
    return Verdict::unknown("a batch with a producer id and no epoch cannot be rebuilt");
  }
  if (batch.base_sequence() < 0) {
    return Verdict::unknown("a batch with a producer id and no base sequence cannot be rebuilt");
  }
  return Verdict::good();
}

RecordBatchBuilder builder_for(const ValidationConfig& config, const BatchView& batch,
                               std::int64_t now_ms) {
  BatchFields fields;
  fields.compression = *config.compression;
  fields.levels = config.levels;
  fields.timestamp_type = config.timestamp_type;
  if (config.timestamp_type == TimestampType::kLogAppendTime) fields.max_timestamp = now_ms;
  fields.transactional = batch.is_transactional();
  fields.producer_id = batch.producer_id();
  fields.producer_epoch = batch.producer_epoch();
  fields.base_sequence = batch.base_sequence();
  return RecordBatchBuilder(fields);
}

RecordBody body_of(const RecordView& record) {
  const auto size_of = [](const auto& bytes) {
    return bytes ? static_cast<std::int32_t>(bytes->size()) : -1;
  };
  RecordBody body;
  body.timestamp_delta = record.timestamp_delta;
  body.offset_delta = record.offset_delta;
  body.key_size = size_of(record.key);
  body.value_size = size_of(record.value);
  return body;
}

ValidationResult rebuild(const ValidationConfig& config, const BatchView& batch,
                         std::int64_t now_ms) {
  RecordRules rules(config, batch, now_ms, RecordRules::Read::kWhole);
  RecordBatchBuilder builder = builder_for(config, batch, now_ms);
  RecordReader reader(
      batch, {.max_decompressed_message_bytes = config.max_decompressed_message_bytes.value_or(
                  kDefaultMaxDecompressedMessageBytes),
              .max_decompressed_batch_bytes =
                  std::min(config.max_decompressed_batch_bytes, config.max_rebuilt_bytes)});
  bool has_negative_timestamp = false;
  while (const RecordView* record = reader.next()) {
    rules.check(body_of(*record));
    if (rules.has_errors()) continue;  // the rest is only looked at
    if (record->timestamp < 0 && record->timestamp != kNoTimestamp) has_negative_timestamp = true;
    builder.add({.timestamp = record->timestamp,
                 .key = record->key,
                 .value = record->value,
                 .headers = record->headers.to_vector()});
    if (builder.records_size_bytes() > config.max_rebuilt_bytes) {
      return refuse(
          ValidationStage::kStructure,
          Verdict::invalid("the batch has more than " + std::to_string(config.max_rebuilt_bytes) +
                           " bytes when it is made anew"));
    }
  }
  if (!reader.verdict().ok()) return refuse(ValidationStage::kStructure, reader.verdict());
  if (rules.has_errors()) return rules.refusal();
  Verdict verdict = check_rebuild(batch, has_negative_timestamp);
  if (!verdict.ok()) return refuse(ValidationStage::kRebuild, std::move(verdict));

  ValidationResult result;
  result.rewrite = Rewrite::kRebuilt;
  result.rebuilt = builder.build();
  if (result.rebuilt.size() > static_cast<std::size_t>(config.max_message_bytes)) {
    return refuse(ValidationStage::kRebuiltSize,
                  {ErrorCode::kMessageTooLarge,
                   "the batch has " + std::to_string(result.rebuilt.size()) + " bytes as " +
                       std::string(name_of(*config.compression)) + ", and max.message.bytes is " +
                       std::to_string(config.max_message_bytes)});
  }
  result.offset_delta_of_max_timestamp = rules.index_of_max_timestamp();
  result.max_timestamp = BatchView(result.rebuilt).max_timestamp();
  return result;
}

// Stored in the codec it came in.
ValidationResult keep(const ValidationConfig& config, const BatchView& batch, std::int64_t now_ms) {
  const bool compressed = batch.compression() != CompressionType::kNone;
  RecordRules rules(config, batch, now_ms,
                    compressed ? RecordRules::Read::kPartially : RecordRules::Read::kWhole);
  Verdict verdict = compressed ? walk_compressed(config, batch, rules) : walk_plain(batch, rules);
  if (!verdict.ok()) return refuse(ValidationStage::kStructure, std::move(verdict));
  if (rules.has_errors()) return rules.refusal();
  if (compressed && !rules.deltas_are_consecutive()) {
    // Kafka wants to rebuild such a batch and cannot: it has skipped the keys and values.
    return refuse(ValidationStage::kRebuild,
                  Verdict::unknown("the offset deltas of a compressed batch are not 0, 1, 2, ..."));
  }
  ValidationResult result;
  result.max_timestamp = rules.max_timestamp();
  result.offset_delta_of_max_timestamp = rules.offset_delta_of_max_timestamp();
  if (config.timestamp_type == TimestampType::kLogAppendTime) result.max_timestamp = now_ms;
  const bool same = batch.timestamp_type() == config.timestamp_type &&
                    batch.max_timestamp() == result.max_timestamp;
  result.rewrite = same ? Rewrite::kOffsetAndEpoch : Rewrite::kHeaderAndCrc;
  return result;
}

// Stage E, in Kafka's order (UnifiedLog.analyzeAndValidateRecords).
Verdict check_before_lock(const ValidationConfig& config, ByteView batch) {
  const auto base_offset = detail::load<std::int64_t>(batch.data());
  if (base_offset != 0) {
    return Verdict::invalid("the base offset is " + std::to_string(base_offset) +
                            " where a producer sends 0");
  }
  if (batch.size() > static_cast<std::size_t>(std::max(config.max_message_bytes, 0))) {
    return {ErrorCode::kMessageTooLarge, "the batch has " + std::to_string(batch.size()) +
                                             " bytes, and max.message.bytes is " +
                                             std::to_string(config.max_message_bytes)};
  }
  Verdict verdict = check_batch(batch);
  if (!verdict.ok()) return verdict;
  const CompressionType type = BatchView(batch).compression();
  if (!is_known(type)) {
    return Verdict::unknown("the compression type " + std::to_string(static_cast<int>(type)) +
                            " has no codec");
  }
  return Verdict::good();
}

}  // namespace

RecordsInspection inspect_records(ByteView records, ZstdRule zstd) {
  RecordsInspection result;
  const auto refuse_partition = [&result](Verdict verdict) {
    result.verdict = std::move(verdict);
    result.scope = VerdictScope::kPartition;
    return result;
  };
  const auto refuse_request = [&result](Verdict verdict, VerdictScope scope) {
    result.verdict = std::move(verdict);
    result.scope = scope;
    return result;
  };
  BatchCursor cursor(records);
  const BatchCursor::Step first = cursor.next();
  if (first == BatchCursor::Step::kError) {
    return refuse_request(cursor.verdict(), VerdictScope::kRequest);
  }
  if (first == BatchCursor::Step::kEnd) {
    return refuse_partition(Verdict::invalid("the records hold no whole batch"));
  }
  const ByteView batch = cursor.batch();
  if (cursor.magic() != kMagic) {
    return refuse_partition(Verdict::invalid(
        "the batch's magic is " + std::to_string(cursor.magic()) + ", and only 2 is taken"));
  }
  if (batch.size() >= kBatchHeaderSize) {
    const BatchView view(batch);
    result.transactional = view.is_transactional();
    result.producer_id = view.producer_id();
    result.producer_epoch = view.producer_epoch();
    if (zstd == ZstdRule::kRefused) {
      // Kafka asks for the codec's name here, and that throws for an id without one.
      if (!is_known(view.compression())) {
        return refuse_request(Verdict::unknown("the batch's compression type has no codec"),
                              VerdictScope::kRequestIfPartitionExists);
      }
      if (view.compression() == CompressionType::kZstd) {
        return refuse_partition({ErrorCode::kUnsupportedCompressionType,
                                 "Produce before version 7 does not know zstd"});
      }
    }
  }
  const BatchCursor::Step second = cursor.next();
  if (second == BatchCursor::Step::kBatch) {
    return refuse_partition(Verdict::invalid("the records hold more than one batch"));
  }
  if (second == BatchCursor::Step::kError) {
    // UNKNOWN_SERVER_ERROR is no ApiException in Kafka, and so nobody catches it per partition.
    const bool whole = cursor.verdict().error == ErrorCode::kUnknownServerError;
    return whole ? refuse_request(cursor.verdict(), VerdictScope::kRequestIfPartitionExists)
                 : refuse_partition(cursor.verdict());
  }
  result.batch = batch;
  return result;
}

ValidationResult validate_batch(const ValidationConfig& config, ByteView bytes,
                                std::int64_t now_ms) {
  Verdict verdict = check_before_lock(config, bytes);
  if (!verdict.ok()) return refuse(ValidationStage::kBatch, std::move(verdict));
  const BatchView batch(bytes);
  verdict = check_header(config, batch);
  if (!verdict.ok()) return refuse(ValidationStage::kHeader, std::move(verdict));
  const bool same_codec = !config.compression || *config.compression == batch.compression();
  ValidationResult result =
      same_codec ? keep(config, batch, now_ms) : rebuild(config, batch, now_ms);
  if (!result.ok()) return result;
  result.timestamp_type = config.timestamp_type;
  result.record_count = batch.record_count();
  return result;
}

void assign(std::span<std::uint8_t> bytes, const ValidationResult& result,
            const Assignment& assignment) {
  ASSERT(result.ok());
  MutableBatchView batch(bytes);
  batch.set_base_offset(assignment.base_offset);
  batch.set_partition_leader_epoch(assignment.partition_leader_epoch);
  if (result.rewrite != Rewrite::kHeaderAndCrc) return;
  // Kafka writes attributes back from what it knows of them: bit 7 and the high byte become 0.
  constexpr std::uint16_t kKept =
      kCompressionMask | kTransactionalBit | kControlBit | kDeleteHorizonBit;
  const bool log_append_time = result.timestamp_type == TimestampType::kLogAppendTime;
  batch.set_attributes(static_cast<std::uint16_t>((batch.attributes() & kKept) |
                                                  (log_append_time ? kLogAppendTimeBit : 0)));
  batch.set_max_timestamp(result.max_timestamp);
  batch.update_crc();
}

}  // namespace understudy::codec
