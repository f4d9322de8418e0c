#include "codec/record.h"

#include <algorithm>
#include <limits>

#include "codec/record_body.h"
#include "codec/record_stream.h"

namespace understudy::codec {
namespace detail {

std::string describe(BodyFault fault, std::int32_t index) {
  std::string record = "record " + std::to_string(index);
  switch (fault) {
    case BodyFault::kNone:
      return record + " is sound";
    case BodyFault::kLengthTooLong:
      return record + ": the varint of its length does not end after five bytes";
    case BodyFault::kLengthCut:
      return record + ": the batch ends where it should begin";
    case BodyFault::kLengthNegative:
      return record + ": its length is negative";
    case BodyFault::kBodyCut:
      return record + ": its length goes over the end of the batch";
    case BodyFault::kFieldCut:
      return record + ": a field goes over its end, or a varint does not end";
    case BodyFault::kHeaderCount:
      return record + ": its number of headers is negative or more than its bytes can hold";
    case BodyFault::kHeaderKeyLength:
      return record + ": a header key has a negative length";
    case BodyFault::kBytesLeft:
      return record + ": its fields are shorter than its length";
  }
  return record;
}

void append_record(std::vector<std::uint8_t>& out, const RecordBody& body,
                   std::size_t headers_size) {
  const auto field_size = [](std::int32_t size) {
    return static_cast<std::size_t>(size_of_varint(std::max(size, -1)) + std::max(size, 0));
  };
  const auto append_field = [&out](const std::uint8_t* data, std::int32_t size) {
    append_varint(out, std::max(size, -1));
    if (size > 0) out.insert(out.end(), data, data + size);
  };
  const std::size_t length = 1 + static_cast<std::size_t>(size_of_varlong(body.timestamp_delta)) +
                             static_cast<std::size_t>(size_of_varint(body.offset_delta)) +
                             field_size(body.key_size) + field_size(body.value_size) +
                             static_cast<std::size_t>(size_of_varint(body.header_count)) +
                             headers_size;
  ASSERT(length <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  append_varint(out, static_cast<std::int32_t>(length));
  out.push_back(static_cast<std::uint8_t>(body.attributes));
  append_varlong(out, body.timestamp_delta);
  append_varint(out, body.offset_delta);
  append_field(body.key, body.key_size);
  append_field(body.value, body.value_size);
  append_varint(out, body.header_count);
  out.insert(out.end(), body.headers, body.headers + headers_size);
}

}  // namespace detail

namespace {

using detail::BodyFault;
using detail::RecordBody;

std::optional<std::string_view> field(const std::uint8_t* data, std::int32_t size) {
  if (size < 0) return std::nullopt;
  return text_of({data, static_cast<std::size_t>(size)});
}

std::int32_t size_of(const std::optional<std::string_view>& bytes) {
  if (!bytes) return -1;
  ASSERT(bytes->size() <= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()));
  return static_cast<std::int32_t>(bytes->size());
}

const std::uint8_t* data_of(const std::optional<std::string_view>& bytes) {
  return bytes ? view_of(*bytes).data() : nullptr;
}

void append_bytes(std::vector<std::uint8_t>& out, const std::optional<std::string_view>& bytes) {
  append_varint(out, size_of(bytes));
  if (bytes) out.insert(out.end(), bytes->begin(), bytes->end());
}

}  // namespace

std::vector<RecordHeader> RecordHeaders::to_vector() const {
  std::vector<RecordHeader> headers;
  headers.reserve(static_cast<std::size_t>(count_));
  const std::uint8_t* position = bytes_.data();
  const std::uint8_t* end = position + bytes_.size();
  const auto next = [&] {
    std::int32_t size = 0;
    ASSERT(read_varint(position, end, size) ==
           VarintStatus::kOk);  // the reader has been here before
    const auto bytes = field(position, size);
    ASSERT(detail::skip_bytes(position, end, size));
    return bytes;
  };
  for (std::int32_t i = 0; i < count_; ++i) {
    const auto key = next();
    ASSERT(key.has_value());
    const auto value = next();
    headers.push_back({*key, value});
  }
  return headers;
}

RecordReader::RecordReader(const BatchView& batch, const RecordReaderOptions& options)
    : batch_(batch), options_(options), position_(batch.records().data()) {
  const CompressionType type = batch.compression();
  if (!is_known(type)) {
    fail(Verdict::unknown("the compression type " + std::to_string(static_cast<int>(type)) +
                          " has no codec"));
    return;
  }
  if (type != CompressionType::kNone) {
    stream_ = std::make_unique<detail::RecordStream>(type, batch.records(),
                                                     options.max_decompressed_batch_bytes);
    if (stream_->failed()) {
      fail(stream_->verdict(detail::RecordStream::Where::kElsewhere));
      return;
    }
  }
  if (batch.record_count() < 0) {
    fail(Verdict::invalid("the batch counts " + std::to_string(batch.record_count()) + " records"));
  }
}

RecordReader::~RecordReader() = default;

const RecordView* RecordReader::fail(Verdict verdict) {
  verdict_ = std::move(verdict);
  return nullptr;
}

const RecordView* RecordReader::next() {
  if (!verdict_.ok() || records_read_ >= batch_.record_count()) return nullptr;
  return stream_ ? next_compressed() : next_plain();
}

const RecordView* RecordReader::next_plain() {
  const ByteView bytes = batch_.bytes();
  const std::uint8_t* end = bytes.data() + bytes.size();
  RecordBody body;
  std::int32_t length = 0;
  const BodyFault fault = detail::read_record(position_, end, body, length);
  if (fault != BodyFault::kNone) return fail(detail::verdict_of(fault, records_read_));
  if (records_read_ + 1 == batch_.record_count() && position_ != end) {
    return fail(Verdict::invalid("bytes are left behind the last of " +
                                 std::to_string(batch_.record_count()) + " records"));
  }
  return deliver(body, position_, length);
}

const RecordView* RecordReader::next_compressed() {
  using Where = detail::RecordStream::Where;
  const auto invalid = [&](std::string_view what) {
    if (stream_->failed()) return fail(stream_->verdict(Where::kElsewhere));
    return fail(
        Verdict::invalid("record " + std::to_string(records_read_) + ": " + std::string(what)));
  };
  std::int32_t length = 0;
  if (!stream_->read_varint(length)) return invalid("the data ends where it should begin");
  if (stream_->failed()) return invalid({});
  if (length < 0) return invalid("its length is negative");
  if (length > options_.max_decompressed_message_bytes) {
    return invalid("its length is above max.decompressed.message.bytes");
  }
  const ByteView bytes = stream_->read_piece(static_cast<std::size_t>(length));
  if (stream_->failed() || bytes.size() < static_cast<std::size_t>(length)) {
    return invalid("the data ends before it does");
  }
  RecordBody body;
  const BodyFault fault = detail::read_body(bytes.data(), bytes.data() + bytes.size(), body);
  if (fault != BodyFault::kNone) return fail(detail::verdict_of(fault, records_read_));
  const std::uint8_t* end = bytes.data() + bytes.size();
  if (records_read_ + 1 < batch_.record_count()) return deliver(body, end, length);
  // Kafka looks behind the last record before it hands it out. The views must outlive that look.
  last_ = stream_->take_piece(bytes);
  const int more = stream_->read_byte();
  if (stream_->failed()) return fail(stream_->verdict(Where::kElsewhere));
  if (more != -1) {
    return fail(Verdict::invalid("bytes are left behind the last of " +
                                 std::to_string(batch_.record_count()) + " records"));
  }
  ASSERT(detail::read_body(last_.data(), last_.data() + last_.size(), body) == BodyFault::kNone);
  return deliver(body, last_.data() + last_.size(), length);
}

const RecordView* RecordReader::deliver(const RecordBody& body, const std::uint8_t* end,
                                        std::int32_t length) {
  const detail::RecordBase base(batch_);
  record_ = {.offset = base.offset_of(body.offset_delta),
             .timestamp = base.timestamp_of(body.timestamp_delta),
             .sequence = base.sequence_of(body.offset_delta),
             .length = length,
             .attributes = body.attributes,
             .timestamp_delta = body.timestamp_delta,
             .offset_delta = body.offset_delta,
             .key = field(body.key, body.key_size),
             .value = field(body.value, body.value_size),
             .headers = RecordHeaders(
                 body.header_count, {body.headers, static_cast<std::size_t>(end - body.headers)})};
  ++records_read_;
  return &record_;
}

Verdict check_records(ByteView batch, const RecordReaderOptions& options) {
  if (batch.size() < kBatchHeaderSize) {
    return Verdict::unknown("the batch has " + std::to_string(batch.size()) +
                            " bytes, fewer than a header");
  }
  RecordReader reader(BatchView(batch), options);
  while (reader.next() != nullptr) {
  }
  return reader.verdict();
}

RecordBatchBuilder& RecordBatchBuilder::add(const Record& record, std::int32_t offset_delta) {
  if (!base_timestamp_) {
    base_timestamp_ =
        fields_.delete_horizon_ms.value_or(fields_.base_timestamp.value_or(record.timestamp));
  }
  std::vector<std::uint8_t> headers;
  for (const RecordHeader& header : record.headers) {
    append_bytes(headers, header.key);
    append_bytes(headers, header.value);
  }
  RecordBody body;
  body.timestamp_delta = detail::wrapping_subtract(record.timestamp, *base_timestamp_);
  body.offset_delta = offset_delta;
  body.key = data_of(record.key);
  body.key_size = size_of(record.key);
  body.value = data_of(record.value);
  body.value_size = size_of(record.value);
  body.headers = headers.data();
  body.header_count = static_cast<std::int32_t>(record.headers.size());
  detail::append_record(records_, body, headers.size());
  ++count_;
  // Nothing follows the greatest delta; who adds a record without a delta then gets the least.
  next_offset_delta_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(offset_delta) + 1);
  largest_offset_delta_ = std::max(largest_offset_delta_.value_or(offset_delta), offset_delta);
  max_timestamp_ = std::max(max_timestamp_.value_or(record.timestamp), record.timestamp);
  return *this;
}

RecordBatchBuilder& RecordBatchBuilder::add_raw(ByteView bytes) {
  records_.insert(records_.end(), bytes.begin(), bytes.end());
  largest_offset_delta_ =
      std::max(largest_offset_delta_.value_or(next_offset_delta_), next_offset_delta_);
  ++count_;
  ++next_offset_delta_;
  return *this;
}

std::vector<std::uint8_t> RecordBatchBuilder::build() const {
  const BatchFields& f = fields_;
  std::vector<std::uint8_t> bytes(kBatchHeaderSize);
  const std::vector<std::uint8_t> records =
      f.compression == CompressionType::kNone || !is_known(f.compression)
          ? records_
          : compress(f.compression, records_, f.levels, f.snappy_form);
  bytes.insert(bytes.end(), records.begin(), records.end());

  std::uint32_t attributes = static_cast<std::uint8_t>(f.compression);
  if (f.timestamp_type == TimestampType::kLogAppendTime) attributes |= kLogAppendTimeBit;
  if (f.transactional) attributes |= kTransactionalBit;
  if (f.control) attributes |= kControlBit;
  if (f.delete_horizon_ms) attributes |= kDeleteHorizonBit;

  MutableBatchView batch(bytes);
  batch.set_base_offset(f.base_offset);
  batch.set_batch_length(
      f.batch_length.value_or(static_cast<std::int32_t>(bytes.size() - kLogOverhead)));
  batch.set_partition_leader_epoch(f.partition_leader_epoch);
  batch.set_magic(f.magic);
  batch.set_attributes(f.attributes.value_or(static_cast<std::uint16_t>(attributes)));
  batch.set_last_offset_delta(f.last_offset_delta.value_or(largest_offset_delta_.value_or(-1)));
  batch.set_base_timestamp(f.delete_horizon_ms.value_or(
      f.base_timestamp.value_or(base_timestamp_.value_or(kNoTimestamp))));
  batch.set_max_timestamp(f.max_timestamp.value_or(max_timestamp_.value_or(kNoTimestamp)));
  batch.set_producer_id(f.producer_id);
  batch.set_producer_epoch(f.producer_epoch);
  batch.set_base_sequence(f.base_sequence);
  batch.set_record_count(f.record_count.value_or(count_));
  batch.set_crc(f.crc ? *f.crc : batch.computed_crc());
  return bytes;
}

wire::Slice RecordBatchBuilder::build_slice() const {
  auto memory = std::make_shared<std::vector<std::uint8_t>>(build());
  return {memory, memory->data(), memory->size()};
}

}  // namespace understudy::codec
