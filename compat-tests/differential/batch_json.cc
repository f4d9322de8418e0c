#include "differential/batch_json.h"

#include <boost/json/serialize.hpp>
#include <functional>
#include <optional>
#include <stdexcept>
#include <vector>

#include "codec/record.h"
#include "codec/record_batch.h"
#include "differential/script.h"
#include "wire/base64.h"

namespace understudy::differential {
namespace {

constexpr std::size_t kRecordsShown = 20;

std::vector<std::uint8_t> bytes_of(const json::value& base64) {
  const auto bytes = wire::base64_decode(view_of(base64.as_string()), wire::Base64::kPlain);
  if (!bytes) throw std::runtime_error("not base64: " + json::serialize(base64));
  return *bytes;
}

template <class Integer>
std::optional<Integer> lie(const json::object& lies, std::string_view name) {
  if (!lies.contains(name)) return std::nullopt;
  return static_cast<Integer>(int_or(lies, name, 0));
}

const json::object& lies_of(const json::object& batch) {
  static const json::object none;
  const json::value* lies = batch.if_contains("lies");
  return lies != nullptr ? lies->as_object() : none;
}

codec::BatchFields fields_of(const json::object& batch) {
  codec::BatchFields fields;
  fields.compression = codec::CompressionType(int_or(batch, "compression", 0));
  if (is_set(batch, "rawSnappy")) fields.snappy_form = codec::SnappyForm::kRaw;
  if (is_set(batch, "logAppendTime")) fields.timestamp_type = codec::TimestampType::kLogAppendTime;
  fields.transactional = is_set(batch, "transactional");
  fields.control = is_set(batch, "control");
  fields.producer_id = int_or(batch, "producerId", codec::kNoProducerId);
  fields.producer_epoch = std::int16_t(int_or(batch, "producerEpoch", codec::kNoProducerEpoch));
  fields.base_sequence = std::int32_t(int_or(batch, "baseSequence", codec::kNoSequence));
  if (batch.contains("deleteHorizon")) {
    fields.delete_horizon_ms = int_or(batch, "deleteHorizon", 0);
  }
  const json::object& lies = lies_of(batch);
  fields.base_offset = int_or(lies, "baseOffset", 0);
  fields.partition_leader_epoch = std::int32_t(int_or(lies, "partitionLeaderEpoch", -1));
  fields.magic = std::int8_t(int_or(lies, "magic", codec::kMagic));
  fields.batch_length = lie<std::int32_t>(lies, "batchLength");
  fields.crc = lie<std::uint32_t>(lies, "crc");
  fields.attributes = lie<std::uint16_t>(lies, "attributes");
  fields.last_offset_delta = lie<std::int32_t>(lies, "lastOffsetDelta");
  fields.base_timestamp = lie<std::int64_t>(lies, "baseTimestamp");
  fields.max_timestamp = lie<std::int64_t>(lies, "maxTimestamp");
  fields.record_count = lie<std::int32_t>(lies, "recordCount");
  return fields;
}

std::optional<std::string> text_in(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(view_of(value->get_string()));
}

void add_record(codec::RecordBatchBuilder& builder, const json::object& description) {
  if (const json::value* raw = description.if_contains("raw")) {
    builder.add_raw(bytes_of(*raw));
    return;
  }
  const auto key = text_in(description, "key");
  const auto value = text_in(description, "value");
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  if (const json::value* given = description.if_contains("headers")) {
    for (const json::value& header : given->as_array()) {
      headers.emplace_back(text_or(header.as_object(), "key", ""),
                           text_in(header.as_object(), "value"));
    }
  }
  codec::Record record{.timestamp = int_or(description, "timestamp", 0)};
  if (key) record.key = *key;
  if (value) record.value = *value;
  for (const auto& [name, content] : headers) {
    codec::RecordHeader& header = record.headers.emplace_back();
    header.key = name;
    if (content) header.value = *content;
  }
  if (description.contains("delta")) {
    builder.add(record, std::int32_t(int_or(description, "delta", 0)));
  } else {
    builder.add(record);
  }
}

void add_records(codec::RecordBatchBuilder& builder, const json::object& batch) {
  if (const json::value* records = batch.if_contains("records")) {
    for (const json::value& record : records->as_array()) {
      add_record(builder, record.as_object());
    }
    return;
  }
  const std::string value(std::size_t(int_or(batch, "valueSize", 1)), 'v');
  const std::int64_t count = int_or(batch, "count", 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string key = "k" + std::to_string(i);
    // It wraps: scripts go up to the last timestamp there is.
    const auto timestamp = static_cast<std::uint64_t>(int_or(batch, "timestamp", 0)) +
                           static_cast<std::uint64_t>(i * int_or(batch, "step", 1));
    builder.add({.timestamp = static_cast<std::int64_t>(timestamp), .key = key, .value = value});
  }
}

std::string build_batch(const json::object& batch) {
  codec::RecordBatchBuilder builder(fields_of(batch));
  add_records(builder, batch);
  std::vector<std::uint8_t> bytes = builder.build();
  if (const json::value* flips = batch.if_contains("flip")) {
    for (const json::value& flip : flips->as_array()) {
      const auto at = std::size_t(flip.as_array().at(0).as_int64()) % bytes.size();
      bytes[at] ^= std::uint8_t(flip.as_array().at(1).as_int64());
    }
  }
  if (is_set(batch, "fixCrc")) codec::MutableBatchView(bytes).update_crc();
  const auto cut = std::size_t(int_or(batch, "cut", 0));
  bytes.erase(bytes.end() - static_cast<std::ptrdiff_t>(std::min(cut, bytes.size())), bytes.end());
  return {bytes.begin(), bytes.end()};
}

// Text if it is short and printable, else its size and a number that is another one for others.
json::value describe(const std::optional<std::string_view>& bytes) {
  if (!bytes) return nullptr;
  constexpr std::size_t kShown = 40;
  bool printable = bytes->size() <= kShown;
  for (const char c : *bytes) printable = printable && c >= ' ' && c <= '~';
  if (printable) return json::string(*bytes);
  return json::string(std::to_string(bytes->size()) + " bytes, hash " +
                      std::to_string(std::hash<std::string_view>()(*bytes)));
}

json::object describe(const codec::RecordView& record) {
  json::object described{{"offset", record.offset},
                         {"timestamp", record.timestamp},
                         {"attributes", record.attributes},
                         {"key", describe(record.key)},
                         {"value", describe(record.value)}};
  json::array headers;
  for (const codec::RecordHeader& header : record.headers.to_vector()) {
    headers.push_back(json::array{describe(std::optional(header.key)), describe(header.value)});
  }
  if (!headers.empty()) described["headers"] = std::move(headers);
  return described;
}

json::object describe(const codec::BatchView& batch) {
  json::object described{{"baseOffset", batch.base_offset()},
                         {"size", batch.size_bytes()},
                         {"partitionLeaderEpoch", batch.partition_leader_epoch()},
                         {"crcIsValid", batch.has_valid_crc()},
                         {"attributes", batch.attributes()},
                         {"lastOffsetDelta", batch.last_offset_delta()},
                         {"baseTimestamp", batch.base_timestamp()},
                         {"maxTimestamp", batch.max_timestamp()},
                         {"producerId", batch.producer_id()},
                         {"producerEpoch", batch.producer_epoch()},
                         {"baseSequence", batch.base_sequence()},
                         {"recordCount", batch.record_count()}};
  json::array records;
  std::size_t hash = 0;
  codec::RecordReader reader(batch);
  while (const codec::RecordView* record = reader.next()) {
    json::object one = describe(*record);
    // The broker's time would make the hash another one.
    const bool is_shown = records.size() < kRecordsShown;
    if (!is_shown && batch.timestamp_type() == codec::TimestampType::kLogAppendTime) {
      one.erase("timestamp");
    }
    if (is_shown) {
      records.push_back(std::move(one));
    } else {
      hash = hash * 31 + std::hash<std::string>()(json::serialize(one));
    }
  }
  described["records"] = std::move(records);
  if (hash != 0) described["hashOfMoreRecords"] = hash;
  if (!reader.verdict().ok()) described["recordsAreReadable"] = false;
  return described;
}

}  // namespace

void check_batches(const json::object& description) {
  check_members(description, "records", {{"$batches"}, {"tail"}});
  const json::value* batches = description.if_contains("$batches");
  if (batches == nullptr || !batches->is_array()) {
    throw std::runtime_error("records want an array \"$batches\"");
  }
  for (const json::value& batch : batches->get_array()) {
    if (!batch.is_object()) throw std::runtime_error("a batch is no object");
    check_members(batch.get_object(), "a batch",
                  {{"producerId"},
                   {"producerEpoch"},
                   {"baseSequence"},
                   {"transactional"},
                   {"control"},
                   {"compression"},
                   {"logAppendTime"},
                   {"deleteHorizon"},
                   {"rawSnappy"},
                   {"count"},
                   {"timestamp"},
                   {"step"},
                   {"valueSize"},
                   {"records"},
                   {"lies"},
                   {"flip"},
                   {"fixCrc"},
                   {"cut"}});
    const json::value* lies = batch.get_object().if_contains("lies");
    if (lies == nullptr || !lies->is_object()) continue;
    check_members(lies->get_object(), "lies",
                  {{"baseOffset"},
                   {"batchLength"},
                   {"partitionLeaderEpoch"},
                   {"magic"},
                   {"crc"},
                   {"attributes"},
                   {"lastOffsetDelta"},
                   {"baseTimestamp"},
                   {"maxTimestamp"},
                   {"recordCount"}});
  }
}

std::string build_batches(const json::object& description) {
  std::string bytes;
  for (const json::value& batch : description.at("$batches").as_array()) {
    bytes += build_batch(batch.as_object());
  }
  if (const json::value* tail = description.if_contains("tail")) {
    const auto more = bytes_of(*tail);
    bytes.append(more.begin(), more.end());
  }
  return bytes;
}

json::array describe_batches(const wire::Slice& records) {
  json::array batches;
  codec::BatchCursor cursor({records.data(), records.size()});
  codec::BatchCursor::Step step;
  while ((step = cursor.next()) == codec::BatchCursor::Step::kBatch) {
    if (cursor.batch().size() < codec::kBatchHeaderSize) {
      batches.push_back(json::object{{"size", cursor.batch().size()}});
    } else {
      batches.push_back(describe(codec::BatchView(cursor.batch())));
    }
  }
  if (cursor.bytes_left() != 0) batches.push_back(json::object{{"torn", cursor.bytes_left()}});
  return batches;
}

}  // namespace understudy::differential
