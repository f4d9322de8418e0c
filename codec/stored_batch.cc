#include "codec/stored_batch.h"

#include <zlib.h>

#include <algorithm>

namespace understudy::codec {
namespace {

constexpr std::size_t kMagicAt = 16;
constexpr std::size_t kAttributesAt = 17;
constexpr std::size_t kTimestampAt = 18;  // magic 1
constexpr std::size_t kOldCrcAt = 12;
constexpr std::size_t kTimestampSize = 8;
constexpr std::size_t kSizeField = 4;

// Where the key's size stands.
constexpr std::size_t key_at(std::int8_t magic) {
  return kTimestampAt + (magic == 0 ? 0 : kTimestampSize);
}

// Of the smallest whole batch.
constexpr std::size_t least_size(std::int8_t magic) {
  return magic == kMagic ? kBatchHeaderSize : key_at(magic) + 2 * kSizeField;
}

std::uint32_t crc32_of(ByteView bytes) {
  return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), bytes.data(), bytes.size()));
}

// The key and the value of one message.
struct Fields {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
};

// Nothing if a size goes over the end.
std::optional<Fields> fields_of(ByteView message, std::int8_t magic) {
  ByteView rest = message.subspan(key_at(magic));
  const auto next = [&rest](std::optional<std::string_view>& field) {
    if (rest.size() < kSizeField) return false;
    const auto size = detail::load<std::int32_t>(rest.data());
    rest = rest.subspan(kSizeField);
    if (size < 0) return true;
    if (rest.size() < static_cast<std::size_t>(size)) return false;
    field = text_of(rest.first(static_cast<std::size_t>(size)));
    rest = rest.subspan(static_cast<std::size_t>(size));
    return true;
  };
  Fields fields;
  if (!next(fields.key) || !next(fields.value)) return std::nullopt;
  return fields;
}

TimestampType timestamp_type_of(ByteView message) {
  const bool is_appended = message[kMagicAt] != 0 && (message[kAttributesAt] & kLogAppendTimeBit);
  return is_appended ? TimestampType::kLogAppendTime : TimestampType::kCreateTime;
}

// One message after the other of what was compressed. What is cut off at the end is left out, as in
// Kafka.
Verdict read_inner(ByteView rest, const StoredBatch& wrapper, OldMessages& found) {
  const bool is_stamped_outside = found.timestamp_type == TimestampType::kLogAppendTime;
  while (rest.size() >= kLogOverhead) {
    const auto size = detail::load<std::int32_t>(rest.data() + 8);
    if (size < static_cast<std::int32_t>(least_size(0) - kLogOverhead)) {
      return Verdict::corrupt("a message inside a compressed one is too small");
    }
    const std::size_t total = kLogOverhead + static_cast<std::size_t>(size);
    if (rest.size() < total) break;
    const auto message = StoredBatch::read(rest.first(total));
    if (!message || !message->is_old()) {
      return Verdict::invalid("what is inside a compressed message is none");
    }
    if (message->compression() != CompressionType::kNone) {
      return Verdict::invalid("a message inside a compressed one is compressed as well");
    }
    const auto fields = fields_of(message->bytes(), message->magic());
    if (!fields) return Verdict::invalid("a message inside a compressed one has a wrong size");
    const bool takes_outer = is_stamped_outside && message->magic() == 1;
    found.records.push_back(
        {.offset = message->base_offset(),
         .timestamp = takes_outer ? wrapper.max_timestamp() : message->max_timestamp(),
         .key = fields->key,
         .value = fields->value});
    rest = rest.subspan(total);
  }
  return Verdict::good();
}

// Inside magic 1 offsets are relative: the last of them is the wrapper's. Some versions of
// librdkafka wrote wrappers with offset 0; then they are as they are.
Verdict make_absolute(const StoredBatch& wrapper, std::vector<OldRecord>& records) {
  if (wrapper.magic() == 0 || wrapper.base_offset() == 0) return Verdict::good();
  const std::int64_t last = records.back().offset;
  if (last < 0 || wrapper.base_offset() < last) {
    return Verdict::invalid("the offset of a compressed message is below that of its last one");
  }
  for (OldRecord& record : records) {
    if (record.offset < 0 || record.offset > last) {
      return Verdict::invalid("the offsets inside a compressed message do not rise");
    }
    record.offset += wrapper.base_offset() - last;
  }
  return Verdict::good();
}

}  // namespace

std::optional<StoredBatch> StoredBatch::read(ByteView bytes) {
  if (bytes.size() <= kMagicAt) return std::nullopt;
  const auto magic = detail::load<std::int8_t>(bytes.data() + kMagicAt);
  if (magic < 0 || magic > kMagic) return std::nullopt;
  const std::size_t least = least_size(magic);
  const auto length = detail::load<std::int32_t>(bytes.data() + 8);
  if (bytes.size() < least || length < static_cast<std::int32_t>(least - kLogOverhead)) {
    return std::nullopt;
  }
  return StoredBatch(bytes);
}

std::int64_t StoredBatch::max_timestamp() const {
  if (!is_old()) return current().max_timestamp();
  return magic() == 0 ? kNoTimestamp : load<std::int64_t>(kTimestampAt);
}

bool StoredBatch::has_valid_crc() const {
  if (!is_old()) return current().has_valid_crc();
  return load<std::uint32_t>(kOldCrcAt) == crc32_of(bytes_.subspan(kMagicAt));
}

OldMessages read_old_messages(const StoredBatch& batch, std::size_t max_bytes) {
  ASSERT(batch.is_old());
  OldMessages found;
  found.timestamp_type = timestamp_type_of(batch.bytes());
  const auto fields = fields_of(batch.bytes(), batch.magic());
  if (!fields) {
    found.verdict = Verdict::invalid("a message's key or value goes over its end");
    return found;
  }
  const CompressionType compression = batch.compression();
  if (compression == CompressionType::kNone) {
    found.records.push_back({.offset = batch.base_offset(),
                             .timestamp = batch.max_timestamp(),
                             .key = fields->key,
                             .value = fields->value});
    return found;
  }
  if (!is_known(compression) || compression == CompressionType::kZstd || !fields->value) {
    found.verdict = Verdict::invalid(
        "a compressed message without a value, or with a codec that "
        "its format does not have");
    return found;
  }
  const auto lz4_header =
      batch.magic() == 0 ? Lz4HeaderChecksum::kIgnored : Lz4HeaderChecksum::kChecked;
  Decompressed inner = decompress(compression, view_of(*fields->value), max_bytes, lz4_header);
  found.verdict = std::move(inner.verdict);
  if (!found.verdict.ok()) return found;
  found.decompressed = std::move(inner.bytes);
  found.verdict = read_inner(found.decompressed, batch, found);
  if (!found.verdict.ok()) return found;
  if (found.records.empty()) {
    found.verdict = Verdict::invalid("a compressed message without a message in it");
  } else {
    found.verdict = make_absolute(batch, found.records);
  }
  return found;
}

std::vector<std::uint8_t> build_old_message(const OldMessageFields& fields) {
  std::vector<std::uint8_t> bytes(key_at(fields.magic));
  detail::store(bytes.data(), fields.offset);
  bytes[kMagicAt] = static_cast<std::uint8_t>(fields.magic);
  bytes[kAttributesAt] = static_cast<std::uint8_t>(fields.compression);
  if (fields.timestamp_type == TimestampType::kLogAppendTime) {
    bytes[kAttributesAt] |= kLogAppendTimeBit;
  }
  if (fields.magic != 0) detail::store(bytes.data() + kTimestampAt, fields.timestamp);
  for (const auto& field : {fields.key, fields.value}) {
    const std::size_t at = bytes.size();
    bytes.resize(at + kSizeField);
    detail::store(bytes.data() + at, field ? static_cast<std::int32_t>(field->size()) : -1);
    if (field) bytes.insert(bytes.end(), field->begin(), field->end());
  }
  detail::store(bytes.data() + 8, static_cast<std::int32_t>(bytes.size() - kLogOverhead));
  put_checksum_right(bytes);
  return bytes;
}

void put_checksum_right(std::span<std::uint8_t> batch) {
  if (batch[kMagicAt] == static_cast<std::uint8_t>(kMagic)) {
    MutableBatchView(batch).update_crc();
  } else {
    detail::store(batch.data() + kOldCrcAt, crc32_of(ByteView(batch).subspan(kMagicAt)));
  }
}

}  // namespace understudy::codec
